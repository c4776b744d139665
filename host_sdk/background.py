"""Tasks that nobody waits for: one that dies is not silent."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

from .errors import InternalError

_log = logging.getLogger(__name__)


def start_background(
    what: str, work: Coroutine[Any, Any, None], on_death: Callable[[InternalError], None]
) -> asyncio.Task[None]:
    """Run something until it is cancelled; an exception is logged with its stack and handed to `on_death`."""
    task = asyncio.create_task(work, name=what)

    def done(ended: asyncio.Task[None]) -> None:
        error = None if ended.cancelled() else ended.exception()
        if error is not None:
            on_death(internal_error(what, error))

    task.add_done_callback(done)
    return task


def internal_error(what: str, error: BaseException) -> InternalError:
    """An unexpected exception as one of the SDK's, logged with its stack."""
    _log.error("%s failed", what, exc_info=error)
    wrapped = InternalError(f"{what}: {type(error).__name__}: {' '.join(str(error).split())}")
    wrapped.__cause__ = error
    return wrapped
