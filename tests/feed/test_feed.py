"""The feed follows a real store that is written, missing, replaced, foreign or damaged."""

import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from typing import Any

from costtui.alerts.rules import DEFAULTS
from costtui.alerts.watch import Watch
from costtui.errors import StoreUnavailable
from costtui.facts import Call, Cost, CostSource
from costtui.feed import Feed, Progress
from costtui.position import Viewer, now_us
from costtui.several import SeveralOpened
from costtui.store import open_store, open_writer
from costtui.view.snapshot import Health, Request, Snapshot, Sources
from costtui.window import WINDOWS

PATIENCE_S = 60


@dataclass(frozen=True)
class Total:
    """The simplest page: how many calls there are and what they cost."""

    calls: int
    cost_nano: int
    recent: tuple[str, ...]

    def rows(self) -> Sequence[dict[str, Any]]:
        return [{"calls": self.calls}]


@dataclass(frozen=True)
class TotalRequest:
    def build(self, sources: Sources) -> Total:
        sums = sources.totals.series.values()
        return Total(
            sum(one.calls for one in sums),
            sum(one.cost_nano for one in sums),
            tuple(call.key for call in sources.recent),
        )


class Followed:
    """A feed that runs in a thread, and what it publishes."""

    def __init__(self, feed: Feed) -> None:
        self.request = Request(TotalRequest(), WINDOWS[0])
        self.feed = feed
        self.snapshots: queue.Queue[Snapshot] = queue.Queue()

    def until(self, wanted: Callable[[Snapshot], bool]) -> Snapshot:
        while True:
            snapshot = self.snapshots.get(timeout=PATIENCE_S)
            if wanted(snapshot):
                return snapshot

    def until_calls(self, number: int) -> Total:
        page = self.until(lambda shot: isinstance(shot.page, Total) and shot.page.calls == number).page
        assert isinstance(page, Total)
        return page


@contextmanager
def following(*paths: Path, watch: Watch | None = None) -> Iterator[Followed]:
    def open_stores(progress: Progress) -> Any:
        return open_store(paths[0]) if len(paths) == 1 else SeveralOpened(open_store(path) for path in paths)

    followed = Followed(Feed(open_stores, str(paths[0]), Viewer(UTC), (lambda: watch) if watch else None))
    stopped = threading.Event()
    thread = threading.Thread(
        target=followed.feed.follow, args=(lambda: followed.request, followed.snapshots.put, stopped)
    )
    thread.start()
    try:
        yield followed
    finally:
        stopped.set()
        followed.feed.wake()
        thread.join(PATIENCE_S)
        assert not thread.is_alive()


def call(key: str, cost_nano: int = 1000) -> Call:
    return Call(key, now_us(), node="plan", cost=Cost(cost_nano, CostSource.PRICED))


def test_calls_of_a_writer_appear_and_are_counted_once_whatever_the_window(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    with open_writer(path) as writer:
        writer.write(call("a"), call("b"))
        writer.flush()
        with following(path) as followed:
            assert followed.until_calls(2).recent == ("a", "b")
            writer.write(call("c", 5))
            assert followed.until_calls(3) == Total(3, 2005, ("a", "b", "c"))
            followed.request = Request(TotalRequest(), WINDOWS[3])
            followed.feed.wake()
            shot = followed.until(lambda one: one.request.window == WINDOWS[3])
            assert shot.page == Total(3, 2005, ("a", "b", "c"))
            writer.write(call("d"))
            assert followed.until_calls(4).cost_nano == 3005


def test_a_call_recorded_again_replaces_the_first(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    with open_writer(path) as writer, following(path) as followed:
        writer.write(call("a", 1), call("b", 2))
        followed.until_calls(2)
        writer.write(call("a", 10))
        shot = followed.until(lambda shot: isinstance(shot.page, Total) and shot.page.cost_nano == 12)
        assert (shot.page.calls, sorted(shot.page.recent)) == (2, ["a", "b"])


def test_a_store_that_is_not_there_yet_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    with following(path) as followed:
        missing = followed.until(lambda shot: shot.status.health == Health.NO_STORE)
        assert str(path) in missing.status.text
        with open_writer(path) as writer:
            writer.write(call("a"))
            followed.until_calls(1)


def test_a_replaced_file_is_noticed(tmp_path: Path) -> None:
    path, other = tmp_path / "store.db", tmp_path / "other.db"
    for place, keys in ((path, ("a",)), (other, ("x", "y", "z"))):
        with open_writer(place) as writer:
            writer.write(*map(call, keys))
    with following(path) as followed:
        followed.until_calls(1)
        other.replace(path)
        assert followed.until_calls(3).recent == ("x", "y", "z")


def test_another_program_s_file_is_an_error_in_words_and_recovers(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    path.write_text("no database at all, but some text")
    with following(path) as followed:
        assert followed.until(lambda shot: shot.status.health == Health.ERROR).status.text
        path.unlink()
        with open_writer(path) as writer:
            writer.write(call("a"))
            followed.until_calls(1)


def test_several_stores_add_up_and_are_followed_together(tmp_path: Path) -> None:
    paths = tmp_path / "a.db", tmp_path / "b.db"
    with open_writer(paths[0]) as first, open_writer(paths[1]) as second:
        first.write(call("a", 1))
        second.write(call("b", 2), call("c", 3))
        first.flush()
        second.flush()
        with following(*paths) as followed:
            assert followed.until_calls(3).cost_nano == 6
            first.write(call("d", 10))
            second.write(call("e", 20))
            assert followed.until_calls(5).cost_nano == 36


def test_alerts_reach_the_pages_and_those_that_began_are_told(tmp_path: Path) -> None:
    path, watch = tmp_path / "store.db", Watch(DEFAULTS, (), UTC)
    with open_writer(path) as writer:
        with open_store(path) as opened:
            watch.look(opened.reader, now_us())
            watch.forget()
        writer.write(call("a", 60 * 10**9))
    with following(path, watch=watch) as followed:
        shot = followed.until(lambda one: bool(one.alerts))
        assert [alert.rule for alert in shot.alerts] == ["daily_spend"]
        assert shot.begun == shot.alerts


def test_pages_go_on_where_alerts_cannot_be_measured(tmp_path: Path) -> None:
    class Failing(Watch):
        looks = 0

        def look(self, *args: Any, **more: Any) -> bool:
            self.looks += 1
            raise StoreUnavailable("no quality table")

    path, watch = tmp_path / "store.db", Failing(DEFAULTS, (), UTC)
    with open_writer(path) as writer:
        writer.write(call("a"))
        writer.flush()
        with following(path, watch=watch) as followed:
            followed.until_calls(1)
            writer.write(call("b"))
            followed.until_calls(2)
            assert watch.looks == 1
            assert all(shot.status.health is Health.LIVE for shot in followed.snapshots.queue)
