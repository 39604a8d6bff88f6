"""The attribution report tells causes, differences and what to change, in every format."""

import json
from dataclasses import replace

import pytest
from sample_evidence import MemoryEvidence, sample_attribution
from sample_store import sample_sources

from costtui.report.build import as_one, build
from costtui.report.data import as_json


def sources(evidence: MemoryEvidence | None = None):
    return replace(sample_sources(), attribution=sample_attribution(evidence))


def test_its_figures_are_those_of_the_verdicts() -> None:
    data = as_json(build("attribution", sources()))
    assert data["attribution"] == {
        "events": 12,
        "attributed": 11,
        "doubtful": 6,
        "unattributed": 1,
        "cannot_tell": 0,
        "cost_usd": pytest.approx(0.1476),
        "unattributed_cost_usd": pytest.approx(0.0123),
    }
    worst, differ, _ = data["causes"]
    assert (worst["verdict"], worst["severity"], worst["events"]) == ("key_mismatch", "error", 1)
    assert differ["call_sites"] == ["evaluated at app/answer.py:41", "tracked at app/bill.py:17"]
    assert differ["fix"]
    assert [(each["attribute"], each["change"]) for each in data["differences"]] == [("user", "added")]


@pytest.mark.parametrize("form", ["text", "md", "json", "csv", "html"])
def test_every_format_names_the_attribute(form: str) -> None:
    text = as_one([build("attribution", sources())], form)
    assert "user" in text
    assert "attributes" in text
    if form == "json":
        json.loads(text)


def test_a_store_without_metric_events_says_how_to_get_some() -> None:
    assert "costtui tap" in as_one([build("attribution", sources(MemoryEvidence((), ())))], "text")
    assert "costtui tap" in as_one([build("attribution", sample_sources())], "text")
