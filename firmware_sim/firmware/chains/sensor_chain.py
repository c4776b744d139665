"""What the chains of streaming sensors share: reading in batches, gaps, and a chip that stops answering."""

from array import array

import micropython
from micropython import const

from .chain import Chain
from .timebase import Timebase

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from .blocks import BlockWriter
    from .publisher import Publisher

    class Driver(Protocol):
        """The part of a driver that does not depend on what it measures."""

        overruns: int

        @property
        def tick_us(self) -> int:
            """Device time of the first sample last read."""
            ...

        def configure(self) -> None:
            """Set up; OSError where the chip does not answer."""

        def start(self) -> None:
            """Begin to convert."""


#: A batch of 32-bit samples, of any sensor: chains are polled one after the other, and leave nothing in it.
SAMPLES = array("i", bytes(4 * 64))
#: A chip that gives nothing for so long, and for three periods, has failed.
SILENCE_US = const(1_000_000)
RETRY_US = const(2_000_000)
#: After so many periods without a sample some are missing.
_QUIET_PERIODS = const(4)
#: A chip that still has samples after so many batches has more than its FIFO holds: what it says is rubbish.
_MOST_BATCHES = const(24)
#: A chip whose clock is off by more than a sixteenth over 4 s and 16 periods has failed: every interval would be wrong
#: by as much. The chips' data sheets allow 2 % (ADS1292R) to 5 % (LSM6DSO).
_RATE_SPAN_US = const(4_000_000)
_RATE_PART = const(16)
_RATE_PERIODS = const(16)
#: One whose samples are interrupted so many times more than once a second has failed: nothing comes of what is between.
_MOST_GAPS = const(4)
# Of a chain's numbers: when the chip last had samples (-1: not yet) and when it is set up anew; when the sample after
# an interruption would have been taken; index of the sample that signal processing calls 0, and samples lost so far;
# what the rate is counted from, index of a sample and its tick; and gaps of late.
LAST_READ_US = const(0)
_RETRY_US = const(1)
_DUE_US = const(2)
BASE = const(3)
_OVERRUNS = const(4)
_FROM = const(5)
_FROM_US = const(6)
_GAPS = const(7)


