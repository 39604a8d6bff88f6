"""What a program that is recorded says on its terminal: a line per node, and what a run cost and where its time went."""

import os
import sys
import threading
from collections.abc import Mapping, Sequence
from typing import TextIO

from costtui.facts import CostSource, Run, Status, Step
from costtui.format import UNKNOWN, count, duration, figure, money, percent
from costtui.record.budget import RunBudget
from costtui.record.langsmith import tracing_enabled
from costtui.record.spent import Spending
from costtui.settings import Settings
from costtui.text import plain, shorten
from costtui.window import covered

_BOLD, _DIM, _RED, _GREEN, _YELLOW = "1", "2", "31", "32", "33"
_LONGEST_NAME = 48
_SOURCES = {
    CostSource.PROVIDER: "as the provider reported",
    CostSource.LANGSMITH: "LangSmith",
    CostSource.PRICED: "tokens × price",
    CostSource.HEURISTIC: "heuristic ±30 %",
}
_NOTES = {
    CostSource.PROVIDER: "Costs are those that the provider reported.",
    CostSource.LANGSMITH: "Costs are exact: those of LangSmith.",
    CostSource.PRICED: "Costs are the tokens that the provider counted at list price.",
    CostSource.HEURISTIC: "Costs are estimates, ±30 %.",
}


class Console:
    """Prints to one stream; what goes wrong there never reaches the program."""

    def __init__(self, stream: TextIO, *, coloured: bool = False, traced: bool = False) -> None:
        """Print to a stream; ``traced`` says that LangSmith knows the calls as well."""
        self.traced = traced
        self._stream = stream
        self._coloured = coloured
        self._greeted = False
        self._lock = threading.Lock()

    def greet(self, budget: RunBudget | None) -> None:
        """Say once how costs become known, and the budget of a run."""
        with self._lock:
            greeted, self._greeted = self._greeted, True
        if greeted:
            return
        line = (
            self.coloured("✓ LangSmith tracing enabled", _GREEN)
            if self.traced
            else self.coloured("✓ Cost tracking enabled (heuristic mode)", _YELLOW)
        )
        if budget is not None:
            line += f" · budget {money(budget.max_nano)} per run, warns at {money(budget.warning_nano)}"
        self.print(line)

    def print(self, *lines: str) -> None:
        """Print lines, all together."""
        with self._lock:
            try:
                self._stream.write("".join(f"{line}\n" for line in lines))
                self._stream.flush()
            except (OSError, ValueError):
                pass  # the terminal is gone, closed, or cannot show the characters

    def coloured(self, text: str, code: str) -> str:
        """Return text in a colour, or as it is where there are none."""
        return f"\x1b[{code}m{text}\x1b[0m" if self._coloured else text


