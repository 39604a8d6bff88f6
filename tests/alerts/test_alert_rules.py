"""Thresholds are settings, and contradictions are named."""

import pytest

from costtui.alerts.rules import DEFAULTS, by_name, read_rules
from costtui.errors import SettingsError
from costtui.facts import Severity
from costtui.sections import Section


def test_without_settings_the_defaults_hold() -> None:
    assert read_rules(Section({}, "alerts.")) == DEFAULTS


def test_a_rule_can_be_moved_reworded_and_switched_off() -> None:
    rules = by_name(
        read_rules(
            Section(
                {"daily_spend": {"threshold": 10, "severity": "error"}, "cache_hit_rate": {"enabled": False}},
                "alerts.",
            )
        )
    )
    assert (rules["daily_spend"].threshold, rules["daily_spend"].severity) == (10.0, Severity.ERROR)
    assert "cache_hit_rate" not in rules


def test_a_moved_threshold_keeps_its_hysteresis_in_proportion() -> None:
    (rule,) = [
        r for r in read_rules(Section({"cost_per_lead": {"threshold": 1.0}}, "")) if r.name == "cost_per_lead"
    ]
    assert rule.clear == pytest.approx(0.9)


@pytest.mark.parametrize(
    ("table", "named"),
    [
        ({"daily_spend": {"threshold": 10, "clear": 20}}, "would never rest"),
        ({"cache_hit_rate": {"threshold": 0.5, "clear": 0.1}}, "would never rest"),
        ({"daily_spend": {"treshold": 10}}, r"alerts\.daily_spend\.treshold is no setting"),
        ({"daily_spend": {"severity": "panic"}}, "severity must be one of"),
        ({"daily_spend": 5}, "must be a table"),
    ],
)
def test_a_bad_rule_is_named(table: dict[str, object], named: str) -> None:
    with pytest.raises(SettingsError, match=named):
        read_rules(Section(table, "alerts."))
