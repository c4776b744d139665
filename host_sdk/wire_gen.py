"""The wire as the SDK speaks it. Written from firmware_sim/schema/wire.toml by `make gen`: do not edit."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum, IntFlag
from functools import cache, reduce
from operator import or_
from typing import ClassVar, Protocol, TypeVar

PROTOCOL_VERSION = 1
#: Commands that a device remembers, and answers it keeps: so many may be on their way at once.
KEPT_COMMANDS = 4


class WireError(ValueError):
    """Bytes that do not fit the message's layout, or a number that no enum has."""


class UnknownNumber(WireError):
    """A number that no member of `kind` has: of a newer device, or of none."""

    def __init__(self, kind: type[IntEnum], value: int) -> None:
        super().__init__(f"no {kind.__name__} has the number {value}")
        self.kind = kind


_E = TypeVar("_E", bound=IntEnum)
_F = TypeVar("_F", bound=IntFlag)


def _enum(kind: type[_E], value: int) -> _E:
    try:
        return kind(value)
    except ValueError as error:
        raise UnknownNumber(kind, value) from error


def _flags(kind: type[_F], value: int) -> _F:
    """The bits that are known: an IntFlag keeps every other combination for ever that it is made of."""
    return kind(value & _known(kind))


@cache
def _known(kind: type[IntFlag]) -> int:
    return reduce(or_, map(int, kind.__members__.values()), 0)


def _text(raw: bytes) -> str:
    """Text of a device, whom nobody need trust: what moves a terminal's cursor is not in it."""
    text = raw.rstrip(b"\0").decode("utf-8", "replace")
    return "".join(c if c.isprintable() else "\ufffd" for c in text)


class Message(Protocol):
    """What every message can do."""

    TYPE: ClassVar[int]

    def encode(self) -> bytes:
        """Payload bytes."""
        ...



class Reason(IntEnum):
    """Why a reading has no number, or why it is to be read with caution."""

    LEAD_OFF = 1  # an ECG electrode has no contact
    NOT_WORN = 2  # the optical sensor sees no skin
    MOTION = 3  # movement hides the signal
    LOW_PERFUSION = 4  # the pulsatile part of the light is too small
    NOISE = 5  # noise hides the signal
    TOO_FEW_BEATS = 6  # fewer beats in the window than the figure needs
    NO_P_WAVE = 7  # no P wave was seen, so there is no PR
    NO_T_WAVE = 8  # the end of the T wave was not seen, so there is no QT
    IRREGULAR = 9  # the rhythm is too irregular for this figure
    SATURATED = 10  # the front end is at its rail
    WARMING_UP = 11  # the filters or the window are still filling
    NO_SIGNAL = 12  # the channel is flat or not there
    INCONSISTENT = 13  # beats or channels disagree too much to give one number
    OUT_OF_RANGE = 14  # the result lies outside what the method was made for
    SENSOR_FAULT = 15  # the sensor does not answer or answers nonsense
    STUCK = 16  # the sensor repeats one value
    NO_GRAVITY = 17  # an accelerometer at rest reads nothing: gravity was taken out
    WRONG_SCALE = 18  # an accelerometer at rest is far from 1 g: its scale or unit is mistaken
    NO_PULSE_WAVE = 19  # the alternating part of the light has not the shape of a pulse wave
    UNCERTAIN = 20  # the expanded uncertainty exceeds what is useful
    MAINS = 21  # interference of the mains hides the waves
    AV_CONDUCTION = 22  # the PR interval changes from beat to beat, or P and QRS are not coupled
    FLUTTER_WAVES = 23  # T cannot be distinguished from flutter waves
    AMBIENT_LIGHT = 24  # ambient light is stronger than the optical front end can cancel
    POOR_CONTACT = 25  # the sensor lies badly on the skin: little light, light that comes and goes, sun beside it; or electrodes that jump
    TRACKED = 26  # followed through movement by its spectrum, not counted from single beats
    PAUSED = 27  # the sensor is off until its next measurement
    EXCESS_PRESSURE = 28  # the optical sensor presses blood out of the skin: more light comes back than before, with a fraction of its pulses


class Unit(IntEnum):
    """Unit of a reading or a stream."""

    NONE = 0  # a plain number
    BPM = 1  # beats a minute
    MS = 2  # millisecond
    PERCENT = 3  # per cent
    PER_MIN = 4  # a minute
    MV = 5  # millivolt
    G = 6  # standard gravity, 9.80665 m/s²
    DPS = 7  # degree a second
    COUNT = 8  # count of the converter
    CELSIUS = 9  # degree Celsius

UNIT_SYMBOLS: dict[Unit, str] = {
    Unit.BPM: 'bpm',
    Unit.MS: 'ms',
    Unit.PERCENT: '%',
    Unit.PER_MIN: '/min',
    Unit.MV: 'mV',
    Unit.G: 'g',
    Unit.DPS: '°/s',
    Unit.COUNT: 'count',
    Unit.CELSIUS: '°C',
}


class BeatKind(IntEnum):
    """Kind of a heart beat; letters as in the MIT-BIH annotation code."""

    UNKNOWN = 0  # not classified
    NORMAL = 1  # normal
    PREMATURE_SUPRAVENTRICULAR = 2  # premature, narrow
    VENTRICULAR = 3  # ventricular ectopic
    PACED = 4  # paced

BEAT_KIND_SYMBOLS: dict[BeatKind, str] = {
    BeatKind.UNKNOWN: 'Q',
    BeatKind.NORMAL: 'N',
    BeatKind.PREMATURE_SUPRAVENTRICULAR: 'S',
    BeatKind.VENTRICULAR: 'V',
    BeatKind.PACED: '/',
}


class EventKind(IntEnum):
    """What the motion unit saw."""

    IMPACT = 1  # an impact, with no sign yet of a fall or an accident
    FALL = 2  # free fall, impact, and lying still
    ACCIDENT = 3  # a hard impact with tumbling, then stillness
    TIP_OVER = 4  # lying on its side without an impact
    HARD_BRAKE = 5  # strong lasting deceleration
    POTHOLE = 6  # a short vertical impact while riding on
    DROP = 7  # the device itself fell


class Activity(IntEnum):
    """What the wearer is doing."""

    UNKNOWN = 0  # cannot tell
    STILL = 1  # no movement
    LIGHT = 2  # small movements
    WALKING = 3  # steps at walking cadence
    RUNNING = 4  # steps at running cadence
    VIGOROUS = 5  # strong movement without cadence


class Posture(IntEnum):
    """Attitude of the body unit."""

    UNKNOWN = 0  # cannot tell
    UPRIGHT = 1  # trunk within 45° of vertical
    LYING = 2  # trunk within 45° of horizontal
    UPSIDE_DOWN = 3  # head down


class Wear(IntEnum):
    """Whether the device is worn, by light, pulse, heart beats, movement and skin temperature."""

    NOT_WORN = 1  # nobody wears it
    POOR_CONTACT = 2  # it is worn, and the optical sensor lies badly on the skin
    WORN = 3  # it is worn
    EXCESS_PRESSURE = 4  # it is worn, and the optical sensor presses too hard


class Calibration(IntEnum):
    """How far a number's calibration can be relied on."""

    UNCALIBRATED = 1  # by a curve that no study of this device confirmed


class Sex(IntEnum):
    """Sex of the wearer, for limits that differ by it."""

    UNKNOWN = 0  # not set
    FEMALE = 1  # female
    MALE = 2  # male


class Error(IntEnum):
    """Why a request was refused."""

    NONE = 0  # done
    UNKNOWN_TYPE = 1  # no such request
    BAD_LENGTH = 2  # payload shorter or longer than the request's layout
    BAD_VALUE = 3  # a field outside its range
    UNSUPPORTED_VERSION = 4  # protocol version not spoken
    NOT_ENCRYPTED = 5  # health data requested over an unencrypted link
    BUSY = 6  # cannot now
    MTU_TOO_SMALL = 7  # the link's frames are too short for the request (BLE: MTU under 185)
    NOT_STORED = 8  # storage did not take it; what was stored before still counts
    NOT_VERIFIED = 9  # the host has not shown that it has what this would give up
    UNSUPPORTED = 10  # this board cannot do that


