import io
import os
import socket
import threading

import pytest

from costtui.errors import BudgetExceeded
from costtui.facts import Status
from costtui.llm.exchange import Exchange, Origin
from costtui.record.autohook import asker as asker_module
from costtui.record.autohook.asked import Asked
from costtui.record.autohook.asker import Asker
from costtui.record.autohook.listen import Listener
from costtui.record.autohook.origin import node_path
from costtui.record.autohook.program import program_name
from costtui.record.autohook.relay import Relay, read_message

ASKED = Asked("openai", "gpt-4o", 10, 20, Origin(run_id="r", node="a/b", tags={"tenant": "acme"}))
EXCHANGE = Exchange(
    key="k",
    url="https://h/v1/messages",
    started_us=1,
    status=Status.PARTIAL,
    request=b'{"a": "\xff"}',
    response=b"\x00" * 1000,
    text="Grüße \ud800",
    origin=Origin(run_id="r", node="a/b", tags={"tenant": "acme"}),
)


class Taken:
    """Takes what programs send, and answers every question with what it is told to."""

    def __init__(self, answer=None):
        self.exchanges, self.notes, self.asked, self.released = [], [], [], []
        self.exchange, self.note, self.release = (
            self.exchanges.append,
            self.notes.append,
            self.released.append,
        )
        self.answer = answer or {"hold": "h1"}

    def reserve(self, asked):
        self.asked.append(asked)
        return self.answer


def test_exchanges_arrive_as_they_were_sent_from_any_number_of_threads():
    recording = Taken()
    with Listener(recording) as listener:
        listener.start()
        relay = Relay(listener.path)
        threads = [
            threading.Thread(target=lambda: [relay.send(EXCHANGE) for _ in range(50)]) for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        relay.note("host", host="h")
        relay._socket.close()
        listener.drain(5.0)
    taken = recording.exchanges
    assert len(taken) == 200
    assert recording.notes == [{"kind": "host", "host": "h"}]
    assert taken[0].response == EXCHANGE.response
    assert taken[0].origin == EXCHANGE.origin
    assert (taken[0].status, relay.dropped) == (Status.PARTIAL, 0)


def test_a_recorder_that_is_gone_costs_the_program_nothing():
    relay = Relay("/nonexistent/relay")
    for _ in range(5):
        relay.send(EXCHANGE)
    assert relay.dropped == 5
    assert relay._gone


def test_only_this_user_can_reach_the_socket():
    with Listener(Taken()) as listener:
        assert os.stat(os.path.dirname(listener.path)).st_mode & 0o077 == 0
        listener.start()
        listener.drain(0)
    assert not os.path.exists(listener.path)


@pytest.mark.parametrize(
    "sent", [b"\xff" * 12, b"\x00\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00\x00{}", b"short"]
)
def test_what_is_no_message_ends_only_its_own_connection(sent):
    recording = Taken()
    with Listener(recording) as listener:
        listener.start()
        with socket.socket(socket.AF_UNIX) as stranger:
            stranger.connect(listener.path)
            stranger.sendall(sent)
        relay = Relay(listener.path)
        relay.send(EXCHANGE)
        relay._socket.close()
        listener.drain(5.0)
    assert len(recording.exchanges) == 1


def test_a_question_is_answered_to_who_asked_it():
    recording = Taken()
    with Listener(recording) as listener:
        listener.start()
        asker = Asker(listener.path)
        assert asker.reserve(ASKED, None) == "h1"
        asker.release("h1", None)
        recording.answer = {"refused": "BudgetExceeded", "message": "budget 'day' has no room"}
        with pytest.raises(BudgetExceeded, match="'day' has no room"):
            asker.reserve(ASKED, None)
        assert len(asker._free) == 1, "one question at a time needs one connection"
        asker.close()
        listener.drain(5.0)
    assert recording.asked == [ASKED, ASKED]
    assert recording.released == ["h1"]


@pytest.mark.parametrize("sent", [b"", b"\xff" * 40, b"\x00\x00\x00\x02" + b"\x00" * 8 + b"[]", None])
def test_a_recorder_without_an_answer_stops_no_request(tmp_path, monkeypatch, caplog, sent):
    monkeypatch.setattr(asker_module, "ANSWER_TIMEOUT_S", 0.1)
    with socket.socket(socket.AF_UNIX) as deaf:
        deaf.bind(str(tmp_path / "relay"))
        deaf.listen()

        def answer():
            connection, _ = deaf.accept()
            with connection:
                connection.recv(1 << 16)
                if sent is None:
                    asked.wait(20)
                else:
                    connection.sendall(sent)

        asked = threading.Event()
        thread = threading.Thread(target=answer)
        thread.start()
        asker = Asker(str(tmp_path / "relay"))
        assert [asker.reserve(ASKED, None) for _ in range(3)] == ["", "", ""]
        asked.set()
        thread.join(20)
    assert len(caplog.messages) == 1, "asked once, not again for a while"


def test_a_message_that_is_cut_is_the_end():
    assert read_message(io.BytesIO(b"\x00\x00\x00\x10\x00\x00\x00\x00\x00\x00\x00\x00{}")) is None


@pytest.mark.parametrize(
    ("metadata", "path"),
    [
        (
            {"langgraph_node": "inner_llm", "langgraph_checkpoint_ns": "coder:1b2c-3|inner_llm:4d5e"},
            "coder/inner_llm",
        ),
        ({"langgraph_checkpoint_ns": "planner:0f"}, "planner"),
        ({"langgraph_node": "planner"}, "planner"),
        ({"langgraph_checkpoint_ns": 5}, ""),
        ({}, ""),
    ],
)
def test_the_node_path_has_no_task_ids(metadata, path):
    assert node_path(metadata) == path


@pytest.mark.parametrize(
    ("command", "name"),
    [
        (["python", "app.py", "x"], "app"),
        (["/usr/bin/python3.11", "-u", "-m", "pkg.tool"], "pkg.tool"),
        (["python", "-c", "print()"], "python"),
        (["./start.sh"], "start"),
        (["uv", "run", "app.py"], "uv"),
    ],
)
def test_a_run_is_named_after_its_program(command, name):
    assert program_name(command) == name
