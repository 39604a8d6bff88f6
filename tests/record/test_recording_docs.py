"""The programs of docs/recording.md run as they are written."""

import re
from pathlib import Path
from types import SimpleNamespace

import pytest

DOCS = Path(__file__).parents[2] / "docs" / "recording.md"
PROGRAMS = re.findall(r"```python\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
ANSWER = (
    '{"id": "x", "model": "gpt-4o-mini", "choices": [{"message": {"content": "yes"}}],'
    ' "usage": {"prompt_tokens": 10, "completion_tokens": 2, "total_tokens": 12}}'
)


@pytest.mark.parametrize("program", PROGRAMS, ids=range(len(PROGRAMS)))
def test_a_program_of_the_docs_runs(program, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COSTTUI_STORE", str(tmp_path / "default.db"))
    monkeypatch.setenv("COSTTUI_SETTINGS", str(tmp_path / "none.toml"))
    client = SimpleNamespace(post=lambda *_: SimpleNamespace(text=ANSWER))
    names = {"client": client}
    exec(compile(program, str(DOCS), "exec"), names)
    if "tracker" in names:
        names["tracker"].close()
    (store,) = tmp_path.glob("*.db")
    from costtui.store import open_store

    with open_store(store) as opened:
        assert opened.reader.info().calls == 1
        assert opened.reader.runs(None)[0].cost_nano > 0
