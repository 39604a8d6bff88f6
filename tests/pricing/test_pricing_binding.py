"""A price set from within the monitor is written like ``prices set`` does, and prices what has none like ``reprice`` does."""

import tomllib
from pathlib import Path

import pytest

from costtui.cli.binding import bind_price
from costtui.errors import CosttuiError, PayloadError, SettingsError, StoreError
from costtui.facts import Call, Cost, CostSource, Usage, UsageState
from costtui.money import nano
from costtui.reading import CallQuery
from costtui.settings import load
from costtui.store import open_store, open_writer

USAGE = Usage(1000, 200, state=UsageState.REPORTED)
AT_US = 1_795_348_800_000_000  # 2026-11-22 12:00 UTC
MODEL = "acme-judge[1m]"
FOREIGN = Path(__file__).parents[1] / "sources" / "fixtures" / "costs.db"


@pytest.fixture
def settings_file(tmp_path, monkeypatch):
    path = tmp_path / "settings.toml"
    path.write_text('# mine\ntime_zone = "Europe/Berlin"\n')
    monkeypatch.setenv("COSTTUI_SETTINGS", str(path))
    return path


@pytest.fixture
def store(tmp_path, settings_file):
    path = tmp_path / "calls.db"
    unknown, charged = Cost(None, CostSource.UNKNOWN), Cost(5, CostSource.PROVIDER)
    with open_writer(path) as writer:
        for key, provider, model, cost, usage in (
            ("a", "acme", MODEL, unknown, USAGE),
            ("b", "acme", MODEL, unknown, USAGE),
            ("charged", "acme", MODEL, charged, USAGE),
            ("silent", "acme", MODEL, unknown, Usage()),
            ("elsewhere", "other", MODEL, unknown, USAGE),
            ("another", "acme", "acme-judge1", unknown, USAGE),
        ):
            writer.write(Call(key, AT_US, provider=provider, model=model, usage=usage, cost=cost))
    return path


def costs(path) -> dict[str, int | None]:
    with open_store(path) as opened:
        return {call.key: call.cost.nano for call in opened.reader.calls(CallQuery())}


AFTER = {
    "a": nano("0.0014"),
    "b": nano("0.0014"),
    "charged": 5,
    "silent": None,
    "elsewhere": None,
    "another": None,
}


def test_the_settings_get_the_price_and_the_calls_of_that_model_a_cost(store, settings_file):
    told = bind_price([str(store)], load(), False, "acme", MODEL, "1 $2")
    assert told == f"{MODEL} has a price now: 2 calls priced, $0.0028; still unpriced: 1 call"
    assert costs(store) == AFTER
    assert settings_file.read_text().startswith("# mine\n")
    settings = tomllib.loads(settings_file.read_text())
    assert settings["prices"] == [{"model": MODEL, "provider": "acme", "input": "1", "output": "2"}]
    assert load().prices[0].units == {"input": nano(1), "output": nano(2)}


def test_a_demo_prices_its_own_store_and_leaves_the_settings_alone(store, settings_file):
    before = settings_file.read_text()
    bind_price([str(store)], load(), True, "acme", MODEL, "1 2")
    assert costs(store) == AFTER
    assert settings_file.read_text() == before


def test_free_costs_nothing_and_is_not_unpriced(store):
    told = bind_price([str(store)], load(), True, "acme", "acme-judge1", "free")
    assert told == "acme-judge1 has a price now: 1 call priced, $0.00"
    assert costs(store)["another"] == 0


def test_what_may_not_be_altered_is_refused_before_anything_is_written(store, settings_file):
    before, unpriced = settings_file.read_text(), costs(store)
    refused: list[tuple[list[str], str, type[CosttuiError], str]] = [
        ([str(store), str(store)], "1 2", StoreError, "several stores are open"),
        ([str(FOREIGN)], "1 2", StoreError, "never altered"),
        ([str(store)], "1", PayloadError, "half a price"),
    ]
    for paths, text, kind, words in refused:
        with pytest.raises(kind, match=words):
            bind_price(paths, load(), False, "acme", MODEL, text)
    assert (settings_file.read_text(), costs(store)) == (before, unpriced)


def test_settings_that_cannot_be_written_leave_the_calls_as_they_are(store, monkeypatch):
    def refuse(*arguments: object, **options: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr("costtui.settings_file.write_atomically", refuse)
    unpriced = costs(store)
    with pytest.raises(SettingsError, match="Read-only file system"):
        bind_price([str(store)], load(), False, "acme", MODEL, "1 2")
    assert costs(store) == unpriced
