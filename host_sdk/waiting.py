"""Waiting with a limit."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

_T = TypeVar("_T")


async def within(work: Awaitable[_T], seconds: float) -> _T:
    """Result of something; raises asyncio.TimeoutError after the time, with the work cancelled and ended.

    Unlike `asyncio.wait_for` before Python 3.12, it never takes a cancellation that comes with the result for nothing.
    """
    task = asyncio.ensure_future(work)
    try:
        await asyncio.wait([task], timeout=seconds)
        if task.done():
            return task.result()
        raise asyncio.TimeoutError
    finally:
        if not task.done():
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        elif not task.cancelled():
            task.exception()  # taken: it ended as its waiter was cancelled, and nobody else will ask
