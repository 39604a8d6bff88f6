"""What is said of a node over time leads to the calls that it is about."""

from sample_monitor import sample_app
from screen_text import press, screen_text

from costtui.view.calls import CallsRequest
from costtui.view.node import NodeRequest


async def test_enter_on_a_trend_lists_the_calls_and_escape_comes_back():
    app = sample_app()
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "2", "enter", "shift+tab", "shift+tab", "enter")
        assert app.page_screen.request() == CallsRequest("node=plan/decompose")
        await press(pilot, "escape")
        assert app.page_screen.request() == NodeRequest("plan/decompose")
        await press(pilot, "j", "enter")
        assert app.page_screen.request() == CallsRequest("node=plan/decompose status=error")
        assert "plan/decompose" in screen_text(app)
