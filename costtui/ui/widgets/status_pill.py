"""How the store is, as one word and an age."""

from dataclasses import dataclass

from costtui import format
from costtui.ui.widgets.fit import cut
from costtui.view.snapshot import Health, StoreStatus

_STALE_US = 10_000_000
_QUIET_US = 60_000_000


@dataclass(frozen=True, slots=True)
class Pill:
    """A word, what follows it, and the tone of both."""

    word: str
    text: str = ""
    tone: str = "ok"

    def at_most(self, width: int) -> str:
        """Return the pill in words, cut to a width."""
        return cut(f"● {self.word} {self.text}".rstrip(), width)


def pill(
    status: StoreStatus | None, now_us: int, *, paused: bool = False, missed: int = 0, failure: str = ""
) -> Pill:
    """Return the pill for a store at an instant; ``missed`` calls have arrived during the pause.

    A failure of the monitor itself comes first, then trouble with the store, then the pause.
    """
    if failure:
        return Pill("ERROR", failure, "error")
    if status is None:
        return Pill("READING", "", "muted")
    age = None if status.read_us is None else now_us - status.read_us
    aged = "" if age is None else format.age(age)
    if status.health is Health.ERROR:
        return Pill("ERROR", status.text or aged, "error")
    if status.health is Health.NO_STORE:
        return Pill("NO STORE", status.path, "warn")
    if status.health is Health.READING:
        return Pill("READING", status.text, "muted")
    if paused:
        return Pill("PAUSED", f"+{format.count(missed)}", "accent")
    if status.health is Health.STALE or (age is not None and age > _STALE_US):
        return Pill("STALE", aged, "warn")
    quiet = None if status.newest_us is None else now_us - status.newest_us
    if quiet is not None and quiet > _QUIET_US:
        return Pill("LIVE", f"{aged} · newest call {format.age(quiet)} ago")
    return Pill("LIVE", aged)
