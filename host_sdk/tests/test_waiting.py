"""Waiting with a limit: results, errors, time, and cancellations that come at the worst moment."""

from __future__ import annotations

import asyncio
import gc
from typing import Any

import pytest

from host_sdk import Client, ReconnectingClient, WrongUse
from host_sdk.waiting import within


async def _give(value: int) -> int:
    await asyncio.sleep(0)
    return value


async def test_it_gives_the_result() -> None:
    assert await within(_give(7), 5) == 7


async def test_after_the_time_the_work_has_ended() -> None:
    ended = asyncio.Event()

    async def work() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.set()

    with pytest.raises(asyncio.TimeoutError):
        await within(work(), 0.01)
    assert ended.is_set()


async def test_an_error_that_comes_with_a_cancellation_is_not_left_behind() -> None:
    """Else asyncio prints its stack when the task is collected, long after the command has said what was wrong."""
    left: list[dict[str, Any]] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: left.append(context))
    fails: asyncio.Future[int] = loop.create_future()
    waiter = asyncio.ensure_future(within(fails, 5))
    await asyncio.sleep(0)
    fails.set_exception(ValueError("late"))
    waiter.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiter
    del fails, waiter
    gc.collect()
    await asyncio.sleep(0)
    assert left == []


@pytest.mark.parametrize("wait_s", [float("nan"), "5", None])
async def test_what_is_no_time_to_wait_is_wrong_use_at_once(wait_s: Any) -> None:
    for kind in (Client, ReconnectingClient):
        with pytest.raises(WrongUse, match="is no number of seconds to wait"):
            await within(kind("sim:tcp:127.0.0.1:1").connect(wait_s), 5)
