"""A report as JSON, and its tables as CSV."""

import csv
import io
import json
from typing import Any

from costtui.report.document import Chart, Document, Facts, Grid
from costtui.text import csv_cell


def as_json(document: Document) -> dict[str, Any]:
    """Return a report as plain values: facts and tables under their keys."""
    data: dict[str, Any] = {"report": document.key, "store": document.store, "window": document.window}
    notes: list[str] = []
    for block in document.blocks:
        if isinstance(block, Facts):
            data[block.key] = {fact.key: fact.value for fact in block.facts}
        elif isinstance(block, Grid):
            data[block.key] = list(block.records)
        elif isinstance(block, Chart):
            data[block.key] = [
                {"name": name, "value": value} for name, value in zip(block.names, block.values, strict=True)
            ]
        else:
            notes.append(block.text)
    return {**data, "notes": notes}


def as_json_text(document: Document) -> str:
    """Return a report as JSON text."""
    return json.dumps(as_json(document), indent=2, ensure_ascii=False) + "\n"


def tables_as_csv(document: Document) -> dict[str, str]:
    """Return each table of a report (facts and charts too) as CSV text, by its key."""
    tables: dict[str, str] = {}
    for block in document.blocks:
        if isinstance(block, Grid):
            tables[block.key] = csv_text(block.records, [column.key for column in block.columns])
        elif isinstance(block, Facts):
            tables[block.key] = csv_text([{fact.key: fact.value for fact in block.facts}])
        elif isinstance(block, Chart):
            pairs = zip(block.names, block.values, strict=True)
            tables[block.key] = csv_text([{"name": name, "value": value} for name, value in pairs])
    return tables


def as_csv(document: Document) -> str:
    """Return all tables of a report below each other, each with its key in front."""
    return "\n".join(f"# {key}\n{text}" for key, text in tables_as_csv(document).items())


def csv_text(
    records: list[dict[str, Any]] | tuple[dict[str, Any], ...], columns: list[str] | None = None
) -> str:
    """Return records as CSV text."""
    out = io.StringIO()
    names = columns or list(dict.fromkeys(name for record in records for name in record))
    writer = csv.DictWriter(out, names, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: csv_cell(record.get(name)) for name in names} for record in records)
    return out.getvalue()
