"""Exchanges over a local socket: from a program that is recorded to the process that records it."""

import json
import os
import socket
import struct
import threading
from dataclasses import asdict
from typing import Any

from costtui.facts import Status
from costtui.llm.exchange import Exchange, Origin
from costtui.record.autohook.asked import Asked

SEND_TIMEOUT_S = 1.0
"""How long a program waits at most for a recorder that does not read; then it goes on unrecorded."""
PATIENCE = 3
"""Failures in a row after which the recorder counts as gone."""
MESSAGE_LIMIT = 64 * 1024 * 1024
_LENGTHS = struct.Struct("!III")
_KEPT_BODY = 524_288


class Relay:
    """Sends what a program does to its recorder; a recorder that is gone is no error."""

    def __init__(self, path: str) -> None:
        self.dropped = 0
        self._path = path
        self._socket: socket.socket | None = None
        self._failed = 0
        self._gone = False
        self._lock = threading.Lock()
        os.register_at_fork(after_in_child=self._forked)

    def send(self, exchange: Exchange, owner: Any = None) -> None:
        """Send an exchange; returns when the recorder's system has it."""
        facts = asdict(exchange)
        request, response = facts.pop("request"), facts.pop("response")
        self._send({"exchange": facts}, request[:_KEPT_BODY], response[:_KEPT_BODY])

    def note(self, kind: str, **facts: str) -> None:
        """Send an observation for ``costtui doctor``."""
        self._send({"note": {"kind": kind, **facts}}, b"", b"")

    def _send(self, head: dict[str, Any], request: bytes, response: bytes) -> None:
        if self._gone:
            self.dropped += 1
            return
        data = message(head, request, response)
        with self._lock:
            try:
                if self._socket is None:
                    self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
                    self._socket.settimeout(SEND_TIMEOUT_S)
                    self._socket.connect(self._path)
                self._socket.sendall(data)
                self._failed = 0
            except OSError:
                self._lose()

    def _lose(self) -> None:
        """Give up a connection that may hold half a message, and the recorder after some of them."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        self.dropped += 1
        self._failed += 1
        self._gone = self._failed == PATIENCE

    def _forked(self) -> None:
        """Take a connection of one's own: two processes on one would mix their messages."""
        self._socket = None
        self._lock = threading.Lock()


def message(head: dict[str, Any], request: bytes = b"", response: bytes = b"") -> bytes:
    """Return a message as it goes over the socket."""
    text = json.dumps(head, default=str).encode(errors="replace")
    return b"".join((_LENGTHS.pack(len(text), len(request), len(response)), text, request, response))


def read_head(connection: socket.socket) -> dict[str, Any]:
    """Return what the next message on a socket says, one without bodies. Raises ValueError and OSError."""
    size, *_ = _LENGTHS.unpack(_exactly(connection, _LENGTHS.size))
    if size > MESSAGE_LIMIT:
        raise ValueError("the message is too long")
    head = json.loads(_exactly(connection, size))
    if not isinstance(head, dict):
        raise ValueError("the message is no object")
    return head


def _exactly(connection: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        if not (part := connection.recv(size - len(data))):
            raise ConnectionResetError("the recorder is gone")
        data += part
    return data


def read_message(stream: Any) -> tuple[str, Any] | None:
    """Return the next message, None at the end of the stream.

    It is ``("exchange", Exchange)``, ``("note", facts)``, ``("asked", Asked)`` or ``("released", hold)``.

    Raises ValueError for what is no message.
    """
    lengths = stream.read(_LENGTHS.size)
    if len(lengths) < _LENGTHS.size:
        return None
    sizes = _LENGTHS.unpack(lengths)
    if sum(sizes) > MESSAGE_LIMIT:
        raise ValueError("the message is too long")
    body = stream.read(sum(sizes))
    if len(body) < sum(sizes):
        return None
    head = json.loads(body[: sizes[0]])
    for kind in ("note", "released"):
        if kind in head:
            return kind, head[kind]
    if "asked" in head:
        return "asked", Asked(**{**head["asked"], "origin": Origin(**head["asked"]["origin"])})
    facts = head["exchange"]
    facts["origin"] = Origin(**facts["origin"])
    facts["status"] = Status(facts["status"])
    request = body[sizes[0] : sizes[0] + sizes[1]]
    return "exchange", Exchange(**facts, request=request, response=body[sizes[0] + sizes[1] :])
