"""Whatever was recorded, an analysis answers: huge, tiny, equal, missing and contradictory values."""

from hypothesis import example, given, settings
from hypothesis import strategies as st
from means import mean_of

from costtui.analysis import stats
from costtui.analysis.anomalies import Level, anomaly
from costtui.analysis.compare import compare
from costtui.analysis.outcome import Outcome
from costtui.analysis.scores import efficiency, rank
from costtui.analysis.trends import degradation, trend

MONEY = st.one_of(st.none(), st.integers(0, 2**63 - 1))
FINITE = st.floats(allow_nan=False, allow_infinity=False, width=32)
OUTCOMES = st.lists(
    st.builds(
        Outcome,
        id=st.text(max_size=3),
        unit=st.sampled_from("uvwxyz"),
        started_us=st.integers(0, 2**60),
        cost_nano=MONEY,
        duration_ms=st.one_of(st.none(), st.floats(0, 1e18)),
        attempted=st.integers(0, 20),
        succeeded=st.integers(0, 20),
        errors=st.integers(0, 5),
        unpriced=st.integers(0, 3),
        config=st.fixed_dictionaries({"model": st.sampled_from(["a", "b", "", None])}),
    ).filter(lambda outcome: outcome.succeeded <= outcome.attempted),
    max_size=40,
)


@example(
    [
        Outcome(name, name, 0, None, ms, config={"model": model})
        for model, ms in (("a", 5e-324), ("b", 1e18))
        for name in (f"{model}1", f"{model}2")
    ],
    True,
)
@given(OUTCOMES, st.booleans())
@settings(max_examples=80)
def test_a_comparison_answers(outcomes: list[Outcome], peeking: bool) -> None:
    found = compare(outcomes, "model", peeking=peeking)
    assert sum(arm.count for arm in found.arms) == len(outcomes)
    for contrast in found.contrasts:
        assert contrast.verdict.text
        assert contrast.change.low <= contrast.change.value <= contrast.change.high
        assert 0 <= contrast.change.p_value <= 1
    for arm in found.arms:
        assert 0 <= arm.success.low <= arm.success.high <= 1
        if arm.cost:
            assert arm.cost.minimum <= arm.cost.median <= arm.cost.maximum
            assert arm.cost.median <= arm.cost.p95 <= arm.cost.maximum * (1 + 1e-12)


@given(OUTCOMES)
def test_scores_answer(outcomes: list[Outcome]) -> None:
    for score in rank(outcomes).scored:
        assert score.score is not None
        assert 0 <= score.score <= 100.0001
    assert sum(item.successes for item in efficiency(outcomes, "model")) == sum(o.succeeded for o in outcomes)


@given(st.lists(FINITE, max_size=30))
def test_trends_answer(values: list[float]) -> None:
    assert 0 <= trend(values).p_value <= 1
    found = degradation(values)
    assert found is None or (found.before > found.after and 0 < found.since < len(values))


@given(st.lists(st.builds(Level, st.integers(0, 10**9), st.integers(0, 2**62)), max_size=30), st.data())
def test_anomalies_answer(history: list[Level], data: st.DataObject) -> None:
    now = data.draw(st.builds(Level, st.integers(0, 10**9), st.integers(0, 2**62)))
    found = anomaly("node", history, now)
    assert found is None or found.text


@given(st.lists(st.floats(1e-9, 1e30), max_size=8), st.lists(st.floats(1e-9, 1e30), max_size=8))
def test_intervals_hold_their_value(a: list[float], b: list[float]) -> None:
    for function in (stats.lift, stats.sequential):
        found = function(mean_of(a), mean_of(b))
        assert found.low <= found.value <= found.high
