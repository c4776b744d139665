"""Recording a client for a while: it is complete only where there is something in it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from host_sdk import Client, record
from host_sdk.errors import RecordingError
from host_sdk.recording.metadata import load_metadata
from host_sdk.wire_gen import Stream

from .fake_device import FakeTransport, ramp


async def test_what_comes_is_recorded(tmp_path: Path) -> None:
    transport = FakeTransport()
    async with Client(transport) as client:
        await client.subscribe([Stream.ECG])
        asyncio.get_running_loop().call_later(0.05, transport.device.say, ramp(Stream.ECG, 0, 25))
        metadata = await record(client, tmp_path / "r", "csv", seconds=0.5)
    assert (metadata.state, metadata.streams["ecg"].samples) == ("complete", 25)


@pytest.mark.parametrize("close", [False, True])
async def test_where_nothing_comes_it_is_not_complete(tmp_path: Path, close: bool) -> None:
    """Nothing was subscribed to, or the client is down already."""
    async with Client(FakeTransport()) as client:
        if close:
            await client.close()
        with pytest.raises(RecordingError, match="nothing came to be recorded; subscribe first"):
            await record(client, tmp_path / "r", "csv", seconds=0.2)
    kept = load_metadata(tmp_path / "r")
    assert (kept.state, kept.streams) == ("incomplete", {})
    assert "nothing came" in str(kept.error)
