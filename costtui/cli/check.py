"""``costtui check``: does every metric event count in its experiment, and why not."""

import json
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from costtui.attribution.debugger import Debugger
from costtui.attribution.events import EventReader
from costtui.attribution.export import report_json, report_junit
from costtui.attribution.payloads import GZIP, Sent, read_payload
from costtui.attribution.served import Serve
from costtui.attribution.watched import chosen
from costtui.errors import PayloadError, StoreForeign
from costtui.reading import EvidenceReader
from costtui.settings import load

_PATTERNS = ("*.json", "*.jsonl", "*.json.gz", "*.jsonl.gz")


class Format(StrEnum):
    """How the report is printed."""

    TEXT = "text"
    JSON = "json"
    JUNIT = "junit"


def check(
    sources: Annotated[
        list[str] | None, typer.Argument(help="Stores to check; with --payloads, more captured files.")
    ] = None,
    payloads: Annotated[
        list[str] | None,
        typer.Option(help="Captured bodies of events: a file or a directory.", metavar="PATH"),
    ] = None,
    metric: Annotated[
        str,
        typer.Option(
            help="Event key of the metric; those of the settings, else ai_cost_per_request, if not given."
        ),
    ] = "",
    unit: Annotated[
        str, typer.Option(help="Context kind that the experiment randomises by; guessed from exposures.")
    ] = "",
    flag: Annotated[str, typer.Option(help="Flag or AI Config of the experiment; any if not given.")] = "",
    filter_on: Annotated[
        list[str] | None, typer.Option(help="Attribute that the metric filters on; may be repeated.")
    ] = None,
    flags: Annotated[
        str,
        typer.Option(
            help="Flag data of the SDKs' file data source: says what both contexts would be served.",
            metavar="FILE",
        ),
    ] = "",
    occurrences: Annotated[
        bool, typer.Option("--occurrences", help="The metric counts events: it needs no value.")
    ] = False,
    format: Annotated[Format, typer.Option(help="Of the report.")] = Format.TEXT,
    strict: Annotated[bool, typer.Option("--strict", help="Warnings fail, too.")] = False,
) -> None:
    """Check that every event of a metric counts in its experiment, and say why where it does not.

    Reads what a tap or the plugin recorded in a store, or captured bodies of events.
    Exit code: 0 all attributed (warnings pass unless --strict), 1 something is not, 2 it could not be told.

    With --flags, each cause says which variation both contexts would be served.

    Examples: costtui check pipeline.db --metric ai_cost_per_request --unit user;
    costtui check --payloads captured/ --format junit > report.xml
    """
    settings = load()
    debugger = Debugger(
        chosen(
            settings.metrics, metric, unit=unit, flag=flag, filters=filter_on or (), occurrences=occurrences
        )
    )
    skipped = dropped = 0
    if payloads:
        skipped, dropped = feed_payloads(debugger, [*payloads, *(sources or ())])
    else:
        feed_stores(debugger, sources or [settings.store_path])
    report = debugger.report()
    with _serving(flags) as serve:
        if format is Format.JSON:
            print(json.dumps(report_json(report, serve), indent=2, ensure_ascii=False))
        elif format is Format.JUNIT:
            sys.stdout.write(report_junit(report, strict=strict))
        else:
            from costtui.cli.check_text import print_report

            print_report(report, debugger.other_keys, strict=strict, serve=serve)
    _complain(skipped, dropped)
    raise typer.Exit(report.exit_code(strict=strict))


def _serving(path: str) -> AbstractContextManager[Serve | None]:
    """Return what evaluates flags again: the SDK with a flag file, nothing without one."""
    if not path:
        return nullcontext()
    from costtui.launchdarkly.serving import Serving

    return Serving(path)


def feed_stores(debugger: Debugger, paths: list[str]) -> None:
    """Feed what stores hold to the debugger. Raises StoreError."""
    from costtui.store import open_store

    for path in paths:
        with open_store(path) as opened:
            reader = opened.reader
            if not isinstance(reader, EvidenceReader):
                raise StoreForeign(
                    f"{path}: this store keeps no evaluations and tracked events; record them with costtui tap"
                )
            cursor: tuple[int, ...] = (-1, -1)
            page = reader.evidence()
            while page.cursor != cursor:
                debugger.feed((*page.exposures, *page.events))
                cursor = page.cursor
                page = reader.evidence(cursor)


def feed_payloads(debugger: Debugger, paths: list[str]) -> tuple[int, int]:
    """Feed captured files to the debugger; return how many events were unreadable, and dropped by the SDK.

    Bodies that an SDK sent twice count once. Raises PayloadError for a file that holds no events.
    """
    reader, seen = EventReader(), set[tuple[str, int]]()
    skipped = dropped = 0
    for sent in _bodies(paths):
        if sent.payload_id:
            # One that was cut off the first time comes again under the same id.
            place = sent.payload_id, hash(repr(sent.body))
            if place in seen:
                continue
            seen.add(place)
        batch = reader.read(sent.body, sent.path, sent.headers)
        debugger.feed(batch.facts)
        skipped += batch.skipped
        dropped += batch.dropped
    return skipped, dropped


def _bodies(paths: list[str]) -> Iterator[Sent]:
    for name in paths:
        path = Path(name)
        if not path.is_dir():
            yield from read_payload(_bytes(path), name)
            continue
        found = sorted({file for pattern in _PATTERNS for file in path.rglob(pattern)})
        if not found:
            raise PayloadError(
                f"{name}: no *.json or *.jsonl in this directory; name files with captured events"
            )
        for file in found:
            try:
                yield from read_payload(_bytes(file), str(file))
            except PayloadError as error:
                print(f"costtui: passed over {error}", file=sys.stderr)


def _bytes(path: Path) -> bytes:
    try:
        content = path.read_bytes()
        if content.startswith(GZIP):
            import gzip

            content = gzip.decompress(content)
    except (OSError, EOFError) as error:
        raise PayloadError(f"cannot read {path}: {error}") from None
    return content


def _complain(skipped: int, dropped: int) -> None:
    if skipped:
        print(f"costtui: {skipped} events could not be read and were left out", file=sys.stderr)
    if dropped:
        print(
            f"costtui: the SDK says that it dropped {dropped} events before sending: raise events_max_pending or flush "
            "more often",
            file=sys.stderr,
        )