class LogMode(IntEnum):
    """When the device records to its own flash."""

    OFF = 0  # never
    ALWAYS = 1  # all the time
    WORN = 2  # while it is worn
    ALARM = 3  # from 10 s before an alarm to 10 s after it: a pause, asystole, a wide complex tachycardia, ventricular fibrillation, a complete AV block, an impact, a fall, an accident or a tip-over
    SCHEDULE = 4  # at the times of the settings log_every and log_time_1 to log_time_4, for log_for seconds each


class LogState(IntEnum):
    """What the log does."""

    OFF = 0  # recording is switched off
    WAITING = 1  # it records when the mode says so
    RECORDING = 2  # it records
    ERASING = 3  # everything is being erased; it records when that is done
    NO_FLASH = 4  # no flash chip answered at start, or it is too small
    FAILED = 5  # the flash chip took no more; what it has may still be read


class AlarmProfile(IntEnum):
    """What the wearer does: when the alarm is armed, and by what impacts."""

    OFF = 0  # never armed; a call for help works
    MOTORCYCLE = 1  # armed from 15 km/h until 120 s after; impacts of 9 g
    E_SCOOTER = 2  # armed from 8 km/h until 120 s after; impacts of 7 g, and falls
    BICYCLE = 3  # armed from 8 km/h until 120 s after; impacts of 7 g, and falls
    ON_FOOT = 4  # armed by movement until 300 s after; impacts of 6 g, and falls
    SPORT = 5  # with jumps: armed by movement until 300 s after; impacts of 12 g


class AlarmState(IntEnum):
    """What an alarm does; docs/alarm.md has what ends each."""

    DISARMED = 0  # no automatic alarm, for a reason; a call for help works
    ARMED = 1  # an accident begins an alarm
    FAULT = 2  # the sensors cannot be relied on; a call for help works
    MUTED = 3  # the wearer wants no automatic alarm for a while
    CANDIDATE = 4  # an impact that is being judged
    COUNTDOWN = 5  # the wearer can cancel before anybody is alarmed
    CANCELLED = 6  # cancelled before anybody was alarmed
    CONFIRMED = 7  # messages go out
    RETRACTED = 8  # whoever may have been alarmed learns that it was none
    CLOSED = 9  # the end


class AlarmReason(IntEnum):
    """Why an alarm is at rest as it is."""

    READY = 0  # none: it is armed
    SWITCHED_OFF = 1  # the profile is off
    NO_CONTACTS = 2  # nobody could be alarmed: no contact has a number, and no phone stands by
    NOT_MOVING = 3  # not ridden for a while, as the profile has it
    NOT_WORN = 4  # nobody wears it
    STARTING = 5  # the sensors are starting
    SENSOR_FAULT = 16  # the motion sensor is silent, or what it says cannot be relied on
    NO_POWER = 17  # the supply cannot be relied on


class AlarmWarning(IntEnum):
    """Why an alarm would reach nobody as things are, though it would be tried again and again; or whom it would not."""

    NONE = 0  # somebody can be reached
    NO_CONTACTS = 1  # nobody: no contact has a number, and no phone stands by
    NO_MODEM = 2  # nobody: the modem does not answer
    NO_CARD = 3  # nobody: the modem has no SIM card
    PIN_WANTED = 4  # nobody: the SIM card wants a PIN, or a PUK
    NO_NETWORK = 5  # nobody: the modem looks for a network
    NETWORK_REFUSES = 6  # nobody: no network takes the SIM card
    REFUSED_CONTACTS = 7  # not all: some contacts have no number, none that is sure, or are too many


class AlarmCause(IntEnum):
    """What changed an alarm last."""

    NONE = 0  # there was no alarm
    DETECTION = 32  # detection
    CALL = 33  # the wearer's call for help
    TIME = 34  # time
    WEARER = 35  # the wearer, on the device
    HOST = 36  # a host
    RESTART = 37  # the device started anew
    DELIVERY = 38  # a message arrived
    ATTEMPT = 39  # a message was handed over, or refused


class AlarmKind(IntEnum):
    """What an alarm is of."""

    CALL_FOR_HELP = 0  # the wearer called, or there was no alarm yet
    IMPACT = 1  # a hard impact, not judged yet
    FALL = 2  # a fall
    ACCIDENT = 3  # an accident


class AlarmAction(IntEnum):
    """What a host can have an alarm do; `value` means something where it says so."""

    CANCEL = 1  # the wearer is well: before anybody was alarmed it ends, afterwards they learn it
    CALL_HELP = 2  # call for help: a countdown of 5 s; within a countdown that ends at once
    CLOSE = 3  # somebody takes over: no more messages; only once somebody was reached
    MUTE = 4  # no automatic alarm for `value` minutes, 60 at most; 0: again from now on
    PAIR_BAND = 5  # look ten seconds for the nearest band, and keep to that one
    STAND_BY = 8  # the host is a phone that takes alarms for `value` seconds from now, 60 at most; 0: no more
    TAKEN = 6  # the host has sent on the alarm of number `value`
    RETRACTION_TAKEN = 7  # the host has sent on that the alarm of number `value` was none


class BandState(IntEnum):
    """The link to the band."""

    UNPAIRED = 0  # no band was paired
    SCANNING = 1  # looks for one to pair with
    WAITING = 2  # waits before the next try
    CONNECTING = 3  # waits for the band's advert
    SECURING = 4  # encrypts
    DISCOVERING = 5  # finds what it measures
    SUBSCRIBING = 6  # subscribes
    LINKED = 7  # vitals come
    NO_RADIO = 255  # the board has no radio


class ModemState(IntEnum):
    """The modem."""

    ABSENT = 0  # no answer
    STARTING = 1  # being set up
    NO_SIM = 2  # no SIM card
    PIN_WANTED = 3  # a PIN or PUK is wanted
    SEARCHING = 4  # looks for a network
    DENIED = 5  # no network takes it
    READY = 6  # registered in a network


class PositionState(IntEnum):
    """The position, or why there is none of now."""

    FIX = 0  # of now
    SILENT = 1  # the receiver sends nothing
    GARBAGE = 2  # it sends nothing that can be read
    NO_FIX = 3  # it sees too few satellites
    STALE = 4  # its time stands still, goes back or comes late
    JUMP = 5  # too far from the one before


class Stream(IntEnum):
    """A stream of samples."""

    ECG = 0  # ECG lead
    PPG = 1  # red and infrared light
    ACCEL = 2  # acceleration x, y, z
    GYRO = 3  # rate of turn x, y, z
    SKIN_TEMPERATURE = 4  # temperature of the skin
    PPG_GREEN = 5  # green light, of a front end with a green LED


class ReadingKind(IntEnum):
    """Which reading."""

    HEART_RATE = 1  # heart rate from the ECG
    RR = 2  # median RR interval of the window
    PR = 3  # PR interval, P onset to QRS onset
    QRS = 4  # QRS duration
    QT = 5  # QT interval, QRS onset to T end
    QTC_BAZETT = 6  # QT / RR^(1/2), RR in s
    QTC_FRIDERICIA = 7  # QT / RR^(1/3), RR in s
    QTC_FRAMINGHAM = 8  # QT + 154 (1 - RR), RR in s
    QTC_HODGES = 9  # QT + 1.75 (HR - 60), HR in bpm
    PULSE_RATE = 16  # pulse rate from light
    SPO2 = 17  # arterial oxygen saturation by pulse oximetry
    PERFUSION_INDEX = 18  # pulsatile over steady infrared light
    RESPIRATION_RATE = 19  # breaths a minute from the light
    PULSE_IRREGULARITY = 22  # evidence for atrial fibrillation in the latest 20 to 64 intervals between pulses; from 60 on it is suspected, and pulse_rate has the caution `irregular`; no probability, but 50 + 50 x / (1 + abs(x)) of the logit x
    PULSE_INTERVAL = 23  # interval to the pulse before, one for each pulse at rest; its time is the steepest rise of the pulse that ends it, known a pulse and up to a second late, and a missing pulse is a hole in the times
    SKIN_TEMPERATURE = 20  # temperature of the skin under the device
    WEAR = 21  # whether the device is worn, and how it lies on the skin; when it changes, and every 10 s
    ACTIVITY = 32  # activity class
    POSTURE = 33  # attitude
    BATTERY = 48  # state of charge


