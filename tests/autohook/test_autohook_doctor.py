import json
import os
import subprocess
import sys

import pytest

from costtui.facts import Call, Cost, CostSource, Status, Usage, UsageState
from costtui.llm.exchange import Exchange
from costtui.record.autohook.findings import Findings

PYTHON = {"kind": "python", "version": "3.11.7"}
GOOD = {
    "key": "k",
    "started_us": 1,
    "node": "extract",
    "provider": "openai",
    "model": "gpt-4o-mini",
    "model_asked": "gpt-4o-mini",
    "usage": Usage(10, 5, state=UsageState.REPORTED),
    "cost": Cost(1, CostSource.PRICED),
}
ESTIMATED = Usage(10, 5, state=UsageState.ESTIMATED)


def found(
    *,
    url="https://api.openai.com/v1/chat/completions",
    request=b"{}",
    provider="openai",
    notes=(PYTHON,),
    **facts,
):
    findings = Findings()
    for note in notes:
        findings.note(note)
    exchange = Exchange(key="k", url=url, started_us=1, status=Status.OK, provider=provider, request=request)
    findings.seen(exchange, Call(**{**GOOD, **facts}))
    return [(finding.what, finding.fix) for finding in findings.all()]


def test_nothing_is_said_where_all_is_well():
    assert found() == []


@pytest.mark.parametrize(
    ("facts", "what", "fix"),
    [
        (
            {"usage": ESTIMATED, "request": json.dumps({"stream": True, "messages": []}).encode()},
            "1 stream of gpt-4o-mini in extract did not ask for usage",
            "include_usage",
        ),
        ({"usage": ESTIMATED}, "1 call of gpt-4o-mini in extract said nothing of usage", "gateway"),
        (
            {"cost": Cost(None, CostSource.UNKNOWN)},
            "no price for openai/gpt-4o-mini: the cost of 1 call",
            "costtui prices set",
        ),
        ({"model_asked": "gpt-4o-latest"}, "gpt-4o-latest may be another model tomorrow", "name the version"),
        ({"node": ""}, "1 call outside of any node", "costtui.node"),
        (
            {"provider": "", "url": "http://10.0.0.7:8000/v1/chat/completions"},
            "10.0.0.7:8000 is no provider that costtui knows",
            '[providers.mine] base_url = "http://10.0.0.7:8000/v1"',
        ),
        ({"status": Status.PARTIAL}, "1 stream from api.openai.com ended before", "timeouts"),
        ({"notes": ()}, "no Python interpreter reported itself", "-I"),
        (
            {"notes": (PYTHON, {"kind": "host", "host": "api.anthropic.com", "clients": "requests urllib3"})},
            "api.anthropic.com was contacted, but not through httpx or httpx2 (loaded: requests, urllib3)",
            "official SDK",
        ),
        (
            {"notes": (PYTHON, {"kind": "skipped", "host": "llm.acme.com", "path": "/chat/ask"})},
            "a request was posted to llm.acme.com/chat/ask",
            "[providers.mine]",
        ),
    ],
)
def test_each_gap_is_named_with_its_fix(facts, what, fix):
    ((said, advice),) = found(**facts)
    assert what in said
    assert fix in advice


def test_a_host_that_was_seen_is_no_gap():
    assert found(notes=(PYTHON, {"kind": "host", "host": "api.openai.com", "clients": "httpx"})) == []


def test_the_doctor_runs_a_program_and_says_what_it_saw(tmp_path, provider):
    script = tmp_path / "app.py"
    body = {"model": "gpt-4o-mini", "messages": [], "stream": True, "how": "no usage"}
    script.write_text(
        f"import httpx, urllib.request\nhttpx.post({provider.url!r}, json={body!r})\n"
        "try: urllib.request.urlopen('http://api.openai.com:1/', timeout=1)\nexcept OSError: pass\n"
    )
    environment = {**os.environ, "COSTTUI_SETTINGS": str(tmp_path / "none.toml"), "http_proxy": ""}
    command = [
        sys.executable,
        "-m",
        "costtui",
        "doctor",
        "--store",
        str(tmp_path / "calls.db"),
        "--",
        sys.executable,
        str(script),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, env=environment)
    assert done.returncode == 1
    assert "✓ program: ended with 0, 1 call · ≈$0.00" in done.stdout
    assert "1 stream of gpt-4o-mini in no node did not ask for usage" in done.stdout
    assert "api.openai.com was contacted, but not through httpx or httpx2" in done.stdout
    assert done.stderr == ""
