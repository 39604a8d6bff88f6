"""Programs run out of budget before they spend: calls of their own, calls of the client, nodes, several at once."""

import asyncio
import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

import costtui
from costtui import BudgetExceeded, CostTracker, LLMClient, LLMConfig
from costtui.errors import PriceUnknown
from costtui.facts import Budget, Period, UnknownPrice
from costtui.money import nano
from costtui.settings import Recording, Settings
from costtui.store import open_store

DAY = Budget("day", nano("1"), nano("0.8"), period=Period.DAY)
CONFIG = LLMConfig(provider="openai", model="gpt-4o-mini")


def limited(*budgets: Budget, **more) -> Settings:
    return Settings(time_zone="UTC", budgets=budgets or (DAY,), **more)


@pytest.fixture
def tracker(tmp_path):
    with CostTracker(tmp_path / "calls.db", settings=limited()) as tracker:
        yield tracker


def day(tracker: CostTracker):
    tracker.flush()
    with open_store(tracker.recorder.path) as opened:
        from time import time_ns

        return opened.reader.budgets(tracker.recorder.settings.budgets, time_ns() // 1000)[0]


def answers(cost: int = 0):
    """Return a transport that answers with a million tokens in ($0.15) each time, and counts."""
    seen = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        usage = {"prompt_tokens": 1_000_000, "completion_tokens": 0, "total_tokens": 1_000_000}
        message = {"message": {"content": "Hi"}, "finish_reason": "stop"}
        body = {
            "id": f"chatcmpl-{len(seen):020d}",
            "model": "gpt-4o-mini",
            "choices": [message],
            "usage": usage,
        }
        return httpx.Response(200, json=body)

    transport = httpx.MockTransport(handler)
    transport.seen = seen
    return transport


def client_of(tracker_or_path, transport, settings) -> LLMClient:
    return LLMClient(
        tracker_or_path, settings=settings, environment={"OPENAI_API_KEY": "k" * 12}, transport=transport
    )


def test_a_call_of_the_programs_own_reserves_and_settles(tracker):
    with tracker.reserve(model="gpt-4o", input_tokens=100_000, max_output_tokens=10_000) as call:
        assert day(tracker).reserved_nano == nano("0.35")
        call.record_call(input_tokens=80_000, output_tokens=0, model="gpt-4o", provider="openai")
    after = day(tracker)
    assert (after.spent_nano, after.reserved_nano) == (nano("0.2"), 0)


def test_a_call_that_failed_gives_everything_back(tracker):
    with pytest.raises(TimeoutError), tracker.reserve(estimate_usd="0.9"):
        raise TimeoutError
    assert day(tracker).reserved_nano == 0
    with tracker.reserve(estimate_usd="0.9"):
        pass


def test_the_call_without_room_is_refused_before_the_body_runs(tracker):
    with (
        tracker.reserve(estimate_usd="0.9"),
        pytest.raises(BudgetExceeded, match="'day'"),
        tracker.reserve(estimate_usd="0.2"),
    ):
        pytest.fail("the call was made")


async def test_tasks_share_what_there_is(tracker):
    made = []

    async def one() -> None:
        async with tracker.reserve(estimate_usd="0.25") as call:
            await asyncio.sleep(0.01)
            made.append(call.record_call(cost="0.25"))

    done = await asyncio.gather(*(one() for _ in range(10)), return_exceptions=True)
    assert len(made) == 4
    assert sum(isinstance(one, BudgetExceeded) for one in done) == 6
    assert day(tracker).spent_nano == nano("1")


@pytest.mark.parametrize("way", ["reserve", "client"])
async def test_a_call_that_is_cancelled_while_it_waits_for_its_turn_gives_everything_back(
    tracker, monkeypatch, way
):
    asking, go_on, transport = threading.Event(), threading.Event(), answers()
    holds = tracker.recorder.holds
    reserve, done = holds.reserve, []

    def slow(claim, **options):
        asking.set()
        go_on.wait(20)
        done.append(reserve(claim, **options))
        return done[0]

    async def call() -> None:
        if way == "reserve":
            async with tracker.reserve(estimate_usd="0.25"):
                pytest.fail("the call was made")
        await client_of(tracker.recorder, transport, tracker.recorder.settings).complete("x", CONFIG)

    monkeypatch.setattr(holds, "reserve", slow)
    task = asyncio.create_task(call())
    await asyncio.to_thread(asking.wait, 20)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    go_on.set()
    end = time.monotonic() + 20
    while (not done or day(tracker).reserved_nano) and time.monotonic() < end:
        await asyncio.sleep(0.01)
    assert done[0].id
    assert (day(tracker).reserved_nano, transport.seen) == (0, [])


def test_a_call_knows_its_run_and_node(tmp_path):
    budget = Budget("extract of a run", nano("0.5"), 0, "node", "extract")
    with CostTracker(tmp_path / "calls.db", settings=limited(budget)) as tracker:
        with tracker.run("r1") as run, run.node("extract"):
            with costtui.reserve(estimate_usd="0.4") as call:
                assert call.record_call(cost="0.4").node == "extract"
            with pytest.raises(BudgetExceeded), costtui.reserve(estimate_usd="0.2"):
                pass
        with tracker.run("r2") as run, run.node("extract"), costtui.reserve(estimate_usd="0.4"):
            pass


def test_a_run_has_a_limit_of_its_own(tracker):
    with (
        tracker.run("r1", budget_usd="0.10") as run,
        pytest.raises(BudgetExceeded, match="budget_usd"),
        run.reserve(estimate_usd="0.11"),
    ):
        pytest.fail("the call was made")


def test_nodes_begin_only_while_every_budget_has_room(tracker):
    with tracker.node("first"):
        tracker.record_call(cost="1.00")
    tracker.flush()
    with pytest.raises(BudgetExceeded, match="'day' has no room"), tracker.node("second"):
        pytest.fail("the node was entered")
    with tracker.run("r1") as run, pytest.raises(BudgetExceeded, match="'day'"), run.node("third"):
        pytest.fail("the node was entered")
    with tracker.run("r2"):
        may, message = tracker.check_budget()
    assert not may
    assert "'day'" in message


def test_what_another_process_spent_counts_too(tmp_path, tracker):
    with CostTracker(tmp_path / "calls.db", settings=limited()) as other:
        other.record_call(cost="1.00")
    with pytest.raises(BudgetExceeded), tracker.node("n"):
        pass


def test_calls_without_a_price_follow_the_policy(tmp_path):
    block = limited(Budget("b", nano("1"), 0, period=Period.DAY, unknown_price=UnknownPrice.BLOCK))
    with (
        CostTracker(tmp_path / "one.db", settings=block) as tracker,
        pytest.raises(PriceUnknown, match="'mystery-9'"),
        tracker.reserve(model="mystery-9"),
    ):
        pytest.fail("the call was made")
    assume = limited(Budget("b", nano("9"), 0, period=Period.DAY, unknown_price=UnknownPrice.ASSUME_MAXIMUM))
    with CostTracker(tmp_path / "two.db", settings=assume) as tracker:
        with tracker.reserve(model="mystery-9", input_tokens=1000, max_output_tokens=1000) as call:
            call.record_call(model="mystery-9", input_tokens=1000, output_tokens=10)
        (kept,) = day(tracker).reservations
    assert kept.assumed
    assert kept.nano >= nano("0.0125")


def test_the_client_stops_before_the_request_that_would_pass_the_limit(tmp_path):
    transport, settings = answers(), limited()
    with client_of(tmp_path / "calls.db", transport, settings) as client, pytest.raises(BudgetExceeded):
        for _ in range(20):
            client.complete_sync("x", CONFIG, cache=False)
            client.ledger.flush()
    assert len(transport.seen) == 7, "seven calls of $0.15 pass the dollar, an eighth is not made"


def test_clients_in_threads_together_keep_the_limit(tmp_path):
    transport, settings = answers(), limited()
    with client_of(tmp_path / "calls.db", transport, settings) as client:

        def one(_: int) -> bool:
            try:
                client.complete_sync("x" * 2_400_000, CONFIG, cache=False)  # estimated at $0.09
            except BudgetExceeded:
                return False
            return True

        with ThreadPoolExecutor(8) as pool:
            made = sum(pool.map(one, range(40)))
    assert made == len(transport.seen) < 40


def test_with_recording_switched_off_nothing_is_enforced(tmp_path):
    settings = limited(Budget("none", 0, 0, period=Period.DAY), recording=Recording(enabled=False))
    tracker = CostTracker(tmp_path / "calls.db", settings=settings)
    with tracker.reserve(estimate_usd="5") as call, tracker.node("n"):
        call.record_call(cost="5")
    assert not (tmp_path / "calls.db").exists()


def test_after_a_tracker_was_closed_nothing_is_limited_as_nothing_is_recorded(tmp_path):
    tracker = CostTracker(tmp_path / "calls.db", settings=limited(Budget("none", 0, 0, period=Period.DAY)))
    tracker.close()
    with tracker.reserve(estimate_usd="5") as call:
        call.record_call(cost="5")
    with open_store(tmp_path / "calls.db") as opened:
        assert opened.reader.info().calls == 0


def test_a_store_that_cannot_be_used_lets_calls_through_and_is_named_once(tmp_path, caplog):
    (tmp_path / "file").write_text("")
    with (
        caplog.at_level(logging.WARNING, "costtui"),
        CostTracker(tmp_path / "file" / "calls.db", settings=limited()) as tracker,
    ):
        for _ in range(3):
            with tracker.reserve(estimate_usd="5"):
                pass
    told = [record.message for record in caplog.records if "budgets are not enforced" in record.message]
    assert len(told) == 1


def test_whether_any_budget_may_concern_a_call_is_known_without_asking_further(tmp_path):
    path, monthly = tmp_path / "calls.db", Budget("month", nano("1"), 0, period=Period.MONTH)
    per_run = Budget("run", nano("1"), 0)

    def concern(run_id: str, *budgets: Budget, **recording) -> bool:
        settings = Settings(budgets=budgets, recording=Recording(**recording))
        with CostTracker(path, settings=settings) as tracker:
            return tracker.recorder.holds.concern(run_id)

    assert concern("", monthly)
    assert concern("r1", per_run)
    assert not concern("", per_run)
    assert not concern("r1")
    assert not concern("r1", monthly, enforce=False)
    with CostTracker(path, settings=Settings()) as tracker:
        tracker.recorder.write(monthly)
        tracker.flush()
    assert concern("", per_run), "everybody who records into the store shares its budgets"