class Results(IntFlag):
    """What a subscription can ask for besides samples."""

    BEATS = 1  # beat
    READINGS = 2  # reading and rhythm
    EVENTS = 4  # event
    STATUS = 8  # status
    ALL = 15


class BlockStatus(IntFlag):
    """What was wrong while a block of samples was taken."""

    NO_CONTACT = 1  # lead off or not worn
    SATURATED = 2  # the front end was at its rail
    GAIN_CHANGED = 4  # LED current or range of the front end is another one from here on


class RhythmFlags(IntFlag):
    """Rhythm and interval findings of a window."""

    FIRST_DEGREE_AV_BLOCK = 1  # PR above 200 ms
    SHORT_PR = 2  # PR under 120 ms
    WIDE_QRS = 4  # QRS 120 ms or more
    LONG_QTC = 8  # QTc (Fridericia) 460 ms or more, 450 ms in men; not judged where irregular or outside 40 to 120 bpm
    SHORT_QTC = 16  # QTc (Fridericia) 340 ms or less; not judged where irregular or outside 40 to 120 bpm
    BRADYCARDIA = 32  # rate under the setting slow_rate (50 bpm)
    TACHYCARDIA = 64  # rate above the setting fast_rate (100 bpm)
    PAUSE = 128  # an RR interval above 2 s, or above 3 s where irregular; while it lasts, no QRS complex for 3 s with the lead on
    IRREGULAR = 256  # irregularity of 50 or more: atrial fibrillation suspected
    FREQUENT_ECTOPY = 512  # three or more ectopic beats in the window
    WIDE_COMPLEX_TACHYCARDIA = 1024  # three or more wide beats (QRS of 120 ms, or ventricular) in a row above 100 bpm
    T_WAVE_ALTERNANS = 2048  # T waves of even and odd beats differ by 47 µV or more
    ASYSTOLE = 4096  # no QRS complex for 5 s with the lead on
    AV_BLOCK_SECOND_DEGREE = 8192  # P waves without a QRS complex among conducted ones: suspected
    AV_BLOCK_COMPLETE = 16384  # P waves and QRS complexes independent of each other: suspected
    P_WITHOUT_QRS = 32768  # P waves go on while QRS complexes are missing
    ATRIAL_FLUTTER = 65536  # regular flutter waves: suspected
    VENTRICULAR_FIBRILLATION = 131072  # waves of over 230 a minute without a QRS complex for 3 s: suspected


@dataclass(frozen=True, slots=True)
class ReadingSpec:
    """Unit and scale of a kind of reading: number = wire value / scale."""

    kind: ReadingKind
    sensor: str
    short: str
    unit: Unit
    scale: int
    choices: type[IntEnum] | None
    doc: str


READINGS: dict[ReadingKind, ReadingSpec] = {
    ReadingKind.HEART_RATE: ReadingSpec(ReadingKind.HEART_RATE, 'ecg', 'hr', Unit.BPM, 10, None, 'heart rate from the ECG'),
    ReadingKind.RR: ReadingSpec(ReadingKind.RR, 'ecg', 'rr', Unit.MS, 1, None, 'median RR interval of the window'),
    ReadingKind.PR: ReadingSpec(ReadingKind.PR, 'ecg', 'pr', Unit.MS, 10, None, 'PR interval, P onset to QRS onset'),
    ReadingKind.QRS: ReadingSpec(ReadingKind.QRS, 'ecg', 'qrs', Unit.MS, 10, None, 'QRS duration'),
    ReadingKind.QT: ReadingSpec(ReadingKind.QT, 'ecg', 'qt', Unit.MS, 10, None, 'QT interval, QRS onset to T end'),
    ReadingKind.QTC_BAZETT: ReadingSpec(ReadingKind.QTC_BAZETT, 'ecg', 'qtc_bazett', Unit.MS, 10, None, 'QT / RR^(1/2), RR in s'),
    ReadingKind.QTC_FRIDERICIA: ReadingSpec(ReadingKind.QTC_FRIDERICIA, 'ecg', 'qtc_fridericia', Unit.MS, 10, None, 'QT / RR^(1/3), RR in s'),
    ReadingKind.QTC_FRAMINGHAM: ReadingSpec(ReadingKind.QTC_FRAMINGHAM, 'ecg', 'qtc_framingham', Unit.MS, 10, None, 'QT + 154 (1 - RR), RR in s'),
    ReadingKind.QTC_HODGES: ReadingSpec(ReadingKind.QTC_HODGES, 'ecg', 'qtc_hodges', Unit.MS, 10, None, 'QT + 1.75 (HR - 60), HR in bpm'),
    ReadingKind.PULSE_RATE: ReadingSpec(ReadingKind.PULSE_RATE, 'ppg', 'pulse', Unit.BPM, 10, None, 'pulse rate from light'),
    ReadingKind.SPO2: ReadingSpec(ReadingKind.SPO2, 'ppg', 'spo2', Unit.PERCENT, 10, None, 'arterial oxygen saturation by pulse oximetry'),
    ReadingKind.PERFUSION_INDEX: ReadingSpec(ReadingKind.PERFUSION_INDEX, 'ppg', 'perfusion', Unit.PERCENT, 100, None, 'pulsatile over steady infrared light'),
    ReadingKind.RESPIRATION_RATE: ReadingSpec(ReadingKind.RESPIRATION_RATE, 'ppg', 'resp', Unit.PER_MIN, 10, None, 'breaths a minute from the light'),
    ReadingKind.PULSE_IRREGULARITY: ReadingSpec(ReadingKind.PULSE_IRREGULARITY, 'ppg', 'pulse_irregularity', Unit.PERCENT, 10, None, 'evidence for atrial fibrillation in the latest 20 to 64 intervals between pulses; from 60 on it is suspected, and pulse_rate has the caution `irregular`; no probability, but 50 + 50 x / (1 + abs(x)) of the logit x'),
    ReadingKind.PULSE_INTERVAL: ReadingSpec(ReadingKind.PULSE_INTERVAL, 'pulses', 'intervals', Unit.MS, 10, None, 'interval to the pulse before, one for each pulse at rest; its time is the steepest rise of the pulse that ends it, known a pulse and up to a second late, and a missing pulse is a hole in the times'),
    ReadingKind.SKIN_TEMPERATURE: ReadingSpec(ReadingKind.SKIN_TEMPERATURE, 'skin', 'skin_temperature', Unit.CELSIUS, 100, None, 'temperature of the skin under the device'),
    ReadingKind.WEAR: ReadingSpec(ReadingKind.WEAR, 'wear', 'wear', Unit.NONE, 1, Wear, 'whether the device is worn, and how it lies on the skin; when it changes, and every 10 s'),
    ReadingKind.ACTIVITY: ReadingSpec(ReadingKind.ACTIVITY, 'imu', 'activity', Unit.NONE, 1, Activity, 'activity class'),
    ReadingKind.POSTURE: ReadingSpec(ReadingKind.POSTURE, 'imu', 'posture', Unit.NONE, 1, Posture, 'attitude'),
    ReadingKind.BATTERY: ReadingSpec(ReadingKind.BATTERY, 'gauge', 'battery', Unit.PERCENT, 10, None, 'state of charge'),
}


@dataclass(frozen=True, slots=True)
class StreamLayout:
    """What the table says of a stream; a device describes its own in `stream_info`."""

    channels: tuple[str, ...]
    sample_bytes: int
    unit: Unit
    rate_mhz: int
    lsb_nano: int
    block: int


STREAMS: dict[Stream, StreamLayout] = {
    Stream.ECG: StreamLayout(('ECG',), 3, Unit.MV, 250000, 48081, 25),
    Stream.PPG: StreamLayout(('RED', 'IR'), 3, Unit.COUNT, 100000, 1000000000, 20),
    Stream.ACCEL: StreamLayout(('ACC_X', 'ACC_Y', 'ACC_Z'), 2, Unit.G, 104000, 488000, 26),
    Stream.GYRO: StreamLayout(('GYR_X', 'GYR_Y', 'GYR_Z'), 2, Unit.DPS, 104000, 70000000, 26),
    Stream.SKIN_TEMPERATURE: StreamLayout(('SKIN_TEMP',), 2, Unit.CELSIUS, 1000, 7812500, 1),
    Stream.PPG_GREEN: StreamLayout(('GREEN',), 3, Unit.COUNT, 100000, 1000000000, 20),
}


