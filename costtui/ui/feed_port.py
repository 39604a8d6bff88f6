"""What the monitor needs of a feed; it is handed one and never opens a store itself."""

import threading
from collections.abc import Callable
from typing import Protocol

from costtui.view.snapshot import Publish, Request


class Feed(Protocol):
    """Reads the store in a thread of the monitor."""

    def follow(self, requests: Callable[[], Request], publish: Publish, stopped: threading.Event) -> None:
        """Publish snapshots for the current request until stopped; at least one a second, so that ages are true."""
        ...

    def wake(self) -> None:
        """Look at the request again, now; called from the monitor's thread."""
        ...
