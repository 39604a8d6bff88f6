"""How quality is written, on screens and in reports: dimensions, subsystems, cost bands, runs, warnings."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo

from costtui.analysis.quality import SCORES, Band, Dimension, Subsystem
from costtui.analysis.trends import FEWEST, Direction
from costtui.facts import Quality, Run
from costtui.format import UNKNOWN, count, percent
from costtui.view.clock import minute
from costtui.view.precision import nano_text, nano_usd
from costtui.view.table import Field, Table
from costtui.window import from_us

TONES = {Direction.IMPROVING: "ok", Direction.DEGRADING: "error", Direction.INSUFFICIENT: "muted"}


@dataclass(frozen=True, slots=True)
class Rated:
    """The quality of one run, and what its cells need."""

    quality: Quality
    cost_nano: int | None
    """None: not known."""
    zone: tzinfo
    now_us: int


def score(value: float) -> str:
    """Return a score of 0 to 1 as it is written everywhere."""
    return f"{value:.2f}"


def known_costs(runs: Iterable[Run]) -> Mapping[str, int]:
    """Return the costs of the runs of which at least one call has a price, in nano-dollars."""
    return {run.run_id: run.cost_nano for run in runs if run.calls > run.unpriced}


def warnings(records: Sequence[Quality], subsystems: Iterable[Subsystem], zone: tzinfo) -> list[str]:
    """Return a sentence for each subsystem that got worse; ``records`` are oldest first."""
    found = []
    for subsystem in subsystems:
        if (worse := subsystem.worse) is None:
            continue
        own = [record for record in records if record.subsystem == subsystem.name]
        since = from_us(own[worse.since].recorded_us, zone)
        found.append(
            f"{subsystem.name or '(no subsystem)'} got worse: overall score {worse.before:.2f} before, "
            f"{worse.after:.2f} since {since:%Y-%m-%d} (p = {worse.p_value:.1g})"
        )
    return found


def calm(subsystems: Iterable[Subsystem]) -> str:
    """Return what is said where no subsystem got worse, and of how many that can be said."""
    found = tuple(subsystems)
    judged = sum(one.runs >= 2 * FEWEST for one in found)
    if not judged:
        return f"Whether quality got worse cannot be said yet: no subsystem has {2 * FEWEST} runs."
    falling = ", ".join(one.name for one in found if one.direction is Direction.DEGRADING)
    if falling:
        return f"No subsystem got worse from one run on, but the trend is down: {falling}."
    return f"No subsystem got worse, of {count(judged)} with {2 * FEWEST} runs or more."


def _trend_tone(found: Dimension | Subsystem) -> str:
    return TONES.get(found.direction, "")


DIMENSIONS: Table[Dimension] = Table(
    Field(
        "dimension",
        "dimension",
        0,
        lambda d: d.name,
        lambda d: d.name.removesuffix("_score"),
        align="left",
        help="overall, and the four that it is made of",
    ),
    Field("mean", "mean", 5, lambda d: round(d.mean, 6), lambda d: score(d.mean), help="over runs, 0 to 1"),
    Field(
        "min",
        "min",
        5,
        lambda d: d.minimum,
        lambda d: score(d.minimum),
        "muted",
        priority=1,
        help="the worst run",
    ),
    Field(
        "max",
        "max",
        5,
        lambda d: d.maximum,
        lambda d: score(d.maximum),
        "muted",
        priority=1,
        help="the best run",
    ),
    Field(
        "trend",
        "trend",
        13,
        lambda d: str(d.direction),
        None,
        _trend_tone,
        align="left",
        help="over the newest 200 runs (Mann–Kendall test at 5 %)",
    ),
)
SUBSYSTEMS: Table[Subsystem] = Table(
    Field(
        "subsystem",
        "subsystem",
        0,
        lambda s: s.name,
        lambda s: s.name or UNKNOWN,
        align="left",
        least=14,
        help="what the runs worked on",
    ),
    Field(
        "runs",
        "runs",
        6,
        lambda s: s.runs,
        lambda s: count(s.runs),
        priority=2,
        help="with a recorded quality",
    ),
    Field(
        "overall",
        "overall",
        7,
        lambda s: round(s.overall, 6),
        lambda s: score(s.overall),
        name="overall_score",
        help="mean overall score",
    ),
    Field(
        "passed",
        "passed",
        7,
        lambda s: round(s.passed, 6),
        lambda s: percent(s.passed),
        name="pass_rate",
        priority=1,
        help="runs whose validation passed",
    ),
    Field(
        "iterations",
        "iterations",
        10,
        lambda s: round(s.iterations, 3),
        lambda s: f"{s.iterations:.1f}",
        priority=3,
        help="mean number of iterations",
    ),
    Field(
        "trend",
        "trend",
        13,
        lambda s: str(s.direction),
        None,
        _trend_tone,
        align="left",
        help="of the overall score (Mann–Kendall test at 5 %)",
    ),
    Field(
        "per_point",
        "$/point",
        9,
        lambda s: nano_usd(s.nano_per_point),
        lambda s: nano_text(s.nano_per_point),
        priority=2,
        name="cost_per_point_usd",
        help="known cost of the runs for each hundredth of their overall scores",
    ),
)
BANDS: Table[Band] = Table(
    Field(
        "mean_cost",
        "$/run",
        9,
        lambda b: nano_usd(b.mean_nano),
        lambda b: nano_text(b.mean_nano),
        "money",
        name="mean_cost_usd",
        help="mean cost of the runs of the band; bands hold equally many",
    ),
    Field(
        "low",
        "from",
        9,
        lambda b: nano_usd(b.low_nano),
        lambda b: nano_text(b.low_nano),
        "muted",
        priority=2,
        name="min_cost_usd",
        help="cost of the cheapest run",
    ),
    Field(
        "high",
        "to",
        9,
        lambda b: nano_usd(b.high_nano),
        lambda b: nano_text(b.high_nano),
        "muted",
        priority=2,
        name="max_cost_usd",
        help="cost of the dearest run",
    ),
    Field(
        "runs",
        "runs",
        6,
        lambda b: b.runs,
        lambda b: count(b.runs),
        priority=3,
        help="whose cost is known",
    ),
    Field(
        "overall",
        "overall",
        7,
        lambda b: round(b.overall, 6),
        lambda b: score(b.overall),
        name="overall_score",
        help="mean overall score",
    ),
    Field(
        "passed",
        "passed",
        7,
        lambda b: round(b.passed, 6),
        lambda b: percent(b.passed),
        priority=1,
        name="pass_rate",
        help="runs whose validation passed",
    ),
    Field(
        "next_point",
        "next point",
        11,
        lambda b: nano_usd(b.next_point_nano),
        lambda b: nano_text(b.next_point_nano),
        name="next_point_usd",
        help="what one more hundredth costs, from the best cheaper band; – where more money bought nothing better",
    ),
)


def _score_field(name: str) -> Field[Rated]:
    def value(rated: Rated) -> float:
        found: float = getattr(rated.quality, name)
        return found

    short = name.removesuffix("_score")
    priority = 0 if name == SCORES[0] else 3
    width = len(short) + 1  # room for the mark of the order
    return Field(
        short,
        short,
        width,
        value,
        lambda rated: score(value(rated)),
        priority=priority,
        name=name,
        help="0 to 1",
    )


RUNS: Table[Rated] = Table(
    Field("run", "run", 22, lambda r: r.quality.run_id, None, align="left", name="run_id", help="its id"),
    Field(
        "recorded",
        "recorded",
        12,
        lambda r: from_us(r.quality.recorded_us, r.zone).isoformat(timespec="seconds"),
        lambda r: minute(r.quality.recorded_us, r.zone, r.now_us),
        "muted",
        align="left",
        priority=2,
        name="recorded_at",
        help="when its quality was recorded",
    ),
    Field(
        "subsystem",
        "subsystem",
        0,
        lambda r: r.quality.subsystem,
        None,
        "muted",
        align="left",
        help="what it worked on",
    ),
    *(_score_field(name) for name in SCORES),
    Field(
        "passed",
        "passed",
        6,
        lambda r: r.quality.validation_passed,
        lambda r: "✓ pass" if r.quality.validation_passed else "✗ fail",
        lambda r: "ok" if r.quality.validation_passed else "error",
        align="left",
        name="validation_passed",
        help="whether validation passed",
    ),
    Field(
        "iterations",
        "iterations",
        10,
        lambda r: r.quality.iteration_count,
        None,
        priority=4,
        help="how often the result was worked over",
    ),
    Field(
        "cost",
        "cost",
        10,
        lambda r: nano_usd(r.cost_nano),
        lambda r: nano_text(r.cost_nano),
        "money",
        priority=1,
        name="cost_usd",
        help="known cost of the run",
    ),
)
