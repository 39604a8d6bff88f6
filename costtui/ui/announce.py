"""What the user is told when alerts begin: each once, and all that begin together in one sentence."""

from collections.abc import Sequence

from costtui.facts import Alert, Severity


class Announcer:
    """Remembers which alerts have been told."""

    def __init__(self) -> None:
        """Start with nothing told."""
        self._told: set[tuple[str, str, int]] = set()

    def news(self, begun: Sequence[Alert]) -> tuple[str, bool] | None:
        """Return a sentence on the alerts that were not told yet and whether one is an error, None for nothing new.

        The worst comes first in ``begun``; mere information is for the list of alerts alone.
        """
        fresh = [
            alert
            for alert in begun
            if alert.severity is not Severity.INFO
            and (alert.rule, alert.subject, alert.since_us) not in self._told
        ]
        self._told.update((alert.rule, alert.subject, alert.since_us) for alert in fresh)
        if not fresh:
            return None
        more = f"\nand {len(fresh) - 1} more · a lists them" if len(fresh) > 1 else ""
        return f"{fresh[0].message}{more}", fresh[0].severity is Severity.ERROR
