"""Evaluations and tracked costs, seen by a tap and a plugin of their own, and judged at once."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from costtui.attribution.contexts import Json, build_multi_context, fingerprint, individuals
from costtui.attribution.debugger import Debugger
from costtui.attribution.events import Fact
from costtui.attribution.groups import Group
from costtui.attribution.verdicts import Metric
from costtui.facts import Exposure
from costtui.launchdarkly.capture import Capture
from costtui.launchdarkly.flags import Flags, FlagSource, Served
from costtui.launchdarkly.forward import Upstream, check_upstream
from costtui.launchdarkly.plugin import AttributionPlugin
from costtui.launchdarkly.tap import Tap

METRIC = "ai_cost_per_request"
_LIVE = "https://events.launchdarkly.com"
_ALLOWED = frozenset(
    (
        "key",
        "kind",
        "email",
        "tier",
        "role",
        "queryComplexity",
        "deviceType",
        "region",
        "name",
        "industry",
        "contractValue",
    )
)
"""Attributes that the historical bug let through to the evaluation; ``user`` was not among them."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What a trial showed."""

    groups: tuple[Group, ...]
    """Verdicts on the tracked events."""
    facts: tuple[Fact, ...]
    """What happened, as the tap and the plugin saw it."""
    sent: tuple[Fact, ...]
    """What came through the tap, in the order in which it was sent."""

    def verdict(self, config: str, context: Json) -> Group | None:
        """Return the verdict on what was tracked of an AI Config with a context, None where nothing was."""
        own = fingerprint(context)
        return next(iter(_judge(fact for fact in self.facts if _is_about(fact, config, own))), None)


class Experiment:
    """Evaluates and tracks through the official SDK; what is sent goes through a tap, to LaunchDarkly only if live.

    A plugin sees the same in the process, with the source lines of whoever calls.
    """

    def __init__(self, source: FlagSource, sink: Callable[[Sequence[Fact]], None]) -> None:
        """Start; ``sink`` gets what is recorded. Raises SettingsError."""
        self._facts: list[Fact] = []
        self._sent: list[Fact] = []
        self._sink = sink
        self._upstream = Upstream(check_upstream(_LIVE)) if source.sdk_key else None
        self._capture = Capture(self._keep_sent)
        self._tap = Tap(self._capture, self._upstream)
        self._plugin = AttributionPlugin(_Sink(self._keep))
        try:
            self._flags = Flags(source, events_uri=self._tap.url, plugins=(self._plugin,))
        except BaseException:
            self._close_tap()
            raise

    def serve(self, config: str, context: Json) -> Served:
        """Evaluate an AI Config."""
        return self._flags.serve(config, context)

    def look(self, config: str, context: Json) -> tuple[str, str]:
        """Return variation and reason of what a context would be served; nothing is sent for it."""
        return self._flags.look(config, context)

    def track(self, served: Served, context: Json, usd: float, **more: Any) -> None:
        """Track what a request cost, with what it was served."""
        data: Mapping[str, Any] = {
            "configKey": served.config,
            "variationKey": served.variation,
            "version": served.version,
            "modelName": served.model,
            "providerName": served.provider,
            **more,
        }
        self._flags.track(METRIC, context, data, usd)

    def finish(self) -> Judged:
        """Deliver what is waiting, and judge it."""
        self.close()
        return Judged(_judge(self._facts), tuple(self._facts), tuple(self._sent))

    def close(self) -> None:
        """Deliver what is waiting, and stop."""
        self._flags.close()
        self._close_tap()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self.close()

    def _keep_sent(self, facts: Sequence[Fact]) -> None:
        self._sent += facts
        self._keep(facts)

    def _keep(self, facts: Sequence[Fact]) -> None:
        self._facts += facts
        self._sink(facts)

    def _close_tap(self) -> None:
        self._plugin.close()
        self._tap.close()
        self._capture.close()
        if self._upstream is not None:
            self._upstream.close()


@dataclass(frozen=True, slots=True)
class _Sink:
    """Takes what the plugin writes."""

    keep: Callable[[Sequence[Fact]], None]

    def write(self, *facts: Any) -> None:
        self.keep(facts)

    def close(self) -> None:
        """Nothing is open."""


def _judge(facts: Iterable[Fact]) -> tuple[Group, ...]:
    debugger = Debugger([Metric(METRIC)])
    debugger.feed(facts)
    return debugger.report().groups


def _is_about(fact: Fact, config: str, context: str) -> bool:
    if isinstance(fact, Exposure):
        return fact.flag == config
    return fact.config_key == config and fact.context is not None and fingerprint(fact.context) == context


def allow_listed(context: Json) -> Json:
    """Return a context with the attributes that the historical bug let through to the evaluation."""
    return _of_kinds(context, lambda kind, inner: {name: inner[name] for name in inner if name in _ALLOWED})


def with_user_id(context: Json) -> Json:
    """Return a context whose user has its id as an attribute ``user``, too, as in the application of the incident."""

    def named(kind: str, inner: Json) -> Json:
        return {**inner, "user": inner["key"]} if kind == "user" and "user" not in inner else inner

    return _of_kinds(context, named)


def _of_kinds(context: Json, change: Callable[[str, Json], Json]) -> Json:
    changed = [{**change(kind, inner), "kind": kind} for kind, inner in individuals(context).items()]
    return build_multi_context(*changed)
