"""Where alerts go, as the settings say."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Channels:
    """Where alerts go."""

    webhook: str = ""
    """URL that takes Slack-compatible JSON by POST; it may hold a secret and is never shown."""
    command: tuple[str, ...] = ()
    """Program and arguments; it finds the alert as JSON on its standard input and in ``COSTTUI_ALERT``."""

    def __repr__(self) -> str:
        return f"Channels(webhook={'***' if self.webhook else None}, command={self.command[:1]})"

    def __bool__(self) -> bool:
        return bool(self.webhook or self.command)
