"""Work that may wait for a store or a socket, off the event loop that needs its result."""

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context

THREADS = 8
"""Not those of the program, which may all be waiting for the very request that waits here."""

_pool: ThreadPoolExecutor | None = None


async def aside(work: Callable[[], None], give_up: Callable[[], None]) -> None:
    """Do work in a thread; cancelled meanwhile, ``give_up`` is called when it is done. Raises what the work raises.

    Where another kind of event loop runs than asyncio's, the work is done here.
    """
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        work()
        return
    doing = _threads().submit(copy_context().run, work)
    try:
        await asyncio.shield(asyncio.wrap_future(doing, loop=loop))
    except asyncio.CancelledError:
        doing.add_done_callback(lambda done: _given_up(done, give_up))
        raise


def _given_up(done: "Future[None]", give_up: Callable[[], None]) -> None:
    if not done.cancelled() and done.exception() is None:
        give_up()


def _threads() -> ThreadPoolExecutor:
    global _pool
    if _pool is None:
        _pool = ThreadPoolExecutor(THREADS, "costtui-budgets")
    return _pool


def _forked() -> None:
    global _pool
    _pool = None


os.register_at_fork(after_in_child=_forked)
