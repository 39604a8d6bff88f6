"""The compare page: which model, configuration or variation is better, with intervals and a verdict in words."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from costtui.analysis.answer import answer
from costtui.analysis.compare import Comparison, compare
from costtui.analysis.outcome import Outcome, fields_of, of_calls, of_runs, value_of
from costtui.analysis.scores import Ranking, rank
from costtui.analysis.whatif import total, what_if_totals
from costtui.filter import parse_filter
from costtui.format import count
from costtui.reading import CallQuery
from costtui.view import runs as run_view
from costtui.view.compare_table import (
    ARMS,
    CONFIGURATIONS,
    SIDES,
    VERDICTS,
    WHAT_IF,
    Repriced,
    Side,
    sides_of,
)
from costtui.view.empty import nothing_recorded
from costtui.view.snapshot import Sources
from costtui.view.table import Row
from costtui.view.target import Target, quoted

SAMPLE = 2_000
"""Newest calls that are compared: reading them is what the page costs."""
MOST_ARMS = 30
"""Values above which a field is no way to group anything."""
ALL_NODES = "(all)"
OBSERVATIONAL = (
    "observational: nobody assigned them at random, a difference may come from what they were given to do"
)
_FIRST = ("model", "node", "provider", "config", "variation", "mode", "subsystem")
_FILTERABLE = re.compile(r"[A-Za-z_][\w.]*")


@dataclass(frozen=True, slots=True)
class Choice:
    """A field that calls or runs can be compared by."""

    key: str
    """``calls:model``, ``runs:temperature``."""
    values: int

    @property
    def noun(self) -> str:
        """What is compared: ``calls`` or ``runs``."""
        return self.key.partition(":")[0]

    @property
    def field(self) -> str:
        """The field."""
        return self.key.partition(":")[2]


@dataclass(frozen=True, slots=True)
class ComparePage:
    """Groups of calls or runs, each against the baseline; configurations; another model's price."""

    choices: tuple[Choice, ...]
    chosen: Choice | None
    baseline: str
    title: str
    answer: str
    """What the comparison comes to, in a sentence; empty where nothing is compared."""
    arms: tuple[Row, ...]
    verdicts: tuple[Row, ...]
    configurations: tuple[Row, ...]
    configurations_title: str
    what_if: tuple[Row, ...]
    what_if_title: str
    what_if_empty: str
    models: tuple[str, ...]
    """``provider/model`` of the window (the model alone where no provider is known), the most expensive first."""
    shown: int
    total: int
    empty: str
    sides: tuple[Side, ...]
    filter: str

    def rows(self) -> list[dict[str, Any]]:
        """Return the groups as plain values."""
        return [SIDES.record(side) for side in self.sides]

    def arm_target(self, arm: str) -> Target | None:
        """Return what Enter on a group opens: its calls or runs; None where no filter can name its field."""
        if self.chosen is None:
            return None
        field = self.chosen.field
        if field.startswith("tag:"):
            field = "tag." + field.removeprefix("tag:")
        elif self.chosen.noun == "runs" and field != "subsystem":
            field = run_view.CONFIG + field
        value = "" if arm == _UNNAMED else arm
        if not _FILTERABLE.fullmatch(field) or '"' in value:
            return None
        where = f"{self.filter} {quoted(field, value)}".strip()
        return Target("calls" if self.chosen.noun == "calls" else "runs", filter=where)

    def verdict_target(self, key: str) -> Target | None:
        """Return what Enter on a verdict opens: the calls or runs of its group."""
        return self.arm_target(key.rpartition("\x1f")[0])


_UNNAMED = value_of(Outcome("", "", 0, None, None), "")