class RunLines:
    """What is printed of one run."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._steps: list[tuple[str, int, int]] = []
        self._lock = threading.Lock()

    def begun(self, budget: RunBudget | None) -> None:
        """The run has begun."""
        self._console.greet(budget)

    def step_ended(self, step: Step) -> None:
        """Print the line of a node: what it did, how long it took, and what it cost."""
        ended_us = step.started_us if step.ended_us is None else step.ended_us
        with self._lock:
            self._steps.append((step.node, step.started_us, ended_us))
        took = _time(ended_us - step.started_us)
        spent = f"{took} | {_cost(step.cost_nano, step.calls, step.unpriced)}" if step.calls else took
        name = plain(step.detail or step.node)
        if step.status == Status.OK:
            self._console.print(f"{self._console.coloured('✓', _GREEN)} {name} ({spent})")
        else:
            why = f"{plain(step.node)}: {plain(step.error) or step.status}"
            self._console.print(f"{self._console.coloured('✗', _RED)} {why} ({spent})")

    def ended(self, run: Run, nodes: Mapping[str, Spending]) -> None:
        """Print the total of the run with its source, the breakdown by node, and how precise the costs are."""
        coloured = self._console.coloured
        source = _source_of(run)
        named = f" ({_SOURCES[source]})" if source in _SOURCES and run.calls > run.unpriced else ""
        cost = coloured(_cost(run.cost_nano, run.calls, run.unpriced) + named, _BOLD)
        calls = f"{count(run.calls)} call{'' if run.calls == 1 else 's'}"
        lines = [f"Total: {cost} · {calls} · {_time((run.ended_us or run.started_us) - run.started_us)}"]
        if run.status != Status.OK:
            lines.insert(0, coloured(f"✗ run {plain(run.run_id)}: {plain(run.error) or run.status}", _RED))
        with self._lock:
            table = breakdown(self._steps, nodes)
        if table:
            lines += ["", coloured("Performance & Cost Breakdown", _BOLD), *table]
        lines += [coloured(note, _DIM) for note in self._notes(run, source)]
        self._console.print(*lines)

    def _notes(self, run: Run, source: CostSource) -> list[str]:
        sentences = [_NOTES[source]] if source in _NOTES and run.calls > run.unpriced else []
        if run.unpriced:
            calls = "1 call has" if run.unpriced == 1 else f"{count(run.unpriced)} calls have"
            sentences.append(f"{calls} no known price (costtui prices --help).")
        if self._console.traced and run.calls and source != CostSource.LANGSMITH:
            sentences.append("costtui reconcile fetches the figures of LangSmith.")
        return sentences


def console_for(settings: Settings, stream: TextIO | None = None) -> Console | None:
    """Return the console of this process (standard error); None where it is no terminal or switched off."""
    stream = sys.stderr if stream is None else stream
    if not (settings.recording.enabled and settings.recording.console) or stream is None:
        return None
    try:
        if not stream.isatty():
            return None
    except (AttributeError, ValueError):
        return None
    coloured = not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return Console(stream, coloured=coloured, traced=tracing_enabled(os.environ))


def breakdown(steps: Sequence[tuple[str, int, int]], nodes: Mapping[str, Spending]) -> list[str]:
    """Return a table of node, time, share of the time and cost, the slowest first; steps are node, start, end in µs.

    Time is that in the node itself: nodes inside it are left out, parallel ones count each.
    """
    own = _own_times(steps)
    names = sorted(
        own.keys() | nodes.keys(),
        key=lambda node: (-own.get(node, -1), -(nodes[node].cost_nano if node in nodes else 0), node),
    )
    if not names:
        return []
    all_us = sum(own.values())
    width = min(max(4, *(len(plain(name)) for name in names)), _LONGEST_NAME)
    lines = [f"  {'node':<{width}}  {'time':>8}  {'% of total':>10}  {'cost':>12}"]
    for name in names:
        time = _time(own[name]) if name in own else UNKNOWN
        share = percent(own[name], all_us) if name in own else UNKNOWN
        spent = nodes.get(name, Spending())
        cost = _cost(spent.cost_nano, spent.calls, spent.unpriced) if spent.calls else UNKNOWN
        shown = shorten(plain(name) or "(no node)", max(width, 9))
        lines.append(f"  {shown:<{width}}  {time:>8}  {share:>10}  {cost:>12}")
    return lines


def _own_times(steps: Sequence[tuple[str, int, int]]) -> dict[str, int]:
    """Return the time in each node itself in microseconds."""
    inside: dict[str, list[tuple[int, int]]] = {}
    for node, start, end in steps:
        inside.setdefault(node.rpartition("/")[0], []).append((start, end))
    for intervals in inside.values():
        intervals.sort()
    own: dict[str, int] = {}
    for node, start, end in steps:
        inner = covered(inside.get(node, ()), start, end) if node else 0
        own[node] = own.get(node, 0) + end - start - inner
    return own


def _cost(known_nano: int, calls: int, unpriced: int) -> str:
    return "unpriced" if calls and unpriced == calls else figure(known_nano, unpriced=unpriced)


def _source_of(run: Run) -> CostSource:
    try:
        return CostSource(run.source_method)
    except ValueError:
        return CostSource.UNKNOWN


def _time(us: int) -> str:
    return duration(us / 1000).replace(" ", "")
