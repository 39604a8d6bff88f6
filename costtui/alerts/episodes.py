"""Episodes: a condition alerts once when it begins, and not again before it has ended."""

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, replace

from costtui.alerts.rules import Rule, by_name
from costtui.facts import Alert, Severity

_RANK = {severity: rank for rank, severity in enumerate(reversed(Severity))}


@dataclass(frozen=True, slots=True)
class Measured:
    """The value of a rule's measure for one subject, with the words and the place that explain it."""

    rule: str
    value: float
    message: str
    subject: str = ""
    episode: str = ""
    """Distinguishes episodes of one subject (the window of a budget): another one alerts again."""
    place: str = ""
    key: str = ""
    filter: str = ""


Identity = tuple[str, str, str]
"""Rule, subject and episode."""


class Episodes:
    """The alerts that are under way."""

    def __init__(self, rules: tuple[Rule, ...], known: Mapping[Identity, Alert] | None = None) -> None:
        """Go on with the episodes that are known; they do not begin again."""
        self._rules = by_name(rules)
        self._open: dict[Identity, Alert] = dict(known or {})

    @property
    def open(self) -> tuple[Alert, ...]:
        """The alerts under way, worst first, then newest first."""
        return tuple(sorted(self._open.values(), key=lambda alert: (_RANK[alert.severity], -alert.since_us)))

    @property
    def by_identity(self) -> Mapping[Identity, Alert]:
        """The alerts under way, to be remembered."""
        return dict(self._open)

    def update(
        self, measured: Iterable[Measured], now_us: int, unknown: Container[str] = ()
    ) -> tuple[Identity, ...]:
        """Take in a full set of measures and return which alerts begin with it.

        A subject that is measured no more (the window of its budget is over) ends its episode, unless its rule is
        among those whose measures are ``unknown`` as yet.
        """
        begun: list[Identity] = []
        seen: set[Identity] = set()
        for measure in measured:
            rule = self._rules.get(measure.rule)
            if rule is None:
                continue
            identity = (measure.rule, measure.subject, measure.episode)
            seen.add(identity)
            known = self._open.get(identity)
            if known is None and rule.begins(measure.value):
                self._open[identity] = _alert(rule, measure, now_us)
                begun.append(identity)
            elif known is not None and rule.ends(measure.value):
                del self._open[identity]
            elif known is not None:
                self._open[identity] = replace(known, message=measure.message)
        for identity in self._open.keys() - seen:
            if identity[0] not in unknown:
                del self._open[identity]
        return tuple(begun)


def _alert(rule: Rule, measure: Measured, now_us: int) -> Alert:
    return Alert(
        rule.name,
        measure.subject,
        rule.severity,
        measure.message,
        now_us,
        measure.place,
        measure.key,
        measure.filter,
    )
