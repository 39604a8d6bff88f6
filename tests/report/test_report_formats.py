import csv
import io
import json
from html.parser import HTMLParser

import pytest

from costtui.report.build import as_files, as_one
from costtui.report.document import Chart, Document, Fact, Facts, Note, grid
from costtui.report.plain_text import as_markdown, as_text
from costtui.view.table import Field, Table

HOSTILE = '<script>alert("x")</script>|`*_=\\'
TABLE: Table[tuple[str, int | None]] = Table(
    Field("name", "name", 0, lambda item: item[0], None, align="left"),
    Field("cost", "cost", 8, lambda item: item[1], lambda item: f"${item[1]}", name="cost_usd"),
    Field("nothing", "nothing", 8, lambda item: None, lambda item: ""),
)
REPORT = Document(
    "cost",
    "Cost",
    "a <store>.db",
    {"start": "2026-11-01T00:00:00+00:00", "end": "2026-11-22T12:00:00+00:00", "tz": "UTC"},
    (
        Facts("summary", "Summary", (Fact("spent", "spent", 12.5, "$12.50"),)),
        Note("mind <this>", warning=True),
        Chart("days", "Days", ("Mon", "Tue", "Wed"), (1.0, None, 4.0), ("$1", "", "$4")),
        Chart("scores", "Scores", ("r1", "r2"), (0.5, 0.75), ("0.50", "0.75"), bars=False),
        grid("rows", "Rows", TABLE, [(HOSTILE, 7), ("日本語", None)]),
    ),
)


class Checked(HTMLParser):
    """Counts tags, and fails on one that is not closed in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []
        self.urls: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        self.urls += [value or "" for name, value in attrs if name in ("src", "href")]
        if tag not in ("meta",):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_html_is_one_well_formed_file_without_script_or_links() -> None:
    checked = Checked()
    checked.feed(as_one([REPORT, REPORT], "html"))
    assert checked.open == []
    assert "script" not in checked.seen
    assert checked.urls == []
    assert checked.seen.count("svg") == 4
    assert checked.seen.count("rect") == 4
    assert checked.seen.count("polyline") == 2


def test_text_lines_up_wide_characters_and_leaves_empty_columns_out() -> None:
    text = as_text(REPORT)
    assert "nothing" not in text
    assert "日本語" in text
    assert "! mind <this>" in text
    assert "Wed  $4  ████████████████████████████████████████" in text
    rows = [line for line in text.splitlines() if line.endswith(("$7", "$None"))]
    from rich.cells import cell_len

    assert len({cell_len(row) for row in rows}) == 1


def test_markdown_shows_hostile_text_as_it_is() -> None:
    text = as_markdown(REPORT)
    assert "\\<script\\>" in text
    assert "<script>" not in text
    assert "| name | cost |" in text
    row = next(line for line in text.splitlines() if "$7" in line)
    assert row.replace("\\|", "").count("|") == 3


def test_json_has_facts_tables_and_notes_under_their_keys() -> None:
    data = json.loads(as_one([REPORT], "json"))
    assert data["summary"] == {"spent": 12.5}
    assert data["rows"][0] == {"name": HOSTILE, "cost_usd": 7, "nothing": None}
    assert data["days"][1] == {"name": "Tue", "value": None}
    assert data["notes"] == ["mind <this>"]
    assert json.loads(as_one([REPORT, REPORT], "json")).keys() == {"cost"}


def test_csv_files_are_one_for_each_table() -> None:
    files = as_files([REPORT], "csv")
    assert sorted(files) == ["cost_days.csv", "cost_rows.csv", "cost_scores.csv", "cost_summary.csv"]
    assert list(csv.DictReader(io.StringIO(files["cost_rows.csv"]))) == [
        {"name": HOSTILE, "cost_usd": "7"},
        {"name": "日本語", "cost_usd": ""},
    ]
    assert files["cost_summary.csv"] == "spent\n12.5\n"


@pytest.mark.parametrize("format_", ["text", "md", "json", "csv", "html"])
def test_a_report_without_anything_is_written_too(format_: str) -> None:
    empty = Document(
        "cost", "Cost", "", REPORT.window, (Chart("c", "C", (), (), ()), grid("g", "G", TABLE, []))
    )
    assert as_one([empty], format_)
    assert as_files([empty], format_)


def test_a_cell_is_no_formula() -> None:
    report = Document("r", "R", "", REPORT.window, (grid("g", "G", TABLE, [("=1+1", -5)]),))
    assert as_files([report], "csv")["r_g.csv"].splitlines()[1] == "'=1+1,-5"


def test_sentences_stand_below_their_rows() -> None:
    table: Table[tuple[str, str]] = Table(
        Field("name", "name", 0, lambda item: item[0], None, align="left"),
        Field("verdict", "verdict", 0, lambda item: item[1], None, align="left"),
    )
    items = [("a", "baseline"), ("b", "not enough data: about 140 more runs are needed")]
    text = as_text(Document("r", "R", "", REPORT.window, (grid("g", "G", table, items),)))
    assert text.splitlines()[-4:] == ["a", "    baseline", "b", f"    {items[1][1]}"]
