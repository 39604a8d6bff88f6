from math import inf

from costtui.analysis.stats import Estimate
from costtui.analysis.verdict import COST, QUALITY, TIME, rate_verdict, relative_verdict

MANY = (400, 400)


def test_a_clear_saving_is_said_with_its_range() -> None:
    verdict = relative_verdict("B", Estimate(-0.2, -0.28, -0.12, 0.0001), MANY, COST)
    assert (verdict.outcome, verdict.text) == ("lower", "B is 12–28 % cheaper")


def test_a_clear_loss_is_said_in_the_words_of_the_quantity() -> None:
    assert relative_verdict("B", Estimate(1.5, 1.0, 2.0, 0.0), MANY, TIME).text == "B takes 2–3 times as long"
    assert relative_verdict("B", Estimate(0.7, 0.5, 0.9, 0.0), MANY, TIME).text == "B is 50–90 % slower"
    assert (
        relative_verdict("B", Estimate(21, 20.46, 22.24, 0.0), MANY, COST).text
        == "B costs 21–23 times as much"
    )
    assert (
        rate_verdict("B", Estimate(-0.1, -0.15, -0.05, 0.0), MANY, QUALITY).text == "B is 5–15 points worse"
    )


def test_what_hardly_differs_from_nothing_is_said_as_up_to_and_one_point_is_one() -> None:
    assert (
        relative_verdict("B", Estimate(0.06, 0.0003, 0.13, 0.04), MANY, COST).text == "B is up to 13 % dearer"
    )
    assert (
        rate_verdict("B", Estimate(0, -0.01, 0.01, 1), MANY, QUALITY).text == "no difference beyond 1 point"
    )


def test_what_rounding_leaves_between_equal_figures_is_no_difference() -> None:
    verdict = relative_verdict("B", Estimate(2e-16, 1e-16, 3e-16, 0.0), MANY, COST)
    assert (verdict.outcome, verdict.text) == ("same", "no difference")


def test_a_tight_interval_around_zero_is_no_difference() -> None:
    verdict = relative_verdict("B", Estimate(0.002, -0.026, 0.03, 0.8), MANY, COST)
    assert (verdict.outcome, verdict.text) == ("same", "no difference beyond 3 %")


def test_a_wide_interval_says_how_much_more_is_needed() -> None:
    verdict = relative_verdict("B", Estimate(0.1, -0.1, 0.3, 0.3), (40, 40), COST)
    assert (verdict.outcome, verdict.missing) == ("unknown", 240)
    assert verdict.text == "not enough data: about 240 more runs"


def test_a_handful_of_runs_is_never_believed() -> None:
    verdict = relative_verdict("B", Estimate(-0.9, -0.91, -0.89, 0.0), (3, 400), COST)
    assert (verdict.outcome, verdict.text) == ("unknown", "not enough data: at least 2 more runs")


def test_an_endless_interval_asks_for_nothing() -> None:
    assert relative_verdict("B", Estimate(0, -inf, inf, 1), MANY, COST).text == "not enough data"
