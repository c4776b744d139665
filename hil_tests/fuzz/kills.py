"""kill -9 of a process that records: what is lost, read as it lies there and after `recover_recording`."""

from __future__ import annotations

import math
import mmap
import os
import shutil
import signal
import struct
import time
import traceback
from collections import Counter
from functools import partial
from pathlib import Path
from random import Random

import numpy as np

from host_sdk.models import SampleBlock, StreamSpec
from host_sdk.recording import edf_live, one_axis, recorder
from host_sdk.recording.metadata_checks import FORMATS
from host_sdk.recording.recovery import recover_recording
from host_sdk.records import open_source
from host_sdk.wire_gen import STREAMS, Stream, Unit

from .campaign import Campaign, Files

#: Seconds of signal that may be lost, and what one block holds.
_MOST_LOST_S, _BLOCK_S = 1.0, 0.1
_SPECS = (
    StreamSpec(Stream.ECG, STREAMS[Stream.ECG].channels, 3, Unit.MV, 250.0, 48e-6),
    StreamSpec(Stream.ACCEL, STREAMS[Stream.ACCEL].channels, 2, Unit.G, 104.0, 488e-6),
)
#: The channel of each that is read back.
_FIRST = ("ECG", "ACC_X")
#: Between blocks, so that kills come then as well as while a file is written.
_PAUSE_S = 0.002
#: A child needs no longer to record what is waited for.
_LONGEST_S = 10.0
_COUNTS = struct.Struct("<2q")


class Kills:
    """A recording of signals that come many times as fast as they would, killed at a moment drawn."""

    def __init__(self, kind: str, folder: Path) -> None:
        self._kind = kind
        self._folder = folder / "r"
        self._given = mmap.mmap(-1, _COUNTS.size)

    def input(self, chance: Random) -> Files:
        """After how many blocks the process may die, and how many µs later it does."""
        blocks = chance.choice((0, 12, 12, 12, 40, 100))
        return {"kill": f"{blocks} {chance.randrange(100_000)}".encode()}

    def attempt(self, files: Files) -> Counter[str]:
        """Record, kill, read; raises AssertionError where more is lost than may be."""
        blocks, after_us = files["kill"].decode().split()
        shutil.rmtree(self._folder, ignore_errors=True)
        self._given[:] = bytes(_COUNTS.size)
        child = os.fork()
        if child == 0:
            self._record(self._kind)
        self._await(int(blocks) * _BLOCK_S)
        time.sleep(int(after_us) / 1e6)
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        assert os.WIFSIGNALED(status), "the recorder ended by itself"
        given = _COUNTS.unpack(self._given[:])
        said = "killed in its first second"
        if min(given) / _SPECS[1].rate_hz >= _MOST_LOST_S:
            lost_s = max(self._lost(given))
            assert lost_s <= _MOST_LOST_S + _BLOCK_S, f"{lost_s} s lost"
            said = f"up to {max(0, math.ceil(10 * lost_s - 1e-6)) / 10} s lost"
        if not max(given):
            return Counter({"killed before anything came": 1})
        recover_recording(self._folder)
        recovered_s = max(self._lost(given))
        assert recovered_s <= _BLOCK_S, f"{recovered_s} s lost after recovery"
        return Counter({f"{said}, none after recovery": 1})

    def _await(self, seconds: float) -> None:
        """Wait until so much was recorded; a child that dies before is noticed by whoever looks what it left."""
        end = time.monotonic() + _LONGEST_S
        while _COUNTS.unpack(self._given[:])[0] < seconds * _SPECS[0].rate_hz and time.monotonic() < end:
            time.sleep(0.001)

    def _lost(self, given: tuple[int, ...]) -> list[float]:
        """Seconds of each stream that were given to the recorder and cannot be read."""
        source = open_source(self._folder)
        lost = []
        for name, spec, count in zip(_FIRST, _SPECS, given, strict=True):
            if not count:
                continue
            number = [channel.name for channel in source.channels].index(name)
            values = source.read(number, 0, source.channels[number].length)
            there = int(np.flatnonzero(~np.isnan(values)).max(initial=-1)) + 1
            lost.append((count - there) / spec.rate_hz)
        source.close()
        return lost

    def _record(self, kind: str) -> None:
        """In the child: never returns. Clocks go with the signal."""
        now = [0.0]
        for module in (edf_live, one_axis):
            module.monotonic = lambda: now[0]  # type: ignore[attr-defined]
        recorder.time = type("Clock", (), {"monotonic": staticmethod(lambda: now[0])})  # type: ignore
        try:
            recording, given = recorder.Recorder(self._folder, kind), [0, 0]
            while True:
                now[0] += _BLOCK_S
                time.sleep(_PAUSE_S)
                for number, spec in enumerate(_SPECS):
                    first = given[number]
                    n = round(now[0] * spec.rate_hz) - first
                    counts = np.arange(first, first + n).repeat(len(spec.channels)).reshape(n, -1) % 30_000
                    tick_us = round(first / spec.rate_hz * 1e6)
                    recording.add(SampleBlock(spec, 0, first, tick_us, False, False, counts.astype(np.int32)))
                    given[number] = first + n
                    self._given[:] = _COUNTS.pack(*given)
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(1)


CAMPAIGNS = [Campaign(f"kills-{kind}", partial(Kills, kind)) for kind in FORMATS]
