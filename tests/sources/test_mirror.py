import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path
from time import monotonic

import pytest
from foreign_stores import BERLIN, calls, copy_of, execute, spent

from costtui.errors import StoreForeign, StoreMissing, StoreUnavailable
from costtui.sources import following, mirror, open_any
from costtui.sources.foreign import StoreLocked

REAL = 4_417_819_100


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return copy_of("costs.db", tmp_path)


def _following(opened):
    opened.tail.start(480)
    opened.tail.poll()
    return opened


def _insert(run_id: str, cost: float) -> tuple[str, str]:
    return (
        f"INSERT OR REPLACE INTO cost_runs VALUES ('{run_id}', '2026-10-28T12:00:00', {cost}, 'S', 'langsmith')",
        f"INSERT INTO node_costs VALUES ('{run_id}', 'extract', {cost}, 10, 1, 'm')",
    )


def test_rows_of_another_process_appear(path):
    program = (
        "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]);"
        "[c.execute(statement) for statement in sys.argv[2:]]; c.commit(); c.close()"
    )
    with open_any(str(path), BERLIN) as opened:
        _following(opened)
        subprocess.run([sys.executable, "-c", program, str(path), *_insert("new", 0.25)], check=True)
        delta = opened.tail.poll()
        assert [call.cost.nano for call in delta.calls] == [250_000_000]
        assert "new" in {run.run_id for run in delta.runs}
        assert not delta.reset
        assert not opened.tail.poll()
        assert spent(opened) == REAL + 250_000_000


def test_commits_in_quick_succession_are_all_seen(path):
    with open_any(str(path), BERLIN) as opened:
        _following(opened)
        seen = 0
        for number in range(30):
            execute(path, *_insert(f"new-{number}", 0.001))
            seen += len(opened.tail.poll().calls)
        assert seen == 30


def test_a_store_in_wal_mode_is_followed_while_its_writer_works_and_left_clean(path, tmp_path):
    execute(path, "PRAGMA journal_mode=WAL")
    with open_any(str(path), BERLIN) as opened:
        _following(opened)
        with closing(sqlite3.connect(path, isolation_level=None)) as writer:
            for number in range(5):
                for statement in _insert(f"new-{number}", 0.5):
                    writer.execute(statement)
                assert len(opened.tail.poll().calls) == 1
        opened.tail.poll()
        assert spent(opened) == REAL + 2_500_000_000
    assert [each.name for each in tmp_path.iterdir()] == ["costs.db"]


def test_a_link_to_a_store_in_wal_mode_shows_what_is_in_the_wal(path, tmp_path):
    directory = tmp_path / "elsewhere"
    directory.mkdir()
    link = directory / "a link #1?.db"
    link.symlink_to(path)
    execute(path, "PRAGMA journal_mode=WAL")
    with closing(sqlite3.connect(path, isolation_level=None)) as writer:
        for statement in _insert("new", 0.5):
            writer.execute(statement)
        with open_any(str(link), BERLIN) as opened:
            assert spent(opened) == REAL + 500_000_000


def test_a_changed_row_changes_the_totals(path):
    with open_any(str(path), BERLIN) as opened:
        _following(opened)
        execute(path, "UPDATE node_costs SET cost = cost + 1 WHERE rowid = 17")
        assert _until(opened, lambda: spent(opened) == REAL + 1_000_000_000)
        assert len(calls(opened)) == 480


def test_a_run_that_is_renamed_takes_its_calls_along(path):
    with open_any(str(path), BERLIN) as opened:
        _following(opened)
        execute(path, "UPDATE cost_runs SET subsystem = 'Other' WHERE run_id = 'run_20261020_092500_000'")
        assert _until(opened, lambda: opened.reader.run("run_20261020_092500_000").subsystem == "Other")
        assert sum(call.subsystem == "Other" for call in calls(opened)) == 4


def test_a_replaced_run_is_one_run(path):
    with open_any(str(path), BERLIN) as opened:
        _following(opened)
        execute(
            path,
            "INSERT OR REPLACE INTO cost_runs VALUES"
            " ('run_20261020_092500_000', '2026-10-20T09:25:00', 9, 'Other', 'heuristic')",
        )
        assert _until(opened, lambda: opened.reader.run("run_20261020_092500_000").subsystem == "Other")
        assert len(opened.reader.runs(None, 1000)) == 120
        assert spent(opened) == REAL


def test_deleted_rows_are_gone(path):
    with open_any(str(path), BERLIN) as opened:
        _following(opened)
        execute(path, "DELETE FROM node_costs WHERE rowid <= 4", "DELETE FROM cost_runs WHERE rowid = 1")
        assert _until(opened, lambda: len(calls(opened)) == 476)
        assert len(opened.reader.runs(None, 1000)) == 119
        execute(path, *_insert("after", 0.5))
        assert _until(opened, lambda: len(calls(opened)) == 477)


def test_vacuum_changes_nothing(path):
    with open_any(str(path), BERLIN) as opened:
        _following(opened)
        execute(path, "VACUUM")
        opened.tail.poll()
        assert spent(opened) == REAL


def test_a_quality_store_that_appears_later_is_found(path, tmp_path):
    with open_any(str(path), BERLIN) as opened:
        _following(opened)
        assert opened.reader.quality(None) == []
        copy_of("quality.db", tmp_path)
        assert _until(opened, lambda: len(opened.reader.quality(None)) == 120)


