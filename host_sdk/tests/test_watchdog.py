from __future__ import annotations

import asyncio
import time

import pytest

from host_sdk.models import LinkError, LinkErrorKind
from host_sdk.watchdog import Watchdog
from host_sdk.wire_gen import Stream

from .fake_device import ramp
from .test_client import connected, kinds, soon

SILENCE_S = 5.0


class Clock:
    """A time that is moved by hand, and a watchdog that goes by it."""

    def __init__(self) -> None:
        self.now = 100.0
        self.watchdog = Watchdog(SILENCE_S, lambda: self.now)
        self.watchdog.watch([Stream.ECG, Stream.SKIN_TEMPERATURE], True)

    def passes(self, seconds: float, every_s: float = SILENCE_S / 4) -> list[LinkError]:
        """What is said meanwhile, asked as often as that."""
        said: list[LinkError] = []
        while seconds > 0:
            self.now += min(every_s, seconds)
            seconds -= every_s
            said += self.watchdog.check()
        return said


def test_silence_is_said_once_and_again_after_something_came() -> None:
    clock = Clock()
    assert clock.passes(4.9) == []
    assert {error.stream for error in clock.passes(10)} == {None, Stream.ECG, Stream.SKIN_TEMPERATURE}
    clock.watchdog.received(Stream.ECG)
    assert clock.passes(4.9) == []
    assert {error.stream for error in clock.passes(10)} == {None, Stream.ECG}


@pytest.mark.parametrize("busy_s", [3.0, 7.0, 3600.0])
def test_a_program_that_was_busy_for_so_long_reports_no_silence(busy_s: float) -> None:
    clock = Clock()
    assert clock.passes(1.0) == []
    assert clock.passes(busy_s, every_s=busy_s) == []
    for stream in Stream:  # now what came meanwhile is read
        clock.watchdog.received(stream)
    assert clock.passes(4.9) == []
    assert {error.kind for error in clock.passes(10)} == {LinkErrorKind.SILENT}  # and then it is one


async def test_a_loop_that_was_blocked_is_no_silence_of_the_device() -> None:
    client, transport, items = await connected()  # with 0.2 s of silence
    transport.device.say(ramp(Stream.ECG, 0, 5), ramp(Stream.PPG, 0, 5), ramp(Stream.ACCEL, 0, 5))
    time.sleep(0.5)  # noqa: ASYNC251 - as a plot in a notebook does
    await asyncio.sleep(0.02)
    assert kinds(items) == []
    await soon(client.close())
