"""One evaluation and one tracked cost, seen by a tap of its own, and judged at once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from costtui.attribution.contexts import Json
from costtui.attribution.debugger import Debugger
from costtui.attribution.events import Fact
from costtui.attribution.groups import Group
from costtui.attribution.verdicts import Metric
from costtui.launchdarkly.capture import Capture
from costtui.launchdarkly.flags import Flags, FlagSource, Served
from costtui.launchdarkly.forward import Upstream, check_upstream
from costtui.launchdarkly.sample import sample_context
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
    """What was sent, as the tap saw it."""


class Experiment:
    """Evaluates and tracks through the official SDK; what is sent goes through a tap, to LaunchDarkly only if live."""

    def __init__(self, source: FlagSource, sink: Callable[[Sequence[Fact]], None]) -> None:
        """Start; ``sink`` gets what is recorded. Raises SettingsError."""
        self._facts: list[Fact] = []
        self._sink = sink
        self._upstream = Upstream(check_upstream(_LIVE)) if source.sdk_key else None
        self._capture = Capture(self._keep)
        self._tap = Tap(self._capture, self._upstream)
        try:
            self._flags = Flags(source, events_uri=self._tap.url)
        except BaseException:
            self._close_tap()
            raise

    def serve(self, config: str, context: Json) -> Served:
        """Evaluate an AI Config."""
        return self._flags.serve(config, context)

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
        debugger = Debugger([Metric(METRIC)])
        debugger.feed(self._facts)
        return Judged(debugger.report().groups, tuple(self._facts))

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

    def _keep(self, facts: Sequence[Fact]) -> None:
        self._facts += facts
        self._sink(facts)

    def _close_tap(self) -> None:
        self._tap.close()
        self._capture.close()
        if self._upstream is not None:
            self._upstream.close()


def trial_contexts(name: str, user: str = "", *, legacy: bool) -> tuple[Json, Json]:
    """Return the contexts for evaluating and for tracking: one and the same, unless the historical bug is on.

    The application of the incident put its user's id into an attribute ``user``, and its list of attributes for the
    evaluation left that out.
    """
    context = sample_context(name, user)
    context["user"] = {**context["user"], "user": context["user"]["key"]}
    return (_allow_listed(context) if legacy else context), context


def _allow_listed(context: Json) -> Json:
    return {
        kind: {attribute: value for attribute, value in inner.items() if attribute in _ALLOWED}
        if isinstance(inner, dict)
        else inner
        for kind, inner in context.items()
    }
