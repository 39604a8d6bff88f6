"""How the store stands for the user: the newest snapshot, how old it is by now, and what holds it still."""

from collections.abc import Callable

from costtui.ui.heading import explanation
from costtui.ui.widgets.status_pill import Pill, pill
from costtui.view.snapshot import Snapshot


class Standing:
    """Remembers the newest snapshot, drawn or not, a pause, and why the feed stopped."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """Start before anything was read; ``clock`` counts seconds and never goes back."""
        self.snapshot: Snapshot | None = None
        self.paused = False
        self.failure = ""
        """Why the feed stopped, empty while it runs."""
        self._clock = clock
        self._taken_at = 0.0
        self._seen_at_pause = 0

    def take(self, snapshot: Snapshot) -> None:
        """Replace the snapshot; a feed that gives one has not failed."""
        self.snapshot, self.failure = snapshot, ""
        self._taken_at = self._clock()

    def toggle_pause(self) -> None:
        """Pause, counting from here what arrives, or go on."""
        self.paused = not self.paused
        self._seen_at_pause = 0 if self.snapshot is None else self.snapshot.calls_seen

    @property
    def now_us(self) -> int:
        """The time of the snapshot plus what has passed since, so that ages go on while nothing comes."""
        if self.snapshot is None:
            return 0
        return self.snapshot.now_us + int((self._clock() - self._taken_at) * 1e6)

    def pill(self) -> Pill:
        """Return the state as a word and an age."""
        snapshot = self.snapshot
        missed = 0 if snapshot is None else max(snapshot.calls_seen - self._seen_at_pause, 0)
        status = None if snapshot is None else snapshot.status
        return pill(status, self.now_us, paused=self.paused, missed=missed, failure=self.failure)

    def explained(self) -> str:
        """Return the state in sentences."""
        text = "Nothing read yet." if self.snapshot is None else explanation(self.snapshot)
        return f"{self.failure}\n\n{text}".strip()
