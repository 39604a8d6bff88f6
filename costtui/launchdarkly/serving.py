"""Flags evaluated again from a file or the sample project, by the official SDK, offline."""

import json
from collections import OrderedDict
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

from costtui.attribution.served import Outcome
from costtui.launchdarkly.flags import Flags, FlagSource

SAMPLE = "sample"
"""Names the sample project instead of a file."""
_REMEMBERED = 500


class Serving:
    """Evaluates flags for contexts. The SDK starts with the first evaluation, or as a context manager's is entered."""

    def __init__(self, path: str) -> None:
        """Take flag data from a file, or from the sample project (``sample``)."""
        self._source = FlagSource(path="" if path == SAMPLE else path)
        self._flags: Flags | None = None
        self._known: OrderedDict[tuple[str, str], Outcome | None] = OrderedDict()

    def __call__(self, flag: str, context: Mapping[str, Any]) -> Outcome | None:
        """Return what a context would be served, None for a flag that is not there. Raises SettingsError."""
        place = flag, json.dumps(context, sort_keys=True, default=str)
        if place not in self._known:
            if len(self._known) >= _REMEMBERED:
                self._known.popitem(last=False)
            variation, reason = self._started().look(flag, dict(context))
            self._known[place] = Outcome(variation, reason) if variation or reason else None
        return self._known[place]

    def close(self) -> None:
        """Stop the SDK."""
        if self._flags is not None:
            self._flags.close()
            self._flags = None

    def _started(self) -> Flags:
        if self._flags is None:
            self._flags = Flags(self._source)
        return self._flags

    def __enter__(self) -> Self:
        self._started()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
