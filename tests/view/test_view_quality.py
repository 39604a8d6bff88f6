"""The quality page: figures, warnings, bands of cost, and where Enter leads."""

from dataclasses import replace

import pytest
from sample_store import MemoryReader, sample_sources

from costtui.analysis.quality import bands_of
from costtui.facts import Quality, Run, Status
from costtui.view.quality import QualityRequest
from costtui.view.runs import RunsRequest


def record(number: int, overall: float, *, subsystem: str = "nav", passed: bool = True) -> Quality:
    return Quality(
        f"run-{number}",
        10**15 + number,
        subsystem,
        overall,
        overall,
        0.8,
        0.7,
        0.9,
        passed,
        1 + number % 2,
        10,
    )


class RatedReader(MemoryReader):
    """A reader whose store has these quality records."""

    def __init__(self, records: list[Quality]) -> None:
        super().__init__()
        self.records = records

    def quality(self, span, limit=1000):
        return sorted(self.records, key=lambda one: -one.recorded_us)[:limit]


def sources_of(records: list[Quality]):
    return replace(sample_sources([]), reader=RatedReader(records), runs=())


def test_the_headline_says_the_mean_the_pass_rate_and_the_range():
    page = QualityRequest().build(sources_of([record(1, 0.6, passed=False), record(2, 0.8)]))
    figures = {figure.label: (figure.value, figure.note) for figure in page.headline}
    assert figures["overall"] == ("0.70", "0.60 to 0.80")
    assert figures["passed"] == ("50 %", "1 failed")
    assert figures["iterations"] == ("1.5", "mean")
    assert figures["a point costs"] == ("–", "no cost known")


def test_a_subsystem_that_got_worse_is_warned_of_and_another_is_not():
    steady = [record(number, 0.8 + number % 3 / 100, subsystem="steady") for number in range(30)]
    worse = [
        record(100 + number, (0.85 if number < 15 else 0.5) + number % 3 / 100, subsystem="worse")
        for number in range(30)
    ]
    page = QualityRequest().build(sources_of(steady + worse))
    (warning,) = page.warnings
    assert warning.startswith("worse got worse: overall score 0.86 before, 0.51 since")
    curve = QualityRequest("subsystem=worse").build(sources_of(worse)).curve(None)
    assert curve.threshold == pytest.approx(0.86)
    assert "worse for 15 runs" in curve.title


def test_the_success_of_runs_has_a_trend_that_counts_those_without_quality():
    sources = sources_of([record(number, 0.8) for number in range(3)])
    runs = [
        Run(
            f"run-{number}",
            number + 1,
            "nav",
            Status.OK if number < 10 else Status.ERROR,
            ended_us=number + 5,
        )
        for number in range(20)
    ]
    page = QualityRequest().build(replace(sources, runs=tuple(runs[::-1])))
    figure = next(figure for figure in page.headline if figure.label == "success")
    assert (figure.value, figure.note, figure.tone) == ("50 %", "degrading · last 5: 0 %", "error")


def test_the_curve_goes_from_the_oldest_to_the_newest():
    page = QualityRequest().build(sources_of([record(1, 0.1), record(2, 0.2), record(3, 0.3)]))
    assert page.curve("completeness").values == (0.1, 0.2, 0.3)
    assert page.curve(None).title == "overall, run by run"


def test_a_filter_narrows_every_figure():
    records = [record(1, 0.2, subsystem="a"), record(2, 0.9, subsystem="b")]
    page = QualityRequest("subsystem=b").build(sources_of(records))
    assert [row.key for row in page.subsystems] == ["b"]
    assert page.headline[0].value == "0.90"
    assert (len(page.runs), page.total) == (1, 2)
    nothing = QualityRequest("subsystem=c").build(sources_of(records))
    assert "hidden by the filter" in nothing.empty


def test_an_empty_page_says_how_to_record_quality():
    assert "QualityTracker().record_quality" in QualityRequest().build(sources_of([])).empty


def test_bands_hold_equally_many_runs_and_price_one_more_point():
    records = [record(number, 0.5 + 0.01 * (number // 3)) for number in range(12)]
    costs = {f"run-{number}": 1000 * (number // 3 + 1) for number in range(12)}
    bands = bands_of(records, costs)
    assert [band.runs for band in bands] == [3, 3, 3, 3]
    assert [band.mean_nano for band in bands] == [1000, 2000, 3000, 4000]
    assert bands[0].next_point_nano is None
    assert [band.next_point_nano for band in bands[1:]] == pytest.approx([1000] * 3)


def test_a_dearer_band_that_is_not_better_has_no_price_for_a_point():
    records = [record(number, 0.9 if number < 3 else 0.5) for number in range(6)]
    bands = bands_of(records, {f"run-{number}": number + 1 for number in range(6)})
    assert [band.next_point_nano for band in bands] == [None, None]
    assert bands_of(records[:2], {"run-0": 1, "run-1": 2}) == []


def test_enter_leads_to_the_run_and_to_the_runs_of_a_subsystem_and_a_band():
    sources = sample_sources()
    page = QualityRequest().build(sources)
    assert page.target("nightly-0400").place == "run"
    for target, count in (
        (page.subsystem_target("triage"), len([r for r in sources.runs if r.subsystem == "triage"])),
        (page.band_target("0"), page.by_cost[0].runs),
    ):
        found = RunsRequest(target.filter).build(sources)
        assert target.place == "runs"
        assert len(found.items) >= count
        assert found.items
