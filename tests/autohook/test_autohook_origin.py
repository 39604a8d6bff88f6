"""Who makes a request: nodes of a LangGraph graph and nodes that the program opens, inside one another."""

from contextlib import contextmanager

import pytest
from langchain_core.runnables.config import var_child_runnable_config

from costtui import CostTracker
from costtui.record.autohook.origin import current_origin
from costtui.settings import Settings


@contextmanager
def graph_node(*path, **metadata):
    """Do what LangGraph does while it runs a node."""
    namespace = "|".join(f"{name}:1b2c-{name}" for name in path)
    config = {"metadata": {"langgraph_node": path[-1], "langgraph_checkpoint_ns": namespace, **metadata}}
    token = var_child_runnable_config.set(config)
    try:
        yield
    finally:
        var_child_runnable_config.reset(token)


@pytest.fixture
def tracker(tmp_path):
    with CostTracker(tmp_path / "calls.db", settings=Settings()) as tracker:
        yield tracker


def here():
    return current_origin()[0]


def test_a_node_opened_inside_a_graph_node_lies_in_it(tracker):
    with tracker.run("r1") as run, graph_node("coder"):
        assert here().node == "coder"
        with run.node("extract") as node:
            assert (node.path, here().node, here().step_key) == ("coder/extract", "coder/extract", node.key)
            assert current_origin()[1] is node
            with run.node("parse") as inner:
                assert (inner.path, here().step_key) == ("coder/extract/parse", inner.key)


def test_a_graph_inside_a_node_lies_in_it(tracker):
    with tracker.run("r1") as run, run.node("answer", lead_id="l1") as node:
        assert here().step_key == node.key
        with graph_node("planner"):
            origin, owner = current_origin()
            assert (origin.node, origin.step_key, owner) == ("answer/planner", "", node)
            assert origin.labels == {"lead_id": "l1"}
            with run.node("draft") as inner:
                assert (inner.path, here().node) == ("answer/planner/draft", "answer/planner/draft")
        with graph_node("coder", "inner"):
            assert here().node == "answer/coder/inner"


def test_a_subgraph_inside_a_node_inside_a_graph_node_is_told_in_this_order(tracker):
    with tracker.run("r1") as run, graph_node("coder"), run.node("extract"), graph_node("coder", "inner"):
        assert here().node == "coder/extract/inner"
        with run.node("deepest"):
            assert here().node == "coder/extract/inner/deepest"


def test_a_node_that_was_opened_in_another_graph_node_is_none_of_this_one(tracker):
    with tracker.run("r1") as run:
        with graph_node("coder"):
            node = run.node("extract").__enter__()
        with graph_node("coders"):
            origin, owner = current_origin()
            assert (origin.node, origin.step_key, owner) == ("coders", "", run)
        assert here().node == "coder/extract"
        node.__exit__(None, None, None)


def test_calls_that_the_program_records_itself_have_the_same_path(tracker):
    with tracker.run("r1") as run, graph_node("coder"), run.node("extract") as node:
        call = node.record_call(model="gpt-4o-mini", input_tokens=1, output_tokens=1)
        assert (call.node, call.step_key) == ("coder/extract", node.key)


def test_the_name_of_the_run_for_langsmith_is_no_tag(tracker):
    with graph_node("coder", costtui_run_id="r1", tenant="acme", thread_id="t1"):
        assert (here().tags, here().session_id) == ({"tenant": "acme"}, "t1")
