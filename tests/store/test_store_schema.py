import subprocess
import sys

from costtui.store import codes, schema
from costtui.store.calls_write import COLUMNS


def test_the_shipped_ddl_is_what_the_model_compiles_to():
    assert schema.DDL.read_text(encoding="utf-8") == schema.sqlite_ddl(), (
        "run: python -m costtui.store.schema"
    )


def test_the_writer_fills_every_column_of_a_call():
    assert [column.name for column in schema.CallRow.__table__.columns] == list(COLUMNS)


def test_codes_never_change_their_place():
    assert [str(word) for word in codes.STATUS] == [
        "ok",
        "error",
        "cancelled",
        "partial",
        "running",
        "interrupted",
    ]
    assert [str(word) for word in codes.COST_SOURCE] == [
        "provider",
        "langsmith",
        "priced",
        "heuristic",
        "unknown",
    ]
    assert [str(word) for word in codes.USAGE_STATE] == ["reported", "estimated", "missing"]
    assert [str(word) for word in codes.MODE] == ["passthrough", "smart_router"]


def test_writing_and_reading_import_no_heavy_library(tmp_path):
    program = f"""
import sys
from costtui.facts import Call
from costtui.store import open_store, open_writer
with open_writer({str(tmp_path / "s.db")!r}) as writer:
    writer.write(Call("k", 1))
with open_store({str(tmp_path / "s.db")!r}) as opened:
    opened.reader.info(); opened.reader.budgets((), 1)
    opened.tail.start(0); assert opened.tail.poll().calls
print({{name.partition(".")[0] for name in sys.modules}} & {{"sqlmodel", "sqlalchemy", "pydantic", "numpy", "textual", "httpx"}})
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
