"""Bodies of every schema become facts; what is no event is counted and left out."""

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costtui.attribution.contexts import build_context, build_multi_context, fingerprint, from_user, normal
from costtui.attribution.events import EventReader
from costtui.attribution.payloads import parse_json, read_payload
from costtui.attribution.sender import environment, events_path, language, same_environment, user_agent
from costtui.errors import PayloadError
from costtui.facts import Exposure, MetricEvent
from costtui.text import plain

AT = 1_795_333_287_012
ALICE = {"kind": "user", "key": "alice", "plan": "pro"}


def read(*events: Any, **headers: str) -> list[Exposure | MetricEvent]:
    batch = EventReader().read(list(events), "/bulk", headers)
    assert batch.skipped == 0
    return list(batch.facts)


def feature(**changes: Any) -> dict[str, Any]:
    reason = {"kind": "RULE_MATCH", "ruleId": "r1", "inExperiment": True}
    return {"kind": "feature", "creationDate": AT, "key": "exp", "variation": 1, "version": 7, "value": "v",
            "reason": reason, "context": ALICE, **changes}  # fmt: skip


def custom(key: str, **changes: Any) -> dict[str, Any]:
    return {"kind": "custom", "creationDate": AT, "key": key, "context": ALICE, **changes}


def test_a_feature_event_is_an_exposure() -> None:
    (fact,) = read(feature())
    assert isinstance(fact, Exposure)
    assert (fact.flag, fact.variation, fact.version, fact.in_experiment, fact.reason, fact.witness) == (
        "exp", "1", 7, True, "RULE_MATCH r1", "feature",
    )  # fmt: skip
    assert (fact.at_us, fact.units) == (AT * 1000, {"user": "alice"})


def test_keys_alone_are_units_without_attributes() -> None:
    event = custom("m", contextKeys={"user": "u1", "org": "o1"}, metricValue=1)
    del event["context"]
    (fact,) = read(event)
    assert (fact.context, fact.units) == (None, {"user": "u1", "org": "o1"})


@pytest.mark.parametrize(
    ("who", "context"),
    [
        ({"userKey": "u1"}, None),
        (
            {"user": {"key": "u1", "custom": {"plan": "pro"}, "email": "e"}},
            {"kind": "user", "key": "u1", "plan": "pro", "email": "e"},
        ),
    ],
)
def test_users_of_schema_3_are_contexts_of_kind_user(who: dict[str, Any], context: Any) -> None:
    event = {**custom("m"), **who}
    del event["context"]
    (fact,) = read(event)
    assert (fact.units, fact.context) == ({"user": "u1"}, context)


def test_a_custom_attribute_named_key_does_not_replace_the_user() -> None:
    assert from_user({"key": "u1", "custom": {"key": "x", "kind": "y"}}) == {
        "kind": "user", "key": "u1", "attribute_key": "x", "attribute_kind": "y",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("key", "data", "flag"),
    [
        ("$ld:ai:usage:completion-config", "bot", "bot"),
        ("$ld:ai:usage:agent-config", "bot", "bot"),
        ("$ld:ai:usage:create-judge", "bot", "bot"),
        ("$ld:ai:config:function:single", "bot", "bot"),
        ("$ld:ai:agent:function:single", "bot", "bot"),
        ("$ld:ai:agent:function:multiple", 3, ""),
        ("$ld:ai:usage:agent-configs", 3, ""),
    ],
)
def test_reading_an_ai_config_is_an_evaluation(key: str, data: Any, flag: str) -> None:
    (fact,) = read(custom(key, data=data, metricValue=1))
    assert isinstance(fact, Exposure)
    assert (fact.flag, fact.witness) == (flag, "usage")


def test_what_an_ai_tracker_sends_is_a_witness_and_a_metric_event() -> None:
    data = {"runId": "r", "configKey": "bot", "variationKey": "v1", "modelName": "m"}
    exposure, event = read(custom("$ld:ai:tokens:total", data=data, metricValue=900))
    assert isinstance(exposure, Exposure)
    assert isinstance(event, MetricEvent)
    assert (exposure.witness, exposure.flag, exposure.ai_run_id, exposure.variation) == (
        "tracker",
        "bot",
        "r",
        "v1",
    )
    assert (event.value, event.config_key, event.variation_key, event.ai_run_id) == (900, "bot", "v1", "r")


def test_the_sdks_own_context_is_left_out() -> None:
    internal = {"kind": "ld_ai", "key": "ld-internal-tracking", "anonymous": True}
    assert not read(
        {"kind": "index", "creationDate": AT, "context": internal},
        custom("$ld:ai:sdk:info", context=internal),
    )


