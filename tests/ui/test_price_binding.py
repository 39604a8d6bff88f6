"""A model gets its price where it is seen without one: on a call, among calls, among the models of a node."""

import pytest
from sample_monitor import sample_app
from sample_store import sample_calls
from screen_text import press, screen_text
from textual.widgets import Input, Static

from costtui.errors import SettingsError
from costtui.ui import keys
from costtui.ui.screens.call import CallScreen
from costtui.ui.screens.node import NodeScreen
from costtui.ui.screens.price import PriceBox

WIDE = (120, 40)
UNPRICED = next(call for call in sample_calls() if call.cost.nano is None)


class FakeBinding:
    def __init__(self, problem: str = "") -> None:
        self.asked: list[tuple[str, str, str]] = []
        self.problem = problem

    def __call__(self, provider: str, model: str, text: str) -> str:
        self.asked.append((provider, model, text))
        if self.problem:
            raise SettingsError(self.problem)
        return f"{model} has a price now: 313 calls priced, $1.24"


async def told(pilot, words):
    for _ in range(300):
        if any(words in told.message for told in pilot.app._notifications):
            return  # Textual keeps what is told under a private name only
        await pilot.pause(0.01)
    raise AssertionError(f"{words!r} is not told:\n{screen_text(pilot.app)}")


async def bind(pilot, text):
    await press(pilot, "u")
    assert isinstance(pilot.app.screen, PriceBox)
    assert pilot.app.screen.query_one(Input).value == ""
    await press(pilot, *text, "enter")


async def test_a_price_is_set_from_a_call_and_what_came_of_it_is_told():
    binding = FakeBinding()
    app = sample_app(bind_price=binding)
    async with app.run_test(size=WIDE, notifications=True) as pilot:
        await press(pilot)
        await app.push_screen(CallScreen(UNPRICED.id))
        await bind(pilot, ["0", "full_stop", "9", "space", "1"])
        await told(pilot, "qwen3-4b has a price now: 313 calls priced, $1.24")
    assert binding.asked == [("local", "qwen3-4b", "0.9 1")]


async def test_the_model_is_that_of_the_row_under_the_cursor():
    binding = FakeBinding()
    app = sample_app(bind_price=binding)
    async with app.run_test(size=WIDE, notifications=True) as pilot:
        await press(pilot, "4", "g", "j")
        shown = app.page_screen.row_record()
        await bind(pilot, "free")
        await told(pilot, "has a price now")
        await app.push_screen(NodeScreen("summarise"))
        await press(pilot)
        app.screen.query_one("#models").focus()
        await bind(pilot, "free")
        await told(pilot, "qwen3-4b has a price now")
    assert binding.asked == [(shown["provider"], shown["model"], "free"), ("local", "qwen3-4b", "free")]


async def test_what_cannot_be_set_is_told():
    app = sample_app(bind_price=FakeBinding("settings: cannot write settings.toml: Read-only file system"))
    async with app.run_test(size=WIDE, notifications=True) as pilot:
        await press(pilot)
        await app.push_screen(CallScreen(UNPRICED.id))
        await bind(pilot, "free")
        await told(pilot, "Read-only file system")


async def test_elsewhere_and_in_a_monitor_that_cannot_set_prices_the_key_does_nothing():
    app = sample_app(bind_price=FakeBinding())
    async with app.run_test(size=WIDE, notifications=True) as pilot:
        for place in "12378":
            await press(pilot, place, "u")
            assert not isinstance(app.screen, PriceBox)
            assert "price.bind" not in keys.working(app.screen)
        await press(pilot, "4")
        assert "price.bind" in keys.working(app.screen)
    app = sample_app()
    async with app.run_test(size=WIDE, notifications=True) as pilot:
        await press(pilot, "4", "u")
        assert not isinstance(app.screen, PriceBox)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "two amounts are wanted"),
        ("0.9", "half a price is no price"),
        ("0.9 -1", "cannot be negative: -1"),
        ("cheap 1", "cheap is no amount in dollars"),
        ("1 2 3", "not 3"),
        ("free 1", "free is no amount"),
        ("nan 1", "nan is no amount"),
    ],
)
async def test_a_price_that_cannot_be_read_is_refused_in_words(typed, words):
    binding = FakeBinding()
    app = sample_app(bind_price=binding)
    async with app.run_test(size=WIDE, notifications=True) as pilot:
        await press(pilot)
        await app.push_screen(CallScreen(UNPRICED.id))
        await press(pilot, "u")
        app.screen.query_one(Input).value = typed
        await press(pilot, "enter")
        assert words in str(app.screen.query_one(".problem", Static).content)
        await press(pilot, "escape")
    assert binding.asked == []
