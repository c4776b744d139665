"""What the client hands out: frozen, in physical units, absent where the device gave no number.

Results (`Beat`, `Reading`, `Rhythm`, `Event`, `Status`) and `DeviceInfo` are generated from the wire's schema.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from .models_gen import Alarm as Alarm
from .models_gen import Beat as Beat
from .models_gen import DeviceInfo as DeviceInfo
from .models_gen import Event as Event
from .models_gen import Reading as Reading
from .models_gen import Result
from .models_gen import Rhythm as Rhythm
from .models_gen import Status as Status
from .wire_gen import UNIT_SYMBOLS, Stream, Unit

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int32]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class StreamSpec:
    """What the samples of a stream mean: value = count x lsb, in `unit`."""

    stream: Stream
    channels: tuple[str, ...]
    sample_bytes: int
    unit: Unit
    rate_hz: float
    lsb: float

    @property
    def unit_symbol(self) -> str:
        """Unit as it is written, empty for a plain number."""
        return UNIT_SYMBOLS.get(self.unit, "")


@dataclass(frozen=True, slots=True)
class SampleBlock:
    """Consecutive samples of one stream; `counts` and `values` have shape (samples, channels)."""

    spec: StreamSpec
    seq: int
    first_index: int
    tick_us: int
    no_contact: bool
    saturated: bool
    counts: IntArray
    #: Came after later blocks had come: fills a gap that was reported.
    late: bool = False
    #: What the first sample's time differs from `tick_us`, which jitters with the polling of the chip; µs.
    correction_us: float = 0.0
    #: Rate by the device's clock so far; None: not known yet, the nominal one is taken.
    measured_hz: float | None = None
    #: The front end's LED current or range is another one from this block on: levels before it do not compare.
    gain_changed: bool = False
    #: It fills a gap from the log that the device kept: it is `late`, too.
    from_log: bool = False

    @property
    def stream(self) -> Stream:
        """Its stream."""
        return self.spec.stream

    @property
    def sensed(self) -> BoolArray:
        """Where a count is a measurement, shape as `counts`: with an electrode off, the front end's rail is none."""
        rail = (1 << (8 * self.spec.sample_bytes - 1)) - 1
        if self.stream is Stream.ECG and self.no_contact:
            return np.abs(self.counts) < rail
        return np.ones(self.counts.shape, dtype=np.bool_)

    @property
    def values(self) -> FloatArray:
        """Samples in the stream's unit, NaN where nothing was sensed."""
        return np.where(self.sensed, self.counts * self.spec.lsb, np.nan)

    @property
    def ticks_us(self) -> FloatArray:
        """Device time of each sample in µs, evenly and rising over the borders of blocks."""
        period_us = 1e6 / (self.measured_hz or self.spec.rate_hz)
        return self.tick_us + self.correction_us + np.arange(len(self.counts)) * period_us


@dataclass(frozen=True, slots=True)
class Gap:
    """Samples of a stream that did not come; nothing is put in their place."""

    stream: Stream
    first_index: int
    samples: int
    #: Device time of the first sample after the gap.
    end_tick_us: int
    duration_s: float
    #: In recordings: the device began anew in between, so the length is by the host's clock.
    restart: bool = False


class LinkErrorKind(Enum):
    """What can be wrong on a link that goes on."""

    UNKNOWN_TYPE = "unknown_type"
    BAD_PAYLOAD = "bad_payload"
    WRONG_VERSION = "wrong_version"
    UNKNOWN_STREAM = "unknown_stream"
    #: Of an enum, sent by a newer device; reported once a client.
    UNKNOWN_NUMBER = "unknown_number"
    FRAMES_LOST = "frames_lost"
    FRAME_DOUBLED = "frame_doubled"
    FRAME_REORDERED = "frame_reordered"
    BLOCK_DOUBLED = "block_doubled"
    DEVICE_RESTARTED = "device_restarted"
    SILENT = "silent"
    OVERFLOW = "overflow"
    #: The link went, and is taken up again (`ReconnectingClient`).
    LINK_LOST = "link_lost"


@dataclass(frozen=True, slots=True)
class LinkError:
    """Something was wrong on the link; it goes on."""

    kind: LinkErrorKind
    detail: str
    stream: Stream | None = None


Item = SampleBlock | Result | Gap | LinkError
#: Called with every item; one that raises harms nobody else, a coroutine function is awaited, an item at a time.
Listener = Callable[[Item], Awaitable[None] | None]
