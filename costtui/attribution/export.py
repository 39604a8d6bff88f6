"""A report for other programs: JSON and JUnit."""

import math
import re
from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree as Xml

from costtui.attribution.groups import Group, Report
from costtui.attribution.served import Serve, served, served_json
from costtui.attribution.verdicts import Severity
from costtui.money import usd

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def report_json(report: Report, serve: Serve | None = None) -> dict[str, Any]:
    """Return a report as JSON values; dollars are numbers, null where the metric counts no dollars.

    Where flag data is at hand, ``served`` of a group says what its contexts would be served.
    """
    return {
        "metric": report.metric,
        "events": report.events,
        "attributed": report.attributed,
        "unattributed": report.unattributed,
        "cannot_tell": report.cannot_tell,
        "cost_usd": _dollars(report.cost_nano),
        "unattributed_cost_usd": _dollars(report.unattributed_nano),
        "groups": [group_json(group, serve) for group in report.groups],
    }


def group_json(group: Group, serve: Serve | None = None) -> dict[str, Any]:
    """Return one group as JSON values."""
    found = served(group, serve) if serve is not None else None
    return {
        "verdict": group.verdict.value,
        "severity": group.severity.value,
        "events": group.events,
        "units": group.units,
        "cost_usd": _dollars(group.cost_nano),
        "config": group.config,
        "witness": group.witness,
        "differences": [
            {
                "kind": each.kind,
                "attribute": each.attribute,
                "change": each.change.value,
                "evaluated": _finite(each.evaluated),
                "tracked": _finite(each.tracked),
            }
            for each in group.differences
        ],
        "notes": [note.value for note in group.notes],
        "call_sites": list(group.call_sites),
        "why": group.why,
        "fix": group.fix,
    } | ({"served": served_json(found)} if found is not None else {})


def report_junit(report: Report, *, strict: bool = False) -> str:
    """Return a report as JUnit XML: one test case per group; what could not be told is skipped."""
    suite = Xml.Element("testsuite", name=_clean(f"costtui check {report.metric}"))
    if not report.groups:
        case = Xml.SubElement(suite, "testcase", classname=_clean(report.metric), name="events were captured")
        Xml.SubElement(case, "skipped", message="no event of this metric was captured")
    for group in report.groups:
        _test_case(suite, group, strict)
    suite.set("tests", str(len(suite)))
    suite.set("failures", str(len(suite.findall("testcase/failure"))))
    suite.set("skipped", str(len(suite.findall("testcase/skipped"))))
    suite.set("errors", "0")
    Xml.indent(suite)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + Xml.tostring(suite, encoding="unicode") + "\n"


def _test_case(suite: Xml.Element, group: Group, strict: bool) -> None:
    name = " ".join(part for part in (group.verdict.value, group.config, f"({group.events} events)") if part)
    case = Xml.SubElement(suite, "testcase", classname=_clean(group.metric), name=_clean(name))
    failed = group.severity is Severity.ERROR or (strict and group.severity is Severity.WARNING)
    if failed or group.severity is Severity.INFO:
        outcome = Xml.SubElement(case, "failure" if failed else "skipped", message=_clean(group.why))
        if failed:
            outcome.set("type", group.verdict.value)
        outcome.text = _clean("\n".join(part for part in (group.fix, *group.call_sites) if part))
    elif group.severity is Severity.WARNING:
        Xml.SubElement(case, "system-out").text = _clean(f"warning: {group.why}\n{group.fix}")


def _dollars(amount_nano: int | None) -> float | None:
    return None if amount_nano is None else float(usd(amount_nano))


def _finite(value: Any) -> Any:
    """Return a value that strict JSON can hold."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, Mapping):
        return {name: _finite(inner) for name, inner in value.items()}
    return [_finite(inner) for inner in value] if isinstance(value, list) else value


def _clean(text: str) -> str:
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)
