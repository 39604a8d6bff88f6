"""Streams of exposures and metric events for tests."""

from typing import Any

from costtui.attribution.contexts import normal
from costtui.facts import Exposure, MetricEvent

METRIC = "ai_cost_per_request"


def context(key: str, kind: str = "user", **attributes: Any) -> dict[str, Any]:
    return {"kind": kind, "key": key, **attributes}


def multi(**contexts: dict[str, Any]) -> dict[str, Any]:
    return {"kind": "multi", **contexts}


def units_of(found: dict[str, Any]) -> dict[str, str]:
    if found["kind"] == "multi":
        return {kind: inner["key"] for kind, inner in found.items() if kind != "kind"}
    return {found["kind"]: found["key"]}


def exposed(at: int, who: dict[str, Any], **changes: Any) -> Exposure:
    values: dict[str, Any] = {
        "environment": "sdk-11111111", "flag": "exp", "at_us": at, "order": 0, "context": normal(who), "units": units_of(who),
        "witness": "feature", "in_experiment": True, "variation": "1", "version": 1,
    }  # fmt: skip
    return Exposure(**{**values, **changes})


def tracked(at: int, who: dict[str, Any], **changes: Any) -> MetricEvent:
    values: dict[str, Any] = {
        "environment": "sdk-11111111", "key": METRIC, "at_us": at, "order": 1, "context": normal(who), "units": units_of(who),
        "witness": "custom", "value": 0.01, "config_key": "", "sender": "PythonClient/9.20.0",
    }  # fmt: skip
    return MetricEvent(**{**values, **changes})


def summary(at: int, flag: str, count: int, **changes: Any) -> Exposure:
    values: dict[str, Any] = {
        "environment": "sdk-11111111", "flag": flag, "at_us": at, "order": 9, "context": None, "units": {"user": ""},
        "witness": "summary", "count": count,
    }  # fmt: skip
    return Exposure(**{**values, **changes})
