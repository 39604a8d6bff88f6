"""A watch over a real store tells each episode once, also when the monitor is started again."""

from dataclasses import replace
from datetime import UTC
from pathlib import Path

import pytest

from costtui.alerts.episode_file import EpisodeFile
from costtui.alerts.rules import DEFAULTS
from costtui.alerts.watch import Watch, alerts_now
from costtui.facts import Alert, Call, Cost, CostSource, Delta, Severity
from costtui.money import nano
from costtui.store import open_store, open_writer
from costtui.window import HOUR_US

NOW_US = 1_795_349_112_000_000
SPEND = tuple(rule for rule in DEFAULTS if rule.name == "daily_spend")


def call(key: str, dollars: str = "1", at_us: int = NOW_US - 1_000_000, node: str = "plan") -> Call:
    return Call(key, at_us, node=node, cost=Cost(nano(dollars), CostSource.PRICED))


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "store.db"


def write(store: Path, *calls: Call) -> None:
    with open_writer(store) as writer:
        writer.write(*calls)


def test_an_alert_begins_with_the_call_that_passes_the_threshold_and_is_delivered_once(store, tmp_path):
    write(store, call("a", "49"))
    sent: list[Alert] = []
    watch = Watch(SPEND, (), UTC, remembered=EpisodeFile("s", tmp_path), deliver=sent.extend)
    with open_store(store) as opened:
        opened.tail.start(1)
        assert not watch.look(opened.reader, NOW_US)
        write(store, call("b", "2.2"))
        watch.add(opened.tail.poll())
        assert watch.look(opened.reader, NOW_US)
        assert not watch.look(opened.reader, NOW_US)
    assert [alert.message for alert in sent] == ["$51.20 spent today, above $50.00"]
    assert watch.begun == watch.alerts == tuple(sent)


def test_a_monitor_that_is_started_again_shows_the_alert_since_when_it_began_and_tells_nobody(
    store, tmp_path
):
    write(store, call("a", "60"))
    with open_store(store) as opened:
        Watch(SPEND, (), UTC, remembered=EpisodeFile("s", tmp_path)).look(opened.reader, NOW_US)
        sent: list[Alert] = []
        again = Watch(SPEND, (), UTC, remembered=EpisodeFile("s", tmp_path), deliver=sent.extend)
        again.look(opened.reader, NOW_US + 60_000_000)
        assert (sent, again.begun) == ([], ())
        assert [alert.since_us for alert in again.alerts] == [NOW_US]
        again.look(opened.reader, NOW_US + 24 * HOUR_US)
        assert again.alerts == ()
        assert EpisodeFile("s", tmp_path).read() == {}


def test_what_holds_when_the_monitor_starts_is_delivered_but_did_not_begin_while_it_watched(store):
    write(store, call("a", "60"))
    sent: list[Alert] = []
    watch = Watch(SPEND, (), UTC, deliver=sent.extend)
    with open_store(store) as opened:
        watch.look(opened.reader, NOW_US)
        assert watch.alerts == tuple(sent) != ()
        assert watch.begun == ()
        watch.look(opened.reader, NOW_US + 1)
        assert watch.begun == ()
        watch.forget()
        watch.look(opened.reader, NOW_US + 24 * HOUR_US)
        assert watch.alerts == ()
        write(store, call("b", "70", NOW_US + 24 * HOUR_US))
        watch.forget()
        watch.look(opened.reader, NOW_US + 24 * HOUR_US + 1)
        assert watch.begun == watch.alerts != ()


def test_two_monitors_on_a_store_deliver_once_together(store, tmp_path):
    write(store, call("a", "49"))
    sent: list[Alert] = []
    both = [Watch(SPEND, (), UTC, remembered=EpisodeFile("s", tmp_path), deliver=sent.extend) for _ in "ab"]
    with open_store(store) as opened:
        for watch in both:
            watch.look(opened.reader, NOW_US)
        write(store, call("b", "2"))
        for watch in both:
            watch.add(Delta(reset=True))
            watch.look(opened.reader, NOW_US)
    assert len(sent) == 1
    assert len(both[1].alerts) == 1


def test_calls_that_change_are_read_again(store):
    write(store, call("a", "60"))
    watch = Watch(SPEND, (), UTC)
    with open_store(store) as opened:
        opened.tail.start(1)
        watch.look(opened.reader, NOW_US)
        assert watch.alerts
        write(store, call("a", "1"))
        watch.add(opened.tail.poll())
        watch.look(opened.reader, NOW_US)
        assert not watch.alerts


def test_a_node_s_history_is_read_a_few_hours_at_a_time_until_it_says_something(store):
    usual = [
        call(f"{hour}-{number}", "0.01", NOW_US - hour * HOUR_US - number * 1000)
        for hour in range(2, 30)
        for number in range(6)
    ]
    write(store, *usual, *(call(f"now-{number}", "0.09") for number in range(6)))
    rules = tuple(rule for rule in DEFAULTS if rule.name == "cost_anomaly")
    watch = Watch(rules, (), UTC)
    with open_store(store) as opened:
        looks = 0
        while not watch.alerts and looks < 20:
            watch.look(opened.reader, NOW_US)
            looks += 1
        assert 1 < looks < 15
        assert [alert.subject for alert in watch.alerts] == ["plan"]
        assert watch.begun == ()
        assert alerts_now(opened.reader, rules, (), UTC, NOW_US) == watch.alerts


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"open": [{}]}', '{"open": 3}', '{"open": [{"rule": 1, "alert": 2}]}']
)
def test_a_file_of_nonsense_counts_as_empty(tmp_path, text):
    file = EpisodeFile("s", tmp_path)
    file.write({("r", "s", "e"): Alert("r", "s", Severity.INFO, "m", 1)})
    (path,) = tmp_path.iterdir()
    path.write_text(text)
    assert EpisodeFile("s", tmp_path).read() == {}


def test_what_is_written_is_read_again_and_belongs_to_one_store(tmp_path):
    known = {("r", "s", "e"): Alert("r", "s", Severity.WARNING, "$1 — ünïcode", 7, "node", "plan")}
    EpisodeFile("one", tmp_path).write(known)
    assert EpisodeFile("one", tmp_path).read() == known
    assert EpisodeFile("other", tmp_path).read() == {}
    assert len(list(tmp_path.iterdir())) == 1


def test_a_directory_that_cannot_be_written_is_no_reason_to_fail(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("")
    file = EpisodeFile("s", blocked)
    file.write({("r", "s", "e"): Alert("r", "s", Severity.INFO, "m", 1)})
    assert file.read() == {}


def test_dear_leads_alert(store):
    write(store, *(replace(call(str(number)), lead_id=f"lead-{number % 2}") for number in range(4)))
    rules = tuple(rule for rule in DEFAULTS if rule.name == "cost_per_lead")
    with open_store(store) as opened:
        (alert,) = alerts_now(opened.reader, rules, (), UTC, NOW_US)
    assert alert.message == "a lead costs $2.00 on average over 7 days (2 leads), above $0.10"
