"""The rules: which measure, past which threshold, is worth an alert of which severity."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from costtui.errors import SettingsError
from costtui.facts import Severity
from costtui.sections import Section


@dataclass(frozen=True, slots=True)
class Rule:
    """An episode begins where the measure passes ``threshold`` and ends where it has come back to ``clear``."""

    name: str
    severity: Severity
    threshold: float
    clear: float
    """Apart from the threshold, so that a measure that hovers around it alerts once (hysteresis)."""
    unit: str
    """What the two are in, for the settings' documentation."""
    below: bool = False
    """Whether small values are the bad ones."""

    def begins(self, value: float) -> bool:
        """Return whether a value starts an episode."""
        return value < self.threshold if self.below else value > self.threshold

    def ends(self, value: float) -> bool:
        """Return whether a value ends an episode."""
        return value >= self.clear if self.below else value <= self.clear


DEFAULTS: tuple[Rule, ...] = (
    Rule("daily_spend", Severity.WARNING, 50.0, 50.0, "dollars today"),
    Rule("cost_per_lead", Severity.WARNING, 0.10, 0.09, "mean dollars per lead over 7 days"),
    Rule("cache_hit_rate", Severity.INFO, 0.20, 0.22, "share over 7 days, of at least 100 calls", below=True),
    Rule("budget_warning", Severity.WARNING, 1.0, 0.98, "spent against the budget's warning mark"),
    Rule("budget_exceeded", Severity.ERROR, 1.0, 0.98, "spent against the budget's limit"),
    Rule("quality_degradation", Severity.WARNING, 0.95, 0.80, "confidence that recent runs are worse"),
    Rule("cost_anomaly", Severity.WARNING, 6.0, 4.0, "robust deviations from the node's own cost per call"),
    Rule("unattributed_events", Severity.WARNING, 0.0, 0.0, "metric events that count in no experiment"),
    Rule("unknown_price", Severity.WARNING, 0.0, 0.0, "unpriced calls in the window"),
    Rule("stale_store", Severity.INFO, 300.0, 60.0, "seconds without a new call while a run is under way"),
)


def read_rules(section: Section) -> tuple[Rule, ...]:
    """Return the rules with the thresholds of a settings table, without those that are switched off.

    The table holds one table per rule (``[alerts.daily_spend]``) with any of ``enabled``, ``threshold``, ``clear``
    and ``severity``. Raises SettingsError.
    """
    rules = []
    for default in DEFAULTS:
        own = section.take_section(default.name)
        enabled = own.take("enabled", bool, True)
        threshold = own.take("threshold", float, default.threshold)
        moved = threshold != default.threshold
        clear = own.take("clear", float, _clear_for(default, threshold) if moved else default.clear)
        severity = Severity(own.take_choice("severity", ("info", "warning", "error"), default.severity))
        own.close()
        if (clear < threshold) if default.below else (clear > threshold):
            raise _contradiction(default, threshold, clear)
        if enabled:
            rules.append(replace(default, threshold=threshold, clear=clear, severity=severity))
    return tuple(rules)


def by_name(rules: tuple[Rule, ...]) -> Mapping[str, Rule]:
    """Return rules by their names."""
    return {rule.name: rule for rule in rules}


def _clear_for(default: Rule, threshold: float) -> float:
    """Keep the distance that the default has between the two, in proportion."""
    return threshold * default.clear / default.threshold if default.threshold else threshold


def _contradiction(rule: Rule, threshold: float, clear: float) -> SettingsError:
    side = "below" if rule.below else "above"
    return SettingsError(
        f"settings: alerts.{rule.name}.clear ({clear:g}) is {side} the threshold ({threshold:g}): the alert would never rest"
    )