def test_a_summary_counts_evaluations_of_each_flag() -> None:
    counters = [
        {"count": 2, "variation": 0, "version": 1, "value": "the prompt"},
        {"count": 3, "unknown": True},
    ]
    features = {"exp": {"contextKinds": ["user", "org"], "default": "d", "counters": counters}}
    (fact,) = read({"kind": "summary", "startDate": AT, "endDate": AT, "features": features})
    assert isinstance(fact, Exposure)
    assert (fact.flag, fact.count, set(fact.units)) == ("exp", 5, {"user", "org"})


def test_values_of_flags_are_never_kept() -> None:
    value = {"_ldMeta": {"variationKey": "v1"}, "messages": [{"role": "system", "content": "the prompt"}]}
    facts = read(
        feature(value=value), custom("m", data={"prompt": ["the prompt"], "nested": {"x": "the prompt"}})
    )
    assert facts[0].variation == "v1"  # type: ignore[union-attr]
    assert "the prompt" not in repr(facts)


def test_migrations_and_debug_copies_are_no_exposures_of_their_own() -> None:
    operation = {
        "kind": "migration_op",
        "creationDate": AT,
        "context": ALICE,
        "operation": "read",
        "evaluation": feature(),
    }
    assert [fact.witness for fact in read(operation, feature(kind="debug"))] == ["debug", "debug"]


def test_other_kinds_say_nothing() -> None:
    assert not read({"kind": "identify", "creationDate": AT, "context": ALICE}, {"kind": "alias"})


def test_a_diagnostic_event_tells_how_many_events_were_dropped() -> None:
    assert EventReader().read({"kind": "diagnostic", "droppedEvents": 7}, "/diagnostic").dropped == 7


@pytest.mark.parametrize(
    "event",
    [
        None, 1, "x", [], {}, {"kind": "new"}, {"kind": "feature"}, {"kind": []},
        feature(context={}), feature(context={"kind": "user"}), feature(context=None), custom(key=5),  # type: ignore[arg-type]
        {"kind": "summary", "startDate": AT, "features": []}, {"kind": "custom", "creationDate": AT, "key": "m", "user": 5},
    ],
)  # fmt: skip
def test_what_is_no_event_is_counted(event: Any) -> None:
    batch = EventReader().read([event, custom("m")])
    assert (batch.events, batch.skipped, len(batch.facts)) == (2, 1, 1)


@pytest.mark.parametrize("time", [None, "now", True, -1, 0, 1e300, math.nan, math.inf, 10**400, [], "9" * 30])
def test_an_event_whose_time_is_none_has_that_of_the_event_before(time: Any) -> None:
    batch = EventReader().read([custom("m"), feature(creationDate=time)])
    assert [fact.at_us for fact in batch.facts] == [AT * 1000, AT * 1000]
    assert [fact.order for fact in batch.facts] == [0, 1]


def test_without_any_time_the_body_was_sent_when_it_was_received() -> None:
    event = custom("m")
    del event["creationDate"]
    assert EventReader().read([event], received_us=5).facts[0].at_us == 5


