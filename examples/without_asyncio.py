"""One reading, some samples and a recording, without an event loop: `python without_asyncio.py sim: walk`."""

import sys

from host_sdk import ReadingKind, SampleBlock, Stream, blocking

with blocking.connect(sys.argv[1]) as device:
    rate = device.read(ReadingKind.HEART_RATE, timeout_s=60)
    print(f"heart rate {rate.value:g}/min, quality {rate.quality}")
    device.subscribe("ecg")
    for item in device.items(seconds=2):
        if isinstance(item, SampleBlock) and item.stream is Stream.ECG:
            print(f"{len(item.values)} samples from {item.values.min():.2f} to {item.values.max():.2f} mV")
    print(device.record(sys.argv[2], "csv", seconds=2).state)