class SensorChain(Chain):
    """Polls one chip. One that fails or is silent, from the start or later, is set up anew every 2 s until it answers.

    Sample indices follow time: samples that were lost are counted, so that a host sees the gap, and signal
    processing begins anew after it, because an interval across it would be wrong. A chain has `_take`,
    `_begin` and `_refuse`; it reads at most `batch` samples at a time.
    """

    _publisher: "Publisher"

    def __init__(self, driver: "Driver", period_us: int, batch: int, writers: "tuple[BlockWriter, ...]") -> None:
        self.writers = writers
        self.works = True
        self.driver = driver
        self._period_us = period_us
        self._batch = batch
        self._time = Timebase(driver, period_us)
        self._interrupted = False
        # in a list, because MicroPython takes ten times as long to set an attribute, and each takes more room
        self._numbers = [-1, 0, 0, 0, 0, -1, 0, 0]
        try:
            driver.start()
        except OSError:
            self.works = False

    @property
    def overruns(self) -> int:
        """Samples lost in the chip's FIFO."""
        return self.driver.overruns

    @micropython.native
    def poll(self, now_us: int) -> None:
        """Process what the chip has and publish what came of it."""
        try:
            if not (self.works or self._revived(now_us)):
                return
            n = self._take()
            numbers = self._numbers
            if n or numbers[LAST_READ_US] < 0:
                numbers[LAST_READ_US] = now_us
                if n == self._batch:
                    self._drain(now_us)
            else:
                self._note_silence(now_us, now_us - numbers[LAST_READ_US])
        except OSError:
            self._fail(now_us)

    def _drain(self, now_us: int) -> None:
        """Take more whole batches until there are no more."""
        for _ in range(_MOST_BATCHES):
            if self._take() < self._batch:
                return
        self._fail(now_us)

    def _note_silence(self, now_us: int, silent_us: int) -> None:
        """The chip had nothing; where that lasts, what comes next says how much is missing."""
        if silent_us > max(SILENCE_US, 3 * self._period_us):
            self._fail(now_us)
        elif silent_us > _QUIET_PERIODS * self._period_us:
            self._interrupt()

    def _interrupt(self) -> None:
        if not self._interrupted:
            self._interrupted = True
            self._numbers[_DUE_US] = self._time.tick(self._time.index)

    def _fail(self, now_us: int) -> None:
        self.works = False
        numbers = self._numbers
        numbers[_FROM] = -1
        numbers[_GAPS] = 0
        self._interrupt()
        numbers[_RETRY_US] = now_us + RETRY_US
        for writer in self.writers:
            writer.skip(0)  # what was read goes out now, not when the sensor is back
        self._refuse(now_us)

    def _revived(self, now_us: int) -> bool:
        if now_us < self._numbers[_RETRY_US]:
            return False
        self.driver.configure()
        self.driver.start()
        for writer in self.writers:
            self._publisher.vitals.fitted[writer.stream] = 1
        self._numbers[LAST_READ_US] = -1
        self.works = True
        return True

    @micropython.native
    def _mark(self, n: int) -> None:
        """A batch of `n` samples was read: note its time and the samples lost before it."""
        lost = self.driver.overruns - self._numbers[_OVERRUNS]
        if lost or self._interrupted:
            self._numbers[_OVERRUNS] += lost
            self._pass_gap(lost)
        self._time.take(n)

    def _pass_gap(self, lost: int) -> None:
        if self._interrupted:
            self._interrupted = False
            late = self.driver.tick_us - self._numbers[_DUE_US]
            lost = max(lost, (late + self._period_us // 2) // self._period_us if self._time.index else 0)
        if lost:
            numbers = self._numbers
            numbers[_FROM] = -1
            numbers[_GAPS] += 1
            for writer in self.writers:
                writer.skip(lost)
            self._time.skip(lost)
            numbers[BASE] = self._time.index
            self._begin()

    def every_second(self, now_us: int) -> None:
        """A chip that does not keep its time, or whose samples never come in one piece, has failed as well."""
        numbers = self._numbers
        numbers[_GAPS] = max(0, numbers[_GAPS] - 1)
        if not (self.works and self._time.index) or self._interrupted or numbers[LAST_READ_US] < 0:
            numbers[_FROM] = -1
        elif numbers[_GAPS] > _MOST_GAPS or self._is_off_rate():
            self._fail(now_us)

    def _is_off_rate(self) -> bool:
        """Whether the latest 4 s of samples took another time than they should."""
        numbers = self._numbers
        index = self._time.index
        should_us = (index - numbers[_FROM]) * self._period_us
        # a sample is found late by up to the time between two polls, which is half a period of a slow sensor
        if numbers[_FROM] >= 0 and should_us < max(_RATE_SPAN_US, _RATE_PERIODS * self._period_us):
            return False
        tick_us = self._time.tick(index)
        took_us = tick_us - numbers[_FROM_US]
        counted = numbers[_FROM] >= 0
        numbers[_FROM] = index
        numbers[_FROM_US] = tick_us
        return counted and abs(took_us - should_us) * _RATE_PART > should_us

    def flush(self, now_us: int) -> None:
        """The signal has ended: end the blocks and windows that are open with what is there."""
        self.poll(now_us)
        for writer in self.writers:
            writer.skip(0)
        self._end()

    def _end(self) -> None:
        """Publish what can still be said; nothing where results need a whole window."""

    def _take(self) -> int:
        """Read and process one batch; how many samples."""
        raise NotImplementedError

    def _begin(self) -> None:
        """Start signal processing anew."""
        raise NotImplementedError

    def _refuse(self, now_us: int) -> None:
        """Say that there is no number because the sensor is at fault."""
        raise NotImplementedError