@pytest.mark.parametrize("time", [AT // 1000, AT / 1000, AT, float(AT), AT * 1000, str(AT)])
def test_times_in_seconds_and_microseconds_are_understood(time: Any) -> None:
    (fact,) = read(feature(creationDate=time))
    assert abs(fact.at_us - AT * 1000) < 1_000_000


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=8,
)
almost = st.fixed_dictionaries(
    {"kind": st.sampled_from(["feature", "custom", "index", "summary", "debug", "migration_op", "diagnostic"])},
    optional=dict.fromkeys(("context", "user", "contextKeys", "data", "reason", "value", "features", "evaluation", "metricValue", "variation", "droppedEvents"), anything),
).map(lambda event: {"creationDate": AT, "startDate": AT, "key": "m", **event})  # fmt: skip


@given(st.lists(st.one_of(anything, almost), max_size=5))
def test_no_body_breaks_the_reader(body: list[Any]) -> None:
    batch = EventReader().read(body)
    assert batch.events == len(body)
    for fact in batch.facts:
        assert all(plain(key) == key for key in fact.units.values())


def test_escape_sequences_and_long_texts_do_not_get_through() -> None:
    (fact,) = read(
        custom("m\x1b[31m", context={"kind": "user", "key": "u\x07", "bio": "x" * 10_000, "é\u202e": "\x9b"})
    )
    assert "\x1b" not in fact.key  # type: ignore[union-attr]
    assert len(repr(fact)) < 2_000
    assert all(ord(char) >= 32 and char not in "\x9b\u202e" for char in repr(fact.context))


def test_long_values_stay_distinct() -> None:
    assert fingerprint({"kind": "user", "key": "x" * 600}) != fingerprint({"kind": "user", "key": "x" * 601})


def test_the_builder_keeps_identity_and_types_safe() -> None:
    from datetime import UTC, datetime
    from decimal import Decimal

    built = build_context(
        "u1",
        {"key": "other", "kind": "request", "anonymous": "yes", "cost": Decimal("0.5"), "at": datetime(2026, 1, 2, tzinfo=UTC),
         "none": None, "nan": math.nan, "name": 5, "tags": {"a"}},
    )  # fmt: skip
    assert built == {
        "kind": "user", "key": "u1", "attribute_key": "other", "attribute_kind": "request", "attribute_anonymous": "yes",
        "cost": 0.5, "at": "2026-01-02T00:00:00+00:00", "nan": "nan", "attribute_name": 5, "tags": ["a"],
    }  # fmt: skip
    json.dumps(built, allow_nan=False)


def test_multi_contexts_have_one_of_each_kind() -> None:
    user, org = build_context("u", {"a": 1}), build_context("o", {}, "org")
    assert build_multi_context(user, org) == {
        "kind": "multi",
        "user": {"key": "u", "a": 1},
        "org": {"key": "o"},
    }
    assert build_multi_context(user) == user
    with pytest.raises(ValueError, match="two contexts"):
        build_multi_context(user, user)
    for key, kind in (("", "user"), ("k", "multi"), ("k", "kind"), ("k", "a b")):
        with pytest.raises(ValueError):
            build_context(key, {}, kind)


def test_normal_form_drops_what_means_nothing() -> None:
    written = {"kind": "multi", "user": {"key": 5, "x": None, "anonymous": False, "n": 2.0}}
    assert normal(written) == {"kind": "user", "key": "5", "n": 2}


def test_an_environment_is_a_fingerprint_never_a_key() -> None:
    name = environment("/tap/prod/bulk", {"Authorization": "sdk-secret"})
    assert "secret" not in name
    assert name == environment("/tap/prod/bulk", {"authorization": "sdk-secret"})
    assert name != environment("/tap/prod/bulk", {"Authorization": "sdk-other"})
    assert not environment("/bulk", {})


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("sdk-11111111", "sdk-22222222", False),
        ("prod/sdk-11111111", "stage/sdk-22222222", False),
        ("prod/sdk-11111111", "sdk-11111111", True),
        ("prod/sdk-11111111", "prod/client-22222222", True),
        ("prod/sdk-11111111", "stage/client-22222222", False),
        ("prod", "stage", False),
        ("", "sdk-11111111", True),
    ],
)
def test_environments_that_may_be_one(one: str, other: str, same: bool) -> None:
    assert same_environment(one, other) is same
    assert same_environment(other, one) is same


def test_paths_lose_their_prefix_on_the_way_on() -> None:
    paths = ["/bulk", "/p/q/bulk", "/p/events/bulk/id", "/mobile/events/bulk", "/p/diagnostic", "/other"]
    assert [events_path(path) for path in paths] == [
        "/bulk", "/bulk", "/events/bulk/id", "/mobile/events/bulk", "/diagnostic", "/other",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("agent", "expected"),
    [
        ("PythonClient/9.20.0", "python"),
        ("NodeJSClient/9.13.7", "node"),
        ("JSClient/3.1", "node"),
        ("JavaScript/1", "node"),
        ("GoClient/7", "go"),
        ("JavaClient/7.4", "java"),
        ("DotNetClient/8", "dotnet"),
        ("RubyClient/8", "ruby"),
        ("PHPClient/6", "php"),
        ("RustServerClient/2", "other"),
    ],
)
def test_the_language_of_an_sdk(agent: str, expected: str) -> None:
    assert language(user_agent({"User-Agent": "Mozilla", "X-LaunchDarkly-User-Agent": agent})) == expected


@pytest.mark.parametrize(
    "text",
    [
        '{"requests": [{"path": "/bulk", "headers": {}, "body": [{"kind": "identify"}]}]}',
        '{"path": "/bulk", "body": "[{\\"kind\\": \\"identify\\"}]"}',
        '[{"kind": "identify"}]',
        '[{"body": [{"kind": "identify"}]}]',
        '{"kind": "identify"}',
        '{"kind": "identify"}\n{"kind": "identify"}\n',
    ],
)
def test_captures_of_any_shape_are_read(text: str) -> None:
    assert next(event["kind"] for sent in read_payload(text, "x") for event in sent.body) == "identify"


@pytest.mark.parametrize("text", ["", "nonsense", "5", "{}", "[" * 100_000, '{"requests": []}'])
def test_what_is_no_capture_is_a_clear_error(text: str) -> None:
    with pytest.raises(PayloadError, match="x: "):
        read_payload(text, "x")


def test_bare_nan_is_read() -> None:
    assert math.isnan(parse_json("[NaN]")[0])
