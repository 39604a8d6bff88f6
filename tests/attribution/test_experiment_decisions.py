"""What is said of variations, and the answers to the rules: yes, no, or not yet and what is missing."""

import pytest

from costtui.attribution.experiment.decisions import decisions_of
from costtui.attribution.experiment.findings import findings_of
from costtui.attribution.experiment.plan import SAMPLE, Plan, Rule, plan_of, read_plans
from costtui.attribution.experiment.result import DAY_US, MONTH_US, result_of
from costtui.attribution.experiment.units import Standing, Tally
from costtui.errors import SettingsError
from costtui.reading import VariationCalls
from costtui.sections import Section

USD = 1_000_000_000


def tally_of(arms, plan=SAMPLE, elapsed_us=10 * DAY_US):
    """Return a tally of (variation, tier, events per user, nano per event, standing, users)."""
    tally = Tally(plan, "user")
    tally.saw(0)
    tally.saw(elapsed_us)
    for place, (variation, tier, events, nano, standing, users) in enumerate(arms):
        for number in range(users):
            unit = tally.unit(f"{place}-{number}")
            unit.expose(variation, "feature", "FALLTHROUGH", inside=True)
            unit.attributes = (tier,) * len(tally.audience)
            for _ in range(events):
                wobble = nano // 100 * (number % 5 - 2)
                unit.count(variation, standing, nano + wobble)
    return tally


def calls_of(**success):
    """Return the calls of variations by (hits, trials), one user each."""
    found = {}
    for name, (hits, trials) in success.items():
        own = found[("ai-config", name.replace("_", "-"))] = VariationCalls(trials)
        for number in range(trials):
            own.success.add(int(number < hits))
            own.latency.add(500 + number % 7)
    return found


def answers(arms, calls=None, **options):
    found = decisions_of(result_of(tally_of(arms, **options), calls or {}))
    return {one.rule.measure: one for one in found}


