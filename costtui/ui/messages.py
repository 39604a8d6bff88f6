"""What the feed tells the app."""

from textual.message import Message

from costtui.view.snapshot import Snapshot


class SnapshotTaken(Message):
    """The feed has a new picture of the store; only the newest one waiting is handled."""

    def __init__(self, snapshot: Snapshot) -> None:
        super().__init__()
        self.snapshot = snapshot

    def can_replace(self, message: Message) -> bool:
        """Replace a snapshot that nobody has looked at."""
        return isinstance(message, SnapshotTaken)
