"""Waiting with a limit."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable
from typing import TypeVar

from .errors import WrongUse

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


def checked_wait(seconds: float) -> float:
    """The seconds; raises WrongUse where they are no number."""
    try:
        if not math.isnan(seconds):
            return seconds
    except TypeError:
        pass
    raise WrongUse(f"{seconds!r} is no number of seconds to wait")
