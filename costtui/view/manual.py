"""The columns of every table as a page of the documentation."""

from collections.abc import Iterable
from typing import Any

from costtui.view import (
    alerts,
    attribution,
    breakdown,
    call_table,
    change,
    compare_table,
    evidence,
    experiment_findings,
    experiment_table,
    leads,
    nodes,
    quality_table,
    run_costs,
    run_diff,
    runs,
    trouble,
    work_tables,
)
from costtui.view.table import Table

TABLES: tuple[tuple[str, Table[Any]], ...] = (
    ("Nodes", nodes.TABLE),
    ("Runs", runs.TABLE),
    ("Calls", call_table.TABLE),
    ("Performance & Cost Breakdown", breakdown.BREAKDOWN),
    ("Issues of a run", work_tables.ISSUES),
    ("Difference of two runs", run_diff.PARTS),
    ("Cost tree of a run", run_costs.PARTS),
    ("Quality of runs", quality_table.RUNS),
    ("Scores", quality_table.DIMENSIONS),
    ("Quality of subsystems", quality_table.SUBSYSTEMS),
    ("Cost against quality", quality_table.BANDS),
    ("Compare", compare_table.ARMS),
    ("Verdicts", compare_table.VERDICTS),
    ("Best configuration", compare_table.CONFIGURATIONS),
    ("What if", compare_table.WHAT_IF),
    ("Attribution", attribution.TABLE),
    ("Contexts side by side", evidence.SIDES),
    ("What happened to a context", evidence.EVENTS),
    ("Variations of an experiment", experiment_table.VARIATIONS),
    ("Findings of an experiment", experiment_findings.FINDINGS),
    ("Alerts and errors", trouble.TABLE),
    ("Alerts", alerts.TABLE),
    ("Why spend changed", change.WATERFALL),
    ("Behind a part of the change", change.BEHIND),
    ("Leads", leads.TABLE),
)
"""Tables by the heading under which they are described."""

_FILTERED_BY_COLUMN = (nodes.TABLE, runs.TABLE, quality_table.RUNS, attribution.TABLE)


def columns_page() -> str:
    """Return what each column means and what it is called in filters and exports, as Markdown."""
    return "\n".join(line for title, table in TABLES for line in _section(title, table))


def _section(title: str, table: Table[Any]) -> Iterable[str]:
    filtered = table in _FILTERED_BY_COLUMN
    yield f"### {title}\n"
    yield "| column | " + "in filters | " * filtered + "in exports | meaning |"
    yield "| --- | " + "--- | " * filtered + "--- | --- |"
    for field in table.fields:
        yield f"| {field.title} | " + f"`{field.id}` | " * filtered + f"`{field.key}` | {field.help} |"
    yield ""
