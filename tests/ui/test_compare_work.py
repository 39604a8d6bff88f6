"""What keys do on the compare and quality screens."""

from dataclasses import replace

from sample_monitor import SampleFeed, sample_app
from sample_store import sample_sources
from screen_text import press, screen_text


async def test_o_picks_the_field_that_is_compared_by():
    app = sample_app()
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "6")
        assert "calls by model" in screen_text(app)
        await press(pilot, "o", "down", "enter")
        assert "calls by node" in screen_text(app)


async def test_v_takes_the_row_under_the_cursor_as_the_baseline():
    app = sample_app()
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "6")
        assert "against gpt-4o-mini" in screen_text(app)
        await press(pilot, "j", "v")
        assert "against claude-sonnet-4-5" in screen_text(app) or "against gpt-4o " in screen_text(app)


async def test_m_prices_the_calls_with_another_model():
    def sources(request):
        return replace(
            sample_sources(window=request.window), price_of=lambda provider, model: lambda usage, at_us: 10**6
        )

    app = sample_app(SampleFeed(sources))
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "6", "m", "enter")
        assert "every call to " in screen_text(app)
        assert "(all)" in screen_text(app)


async def test_enter_on_a_group_opens_its_calls_and_esc_comes_back():
    app = sample_app()
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "6", "enter")
        assert "Compare › model=gpt-4o-mini" in screen_text(app)
        await press(pilot, "escape")
        assert "calls by model" in screen_text(app)


async def test_enter_on_a_subsystem_opens_its_runs():
    app = sample_app()
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "5", "shift+tab", "shift+tab", "enter")
        assert "Quality › subsystem=triage" in screen_text(app)


async def test_a_score_orders_the_runs_by_it_the_worst_first():
    app = sample_app()
    async with app.run_test(size=(160, 48)) as pilot:
        await press(pilot, "5", "shift+tab", "shift+tab", "shift+tab", "enter")
        assert "overall▲" in screen_text(app)
