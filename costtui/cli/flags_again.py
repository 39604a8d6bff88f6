"""Flag data as the monitor is handed it: what a context would be served."""

from __future__ import annotations

import logging
import os
from functools import cache
from typing import TYPE_CHECKING, Any

from costtui.errors import CosttuiError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from costtui.attribution.served import Outcome, Serve
    from costtui.launchdarkly.serving import Serving

_log = logging.getLogger("costtui")


def flags_again() -> Serve:
    """Return what evaluates flags of the file that ``COSTTUI_FLAGS`` names, else of the sample project.

    The SDK starts when it is first asked, and never goes to the network.
    """

    @cache
    def serving() -> Serving:
        from costtui.launchdarkly.serving import SAMPLE, Serving
        from costtui.trials.bench import FLAG_FILE

        return Serving(os.environ.get(FLAG_FILE) or SAMPLE)

    broken: list[CosttuiError] = []

    def serve(flag: str, context: Mapping[str, Any]) -> Outcome | None:
        if broken:
            return None
        try:
            return serving()(flag, context)
        except CosttuiError as error:  # a page without it is better than none
            broken.append(error)
            _log.warning("flags are not evaluated again: %s", error)
            return None

    return serve
