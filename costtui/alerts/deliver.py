"""Delivery of alerts by webhook and command, in a thread of its own that nothing waits for."""

import json
import logging
import os
import queue
import subprocess
import threading
from collections.abc import Iterable

from costtui.alerts.channels import Channels
from costtui.facts import Alert, Severity

LOG = logging.getLogger(__name__)

WAITING = 100
"""How many alerts may wait; the ones beyond are dropped and counted."""
WEBHOOK_TIMEOUT_S = 5.0
COMMAND_TIMEOUT_S = 10.0
ATTEMPTS = 3
BACKOFF_S = (1.0, 5.0)

_SYMBOL = {Severity.INFO: "ℹ️", Severity.WARNING: "⚠️", Severity.ERROR: "🛑", Severity.OK: "✅"}


class Delivery:
    """Sends alerts one after the other; a channel that hangs or fails delays only other alerts."""

    def __init__(self, channels: Channels, backoff_s: tuple[float, ...] = BACKOFF_S) -> None:
        """Start the thread."""
        self.dropped = 0
        self.failed = 0
        self._channels = channels
        self._backoff_s = backoff_s
        self._queue: queue.Queue[Alert | None] = queue.Queue(WAITING)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="costtui-alerts", daemon=True)
        self._thread.start()

    def send(self, alerts: Iterable[Alert]) -> None:
        """Queue alerts and return at once."""
        for alert in alerts:
            try:
                self._queue.put_nowait(alert)
            except queue.Full:
                self.dropped += 1

    def close(self, timeout_s: float = 1.0) -> None:
        """Stop, giving what waits a moment to leave."""
        try:
            self._queue.put_nowait(None)
        except queue.Full:
            self._stopped.set()
        self._thread.join(timeout_s)
        self._stopped.set()

    def _run(self) -> None:
        while not self._stopped.is_set() and (alert := self._queue.get()) is not None:
            for deliver in (self._post, self._call):
                try:
                    deliver(alert)
                except Exception as error:  # a channel's failure must not end the thread
                    self.failed += 1
                    LOG.warning("an alert (%s) could not be delivered: %s", alert.rule, type(error).__name__)

    def _post(self, alert: Alert) -> None:
        if not self._channels.webhook:
            return
        import httpx

        for attempt in range(1, ATTEMPTS + 1):
            try:
                response = httpx.post(self._channels.webhook, json=payload(alert), timeout=WEBHOOK_TIMEOUT_S)
                if response.status_code < 500 and response.status_code != 429:
                    response.raise_for_status()
                    return
                failure = f"status {response.status_code}"
            except httpx.TransportError as error:
                failure = type(error).__name__
            if attempt == ATTEMPTS or self._stopped.wait(
                self._backoff_s[min(attempt, len(self._backoff_s)) - 1]
            ):
                raise ConnectionError(failure)

    def _call(self, alert: Alert) -> None:
        if not self._channels.command:
            return
        text = json.dumps(_fields(alert), ensure_ascii=False)
        subprocess.run(
            self._channels.command,
            input=text.encode(),
            env={**os.environ, "COSTTUI_ALERT": text},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=COMMAND_TIMEOUT_S,
            check=True,
        )


def payload(alert: Alert) -> dict[str, str]:
    """Return the JSON of a Slack incoming webhook (``{"text": …}``); mentions and links in names stay inert."""
    message = alert.message.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return {"text": f"{_SYMBOL[alert.severity]} costtui {alert.severity}: {message}"}


def _fields(alert: Alert) -> dict[str, str | int]:
    return {
        "rule": alert.rule,
        "severity": str(alert.severity),
        "subject": alert.subject,
        "message": alert.message,
        "since_us": alert.since_us,
    }