SERVED = (
    ("motherduck-ai", "starter", 5, USD // 1000, Standing.COUNTS, 200),
    ("webllm", "premium", 5, 0, Standing.COUNTS, 100),
)


@pytest.mark.parametrize(
    ("hits", "trials", "answer", "said"),
    [
        (990, 1000, "yes", "above 95 %"),
        (850, 1000, "no", "below 95 %"),
        (66, 66, "not yet", "needs 110 more calls"),
        (930, 1000, "not yet", "to rule it out"),
        (950, 1000, "not yet", "too close"),
    ],
)
def test_a_rollout_by_success_asks_for_the_lower_end_of_the_interval(hits, trials, answer, said):
    found = answers(SERVED, calls_of(webllm=(hits, trials)))["success_rate"]
    assert found.answer == answer
    assert said in found.text


def test_as_many_more_calls_as_are_said_to_be_missing_do_settle_it():
    missing = answers(SERVED, calls_of(webllm=(66, 66)))["success_rate"].missing
    assert answers(SERVED, calls_of(webllm=(66 + missing,) * 2))["success_rate"].answer == "yes"
    assert answers(SERVED, calls_of(webllm=(65 + missing,) * 2))["success_rate"].answer == "not yet"


def test_a_rate_that_is_not_all_is_not_said_to_be_100_percent():
    found = answers(SERVED, calls_of(webllm=(998, 1000)))["success_rate"]
    assert "success 99.8 % of 1,000 calls" in found.text


def test_without_calls_or_without_the_variation_it_says_so():
    assert "not known" in answers(SERVED)["success_rate"].text
    assert "never served" in answers(SERVED[:1])["success_rate"].text


def test_a_saving_is_projected_from_the_requests_of_the_audience_alone():
    found = answers(SERVED)["monthly_saving"]
    per_month = 200 * 5 * MONTH_US / (10 * DAY_US)
    assert found.value == pytest.approx(per_month * 0.001, rel=0.01)
    assert found.low < found.value < found.high
    assert (found.answer, "below $500" in found.text) == ("no", True)


def test_a_saving_above_the_limit_is_a_yes():
    dear = (("motherduck-ai", "starter", 5, USD, Standing.COUNTS, 200), SERVED[1])
    assert answers(dear)["monthly_saving"].answer == "yes"


def test_seconds_of_traffic_say_nothing_of_a_month_unless_the_settings_do():
    short = answers(SERVED, elapsed_us=25_000_000)["monthly_saving"]
    assert short.answer == "not yet"
    assert "monthly_requests" in short.text
    plan = Plan("ai-config", baseline="motherduck-ai", monthly_requests=3_000_000, rules=SAMPLE.rules)
    told = answers(SERVED, elapsed_us=25_000_000, plan=plan)["monthly_saving"]
    assert told.value == pytest.approx(3_000_000 * 1000 / 1500 * 0.001, rel=0.01)
    assert told.answer == "yes"


def test_what_does_not_count_is_taken_with_a_word_where_nothing_else_is_there():
    doubtful = tuple((*arm[:4], Standing.DOUBTFUL, arm[5]) for arm in SERVED)
    assert "if the doubtful and lost events counted" in answers(doubtful)["monthly_saving"].text


def test_nobody_of_the_audience_is_said():
    assert (
        "no request of starter"
        in answers((("motherduck-ai", "trial", 5, USD, Standing.COUNTS, 9), SERVED[1]))["monthly_saving"].text
    )


def test_findings_tell_what_counts_from_what_all_would_say():
    lost = (
        ("motherduck-ai", "starter", 3, USD // 500, Standing.COUNTS, 60),
        ("webllm", "premium", 3, USD // 1000, Standing.COUNTS, 60),
        ("webllm", "premium", 3, USD // 50, Standing.LOST, 60),
    )
    found = {(one.quantity, one.scope): one for one in findings_of(result_of(tally_of(lost), {}))}
    assert found["cost", "counted"].verdict.outcome == "lower"
    assert found["cost", "everything"].verdict.outcome == "higher"


def test_success_and_time_come_from_calls_and_failures_are_found():
    calls = calls_of(motherduck_ai=(995, 1000), webllm=(700, 1000))
    found = {one.quantity: one for one in findings_of(result_of(tally_of(SERVED), calls))}
    assert "points worse" in found["success"].verdict.text
    assert found["latency"].verdict.outcome == "same"


def test_a_free_variation_is_said_to_be_free():
    found = findings_of(result_of(tally_of(SERVED), {}))
    assert found[0].verdict.text == "webllm is free"
    assert found[0].belief.lower == 1.0


def test_settings_describe_an_experiment_and_keep_the_samples_rules_unless_told():
    rule = {
        "name": "go",
        "variation": "b",
        "measure": "monthly_saving",
        "above": 20,
        "audience": {"user.tier": "vip"},
    }
    plans = read_plans(
        Section(
            {
                "ai-config": {"monthly_requests": 5},
                "mine": {
                    "metric": "spend",
                    "unit": "organization",
                    "weights": {"a": 9, "b": 1},
                    "rules": [rule],
                },
            },
            "experiments.",
        )
    )
    assert plan_of("ai-config", plans).rules == SAMPLE.rules
    assert plan_of("ai-config", plans).monthly_requests == 5
    assert plan_of("mine", plans).rules == (Rule("go", "b", "monthly_saving", 20.0, {"user.tier": "vip"}),)
    assert plan_of("other", plans) == Plan("other")


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"weights": {"a": "half"}}, "weights.a"),
        ({"weights": {"a": 0}}, "weights"),
        ({"monthly_requests": -1}, "monthly_requests"),
        ({"rules": [{"measure": "success_rate"}]}, "variation"),
        ({"rules": [{"variation": "b", "above": 95}]}, "above"),
        ({"rules": [{"variation": "b", "measure": "speed"}]}, "measure"),
        ({"rules": [{"variation": "b", "audience": {"tier": "vip"}}]}, "audience"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_bad_setting_is_named(values, named):
    with pytest.raises(SettingsError, match=rf"experiments\.mine\..*{named}"):
        read_plans(Section({"mine": values}, "experiments."))
