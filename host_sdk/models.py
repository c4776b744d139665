"""What the client hands out: frozen, in physical units, absent where the device gave no number."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, IntEnum

import numpy as np
from numpy.typing import NDArray

from .wire_gen import READINGS, UNIT_SYMBOLS, BeatKind, EventKind, ReadingKind, Reason, RhythmFlags, Stream, Unit

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int32]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class DeviceInfo:
    """Who the device is."""

    model: str
    serial_number: str
    firmware: str
    protocol: int
    boot_id: int
    sensors: frozenset[Stream]


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
        """Device time of each sample in µs: the first one's tick, then the nominal rate."""
        return self.tick_us + np.arange(len(self.counts)) * (1e6 / self.spec.rate_hz)


@dataclass(frozen=True, slots=True)
class Beat:
    """A heart beat; fiducials are ECG sample indices since the stream began, None where absent."""

    number: int
    tick_us: int
    kind: BeatKind
    quality: int
    rr_ms: int | None
    r: int
    p_on: int | None
    p_peak: int | None
    p_off: int | None
    qrs_on: int | None
    qrs_off: int | None
    t_on: int | None
    t_peak: int | None
    t_off: int | None


@dataclass(frozen=True, slots=True)
class Reading:
    """A number with unit and quality, or the reason why there is none; taken from the `span_ms` before `tick_us`."""

    kind: ReadingKind
    unit: Unit
    tick_us: int
    span_ms: int
    quality: int
    value: float | None
    #: Why there is no number, or why it is to be read with caution.
    reason: Reason | None

    @property
    def choice(self) -> IntEnum | None:
        """The class it names, for readings that are one of a list (activity, posture)."""
        choices = READINGS[self.kind].choices
        if choices is None or self.value is None or int(self.value) not in list(choices):
            return None
        return choices(int(self.value))


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Findings of one ECG window."""

    tick_us: int
    span_ms: int
    flags: RhythmFlags
    beats: int
    quality: int
    reason: Reason | None
    #: 0 to 100: evidence for atrial fibrillation; None for too few beats.
    irregularity: int | None = None
    #: T wave alternans in µV, 0 where none is sure; None without enough steady beats.
    alternans_uv: int | None = None

    @property
    def names(self) -> list[str]:
        """Names of the findings."""
        return [flag.name.lower() for flag in RhythmFlags if flag & self.flags and flag.name]


@dataclass(frozen=True, slots=True)
class Event:
    """Something happened."""

    number: int
    tick_us: int
    kind: EventKind
    severity: int
    peak_g: float


@dataclass(frozen=True, slots=True)
class Status:
    """How the device is."""

    tick_us: int
    sensors: frozenset[Stream]
    battery_percent: float | None
    battery_v: float | None
    heap_free: int | None
    cpu_percent: float | None
    backlog_ms: int
    dropped_blocks: int
    overruns: int


@dataclass(frozen=True, slots=True)
class Gap:
    """Samples of a stream that did not come; nothing is put in their place."""

    stream: Stream
    first_index: int
    samples: int
    #: Device time of the first sample after the gap.
    end_tick_us: int
    duration_s: float


class LinkErrorKind(Enum):
    """What can be wrong on a link that goes on."""

    UNKNOWN_TYPE = "unknown_type"
    BAD_PAYLOAD = "bad_payload"
    WRONG_VERSION = "wrong_version"
    UNKNOWN_STREAM = "unknown_stream"
    FRAMES_LOST = "frames_lost"
    FRAME_DOUBLED = "frame_doubled"
    FRAME_REORDERED = "frame_reordered"
    BLOCK_DOUBLED = "block_doubled"
    DEVICE_RESTARTED = "device_restarted"
    SILENT = "silent"
    OVERFLOW = "overflow"


@dataclass(frozen=True, slots=True)
class LinkError:
    """Something was wrong on the link; it goes on."""

    kind: LinkErrorKind
    detail: str
    stream: Stream | None = None


Item = SampleBlock | Beat | Reading | Rhythm | Event | Status | Gap | LinkError
Listener = Callable[[Item], None]


def streams_of(mask: int) -> frozenset[Stream]:
    """Streams whose bit is set; bits of streams unknown here are left out."""
    return frozenset(stream for stream in Stream if mask >> stream & 1)