@dataclass(frozen=True, slots=True)
class Info:
    """Who the device is; answers get_info."""

    TYPE: ClassVar[int] = 0x01
    protocol: int  # protocol version
    sensors: int  # bit n set: stream n is there and works
    boot_id: int  # changes with every start; tick and index begin anew
    serial_number: str  # serial number
    model: str  # model name
    firmware: str  # firmware version

    def encode(self) -> bytes:
        """Payload bytes."""
        try:
            return struct.pack("<BHI16s16s16s", self.protocol, self.sensors, self.boot_id, self.serial_number.encode(), self.model.encode(), self.firmware.encode())
        except struct.error as error:
            raise WireError(f"info: {error}") from error

    @classmethod
    def decode(cls, payload: bytes) -> Info:
        """Message from payload bytes; raises WireError."""
        if len(payload) != 55:
            raise WireError(f"info: {len(payload)} bytes, needs 55")
        v = struct.unpack_from("<BHI16s16s16s", payload)
        return cls(
            v[0],
            v[1],
            v[2],
            _text(v[3]),
            _text(v[4]),
            _text(v[5]),
        )


@dataclass(frozen=True, slots=True)
class StreamInfo:
    """What the samples of a stream mean; one for each stream follows info."""

    TYPE: ClassVar[int] = 0x02
    stream: Stream  # stream
    channels: int  # values a sample
    sample_bytes: int  # bytes a value, signed, little-endian: 2 or 3
    unit: Unit  # unit of a value
    rate_mhz: int  # nominal rate in mHz (1/1000 Hz)
    lsb_nano: int  # one count in 1e-9 of the unit

    def encode(self) -> bytes:
        """Payload bytes."""
        try:
            return struct.pack("<BBBBII", self.stream, self.channels, self.sample_bytes, self.unit, self.rate_mhz, self.lsb_nano)
        except struct.error as error:
            raise WireError(f"stream_info: {error}") from error

    @classmethod
    def decode(cls, payload: bytes) -> StreamInfo:
        """Message from payload bytes; raises WireError."""
        if len(payload) != 12:
            raise WireError(f"stream_info: {len(payload)} bytes, needs 12")
        v = struct.unpack_from("<BBBBII", payload)
        return cls(
            _enum(Stream, v[0]),
            v[1],
            v[2],
            _enum(Unit, v[3]),
            v[4],
            v[5],
        )


@dataclass(frozen=True, slots=True)
class Samples:
    """A block of samples of one stream; `data` is channel-interleaved."""

    TYPE: ClassVar[int] = 0x03
    stream: Stream  # stream
    seq: int  # block number of this stream since it began
    first_index: int  # index of the first sample since the stream began
    tick_us: int  # device time of the first sample, µs since start
    status: BlockStatus  # what was wrong in this block
    data: bytes  # count x channels values of sample_bytes each

    def encode(self) -> bytes:
        """Payload bytes."""
        try:
            return struct.pack("<BIIQB", self.stream, self.seq, self.first_index, self.tick_us, self.status) + self.data
        except struct.error as error:
            raise WireError(f"samples: {error}") from error

    @classmethod
    def decode(cls, payload: bytes) -> Samples:
        """Message from payload bytes; raises WireError."""
        if len(payload) < 18:
            raise WireError(f"samples: {len(payload)} bytes, needs 18")
        v = struct.unpack_from("<BIIQB", payload)
        return cls(
            _enum(Stream, v[0]),
            v[1],
            v[2],
            v[3],
            _flags(BlockStatus, v[4]),
            bytes(payload[18:]),
        )


@dataclass(frozen=True, slots=True)
class Beat:
    """A heart beat with its fiducials, as samples relative to R (250 a second)."""

    TYPE: ClassVar[int] = 0x04
    number: int  # beats since start
    r_index: int  # ECG sample index of the R peak
    tick_us: int  # device time of the R peak, µs since start
    kind: BeatKind  # kind
    quality: int  # 0 to 100
    rr_ms: int | None  # interval to the beat before in ms
    p_on: int | None  # P onset
    p_peak: int | None  # P peak
    p_off: int | None  # P end
    qrs_on: int | None  # QRS onset
    qrs_off: int | None  # QRS end
    t_on: int | None  # T onset
    t_peak: int | None  # T peak
    t_off: int | None  # T end

    def encode(self) -> bytes:
        """Payload bytes."""
        present = (self.rr_ms is not None) << 0 | (self.p_on is not None) << 1 | (self.p_peak is not None) << 2 | (self.p_off is not None) << 3 | (self.qrs_on is not None) << 4 | (self.qrs_off is not None) << 5 | (self.t_on is not None) << 6 | (self.t_peak is not None) << 7 | (self.t_off is not None) << 8
        try:
            return struct.pack("<HIIQBBHhhhhhhhh", present, self.number, self.r_index, self.tick_us, self.kind, self.quality, self.rr_ms or 0, self.p_on or 0, self.p_peak or 0, self.p_off or 0, self.qrs_on or 0, self.qrs_off or 0, self.t_on or 0, self.t_peak or 0, self.t_off or 0)
        except struct.error as error:
            raise WireError(f"beat: {error}") from error

    @classmethod
    def decode(cls, payload: bytes) -> Beat:
        """Message from payload bytes; raises WireError."""
        if len(payload) != 38:
            raise WireError(f"beat: {len(payload)} bytes, needs 38")
        v = struct.unpack_from("<HIIQBBHhhhhhhhh", payload)
        return cls(
            v[1],
            v[2],
            v[3],
            _enum(BeatKind, v[4]),
            v[5],
            v[6] if v[0] & 1 else None,
            v[7] if v[0] & 2 else None,
            v[8] if v[0] & 4 else None,
            v[9] if v[0] & 8 else None,
            v[10] if v[0] & 16 else None,
            v[11] if v[0] & 32 else None,
            v[12] if v[0] & 64 else None,
            v[13] if v[0] & 128 else None,
            v[14] if v[0] & 256 else None,
        )


@dataclass(frozen=True, slots=True)
class Reading:
    """One reading: a number with unit and quality, or the reason why there is none."""

    TYPE: ClassVar[int] = 0x05
    kind: ReadingKind  # which reading
    unit: Unit  # unit
    tick_us: int  # device time of the end of the window it was taken from, µs
    span_ms: int  # length of that window in ms
    quality: int  # 0 to 100
    value: int | None  # number times the scale of this kind
    reason: Reason | None  # why there is no number, or why it is to be read with caution
    u95: int | None  # expanded uncertainty times the scale of this kind: 95 % of true values lie within value ± u95
    calibration: Calibration | None  # of a number that is not to be relied on for want of a calibration

    def encode(self) -> bytes:
        """Payload bytes."""
        present = (self.value is not None) << 0 | (self.reason is not None) << 1 | (self.u95 is not None) << 2 | (self.calibration is not None) << 3
        try:
            return struct.pack("<HBBQHBiBHB", present, self.kind, self.unit, self.tick_us, self.span_ms, self.quality, self.value or 0, self.reason or 0, self.u95 or 0, self.calibration or 0)
        except struct.error as error:
            raise WireError(f"reading: {error}") from error

    @classmethod
    def decode(cls, payload: bytes) -> Reading:
        """Message from payload bytes; raises WireError."""
        if len(payload) != 23:
            raise WireError(f"reading: {len(payload)} bytes, needs 23")
        v = struct.unpack_from("<HBBQHBiBHB", payload)
        return cls(
            _enum(ReadingKind, v[1]),
            _enum(Unit, v[2]),
            v[3],
            v[4],
            v[5],
            v[6] if v[0] & 1 else None,
            _enum(Reason, v[7]) if v[0] & 2 else None,
            v[8] if v[0] & 4 else None,
            _enum(Calibration, v[9]) if v[0] & 8 else None,
        )


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Findings of one ECG window; follows the window's readings."""

    TYPE: ClassVar[int] = 0x06
    tick_us: int  # device time of the end of the window
    span_ms: int  # length of the window
    flags: RhythmFlags  # findings
    beats: int  # beats in the window
    quality: int  # 0 to 100
    reason: Reason | None  # why the window was not judged
    irregularity: int | None  # 0 to 100: evidence for atrial fibrillation in RR intervals and missing P waves
    alternans_uv: int | None  # T wave alternans in µV, 0 where none is sure; absent without 28 steady beats

    def encode(self) -> bytes:
        """Payload bytes."""
        present = (self.reason is not None) << 0 | (self.irregularity is not None) << 1 | (self.alternans_uv is not None) << 2
        try:
            return struct.pack("<HQHIHBBBH", present, self.tick_us, self.span_ms, self.flags, self.beats, self.quality, self.reason or 0, self.irregularity or 0, self.alternans_uv or 0)
        except struct.error as error:
            raise WireError(f"rhythm: {error}") from error

    @classmethod
    def decode(cls, payload: bytes) -> Rhythm:
        """Message from payload bytes; raises WireError."""
        if len(payload) != 23:
            raise WireError(f"rhythm: {len(payload)} bytes, needs 23")
        v = struct.unpack_from("<HQHIHBBBH", payload)
        return cls(
            v[1],
            v[2],
            _flags(RhythmFlags, v[3]),
            v[4],
            v[5],
            _enum(Reason, v[6]) if v[0] & 1 else None,
            v[7] if v[0] & 2 else None,
            v[8] if v[0] & 4 else None,
        )


