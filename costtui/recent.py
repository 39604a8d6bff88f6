"""The newest calls of a window, for pages that list calls without asking the store each time."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import overload

from costtui.facts import Call

MOST_CALLS = 500


class RecentCalls(Sequence[Call]):
    """At most a few hundred calls in the order of their ids: read when first looked at, kept up to date from then on."""

    def __init__(self, read: Callable[[], Iterable[Call]]) -> None:
        """Remember how to read the newest calls, the oldest of them first."""
        self._read = read
        self._by_id: dict[int, Call] | None = None

    def add(self, calls: Iterable[Call]) -> None:
        """Take in calls that are new, or that have changed."""
        if self._by_id is not None:
            self._by_id.update((call.id, call) for call in calls)
            surplus = max(len(self._by_id) - MOST_CALLS, 0)
            for call_id in list(islice(self._by_id, surplus)):
                del self._by_id[call_id]

    @overload
    def __getitem__(self, index: int) -> Call: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Call, ...]: ...
    def __getitem__(self, index: int | slice) -> Call | tuple[Call, ...]:
        """Return calls by their places. Raises StoreError where they are read now."""
        return tuple(self._held().values())[index]

    def __len__(self) -> int:
        return len(self._held())

    def __iter__(self) -> Iterator[Call]:
        return iter(self._held().values())

    def __reversed__(self) -> Iterator[Call]:
        return reversed(self._held().values())

    def _held(self) -> dict[int, Call]:
        if self._by_id is None:
            self._by_id = {call.id: call for call in self._read()}
        return self._by_id
