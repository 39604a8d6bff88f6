"""``costtui STORE --once``: the monitor's figures without a screen."""

import json
import sys
from collections.abc import Sequence

from costtui.alerts.watch import alerts_now
from costtui.cli.monitor import opener
from costtui.position import Position, Viewer
from costtui.settings import Settings
from costtui.view.once import once_json, once_text

MOST_PAGES = 50
"""Pages of metric events that are judged; of more, nothing is said."""


def print_once(paths: Sequence[str], settings: Settings, *, as_json: bool) -> int:
    """Print the figures of the settings' window as text or JSON and return the exit code. Raises StoreError."""
    with opener(paths, settings)(None) as opened:
        viewer = Viewer(settings.zone, settings.budgets, metrics=settings.metrics)
        position = Position(opened, settings.window, viewer)
        sources = position.sources()
        for _ in range(MOST_PAGES):
            if not position.read_evidence():
                break
        alerts = alerts_now(
            opened.reader,
            settings.alert_rules,
            settings.budgets,
            settings.zone,
            sources.now_us,
            position.unattributed,
        )
        if as_json:
            text = json.dumps(once_json(sources, alerts), indent=2, ensure_ascii=False)
        else:
            text = once_text(sources, alerts)
    sys.stdout.write(f"{text}\n")
    return 0
