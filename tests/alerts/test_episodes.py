"""Each alert fires once per episode."""

from costtui.alerts.episodes import Episodes, Measured
from costtui.alerts.rules import Rule
from costtui.facts import Severity

RULES = (
    Rule("spend", Severity.WARNING, 50.0, 45.0, "dollars"),
    Rule("hits", Severity.INFO, 0.2, 0.25, "share", below=True),
    Rule("over", Severity.ERROR, 1.0, 1.0, "share"),
)


def spend(value: float, episode: str = "") -> Measured:
    return Measured("spend", value, f"${value:.0f} today", episode=episode)


def test_a_value_that_hovers_around_its_threshold_fires_once() -> None:
    episodes = Episodes(RULES)
    fired = [
        len(episodes.update([spend(value)], now)) for now, value in enumerate([49, 51, 49, 51, 46, 50.1])
    ]
    assert fired == [0, 1, 0, 0, 0, 0]


def test_after_the_episode_has_ended_it_fires_again() -> None:
    episodes = Episodes(RULES)
    fired = [len(episodes.update([spend(value)], now)) for now, value in enumerate([51, 45, 51])]
    assert fired == [1, 0, 1]


def test_small_values_can_be_the_bad_ones() -> None:
    episodes = Episodes(RULES)
    values = [0.3, 0.19, 0.22, 0.1, 0.25, 0.1]
    fired = [len(episodes.update([Measured("hits", value, "")], now)) for now, value in enumerate(values)]
    assert fired == [0, 1, 0, 0, 0, 1]


def test_the_next_window_of_a_budget_is_another_episode() -> None:
    episodes = Episodes(RULES)
    assert len(episodes.update([spend(60, "monday")], 1)) == 1
    assert len(episodes.update([spend(60, "tuesday")], 2)) == 1
    assert [alert.since_us for alert in episodes.open] == [2]


def test_the_worst_is_first_and_messages_follow_the_figure() -> None:
    episodes = Episodes(RULES)
    episodes.update([spend(51), Measured("over", 1.2, "over"), Measured("hits", 0.1, "few hits")], 1)
    episodes.update([spend(70), Measured("over", 1.2, "over"), Measured("hits", 0.1, "few hits")], 2)
    assert [(alert.rule, alert.since_us) for alert in episodes.open] == [
        ("over", 1),
        ("spend", 1),
        ("hits", 1),
    ]
    assert episodes.open[1].message == "$70 today"


def test_a_measure_without_a_rule_is_ignored() -> None:
    assert Episodes(RULES).update([Measured("unheard_of", 1e9, "")], 1) == ()
