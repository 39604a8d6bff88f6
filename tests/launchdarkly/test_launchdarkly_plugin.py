"""The plugin inside a real SDK client."""

import subprocess
import sys
import textwrap
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from ld_rig import Upstream, client, flag_file
from ldclient import Context

from costtui.attribution.debugger import Debugger
from costtui.attribution.groups import Report
from costtui.attribution.verdicts import Metric
from costtui.facts import Exposure, MetricEvent
from costtui.launchdarkly import AttributionPlugin, build_context, build_multi_context
from costtui.launchdarkly.capture import Capture
from costtui.launchdarkly.tap import Tap


class Sink:
    def __init__(self) -> None:
        self.facts: list[Any] = []

    def write(self, *facts: Any) -> None:
        self.facts.extend(facts)

    def close(self) -> None:
        raise AssertionError("a sink that was handed in is closed by its owner")


def check(facts: list[Any]) -> Report:
    debugger = Debugger([Metric("ai_cost_per_request")])
    debugger.feed(facts)
    return debugger.report()


def offline(tmp_path: Path, plugin: AttributionPlugin, **options: Any) -> Any:
    return client(flag_file(tmp_path), "http://127.0.0.1:9", plugins=[plugin], **options)


def test_it_sees_both_sides_with_their_source_lines(tmp_path: Path) -> None:
    sink = Sink()
    plugin = AttributionPlugin(sink)
    upstream = Upstream()
    with client(flag_file(tmp_path), upstream.url, plugins=[plugin]) as ld:
        line = sys._getframe().f_lineno
        ld.variation("exp-user", build_context("u1", {"plan": "pro"}), "d")
        ld.track("ai_cost_per_request", build_context("u1", {"plan": "pro", "user": "u1"}), None, 0.25)
    assert plugin.flush()
    upstream.close()
    (group,) = check(sink.facts).groups
    assert group.verdict == "attributes_differ"
    assert group.call_sites == (
        f"evaluated at tests/launchdarkly/test_launchdarkly_plugin.py:{line + 1}",
        f"tracked at tests/launchdarkly/test_launchdarkly_plugin.py:{line + 2}",
    )
    assert group.cost_nano == 250_000_000


def test_it_sees_evaluations_of_plain_flags(tmp_path: Path) -> None:
    sink = Sink()
    plugin = AttributionPlugin(sink)
    with offline(tmp_path, plugin, send_events=False) as ld:
        ld.variation("plain", Context.create("u1"), "d")
    assert plugin.flush()
    (exposure,) = sink.facts
    assert isinstance(exposure, Exposure)
    assert (exposure.flag, exposure.witness, exposure.in_experiment, exposure.reason) == (
        "plain", "plugin", False, "FALLTHROUGH",
    )  # fmt: skip


@pytest.mark.parametrize("value", [Decimal("0.1"), object()])
def test_values_that_lose_a_batch_are_not_delivered(tmp_path: Path, value: Any) -> None:
    sink = Sink()
    plugin = AttributionPlugin(sink)
    with offline(tmp_path, plugin, send_events=False) as ld:
        ld.track("ai_cost_per_request", Context.create("u1"), None, value)
    assert plugin.flush()
    assert check(sink.facts).groups[0].verdict == "not_delivered"


def test_an_invalid_context_is_not_delivered(tmp_path: Path) -> None:
    sink = Sink()
    plugin = AttributionPlugin(sink)
    with offline(tmp_path, plugin) as ld:
        ld.track("ai_cost_per_request", Context.create(""), None, 1.0)
    assert plugin.flush()
    (event,) = sink.facts
    assert (event.delivered, event.units) == (False, {"user": "(invalid context)"})


def test_private_attributes_stay_private(tmp_path: Path) -> None:
    sink = Sink()
    plugin = AttributionPlugin(sink)
    with offline(tmp_path, plugin, send_events=False, private_attributes={"email"}) as ld:
        who = Context.builder("u1").set("email", "secret@x").set("addr", {"street": "secret", "zip": "z"})
        ld.track("ai_cost_per_request", who.private("/addr/street").build(), None, 1.0)
    assert plugin.flush()
    assert "secret" not in repr(sink.facts)
    assert sink.facts[0].redacted == ("/addr/street", "email")


def test_both_witnesses_agree_on_environment_and_count_an_event_once(tmp_path: Path) -> None:
    sink, wire = Sink(), []
    capture = Capture(wire.extend)
    tap = Tap(capture)
    plugin = AttributionPlugin(sink)
    with client(flag_file(tmp_path), tap.url + "/any/prefix", plugins=[plugin]) as ld:
        who = build_multi_context(build_context("u1", {}), build_context("o1", {}, "organization"))
        ld.variation("exp-user", who, "d")
        ld.track("ai_cost_per_request", who, {"configKey": "exp-user", "variationKey": "v"}, 0.5)
    assert plugin.flush()
    capture.close()
    tap.close()
    report = check([*sink.facts, *wire])
    (group,) = report.groups
    assert (report.events, group.verdict.value, len(group.call_sites)) == (1, "attributed", 2)


def test_a_store_that_fails_does_not_harm_the_sdk(tmp_path: Path) -> None:
    class Broken(Sink):
        def write(self, *facts: Any) -> None:
            raise OSError("disk full")

    plugin = AttributionPlugin(Broken())
    with offline(tmp_path, plugin, send_events=False) as ld:
        assert ld.variation("plain", Context.create("u1"), "d") == "a"
        ld.track("x", Context.create("u1"))
        assert plugin.flush()
    assert plugin.left_out == 2


def test_events_of_a_process_that_ends_without_close_are_not_delivered(tmp_path: Path) -> None:
    script = f"""
    import json, sys
    sys.path.insert(0, {str(Path(__file__).parent)!r})
    from pathlib import Path
    from ldclient import Config, Context, LDClient
    from ldclient.integrations import Files
    from costtui.launchdarkly import AttributionPlugin

    class Sink:
        def write(self, *facts):
            for fact in facts:
                print(type(fact).__name__, getattr(fact, "delivered", ""), flush=True)
        def close(self):
            pass

    plugin = AttributionPlugin(Sink())
    source = Files.new_data_source([{str(flag_file(tmp_path))!r}])
    config = Config("sdk-k", update_processor_class=source, events_uri="http://127.0.0.1:9", plugins=[plugin])
    ld = LDClient(config, start_wait=5)
    ld.track("ai_cost_per_request", Context.create("u1"), None, 1.0)
    plugin.flush()
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout.split("\n")[:2] == ["MetricEvent None", "MetricEvent False"]


def test_it_costs_the_caller_microseconds(tmp_path: Path) -> None:
    sink = Sink()
    plugin = AttributionPlugin(sink)
    who = Context.builder("u1").set("plan", "pro").build()
    with offline(tmp_path, plugin, send_events=False) as ld:
        recorder = plugin._recorders[0]
        spent = []
        for _ in range(300):
            started = time.perf_counter()
            recorder.see("custom", "x", who, value=1.0)
            spent.append(time.perf_counter() - started)
        ld.track("x", who)
    assert sorted(spent)[len(spent) // 2] < 60e-6
    assert plugin.flush()
    assert sum(isinstance(fact, MetricEvent) for fact in sink.facts) == 301
