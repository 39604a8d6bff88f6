import io
import os
import socket
import threading

import pytest

from costtui.facts import Status
from costtui.llm.exchange import Exchange, Origin
from costtui.record.autohook.listen import Listener
from costtui.record.autohook.origin import node_path
from costtui.record.autohook.program import program_name
from costtui.record.autohook.relay import Relay, read_message

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


def test_exchanges_arrive_as_they_were_sent_from_any_number_of_threads():
    taken, notes = [], []
    with Listener(taken.append, notes.append) as listener:
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
    assert len(taken) == 200
    assert notes == [{"kind": "host", "host": "h"}]
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
    with Listener(print, print) as listener:
        assert os.stat(os.path.dirname(listener.path)).st_mode & 0o077 == 0
        listener.start()
        listener.drain(0)
    assert not os.path.exists(listener.path)


@pytest.mark.parametrize(
    "sent", [b"\xff" * 12, b"\x00\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00\x00{}", b"short"]
)
def test_what_is_no_message_ends_only_its_own_connection(sent):
    taken = []
    with Listener(taken.append, print) as listener:
        listener.start()
        with socket.socket(socket.AF_UNIX) as stranger:
            stranger.connect(listener.path)
            stranger.sendall(sent)
        relay = Relay(listener.path)
        relay.send(EXCHANGE)
        relay._socket.close()
        listener.drain(5.0)
    assert len(taken) == 1


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
