"""What runs inside a program under ``costtui run``: its HTTP libraries are observed, what is seen goes to the recorder.

Needs only the standard library, so that it works in any environment.
"""

import atexit
import json
import os
from types import ModuleType

from costtui.record.autohook.asker import Asker
from costtui.record.autohook.finder import SDKS
from costtui.record.autohook.patch import is_patched, patch
from costtui.record.autohook.relay import Relay
from costtui.record.autohook.sdks import open_way
from costtui.record.autohook.watch import Observer

RELAY = "COSTTUI_RELAY"
"""Environment variable with the path of the recorder's socket."""
HOSTS = "COSTTUI_HOSTS"
"""Environment variable with the hosts of the settings, JSON host → provider."""
DOCTOR = "COSTTUI_DOCTOR"
ENFORCE = "COSTTUI_ENFORCE"
"""Environment variable that says no where budgets only count."""
_NO = ("0", "false", "no", "off")

_relay: Relay | None = None
_observer: Observer | None = None


def relay() -> Relay:
    """Return the connection to the recorder."""
    global _relay
    if _relay is None:
        _relay = Relay(os.environ[RELAY])
    return _relay


def attach(library: ModuleType) -> None:
    """Observe an HTTP library that was just imported; let refusals pass through an SDK."""
    global _observer
    if library.__name__ in SDKS:
        open_way(library)
        return
    if _observer is None:
        skipped = _skipped if os.environ.get(DOCTOR) else None
        observing = os.environ.get(ENFORCE, "").strip().lower() in _NO
        _observer = Observer(
            relay().send,
            json.loads(os.environ.get(HOSTS, "{}")),
            skipped,
            guard=None if observing else Asker(os.environ[RELAY]),
        )
        atexit.register(_observer.finish_open)
    if not is_patched(library):
        patch(library, _observer)


def _skipped(url: str) -> None:
    relay().note("skipped", url=url)
