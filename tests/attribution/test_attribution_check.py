"""``costtui check`` as a user runs it."""

import gzip
import json
from pathlib import Path
from xml.etree import ElementTree as Xml

import pytest

from costtui.cli import main

FIXTURES = Path(__file__).parent / "fixtures"
KEYS = {
    "metric",
    "events",
    "attributed",
    "unattributed",
    "cannot_tell",
    "cost_usd",
    "unattributed_cost_usd",
    "groups",
}
GROUP_KEYS = {
    "verdict", "severity", "events", "units", "cost_usd", "config", "witness", "differences", "notes", "call_sites", "why", "fix",
}  # fmt: skip


def check(*arguments: str) -> int:
    return main(["check", *arguments])


def capture(name: str) -> str:
    return str(FIXTURES / f"{name}.json")


@pytest.mark.parametrize(
    ("name", "options", "code"),
    [
        ("py_24_multi", [], 0),
        ("py_01_exp_eval_A_track_B", [], 0),
        ("py_01_exp_eval_A_track_B", ["--strict"], 1),
        ("py_01_exp_eval_A_track_B", ["--filter-on", "user"], 1),
        ("py_04_wrong_key", [], 1),
        ("py_03_plain_track_first", [], 2),
        ("py_25_sampled", [], 2),
        ("py_06_multi_eval_single_track", ["--unit", "user"], 0),
        ("py_06_multi_eval_single_track", ["--unit", "org"], 1),
        ("py_17_no_metric_value", ["--occurrences"], 0),
        ("py_04_wrong_key", ["--metric", "another"], 2),
    ],
)
def test_the_exit_code_says_how_it_stands(name: str, options: list[str], code: int) -> None:
    assert check("--payloads", capture(name), *options) == code


def test_json_has_the_promised_keys(capsys: pytest.CaptureFixture[str]) -> None:
    check("--payloads", capture("py_repro_devrel_before"), "--format", "json")
    found = json.loads(capsys.readouterr().out)
    assert set(found) == KEYS
    assert (found["events"], found["attributed"], found["cost_usd"], found["unattributed_cost_usd"]) == (
        24,
        24,
        0.12,
        0.0,
    )
    for group in found["groups"]:
        assert set(group) == GROUP_KEYS
        assert [(d["kind"], d["attribute"], d["change"], d["evaluated"]) for d in group["differences"]] == [
            ("user", "user", "added", None)
        ]


def test_junit_fails_what_is_not_attributed(capsys: pytest.CaptureFixture[str]) -> None:
    check("--payloads", capture("py_04_wrong_key"), "--format", "junit")
    suite = Xml.fromstring(capsys.readouterr().out)
    assert (suite.get("tests"), suite.get("failures")) == ("1", "1")
    failure = suite.find("testcase/failure")
    assert failure is not None
    assert failure.get("type") == "key_mismatch"


def test_text_names_the_attribute_and_the_fix(capsys: pytest.CaptureFixture[str]) -> None:
    check("--payloads", capture("py_01_exp_eval_A_track_B"))
    text = capsys.readouterr().out
    assert "attributes differ" in text
    assert "attribute 'user'" in " ".join(text.split())
    assert "client.track('ai_cost_per_request', context, data, cost)" in text


def test_text_says_which_keys_were_seen_instead(capsys: pytest.CaptureFixture[str]) -> None:
    check("--payloads", capture("py_04_wrong_key"), "--metric", "something_else")
    assert "ai_cost_per_request (1)" in " ".join(capsys.readouterr().out.split())


def test_several_files_and_directories_are_one_stream(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.json.gz").write_bytes(gzip.compress(Path(capture("py_24_multi")).read_bytes()))
    (tmp_path / "b.jsonl").write_text('{"kind": "identify"}\n')
    (tmp_path / "broken.json").write_text("{")
    check("--payloads", str(tmp_path), capture("py_04_wrong_key"), "--format", "json")
    captured = capsys.readouterr()
    assert json.loads(captured.out)["events"] == 2
    assert "passed over" in captured.err


def test_a_body_that_was_sent_twice_counts_once(capsys: pytest.CaptureFixture[str]) -> None:
    name = capture("py_24_multi")
    check("--payloads", name, name, "--format", "json")
    assert json.loads(capsys.readouterr().out)["events"] == 1


@pytest.mark.parametrize("content", ["", "{", "[]x", "\x00"])
def test_a_file_that_is_no_capture_is_one_clear_line(
    tmp_path: Path, content: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "x.json"
    path.write_text(content)
    assert check("--payloads", str(path)) == 2
    assert str(path) in capsys.readouterr().err


def test_a_missing_file_is_one_clear_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert check("--payloads", "no/such.json") == 2
    assert "no/such.json" in capsys.readouterr().err


def test_with_flag_data_each_cause_says_what_both_contexts_would_be_served(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    by_user = {"attribute": "user", "op": "in", "values": ["u1"], "contextKind": "user"}
    flag = {
        "key": "exp-user", "version": 7, "on": True, "variations": ["control", "treat"], "salt": "s", "offVariation": 0,
        "fallthrough": {"variation": 0}, "rules": [{"id": "own", "variation": 1, "clauses": [by_user]}],
    }  # fmt: skip
    flags = tmp_path / "flags.json"
    flags.write_text(json.dumps({"flags": {"exp-user": flag}, "segments": {}}))
    arguments = ["--payloads", capture("py_01_exp_eval_A_track_B"), "--flags", str(flags)]
    assert check(*arguments, "--format", "json") == 0
    (group,) = json.loads(capsys.readouterr().out)["groups"]
    assert group["served"] == {
        "evaluated": "0", "tracked": "1", "evaluated_reason": "FALLTHROUGH", "tracked_reason": "RULE_MATCH own",
    }  # fmt: skip
    check(*arguments)
    assert "RULE_MATCH own" in capsys.readouterr().out
    assert (
        check("--payloads", capture("py_01_exp_eval_A_track_B"), "--flags", str(tmp_path / "none.json")) == 2
    )
