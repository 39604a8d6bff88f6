"""``costtui price`` and ``costtui prices`` as they are typed."""

import io
import json
from types import SimpleNamespace

import pytest

from costtui.cli import main

CHAT = {
    "id": "chatcmpl-1",
    "model": "gpt-4o-mini-2024-07-18",
    "choices": [{"message": {"content": "Hi"}, "finish_reason": "stop"}],
    "usage": {
        "prompt_tokens": 1000,
        "completion_tokens": 100,
        "total_tokens": 1100,
        "prompt_tokens_details": {"cached_tokens": 400},
    },
}
KEYS = ["provider", "model", "usage", "cost_usd", "cost_source", "price_ref", "lines"]
USAGE_KEYS = [
    "input_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "cache_write_1h_tokens",
    "output_tokens",
    "reasoning_tokens",
    "state",
]


@pytest.fixture(autouse=True)
def settings_file(tmp_path, monkeypatch):
    path = tmp_path / "settings" / "settings.toml"
    monkeypatch.setenv("COSTTUI_SETTINGS", str(path))
    return path


def recorded(tmp_path, body: object) -> str:
    path = tmp_path / "answer.json"
    path.write_text(body if isinstance(body, str) else json.dumps(body))
    return str(path)


def test_price_prints_the_documented_object(tmp_path, capsys):
    assert main(["price", recorded(tmp_path, CHAT), "--json", "--at", "2026-11-22"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert list(found) == KEYS
    assert list(found["usage"]) == USAGE_KEYS
    assert list(found["usage"].values()) == [1000, 400, 0, 0, 100, 0, "reported"]
    assert (found["provider"], found["model"]) == ("openai", "gpt-4o-mini-2024-07-18")
    assert (found["cost_usd"], found["cost_source"]) == ("0.00018", "priced")
    assert found["price_ref"].endswith("openai/gpt-4o-mini 2026-11-22")
    assert found["lines"] == [
        {"unit": "cache_read", "count": 400, "rate_usd_per_million": "0.075", "cost_usd": "0.00003"},
        {"unit": "input", "count": 600, "rate_usd_per_million": "0.15", "cost_usd": "0.00009"},
        {"unit": "output", "count": 100, "rate_usd_per_million": "0.6", "cost_usd": "0.00006"},
    ]


def test_price_reads_standard_input_and_shows_each_line(capsys, monkeypatch):
    monkeypatch.setattr(
        "sys.stdin", SimpleNamespace(buffer=io.BytesIO(json.dumps(CHAT).encode()), isatty=lambda: False)
    )
    assert main(["price"]) == 0
    shown = capsys.readouterr().out
    assert "600 ×      $0.15 / 1M = $0.00009" in shown
    assert "cost    $0.00018  priced" in shown


def test_price_of_an_unknown_model_is_null_and_says_what_to_do(tmp_path, capsys):
    path = recorded(tmp_path, {**CHAT, "model": "acme-70b"})
    assert main(["price", path, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["cost_usd"], found["cost_source"], found["lines"]) == (None, "unknown", [])
    main(["price", path])
    assert "costtui prices set acme-70b" in capsys.readouterr().out


def test_price_takes_the_model_that_is_given_and_falls_back_to_the_answers(tmp_path, capsys):
    path = recorded(tmp_path, {**CHAT, "model": "llama-local", "timings": {}})
    main(["price", path, "--json", "--model", "gpt-4"])
    assert json.loads(capsys.readouterr().out)["cost_usd"] == "0.036"
    main(["price", recorded(tmp_path, CHAT), "--json", "--model", "my-deployment"])
    assert json.loads(capsys.readouterr().out)["cost_usd"] == "0.00018"


def test_price_of_a_stream_without_usage_is_an_estimate_of_the_output(tmp_path, capsys):
    body = (
        'data: {"model": "gpt-4o", "choices": [{"delta": {"content": "'
        + "x" * 400
        + '"}}]}\n\ndata: [DONE]\n\n'
    )
    main(["price", recorded(tmp_path, body), "--json"])
    captured = capsys.readouterr()
    found = json.loads(captured.out)
    assert found["usage"]["state"] == "estimated"
    assert (found["usage"]["input_tokens"], found["usage"]["output_tokens"]) == (None, 100)
    assert (found["cost_usd"], found["cost_source"]) == ("0.001", "heuristic")
    assert "input tokens are not known" in captured.err


def test_price_of_an_error_is_no_cost(tmp_path, capsys):
    assert main(["price", recorded(tmp_path, {"error": {"message": "no \x1b[31mquota"}}), "--json"]) == 0
    captured = capsys.readouterr()
    found = json.loads(captured.out)
    assert (found["usage"]["state"], found["cost_usd"], found["provider"], found["model"]) == (
        "missing",
        None,
        None,
        None,
    )
    assert "\x1b" not in captured.err


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["price", "/nowhere/answer.json"], 1, "cannot read /nowhere/answer.json"),
        (["price", "{file}", "--at", "yesterday"], 2, "--at must be a date"),
        (["price", "{file}", "--book", "blue"], 2, "--book must be library or classic"),
        (["prices", "gpt-4o", "gpt-4"], 2, "one model at a time"),
        (["prices", "set"], 2, "model is missing"),
        (["prices", "set", "acme", "--input", "1"], 2, "half a price is no price"),
    ],
)
def test_mistakes_are_one_line(tmp_path, capsys, arguments, code, words):
    path = recorded(tmp_path, CHAT)
    assert main([argument.replace("{file}", path) for argument in arguments]) == code
    error = capsys.readouterr().err
    assert words in error
    assert error.count("\n") == 1


