"""Which requests are retries of one another: they share an operation."""

from collections import OrderedDict
from time import monotonic

from costtui.llm.ids import new_id

KEPT = 1_000
LONGEST_PAUSE_S = 600.0
"""A request that comes later than this after a failed one is not its retry."""

Print = tuple[str, str, str, bytes]
"""What a request and its retry have in common: address, node, run, body."""


class Attempts:
    """The failed requests that may be tried again."""

    def __init__(self) -> None:
        self._failed: OrderedDict[int, tuple[str, int, float]] = OrderedDict()

    def begin(self, print_: Print, retries_said: str | None) -> tuple[str, int]:
        """Return the operation and the number of an attempt.

        ``retries_said`` is what the client itself says (``x-stainless-retry-count``): zero is never a retry.
        """
        said = int(retries_said) if retries_said and retries_said.isdecimal() else None
        failed = self._failed.pop(hash(print_), None) if self._failed else None
        if said == 0 or (failed and monotonic() - failed[2] > LONGEST_PAUSE_S):
            failed = None
        if failed is None:
            return new_id(), 1 + (said or 0)
        return failed[0], 1 + (said or failed[1])

    def failed(self, print_: Print, operation: str, attempt: int) -> None:
        """Remember that an attempt failed."""
        self._failed[hash(print_)] = (operation, attempt, monotonic())
        while len(self._failed) > KEPT:
            self._failed.popitem(last=False)
