"""``costtui export``: stored calls, runs, steps and quality as CSV, JSON or JSON lines; runs over issues as a tree."""

import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from time import time_ns
from typing import IO, TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from costtui.reading import Reader
    from costtui.window import Span


class What(StrEnum):
    """What is exported."""

    CALLS = "calls"
    RUNS = "runs"
    STEPS = "steps"
    QUALITY = "quality"
    TREE = "tree"
    """Files of runs over issues, below a directory."""


class Format(StrEnum):
    """How records are written."""

    CSV = "csv"
    JSON = "json"
    JSONL = "jsonl"


def export(
    what: Annotated[What, typer.Argument(help="What to export.")] = What.CALLS,
    stores: Annotated[
        list[str] | None, typer.Argument(metavar="[STORE]…", help="Stores; default: the one of the settings.")
    ] = None,
    window: Annotated[str, typer.Option(help="24h, 7d, all, 2026-11-01..2026-11-15 …")] = "all",
    where: Annotated[str, typer.Option(help="Filter of calls: 'node:extract cost>0.01'.")] = "",
    format: Annotated[Format, typer.Option(help="Of the records.")] = Format.CSV,
    output: Annotated[
        str, typer.Option(metavar="FILE", help="Write there instead of printing; of a tree: its directory.")
    ] = "",
) -> None:
    """Write stored records to a file or to standard output, a page at a time, newest first.

    Examples: costtui export calls pipeline.db --window 7d --where 'model:gpt cost>0.01' > calls.csv;
    costtui export runs --format jsonl --output runs.jsonl;
    costtui export tree pipeline.db --output logs (runs/RUN_ID/….json and csv/….csv of runs over issues)
    """
    from costtui.cli.report import refuse_missing
    from costtui.filter import parse_filter
    from costtui.report.records import RECORDS
    from costtui.settings import load
    from costtui.sources import open_any
    from costtui.window import parse_window, resolve

    if where and what is not What.CALLS:
        raise typer.BadParameter("filters are for calls", param_hint="--where")
    settings = load()
    paths = stores or [settings.store_path]
    refuse_missing(paths)
    try:
        chosen = None if window == "all" else parse_window(window, settings.zone)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--window") from None
    now_us = time_ns() // 1000
    if what is What.TREE:
        if not output:
            raise typer.BadParameter("name the directory of the tree", param_hint="--output")
        for path in paths:
            with open_any(path, settings) as opened:
                span = resolve(chosen, now_us, opened.reader.first_us()) if chosen else None
                _tree(opened.reader, span, output)
        return

    def records() -> Iterator[dict[str, Any]]:
        for path in paths:
            with open_any(path, settings) as opened:
                span = resolve(chosen, now_us, opened.reader.first_us()) if chosen else None
                yield from RECORDS[str(what)](opened.reader, span, parse_filter(where))

    with _opened(output) as file:
        _WRITERS[format](records(), file)


def _tree(reader: "Reader", span: "Span | None", directory: str) -> None:
    from costtui.errors import CosttuiError
    from costtui.record.export import MetricsStorage
    from costtui.record.metrics_stored import save_stored

    try:
        written = save_stored(reader, MetricsStorage(directory), reader.runs(span, 1_000_000))
    except OSError as error:
        raise CosttuiError(
            f"cannot write below {directory}: {error.strerror}; choose another --output"
        ) from None
    print(f"{written:,} runs over issues written below {directory}")


def _csv(records: Iterable[dict[str, Any]], file: IO[str]) -> None:
    import csv

    from costtui.report.records import flat
    from costtui.text import csv_cell

    writer: csv.DictWriter[str] | None = None
    for record in map(flat, records):
        if writer is None:
            writer = csv.DictWriter(file, list(record), lineterminator="\n")
            writer.writeheader()
        writer.writerow({name: csv_cell(value) for name, value in record.items()})


def _json(records: Iterable[dict[str, Any]], file: IO[str]) -> None:
    between = "[\n"
    for record in records:
        file.write(between + json.dumps(record, ensure_ascii=False, default=str))
        between = ",\n"
    file.write("[]\n" if between == "[\n" else "\n]\n")


def _jsonl(records: Iterable[dict[str, Any]], file: IO[str]) -> None:
    for record in records:
        file.write(json.dumps(record, ensure_ascii=False, default=str) + "\n")


_WRITERS = {Format.CSV: _csv, Format.JSON: _json, Format.JSONL: _jsonl}


@contextmanager
def _opened(path: str) -> Iterator[IO[str]]:
    from costtui.errors import CosttuiError

    if not path:
        yield sys.stdout
        return
    try:
        with Path(path).open("w", encoding="utf-8", newline="") as file:
            yield file
    except OSError as error:
        raise CosttuiError(f"cannot write {path}: {error.strerror}; choose another --output") from None
