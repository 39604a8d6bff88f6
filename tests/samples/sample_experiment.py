"""An experiment of two variations: most events count, some lack an attribute, and some bear a key that nobody was served."""

from collections.abc import Mapping
from dataclasses import replace
from random import Random

from sample_store import MINUTE, NOW_US, MemoryReader, sample_calls, sample_sources

from costtui.facts import Exposure, MetricEvent
from costtui.reading import EvidencePage, VariationCalls
from costtui.view.snapshot import Sources
from costtui.window import DAY_US, Span

USERS = 240
FLAG = "ai-config"
METRIC = "ai_cost_per_request"
TIERS = ("trial", "starter", "premium")


class ExperimentReader(MemoryReader):
    """The sample history with exposures, metric events and calls by variation."""

    exposures: tuple[Exposure, ...] = ()
    events: tuple[MetricEvent, ...] = ()
    found: Mapping[tuple[str, str], VariationCalls] = {}

    def evidence(self, after: tuple[int, ...] = (0, 0), limit: int = 5000) -> EvidencePage:
        exposures = self.exposures[after[0] : after[0] + limit]
        events = self.events[after[1] : after[1] + limit]
        return EvidencePage(exposures, events, (after[0] + len(exposures), after[1] + len(events)))

    def variations(self, span: Span | None) -> Mapping[tuple[str, str], VariationCalls]:
        return self.found


def experiment_sources(*, lost: bool = True, users: int = USERS) -> Sources:
    """Return sources with the experiment over ten days; ``lost``: a part of its events does not count."""
    random = Random(5)
    reader = ExperimentReader(sample_calls(200))
    exposures, events = [], []
    found = {(FLAG, name): VariationCalls() for name in ("motherduck-ai", "webllm")}
    for number in range(users):
        name = ("motherduck-ai", "webllm")[number % 2]
        at = NOW_US - 10 * DAY_US + number * (10 * DAY_US // users)
        who = _context(f"user-{number}", TIERS[number % 3])
        units = {"user": f"user-{number}"}
        exposures.append(
            Exposure(
                "env",
                FLAG,
                at,
                0,
                who,
                units,
                "feature",
                True,
                name,
                1,
                "FALLTHROUGH",
                sender="PythonClient/9.20.0",
            )
        )
        for request in range(3):
            cost = (0.0010 if name == "motherduck-ai" else 0.0006) * random.lognormvariate(0, 0.3)
            event = MetricEvent(
                "env", METRIC, at + (request + 1) * MINUTE, 1, who, units, "custom", cost,
                config_key=FLAG, variation_key=name, sender="PythonClient/9.20.0",
            )  # fmt: skip
            events.append(_spoilt(event, number) if lost else event)
        calls = found[FLAG, name]
        calls.calls += 3
        calls.cost.add(3_000_000, 3)
        calls.latency.add(sum(random.randrange(400, 900) for _ in range(3)), 3)
        calls.success.add(3 - (number % 97 == 0), 3)
    reader.exposures, reader.events, reader.found = tuple(exposures), tuple(events), found
    return replace(sample_sources(), reader=reader)


def _context(key: str, tier: str, **more: object) -> dict[str, object]:
    return dict(sorted({"kind": "user", "key": key, "tier": tier, **more}.items()))


def _spoilt(event: MetricEvent, number: int) -> MetricEvent:
    if number % 10 == 3:
        assert event.context is not None
        return replace(event, context=dict(sorted({**event.context, "user": event.units["user"]}.items())))
    if number % 10 == 6:
        return replace(
            event, units={"user": f"request-{number}"}, context=_context(f"request-{number}", "trial")
        )
    return event