@dataclass(frozen=True, slots=True)
class Event:
    """Something happened."""

    TYPE: ClassVar[int] = 0x07
    number: int  # events since start
    tick_us: int  # device time of its peak, µs since start
    kind: EventKind  # kind
    severity: int  # 0 (none) to 4 (extreme)
    peak_mg: int  # greatest acceleration in mg

    def encode(self) -> bytes:
        """Payload bytes."""
        try:
            return struct.pack("<IQBBI", self.number, self.tick_us, self.kind, self.severity, self.peak_mg)
        except struct.error as error:
            raise WireError(f"event: {error}") from error

    @classmethod
    def decode(cls, payload: bytes) -> Event:
        """Message from payload bytes; raises WireError."""
        if len(payload) != 18:
            raise WireError(f"event: {len(payload)} bytes, needs 18")
        v = struct.unpack_from("<IQBBI", payload)
        return cls(
            v[0],
            v[1],
            _enum(EventKind, v[2]),
            v[3],
            v[4],
        )


@dataclass(frozen=True, slots=True)
class Status:
    """How the device is; once a second while subscribed."""

    TYPE: ClassVar[int] = 0x08
    tick_us: int  # device time, µs since start
    sensors: int  # bit n set: stream n is there and works
    battery_permille: int | None  # state of charge in 1/1000
    battery_mv: int | None  # cell voltage in mV
    heap_free: int | None  # free heap, bytes
    cpu_permille: int | None  # time not idle in 1/1000; absent where the clock stands still in a step, as a simulated one does
    backlog_ms: int  # age of the oldest block waiting to be sent on this link, ms
    dropped_blocks: int  # blocks dropped (oldest first) on this link since it came up
    overruns: int  # samples lost in a sensor's FIFO since start
    bad_frames: int  # what this link threw away: frames cut short, damaged, too long or too many at once; on serial also lines that are too long

    def encode(self) -> bytes:
        """Payload bytes."""
        present = (self.battery_permille is not None) << 0 | (self.battery_mv is not None) << 1 | (self.heap_free is not None) << 2 | (self.cpu_permille is not None) << 3
        try:
            return struct.pack("<HQHHHIHIIII", present, self.tick_us, self.sensors, self.battery_permille or 0, self.battery_mv or 0, self.heap_free or 0, self.cpu_permille or 0, self.backlog_ms, self.dropped_blocks, self.overruns, self.bad_frames)
        except struct.error as error:
            raise WireError(f"status: {error}") from error

    @classmethod
    def decode(cls, payload: bytes) -> Status:
        """Message from payload bytes; raises WireError."""
        if len(payload) != 38:
            raise WireError(f"status: {len(payload)} bytes, needs 38")
        v = struct.unpack_from("<HQHHHIHIIII", payload)
        return cls(
            v[1],
            v[2],
            v[3] if v[0] & 1 else None,
            v[4] if v[0] & 2 else None,
            v[5] if v[0] & 4 else None,
            v[6] if v[0] & 8 else None,
            v[7],
            v[8],
            v[9],
            v[10],
        )


@dataclass(frozen=True, slots=True)
class Ack:
    """Answer to a request that has no answer of its own, or refusal of any."""

    TYPE: ClassVar[int] = 0x09
    request: int  # type of the request
    request_seq: int  # frame seq of the request
    error: Error  # none, or why it was refused

    def encode(self) -> bytes:
        """Payload bytes."""
        try:
            return struct.pack("<BHB", self.request, self.request_seq, self.error)
        except struct.error as error:
            raise WireError(f"ack: {error}") from error

    @classmethod
    def decode(cls, payload: bytes) -> Ack:
        """Message from payload bytes; raises WireError."""
        if len(payload) != 4:
            raise WireError(f"ack: {len(payload)} bytes, needs 4")
        v = struct.unpack_from("<BHB", payload)
        return cls(
            v[0],
            v[1],
            _enum(Error, v[2]),
        )


@dataclass(frozen=True, slots=True)
class Time:
    """Answer to time_sync, for clock offset and drift."""

    TYPE: ClassVar[int] = 0x0a
    host_us: int  # as in the request
    tick_us: int  # device time of the request

    def encode(self) -> bytes:
        """Payload bytes."""
        try:
            return struct.pack("<QQ", self.host_us, self.tick_us)
        except struct.error as error:
            raise WireError(f"time: {error}") from error

    @classmethod
    def decode(cls, payload: bytes) -> Time:
        """Message from payload bytes; raises WireError."""
        if len(payload) != 16:
            raise WireError(f"time: {len(payload)} bytes, needs 16")
        v = struct.unpack_from("<QQ", payload)
        return cls(
            v[0],
            v[1],
        )


@dataclass(frozen=True, slots=True)
class LogStatus:
    """How the log on the device's flash is; answers get_log. Chunks are numbered from 0 on."""

    TYPE: ClassVar[int] = 0x0b
    state: LogState  # what it does
    mode: LogMode  # when it records
    oldest: int  # number of the oldest chunk that is there
    end: int  # number that the next chunk will have
    acknowledged: int  # number before which a host has everything
    dropped: int  # chunks that had to make room before a host had them
    capacity: int  # bytes that it holds
    free: int  # bytes that can be written before something is dropped that no host has
    left_s: int | None  # for how many seconds that is enough, as it has recorded since start
    lost_frames: int  # blocks and results that could not be recorded since start
    bad_sectors: int  # times since start that a place of the flash could not be written

    def encode(self) -> bytes:
        """Payload bytes."""
        present = (self.left_s is not None) << 0
        try:
            return struct.pack("<HBBIIIIIIIIH", present, self.state, self.mode, self.oldest, self.end, self.acknowledged, self.dropped, self.capacity, self.free, self.left_s or 0, self.lost_frames, self.bad_sectors)
        except struct.error as error:
            raise WireError(f"log_status: {error}") from error

    @classmethod
    def decode(cls, payload: bytes) -> LogStatus:
        """Message from payload bytes; raises WireError."""
        if len(payload) != 38:
            raise WireError(f"log_status: {len(payload)} bytes, needs 38")
        v = struct.unpack_from("<HBBIIIIIIIIH", payload)
        return cls(
            _enum(LogState, v[1]),
            _enum(LogMode, v[2]),
            v[3],
            v[4],
            v[5],
            v[6],
            v[7],
            v[8],
            v[9] if v[0] & 1 else None,
            v[10],
            v[11],
        )


