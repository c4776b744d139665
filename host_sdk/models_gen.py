"""Results as users get them. Written from firmware_sim/schema/wire.toml by `make gen`: do not edit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, ClassVar

from . import wire_gen as wire
from .wire_gen import READINGS, AlarmCause, AlarmKind, AlarmReason, AlarmState, AlarmWarning, BandState, BeatKind, Calibration, EventKind, ModemState, PositionState, ReadingKind, Reason, RhythmFlags, Stream, Unit


def streams_of(mask: int) -> frozenset[Stream]:
    """Streams whose bit is set; bits of streams unknown here are left out."""
    return frozenset(stream for stream in Stream if mask >> stream & 1)



@dataclass(frozen=True, slots=True)
class DeviceInfo:
    """Who the device is."""

    #: protocol version
    protocol: int
    #: bit n set: stream n is there and works
    sensors: frozenset[Stream]
    #: changes with every start; tick and index begin anew
    boot_id: int
    #: serial number
    serial_number: str
    #: model name
    model: str
    #: firmware version
    firmware: str

    @classmethod
    def of(cls, m: wire.Info) -> DeviceInfo:
        """Of the wire's message."""
        return cls(
            m.protocol,
            streams_of(m.sensors),
            m.boot_id,
            m.serial_number,
            m.model,
            m.firmware,
        )


@dataclass(frozen=True, slots=True)
class Beat:
    """A heart beat; fiducials are ECG sample indices since the stream began, None where absent."""

    FIDUCIALS: ClassVar[tuple[str, ...]] = ('p_on', 'p_peak', 'p_off', 'qrs_on', 'qrs_off', 't_on', 't_peak', 't_off')

    #: beats since start
    number: int
    #: ECG sample index of the R peak
    r: int
    #: device time of the R peak, µs since start
    tick_us: int
    #: kind
    kind: BeatKind
    #: 0 to 100
    quality: int
    #: interval to the beat before in ms
    rr_ms: int | None = None
    #: P onset
    p_on: int | None = None
    #: P peak
    p_peak: int | None = None
    #: P end
    p_off: int | None = None
    #: QRS onset
    qrs_on: int | None = None
    #: QRS end
    qrs_off: int | None = None
    #: T onset
    t_on: int | None = None
    #: T peak
    t_peak: int | None = None
    #: T end
    t_off: int | None = None

    @classmethod
    def of(cls, m: wire.Beat) -> Beat:
        """Of the wire's message."""
        return cls(
            m.number,
            m.r_index,
            m.tick_us,
            m.kind,
            m.quality,
            m.rr_ms,
            None if m.p_on is None else m.r_index + m.p_on,
            None if m.p_peak is None else m.r_index + m.p_peak,
            None if m.p_off is None else m.r_index + m.p_off,
            None if m.qrs_on is None else m.r_index + m.qrs_on,
            None if m.qrs_off is None else m.r_index + m.qrs_off,
            None if m.t_on is None else m.r_index + m.t_on,
            None if m.t_peak is None else m.r_index + m.t_peak,
            None if m.t_off is None else m.r_index + m.t_off,
        )


@dataclass(frozen=True, slots=True)
class Reading:
    """A number with unit and quality, or the reason why there is none."""

    #: which reading
    kind: ReadingKind
    #: unit
    unit: Unit
    #: device time of the end of the window it was taken from, µs
    tick_us: int
    #: length of that window in ms
    span_ms: int
    #: 0 to 100
    quality: int
    #: the number in its unit
    value: float | None = None
    #: why there is no number, or why it is to be read with caution
    reason: Reason | None = None
    #: expanded uncertainty in the unit of the value: 95 % of true values lie within value ± u95
    u95: float | None = None
    #: of a number that is not to be relied on for want of a calibration
    calibration: Calibration | None = None

    @classmethod
    def of(cls, m: wire.Reading) -> Reading:
        """Of the wire's message."""
        return cls(
            m.kind,
            m.unit,
            m.tick_us,
            m.span_ms,
            m.quality,
            None if m.value is None else m.value / READINGS[m.kind].scale,
            m.reason,
            None if m.u95 is None else m.u95 / READINGS[m.kind].scale,
            m.calibration,
        )

    @property
    def choice(self) -> IntEnum | None:
        """The class it names, for readings that are one of a list (activity, posture)."""
        choices = READINGS[self.kind].choices
        if choices is None or self.value is None or int(self.value) not in list(choices):
            return None
        return choices(int(self.value))


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Findings of one ECG window; follows the window's readings."""

    #: device time of the end of the window
    tick_us: int
    #: length of the window
    span_ms: int
    #: findings
    flags: RhythmFlags
    #: beats in the window
    beats: int
    #: 0 to 100
    quality: int
    #: why the window was not judged
    reason: Reason | None = None
    #: 0 to 100: evidence for atrial fibrillation in RR intervals and missing P waves
    irregularity: int | None = None
    #: T wave alternans in µV, 0 where none is sure; absent without 28 steady beats
    alternans_uv: int | None = None

    @classmethod
    def of(cls, m: wire.Rhythm) -> Rhythm:
        """Of the wire's message."""
        return cls(
            m.tick_us,
            m.span_ms,
            m.flags,
            m.beats,
            m.quality,
            m.reason,
            m.irregularity,
            m.alternans_uv,
        )

    @property
    def names(self) -> list[str]:
        """Names of the findings."""
        return [flag.name.lower() for flag in RhythmFlags if flag & self.flags and flag.name]


