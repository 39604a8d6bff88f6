from random import Random

import pytest
from means import mean_of

from costtui.analysis.compare import compare, summarise
from costtui.analysis.outcome import Outcome, fields_of, of_calls, of_runs, value_of
from costtui.analysis.stats import lift
from costtui.facts import Call, Cost, CostSource, Run, Status


def outcome(group: str, cost: float | None = 1e6, ms: float | None = 1000.0, **more: object) -> Outcome:
    number = more.pop("number", 0)
    values = {"unit": f"{group}{number}", "succeeded": 1, "config": {"llm": {"model": group}}} | more
    return Outcome(f"{group}{number}", values.pop("unit"), 0, cost, ms, **values)  # type: ignore[arg-type]


def group(name: str, mean: float, count: int, seed: int, **more: object) -> list[Outcome]:
    random = Random(seed)
    return [
        outcome(name, int(random.gammavariate(9, mean / 9)), random.uniform(900, 1100), number=n, **more)
        for n in range(count)
    ]


def test_a_cheaper_model_is_said_to_be_cheaper() -> None:
    found = compare(group("big", 1e6, 120, 1) + group("small", 5e5, 100, 2), "llm.model")
    assert found.baseline == "big"
    cost = found.contrast("small", "cost")
    assert cost
    assert cost.verdict.outcome == "lower"
    assert cost.verdict.text.startswith("small is ")
    assert cost.verdict.text.endswith(" % cheaper")
    assert cost.belief
    assert cost.belief.lower > 0.999
    assert found.contrast("small", "duration").verdict.outcome == "same"  # type: ignore[union-attr]
    assert found.contrast("small", "success").verdict.outcome != "lower"  # type: ignore[union-attr]


def test_few_runs_are_not_enough_data() -> None:
    found = compare(group("big", 1e6, 4, 1) + group("small", 1e5, 4, 2), "llm.model")
    assert {contrast.verdict.outcome for contrast in found.contrasts} == {"unknown"}


def test_calls_of_one_run_do_not_count_as_many() -> None:
    same = [outcome("big", 1e6, unit="r1", number=n) for n in range(500)]
    other = [outcome("small", 9e5, unit="r2", number=n) for n in range(500)]
    found = compare(same + other, "llm.model")
    assert found.contrast("small", "cost").verdict.outcome == "unknown"  # type: ignore[union-attr]
    assert found.arms[0].units == 1


def test_pairs_within_runs_find_what_runs_apart_hide() -> None:
    random = Random(8)
    levels = [random.lognormvariate(13, 1) for _ in range(60)]
    paired = [
        Outcome(f"{n}{model}", f"run{n}", 0, int(level * factor), None, config={"model": model})
        for n, level in enumerate(levels)
        for model, factor in (("a", 1.0), ("b", random.uniform(0.75, 0.85)))
    ]
    apart = [Outcome(o.id, o.id, 0, o.cost_nano, None, config=o.config) for o in paired]
    assert compare(paired, "model").contrast("b", "cost").verdict.outcome == "lower"  # type: ignore[union-attr]
    assert compare(apart, "model").contrast("b", "cost").verdict.outcome == "unknown"  # type: ignore[union-attr]


def test_a_much_worse_success_rate_is_found() -> None:
    good = group("a", 1e6, 150, 1)
    bad = group("b", 1e6, 150, 2, succeeded=0)[:100] + group("b", 1e6, 150, 3)[100:]
    success = compare(good + bad, "llm.model").contrast("b", "success")
    assert success
    assert success.verdict.outcome == "lower"
    assert "points worse" in success.verdict.text


def test_a_free_model_is_free_and_an_unpriced_one_is_not() -> None:
    free = [outcome("local", 0, number=n) for n in range(20)]
    unpriced = [outcome("new", None, number=n, unpriced=1) for n in range(20)]
    found = compare(group("big", 1e6, 30, 1) + free + unpriced, "llm.model")
    assert found.contrast("local", "cost").verdict.text == "local is free"  # type: ignore[union-attr]
    assert found.contrast("new", "cost") is None
    arm = next(arm for arm in found.arms if arm.name == "new")
    assert (arm.cost, arm.unpriced) == (None, 20)