@dataclass(frozen=True, slots=True)
class LogData:
    """A piece of a chunk of the log, as it lies on the flash; follows pull_log. docs/log.md has the layout of a chunk."""

    TYPE: ClassVar[int] = 0x0c
    number: int  # number of the chunk
    sector: int  # number of its sector: where its CRC-32 begins
    at: int  # where the piece begins
    length: int  # bytes of the whole chunk
    data: bytes  # the piece

    def encode(self) -> bytes:
        """Payload bytes."""
        try:
            return struct.pack("<IIHH", self.number, self.sector, self.at, self.length) + self.data
        except struct.error as error:
            raise WireError(f"log_data: {error}") from error

    @classmethod
    def decode(cls, payload: bytes) -> LogData:
        """Message from payload bytes; raises WireError."""
        if len(payload) < 12:
            raise WireError(f"log_data: {len(payload)} bytes, needs 12")
        v = struct.unpack_from("<IIHH", payload)
        return cls(
            v[0],
            v[1],
            v[2],
            v[3],
            bytes(payload[12:]),
        )


@dataclass(frozen=True, slots=True)
class LogEnd:
    """All chunks that pull_log asked for have been sent; those that were not are gone or damaged."""

    TYPE: ClassVar[int] = 0x0d
    end: int  # number before which all that is there was sent

    def encode(self) -> bytes:
        """Payload bytes."""
        try:
            return struct.pack("<I", self.end)
        except struct.error as error:
            raise WireError(f"log_end: {error}") from error

    @classmethod
    def decode(cls, payload: bytes) -> LogEnd:
        """Message from payload bytes; raises WireError."""
        if len(payload) != 4:
            raise WireError(f"log_end: {len(payload)} bytes, needs 4")
        v = struct.unpack_from("<I", payload)
        return cls(
            v[0],
        )


@dataclass(frozen=True, slots=True)
class Alarm:
    """The alarm as it is, with what is known of it and of the wearer now; or a record of the journal. Answers get_alarm. It has no room of its own among the answers that wait: where it gives way to others, ask again."""

    TYPE: ClassVar[int] = 0x0e
    back: int  # as in the request
    tick_us: int  # device time, µs since start
    number: int  # alarms so far: that of this one
    state: AlarmState  # what it does
    reason: AlarmReason  # why it is at rest as it is, now
    cause: AlarmCause  # what changed it last
    kind: AlarmKind  # what it is of
    severity: int  # 1 to 4 by its peak; 0: not known
    attempts: int  # messages that were handed over
    reached: int  # bit n: a network or the phone (bit 4) has the message to contact n
    retracted: int  # the same of its retraction
    band: BandState  # the link to the band now
    modem: ModemState  # the modem now
    position: PositionState  # the receiver now
    warning: AlarmWarning  # who could not be reached now, and why
    contacts: int  # contacts with a number
    refused_contacts: int  # contacts without one, or too many
    is_offered: int  # 1: a phone is to send the alarm, or its retraction, on
    seconds_left: int | None  # of the countdown
    muted_s: int | None  # of a muted one: until it looks for accidents again
    at_s: int | None  # Unix time of the record
    happened_s: int | None  # Unix time of the accident or call
    latitude_mas: int | None  # latitude in milliarcseconds
    longitude_mas: int | None  # longitude in milliarcseconds
    position_age_s: int | None  # age of the position
    speed_kmh: int | None  # speed before it, km/h; at rest: now
    peak_dg: int | None  # greatest acceleration in 0.1 g
    pulse_bpm: int | None  # pulse, as the band had it last
    spo2_percent: int | None  # arterial oxygen saturation, as the band had it last
    pulse_trend: int | None  # change of the pulse, bpm a minute
    vitals_age_s: int | None  # age of these

    def encode(self) -> bytes:
        """Payload bytes."""
        present = (self.seconds_left is not None) << 0 | (self.muted_s is not None) << 1 | (self.at_s is not None) << 2 | (self.happened_s is not None) << 3 | (self.latitude_mas is not None) << 4 | (self.longitude_mas is not None) << 5 | (self.position_age_s is not None) << 6 | (self.speed_kmh is not None) << 7 | (self.peak_dg is not None) << 8 | (self.pulse_bpm is not None) << 9 | (self.spo2_percent is not None) << 10 | (self.pulse_trend is not None) << 11 | (self.vitals_age_s is not None) << 12
        try:
            return struct.pack("<HHQHBBBBBBBBBBBBBBBBHIIiiHHHHBhH", present, self.back, self.tick_us, self.number, self.state, self.reason, self.cause, self.kind, self.severity, self.attempts, self.reached, self.retracted, self.band, self.modem, self.position, self.warning, self.contacts, self.refused_contacts, self.is_offered, self.seconds_left or 0, self.muted_s or 0, self.at_s or 0, self.happened_s or 0, self.latitude_mas or 0, self.longitude_mas or 0, self.position_age_s or 0, self.speed_kmh or 0, self.peak_dg or 0, self.pulse_bpm or 0, self.spo2_percent or 0, self.pulse_trend or 0, self.vitals_age_s or 0)
        except struct.error as error:
            raise WireError(f"alarm: {error}") from error

    @classmethod
    def decode(cls, payload: bytes) -> Alarm:
        """Message from payload bytes; raises WireError."""
        if len(payload) != 61:
            raise WireError(f"alarm: {len(payload)} bytes, needs 61")
        v = struct.unpack_from("<HHQHBBBBBBBBBBBBBBBBHIIiiHHHHBhH", payload)
        return cls(
            v[1],
            v[2],
            v[3],
            _enum(AlarmState, v[4]),
            _enum(AlarmReason, v[5]),
            _enum(AlarmCause, v[6]),
            _enum(AlarmKind, v[7]),
            v[8],
            v[9],
            v[10],
            v[11],
            _enum(BandState, v[12]),
            _enum(ModemState, v[13]),
            _enum(PositionState, v[14]),
            _enum(AlarmWarning, v[15]),
            v[16],
            v[17],
            v[18],
            v[19] if v[0] & 1 else None,
            v[20] if v[0] & 2 else None,
            v[21] if v[0] & 4 else None,
            v[22] if v[0] & 8 else None,
            v[23] if v[0] & 16 else None,
            v[24] if v[0] & 32 else None,
            v[25] if v[0] & 64 else None,
            v[26] if v[0] & 128 else None,
            v[27] if v[0] & 256 else None,
            v[28] if v[0] & 512 else None,
            v[29] if v[0] & 1024 else None,
            v[30] if v[0] & 2048 else None,
            v[31] if v[0] & 4096 else None,
        )


@dataclass(frozen=True, slots=True)
class GetInfo:
    """Asks for info and stream_info."""

    TYPE: ClassVar[int] = 0x40
    protocol: int  # protocol version of the host

    def encode(self) -> bytes:
        """Payload bytes."""
        try:
            return struct.pack("<B", self.protocol)
        except struct.error as error:
            raise WireError(f"get_info: {error}") from error

    @classmethod
    def decode(cls, payload: bytes) -> GetInfo:
        """Message from payload bytes; raises WireError."""
        if len(payload) != 1:
            raise WireError(f"get_info: {len(payload)} bytes, needs 1")
        v = struct.unpack_from("<B", payload)
        return cls(
            v[0],
        )


@dataclass(frozen=True, slots=True)
class Subscribe:
    """Says what this link wants; everything not set stops. Answered by ack."""

    TYPE: ClassVar[int] = 0x41
    streams: int  # bit n: samples of stream n
    results: Results  # messages besides samples

    def encode(self) -> bytes:
        """Payload bytes."""
        try:
            return struct.pack("<HH", self.streams, self.results)
        except struct.error as error:
            raise WireError(f"subscribe: {error}") from error

    @classmethod
    def decode(cls, payload: bytes) -> Subscribe:
        """Message from payload bytes; raises WireError."""
        if len(payload) != 4:
            raise WireError(f"subscribe: {len(payload)} bytes, needs 4")
        v = struct.unpack_from("<HH", payload)
        return cls(
            v[0],
            _flags(Results, v[1]),
        )