@dataclass(frozen=True, slots=True)
class Event:
    """Something happened."""

    #: events since start
    number: int
    #: device time of its peak, µs since start
    tick_us: int
    #: kind
    kind: EventKind
    #: 0 (none) to 4 (extreme)
    severity: int
    #: greatest acceleration in g
    peak_g: float

    @classmethod
    def of(cls, m: wire.Event) -> Event:
        """Of the wire's message."""
        return cls(
            m.number,
            m.tick_us,
            m.kind,
            m.severity,
            m.peak_mg / 1000,
        )


@dataclass(frozen=True, slots=True)
class Status:
    """How the device is."""

    #: device time, µs since start
    tick_us: int
    #: bit n set: stream n is there and works
    sensors: frozenset[Stream]
    #: state of charge in %
    battery_percent: float | None
    #: cell voltage in V
    battery_v: float | None
    #: free heap, bytes
    heap_free: int | None
    #: time not idle in %
    cpu_percent: float | None
    #: age of the oldest block waiting to be sent on this link, ms
    backlog_ms: int
    #: blocks dropped (oldest first) on this link since it came up
    dropped_blocks: int
    #: samples lost in a sensor's FIFO since start
    overruns: int
    #: what this link threw away: frames cut short, damaged, too long or too many at once; on serial also lines that are too long
    bad_frames: int

    @classmethod
    def of(cls, m: wire.Status) -> Status:
        """Of the wire's message."""
        return cls(
            m.tick_us,
            streams_of(m.sensors),
            None if m.battery_permille is None else m.battery_permille / 10,
            None if m.battery_mv is None else m.battery_mv / 1000,
            m.heap_free,
            None if m.cpu_permille is None else m.cpu_permille / 10,
            m.backlog_ms,
            m.dropped_blocks,
            m.overruns,
            m.bad_frames,
        )


@dataclass(frozen=True, slots=True)
class Alarm:
    """The alarm as it is, or a record of its journal."""

    #: as in the request
    back: int
    #: device time, µs since start
    tick_us: int
    #: alarms so far: that of this one
    number: int
    #: what it does
    state: AlarmState
    #: why it is at rest as it is, now
    reason: AlarmReason
    #: what changed it last
    cause: AlarmCause
    #: what it is of
    kind: AlarmKind
    #: 1 to 4 by its peak; 0: not known
    severity: int
    #: messages that were handed over
    attempts: int
    #: bit n: a network or the phone (bit 4) has the message to contact n
    reached: int
    #: the same of its retraction
    retracted: int
    #: the link to the band now
    band: BandState
    #: the modem now
    modem: ModemState
    #: the receiver now
    position: PositionState
    #: who could not be reached now, and why
    warning: AlarmWarning
    #: contacts with a number
    contacts: int
    #: contacts without one, or too many
    refused_contacts: int
    #: 1: a phone is to send the alarm, or its retraction, on
    is_offered: int
    #: of the countdown
    seconds_left: int | None = None
    #: of a muted one: until it looks for accidents again
    muted_s: int | None = None
    #: Unix time of the record
    at_s: int | None = None
    #: Unix time of the accident or call
    happened_s: int | None = None
    #: latitude, degrees north
    latitude_deg: float | None = None
    #: longitude, degrees east
    longitude_deg: float | None = None
    #: age of the position
    position_age_s: int | None = None
    #: speed before it, km/h; at rest: now
    speed_kmh: int | None = None
    #: greatest acceleration in g
    peak_g: float | None = None
    #: pulse, as the band had it last
    pulse_bpm: int | None = None
    #: arterial oxygen saturation, as the band had it last
    spo2_percent: int | None = None
    #: change of the pulse, bpm a minute
    pulse_trend: int | None = None
    #: age of these
    vitals_age_s: int | None = None

    @classmethod
    def of(cls, m: wire.Alarm) -> Alarm:
        """Of the wire's message."""
        return cls(
            m.back,
            m.tick_us,
            m.number,
            m.state,
            m.reason,
            m.cause,
            m.kind,
            m.severity,
            m.attempts,
            m.reached,
            m.retracted,
            m.band,
            m.modem,
            m.position,
            m.warning,
            m.contacts,
            m.refused_contacts,
            m.is_offered,
            m.seconds_left,
            m.muted_s,
            m.at_s,
            m.happened_s,
            None if m.latitude_mas is None else m.latitude_mas / 3600000,
            None if m.longitude_mas is None else m.longitude_mas / 3600000,
            m.position_age_s,
            m.speed_kmh,
            None if m.peak_dg is None else m.peak_dg / 10,
            m.pulse_bpm,
            m.spo2_percent,
            m.pulse_trend,
            m.vitals_age_s,
        )


Result = Beat | Reading | Rhythm | Event | Status

_OF: dict[type[wire.AnyMessage], Callable[[Any], Result]] = {
    wire.Beat: Beat.of,
    wire.Reading: Reading.of,
    wire.Rhythm: Rhythm.of,
    wire.Event: Event.of,
    wire.Status: Status.of,
}


def result(message: wire.AnyMessage) -> Result | None:
    """Model of a message that stands for itself; None for the others (answers, samples)."""
    of = _OF.get(type(message))
    return None if of is None else of(message)
