"""The attribution report: which metric events count in an experiment, and by cause why others do not."""

from dataclasses import replace

from costtui.attribution.difference import Difference, json_text
from costtui.attribution.export import group_json
from costtui.attribution.groups import Group, Report
from costtui.attribution.live import Attribution
from costtui.attribution.verdicts import Severity
from costtui.format import UNKNOWN, count, money, percent
from costtui.money import usd
from costtui.reading import EvidenceReader
from costtui.report.document import Block, Document, Fact, Facts, Note, grid
from costtui.report.frame import document
from costtui.view.attribution import HOW_TO, TABLE, Line, verdict_text
from costtui.view.clock import start_of_day
from costtui.view.snapshot import Sources
from costtui.view.table import Field, Table

DIFFERENCES: Table[tuple[Group, Difference]] = Table(
    Field("config", "config", 14, lambda it: it[0].config, None, align="left", help="flag or AI Config"),
    Field("events", "events", 6, lambda it: it[0].events, None, help="metric events with this cause"),
    Field("kind", "kind", 12, lambda it: it[1].kind, None, align="left", help="context kind"),
    Field(
        "attribute",
        "attribute",
        16,
        lambda it: it[1].attribute,
        None,
        align="left",
        help="its name, or path",
    ),
    Field("change", "change", 9, lambda it: it[1].change.value, None, align="left", help="what is different"),
    Field(
        "evaluated",
        "evaluated with",
        20,
        lambda it: _value(it[1].evaluated),
        None,
        align="left",
        help="value at variation()",
    ),
    Field(
        "tracked",
        "tracked with",
        20,
        lambda it: _value(it[1].tracked),
        None,
        align="left",
        help="value at track()",
    ),
)
"""Columns of what differs between evaluation and track()."""


def attribution_report(sources: Sources) -> Document:
    """Return the verdicts on all metric events that are stored: exposures of any time count. Raises StoreError."""
    report = _judged(sources)
    if report is None or not report.groups:
        return document("attribution", "Attribution", sources, [Note(HOW_TO)])
    today = start_of_day(sources.now_us, sources.zone)
    causes = grid(
        "causes",
        "Causes, worst first",
        TABLE,
        [Line(group, report.events, sources.zone, today) for group in report.groups],
    )
    records = [
        {**record, **group_json(group)} for record, group in zip(causes.records, report.groups, strict=True)
    ]
    blocks: list[Block] = [_facts(report), replace(causes, records=tuple(records))]
    changes = [(group, each) for group in report.groups for each in group.differences]
    if changes:
        blocks.append(
            grid("differences", "What differs, by the first event of a cause", DIFFERENCES, changes)
        )
    blocks += [_advice(group) for group in report.groups if group.severity is not Severity.OK]
    blocks.append(Note("All metric events of the store are judged, whatever the window."))
    return document("attribution", "Attribution", sources, blocks)


def _judged(sources: Sources) -> Report | None:
    if sources.attribution is not None:
        return sources.attribution.report
    if not isinstance(sources.reader, EvidenceReader):
        return None
    found = Attribution(sources.reader, sources.metrics)
    while found.advance():
        pass
    return found.report


def _facts(report: Report) -> Facts:
    doubtful = sum(group.events for group in report.groups if group.severity is Severity.WARNING)
    shown = [
        ("events", "metric events", report.events),
        ("attributed", "attributed", report.attributed),
        ("doubtful", "of these doubtful", doubtful),
        ("unattributed", "not attributed", report.unattributed),
        ("cannot_tell", "cannot tell", report.cannot_tell),
    ]
    return Facts(
        "attribution",
        "",
        (
            *(
                Fact(key, label, number, f"{count(number)}, {percent(number, report.events)}")
                for key, label, number in shown
            ),
            _dollars("cost_usd", "tracked cost", report.cost_nano),
            _dollars("unattributed_cost_usd", "not attributed cost", report.unattributed_nano),
        ),
    )


def _dollars(key: str, label: str, amount_nano: int | None) -> Fact:
    return Fact(key, label, None if amount_nano is None else float(usd(amount_nano)), money(amount_nano))


def _advice(group: Group) -> Note:
    sites = f" {'; '.join(group.call_sites)}." if group.call_sites else ""
    advice = group.fix.partition("\n")[0]
    said = f"{verdict_text(group)} ({count(group.events)}): {group.why}{sites} {advice}"
    return Note(said, warning=group.severity is not Severity.INFO)


def _value(value: object) -> str:
    return UNKNOWN if value is None else json_text(value)
