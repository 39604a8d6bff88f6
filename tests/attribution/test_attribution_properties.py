"""Verdicts do not depend on how facts arrive: in which order, in which portions, with reports in between."""

from typing import Any

from attribution_streams import METRIC, context, exposed, multi, summary, tracked
from hypothesis import given, settings
from hypothesis import strategies as st

from costtui.attribution.contexts import canonical, fingerprint, normal
from costtui.attribution.debugger import Debugger
from costtui.attribution.difference import differences, side_by_side
from costtui.attribution.groups import Report
from costtui.attribution.verdicts import Metric

keys = st.sampled_from(["a", "b", "c"])
attributes = st.fixed_dictionaries(
    {}, optional={"plan": st.sampled_from(["pro", 1, True, None]), "user": st.just("x")}
)
singles = st.builds(
    lambda key, kind, values: context(key, kind, **values),
    keys,
    st.sampled_from(["user", "request"]),
    attributes,
)
multis = st.builds(
    lambda user, org, values: multi(user={"key": user, **values}, org={"key": org}), keys, keys, attributes
)
contexts = st.one_of(singles, singles, multis)
times = st.integers(1, 12)
places = st.integers(0, 50)
environments = st.sampled_from(["sdk-11111111", "sdk-11111111", "sdk-22222222", ""])
flags = st.sampled_from(["exp", "exp", "bot"])

exposures = st.builds(
    lambda at, who, place, environment, flag, witness, inside, variation, run: exposed(
        at, who, order=place, environment=environment, flag="" if witness == "index" else flag, witness=witness,
        in_experiment=inside and witness in ("feature", "plugin", "debug"), variation=variation, ai_run_id=run,
    ),
    times, contexts, places, environments, flags,
    st.sampled_from(["feature", "feature", "usage", "tracker", "index", "debug", "plugin"]),
    st.booleans(), st.sampled_from(["0", "1"]), st.sampled_from(["", "r1", "r2"]),
)  # fmt: skip
summaries = st.builds(lambda at, flag, count: summary(at, flag, count), times, flags, st.integers(0, 3))
events = st.builds(
    lambda at, who, place, environment, key, value, witness, config, run, keys_only: tracked(
        at, who, order=place, environment=environment, key=key, value=value, witness=witness, config_key=config,
        ai_run_id=run, **({"context": None} if keys_only else {}),
    ),
    times, contexts, places, environments, st.sampled_from([METRIC, METRIC, "AI_COST_PER_REQUEST", "other"]),
    st.sampled_from([0.01, 0.01, None, "1"]), st.sampled_from(["custom", "custom", "plugin"]),
    st.sampled_from(["", "exp", "bot"]), st.sampled_from(["", "r1", "r2"]), st.booleans(),
)  # fmt: skip
streams = st.lists(st.one_of(exposures, exposures, summaries, events, events), max_size=14)


def check(portions: list[list[Any]], *, reports: bool = False, unit: str = "") -> Report:
    debugger = Debugger([Metric(METRIC, unit=unit)])
    for portion in portions:
        debugger.feed(portion)
        if reports:
            debugger.report()
    return debugger.report()


@settings(deadline=None, max_examples=400)
@given(streams, st.sampled_from(["", "user", "org"]))
def test_verdicts_one_fact_at_a_time_are_those_of_the_whole(facts: list[Any], unit: str) -> None:
    assert check([[fact] for fact in facts], reports=True, unit=unit) == check([facts], unit=unit)


@settings(deadline=None, max_examples=400)
@given(streams.flatmap(lambda facts: st.tuples(st.just(facts), st.permutations(facts))))
def test_verdicts_do_not_depend_on_the_order_of_arrival(pair: tuple[list[Any], list[Any]]) -> None:
    facts, shuffled = pair
    assert check([shuffled]) == check([facts])


@settings(deadline=None)
@given(streams)
def test_groups_hold_every_event_once(facts: list[Any]) -> None:
    report = check([facts])
    assert report.events == report.attributed + report.unattributed + report.cannot_tell
    assert report.events == sum(group.events for group in report.groups)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.floats(-2, 2) | st.text("abc1 /~é", max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("ab/~", max_size=3), inner, max_size=3)
    ),
    max_leaves=6,
)
any_contexts = st.dictionaries(st.text("abcé/~", max_size=5), json_values, max_size=5).map(
    lambda values: {**values, "kind": "user", "key": "k", "_meta": {"redactedAttributes": ["secret"]}}
)


@given(any_contexts, any_contexts)
def test_contexts_differ_exactly_where_their_fingerprints_do(
    one: dict[str, Any], other: dict[str, Any]
) -> None:
    found = differences(normal(one), normal(other))
    if fingerprint(one) == fingerprint(other):
        assert not found
    elif "secret" not in one and "secret" not in other:
        assert found
    rows = side_by_side(normal(one), normal(other))
    assert sum(row.change is not None for row in rows) == len(found)


@given(any_contexts)
def test_normal_form_is_stable_and_order_free(one: dict[str, Any]) -> None:
    turned = dict(reversed(one.items()))
    assert normal(normal(one)) == normal(one)
    assert canonical(turned) == canonical(one)
