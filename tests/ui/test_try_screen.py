"""Try: what is chosen, what is confirmed, what streams, what is cancelled, and the verdict."""

from pathlib import Path

import pytest
from sample_monitor import SampleFeed, sample_app
from sample_trial import SampleTrial
from screen_text import assert_screen, press, screen_text

from costtui.errors import SettingsError
from costtui.view.snapshot import Health, StoreStatus
from costtui.view.trial import Ask, Choices

SNAPSHOTS = Path(__file__).parent / "snapshots" / "try"


async def until(pilot, words):
    for _ in range(2000):
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


async def test_calls_can_be_tried_before_there_is_a_store():
    trial = SampleTrial()
    feed = SampleFeed(status=StoreStatus(Health.NO_STORE, "no store at new.db yet", "new.db"))
    app = sample_app(feed, make_trial=lambda: trial)
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "8")
        await until(pilot, "⏎ call")
        await press(pilot, "G", "enter", "enter")
        await until(pilot, "then Hamburg.")


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


async def test_a_series_is_counted_while_it_runs_and_x_keeps_what_is_done():
    trial = SampleTrial(hangs=True)
    app = sample_app(make_trial=lambda: trial)
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "8")
        await until(pilot, "⏎ call")
        await choose(pilot, 5, 2)
        await until(pilot, "⏎ call 10 times")
        await press(pilot, "G", "enter")
        await until(pilot, "⏎ again calls simulated/gpt-4-turbo 10 times")
        await press(pilot, "enter")
        await until(pilot, "3 of 10 · spent $0.0036 · 1 errors")
        await press(pilot, "x")
        await until(pilot, "cancelled")
        assert trial.fired == [Ask(repeat=10)]


async def test_a_number_of_calls_can_be_typed_and_nonsense_is_refused():
    trial = SampleTrial()
    app = sample_app(make_trial=lambda: trial)
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "8")
        await until(pilot, "⏎ call")
        await press(pilot, "g", *"jjjjj", "enter", "tab", *"9x", "enter")
        await until(pilot, "a whole number from 1 to 1,000")
        await press(pilot, "backspace", "enter")
        await until(pilot, "⏎ call 9 times")


@pytest.mark.parametrize("size", [(80, 24), (160, 48)], ids=lambda size: f"{size[0]}x{size[1]}")
async def test_the_matrix_says_what_each_is_served_and_then_what_each_call_took(size):
    trial = SampleTrial()
    app = sample_app(make_trial=lambda: trial)
    async with app.run_test(size=size) as pilot:
        await press(pilot, "8")
        await until(pilot, "⏎ call")
        await press(pilot, "G", "k", "enter")
        await until(pilot, "⏎ call them all: 2 calls, at most $0.0310")
        await assert_screen(pilot, SNAPSHOTS, f"matrix-{size[0]}x{size[1]}")
        await press(pilot, "G", "enter")
        await until(pilot, "⏎ again makes 2 calls")
        await press(pilot, "enter")
        await until(pilot, "✓ attributed")
        await assert_screen(pilot, SNAPSHOTS, f"matrix-called-{size[0]}x{size[1]}")


async def test_a_cell_of_the_matrix_becomes_the_choice():
    trial = SampleTrial()
    app = sample_app(make_trial=lambda: trial)
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "8")
        await until(pilot, "⏎ call")
        await press(pilot, "G", "k", "enter")
        await until(pilot, "⏎ call them all")
        await press(pilot, "tab", "G", "enter")
        await until(pilot, "made for        premium")
        await until(pilot, "AI Config       ai-config")


async def test_contexts_of_the_matrix_can_be_chosen_by_pattern():
    trial = SampleTrial()
    app = sample_app(make_trial=lambda: trial)
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "8")
        await until(pilot, "⏎ call")
        await press(pilot, "G", "k", "enter")
        await until(pilot, "⏎ call them all")
        await press(pilot, "enter", "tab", *"pre*", "enter")
        await until(pilot, "pre*")
        assert trial.grids[-1].contexts == ("pre*",)


async def test_a_context_is_changed_and_kept_under_another_name():
    trial = SampleTrial()
    app = sample_app(make_trial=lambda: trial)
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "8")
        await until(pilot, "⏎ call")
        await press(pilot, "g", "enter", "G", "enter")
        await until(pilot, "context starter")
        await assert_screen(pilot, SNAPSHOTS, "context-80x24")
        await press(pilot, "g", "j", "enter")  # user.tier = "starter"
        await pilot.press(*["backspace"] * 9, *"12", "enter")
        await until(pilot, "user.tier                   12")
        await press(pilot, "G", "k", "enter")
        await pilot.press(*"user.kind", "space", "equals_sign", "x", "enter")
        await until(pilot, "would replace the identity")
        await pilot.press(*["backspace"] * 30, *"user.beta=true", "enter")
        await until(pilot, "user.beta                   true")
        await press(pilot, "G", "enter")
        await pilot.press("enter")
        await until(pilot, "made for        my-starter")
    assert trial.kept == [("my-starter", {"user": {"key": "u1", "tier": 12, "beta": True}}, "")]


async def test_a_context_of_ones_own_is_renamed_and_deleted_only_after_enter_twice():
    trial = SampleTrial(own=frozenset(("starter",)))
    app = sample_app(make_trial=lambda: trial)
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "8")
        await until(pilot, "⏎ call")
        await press(pilot, "g", "enter", "G", "enter", "G", "k", "enter")
        await pilot.press(*"2", "enter")
        await until(pilot, "made for        starter2")
        await press(pilot, "g", "enter", "g", "enter")
        await until(pilot, "made for        starter ")
        await press(pilot, "g", "enter", "G", "enter", "G", "enter")
        await until(pilot, "⏎ again deletes starter")
        assert trial.dropped == []
        await press(pilot, "enter")
        for _ in range(2000):
            if trial.dropped:
                break
            await pilot.pause(0.01)
    assert trial.kept == [("starter2", {"user": {"key": "u1", "tier": "starter"}}, "starter")]
    assert trial.dropped == ["starter"]
