"""Which configuration did best, and what a success cost: tables of the compare report."""

from collections.abc import Sequence

from costtui.analysis.outcome import Outcome, fields_of
from costtui.analysis.scores import SHOWN, Efficiency, Score, efficiency, rank
from costtui.analysis.verdict import FEWEST
from costtui.format import UNKNOWN, count, money
from costtui.money import usd
from costtui.report.document import Block, Fact, Facts, Note, grid
from costtui.view.compare_table import CONFIGURATIONS
from costtui.view.precision import nano_text, nano_usd
from costtui.view.table import Field, Table


def best_configurations(runs: Sequence[Outcome]) -> list[Block]:
    """Return the five best configurations of runs, the worst, and the mean score; nothing where none has a score."""
    ranking = rank(runs)
    worst, mean = ranking.worst, ranking.mean
    if worst is None or mean is None:
        return []
    facts = (
        Fact("configurations", "configurations", len(ranking.scores), count(len(ranking.scores))),
        Fact("mean_score", "mean score", round(mean, 4), f"{mean:.1f}"),
        Fact("best", "best", ranking.best[0].name, _scored(ranking.best[0])),
        Fact("worst", "worst", worst.name, _scored(worst)),
    )
    title = f"Best configurations of runs ({len(ranking.best)} of {count(len(ranking.scores))})"
    return [
        Facts("scores", "Score: 60 % success, 20 % cost, 20 % time", facts),
        grid("configurations", title, CONFIGURATIONS, ranking.best),
    ]


def _scored(score: Score) -> str:
    runs = f"{count(score.runs)} run{'s' if score.runs != 1 else ''}"
    luck = "" if score.runs >= FEWEST else ": it may be luck"
    return f"{score.name or '(none)'} ({score.score:.1f}, {runs}{luck})"


def cost_of_success(runs: Sequence[Outcome]) -> list[Block]:
    """Return what a run that ended well cost: the most and the least efficient five, and by model."""
    found = [one for one in efficiency(runs) if one.nano_per_success is not None]
    if not found:
        return (
            [Note("What a success costs cannot be said: no run with a known cost ended well.")]
            if runs
            else []
        )
    blocks: list[Block] = []
    blocks += [
        grid("efficiency_by_model", f"Cost of a success by {field}", EFFICIENCY, efficiency(runs, field))
        for field in fields_of(runs)
        if field.rpartition(".")[2] in ("model", "model_name")
    ]
    blocks.append(
        grid("most_efficient", f"Cheapest {_some(found)} that ended well", EFFICIENCY, found[:SHOWN])
    )
    if len(found) > SHOWN:
        blocks.append(
            grid(
                "least_efficient",
                f"Dearest {_some(found)} that ended well",
                EFFICIENCY,
                found[: -SHOWN - 1 : -1],
            )
        )
    return blocks


def _some(found: Sequence[Efficiency]) -> str:
    return f"{min(len(found), SHOWN)} of {count(len(found))} runs"


EFFICIENCY: Table[Efficiency] = Table(
    Field("name", "name", 0, lambda e: e.name, None, align="left"),
    Field(
        "per_success",
        "$/success",
        0,
        lambda e: nano_usd(e.nano_per_success),
        lambda e: nano_text(e.nano_per_success),
        name="cost_per_success_usd",
    ),
    Field("successes", "successes", 0, lambda e: e.successes, lambda e: count(e.successes)),
    Field(
        "cost",
        "cost",
        0,
        lambda e: None if e.cost_nano is None else float(usd(e.cost_nano)),
        lambda e: UNKNOWN if e.cost_nano is None else money(e.cost_nano),
        name="cost_usd",
    ),
    Field(
        "unpriced",
        "unpriced",
        0,
        lambda e: e.unpriced,
        lambda e: count(e.unpriced) if e.unpriced else "",
        name="unpriced_calls",
    ),
)
