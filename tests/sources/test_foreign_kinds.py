import sqlite3
from contextlib import closing

import pytest
from foreign_stores import AI_COST_TRACKING, COSTS, QUALITY, copy_of, execute

from costtui.errors import StoreUnavailable
from costtui.sources.detect import foreign_kinds
from costtui.store import open_writer


@pytest.mark.parametrize(
    ("tables", "kinds"),
    [
        (COSTS, ("costs",)),
        (QUALITY, ("quality",)),
        (AI_COST_TRACKING, ("ai_cost_tracking",)),
        (COSTS + QUALITY, ("costs", "quality")),
        (COSTS[:1], ()),
        (("CREATE TABLE cookies (a)",), ()),
    ],
)
def test_a_file_is_known_by_its_tables_whatever_its_name(tmp_path, tables, kinds):
    path = tmp_path / "whatever.bin"
    execute(path, *tables)
    assert foreign_kinds(path) == kinds


def test_the_real_stores_are_known(tmp_path):
    assert foreign_kinds(copy_of("costs.db", tmp_path)) == ("costs",)
    assert foreign_kinds(copy_of("quality.db", tmp_path)) == ("quality",)


def test_our_own_store_and_everything_else_is_not_foreign(tmp_path):
    own = tmp_path / "calls.db"
    open_writer(own).close()
    text = tmp_path / "notes.txt"
    text.write_text("cost_runs")
    empty = tmp_path / "empty.db"
    empty.touch()
    for path in (own, text, empty, tmp_path, tmp_path / "missing.db"):
        assert foreign_kinds(path) == ()


def test_a_damaged_database_is_a_store_that_cannot_be_read(tmp_path):
    path = copy_of("costs.db", tmp_path)
    content = bytearray(path.read_bytes())
    content[100:4096] = b"\xff" * 3996
    path.write_bytes(content)
    with pytest.raises(StoreUnavailable, match="damaged"):
        foreign_kinds(path)


def test_a_locked_database_says_so(tmp_path):
    path = copy_of("costs.db", tmp_path)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StoreUnavailable, match="locked by another program"):
            foreign_kinds(path)
