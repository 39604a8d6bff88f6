"""The newest calls are read when they are needed, and kept up to date."""

from collections.abc import Iterable

from costtui.facts import Call
from costtui.recent import MOST_CALLS, RecentCalls


def calls(numbers: Iterable[int]) -> list[Call]:
    return [Call(f"k{number}", number, id=number) for number in numbers]


def test_nothing_is_read_before_somebody_looks() -> None:
    reads = []

    def read() -> list[Call]:
        reads.append(1)
        return calls(range(1, 4))

    recent = RecentCalls(read)
    recent.add(calls([3]))
    assert not reads
    assert [call.id for call in recent] == [1, 2, 3]
    assert recent[-1].id == 3
    assert [call.id for call in recent[:2]] == [1, 2]
    assert len(reads) == 1


def test_new_calls_come_at_the_end_and_the_oldest_leave() -> None:
    recent = RecentCalls(lambda: calls(range(1, MOST_CALLS + 1)))
    assert len(recent) == MOST_CALLS
    recent.add(calls([MOST_CALLS + 1, MOST_CALLS + 2]))
    assert len(recent) == MOST_CALLS
    assert [call.id for call in reversed(recent)][:2] == [MOST_CALLS + 2, MOST_CALLS + 1]
    assert recent[0].id == 3


def test_a_call_that_has_changed_keeps_its_place() -> None:
    recent = RecentCalls(lambda: calls([1, 2]))
    assert len(recent) == 2
    recent.add([Call("k1", 1, id=1, node="renamed")])
    assert [(call.id, call.node) for call in recent] == [(1, "renamed"), (2, "")]
