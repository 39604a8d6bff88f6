"""``costtui import``: what other systems recorded, taken over into a store of ours."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from costtui.errors import StoreError, StoreMissing
from costtui.format import count, money
from costtui.money import usd

if TYPE_CHECKING:
    from costtui.settings import Settings
    from costtui.sources.importing import Taken
    from costtui.store.writer import Writer

_WORDS = {
    "Run": "runs",
    "Call": "calls",
    "Quality": "quality records",
    "Issue": "issues",
    "AgentExecution": "attempts of agents",
    "PipelineRun": "pipelines",
    "DebuggingCycle": "debugging cycles",
    "ToolCall": "tool calls",
    "ErrorRecord": "errors",
}
_FLUSH_S = 120.0


def import_(
    sources: Annotated[list[str], typer.Argument(metavar="SRC…", help="Stores, or directories of runs.")],
    into: Annotated[
        str, typer.Option(metavar="STORE", help="Our store; that of the settings if left out.")
    ] = "",
    json_: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Take over what other systems recorded: costs.db, quality.db, ai_cost_tracking, runs/RUN_ID/….json, CSV tables.

    Sources are never altered. Imported again, nothing doubles and what has changed is replaced. Runs that costtui itself
    recorded in the store are left as they are. What cannot be read is named, and the exit code is then 1.

        costtui import checkpoints/costs.db checkpoints/quality.db --into pipeline.db

        costtui import logs --into pipeline.db
    """
    from costtui.settings import load
    from costtui.store import open_writer

    settings = load()
    store = into or settings.store_path
    for source in sources:
        if not Path(source).exists():
            raise StoreMissing(f"nothing to import at {source!r}")
        if Path(source).absolute() == Path(store).absolute():
            raise StoreError(f"{source} is the store to import into; name another with --into")
    with open_writer(store, settings=settings) as writer:
        found = {source: _take(source, store, writer, settings) for source in sources}
    if json_:
        print(json.dumps({source: _as_json(taken) for source, taken in found.items()}, indent=2))
    else:
        for source, taken in found.items():
            _print(source, taken)
    if writer.dropped or writer.problem:
        what = writer.problem or f"{count(writer.dropped)} records do not fit into the store"
        print(f"costtui: {what}", file=sys.stderr)
    problems = [problem for taken in found.values() for problem in taken.problems]
    for problem in problems:
        print(f"costtui: not read: {problem}", file=sys.stderr)
    if problems or writer.dropped or writer.problem:
        raise typer.Exit(1)


def _take(source: str, store: str, writer: "Writer", settings: "Settings") -> "Taken":
    from costtui.sources.importing import take_over
    from costtui.store import open_store

    def write(facts: list[Any]) -> None:
        writer.write(*facts)
        writer.flush(_FLUSH_S)

    with open_store(store) as opened:
        return take_over(Path(source), settings.zone, write, opened.reader.run)


def _print(source: str, taken: "Taken") -> None:
    parts = [f"{count(taken.facts[kind])} {words}" for kind, words in _WORDS.items() if taken.facts[kind]]
    print(f"{source} ({taken.kind}): {', '.join(parts) or 'nothing new'}")
    if taken.facts["Call"]:
        without = f", {count(taken.unpriced)} calls without a cost" if taken.unpriced else ""
        print(f"  {money(taken.cost_nano)}{without}")
    if taken.recorded:
        print(f"  {count(len(taken.recorded))} runs were recorded by costtui itself and are left as they are")


def _as_json(taken: "Taken") -> dict[str, Any]:
    return {
        "kind": taken.kind,
        "taken": {words.replace(" ", "_"): taken.facts[kind] for kind, words in _WORDS.items()},
        "cost_usd": float(usd(taken.cost_nano)),
        "unpriced_calls": taken.unpriced,
        "recorded_runs": len(taken.recorded),
        "not_read": taken.problems,
    }
