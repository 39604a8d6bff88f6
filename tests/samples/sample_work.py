"""A run over issues, one of which went wrong."""

from contextlib import contextmanager
from zoneinfo import ZoneInfo

from costtui.facts import (
    AgentExecution,
    Call,
    CodeMetrics,
    Cost,
    CostSource,
    DebuggingCycle,
    ErrorRecord,
    Issue,
    PipelineRun,
    Run,
    Status,
    Step,
    ToolCall,
)
from costtui.position import Position, Viewer
from costtui.store import open_store, open_writer
from costtui.window import WINDOWS

NOW_US = 1_795_349_112_000_000
START = NOW_US - 600_000_000
S = 1_000_000


def agents(issue, *names, run="r"):
    for number, name in enumerate(names):
        key = f"{run}-{issue}-{number}"
        at = START + number * 10 * S
        good = "!" not in name
        name = name.strip("!")
        yield Step(key, run, name, at, at + 5 * S)
        yield AgentExecution(
            name, 1, at, at + 5 * S, good, "" if good else "red", key=key, run_id=run, issue_id=issue
        )
        yield Call(
            f"c{key}",
            at,
            node=name,
            run_id=run,
            step_key=key,
            tags={"issue": issue},
            cost=Cost(10_000_000, CostSource.PRICED),
        )


ALL = ("planning", "coding", "testing", "review")
FACTS = (
    Run("r", START, "shop", Status.OK, START + 300 * S, config={"llm": {"model": "m", "temperature": 0.1}}),
    Run("plain", START - S, "shop", Status.OK, START + S),
    Issue("r", "good", START, Status.COMPLETED, START + 60 * S, CodeMetrics(1, 1, 38, 0, 81.0)),
    *agents("good", *ALL),
    Issue("r", "bad", START + S, Status.FAILED, START + 90 * S),
    *agents("bad", *ALL, "!coding"),
    PipelineRun("9", "abc", "failed", failed_jobs=("unit",), started_us=START, run_id="r", issue_id="bad"),
    DebuggingCycle("coding", "E", "m", START, START + S, 2, False, key="d", run_id="r", issue_id="bad"),
    ErrorRecord("E", "two\nlines", START, key="e", run_id="r", issue_id="bad"),
    ErrorRecord("Outside", "of all", START, key="o", run_id="r"),
    ToolCall("t", "git", START, START + S, False, "exit 1", "coding", "r", "bad"),
)


@contextmanager
def work_sources(path, zone="UTC"):
    """Give what pages are built from, of a store at a path that holds the run; asked again, it reads again."""
    with open_writer(path) as writer:
        writer.write(*FACTS)
    with open_store(path) as opened:
        position = Position(opened, WINDOWS[2], Viewer(ZoneInfo(zone), now_us=lambda: NOW_US))
        yield position.sources
