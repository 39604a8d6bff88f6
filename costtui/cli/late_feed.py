"""A feed whose rooms are imported in its own thread, after the first paint."""

from __future__ import annotations

import gc
from contextlib import ExitStack
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager

    from costtui.alerts.watch import Watch
    from costtui.feed import Feed, Progress
    from costtui.reading import Opened
    from costtui.settings import Settings
    from costtui.view.snapshot import Publish, Request


class LateFeed:
    """Stands for a feed until its thread starts, and is that feed from then on."""

    def __init__(
        self,
        open_store: Callable[[Progress | None], Opened],
        paths: Sequence[str],
        settings: Settings,
        *,
        alone: bool = False,
    ) -> None:
        """Remember what the feed will be made of; ``alone``: alerts go nowhere but to the screen."""
        self._open_store = open_store
        self._paths = paths
        self._settings = settings
        self._alone = alone
        self._feed: Feed | None = None

    def follow(self, requests: Callable[[], Request], publish: Publish, stopped: threading.Event) -> None:
        """Follow the store until stopped."""
        from costtui.cli.flags_again import flags_again
        from costtui.cli.other_prices import other_prices
        from costtui.feed import Feed
        from costtui.position import Viewer

        settings = self._settings
        viewer = Viewer(
            settings.zone,
            settings.budgets,
            price_of=other_prices(settings),
            experiments=settings.experiments,
            metrics=settings.metrics,
            serve=flags_again(),
        )
        with ExitStack() as ends:
            self._feed = Feed(
                self._open_store, ", ".join(self._paths), viewer, lambda: ends.enter_context(self._watching())
            )
            # What was imported stays: every later search for garbage, which stops the screen, passes over it.
            gc.freeze()
            gc.enable()
            self._feed.follow(requests, publish, stopped)

    def _watching(self) -> AbstractContextManager[Watch]:
        from costtui.cli.watching import watching

        return watching(self._paths, self._settings, alone=self._alone)

    def wake(self) -> None:
        """Look at the request at once."""
        if self._feed is not None:
            self._feed.wake()
