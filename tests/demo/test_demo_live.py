import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from random import Random

import httpx
import pytest

from costtui.attribution.live import Attribution
from costtui.demo.pipeline import Pipeline
from costtui.demo.process import start_demo
from costtui.demo.provider import NODE_HEADER, SimulatedProvider
from costtui.demo.questions import AT_FIRST, Asking
from costtui.demo.workload import SUBSYSTEMS
from costtui.errors import CosttuiError
from costtui.pricing import read_answer
from costtui.reading import CallQuery
from costtui.record.cost import CostTracker
from costtui.record.quality import QualityTracker
from costtui.settings import Settings
from costtui.store import open_store, open_writer

NODES = {"triage", "retrieve/rank", "search/summarise", "synthesise", "judge"}
"""Nodes of each kind: at the top, nested, of a subsystem that is drawn rarely."""


def _nodes(reader):
    return {call.node for call in reader.calls(CallQuery(limit=100_000))}


def _eventually(holds, seconds=20.0):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if holds():
            return True
        time.sleep(0.05)
    return False


def test_the_simulated_provider_answers_in_the_shapes_of_real_ones():
    seen = set()
    with SimulatedProvider(seed=1, speed=1000) as provider, httpx.Client(base_url=provider.url) as client:
        for spec in (spec for subsystem in SUBSYSTEMS for spec in subsystem.nodes):
            path = "/v1/messages" if spec.provider == "anthropic" else "/v1/chat/completions"
            for _ in range(20):
                body = {"model": spec.model, "messages": [{"role": "user", "content": "?"}]}
                response = client.post(path, json=body, headers={NODE_HEADER: spec.path})
                seen.add(response.status_code)
                answer = read_answer(response.text, provider=spec.provider, model=spec.model)
                if response.is_success:
                    assert (answer.usage.input_tokens or 0) > 0 or spec.silent
                    assert answer.model == spec.model
                    assert answer.response_id
                else:
                    assert answer.error
                if response.status_code == 429:
                    assert float(response.headers["retry-after"]) > 0
    assert {200, 429} <= seen


async def test_the_pipeline_records_runs_of_nodes_through_real_http(tmp_path):
    store = tmp_path / "calls.db"
    settings = Settings(time_zone="UTC")
    tracker, quality = CostTracker(store, settings=settings), QualityTracker(store, settings=settings)
    with SimulatedProvider(seed=2, speed=200) as provider:
        pipeline = Pipeline(tracker, quality, provider.url, random=Random(2), speed=200)
        work = asyncio.create_task(pipeline.work())
        with open_store(store) as opened:
            deadline = time.monotonic() + 20
            while time.monotonic() < deadline and not _nodes(opened.reader) >= NODES:
                await asyncio.sleep(0.05)
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)
    tracker.close()
    quality.close()
    with open_store(store) as opened:
        assert _nodes(opened.reader) >= NODES
        calls = opened.reader.calls(CallQuery(limit=100_000))
        assert all(call.run_id and call.lead_id and call.tags["tier"] for call in calls)
        runs = opened.reader.runs(None, 100_000)
        assert not any(run.status == "running" for run in runs)
        assert sum(run.calls for run in runs) == len(calls)
        assert opened.reader.quality(None)


async def test_the_questions_show_the_historical_incident_through_the_real_sdk(tmp_path):
    store = tmp_path / "calls.db"
    settings = Settings(time_zone="UTC")
    tracker = CostTracker(store, settings=settings)
    with SimulatedProvider(seed=3, speed=500) as provider, open_writer(store, settings=settings) as writer:
        asking = Asking(tracker, writer, provider.url, random=Random(3), speed=500)
        work = asyncio.create_task(asking.work())
        deadline = time.monotonic() + 30
        with open_store(store) as opened:
            while time.monotonic() < deadline and len(opened.reader.evidence().events) < 2 * AT_FIRST:
                await asyncio.sleep(0.05)
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)
        tracker.close()
    with open_store(store) as opened:
        found = Attribution(opened.reader)
        while found.advance():
            pass
        wrong = [group for group in found.report.groups if group.verdict == "attributes_differ"]
        assert {change.attribute for group in wrong for change in group.differences} == {"user"}
        assert all("demo/questions.py:" in site for group in wrong for site in group.call_sites)
        assert 0 < sum(group.events for group in wrong) < found.report.events / 5
        call = opened.reader.calls(CallQuery(limit=1))[0]
        assert (call.node, call.config_key) == ("ask", "ai-config")
        assert found.history(call.user_id)


def test_the_demo_process_records_and_leaves_nothing():
    with start_demo(seed=1, speed=10) as demo:
        store = Path(demo.store)
        assert demo.budgets[0].name == "everything / day"
        with open_store(store) as opened:
            assert _eventually(lambda: store.exists() and opened.reader.info().calls > 5000)
            history = opened.reader.info().calls
            assert _eventually(lambda: opened.reader.info().calls > history)
        pid = demo.pid
    assert not store.parent.exists()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_the_demo_ends_when_its_monitor_is_killed():
    program = (
        "import json, sys, time; from costtui.demo.process import start_demo; demo = start_demo(seed=1);"
        "print(json.dumps([demo.pid, demo.store]), flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as monitor:
        pid, store = json.loads(monitor.stdout.readline())
        try:
            os.kill(pid, 0)
            monitor.kill()
            assert _eventually(lambda: not _alive(pid))
        finally:
            monitor.kill()
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
    assert not Path(store).parent.exists()


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_kept_demo_store_stays_and_is_not_overwritten(tmp_path):
    with start_demo(seed=1, keep=tmp_path / "kept") as demo:
        store = Path(demo.store)
        assert _eventually(store.exists)
    assert store == tmp_path / "kept" / "demo.db"
    assert store.exists()
    with pytest.raises(CosttuiError, match="there is a demo store already"):
        start_demo(keep=tmp_path / "kept")


def test_a_demo_that_cannot_start_says_why(tmp_path):
    with pytest.raises(CosttuiError, match="speed"):
        start_demo(speed="fast")  # type: ignore[arg-type]
