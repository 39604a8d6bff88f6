"""The recorder's end of the relay: takes what programs send, from any number of their processes."""

import logging
import select
import shutil
import socket
import tempfile
import threading
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

from costtui.llm.exchange import Exchange
from costtui.record.autohook.asked import Asked
from costtui.record.autohook.relay import message, read_message

log = logging.getLogger("costtui")
_BACKLOG = 128


class Recording(Protocol):
    """What takes that which programs send."""

    def exchange(self, exchange: Exchange) -> None:
        """Take an exchange; one at a time."""

    def note(self, facts: dict[str, str]) -> None:
        """Take an observation; one at a time."""

    def reserve(self, asked: Asked) -> dict[str, str]:
        """Return the answer to a program that asks before a request; any number at a time."""

    def release(self, hold: str) -> None:
        """Give back what was set aside."""


class Listener:
    """A socket in a directory of its own that only this user can reach; a context manager."""

    def __init__(self, recording: Recording) -> None:
        """Prepare to take what programs send."""
        self._recording = recording
        self._lock = threading.Lock()
        self._readers: list[threading.Thread] = []
        self._directory = Path(tempfile.mkdtemp(prefix="costtui-"))
        self.path = str(self._directory / "relay")
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.bind(self.path)
        self._socket.listen(_BACKLOG)
        self._wake, self._woken = socket.socketpair()
        self._acceptor = threading.Thread(target=self._accept, name="costtui-relay", daemon=True)

    def start(self) -> None:
        """Begin to read; programs that connected before wait until now."""
        self._acceptor.start()

    def drain(self, timeout_s: float) -> None:
        """Accept no more, and wait until every program has closed its connection, but no longer than this for each."""
        self._wake.close()
        self._acceptor.join()
        for reader in list(self._readers):
            reader.join(timeout_s)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for opened in (self._socket, self._wake, self._woken):
            opened.close()
        shutil.rmtree(self._directory, ignore_errors=True)

    def _accept(self) -> None:
        while self._socket in select.select((self._socket, self._woken), (), ())[0]:
            connection, _ = self._socket.accept()
            reader = threading.Thread(
                target=self._read, args=(connection,), name="costtui-relay", daemon=True
            )
            self._readers.append(reader)
            reader.start()

    def _read(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rb") as stream:
            while True:
                try:
                    sent = read_message(stream)
                except (OSError, ValueError, KeyError, TypeError) as error:
                    log.warning("costtui: a program sent something that cannot be read: %s", error)
                    return
                if sent is None:
                    return
                self._take(connection, *sent)

    def _take(self, connection: socket.socket, kind: str, facts: Any) -> None:
        if kind == "asked":
            self._answer(connection, self._recording.reserve(facts))
        elif kind == "released":
            self._recording.release(facts)
            self._answer(connection, {})
        else:
            take = self._recording.exchange if kind == "exchange" else self._recording.note
            with self._lock:
                take(facts)

    def _answer(self, connection: socket.socket, answer: dict[str, str]) -> None:
        """Answer a program; one that did not wait for it keeps nothing set aside."""
        try:
            connection.sendall(message(answer))
        except OSError:
            if hold := answer.get("hold"):
                self._recording.release(hold)
