"""The official Node SDK against the tap. Needs a directory with its packages in COSTTUI_NODE_MODULES:

npm install @launchdarkly/node-server-sdk @launchdarkly/server-sdk-ai
"""

import gzip
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from ld_rig import Upstream, flag_file

from costtui.attribution.debugger import Debugger
from costtui.attribution.events import Fact
from costtui.attribution.verdicts import Metric
from costtui.launchdarkly.capture import Capture
from costtui.launchdarkly.forward import Upstream as Forward
from costtui.launchdarkly.tap import Tap

MODULES = os.environ.get("COSTTUI_NODE_MODULES", "")

pytestmark = [
    pytest.mark.rig,
    pytest.mark.skipif(
        not MODULES or not shutil.which("node"),
        reason="needs node, and its SDK's packages in COSTTUI_NODE_MODULES",
    ),
]


@pytest.mark.parametrize("encoding", ["plain", "gzip"])
@pytest.mark.parametrize("status", [202, 429, 500])
def test_the_incident_in_node_is_found_and_every_event_arrives(
    tmp_path: Path, encoding: str, status: int
) -> None:
    upstream, facts = Upstream(), list[Fact]()
    upstream.status = status
    capture, forward = Capture(facts.extend), Forward(upstream.url)
    tap = Tap(capture, forward)
    try:
        subprocess.run(
            ["node", Path(__file__).with_name("node_client.cjs"), tap.url, flag_file(tmp_path), encoding],
            check=True,
            timeout=60,
            env={**os.environ, "NODE_PATH": MODULES},
        )
        upstream.status = 202
    finally:
        tap.close()
        capture.close()
        forward.close()
        upstream.close()
    assert forward.lost == 0
    bodies = {body for _, _, body in upstream.requests}
    assert len(bodies) == 1
    body = bodies.pop()
    sent = json.loads(gzip.decompress(body) if encoding == "gzip" else body)
    assert [event["key"] for event in sent if event["kind"] == "custom"][-1] == "ai_cost_per_request"
    debugger = Debugger([Metric("ai_cost_per_request")])
    debugger.feed(facts)
    (group,) = debugger.report().groups
    assert (group.verdict, group.config, group.witness) == ("attributes_differ", "support-bot", "feature")
    assert [each.attribute for each in group.differences] == ["user"]
    assert "await client.variation" in group.fix
