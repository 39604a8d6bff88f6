"""Which configuration is best, and what success costs: scores by configuration, not by one lucky run."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from costtui.analysis.compare import Rate, rate_of
from costtui.analysis.outcome import Outcome, grouped
from costtui.money import NANO_PER_USD

SUCCESS_WEIGHT, COST_WEIGHT, TIME_WEIGHT = 0.6, 0.2, 0.2
SHOWN = 5


@dataclass(frozen=True, slots=True)
class Score:
    """How well a configuration, or one run, did; 0 to 100."""

    name: str
    config: Mapping[str, Any]
    runs: int
    issues: int
    score: float | None
    """None where the cost, the time or the result is not known: unknown is not free."""
    success: Rate
    nano_per_issue: float | None
    seconds_per_issue: float | None
    unpriced: int


@dataclass(frozen=True, slots=True)
class Ranking:
    """Scores, the best first, and what they say together."""

    scores: tuple[Score, ...]

    @property
    def best(self) -> tuple[Score, ...]:
        """The top five."""
        return self.scored[:SHOWN]

    @property
    def scored(self) -> tuple[Score, ...]:
        """Those whose score is known."""
        return tuple(score for score in self.scores if score.score is not None)

    @property
    def worst(self) -> Score | None:
        """The last of those that are known."""
        return self.scored[-1] if self.scored else None

    @property
    def mean(self) -> float | None:
        """Mean of the known scores."""
        known = [score.score for score in self.scored if score.score is not None]
        return sum(known) / len(known) if known else None


def points(success_percent: float, usd_per_issue: float, seconds_per_issue: float) -> float:
    """Return 60 % success rate + 20 % cost efficiency + 20 % time efficiency, 0 to 100."""
    cost = max(0.0, 100 - 100 * usd_per_issue)
    time = max(0.0, 100 - seconds_per_issue / 6)
    return SUCCESS_WEIGHT * success_percent + COST_WEIGHT * cost + TIME_WEIGHT * time


def score_of(name: str, outcomes: Sequence[Outcome]) -> Score:
    """Return the score of some runs taken together."""
    issues = sum(outcome.attempted for outcome in outcomes)
    rate = rate_of(outcomes)
    nano_per_issue = per_issue((outcome.cost_nano, outcome.attempted) for outcome in outcomes)
    ms_per_issue = per_issue((outcome.duration_ms, outcome.attempted) for outcome in outcomes)
    score = None
    if rate.share is not None and nano_per_issue is not None and ms_per_issue is not None:
        score = points(100 * rate.share, nano_per_issue / NANO_PER_USD, ms_per_issue / 1000)
    return Score(
        name=name,
        config=outcomes[0].config if outcomes else {},
        runs=len(outcomes),
        issues=issues,
        score=score,
        success=rate,
        nano_per_issue=nano_per_issue,
        seconds_per_issue=None if ms_per_issue is None else ms_per_issue / 1000,
        unpriced=sum(outcome.unpriced for outcome in outcomes),
    )


def rank(outcomes: Iterable[Outcome]) -> Ranking:
    """Return the scores of the configurations that runs had, the best first, the unknown ones last."""
    groups: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        groups.setdefault(json.dumps(outcome.config, sort_keys=True, default=str), []).append(outcome)
    names = _short_names([group[0].config for group in groups.values()])
    return _ranking(score_of(name, group) for name, group in zip(names, groups.values(), strict=True))


def rank_runs(outcomes: Iterable[Outcome]) -> Ranking:
    """Return the scores of single runs; luck included."""
    return _ranking(score_of(outcome.id, [outcome]) for outcome in outcomes)


@dataclass(frozen=True, slots=True)
class Efficiency:
    """What a success costs in one run or group."""

    name: str
    nano_per_success: float | None
    """Over the runs whose cost is known; None without a success among them."""
    cost_nano: int | None
    """Sum of the known costs, None where none is known."""
    successes: int
    unpriced: int


def efficiency(outcomes: Iterable[Outcome], by: str = "") -> list[Efficiency]:
    """Return dollars per success of each run (or of each value of a field), the most efficient first."""
    groups = grouped(outcomes, by) if by else {outcome.id: [outcome] for outcome in outcomes}
    found = [efficiency_of(name, group) for name, group in groups.items()]
    return sorted(found, key=lambda item: (item.nano_per_success is None, item.nano_per_success or 0))


def per_issue(pairs: Iterable[tuple[float | None, int]]) -> float | None:
    """Return Σ amounts ÷ Σ issues over the pairs whose amount is known."""
    known = [(amount, issues) for amount, issues in pairs if amount is not None]
    issues = sum(count for _, count in known)
    return sum(amount for amount, _ in known) / issues if issues else None


def efficiency_of(name: str, group: Sequence[Outcome]) -> Efficiency:
    """Return dollars per success of some runs taken together."""
    known = [outcome for outcome in group if outcome.cost_nano is not None]
    cost = sum(outcome.cost_nano or 0 for outcome in known) if known else None
    paid = sum(outcome.succeeded for outcome in known)
    successes = sum(outcome.succeeded for outcome in group)
    unpriced = sum(outcome.unpriced for outcome in group)
    per_success = cost / paid if cost is not None and paid else None
    return Efficiency(name, per_success, cost, successes, unpriced)


def _ranking(scores: Iterable[Score]) -> Ranking:
    ordered = sorted(scores, key=lambda item: (item.score is None, -(item.score or 0), -item.runs, item.name))
    return Ranking(tuple(ordered))


def _short_names(configs: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return a name for each configuration: the fields in which they differ, without the tables they stand in."""
    flat = [_flat(config) for config in configs]
    fields = sorted({name for config in flat for name in config})
    differing = [name for name in fields if len({config.get(name) for config in flat}) > 1]
    shown = differing or fields
    last = [name.rpartition(".")[2] for name in shown]
    short = {name: end if last.count(end) == 1 else name for name, end in zip(shown, last, strict=True)}
    return [", ".join(f"{short[name]}={config[name]}" for name in shown if name in config) for config in flat]


def _flat(config: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    flat: dict[str, str] = {}
    for name, value in config.items():
        if isinstance(value, Mapping):
            flat |= _flat(value, f"{prefix}{name}.")
        else:
            flat[f"{prefix}{name}"] = str(value)
    return flat