def test_prices_explains_a_model(capsys):
    assert main(["prices", "deepseek-chat", "--at", "2026-11-22T12:00"]) == 0
    shown = capsys.readouterr().out
    assert "holds      input $0.27, cache read $0.07, output $1.10 per 1M" in shown
    assert "history    otherwise: input $0.135" in shown
    assert "daily 00:30–16:30 UTC" in shown
    assert "differs: input 93 %, output 293 %" in shown


def test_prices_with_the_classic_book_has_nothing_that_differs(capsys):
    assert main(["prices", "deepseek-chat", "--book", "classic", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["rates"]["usd_per_million"], found["differs"]) == ({"input": "0.14", "output": "0.28"}, [])


def test_prices_lists_what_a_part_of_a_name_matches(capsys):
    assert main(["prices", "haiku-4"]) == 0
    assert "anthropic/claude-haiku-4-5" in capsys.readouterr().out


def test_prices_without_a_model_shows_where_the_lists_differ(capsys):
    assert main(["prices"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert any("cerebras/llama3.1-8b" in line and line.endswith("differs") for line in lines)
    assert any("openai/gpt-4 " in line and not line.endswith("differs") for line in lines)


def test_prices_set_is_used_by_the_next_call_and_keeps_the_file(tmp_path, capsys, settings_file):
    settings_file.parent.mkdir()
    settings_file.write_text("# mine\ntime_zone = 'UTC'\n")
    assert main(["prices", "set", "acme-*", "--input", "1", "--output", "2.5", "--from", "2026-01-01"]) == 0
    assert main(["prices", "set", "llama*", "--provider", "ollama", "--free"]) == 0
    assert settings_file.read_text().startswith("# mine\ntime_zone = 'UTC'\n\n[[prices]]\n")
    capsys.readouterr()
    main(["price", recorded(tmp_path, {**CHAT, "model": "acme-70b"}), "--json"])
    found = json.loads(capsys.readouterr().out)
    assert (found["cost_usd"], found["price_ref"]) == ("0.00125", "settings prices[0] acme-*")


def test_prices_set_never_touches_a_file_that_is_broken(settings_file, capsys):
    settings_file.parent.mkdir()
    settings_file.write_text("time_zone = [")
    assert main(["prices", "set", "acme", "--free"]) == 2
    assert settings_file.read_text() == "time_zone = ["
