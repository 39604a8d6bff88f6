"""Alerts under way in a file, so that a monitor that is started again does not tell them again."""

import json
import logging
import os
from collections.abc import Mapping
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from typing import Any

from costtui.alerts.episodes import Identity
from costtui.facts import Alert, Severity
from costtui.text import plain

LOG = logging.getLogger(__name__)

_LARGEST = 1_000_000
"""Bytes; a larger file is none of ours."""


class EpisodeFile:
    """One file for one store; what cannot be read counts as empty, what cannot be written is given up."""

    def __init__(self, store: str, directory: Path | None = None) -> None:
        """Name the store; the file lies in a directory, that of the user's state where none is given."""
        self._store = store
        self._directory = directory
        self._written: Mapping[Identity, Alert] | None = None

    def read(self) -> dict[Identity, Alert]:
        """Return the alerts that were under way when the file was written."""
        try:
            path = self._path()
            if path.stat().st_size > _LARGEST:
                return {}
            found = json.loads(path.read_text(encoding="utf-8"))["open"]
            return {_identity(entry): _alert(entry["alert"]) for entry in found}
        except (OSError, ValueError, LookupError, TypeError, AttributeError):
            return {}

    def write(self, open_alerts: Mapping[Identity, Alert]) -> None:
        """Write the alerts under way where they are others than before."""
        if open_alerts == self._written:
            return
        self._written = dict(open_alerts)
        entries = [
            {"rule": rule, "subject": subject, "episode": episode, "alert": asdict(alert)}
            for (rule, subject, episode), alert in open_alerts.items()
        ]
        text = json.dumps({"store": self._store, "open": entries}, ensure_ascii=False, indent=1)
        try:
            path = self._path()
            path.parent.mkdir(parents=True, exist_ok=True)
            beside = path.with_suffix(f".{os.getpid()}.new")
            beside.write_text(text, encoding="utf-8")
            beside.replace(path)
        except (OSError, ValueError) as error:
            LOG.warning("the alerts under way cannot be remembered: %s", error)

    def _path(self) -> Path:
        if self._directory is None:
            from platformdirs import user_state_path

            self._directory = user_state_path("costtui") / "alerts"
        return self._directory / f"{sha256(self._store.encode()).hexdigest()[:24]}.json"


def _identity(entry: Mapping[str, Any]) -> Identity:
    return plain(str(entry["rule"])), plain(str(entry["subject"])), plain(str(entry["episode"]))


def _alert(fields: Mapping[str, Any]) -> Alert:
    texts = {
        name: plain(str(fields[name])) for name in ("rule", "subject", "message", "place", "key", "filter")
    }
    return Alert(severity=Severity(fields["severity"]), since_us=int(fields["since_us"]), **texts)