def test_a_quality_store_that_is_deleted_takes_its_scores_along_and_the_costs_stay(path, tmp_path):
    quality = copy_of("quality.db", tmp_path)
    with open_any(str(path), BERLIN) as opened:
        _following(opened)
        assert len(opened.reader.quality(None)) == 120
        quality.unlink()
        assert opened.tail.poll().reset
        assert opened.reader.quality(None) == []
        assert spent(opened) == REAL


def test_a_quality_store_that_cannot_be_read_does_not_hide_the_costs(path, tmp_path):
    quality = copy_of("quality.db", tmp_path)
    content = bytearray(quality.read_bytes())
    content[8192:] = b"\xff" * (len(content) - 8192)
    quality.write_bytes(content)
    with open_any(str(path), BERLIN) as opened:
        _following(opened)
        assert spent(opened) == REAL
        quality.write_bytes(b"no database at all")
        opened.tail.poll()
        execute(path, *_insert("new", 0.25))
        assert len(opened.tail.poll().calls) == 1


def test_a_deleted_file_is_missing_and_its_successor_is_read(path, tmp_path):
    with open_any(str(path), BERLIN) as opened:
        _following(opened)
        path.unlink()
        with pytest.raises(StoreMissing, match="not there"):
            opened.tail.poll()
        copy_of("costs.db", tmp_path)
        execute(path, *_insert("new", 0.25))
        assert _until(opened, lambda: spent(opened) == REAL + 250_000_000)


def test_a_file_replaced_by_another_cost_store_shows_that_one(path, tmp_path):
    other = copy_of("costs.db", tmp_path, "other.db")
    execute(other, "DELETE FROM node_costs WHERE rowid > 8", "DELETE FROM cost_runs WHERE rowid > 2")
    with open_any(str(path), BERLIN) as opened:
        _following(opened)
        other.replace(path)
        assert _until(opened, lambda: len(calls(opened)) == 8)


def test_a_file_replaced_by_something_else_is_an_error_in_words(path, tmp_path):
    other = tmp_path / "other.db"
    execute(other, "CREATE TABLE cookies (a)")
    with open_any(str(path), BERLIN) as opened:
        _following(opened)
        other.replace(path)
        with pytest.raises((StoreForeign, StoreUnavailable)):
            opened.tail.poll()


def test_a_short_lock_is_waited_for_and_a_long_one_is_said(path, monkeypatch):
    with open_any(str(path), BERLIN) as opened:
        _following(opened)
        with closing(sqlite3.connect(path, isolation_level=None)) as writer:
            writer.execute("BEGIN EXCLUSIVE")
            os.utime(path)
            assert not opened.tail.poll()
            monkeypatch.setattr(mirror, "_PATIENCE_S", 0.0)
            with pytest.raises(StoreLocked, match="locked by another program"):
                opened.tail.poll()
            writer.execute("ROLLBACK")
        execute(path, *_insert("new", 0.25))
        assert len(opened.tail.poll().calls) == 1


def test_a_damaged_page_is_an_error_in_words_and_what_was_read_stays(path):
    with open_any(str(path), BERLIN) as opened:
        _following(opened)
        content = bytearray(path.read_bytes())
        content[100:8192] = b"\xff" * (8192 - 100)
        path.write_bytes(content)
        with pytest.raises(StoreUnavailable, match="damaged"):
            opened.tail.poll()
        assert spent(opened) == REAL


def test_the_program_of_the_store_can_write_while_all_of_it_is_read(path, monkeypatch):
    monkeypatch.setattr(following, "BATCH", 50)
    written = []

    def write(done: int, total: int) -> None:
        with closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as writer:
            for statement in _insert(f"new-{done}", 0.5):
                writer.execute(statement)
            written.append(done)

    with open_any(str(path), BERLIN, progress=write) as opened:
        _following(opened)
        assert len(written) >= 10
        assert _until(opened, lambda: spent(opened) == REAL + len(written) * 500_000_000)


def test_progress_is_told_in_rows(path):
    told: list[tuple[int, int]] = []
    with open_any(str(path), BERLIN, progress=lambda done, total: told.append((done, total))):
        assert told[-1] == (600, 600)


def test_the_temporary_store_is_removed(path, tmp_path, monkeypatch):
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    with open_any(str(path), BERLIN) as opened:
        assert any(scratch.iterdir())
        execute(path, "DELETE FROM node_costs WHERE rowid = 1")
        assert _until(opened, lambda: len(calls(opened)) == 479)
    assert list(scratch.iterdir()) == []


def test_what_a_killed_monitor_left_is_swept_and_nothing_else(path, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        ended.wait()
    host = socket.gethostname()
    left = tmp_path / f"costtui-mirror-{host}-{ended.pid}-abc"
    own = tmp_path / f"costtui-mirror-{host}-{os.getpid()}-abc"
    other = tmp_path / f"costtui-mirror-another.host-{ended.pid}-abc"
    for directory in (left, own, other):
        directory.mkdir()
    with open_any(str(path), BERLIN):
        assert (left.exists(), own.exists(), other.exists()) == (False, True, True)


def test_a_read_only_store_in_a_read_only_directory_can_be_read(path, tmp_path):
    directory = tmp_path / "locked"
    directory.mkdir()
    shutil.copyfile(path, directory / "costs.db")
    (directory / "costs.db").chmod(0o444)
    directory.chmod(0o555)
    try:
        with open_any(str(directory / "costs.db"), BERLIN) as opened:
            assert spent(opened) == REAL
    finally:
        directory.chmod(0o755)


def _until(opened, reached) -> bool:
    """Poll until something holds: changed rows are looked for as time allows."""
    deadline = monotonic() + 60
    while monotonic() < deadline:
        opened.tail.poll()
        if reached():
            return True
    return False
