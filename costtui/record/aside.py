"""Work that may wait for a store or a socket, off the event loop that needs its result."""

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from typing import TypeVar

_T = TypeVar("_T")

THREADS = 8
"""Not those of the program, which may all be waiting for the very request that waits here."""

_pool: ThreadPoolExecutor | None = None


async def aside(work: Callable[[], _T], give_up: Callable[[_T], object]) -> _T:
    """Do work in a thread and return its result; cancelled meanwhile, ``give_up`` gets the result when it is there.

    Where another kind of event loop runs than asyncio's, the work is done here. Raises what the work raises.
    """
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        return work()
    context = copy_context()
    doing = _threads().submit(context.run, work)
    try:
        return await asyncio.shield(asyncio.wrap_future(doing, loop=loop))
    except asyncio.CancelledError:
        doing.add_done_callback(lambda done: context.run(_given_up, done, give_up))
        raise


def _given_up(done: "Future[_T]", give_up: Callable[[_T], object]) -> None:
    if not done.cancelled() and done.exception() is None:
        give_up(done.result())


def _threads() -> ThreadPoolExecutor:
    global _pool
    if _pool is None:
        _pool = ThreadPoolExecutor(THREADS, "costtui-budgets")
    return _pool


def _forked() -> None:
    global _pool
    _pool = None


os.register_at_fork(after_in_child=_forked)