@dataclass(frozen=True, slots=True)
class TimeSync:
    """Asks for the device's time. Over a cable it is also the sign of life: a host that has asked again and again since get_info and then does not for 60 s, or for eight times its longest pause, is taken for gone, and its subscription ends."""

    TYPE: ClassVar[int] = 0x42
    host_us: int  # any number; comes back

    def encode(self) -> bytes:
        """Payload bytes."""
        try:
            return struct.pack("<Q", self.host_us)
        except struct.error as error:
            raise WireError(f"time_sync: {error}") from error

    @classmethod
    def decode(cls, payload: bytes) -> TimeSync:
        """Message from payload bytes; raises WireError."""
        if len(payload) != 8:
            raise WireError(f"time_sync: {len(payload)} bytes, needs 8")
        v = struct.unpack_from("<Q", payload)
        return cls(
            v[0],
        )


@dataclass(frozen=True, slots=True)
class SetTime:
    """Sets the device's calendar. Answered by ack."""

    TYPE: ClassVar[int] = 0x43
    unix_ms: int  # milliseconds since 1970-01-01 UTC

    def encode(self) -> bytes:
        """Payload bytes."""
        try:
            return struct.pack("<Q", self.unix_ms)
        except struct.error as error:
            raise WireError(f"set_time: {error}") from error

    @classmethod
    def decode(cls, payload: bytes) -> SetTime:
        """Message from payload bytes; raises WireError."""
        if len(payload) != 8:
            raise WireError(f"set_time: {len(payload)} bytes, needs 8")
        v = struct.unpack_from("<Q", payload)
        return cls(
            v[0],
        )


@dataclass(frozen=True, slots=True)
class SetWearer:
    """Says what is known of the wearer; kept when the device starts anew. Answered by ack."""

    TYPE: ClassVar[int] = 0x44
    sex: Sex  # sex

    def encode(self) -> bytes:
        """Payload bytes."""
        try:
            return struct.pack("<B", self.sex)
        except struct.error as error:
            raise WireError(f"set_wearer: {error}") from error

    @classmethod
    def decode(cls, payload: bytes) -> SetWearer:
        """Message from payload bytes; raises WireError."""
        if len(payload) != 1:
            raise WireError(f"set_wearer: {len(payload)} bytes, needs 1")
        v = struct.unpack_from("<B", payload)
        return cls(
            _enum(Sex, v[0]),
        )


@dataclass(frozen=True, slots=True)
class Flush:
    """Says that the signals of these streams have ended: results of what is there follow, then ack. There is one analysis for all hosts: each of them gets these results, of windows whose `span_ms` is short, with the reason where that is too short for a number; the next windows begin there."""

    TYPE: ClassVar[int] = 0x45
    streams: int  # bit n: stream n has ended

    def encode(self) -> bytes:
        """Payload bytes."""
        try:
            return struct.pack("<H", self.streams)
        except struct.error as error:
            raise WireError(f"flush: {error}") from error

    @classmethod
    def decode(cls, payload: bytes) -> Flush:
        """Message from payload bytes; raises WireError."""
        if len(payload) != 2:
            raise WireError(f"flush: {len(payload)} bytes, needs 2")
        v = struct.unpack_from("<H", payload)
        return cls(
            v[0],
        )


@dataclass(frozen=True, slots=True)
class GetLog:
    """Asks for log_status."""

    TYPE: ClassVar[int] = 0x46
    flush: int  # 1: what is recorded so far is written to the flash before, if that takes it now

    def encode(self) -> bytes:
        """Payload bytes."""
        try:
            return struct.pack("<B", self.flush)
        except struct.error as error:
            raise WireError(f"get_log: {error}") from error

    @classmethod
    def decode(cls, payload: bytes) -> GetLog:
        """Message from payload bytes; raises WireError."""
        if len(payload) != 1:
            raise WireError(f"get_log: {len(payload)} bytes, needs 1")
        v = struct.unpack_from("<B", payload)
        return cls(
            v[0],
        )


@dataclass(frozen=True, slots=True)
class PullLog:
    """Asks for chunks of the log: log_data in pieces, then log_end. Answered by ack, which is `busy` while another link pulls. Another pull_log of the same link takes the place of the one before; an empty range only ends that."""

    TYPE: ClassVar[int] = 0x47
    first: int  # number of the first chunk
    end: int  # number of the chunk before which to end

    def encode(self) -> bytes:
        """Payload bytes."""
        try:
            return struct.pack("<II", self.first, self.end)
        except struct.error as error:
            raise WireError(f"pull_log: {error}") from error

    @classmethod
    def decode(cls, payload: bytes) -> PullLog:
        """Message from payload bytes; raises WireError."""
        if len(payload) != 8:
            raise WireError(f"pull_log: {len(payload)} bytes, needs 8")
        v = struct.unpack_from("<II", payload)
        return cls(
            v[0],
            v[1],
        )


@dataclass(frozen=True, slots=True)
class AcknowledgeLog:
    """Says that the host has every chunk before one, and kept it: they may make room without being counted as dropped. Answered by ack, which is `not_verified` where the check is not that of the last of them that is there, `busy` while the flash erases: ask again."""

    TYPE: ClassVar[int] = 0x48
    end: int  # number of the chunk before which the host has everything
    check: int  # CRC-32 at the end of the last chunk before that

    def encode(self) -> bytes:
        """Payload bytes."""
        try:
            return struct.pack("<II", self.end, self.check)
        except struct.error as error:
            raise WireError(f"acknowledge_log: {error}") from error

    @classmethod
    def decode(cls, payload: bytes) -> AcknowledgeLog:
        """Message from payload bytes; raises WireError."""
        if len(payload) != 8:
            raise WireError(f"acknowledge_log: {len(payload)} bytes, needs 8")
        v = struct.unpack_from("<II", payload)
        return cls(
            v[0],
            v[1],
        )


@dataclass(frozen=True, slots=True)
class EraseLog:
    """Erases the whole log. Answered by ack, which is `not_verified` where there is a chunk that was not acknowledged."""

    TYPE: ClassVar[int] = 0x49
    end: int  # number of the next chunk, as log_status has it

    def encode(self) -> bytes:
        """Payload bytes."""
        try:
            return struct.pack("<I", self.end)
        except struct.error as error:
            raise WireError(f"erase_log: {error}") from error

    @classmethod
    def decode(cls, payload: bytes) -> EraseLog:
        """Message from payload bytes; raises WireError."""
        if len(payload) != 4:
            raise WireError(f"erase_log: {len(payload)} bytes, needs 4")
        v = struct.unpack_from("<I", payload)
        return cls(
            v[0],
        )


@dataclass(frozen=True, slots=True)
class SetLog:
    """Says when the device records to its flash, and what, as the settings log_mode, log_streams and log_results; kept when it starts anew. With `off`, streams and results stay as they were. Answered by ack, which is `not_stored` where there is no flash to record to."""

    TYPE: ClassVar[int] = 0x4a
    mode: LogMode  # when
    streams: int  # bit n: samples of stream n
    results: Results  # beats, readings, events: status is not recorded

    def encode(self) -> bytes:
        """Payload bytes."""
        try:
            return struct.pack("<BHH", self.mode, self.streams, self.results)
        except struct.error as error:
            raise WireError(f"set_log: {error}") from error

    @classmethod
    def decode(cls, payload: bytes) -> SetLog:
        """Message from payload bytes; raises WireError."""
        if len(payload) != 5:
            raise WireError(f"set_log: {len(payload)} bytes, needs 5")
        v = struct.unpack_from("<BHH", payload)
        return cls(
            _enum(LogMode, v[0]),
            v[1],
            _flags(Results, v[2]),
        )


@dataclass(frozen=True, slots=True)
class ScheduleLog:
    """Says at what times the device records in mode `schedule`, as the settings log_every, log_for and log_time_1 to log_time_4. Answered by ack."""

    TYPE: ClassVar[int] = 0x4b
    every_min: int  # minutes from one recording to the next, from midnight (UTC) on; 0: only the times count
    for_s: int  # seconds that each recording lasts
    time_1: int  # minute of the day (UTC) at which one begins; 1440: none
    time_2: int  # another one
    time_3: int  # another one
    time_4: int  # another one

    def encode(self) -> bytes:
        """Payload bytes."""
        try:
            return struct.pack("<HHHHHH", self.every_min, self.for_s, self.time_1, self.time_2, self.time_3, self.time_4)
        except struct.error as error:
            raise WireError(f"schedule_log: {error}") from error

    @classmethod
    def decode(cls, payload: bytes) -> ScheduleLog:
        """Message from payload bytes; raises WireError."""
        if len(payload) != 12:
            raise WireError(f"schedule_log: {len(payload)} bytes, needs 12")
        v = struct.unpack_from("<HHHHHH", payload)
        return cls(
            v[0],
            v[1],
            v[2],
            v[3],
            v[4],
            v[5],
        )


