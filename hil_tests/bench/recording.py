"""What recording costs: hours of a device's streams, results and restarts at a `Recorder`, as fast as it takes them.

`python -m hil_tests.bench.recording FOLDER FORMAT HOURS RESTARTS` prints one JSON object; a process of its own, whose
peak of memory is that of the recording.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from host_sdk.models import Beat, Item, LinkError, LinkErrorKind, Reading, SampleBlock, StreamSpec
from host_sdk.recording import edf_live, one_axis, recorder
from host_sdk.wire_gen import STREAMS, BeatKind, ReadingKind, Stream, Unit

#: Samples a block by stream, as the device cuts them.
_BLOCKS = {Stream.ECG: 25, Stream.PPG: 20, Stream.ACCEL: 20, Stream.GYRO: 20, Stream.SKIN_TEMPERATURE: 1}
_BEAT_S, _READINGS_S, _READINGS = 0.8, 10.0, 30
#: The device is away for so long when it restarts.
_AWAY_S = 3.0


class Device:
    """Items of one start after the other; `now_s` is the host's clock."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self._specs = {
            stream: StreamSpec(stream, of.channels, of.sample_bytes, of.unit, of.rate_mhz / 1000, of.lsb_nano * 1e-9)
            for stream, of in STREAMS.items()
        }
        self._counts = {
            stream: np.random.default_rng(1).integers(-3000, 3000, (n, len(self._specs[stream].channels)), np.int32)
            for stream, n in _BLOCKS.items()
        }

    def run(self, seconds: float) -> Iterator[Item]:
        """A start that lasts so long, announced."""
        yield LinkError(LinkErrorKind.DEVICE_RESTARTED, "boot id")
        begun = self.now_s
        due = [(n / self._specs[stream].rate_hz, stream, 0) for stream, n in _BLOCKS.items()]
        beats = readings = 0
        while True:
            due.sort()
            at, stream, first = due[0]
            if at > seconds:
                return
            self.now_s = begun + at
            yield self._block(stream, first, at)
            n = _BLOCKS[stream]
            due[0] = (at + n / self._specs[stream].rate_hz, stream, first + n)
            if at > (beats + 1) * _BEAT_S + 3.0:
                beats += 1
                yield self._beat(beats)
            if at > (readings + 1) * _READINGS_S:
                readings += 1
                for _ in range(_READINGS):
                    tick_us = round(1e6 * at)
                    yield Reading(ReadingKind.HEART_RATE, Unit.BPM, tick_us, 10_000, 90, 71.2, u95=2.0)

    def _block(self, stream: Stream, first: int, at: float) -> SampleBlock:
        n, spec = _BLOCKS[stream], self._specs[stream]
        return SampleBlock(
            spec, 0, first, round(1e6 * (at + 1.0 - n / spec.rate_hz)), False, False, self._counts[stream]
        )

    def _beat(self, number: int) -> Beat:
        r = round(number * _BEAT_S * 250)
        return Beat(
            number,
            r,
            round(1e6 + r * 4000),
            BeatKind.NORMAL,
            90,
            800,
            r - 40,
            r - 30,
            r - 20,
            r - 12,
            r + 12,
            None,
            r + 70,
            r + 90,
        )


def peak_mib() -> float:
    """Most memory of this process so far."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


def measure(folder: Path, kind: str, hours: float, restarts: int) -> dict[str, float]:
    """CPU seconds for each hour, and peaks of memory: after a tenth of the hours, at the end, and once it is closed."""
    device = Device()
    for module in (edf_live, one_axis):
        module.monotonic = lambda: device.now_s  # type: ignore[attr-defined]
    recorder.time = type("Clock", (), {"monotonic": staticmethod(lambda: device.now_s)})  # type: ignore
    recording = recorder.Recorder(folder, kind)
    begun, early = time.process_time(), 0.0
    each_s = hours * 3600 / (restarts + 1)
    for start in range(restarts + 1):
        for item in device.run(each_s - _AWAY_S):
            recording.add(item)
        device.now_s += _AWAY_S
        if start == restarts // 10:
            early = peak_mib()
    cpu_s, late = time.process_time() - begun, peak_mib()
    metadata = recording.close()
    return {
        "cpu_s_per_hour": cpu_s / hours,
        "close_s": time.process_time() - begun - cpu_s,
        "early_mib": early,
        "late_mib": late,
        "closed_mib": peak_mib(),
        "restarts": metadata.restarts,
        "ecg_samples": metadata.streams["ecg"].samples,
        "ecg_lost": metadata.streams["ecg"].lost,
        "disk_mib": sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 2**20,
    }


if __name__ == "__main__":
    print(json.dumps(measure(Path(sys.argv[1]), sys.argv[2], float(sys.argv[3]), int(sys.argv[4]))))
