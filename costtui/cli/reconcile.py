"""``costtui reconcile``: costs and tokens of recorded runs replaced by those that LangSmith has for them."""

import json
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from costtui.cli.price import dollars
from costtui.errors import CosttuiError
from costtui.facts import Call, CostSource, Run, Status
from costtui.format import count, exact_money
from costtui.reading import CallQuery, Reader
from costtui.settings import load
from costtui.store import open_store, open_writer
from costtui.text import plain, shorten
from costtui.window import DAY_US, MINUTE_US, Span

if TYPE_CHECKING:
    from costtui.record.langsmith_api import LangSmith
    from costtui.record.reconcile import Reconciled

_RUNS = 10_000
_CALLS = 100_000
_FRESH_US = 10 * MINUTE_US
"""Calls and their costs are known some time after they have ended: until then they are waited for."""


def reconcile(
    store: Annotated[str, typer.Argument(help="The store; that of the settings where left out.")] = "",
    days: Annotated[int, typer.Option(min=1, max=3650, help="Runs that began in the last days.")] = 7,
    run: Annotated[str, typer.Option(help="Only this run.")] = "",
    all_: Annotated[bool, typer.Option("--all", help="Also runs that have LangSmith's figures.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would change.")] = False,
    wait: Annotated[
        float, typer.Option(min=0, help="Seconds to wait for what is not known yet of calls just made.")
    ] = 15.0,
    json_: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Replace estimated and computed costs of runs by LangSmith's own figures, tokens too.

    Asks LANGSMITH_ENDPOINT about LANGSMITH_PROJECT with LANGSMITH_API_KEY (or the LANGCHAIN_ names). What the
    provider itself charged stays, and so does what LangSmith does not know.

        costtui reconcile --dry-run

        costtui reconcile pipeline.db --days 30
    """
    from costtui.record.langsmith import account
    from costtui.record.langsmith_api import LangSmith

    whom = account(os.environ)
    path = store or load().store_path
    done: list[Reconciled] = []
    with open_store(path) as opened, LangSmith(whom) as langsmith:
        for runs in _together(_runs(opened.reader, days, run)):
            if not (all_ or run or any(map(_lacks, runs))):
                continue
            found = _ask(opened.reader, langsmith, runs, wait)
            if not dry_run:
                _write(path, opened.reader, found)
            done += found
    if json_:
        print(json.dumps(_as_json(path, whom.project, done, dry_run=dry_run), indent=2))
    else:
        print(f"{path}: LangSmith project {plain(whom.project)!r} at {whom.endpoint}\n")
        _print(done, dry_run=dry_run)


def _runs(reader: Reader, days: int, run_id: str) -> list[Run]:
    if run_id:
        run = reader.run(run_id)
        if run is None:
            raise CosttuiError(f"the store has no run {plain(run_id)!r}: look at costtui export runs")
        if run.status == Status.RUNNING:
            raise CosttuiError(f"run {plain(run_id)!r} still goes on: reconcile it when it has ended")
        return [run]
    now_us = time.time_ns() // 1000
    runs = reader.runs(Span((now_us - days * DAY_US, now_us + DAY_US)), _RUNS)
    return [each for each in runs if each.status != Status.RUNNING]


def _lacks(run: Run) -> bool:
    """Return whether a run has other figures than LangSmith's; what overlaps it is looked at too, to tell calls apart."""
    return run.source_method != CostSource.LANGSMITH


def _together(runs: Sequence[Run]) -> Iterator[list[Run]]:
    """Yield runs that overlap in time together, oldest first: one question is enough for them."""
    group: list[Run] = []
    for run in sorted(runs, key=lambda run: run.started_us):
        if group and run.started_us > max(map(_end_us, group)) + 2 * MINUTE_US:
            yield group
            group = []
        group.append(run)
    if group:
        yield group


def _end_us(run: Run) -> int:
    return max(run.started_us, run.ended_us or run.last_us)


def _ask(reader: Reader, langsmith: "LangSmith", runs: Sequence[Run], wait_s: float) -> "list[Reconciled]":
    from costtui.record.reconcile import reconciled_all

    query = CallQuery(order="oldest", limit=_CALLS)
    recorded = [(run, reader.calls(replace(query, run_id=run.run_id))) for run in runs]
    start_us, end_us = runs[0].started_us - MINUTE_US, max(map(_end_us, runs)) + MINUTE_US
    fresh = time.time_ns() // 1000 - end_us < _FRESH_US
    pause_s = 1.0
    while True:
        done = reconciled_all(recorded, langsmith.calls(start_us, end_us))
        complete = all(each.found == len(each.before) and not each.pending for each in done)
        if complete or not fresh or pause_s > wait_s:
            return done
        time.sleep(pause_s)
        wait_s, pause_s = wait_s - pause_s, 2 * pause_s


def _write(path: str, reader: Reader, done: "Sequence[Reconciled]") -> None:
    changed = [each for each in done if each.changed or _source(each) != each.run.source_method]
    if not changed:
        return
    # Texts were cut and redacted when they were recorded; the settings of today must not do it again.
    with open_writer(path, durable=False) as writer:
        for each in changed:
            for call in each.changed.values():
                stored = reader.call(call.id) if call.id else None
                full: Call = call if stored is None else replace(stored, cost=call.cost, usage=call.usage)
                writer.write(full)
            writer.write(replace(each.run, source_method=_source(each)))
        if not writer.flush():
            raise CosttuiError(f"cannot write to {path} now: the changes wait in a spool file beside it")


def _source(each: "Reconciled") -> str:
    """Return the source of a run's costs; without a figure of LangSmith it stays what it was."""
    exact = any(call.cost.source == CostSource.LANGSMITH for call in each.after)
    return str(each.source) if exact and each.source else each.run.source_method


def _print(done: "Sequence[Reconciled]", *, dry_run: bool) -> None:
    if not done:
        print(
            "no run to ask about: all have LangSmith's figures already (--all), or none began so late (--days)"
        )
        return
    print(f"{'run':<36} {'calls':>7} {'found':>7} {'before':>16} {'after':>16}  source")
    for each in done:
        name = shorten(plain(each.run.run_id), 36)
        before, after = exact_money(_sum(each.before)), exact_money(_sum(each.after))
        notes = [f"{count(each.added)} not recorded here"] * bool(each.added)
        notes += [f"{count(each.pending)} without a cost in LangSmith"] * bool(each.pending)
        line = f"{name:<36} {len(each.before):>7,} {each.found:>7,} {before:>16} {after:>16}  {plain(_source(each))}"
        print("; ".join((line, *notes)))
    missing = sum(len(each.before) - each.found for each in done)
    if missing:
        calls = "1 call is" if missing == 1 else f"{count(missing)} calls are"
        print(f"\n{calls} not known to LangSmith: costs stay there as they were recorded")
    if dry_run:
        print("\nnothing was changed")


def _sum(calls: Sequence[Call]) -> int | None:
    known = [call.cost.nano for call in calls if call.cost.nano is not None]
    return sum(known) if known or not calls else None


def _as_json(path: str, project: str, done: "Sequence[Reconciled]", *, dry_run: bool) -> dict[str, Any]:
    return {
        "store": path,
        "project": project,
        "dry_run": dry_run,
        "runs": [
            {
                "run_id": each.run.run_id,
                "calls": len(each.before),
                "found": each.found,
                "changed": len(each.changed) - each.added,
                "added": each.added,
                "without_cost": each.pending,
                "before_usd": dollars(_sum(each.before)),
                "after_usd": dollars(_sum(each.after)),
                "source": _source(each),
            }
            for each in done
        ],
    }
