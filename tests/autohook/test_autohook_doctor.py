import json
import os
import subprocess
import sys

import pytest

from costtui.cli import main
from costtui.facts import Call, Cost, CostSource, Status, Usage, UsageState
from costtui.llm.endpoints import recognise
from costtui.llm.exchange import Exchange
from costtui.llm.providers import own_hosts
from costtui.record.autohook.findings import Findings
from costtui.settings import load

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
        (
            {"model_asked": "gpt-4o-latest", "model": "gpt-4o-2024-11-20"},
            "gpt-4o-latest may be another model tomorrow",
            "ask for gpt-4o-2024-11-20, which answered",
        ),
        (
            {"model_asked": "gpt-4o-latest", "model": "gpt-4o-latest"},
            "gpt-4o-latest may be another model tomorrow",
            "a version that has a date",
        ),
        ({"node": ""}, "1 call outside of any node", "costtui.node"),
        (
            {"provider": "", "url": "http://10.0.0.7:8000/v1/chat/completions"},
            "10.0.0.7:8000 is no provider that costtui knows",
            '[providers.mine]\nbase_url = "http://10.0.0.7:8000/v1"\nand',
        ),
        (
            {"provider": "", "url": "http://10.0.0.7:8000/v1beta/models/gemini-x:generateContent"},
            "10.0.0.7:8000 is no provider that costtui knows",
            'base_url = "http://10.0.0.7:8000/v1beta"\nwire = "gemini"\n',
        ),
        ({"status": Status.PARTIAL}, "1 stream from api.openai.com ended before", "timeouts"),
        ({"notes": ()}, "no Python interpreter reported itself", "-I"),
        (
            {"notes": (PYTHON, {"kind": "host", "host": "api.anthropic.com", "clients": "requests urllib3"})},
            "api.anthropic.com was contacted, but not through httpx or httpx2 (loaded: requests, urllib3)",
            "official SDK",
        ),
        (
            {"notes": (PYTHON, {"kind": "host", "host": "x.ai", "clients": "litellm aiohttp"})},
            "(loaded: litellm, aiohttp)",
            "litellm.disable_aiohttp_transport = True",
        ),
        (
            {"notes": (PYTHON, {"kind": "skipped", "url": "http://llm.acme.com:81/chat/ask"})},
            "a request was posted to http://llm.acme.com:81/chat/ask",
            "record the answer yourself",
        ),
        (
            {"notes": (PYTHON, {"kind": "skipped", "url": "http://llm.acme.com:81/v1/messages/complete"})},
            "a request was posted to http://llm.acme.com:81/v1/messages/complete",
            '[providers.mine]\nbase_url = "http://llm.acme.com:81/v1/messages/complete"',
        ),
    ],
)
def test_each_gap_is_named_with_its_fix(facts, what, fix):
    ((said, advice),) = found(**facts)
    assert what in said
    assert fix in advice


@pytest.mark.parametrize(
    ("loaded", "what", "fix"),
    [
        ("", "no request to a model was seen", "calls a model"),
        ("aiohttp google.genai", "(loaded: aiohttp, google.genai)", "httpx_async_client"),
        ("requests", "(loaded: requests)", "official SDK"),
    ],
)
def test_a_program_that_called_no_model_is_not_told_that_all_is_well(loaded, what, fix):
    findings = Findings()
    for note in (PYTHON, {"kind": "loaded", "clients": loaded}):
        findings.note(note)
    (finding,) = findings.all()
    assert what in finding.what
    assert fix in finding.fix


def test_the_lines_for_the_settings_are_settings_and_make_the_request_count(tmp_path):
    path = "/v1/messages/complete"
    ((_, fix),) = found(notes=(PYTHON, {"kind": "skipped", "url": f"http://llm.acme.com:81{path}"}))
    (tmp_path / "settings.toml").write_text(fix.partition("add to the settings:\n")[2])
    settings = load({"COSTTUI_SETTINGS": str(tmp_path / "settings.toml")})
    assert recognise("llm.acme.com:81", path, own_hosts(settings, {})).provider == "mine"


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


@pytest.mark.parametrize(
    ("variables", "code", "said"),
    [
        (
            {"COST_TRACKING_ENABLED": "false"},
            1,
            "! recording is switched off\n  fix: unset COST_TRACKING_ENABLED\n",
        ),
        ({"COSTTUI_ENFORCE": "no"}, 0, "· budgets only count: no call is refused"),
        (
            {"OPENAI_API_KEY": "sk-secret"},
            0,
            "✓ keys: openai\n· keys: none for anthropic: set ANTHROPIC_API_KEY; google",
        ),
        ({}, 0, "· LangSmith: no key; set LANGSMITH_API_KEY"),
        (
            {"LANGSMITH_API_KEY": "ls-secret"},
            0,
            "· LangSmith: project default; programs are not traced: set LANG",
        ),
        (
            {"LANGCHAIN_API_KEY": "ls-secret", "LANGCHAIN_TRACING_V2": "true", "LANGCHAIN_PROJECT": "p"},
            0,
            "✓ LangSmith: project p, programs are traced",
        ),
        ({}, 0, "✓ instrumentation: httpx "),
    ],
)
def test_the_doctor_says_what_is_missing_on_this_machine(
    tmp_path, monkeypatch, capsys, variables, code, said
):
    for name in [
        name for name in os.environ if name.startswith(("LANG", "COST")) or name.endswith("_API_KEY")
    ]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("COSTTUI_SETTINGS", str(tmp_path / "none.toml"))
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert main(["doctor", "--store", str(tmp_path / "calls.db")]) == code
    told = capsys.readouterr().out
    assert said in told
    assert "secret" not in told
