"""Requests that are seen from outside are refused before they are sent where a budget has no room for them."""

import asyncio
import os
import subprocess
import sys
import textwrap
import threading
import time
import types

import httpx
import httpx2
import pytest

from costtui import BudgetExceeded, CostTracker
from costtui.errors import PriceUnknown
from costtui.facts import Budget, Period, Status, UnknownPrice
from costtui.money import nano
from costtui.reading import CallQuery
from costtui.record.autohook import instrument
from costtui.settings import Recording, Settings
from costtui.store import open_store

BODY = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Four score"}], "max_tokens": 500}
"""Estimated at $0.00030; the provider of these tests charges $0.00045."""


def day(dollars, **more):
    return Budget("day", nano(dollars), 0, period=Period.DAY, **more)


def limited(*budgets, **recording):
    return Settings(time_zone="UTC", budgets=budgets, recording=Recording(**recording))


@pytest.fixture(params=[httpx, httpx2], ids=lambda library: library.__name__)
def library(request):
    return request.param


@pytest.fixture
def hooked(tmp_path):
    """Return a function that records into a store under some budgets, and one that reads the state of the first."""
    started = []

    def start(settings):
        started.append(instrument(tmp_path / "calls.db", settings=settings))
        return started[0]

    def state():
        started[0].flush()
        with open_store(tmp_path / "calls.db") as opened:
            return opened.reader.budgets(started[0]._settings.budgets, time.time_ns() // 1000)[0]

    yield start, state
    for one in started:
        assert one.failures == 0
        one.stop()


def test_the_request_without_room_is_not_sent(hooked, library, provider):
    start, state = hooked
    start(limited(day("0.001")))
    before = provider.count
    with pytest.raises(BudgetExceeded, match="budget 'day' has no room"):
        for _ in range(5):
            library.post(provider.url, json=BODY)
    assert provider.count - before == 2, "twice $0.00045; a third one may cost $0.00030 more"
    assert (state().spent_nano, state().reserved_nano) == (900_000, 0)


async def test_asynchronous_requests_share_what_there_is(hooked, library, provider):
    start, state = hooked
    start(limited(day("0.001")))
    before = provider.count
    async with library.AsyncClient() as client:
        asked = (client.post(provider.url, json=BODY) for _ in range(8))
        done = await asyncio.gather(*asked, return_exceptions=True)
    refused = sum(isinstance(one, BudgetExceeded) for one in done)
    made = sum(isinstance(one, library.Response) for one in done)
    assert (made + refused, made) == (8, provider.count - before)
    assert 2 <= made <= 3, "three estimates of $0.00030 fit"
    assert state().reserved_nano == 0


def test_a_stream_holds_its_estimate_until_it_is_over(hooked, library, provider):
    start, state = hooked
    start(limited(day("0.001")))
    asked = {**BODY, "stream": True}
    with library.Client() as client, client.stream("POST", provider.url, json=asked) as response:
        assert state().reserved_nano == nano("0.0003") + 450  # 3 tokens of the prompt
        response.read()
    assert (state().spent_nano, state().reserved_nano) == (450_000, 0)


def test_a_request_that_failed_gives_everything_back(hooked, library, provider):
    start, state = hooked
    start(limited(day("0.001")))
    for _ in range(5):
        assert library.post(provider.url, json={**BODY, "how": "refuse"}).status_code == 429
    with pytest.raises(library.ConnectError):
        library.post("http://127.0.0.1:1/v1/chat/completions", json=BODY)
    assert (state().spent_nano, state().reserved_nano) == (0, 0)


async def test_a_request_that_is_cancelled_while_it_asks_gives_everything_back(
    hooked, library, provider, monkeypatch
):
    start, state = hooked
    hook = start(limited(day("0.001")))
    asking, go_on = threading.Event(), threading.Event()
    reserve, before = hook.reserve, provider.count

    def slow(asked, owner):
        asking.set()
        go_on.wait(20)
        return reserve(asked, owner)

    monkeypatch.setattr(hook, "reserve", slow)
    async with library.AsyncClient() as client:
        task = asyncio.create_task(client.post(provider.url, json=BODY))
        await asyncio.to_thread(asking.wait, 20)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    released, release = threading.Event(), hook.release

    def told(hold, owner):
        release(hold, owner)
        released.set()

    monkeypatch.setattr(hook, "release", told)
    go_on.set()
    assert released.wait(20)
    assert (state().reserved_nano, provider.count - before) == (0, 0)


def test_run_and_node_of_a_request_count(provider, tmp_path):
    node = Budget("writer of a run", nano("0.0007"), 0, "node", "writer")
    settings = limited(node)
    before = provider.count
    with CostTracker(tmp_path / "calls.db", settings=settings) as tracker, instrument(tracker.recorder):
        with tracker.run("r1", budget_usd="0.002") as run:
            with run.node("writer"), pytest.raises(BudgetExceeded, match="'writer of a run'"):
                for _ in range(3):
                    httpx.post(provider.url, json=BODY)
            with run.node("reader"), pytest.raises(BudgetExceeded, match="run limit"):
                for _ in range(9):
                    httpx.post(provider.url, json=BODY)
        assert (provider.count - before, run.spent.total.calls) == (4, 4)


def test_a_budget_that_refuses_unknown_prices_does_so_before_the_request(hooked, provider):
    start, _ = hooked
    start(limited(day("1", unknown_price=UnknownPrice.BLOCK)))
    before = provider.count
    with pytest.raises(PriceUnknown, match="'mystery-9'"):
        httpx.post(provider.url, json={**BODY, "model": "mystery-9"})
    assert provider.count == before


def test_where_budgets_only_count_nothing_is_refused(provider, tmp_path):
    settings = limited(day("0.0001"), enforce=False)
    with CostTracker(tmp_path / "calls.db", settings=settings) as tracker, instrument(tracker.recorder):
        with tracker.run("r1", budget_usd="0.0001") as run:
            for _ in range(3):
                with run.node("n"):
                    assert httpx.post(provider.url, json=BODY).status_code == 200
            assert tracker.check_budget()[0]
        tracker.flush()
        with open_store(tmp_path / "calls.db") as opened:
            assert (
                opened.reader.budgets(settings.budgets, time.time_ns() // 1000)[0].spent_nano == 3 * 450_000
            )


class Swallowing:
    """What some SDKs do with exceptions of a request."""

    def request(self, send):
        try:
            return send()
        except Exception as error:
            raise ConnectionError("Connection error.") from error


class SwallowingAsync:
    async def request(self, send):
        try:
            return await send()
        except Exception as error:
            raise ConnectionError("Connection error.") from error


async def test_a_refusal_passes_through_an_sdk_that_takes_it_for_a_lost_connection(
    hooked, library, provider, monkeypatch
):
    sdk = types.ModuleType("groq._base_client")
    sdk.SyncAPIClient, sdk.AsyncAPIClient = Swallowing, SwallowingAsync
    before = Swallowing.request, SwallowingAsync.request
    monkeypatch.setitem(sys.modules, sdk.__name__, sdk)
    hook = hooked[0](limited(day("0.0001")))

    with pytest.raises(BudgetExceeded, match="'day'"):
        Swallowing().request(lambda: library.post(provider.url, json=BODY))
    async with library.AsyncClient() as client:
        with pytest.raises(BudgetExceeded, match="'day'"):
            await SwallowingAsync().request(lambda: client.post(provider.url, json=BODY))
    with pytest.raises(ConnectionError):
        Swallowing().request(lambda: 1 / 0)
    hook.stop()
    assert (Swallowing.request, SwallowingAsync.request) == before


@pytest.fixture
def program(tmp_path, provider):
    """Return a function that runs a program under ``costtui run`` with a budget of $0.001."""

    def run(text, *options, **environment):
        script = tmp_path / "app.py"
        script.write_text(f"URL, BODY = {provider.url!r}, {BODY!r}\n{textwrap.dedent(text)}")
        store = ("--store", str(tmp_path / "calls.db"), "--run-id", "r1", "--summary")
        command = [
            sys.executable,
            "-m",
            "costtui",
            "run",
            *store,
            *options,
            "--",
            sys.executable,
            str(script),
        ]
        variables = {"COSTTUI_SETTINGS": "/nonexistent", "COST_BUDGET_MAX": "0.001", **environment}
        return subprocess.run(
            command, capture_output=True, text=True, timeout=60, env={**os.environ, **variables}
        )

    return run


def recorded(tmp_path):
    with open_store(tmp_path / "calls.db") as opened:
        states = opened.reader.budgets(
            [Budget("run", nano("0.001"), 0, source="environment")], time.time_ns() // 1000
        )
        return opened.reader.run("r1"), opened.reader.calls(CallQuery()), states


SPEND = """
import asyncio, httpx
def made():
    for count in range(9):
        httpx.post(URL, json=BODY)
"""


def test_a_program_that_knows_nothing_of_budgets_is_halted_by_the_exception(program, provider, tmp_path):
    before = provider.count
    done = program(SPEND + "made()")
    assert (done.returncode, provider.count - before) == (1, 2)
    assert "BudgetExceeded: budget 'run' (r1) has no room: $0.000900 spent" in done.stderr
    assert "(COST_BUDGET_MAX)" in done.stderr
    assert done.stderr.splitlines()[-1].startswith("costtui: 2 calls · $0.000900")
    assert "1 refused for a budget" in done.stderr.splitlines()[-1]
    run, calls, _ = recorded(tmp_path)
    assert (run.status, len(calls)) == (Status.ERROR, 2)


def test_a_program_can_catch_it_under_its_own_name(program, provider):
    done = program(
        SPEND + "from costtui import BudgetExceeded\ntry: made()\nexcept BudgetExceeded: print('enough')"
    )
    assert (done.returncode, done.stdout) == (0, "enough\n")


def test_its_processes_and_tasks_share_the_budget_of_the_run(program, provider, tmp_path):
    before = provider.count
    text = """
    import asyncio, multiprocessing, httpx
    async def all():
        async with httpx.AsyncClient() as client:
            done = await asyncio.gather(*(client.post(URL, json=BODY) for _ in range(4)), return_exceptions=True)
        return sum(isinstance(one, httpx.Response) for one in done)
    def work(_):
        return asyncio.run(all())
    if __name__ == "__main__":
        with multiprocessing.get_context("fork").Pool(3) as pool:
            print(sum(pool.map(work, range(6))))
    """
    done = program(text)
    assert (done.returncode, done.stdout) == (0, f"{provider.count - before}\n"), done.stderr
    assert 2 <= provider.count - before <= 3, "three estimates of $0.00030 fit in $0.001"


def test_a_program_that_is_only_observed_spends_what_it_likes(program, provider, tmp_path):
    for options, environment in (
        (["--observe"], {}),
        ([], {"COSTTUI_ENFORCE": "no"}),
    ):
        before = provider.count
        done = program(SPEND + "made()", *options, **environment)
        assert (done.returncode, provider.count - before) == (0, 9), done.stderr
        assert "refused" not in done.stderr


def test_what_a_killed_program_had_under_way_is_given_back(program, provider, tmp_path):
    text = """
    import os, httpx
    httpx.post(URL, json={**BODY, "how": "kill", "pid": os.getpid()})
    """
    before = provider.count
    done = program(text)
    assert done.returncode != 0
    assert provider.count == before + 1
    _, calls, (state, *_) = recorded(tmp_path)
    assert (calls, state.reserved_nano) == ([], 0)


def test_a_recorder_that_is_killed_lets_the_program_go_on(tmp_path, provider):
    before = provider.count
    script = tmp_path / "app.py"
    script.write_text(
        f"import os, signal, httpx\nhttpx.post({provider.url!r}, json={BODY!r})\n"
        "os.kill(os.getppid(), signal.SIGKILL)\n"
        f"for _ in range(5): httpx.post({provider.url!r}, json={BODY!r})\nprint('done', flush=True)"
    )
    command = [sys.executable, "-m", "costtui", "run", "--store", str(tmp_path / "calls.db"), "--"]
    environment = {**os.environ, "COSTTUI_SETTINGS": "/nonexistent", "COST_BUDGET_MAX": "0.001"}
    with subprocess.Popen(
        [*command, sys.executable, str(script)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
    ) as process:
        assert process.stdout.read() == b"done\n"
    assert provider.count - before == 6
