"""``costtui reprice``: the difference before the change, and only what is ours to change."""

import json

import pytest

from costtui.cli import main
from costtui.facts import Call, Cost, CostSource, Usage, UsageState
from costtui.money import nano
from costtui.pricing import PriceBook
from costtui.reading import CallQuery
from costtui.store import open_store, open_writer

USAGE = Usage(1000, 200, state=UsageState.REPORTED)
AT_US = 1_795_348_800_000_000  # 2026-11-22 12:00 UTC


@pytest.fixture
def store(tmp_path, monkeypatch):
    settings = tmp_path / "settings.toml"
    settings.write_text('[[prices]]\nmodel = "acme-*"\ninput = 1\noutput = 2\n')
    monkeypatch.setenv("COSTTUI_SETTINGS", str(settings))
    path = tmp_path / "calls.db"
    book = PriceBook()
    with open_writer(path) as writer:
        for index, model in enumerate(("gpt-4o", "acme-70b", "acme-8b", "other")):
            cost = book.price(USAGE, provider="openai", model=model, at_us=AT_US)
            # Rows are not in the order of time: the newest was recorded first.
            call = Call(f"k{index}", AT_US - index, provider="openai", model=model, usage=USAGE, cost=cost)
            writer.write(
                call,
                Call(
                    f"h{index}",
                    AT_US,
                    model=model,
                    usage=USAGE,
                    cache_hit=True,
                    cost=Cost(0, CostSource.PRICED),
                ),
            )
        writer.write(
            Call(
                "own", AT_US, model="acme-70b", usage=USAGE, cost=Cost(5, CostSource.PROVIDER), prompt="kept"
            )
        )
    return path


def costs(path) -> dict[str, int | None]:
    with open_store(path) as opened:
        return {call.key: call.cost.nano for call in opened.reader.calls(CallQuery())}


def test_a_dry_run_shows_the_difference_and_changes_nothing(store, capsys):
    before = costs(store)
    assert main(["reprice", str(store), "--dry-run"]) == 0
    shown = capsys.readouterr().out
    assert "3 calls without a price" in shown
    assert "+$0.0028" in shown
    assert "1 stay unpriced" in shown
    assert costs(store) == before


def test_calls_without_a_price_get_one_and_the_others_keep_theirs(store, monkeypatch):
    monkeypatch.setattr("costtui.cli.reprice._PAGE", 1)
    before = costs(store)
    assert main(["reprice", str(store), "--yes"]) == 0
    assert costs(store) == {**before, "k1": nano("0.0014"), "k2": nano("0.0014")}
    with open_store(store) as opened:
        call = next(call for call in opened.reader.calls(CallQuery()) if call.key == "k1")
        full = opened.reader.call(call.id)
        assert full.cost.price_ref == "settings prices[0] acme-*"
        assert sum(line.cost_nano for line in full.cost.lines) == full.cost.nano


def test_history_changes_only_when_asked_and_never_what_the_provider_charged(store, capsys):
    main(["reprice", str(store), "--yes"])
    settings = store.parent / "settings.toml"
    settings.write_text('[[prices]]\nmodel = "*"\ninput = 10\noutput = 20\n')
    capsys.readouterr()
    assert main(["reprice", str(store), "--dry-run", "--json", "--model", "acme-70b"]) == 0
    assert json.loads(capsys.readouterr().out)["models"] == []
    assert main(["reprice", str(store), "--all", "--dry-run", "--json", "--model", "acme-70b"]) == 0
    (openai, _) = json.loads(capsys.readouterr().out)["models"]
    assert (openai["before_usd"], openai["after_usd"], openai["difference_usd"]) == (
        "0.0014",
        "0.014",
        "0.0126",
    )
    main(["reprice", str(store), "--all", "--yes"])
    after = costs(store)
    assert (after["k0"], after["own"], after["h0"]) == (nano("0.014"), 5, 0)


def test_without_a_yes_nothing_changes(store, capsys, monkeypatch):
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)
    before = costs(store)
    assert main(["reprice", str(store)]) == 1
    assert "confirm with --yes" in capsys.readouterr().err
    assert costs(store) == before


def test_a_store_that_is_not_there_or_not_ours_is_refused(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("COSTTUI_SETTINGS", str(tmp_path / "none.toml"))
    other = tmp_path / "notes.txt"
    other.write_text("no store")
    assert main(["reprice", str(tmp_path / "none.db"), "--dry-run"]) == 3
    assert main(["reprice", str(other), "--yes"]) == 3
    assert other.read_text() == "no store"
    assert capsys.readouterr().err.count("\n") == 2
