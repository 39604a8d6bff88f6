"""What watches the stores of a monitor for alerts, as the settings say."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from costtui.alerts.episode_file import EpisodeFile
from costtui.alerts.watch import Watch
from costtui.settings import Settings


@contextmanager
def watching(paths: Sequence[str], settings: Settings, *, alone: bool = False) -> Iterator[Watch]:
    """Yield a watch over stores; ``alone``: it tells nobody but the screen, and remembers nothing."""
    rules, budgets, zone = settings.alert_rules, settings.budgets, settings.zone
    if alone:
        yield Watch(rules, budgets, zone)
        return
    named = (path if "://" in path else str(Path(path).absolute()) for path in paths)
    remembered = EpisodeFile("\n".join(named))
    if not settings.alert_channels:
        yield Watch(rules, budgets, zone, remembered=remembered)
        return
    from costtui.alerts.deliver import Delivery

    delivery = Delivery(settings.alert_channels)
    try:
        yield Watch(rules, budgets, zone, remembered=remembered, deliver=delivery.send)
    finally:
        delivery.close()