@dataclass(frozen=True, slots=True)
class CompareRequest:
    """Calls or runs of the window by a field."""

    redraw_s: ClassVar[float] = 2.0
    """Least seconds between two pages: thousands of calls are read for one."""

    by: str = ""
    """Key of a choice; empty: the first."""
    baseline: str = ""
    """Empty: the largest group."""
    other: str = ""
    """``provider/model``, or a model alone, that calls are priced with; empty: none."""
    filter: str = ""

    def build(self, sources: Sources) -> ComparePage:
        """Return the page. Raises StoreError."""
        of_runs_only = self.by.startswith("runs:")
        where = parse_filter("" if of_runs_only else self.filter)
        calls = of_calls(sources.reader.calls(CallQuery(span=sources.span, where=where, limit=SAMPLE)))
        items = run_view.passing(sources, parse_filter(self.filter if of_runs_only else ""))
        runs = of_runs([item.run for item in items])
        choices = (*_choices("calls", calls), *_choices("runs", runs))
        chosen = next((one for one in choices if one.key == self.by), None)
        if chosen is None and self.by:
            chosen = Choice(self.by, 0)
        chosen = chosen or next(iter(choices), None)
        outcomes: Sequence[Outcome] = () if chosen is None else calls if chosen.noun == "calls" else runs
        comparison = _compared(chosen, outcomes, self.baseline)
        sides = sides_of(comparison, outcomes) if comparison else []
        ranking = rank(runs)
        in_window = sum(sums.calls for sums in sources.totals.series.values())
        total_units = in_window if chosen is None or chosen.noun == "calls" else len(sources.runs)
        what_if, reason = _what_if(sources, self.other)
        return ComparePage(
            choices=choices,
            chosen=chosen,
            baseline=comparison.baseline if comparison else "",
            title=_title(chosen, len(outcomes), total_units),
            answer=answer(comparison) if comparison else "",
            arms=tuple(ARMS.row(side.arm.name, side) for side in sides),
            verdicts=tuple(
                VERDICTS.row(f"{one.arm}\x1f{one.quantity}", one)
                for one in (comparison.contrasts if comparison else ())
            ),
            configurations=tuple(
                CONFIGURATIONS.row(f"{place} {score.name}", score)
                for place, score in enumerate(ranking.scores)
            ),
            configurations_title=_ranking_title(ranking),
            what_if=what_if,
            what_if_title=f"what if: every call to {self.other}"
            if self.other
            else "what if: m picks a model",
            what_if_empty=reason,
            models=tuple(_models(sources)),
            shown=len(outcomes),
            total=total_units,
            empty=_empty(sources, bool(calls or runs), self.filter),
            sides=tuple(sides),
            filter=self.filter,
        )


def _choices(noun: str, outcomes: Sequence[Outcome]) -> list[Choice]:
    """Return the fields with more than one and not too many values, those that people compare by first."""
    found = [
        Choice(f"{noun}:{name}", len({value_of(outcome, name) for outcome in outcomes}))
        for name in fields_of(outcomes)
    ]
    rank_of = {name: place for place, name in enumerate(_FIRST)}
    found.sort(key=lambda one: (rank_of.get(one.field, len(_FIRST)), one.field))
    return [one for one in found if one.values <= MOST_ARMS]


def _compared(chosen: Choice | None, outcomes: Sequence[Outcome], baseline: str) -> Comparison | None:
    if chosen is None or not outcomes:
        return None
    noun = "users or runs" if chosen.noun == "calls" else "runs"
    return compare(outcomes, chosen.field, baseline=baseline, noun=noun)


def _title(chosen: Choice | None, shown: int, total_units: int) -> str:
    if chosen is None:
        return "compare"
    newest = f", newest {count(shown)} of {count(total_units)}" if shown < total_units else ""
    return f"{chosen.noun} by {chosen.field}{newest} · {OBSERVATIONAL}"


def _ranking_title(ranking: Ranking) -> str:
    if ranking.mean is None:
        return "best configuration of runs"
    return f"best configuration of runs, mean score {ranking.mean:.1f}"


def _models(sources: Sources) -> dict[str, tuple[str, str]]:
    """Return provider and model of what was called, by what it is called here, the most expensive first."""
    spent: dict[tuple[str, str], int] = {}
    for series, sums in sources.totals.series.items():
        if series.model:
            one = (series.provider, series.model)
            spent[one] = spent.get(one, 0) + sums.cost_nano
    ranked = sorted(spent, key=lambda one: (-spent[one], one))
    return {"/".join(filter(None, one)): one for one in ranked}


def _named(name: str, models: dict[str, tuple[str, str]]) -> tuple[str, str]:
    """Return provider and model of a name: one that was called, or ``provider/model`` as it was typed."""
    if name in models or "/" not in name:
        return models.get(name, ("", name))
    provider, _, model = name.partition("/")
    return provider, model


def _what_if(sources: Sources, other: str) -> tuple[tuple[Row, ...], str]:
    """Return the rows by node, the sum first, or the reason why there are none."""
    if not other:
        return (), "m: what would these calls have cost with another model?"
    if sources.price_of is None:
        return (), "no price list at hand"
    price = sources.price_of(*_named(other, _models(sources)))
    parts = what_if_totals(sources.totals.series, price, sources.now_us)
    whole = Repriced(ALL_NODES, total(parts.values()))
    if not whole.known:
        return (), f"no price is known for {other}, or for none of these calls"
    nodes = sorted(parts.items(), key=lambda item: -item[1].actual_nano)
    rows = [whole, *(Repriced(node, found) for node, found in nodes)]
    return tuple(WHAT_IF.row(f"{place} {one.node}", one) for place, one in enumerate(rows)), ""


def _empty(sources: Sources, anything: bool, where: str) -> str:
    if where:
        return f"Nothing passes the filter  {where}\nesc clears it"
    if not anything:
        return nothing_recorded(sources)
    return (
        "Nothing to compare: all calls and runs of this window are configured alike.\n"
        "What a run was configured with is compared where it is recorded: "
        "tracker.run('nightly', config={'temperature': 0.2})"
    )
