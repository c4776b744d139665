"""One record through the simulated sensors and the device's own processing, as fast as it will go."""

from __future__ import annotations

from collections.abc import Callable

from ..client import Client
from ..errors import ProtocolError, RecordError
from ..models import Item, Status
from ..transports.sim_serial import SimSerialTransport
from ..wire_gen import Results, Sex
from .collecting import Collector
from .options import ReplayOptions
from .result import ReplayResult

OnProgress = Callable[[float], None]


async def replay(options: ReplayOptions, on_progress: OnProgress | None = None) -> ReplayResult:
    """What one record gives; raises VitalbandError naming what is wrong with it.

    Of a damaged record the good part is replayed, and `record_error` of the result says what is wrong with the rest.
    `on_progress` is called with the part that is done, 0 to 1.

        result = asyncio.run(replay(ReplayOptions(record="mitdb/100", channel="MLII", end_s=60)))
        print(result.ecg.intervals.hr_bpm)
    """
    try:
        simulated = options.simulated()
    except ValueError as error:
        raise RecordError(f"{options.record}: {error}") from None
    transport = SimSerialTransport(simulated)
    async with Client(transport) as client:
        device = transport.device
        if device is None:
            raise ProtocolError(f"{transport.description}: is gone")
        collector = Collector(client.streams)

        def on_item(item: Item) -> None:
            if isinstance(item, Status) and on_progress is not None and device.info.duration_s:
                done_us = item.tick_us - device.info.record_start_us
                on_progress((done_us / 1e6 - options.start_s) / device.info.duration_s)
            collector.add(item)

        client.listen(on_item)
        if options.sex is not Sex.UNKNOWN:
            await client.set_wearer(options.sex)
        await client.subscribe((), Results.ALL)
        await client.play()
        return collector.result(device.info)
