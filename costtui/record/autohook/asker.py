"""Asks the recorder of ``costtui run`` before a request is sent; a recorder that does not answer stops nothing.

Needs only the standard library, so that it works in any environment.
"""

import logging
import os
import socket
from dataclasses import asdict
from time import monotonic
from typing import Any

from costtui.errors import BudgetExceeded, CosttuiError, PriceUnknown
from costtui.llm.exchange import Origin
from costtui.record.autohook.asked import Asked
from costtui.record.autohook.relay import message, read_head

ANSWER_TIMEOUT_S = 15.0
"""How long a request waits at most for an answer, and then is made: longer than the recorder waits for its store."""
ASK_AGAIN_S = 30.0
"""After no answer: requests must not wait for it one after the other."""
REFUSALS: dict[str, type[CosttuiError]] = {one.__name__: one for one in (BudgetExceeded, PriceUnknown)}
"""What a recorder may answer instead of a hold, by name."""

log = logging.getLogger("costtui")


class Asker:
    """The budgets of the recorder, over its socket: a connection for each question that is open at a time."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._free: list[socket.socket] = []
        self._ask_at = 0.0
        self._warned = False
        os.register_at_fork(after_in_child=self._forked)

    def concerns(self, origin: Origin, owner: Any) -> bool:
        """Return True: only the recorder knows its budgets."""
        return True

    def reserve(self, asked: Asked, owner: Any) -> str:
        """Set aside what a request may cost; return the id of that. Raises BudgetExceeded and PriceUnknown."""
        answer = self._answer({"asked": asdict(asked)})
        if refusal := REFUSALS.get(str(answer.get("refused", ""))):
            raise refusal(str(answer.get("message", "")))
        return str(answer.get("hold", ""))

    def release(self, hold: str, owner: Any) -> None:
        """Give back what was set aside for a request that was not sent."""
        self._answer({"released": hold})

    def close(self) -> None:
        """Close the connections that are open; a program leaves that to its end."""
        while self._free:
            self._free.pop().close()

    def _answer(self, question: dict[str, Any]) -> dict[str, Any]:
        """Return the recorder's answer, an empty one where it gives none in time."""
        if monotonic() < self._ask_at:
            return {}
        try:
            connection = self._connection()
            try:
                connection.sendall(message(question))
                answer = read_head(connection)
            except BaseException:
                connection.close()
                raise
        except (OSError, ValueError) as error:
            self._failed(error)
            return {}
        self._free.append(connection)
        return answer

    def _connection(self) -> socket.socket:
        try:
            return self._free.pop()
        except IndexError:
            pass
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.settimeout(ANSWER_TIMEOUT_S)
        try:
            connection.connect(self._path)
        except BaseException:
            connection.close()
            raise
        return connection

    def _failed(self, error: Exception) -> None:
        self._ask_at = monotonic() + ASK_AGAIN_S
        if not self._warned:
            self._warned = True
            reason = "no answer in time" if isinstance(error, TimeoutError) else str(error)
            log.warning("costtui: budgets are not enforced at present, calls are made: %s", reason)

    def _forked(self) -> None:
        """Take connections of one's own: two processes on one would take each other's answers."""
        self._free = []
