"""Labelled facts as lines that can be scrolled and copied."""

from collections.abc import Iterable

from costtui.ui.widgets.columns import Column
from costtui.ui.widgets.live_table import LiveTable
from costtui.view.detail import Section
from costtui.view.table import Cell, Row


class FactList(LiveTable):
    """Shows sections of facts, one a line, without a header."""

    header_lines = 0

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__((Column("label", "", 13), Column("value", "")), empty="nothing known", id=id)

    def show_sections(self, sections: Iterable[Section]) -> None:
        """Show facts under the titles of their sections."""
        rows: list[Row] = []
        for section in sections:
            if rows:
                rows.append(Row(f"before {section.title}", {}))
            rows.append(Row(section.title, {"label": Cell(section.title.upper(), tone="primary")}))
            rows += [
                Row(
                    f"{section.title} {number} {pair.label}",
                    {"label": Cell(pair.label, tone="muted"), "value": Cell(pair.value, tone=pair.tone)},
                )
                for number, pair in enumerate(section.pairs)
            ]
        self.show(rows)
