"""Try: what is chosen, what is confirmed, what streams, what is cancelled, and the verdict."""

import threading
from pathlib import Path

import pytest
from sample_monitor import sample_app
from screen_text import assert_screen, press, screen_text

from costtui.errors import SettingsError
from costtui.view.headline import Figure
from costtui.view.trial import Ask, Choices, Outcome, Plan

SNAPSHOTS = Path(__file__).parent / "snapshots" / "try"


class SampleTrial:
    """Answers at once, or waits until it is cancelled."""

    def __init__(self, *, hangs: bool = False, problem: str = "") -> None:
        self.hangs, self.problem = hangs, problem
        self.fired: list[Ask] = []

    def choices(self) -> Choices:
        return Choices(
            (("", "as served"), ("openai/gpt-4o", "its key is set")),
            (("", "none"), ("ai-config", "sample project")),
            (("starter", "starter, tablet"), ("premium", "premium, desktop")),
            "sample project",
        )

    def plan(self, ask: Ask) -> Plan:
        served = ("motherduck-ai", "FALLTHROUGH, in experiment") if ask.config else ("", "")
        return Plan(
            ask, ask.model or "simulated/gpt-4-turbo", *served, "1,000 tokens", 31_000_000, "", self.problem
        )

    def fire(self, ask: Ask, tell, stopped: threading.Event, count) -> Outcome:
        self.fired.append(ask)
        tell("Berlin, ")
        tell("then Hamburg.")
        if self.hangs:
            stopped.wait(10)
            return Outcome(problem="cancelled")
        figures = (Figure("cost", "$0.0012"), Figure("latency", "474 ms", "first token 33 ms"))
        if not ask.config:
            return Outcome(figures)
        if ask.legacy:
            return Outcome(
                figures, "▲ attributes differ  +user", "error", "Tracked with another context: 'user'."
            )
        return Outcome(figures, "✓ attributed", "ok", "The unit was exposed before, with the same context.")


async def until(pilot, words):
    for _ in range(200):
        if words in screen_text(pilot.app):
            return
        await pilot.pause(0.01)
    raise AssertionError(f"{words!r} is not on the screen:\n{screen_text(pilot.app)}")


async def choose(pilot, row, answer):
    """Open a row of the form from the top, and take an answer by its position."""
    await press(pilot, "g", *["j"] * row, "enter", "g", *["j"] * answer, "enter")


async def fire(pilot):
    await until(pilot, "⏎ call")
    await press(pilot, "G", "enter")
    await until(pilot, "⏎ again calls")
    await press(pilot, "enter")


@pytest.mark.parametrize("size", [(80, 24), (160, 48)], ids=lambda size: f"{size[0]}x{size[1]}")
async def test_how_it_looks_before_and_after_a_call_with_the_bug(size):
    trial = SampleTrial()
    app = sample_app(make_trial=lambda: trial)
    async with app.run_test(size=size) as pilot:
        await press(pilot, "8")
        await until(pilot, "⏎ call")
        await assert_screen(pilot, SNAPSHOTS, f"before-{size[0]}x{size[1]}")
        await choose(pilot, 1, 1)
        await until(pilot, "motherduck-ai")
        await press(pilot, "g", *"jjjj", "enter")
        await fire(pilot)
        await until(pilot, "+user")
        await assert_screen(pilot, SNAPSHOTS, f"after-{size[0]}x{size[1]}")


async def test_money_is_spent_only_after_enter_twice():
    trial = SampleTrial()
    app = sample_app(make_trial=lambda: trial)
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "8")
        await until(pilot, "⏎ call")
        await press(pilot, "G", "enter")
        assert trial.fired == []
        await press(pilot, "enter")
        await until(pilot, "then Hamburg.")
        assert trial.fired == [Ask()]


async def test_the_bug_flips_the_verdict_and_back():
    trial = SampleTrial()
    app = sample_app(make_trial=lambda: trial)
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "8")
        await until(pilot, "⏎ call")
        await choose(pilot, 1, 1)
        await press(pilot, "g", *"jjjj", "enter")
        await fire(pilot)
        await until(pilot, "▲ attributes differ  +user")
        await press(pilot, "g", *"jjjj", "enter")
        await fire(pilot)
        await until(pilot, "✓ attributed")
        assert [(ask.config, ask.legacy) for ask in trial.fired] == [
            ("ai-config", True),
            ("ai-config", False),
        ]


async def test_x_cancels_the_call_and_does_nothing_else_where():
    trial = SampleTrial(hangs=True)
    app = sample_app(make_trial=lambda: trial)
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "x", "8")
        await fire(pilot)
        await until(pilot, "x cancels")
        await press(pilot, "x")
        await until(pilot, "cancelled")


async def test_what_cannot_be_called_says_why_and_is_not_called():
    trial = SampleTrial(problem="no key for provider openai: set OPENAI_API_KEY")
    app = sample_app(make_trial=lambda: trial)
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "8")
        await until(pilot, "set OPENAI_API_KEY")
        await press(pilot, "G", "enter", "enter")
        assert trial.fired == []


async def test_a_monitor_that_cannot_record_says_so():
    app = sample_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "8")
        await until(pilot, "Calls can be tried")


async def test_what_breaks_while_calling_is_told_and_another_call_can_be_made(monkeypatch, tmp_path):
    monkeypatch.setattr("costtui.ui.crash.write_report", lambda error: None)
    trial = SampleTrial()
    trial.fire = lambda ask, tell, stopped, count: 1 / 0
    app = sample_app(make_trial=lambda: trial)
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "8")
        await fire(pilot)
        await until(pilot, "ZeroDivisionError")
        await until(pilot, "⏎ call")


async def test_flags_that_cannot_be_read_are_named():
    trial = SampleTrial()

    def choices() -> Choices:
        raise SettingsError("cannot read the flag file flags.json")

    trial.choices = choices
    app = sample_app(make_trial=lambda: trial)
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "8")
        await until(pilot, "cannot read the flag file flags.json")
