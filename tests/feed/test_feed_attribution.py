"""The feed keeps verdicts up to date while metric events are written, and of several stores together."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from sample_evidence import exposure, sample_evidence, tracked
from sample_store import NOW_US
from test_feed import following

from costtui.store import open_writer
from costtui.view.attribution import AttributionPage, AttributionRequest
from costtui.view.snapshot import Request
from costtui.window import WINDOWS


def watch(followed: Any) -> None:
    followed.request = Request(AttributionRequest(), WINDOWS[0])
    followed.feed.wake()


def until_events(followed: Any, number: int) -> AttributionPage:
    def has_all(shot: Any) -> bool:
        page = shot.page
        return isinstance(page, AttributionPage) and sum(group.events for group in page.groups) == number

    return followed.until(has_all).page


def test_events_are_judged_as_they_are_written(tmp_path: Path) -> None:
    evidence = sample_evidence()
    with open_writer(tmp_path / "a.db") as writer:
        writer.write(*evidence.exposures, *evidence.events)
        writer.flush()
        with following(tmp_path / "a.db") as followed:
            watch(followed)
            assert until_events(followed, 12).total == 3
            writer.write(tracked("user-3", evidence.events[3].at_us + 5))
            assert until_events(followed, 13).total == 3


def test_the_evidence_of_several_stores_is_judged_together(tmp_path: Path) -> None:
    evidence = sample_evidence()
    paths = tmp_path / "exposures.db", tmp_path / "events.db"
    for path, facts in zip(paths, (evidence.exposures, evidence.events), strict=True):
        with open_writer(path) as writer:
            writer.write(*facts)
    with following(*paths) as followed:
        watch(followed)
        page = until_events(followed, 12)
    assert [group.verdict.value for group in page.groups] == [
        "key_mismatch",
        "attributes_differ",
        "attributed",
    ]


def test_the_last_word_on_an_event_that_was_read_already_is_seen(tmp_path: Path) -> None:
    seen = [replace(tracked(f"user-{n}", NOW_US + n), witness="plugin") for n in range(2)]
    with open_writer(tmp_path / "a.db") as writer:
        writer.write(*(exposure(f"user-{n}", NOW_US - 10 + n) for n in range(2)), *seen)
        writer.flush()
        with following(tmp_path / "a.db") as followed:
            watch(followed)
            assert [group.verdict.value for group in until_events(followed, 2).groups] == ["attributed"]
            writer.write(replace(seen[0], delivered=False))
            page = followed.until(lambda shot: getattr(shot.page, "total", 0) == 2).page
    assert [(group.verdict.value, group.events) for group in page.groups] == [
        ("not_delivered", 1),
        ("attributed", 1),
    ]
