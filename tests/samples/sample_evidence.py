"""Exposures and metric events of one flag: clean ones, the extra attribute of the historical incident, and a wrong key."""

from collections.abc import Sequence

from sample_store import MINUTE, NOW_US

from costtui.attribution.live import Attribution
from costtui.facts import Exposure, MetricEvent
from costtui.reading import EvidencePage


class MemoryEvidence:
    """Answers with exposures and events from lists, whose positions are their ids."""

    def __init__(self, exposures: Sequence[Exposure], events: Sequence[MetricEvent]) -> None:
        self.exposures, self.events = list(exposures), list(events)

    def evidence(self, after: tuple[int, ...] = (0, 0), limit: int = 5000) -> EvidencePage:
        exposures = tuple(self.exposures[after[0] : after[0] + limit])
        events = tuple(self.events[after[1] : after[1] + limit])
        return EvidencePage(exposures, events, (after[0] + len(exposures), after[1] + len(events)))


def context(key: str, **more: object) -> dict[str, object]:
    return dict(sorted({"kind": "user", "key": key, "plan": "pro", "country": "US", **more}.items()))


def exposure(key: str, at_us: int) -> Exposure:
    return Exposure(
        "env", "ai-config", at_us, 0, context(key), {"user": key}, "feature", True, "webllm", 3, "FALLTHROUGH",
        call_site="app/answer.py:41", sender="PythonClient/9.20.0",
    )  # fmt: skip


def tracked(key: str, at_us: int, value: object = 0.0123, **more: object) -> MetricEvent:
    return MetricEvent(
        "env", "ai_cost_per_request", at_us, 1, context(key, **more), {"user": key}, "custom", value,
        {"configKey": "ai-config", "variationKey": "webllm"}, config_key="ai-config", variation_key="webllm",
        call_site="app/bill.py:17", sender="PythonClient/9.20.0",
    )  # fmt: skip


def sample_evidence() -> MemoryEvidence:
    exposures, events = [], []
    for number in range(12):
        key, at = f"user-{number}", NOW_US - (60 - number) * MINUTE
        exposures.append(exposure(key, at))
        if number < 5:
            events.append(tracked(key, at + 1_000_000))
        elif number < 11:
            events.append(tracked(key, at + 1_000_000, user=key))
    events.append(tracked("request-8812", NOW_US - 30 * MINUTE))
    return MemoryEvidence(exposures, events)


def sample_attribution(evidence: MemoryEvidence | None = None) -> Attribution:
    found = Attribution(evidence or sample_evidence())
    while found.advance():
        pass
    return found
