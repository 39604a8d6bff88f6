"""What was hidden is complete the first time that it is drawn."""

from textual.app import App, ComposeResult
from textual.containers import Vertical
from textual.geometry import Region
from textual.strip import Strip

from costtui.ui.widgets.live_table import Cell, Column, LiveTable, Row


class RecordedTable(LiveTable):
    """Keeps what each drawing showed."""

    drawings: list[str]

    def render_lines(self, crop: Region) -> list[Strip]:
        lines = super().render_lines(crop)
        self.drawings.append("\n".join(line.text for line in lines))
        return lines


class HiddenApp(App[None]):
    """A table in a body that is not shown yet."""

    def compose(self) -> ComposeResult:
        with Vertical(id="body") as body:
            body.display = False
            yield RecordedTable([Column("name", "name", 10)])

    def on_mount(self) -> None:
        self.query_one(RecordedTable).drawings = []


async def test_the_first_drawing_of_a_table_has_its_columns_and_rows() -> None:
    app = HiddenApp()
    async with app.run_test(size=(60, 20)) as pilot:
        table = app.query_one(RecordedTable)
        table.show([Row(f"r{number}", {"name": Cell(f"name-{number}")}) for number in range(5)])
        app.query_one("#body").display = True
        for _ in range(400):
            if table.drawings:
                break
            await pilot.pause(0.05)
        assert "name-4" in table.drawings[0]
