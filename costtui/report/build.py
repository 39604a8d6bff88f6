"""Reports of any kind, and all formats."""

from collections.abc import Sequence
from typing import Any

from costtui.report.data import as_csv, as_json, as_json_text, tables_as_csv
from costtui.report.document import Document
from costtui.report.html import as_html
from costtui.report.kinds import builder_of
from costtui.report.plain_text import as_markdown, as_text
from costtui.view.snapshot import Sources

SUFFIXES = {"text": "txt", "md": "md", "json": "json", "csv": "csv", "html": "html"}
"""Format → ending of its files."""


def build(kind: str, sources: Sources, **options: Any) -> Document:
    """Return a report of a kind, with the options that only this kind has. Raises StoreError."""
    document: Document = builder_of(kind)(sources, **options)
    return document


def as_one(documents: Sequence[Document], format_: str) -> str:
    """Return reports as one text."""
    if format_ == "html":
        return as_html(documents)
    if format_ == "json":
        import json

        if len(documents) == 1:
            return as_json_text(documents[0])
        return json.dumps({one.key: as_json(one) for one in documents}, indent=2, ensure_ascii=False) + "\n"
    render = {"text": as_text, "md": as_markdown, "csv": as_csv}[format_]
    return "\n".join(render(one) for one in documents)


def as_files(documents: Sequence[Document], format_: str) -> dict[str, str]:
    """Return reports as files: one for each report, or for each of its tables as CSV."""
    if format_ == "csv":
        return {f"{one.key}_{key}.csv": text for one in documents for key, text in tables_as_csv(one).items()}
    return {f"{one.key}.{SUFFIXES[format_]}": as_one([one], format_) for one in documents}
