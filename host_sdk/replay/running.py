"""One record through the simulated sensors and the device's own processing, as fast as it will go."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..client import Client
from ..errors import ProtocolError
from ..models import Item, Status
from ..transports.sim_serial import SimSerialTransport
from ..wire_gen import Results, Sex
from .result import ReplayResult

OnProgress = Callable[[float], None]


async def replay(
    options: dict[str, str], on_progress: OnProgress | None = None, wearer: Sex = Sex.UNKNOWN
) -> dict[str, Any]:
    """Result of one record as DESIGN's JSON object; raises VitalbandError naming what is wrong with it.

    Of a damaged record the good part is replayed and `error` says what is wrong with the rest.
    """
    transport = SimSerialTransport(options)
    async with Client(transport) as client:
        await client.connect()
        device = transport.device
        if device is None:
            raise ProtocolError(f"{transport.description}: is gone")
        result = ReplayResult(client.streams, float(options.get("start", "0")))

        def take(item: Item) -> None:
            if isinstance(item, Status) and on_progress is not None and device.info.duration_s:
                done_us = item.tick_us - device.info.record_start_us
                on_progress((done_us / 1e6 - result.start_s) / device.info.duration_s)
            result.take(item)

        client.listen(take)
        if wearer is not Sex.UNKNOWN:
            await client.set_wearer(wearer)
        await client.subscribe((), Results.ALL)
        await client.play()
        answer = result.as_object(device.info)
        if device.info.damage is not None:
            answer["error"] = {"type": "RecordError", "message": device.info.damage}
        return answer
