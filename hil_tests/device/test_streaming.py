"""Connecting, streams, readings: over BLE and serial."""

from __future__ import annotations

import asyncio

import pytest

from host_sdk.client import Client
from host_sdk.errors import RequestRefused
from host_sdk.models import Beat, Gap, Item, LinkError, Reading, SampleBlock
from host_sdk.wire_gen import STREAMS, ReadingKind, Results, Sex, Stream

#: The simulated board has every sensor, and no green LED.
EXPECTED = {stream: layout.rate_mhz / 1000 for stream, layout in STREAMS.items() if stream is not Stream.PPG_GREEN}


async def collect(client: Client, seconds: float) -> list[Item]:
    """Everything that comes in that time."""
    got: list[Item] = []
    end = client.listen(got.append)
    await asyncio.sleep(seconds)
    end()
    return got


async def test_it_says_who_it_is(address: str) -> None:
    async with await Client.open(address) as client:
        assert client.info.model == "vitalband-ref"
        assert client.info.sensors == frozenset(EXPECTED)
        assert {s: spec.rate_hz for s, spec in client.streams.items()} == EXPECTED


async def test_every_stream_comes_whole_and_at_its_rate(address: str) -> None:
    async with await Client.open(address) as client:
        await client.subscribe()
        got = await collect(client, 4.0)
        assert [item for item in got if isinstance(item, Gap | LinkError)] == []
        for stream, rate in EXPECTED.items():
            blocks = [item for item in got if isinstance(item, SampleBlock) and item.stream == stream]
            indices = [block.first_index for block in blocks]
            assert indices == list(
                range(indices[0], indices[0] + len(blocks) * len(blocks[0].counts), len(blocks[0].counts))
            )
            count = sum(len(block.counts) for block in blocks)
            assert count == pytest.approx(4.0 * rate, rel=0.25)


async def test_readings_carry_number_and_quality_or_a_reason(address: str) -> None:
    async with await Client.open(address) as client:
        await client.subscribe(streams=(), results=Results.READINGS | Results.BEATS)
        got = await collect(client, 11.0)
        readings = [item for item in got if isinstance(item, Reading)]
        kinds = {reading.kind for reading in readings}
        assert {
            ReadingKind.HEART_RATE,
            ReadingKind.PR,
            ReadingKind.QRS,
            ReadingKind.QT,
            ReadingKind.QTC_HODGES,
        } <= kinds
        assert {ReadingKind.PULSE_RATE, ReadingKind.SPO2, ReadingKind.ACTIVITY} <= kinds
        for reading in readings:
            assert (reading.value is not None) or (reading.reason is not None)
            assert 0 <= reading.quality <= 100
        rates = [r.value for r in readings if r.kind in (ReadingKind.HEART_RATE, ReadingKind.PULSE_RATE) and r.value]
        assert rates
        assert max(rates) - min(rates) < 12
        assert len([item for item in got if isinstance(item, Beat)]) >= 8
        assert not any(isinstance(item, SampleBlock) for item in got)


async def test_nothing_wanted_nothing_sent(address: str) -> None:
    async with await Client.open(address) as client:
        await client.subscribe()
        await client.subscribe(streams=(), results=Results(0))
        await asyncio.sleep(0.5)
        assert await collect(client, 1.5) == []


async def test_what_it_cannot_do_it_refuses(address: str) -> None:
    async with await Client.open(address) as client:
        from datetime import datetime, timezone

        with pytest.raises(RequestRefused, match="bad value"):
            await client.set_time(datetime(1985, 1, 1, tzinfo=timezone.utc))
        await client.set_time()
        await client.set_wearer(Sex.FEMALE)
        await client.set_wearer(Sex.UNKNOWN)
        await client.sync_time()
