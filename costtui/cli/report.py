"""``costtui report``: what the screens say, as text, Markdown, JSON, CSV or HTML."""

import sys
from enum import StrEnum
from pathlib import Path
from time import time_ns
from typing import Annotated

import typer

from costtui.report.kinds import ALL, KINDS


class Format(StrEnum):
    """How a report is written."""

    TEXT = "text"
    MD = "md"
    JSON = "json"
    CSV = "csv"
    HTML = "html"


def _known(kind: str) -> str:
    """Return a kind of report as it is. Raises BadParameter for one that does not exist."""
    if kind in (*KINDS, ALL):
        return kind
    raise typer.BadParameter(f"no report {kind!r}: one of {', '.join([*KINDS, ALL])}; a store comes after it")


def report(
    kind: Annotated[
        str,
        typer.Argument(
            metavar="|".join([*KINDS, ALL]),
            callback=_known,
            autocompletion=lambda: [*KINDS.items(), (ALL, "every report")],
            help="; ".join(f"{name}: {about}" for name, about in KINDS.items()),
        ),
    ] = "cost",
    stores: Annotated[
        list[str] | None, typer.Argument(metavar="[STORE]…", help="Stores; default: the one of the settings.")
    ] = None,
    days: Annotated[int, typer.Option(min=1, max=3660, help="Calendar days, today included.")] = 30,
    window: Annotated[str, typer.Option(help="Instead of days: 24h, all, 2026-11-01..2026-11-15 …")] = "",
    format: Annotated[Format, typer.Option(help="Of the report.")] = Format.TEXT,
    output: Annotated[str, typer.Option(metavar="DIR", help="Write files there instead of printing.")] = "",
    by: Annotated[
        list[str] | None, typer.Option(help="Field to compare by; may be repeated. Default: all that differ.")
    ] = None,
) -> None:
    """Report what was spent, how good it was, or how models and configurations compare.

    Examples: costtui report cost pipeline.db --days 7;
    costtui report all --format html --output reports/;
    costtui report compare --by model --by llm.temperature --format json
    """
    from costtui.cli.monitor import opener
    from costtui.report.build import as_files, as_one, build
    from costtui.report.frame import by_days, last_days, read
    from costtui.settings import load
    from costtui.window import parse_window, resolve

    settings = load()
    now_us = time_ns() // 1000
    paths = stores or [settings.store_path]
    refuse_missing(paths)
    with opener(paths, settings)(None) as opened:
        if window:
            try:
                chosen = parse_window(window, settings.zone)
                span = by_days(resolve(chosen, now_us, opened.reader.first_us()), settings.zone)
            except ValueError as error:
                raise typer.BadParameter(str(error), param_hint="--window") from None
        else:
            span = last_days(days, now_us, settings.zone)
        sources = read(
            opened.reader,
            span,
            now_us,
            settings.zone,
            settings.budgets,
            experiments=settings.experiments,
            metrics=settings.metrics,
        )
        options = {"compare": {"by": by or ()}}
        kinds = list(KINDS) if kind == ALL else [kind]
        documents = [build(name, sources, **options.get(name, {})) for name in kinds]
    if output:
        _write(Path(output), as_files(documents, format))
    else:
        sys.stdout.write(as_one(documents, format))


def _write(folder: Path, files: dict[str, str]) -> None:
    from costtui.errors import CosttuiError
    from costtui.record.atomic import write_atomically

    for name, text in files.items():
        try:
            write_atomically(folder / name, text)
        except OSError as error:
            raise CosttuiError(
                f"cannot write {folder / name}: {error.strerror}; choose another --output"
            ) from None
        typer.echo(str(folder / name))


def refuse_missing(paths: list[str]) -> None:
    """Raise StoreMissing for a path where nothing is."""
    from costtui.errors import StoreMissing

    for path in paths:
        if "://" not in path and not Path(path).exists():
            raise StoreMissing(f"no store at {path!r}; name one, or record a call first")
