"""Recording a client for a while, in one call."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path

from ..client import Client
from ..errors import RecordingError, VitalbandError, WrongUse
from ..reconnect import ReconnectingClient
from .metadata import Metadata
from .recorder import Recorder

_REFRESH_S = 1.0


async def record(
    client: Client | ReconnectingClient,
    folder: str | Path,
    format: str = "wfdb",  # noqa: A002 - the word users know
    *,
    seconds: float | None = None,
    overwrite: bool = False,
) -> Metadata:
    """Record what was subscribed to for so many seconds (None: until the link or the record ends), finish the files.

    Being cancelled finishes them, too. Raises RecordingError, also where nothing came; ConnectionLost; WrongUse, and
    nothing is written, where `seconds` is no length of time.
    """
    if seconds is not None and not 0 < seconds < 1e9:
        raise WrongUse(f"{folder}: {seconds!r} s is no length of time to record")
    recorder = Recorder.of(client, folder, format, overwrite=overwrite)
    ending = asyncio.ensure_future(_end(client, seconds))
    error: VitalbandError | None = None
    try:
        while recorder.failed is None and not ending.done():
            await asyncio.wait([ending], timeout=_REFRESH_S)
            with suppress(RecordingError):  # `failed` says so
                recorder.refresh()
        if ending.done():
            ending.result()
        if recorder.failed is None and not (recorder.metadata.streams or any(recorder.metadata.rows.values())):
            raise RecordingError(f"{folder}: nothing came to be recorded; subscribe first, on a client that is up")
    except VitalbandError as problem:
        error = problem
        raise
    finally:
        ending.cancel()
        try:
            await asyncio.gather(ending, return_exceptions=True)
        finally:  # also where a second cancellation comes
            recorder.close(error)
    if recorder.failed is not None:
        raise recorder.failed
    return recorder.metadata


async def _end(client: Client | ReconnectingClient, seconds: float | None) -> None:
    """Wait for the end; raises what ended it before."""
    playing = asyncio.ensure_future(client.play())
    try:
        await asyncio.wait([playing], timeout=seconds)
    finally:
        playing.cancel()
        await asyncio.gather(playing, return_exceptions=True)
    if playing.cancelled():
        return
    playing.result()
    if isinstance(client, Client) and client.lost is not None and not client.transport.ended:
        raise client.lost
