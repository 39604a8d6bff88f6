"""What the official SDK serves from the sample project and from flag files, without a network."""

import json

import pytest

from costtui.errors import SettingsError
from costtui.launchdarkly.flags import Flags, FlagSource, config_keys
from costtui.launchdarkly.sample import sample_context, sample_flags


@pytest.mark.parametrize(
    ("name", "variation", "model", "reason"),
    [
        ("premium", "webllm", "Llama-3.2-3B", "RULE_MATCH premium-desktop, in experiment"),
        ("starter", "motherduck-ai", "gpt-4-turbo", "FALLTHROUGH, in experiment"),
        ("trial", "motherduck-ai", "gpt-4-turbo", "FALLTHROUGH, in experiment"),
    ],
)
def test_the_sample_config_serves_by_tier_and_device(name, variation, model, reason):
    with Flags(FlagSource()) as flags:
        served = flags.serve("ai-config", sample_context(name))
    assert (served.variation, served.model, served.reason) == (variation, model, reason)
    assert served.enabled
    assert name in served.messages[0]["content"]


def test_parameters_of_the_model_come_as_they_are():
    with Flags(FlagSource()) as flags:
        served = flags.serve("ai-config", sample_context("trial"))
    assert served.parameters == {"maxTokens": 1000, "temperature": 0.7}
    assert served.provider == "openai"


def test_an_unknown_config_is_disabled_and_says_so():
    with Flags(FlagSource()) as flags:
        served = flags.serve("nothing", sample_context("trial"))
    assert not served.enabled
    assert served.reason == "ERROR FLAG_NOT_FOUND"


def test_a_flag_file_is_read_and_its_configs_are_listed(tmp_path):
    project = sample_flags()
    project["flags"]["support-bot"] = {**project["flags"].pop("ai-config"), "key": "support-bot"}
    path = tmp_path / "flags.json"
    path.write_text(json.dumps(project))
    source = FlagSource(path=str(path))
    assert config_keys(source) == ("support-bot",)
    with Flags(source) as flags:
        assert flags.serve("support-bot", sample_context("premium")).variation == "webllm"


def test_files_that_hold_no_flags_are_named(tmp_path):
    with pytest.raises(SettingsError, match=r"nowhere\.json"):
        Flags(FlagSource(path=str(tmp_path / "nowhere.json")))
    (tmp_path / "bad.json").write_text("{")
    with pytest.raises(SettingsError, match=r"bad\.json holds no JSON"):
        Flags(FlagSource(path=str(tmp_path / "bad.json")))


def test_a_key_is_never_shown():
    assert "sdk-123" not in repr(FlagSource("sdk-123"))


def test_the_segments_are_those_of_the_project():
    with Flags(FlagSource()) as flags:
        client = flags._client
        from ldclient import Context

        who = {name: Context.from_dict(sample_context(name)) for name in ("trial", "starter", "premium")}
        assert [client.variation("pivot-table-access", one, None) for one in who.values()] == [
            False,
            True,
            True,
        ]
        assert [client.variation("data-materialization", one, None) for one in who.values()] == [
            False,
            False,
            True,
        ]
        assert client.variation("pivot-table-access", Context.create("demo@example.com"), None) is True


def test_flags_that_the_sdk_cannot_read_are_told_in_a_sentence_without_its_traceback(tmp_path, capsys):
    path = tmp_path / "flags.json"
    path.write_text(json.dumps({"flags": {"f": {"key": "f", "version": 1, "rules": 1.5}}}))
    with pytest.raises(SettingsError, match='property "rules" should be type'):
        Flags(FlagSource(path=str(path)))
    assert capsys.readouterr().err == ""


def test_a_flag_whose_variations_are_no_list_is_no_ai_config(tmp_path):
    path = tmp_path / "flags.json"
    path.write_text(json.dumps({"flags": {"f": {"key": "f", "variations": 1.5}}}))
    assert config_keys(FlagSource(path=str(path))) == ()


def test_flags_that_are_nested_without_end_are_no_flags(tmp_path):
    path = tmp_path / "flags.json"
    path.write_text("[" * 100_000)
    for read in (Flags, config_keys):
        with pytest.raises(SettingsError, match="flag"):
            read(FlagSource(path=str(path)))
