"""The compare report: models, nodes, subsystems and configurations against each other, with a verdict in words."""

from collections.abc import Sequence

from costtui.analysis.answer import answer
from costtui.analysis.compare import compare
from costtui.analysis.outcome import Outcome, fields_of, of_calls, of_runs
from costtui.format import count
from costtui.reading import CallQuery
from costtui.report.best import best_configurations, cost_of_success
from costtui.report.document import Block, Document, Note, grid
from costtui.report.frame import document
from costtui.view.compare_table import SIDES, sides_of
from costtui.view.snapshot import Sources

SAMPLE = 5_000
"""Newest calls that calls are compared by."""
MOST_FIELDS = 8
OF_CALLS = ("model", "node", "provider", "variation")
"""Fields that are compared call by call; all others are of runs."""


def compare_report(sources: Sources, by: Sequence[str] = (), *, peeking: bool = False) -> Document:
    """Return a comparison by some fields (default: all in which calls or runs differ). Raises StoreError."""
    blocks: list[Block] = [
        Note(
            "Observational: nobody assigned calls or runs at random, so that a difference may come from what they "
            "were given to do. Intervals hold 95 % for each table."
        )
    ]
    calls = of_calls(sources.reader.calls(CallQuery(span=sources.span, limit=SAMPLE)))
    runs = of_runs(sources.runs)
    names = (
        list(by) or [*(name for name in OF_CALLS if name in fields_of(calls)), *fields_of(runs)][:MOST_FIELDS]
    )
    for name in names:
        outcomes, noun = (calls, "calls") if name in OF_CALLS or name.startswith("tag:") else (runs, "runs")
        blocks += _comparison(name, outcomes, noun, peeking)
    if not by:
        blocks += best_configurations(runs)
        blocks += cost_of_success(runs)
    if len(calls) == SAMPLE:
        blocks.append(Note(f"Calls are compared by the newest {count(SAMPLE)}."))
    if not names:
        blocks.append(Note("Nothing to compare: all calls and runs of this window are configured alike."))
    return document("compare", "Comparison", sources, blocks)


def _comparison(name: str, outcomes: Sequence[Outcome], noun: str, peeking: bool) -> list[Block]:
    comparison = compare(outcomes, name, peeking=peeking, noun="users or runs" if noun == "calls" else noun)
    title = f"{noun.capitalize()} by {name}"
    if not comparison.arms:
        return [Note(f"{title}: none in this window.")]
    return [
        grid(f"by_{name}", title, SIDES, sides_of(comparison, outcomes)),
        Note(answer(comparison)),
    ]
