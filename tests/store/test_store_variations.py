"""Calls by variation are summed over users, as plain SQL over the calls says."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

from costtui.facts import Call, Cost, CostSource, Status
from costtui.reading import VariationReader
from costtui.settings import Settings
from costtui.several import SeveralOpened
from costtui.store import open_store, open_writer
from costtui.window import Span

A_CALL = Call(
    "k",
    1_000,
    model="m",
    cost=Cost(5, CostSource.PRICED),
    latency_ms=100,
    user_id="ann",
    config_key="ai-config",
    variation_key="a",
    config_version=1,
)


def call(number: int, **changes: object) -> Call:
    return replace(A_CALL, key=f"k{number}", started_us=1_000 + number, **changes)


CALLS = (
    call(0),
    call(1, config_version=2, cost=Cost(7, CostSource.PRICED)),
    call(2, user_id="bob", variation_key="b", latency_ms=None),
    call(3, user_id="bob", variation_key="b", status=Status.ERROR, cost=Cost(0, CostSource.PRICED)),
    call(4, user_id="cem", variation_key="b", status=Status.ERROR, cost=Cost(9, CostSource.PRICED)),
    call(5, user_id="dee", variation_key="b", status=Status.CANCELLED, cost=Cost(None, CostSource.UNKNOWN)),
    call(6, user_id="", run_id="nightly"),
    call(7, user_id="", run_id="nightly"),
    call(8, user_id="", run_id=""),
    call(9, config_key="", variation_key="", config_version=None),
    call(10, config_key="other", variation_key="x"),
)


def stored(path: Path, calls: tuple[Call, ...] = CALLS) -> Path:
    with open_writer(path, settings=Settings()) as writer:
        writer.write(*calls)
        writer.flush()
    return path


def test_calls_are_summed_by_config_and_variation_over_users_runs_or_themselves(tmp_path: Path) -> None:
    with open_store(stored(tmp_path / "a.db")) as opened:
        assert isinstance(opened.reader, VariationReader)
        found = opened.reader.variations(None)
    assert {key: one.calls for key, one in found.items()} == Counter(
        (one.config_key, one.variation_key) for one in CALLS if one.config_key
    )
    a, b = found["ai-config", "a"], found["ai-config", "b"]
    assert (a.cost.units, a.cost.top, a.cost.bottom) == (3, 5 + 7 + 5 * 3, 5)
    assert a.cost.top_top == 12**2 + 10**2 + 5**2
    assert (a.first_us, a.last_us) == (1_000, 1_008)
    # An unbilled failure has no cost, a billed one has; what was cancelled neither succeeded nor failed.
    assert (b.cost.top, b.cost.bottom) == (14, 2)
    assert (b.success.top, b.success.bottom, b.success.units) == (1, 3, 2)
    assert (b.latency.top, b.latency.bottom) == (300, 3)


def test_only_calls_of_the_span_are_summed(tmp_path: Path) -> None:
    with open_store(stored(tmp_path / "a.db")) as opened:
        found = opened.reader.variations(Span((1_002, 1_004)))
    assert {key: one.calls for key, one in found.items()} == {("ai-config", "b"): 2}


def test_several_stores_add_up(tmp_path: Path) -> None:
    paths = [stored(tmp_path / "a.db"), stored(tmp_path / "b.db", CALLS[:1])]
    with SeveralOpened([open_store(path) for path in paths]) as opened:
        found = opened.reader.variations(None)
    assert found["ai-config", "a"].calls == 6
    assert found["ai-config", "a"].cost.units == 4
