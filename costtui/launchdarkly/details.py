"""What the SDK said of its last evaluations: the AI SDK keeps variation and reason to itself."""

import threading
from typing import Any

from ldclient.hook import EvaluationSeriesContext, Hook, Metadata


class Details(Hook):
    """Remembers, by thread, the detail of the last evaluation of each flag, so that none is evaluated twice."""

    def __init__(self) -> None:
        self._local = threading.local()

    @property
    def metadata(self) -> Metadata:
        """The hook's name."""
        return Metadata("costtui details")

    def of(self, key: str) -> Any:
        """Return the detail of the last evaluation of a flag in this thread and forget it; None where there was none."""
        return self._known.pop(key, None)

    def before_evaluation(
        self, series_context: EvaluationSeriesContext, data: dict[Any, Any]
    ) -> dict[Any, Any]:
        """Do nothing (called by the SDK)."""
        return data

    def after_evaluation(
        self, series_context: EvaluationSeriesContext, data: dict[Any, Any], detail: Any
    ) -> dict[Any, Any]:
        """Remember the detail (called by the SDK)."""
        self._known[series_context.key] = detail
        return data

    @property
    def _known(self) -> dict[str, Any]:
        known: dict[str, Any] = self._local.__dict__
        return known
