"""Calls that are tried without any: answers come at once, or not before they are cancelled."""

import threading
from typing import Any

from costtui.view.headline import Figure
from costtui.view.matrix import Grid, GridCell, Matrix
from costtui.view.trial import Ask, Choices, Outcome, Plan, Tally

KINDS = {"user": {"key": "u1", "tier": "starter"}}
REPORT = """\
evaluated at app/serving.py:29
tracked at app/serving.py:33

Tracked with another context than ai-config was evaluated with: attribute 'user' of the user added.

the evaluated context is served motherduck-ai
the tracking context would be served the same"""


class SampleTrial:
    """Answers at once, or waits until it is cancelled."""

    def __init__(self, *, hangs: bool = False, problem: str = "", own: frozenset[str] = frozenset()) -> None:
        self.hangs, self.problem, self.own = hangs, problem, own
        self.fired: list[Ask] = []
        self.grids: list[Grid] = []
        self.kept: list[tuple[str, Any, str]] = []
        self.dropped: list[str] = []

    def choices(self) -> Choices:
        return Choices(
            (("", "as served"), ("openai/gpt-4o", "its key is set")),
            (("", "none"), ("ai-config", "sample project")),
            (("starter", "starter, tablet"), ("premium", "premium, desktop")),
            "sample project",
            "nothing is at hand: start a local server",
            self.own,
        )

    def plan(self, ask: Ask) -> Plan:
        served = ("motherduck-ai", "FALLTHROUGH, in experiment") if ask.config else ("", "")
        return Plan(
            ask, ask.model or "simulated/gpt-4-turbo", *served, "1,000 tokens", 31_000_000, "", self.problem
        )

    def fire(self, ask: Ask, tell: Any, stopped: threading.Event, count: Any) -> Outcome:
        self.fired.append(ask)
        tell("Berlin, ")
        tell("then Hamburg.")
        if self.hangs:
            count(Tally(3, ask.repeat, errors=1, spent_nano=3_600_000))
            stopped.wait(20)
            return Outcome(problem="cancelled")
        figures = (Figure("cost", "$0.0012"), Figure("latency", "474 ms", "first token 33 ms"))
        if not ask.config:
            return Outcome(figures)
        if ask.legacy:
            return Outcome(figures, "▲ attributes differ  +user", "error", REPORT)
        return Outcome(figures, "✓ attributed", "ok", "The unit was exposed before, with the same context.")

    def grid(self, grid: Grid) -> Matrix:
        self.grids.append(grid)
        parameters = {"maxTokens": 500, "temperature": 0.6}
        why = "RULE_MATCH premium-desktop, in experiment"
        return Matrix(
            (
                GridCell(
                    "starter",
                    "starter, tablet",
                    "ai-config",
                    "motherduck-ai",
                    "FALLTHROUGH, in experiment",
                    "gpt-4-turbo",
                    {**parameters, "maxTokens": 1000},
                    "simulated/gpt-4-turbo",
                    31_000_000,
                ),
                GridCell(
                    "premium", "premium, desktop", "ai-config", "webllm", why, "Llama-3.2-3B", parameters,
                    "simulated/Llama-3.2-3B", 0,
                ),
            )
        )  # fmt: skip

    def fire_grid(self, grid: Grid, stopped: threading.Event, count: Any) -> Matrix:
        from dataclasses import replace

        took = {
            "made": True,
            "cost_nano": 1_200_000,
            "tracked_usd": 0.0012,
            "latency_ms": 474,
            "verdict": "✓ attributed",
            "tone": "ok",
        }
        return Matrix(tuple(replace(cell, **took) for cell in self.grid(grid).cells))

    def context(self, name: str) -> Any:
        return KINDS

    def keep_context(self, name: str, context: Any, instead_of: str = "") -> str:
        self.kept.append((name, context, instead_of))
        return f"{name} is kept"

    def drop_context(self, name: str) -> str:
        self.dropped.append(name)
        return f"{name} is deleted"
