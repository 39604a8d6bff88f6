"""The experiment report: what its variations cost and achieved, what lost events change, and what to decide."""

from costtui.format import count, percent
from costtui.report.document import Block, Document, Fact, Facts, Note, grid
from costtui.report.frame import document
from costtui.view.experiment import ExperimentPage, ExperimentRequest
from costtui.view.experiment_findings import REPORTED_DECISIONS, REPORTED_FINDINGS
from costtui.view.experiment_table import REPORTED
from costtui.view.snapshot import Sources


def experiment_report(sources: Sources) -> Document:
    """Return the experiments of a window, the one with most exposures first. Raises StoreError."""
    request = ExperimentRequest(windowed=True)
    page = request.build(sources)
    blocks: list[Block] = []
    if page.empty:
        blocks.append(Note(page.empty))
    for place, flag in enumerate(page.flags):
        blocks += _experiment(request.of(flag, "").build(sources) if place else page, place)
    return document("experiment", "Experiments", sources, blocks)


def _experiment(page: ExperimentPage, place: int) -> list[Block]:
    """Return the blocks of one experiment; the keys of those after the first carry their number."""
    end = f"_{place + 1}" if place else ""
    blocks: list[Block] = [_facts(page, end), *(Note(note, warning=True) for note in page.notes)]
    blocks.append(grid(f"variations{end}", f"Variations of {page.flag}", REPORTED, page.served))
    if page.lines:
        blocks.append(grid(f"findings{end}", f"Against {page.baseline}", REPORTED_FINDINGS, page.lines))
    if page.answers:
        blocks.append(grid(f"decisions{end}", "Decisions", REPORTED_DECISIONS, page.answers))
    return blocks


def _facts(page: ExperimentPage, end: str) -> Facts:
    result = page.result
    assert result is not None
    certain, doubtful, lost, unsure = (number * result.rate for number in result.events)
    units = sum(arm.units for arm in result.arms) * result.rate
    whole = certain + doubtful + lost + unsure
    split = result.split
    return Facts(
        f"experiment{end}",
        f"Experiment {page.flag}",
        (
            Fact("flag", "experiment", page.flag, page.flag),
            Fact("verdict", "result", page.verdict, page.verdict),
            Fact("metric", "metric", result.tally.plan.metric, result.tally.plan.metric),
            Fact("unit", "unit", result.tally.unit_kind, result.tally.unit_kind),
            Fact("baseline", "baseline", page.baseline, page.baseline),
            Fact("units", "units", units, count(units)),
            Fact("events", "events", whole, count(whole)),
            Fact("counted", "count for certain", certain, f"{count(certain)}, {percent(certain, whole)}"),
            Fact("doubtful", "doubtful", doubtful, count(doubtful)),
            Fact("lost", "lost", lost, count(lost)),
            Fact("cannot_tell", "cannot tell", unsure, count(unsure)),
            Fact("crossovers", "served several", result.crossed, count(result.crossed)),
            Fact("split", "split", split.text, split.text),
            Fact(
                "split_p_value",
                "split, p",
                split.p_value,
                "" if split.p_value is None else f"{split.p_value:.2g}",
            ),
            Fact("sample_ratio_mismatch", "mismatch", split.mismatch, "yes" if split.mismatch else "no"),
        ),
    )
