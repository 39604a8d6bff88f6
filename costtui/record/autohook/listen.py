"""The recorder's end of the relay: takes what programs send, from any number of their processes."""

import logging
import select
import shutil
import socket
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from costtui.llm.exchange import Exchange
from costtui.record.autohook.relay import read_message

log = logging.getLogger("costtui")
_BACKLOG = 128


class Listener:
    """A socket in a directory of its own that only this user can reach; a context manager."""

    def __init__(self, exchange: Callable[[Exchange], None], note: Callable[[dict[str, str]], None]) -> None:
        """Take exchanges and notes, one at a time each."""
        self._take: dict[str, Callable[[Any], None]] = {"exchange": exchange, "note": note}
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
                    message = read_message(stream)
                except (OSError, ValueError, KeyError, TypeError) as error:
                    log.warning("costtui: a program sent something that cannot be read: %s", error)
                    return
                if message is None:
                    return
                kind, facts = message
                with self._lock:
                    self._take[kind](facts)