def test_two_free_models_cost_the_same_however_few_calls_there_are() -> None:
    free = [outcome(name, 0, number=n) for n in range(20) for name in ("local", "other")]
    (cost,) = (one for one in compare(free, "llm.model").contrasts if one.quantity == "cost")
    assert (cost.verdict.outcome, cost.verdict.text) == ("same", "both are free")


def test_figures_of_a_group_are_the_plain_ones() -> None:
    costs = [1e6, 2e6, 3e6, 4e6, 10e6]
    arm = summarise("a", [outcome("a", cost, number=n, errors=n) for n, cost in enumerate(costs)])
    assert arm.cost
    assert (arm.cost.mean, arm.cost.median, arm.cost.minimum, arm.cost.maximum) == (4e6, 3e6, 1e6, 10e6)
    assert arm.cost.deviation == pytest.approx(3535533.9, rel=1e-6)
    assert arm.cost.p95 == pytest.approx(8.8e6)
    assert (arm.errors, arm.total_nano, arm.success.share) == (10, 20_000_000, 1.0)


def test_nothing_compares_to_nothing() -> None:
    assert compare([], "model").arms == ()


def test_runs_and_calls_become_outcomes_with_their_configuration() -> None:
    config = {"llm": {"model": "x", "temperature": 0.2}, "max_retries": 3}
    done = Run("r", 0, "nav", Status.OK, 2_000_000, config=config, calls=2, cost_nano=5)
    going = Run("s", 0, "nav", Status.RUNNING, config={**config, "max_retries": 5}, calls=2, unpriced=2)
    first, second = of_runs([done, going])
    assert (first.duration_ms, first.succeeded, first.cost_nano) == (2000.0, 1, 5)
    assert (second.attempted, second.cost_nano, second.duration_ms) == (0, None, None)
    assert value_of(first, "llm.temperature") == "0.2"
    assert value_of(first, "llm.nothing.here") == "(none)"
    assert fields_of([first, second]) == ["max_retries"]
    call = Call("k", 0, node="n", model="m", cost=Cost(7, CostSource.PRICED), tags={"team": "blue"})
    assert [value_of(of_calls([call])[0], name) for name in ("node", "model", "tag:team")] == [
        "n",
        "m",
        "blue",
    ]


def test_a_value_that_says_nothing_by_itself_is_said_with_its_field() -> None:
    outcomes = [
        Outcome(
            f"{group}-{place}",
            f"{group}-{place}",
            0,
            nano + place % 7,
            1.0,
            config={"llm": {"retries": group}},
        )
        for group, nano in ((1, 100), (3, 500))
        for place in range(60)
    ]
    (cost,) = (
        one for one in compare(outcomes, "llm.retries", baseline="1").contrasts if one.quantity == "cost"
    )
    assert cost.verdict.text.startswith("retries 3 costs 4.")


def _outcome(arm: str, unit: str, place: int, nano: int, *, succeeded: int = 1) -> Outcome:
    config = {"model": arm}
    return Outcome(f"{arm}-{unit}-{place}", f"{arm}-{unit}", 0, nano, 1.0, succeeded=succeeded, config=config)


def test_several_groups_share_the_error_between_them() -> None:
    outcomes = [
        _outcome(arm, str(place), 0, nano + place % 9)
        for arm, nano in (("a", 100), ("b", 102), ("c", 104))
        for place in range(30)
    ]
    found = compare(outcomes, "model", baseline="a", peeking=False).contrast("b", "cost")
    values = {arm: [one.cost_nano or 0 for one in outcomes if one.config["model"] == arm] for arm in "ab"}
    expected = lift(mean_of(values["a"]), mean_of(values["b"]), 0.975)
    assert found
    assert (found.change.low, found.change.high) == pytest.approx((expected.low, expected.high))


def test_outcomes_that_come_in_units_make_the_interval_of_success_wider() -> None:
    def width(size: int) -> float:
        outcomes = [
            _outcome(arm, str(place // size), place, 1, succeeded=int(place // size % 2))
            for arm in "ab"
            for place in range(400)
        ]
        found = compare(outcomes, "model", baseline="a", peeking=False).contrast("b", "success")
        assert found
        return found.change.high - found.change.low

    assert width(20) / width(1) == pytest.approx(20**0.5, rel=0.1)
