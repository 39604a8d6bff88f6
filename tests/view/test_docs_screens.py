"""The page about the screens describes the columns and filter fields that there are."""

import os
import re
from pathlib import Path

from costtui.view.calls import FILTER_FIELDS
from costtui.view.manual import TABLES, columns_page

PAGE = Path(__file__).parents[2] / "docs" / "screens.md"


def with_part(text: str, mark: str, part: str) -> str:
    pattern = rf"<!-- {mark} -->.*?(?=\n## |\Z)"
    return re.sub(pattern, lambda _: f"<!-- {mark} -->\n\n{part.strip()}\n", text, flags=re.S)


def test_the_page_is_what_the_tables_say():
    text = PAGE.read_text(encoding="utf-8")
    fields = ", ".join(f"`{name}`" for name in (*FILTER_FIELDS, "tag.NAME")) + "."
    expected = with_part(with_part(text, "fields", fields), "columns", columns_page())
    if os.environ.get("COSTTUI_UPDATE_SNAPSHOTS"):
        PAGE.write_text(expected, encoding="utf-8")
    assert text == expected, "docs/screens.md is out of date: run with COSTTUI_UPDATE_SNAPSHOTS=1"


def test_every_column_says_what_it_means():
    assert [field.id for _, table in TABLES for field in table.fields if not field.help] == []
