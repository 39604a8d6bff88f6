"""The attribution pages: figures, causes worst first, evidence of a cause, and from a call to its verdicts."""

from dataclasses import replace

from sample_evidence import MemoryEvidence, exposure, sample_attribution, sample_evidence, tracked
from sample_store import NOW_US, sample_calls, sample_sources

from costtui.attribution.served import Outcome
from costtui.facts import Context
from costtui.view.attribution import AttributionRequest, unattributed
from costtui.view.evidence import EvidenceRequest, event_target
from costtui.view.overview import OverviewRequest
from costtui.view.target import Target
from costtui.view.trace import TraceRequest


def sources(evidence=None):
    return replace(sample_sources(), attribution=sample_attribution(evidence))


def of_verdict(page, verdict):
    return next(group for group in page.groups if group.verdict == verdict)


def test_causes_come_worst_first_with_their_events_and_dollars():
    page = AttributionRequest().build(sources())
    assert [row.cells["verdict"].text for row in page.table] == [
        "✗ key mismatch",
        "▲ attributes differ",
        "✓ attributed",
    ]
    differ = page.table[1].cells
    assert (differ["events"].sort, differ["units"].sort, differ["reason"].text) == (6, 6, "+user")
    assert differ["cost"].sort == 0.0738


def test_the_headline_tells_counted_doubtful_and_lost_events_apart():
    page = AttributionRequest().build(sources())
    shown = {figure.label: (figure.value, figure.note) for figure in page.headline}
    assert shown["attributed"] == ("42 %", "5 of 12")
    assert shown["doubtful"][0] == "6"
    assert shown["not attributed"][0] == "1"
    assert shown["tracked"] == ("$0.15", "$0.0123 missing")


def test_a_filter_looks_at_the_columns():
    page = AttributionRequest("verdict:differ").build(sources())
    assert len(page.table) == 1
    assert page.total == 3
    assert "xyz" in AttributionRequest("xyz").build(sources()).empty


def test_a_store_without_metric_events_says_how_to_get_some():
    for nothing in (sample_sources(), sources(MemoryEvidence((), ()))):
        page = AttributionRequest().build(nothing)
        assert page.table == ()
        assert "costtui tap" in page.empty
        assert "AttributionPlugin" in page.empty


def test_the_evidence_shows_both_contexts_the_lines_and_the_fix():
    here = sources()
    page = EvidenceRequest(of_verdict(AttributionRequest().build(here), "attributes_differ").id).build(here)
    changed = [row for row in page.sides if row.cells["change"].text]
    assert [(row.cells["attribute"].text, row.cells["tracked"].text) for row in changed] == [
        ("user", '"user-5"')
    ]
    pairs = {pair.label: pair.value for section in page.sections for pair in section.pairs}
    assert pairs["evaluated at"] == "app/answer.py:41"
    assert pairs["tracked at"] == "app/bill.py:17"
    assert "build_context" in page.fix
    assert "'user'" in page.why


def test_what_happened_to_a_unit_is_told_in_order_and_leads_to_the_cause():
    here = sources()
    group = of_verdict(AttributionRequest().build(here), "attributes_differ")
    page = EvidenceRequest(group.id).build(here)
    assert [row.cells["what"].text for row in page.events] == ["exposed", "tracked"]
    assert event_target(page.events[0].key) is None
    assert event_target(page.events[1].key) == Target("evidence", group.id)


def test_a_cause_keeps_its_id_while_events_come_and_says_when_none_has_it_any_more():
    evidence = sample_evidence()
    here = sources(evidence)
    page = AttributionRequest().build(here)
    differ, lost = of_verdict(page, "attributes_differ"), of_verdict(page, "key_mismatch")
    evidence.events.append(tracked("user-7", NOW_US, user="user-7"))
    evidence.exposures.append(exposure("request-8812", NOW_US - 3_600_000_000))
    assert here.attribution.advance()
    assert EvidenceRequest(differ.id).build(here).headline[1].value == "7"
    assert "explained" in EvidenceRequest(lost.id).build(here).missing


def test_from_a_call_to_what_was_tracked_for_its_context():
    call = replace(sample_calls()[-1], context_id="abc")
    here = replace(sample_sources([call]), attribution=sample_attribution())
    here.reader.context = lambda _: Context("abc", '{"key":"user-6","kind":"user","plan":"pro"}')
    page = TraceRequest(call.id).build(here)
    assert page.events_title.endswith("user user-6")
    assert [row.cells["verdict"].text for row in page.events] == ["", "▲ attributes differ"]
    assert page.rows()[1]["value"] == "0.0123"
    assert page.headline[-1].note == "1 not clean"


def test_a_call_without_a_context_falls_back_to_its_user_and_else_says_how_to_record_one():
    calls = [replace(sample_calls()[0], user_id="user-1", context_id=""), sample_calls()[1]]
    here = replace(sample_sources(calls), attribution=sample_attribution())
    assert len(TraceRequest(1).build(here).events) == 2
    assert "context=" in TraceRequest(2).build(here).missing
    assert "999" in TraceRequest(999).build(here).missing


def test_the_overview_counts_unattributed_events_only_where_there_are_events():
    labels = {figure.label: figure for figure in OverviewRequest().build(sources()).headline}
    assert (labels["unattributed"].value, labels["unattributed"].note) == ("1", "of 12 events")
    assert unattributed(sample_sources()) == ()
    only_doubtful = sample_evidence()
    only_doubtful.events.pop()
    (figure,) = unattributed(sources(only_doubtful))
    assert (figure.value, figure.note, figure.tone) == ("0", "6 doubtful", "warn")


def test_the_evidence_says_what_each_side_would_be_served():
    def serve(flag, context):
        return Outcome("b" if "user" in context else "a", f"rule of {flag}")

    with_flags = replace(sources(), serve=serve)
    group = of_verdict(AttributionRequest().build(with_flags), "attributes_differ")
    page = EvidenceRequest(group.id).build(with_flags)
    facts = {pair.label: pair.value for section in page.sections for pair in section.pairs}
    assert facts["eval. serves"] == f"a (rule of {group.config})"
    assert facts["track serves"] == f"b (rule of {group.config})"


def test_a_cause_is_told_in_full_with_its_lines_and_the_fix():
    page = AttributionRequest().build(sources())
    group = of_verdict(page, "attributes_differ")
    told = page.in_full(group.id)
    assert told.startswith(group.why)
    assert "tracked at app/bill.py:17" in told
    assert group.fix in told
    assert page.in_full("gone") == page.in_full(None) == ""
