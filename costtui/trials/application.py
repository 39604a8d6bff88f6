"""What the application of the incident does for a request: evaluate an AI Config, and track what the answer cost.

The lines that evaluate and track are those that verdicts on tried calls name as their source.
"""

from typing import TYPE_CHECKING, Any

from costtui.attribution.contexts import Json

if TYPE_CHECKING:
    from costtui.launchdarkly.flags import Served
    from costtui.launchdarkly.trial import Experiment


class Application:
    """Evaluates and tracks for one context: the same, unless the historical bug is on."""

    def __init__(self, experiment: "Experiment", context: Json, *, legacy: bool) -> None:
        from costtui.launchdarkly.trial import allow_listed, with_user_id

        self.tracked = with_user_id(context) if legacy else context
        """The context that costs are tracked with."""
        self.evaluated = allow_listed(self.tracked) if legacy else self.tracked
        """The context that flags are evaluated with: of the historical bug, without attributes nobody listed."""
        self._experiment = experiment

    def evaluate(self, config: str) -> "Served":
        """Return what an AI Config serves."""
        return self._experiment.serve(config, self.evaluated)

    def track(self, served: "Served", usd: float, **more: Any) -> None:
        """Track what the answer cost."""
        self._experiment.track(served, self.tracked, usd, **more)

    def served_elsewhere(self, served: "Served") -> tuple[str, str]:
        """Return variation and reason of what the tracking context would be served; nothing is sent."""
        if self.tracked is self.evaluated:
            return served.variation, served.reason
        return self._experiment.look(served.config, self.tracked)