@dataclass(frozen=True, slots=True)
class TriggerLog:
    """Has the device record for so many seconds from now on, whatever the mode, in mode `alarm` with what was before; 0 ends that. Not kept when it starts anew. Answered by ack, which is `not_stored` where there is no flash to record to."""

    TYPE: ClassVar[int] = 0x4c
    for_s: int  # seconds

    def encode(self) -> bytes:
        """Payload bytes."""
        try:
            return struct.pack("<H", self.for_s)
        except struct.error as error:
            raise WireError(f"trigger_log: {error}") from error

    @classmethod
    def decode(cls, payload: bytes) -> TriggerLog:
        """Message from payload bytes; raises WireError."""
        if len(payload) != 2:
            raise WireError(f"trigger_log: {len(payload)} bytes, needs 2")
        v = struct.unpack_from("<H", payload)
        return cls(
            v[0],
        )


@dataclass(frozen=True, slots=True)
class SetLogKey:
    """Has the device encrypt what it records from now on (docs/log.md) with this key, which it keeps over a restart and never tells; 0 and 0: no more. Answered by ack, which is `unsupported` where the board has no AES."""

    TYPE: ClassVar[int] = 0x4d
    high: int  # the first eight bytes of the key, as a number in big-endian
    low: int  # the other eight

    def encode(self) -> bytes:
        """Payload bytes."""
        try:
            return struct.pack("<QQ", self.high, self.low)
        except struct.error as error:
            raise WireError(f"set_log_key: {error}") from error

    @classmethod
    def decode(cls, payload: bytes) -> SetLogKey:
        """Message from payload bytes; raises WireError."""
        if len(payload) != 16:
            raise WireError(f"set_log_key: {len(payload)} bytes, needs 16")
        v = struct.unpack_from("<QQ", payload)
        return cls(
            v[0],
            v[1],
        )


@dataclass(frozen=True, slots=True)
class GetAlarm:
    """Asks for the alarm. Refused as `unsupported` by a device without an alarm, as `bad_value` where there is no such record."""

    TYPE: ClassVar[int] = 0x4e
    back: int  # 0: as it is now; n: the n-th newest record of its journal

    def encode(self) -> bytes:
        """Payload bytes."""
        try:
            return struct.pack("<H", self.back)
        except struct.error as error:
            raise WireError(f"get_alarm: {error}") from error

    @classmethod
    def decode(cls, payload: bytes) -> GetAlarm:
        """Message from payload bytes; raises WireError."""
        if len(payload) != 2:
            raise WireError(f"get_alarm: {len(payload)} bytes, needs 2")
        v = struct.unpack_from("<H", payload)
        return cls(
            v[0],
        )


@dataclass(frozen=True, slots=True)
class ActOnAlarm:
    """Has the alarm do something. Answered by ack: `busy` where it cannot in this state, `bad_value` where it is to take an alarm of another number, `unsupported` by a device without an alarm."""

    TYPE: ClassVar[int] = 0x4f
    action: AlarmAction  # what
    value: int  # minutes, or the number of an alarm

    def encode(self) -> bytes:
        """Payload bytes."""
        try:
            return struct.pack("<BH", self.action, self.value)
        except struct.error as error:
            raise WireError(f"act_on_alarm: {error}") from error

    @classmethod
    def decode(cls, payload: bytes) -> ActOnAlarm:
        """Message from payload bytes; raises WireError."""
        if len(payload) != 3:
            raise WireError(f"act_on_alarm: {len(payload)} bytes, needs 3")
        v = struct.unpack_from("<BH", payload)
        return cls(
            _enum(AlarmAction, v[0]),
            v[1],
        )


AnyMessage = Info | StreamInfo | Samples | Beat | Reading | Rhythm | Event | Status | Ack | Time | LogStatus | LogData | LogEnd | Alarm | GetInfo | Subscribe | TimeSync | SetTime | SetWearer | Flush | GetLog | PullLog | AcknowledgeLog | EraseLog | SetLog | ScheduleLog | TriggerLog | SetLogKey | GetAlarm | ActOnAlarm

MESSAGES: dict[int, type[AnyMessage]] = {
    0x01: Info,
    0x02: StreamInfo,
    0x03: Samples,
    0x04: Beat,
    0x05: Reading,
    0x06: Rhythm,
    0x07: Event,
    0x08: Status,
    0x09: Ack,
    0x0a: Time,
    0x0b: LogStatus,
    0x0c: LogData,
    0x0d: LogEnd,
    0x0e: Alarm,
    0x40: GetInfo,
    0x41: Subscribe,
    0x42: TimeSync,
    0x43: SetTime,
    0x44: SetWearer,
    0x45: Flush,
    0x46: GetLog,
    0x47: PullLog,
    0x48: AcknowledgeLog,
    0x49: EraseLog,
    0x4a: SetLog,
    0x4b: ScheduleLog,
    0x4c: TriggerLog,
    0x4d: SetLogKey,
    0x4e: GetAlarm,
    0x4f: ActOnAlarm,
}


# GATT
UUID_SERVICE_HEART_RATE = "0000180d-0000-1000-8000-00805f9b34fb"
UUID_HEART_RATE_MEASUREMENT = "00002a37-0000-1000-8000-00805f9b34fb"
UUID_BODY_SENSOR_LOCATION = "00002a38-0000-1000-8000-00805f9b34fb"
UUID_SERVICE_PULSE_OXIMETER = "00001822-0000-1000-8000-00805f9b34fb"
UUID_PLX_SPOT_CHECK_MEASUREMENT = "00002a5e-0000-1000-8000-00805f9b34fb"
UUID_PLX_CONTINUOUS_MEASUREMENT = "00002a5f-0000-1000-8000-00805f9b34fb"
UUID_PLX_FEATURES = "00002a60-0000-1000-8000-00805f9b34fb"
UUID_SERVICE_BATTERY = "0000180f-0000-1000-8000-00805f9b34fb"
UUID_BATTERY_LEVEL = "00002a19-0000-1000-8000-00805f9b34fb"
UUID_SERVICE_DEVICE_INFORMATION = "0000180a-0000-1000-8000-00805f9b34fb"
UUID_MANUFACTURER_NAME = "00002a29-0000-1000-8000-00805f9b34fb"
UUID_MODEL_NUMBER = "00002a24-0000-1000-8000-00805f9b34fb"
UUID_SERIAL_NUMBER = "00002a25-0000-1000-8000-00805f9b34fb"
UUID_FIRMWARE_REVISION = "00002a26-0000-1000-8000-00805f9b34fb"
UUID_SERVICE_CURRENT_TIME = "00001805-0000-1000-8000-00805f9b34fb"
UUID_CURRENT_TIME = "00002a2b-0000-1000-8000-00805f9b34fb"
UUID_SERVICE_SMP = "8d53dc1d-1db7-4cd3-868b-8a527460aa84"
UUID_SMP = "da2e7828-fbce-4e01-ae9e-261174997c48"
UUID_SERVICE_VITALBAND = "5f1c0001-7a4e-4d0c-9c52-0b5b6a2e6b10"
UUID_VITALBAND_REQUEST = "5f1c0002-7a4e-4d0c-9c52-0b5b6a2e6b10"
UUID_VITALBAND_REPLY = "5f1c0003-7a4e-4d0c-9c52-0b5b6a2e6b10"
UUID_VITALBAND_SAMPLES = "5f1c0004-7a4e-4d0c-9c52-0b5b6a2e6b10"
UUID_VITALBAND_RESULTS = "5f1c0005-7a4e-4d0c-9c52-0b5b6a2e6b10"
