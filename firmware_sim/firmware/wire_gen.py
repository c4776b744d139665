"""The wire as the device speaks it. Written from firmware_sim/schema/wire.toml by `make gen`: do not edit."""

from micropython import const
from struct import calcsize, pack_into, unpack_from

# A frame is: type u8, seq u16, payload; the packers write all three and return the length.
HEADER_BYTES = const(3)
#: Bytes of the longest frame; a link that cannot carry it gets no subscription.
LONGEST_FRAME = const(182)
#: Bytes of a `samples` frame before the data.
SAMPLES_HEAD = const(21)
#: Bytes of the longest request, and of the longest result.
LONGEST_REQUEST = const(19)
LONGEST_RESULT = const(41)
#: Room for all that a host may wait for: what get_info asks for, each other reply, and all acknowledgements that wait.
REPLY_FRAMES = const(14)
REPLY_BYTES = const(277)
#: Commands that are remembered, and acknowledgements that may wait.
KEPT_COMMANDS = const(4)
#: A second of all streams.
SECOND_FRAMES = const(24)
SECOND_BYTES = const(3104)
PROTOCOL_VERSION = const(1)


class WireError(Exception):
    """A request that does not fit its layout; args[0] is an ERROR_ code."""


# Why a reading has no number, or why it is to be read with caution.
REASON_LEAD_OFF = const(1)
REASON_NOT_WORN = const(2)
REASON_MOTION = const(3)
REASON_LOW_PERFUSION = const(4)
REASON_NOISE = const(5)
REASON_TOO_FEW_BEATS = const(6)
REASON_NO_P_WAVE = const(7)
REASON_NO_T_WAVE = const(8)
REASON_IRREGULAR = const(9)
REASON_SATURATED = const(10)
REASON_WARMING_UP = const(11)
REASON_NO_SIGNAL = const(12)
REASON_INCONSISTENT = const(13)
REASON_OUT_OF_RANGE = const(14)
REASON_SENSOR_FAULT = const(15)
REASON_STUCK = const(16)
REASON_NO_GRAVITY = const(17)
REASON_WRONG_SCALE = const(18)
REASON_NO_PULSE_WAVE = const(19)
REASON_UNCERTAIN = const(20)
REASON_MAINS = const(21)
REASON_AV_CONDUCTION = const(22)
REASON_FLUTTER_WAVES = const(23)
REASON_AMBIENT_LIGHT = const(24)
REASON_POOR_CONTACT = const(25)
REASON_TRACKED = const(26)
REASON_PAUSED = const(27)
REASON_EXCESS_PRESSURE = const(28)

# Unit of a reading or a stream.
UNIT_NONE = const(0)
UNIT_BPM = const(1)
UNIT_MS = const(2)
UNIT_PERCENT = const(3)
UNIT_PER_MIN = const(4)
UNIT_MV = const(5)
UNIT_G = const(6)
UNIT_DPS = const(7)
UNIT_COUNT = const(8)
UNIT_CELSIUS = const(9)

# Kind of a heart beat; letters as in the MIT-BIH annotation code.
BEAT_KIND_UNKNOWN = const(0)
BEAT_KIND_NORMAL = const(1)
BEAT_KIND_PREMATURE_SUPRAVENTRICULAR = const(2)
BEAT_KIND_VENTRICULAR = const(3)
BEAT_KIND_PACED = const(4)

# What the motion unit saw.
EVENT_KIND_IMPACT = const(1)
EVENT_KIND_FALL = const(2)
EVENT_KIND_ACCIDENT = const(3)
EVENT_KIND_TIP_OVER = const(4)
EVENT_KIND_HARD_BRAKE = const(5)
EVENT_KIND_POTHOLE = const(6)
EVENT_KIND_DROP = const(7)

# What the wearer is doing.
ACTIVITY_UNKNOWN = const(0)
ACTIVITY_STILL = const(1)
ACTIVITY_LIGHT = const(2)
ACTIVITY_WALKING = const(3)
ACTIVITY_RUNNING = const(4)
ACTIVITY_VIGOROUS = const(5)

# Attitude of the body unit.
POSTURE_UNKNOWN = const(0)
POSTURE_UPRIGHT = const(1)
POSTURE_LYING = const(2)
POSTURE_UPSIDE_DOWN = const(3)

# Whether the device is worn, by light, pulse, heart beats, movement and skin temperature.
WEAR_NOT_WORN = const(1)
WEAR_POOR_CONTACT = const(2)
WEAR_WORN = const(3)
WEAR_EXCESS_PRESSURE = const(4)

# How far a number's calibration can be relied on.
CALIBRATION_UNCALIBRATED = const(1)

# Sex of the wearer, for limits that differ by it.
SEX_UNKNOWN = const(0)
SEX_FEMALE = const(1)
SEX_MALE = const(2)

# Why a request was refused.
ERROR_NONE = const(0)
ERROR_UNKNOWN_TYPE = const(1)
ERROR_BAD_LENGTH = const(2)
ERROR_BAD_VALUE = const(3)
ERROR_UNSUPPORTED_VERSION = const(4)
ERROR_NOT_ENCRYPTED = const(5)
ERROR_BUSY = const(6)
ERROR_MTU_TOO_SMALL = const(7)
ERROR_NOT_STORED = const(8)
ERROR_NOT_VERIFIED = const(9)
ERROR_UNSUPPORTED = const(10)

# When the device records to its own flash.
LOG_MODE_OFF = const(0)
LOG_MODE_ALWAYS = const(1)
LOG_MODE_WORN = const(2)
LOG_MODE_ALARM = const(3)
LOG_MODE_SCHEDULE = const(4)

# What the log does.
LOG_STATE_OFF = const(0)
LOG_STATE_WAITING = const(1)
LOG_STATE_RECORDING = const(2)
LOG_STATE_ERASING = const(3)
LOG_STATE_NO_FLASH = const(4)
LOG_STATE_FAILED = const(5)

# What the wearer does: when the alarm is armed, and by what impacts.
ALARM_PROFILE_OFF = const(0)
ALARM_PROFILE_MOTORCYCLE = const(1)
ALARM_PROFILE_E_SCOOTER = const(2)
ALARM_PROFILE_BICYCLE = const(3)
ALARM_PROFILE_ON_FOOT = const(4)
ALARM_PROFILE_SPORT = const(5)

# What an alarm does; docs/alarm.md has what ends each.
ALARM_STATE_DISARMED = const(0)
ALARM_STATE_ARMED = const(1)
ALARM_STATE_FAULT = const(2)
ALARM_STATE_MUTED = const(3)
ALARM_STATE_CANDIDATE = const(4)
ALARM_STATE_COUNTDOWN = const(5)
ALARM_STATE_CANCELLED = const(6)
ALARM_STATE_CONFIRMED = const(7)
ALARM_STATE_RETRACTED = const(8)
ALARM_STATE_CLOSED = const(9)

# Why an alarm is at rest as it is.
ALARM_REASON_READY = const(0)
ALARM_REASON_SWITCHED_OFF = const(1)
ALARM_REASON_NO_CONTACTS = const(2)
ALARM_REASON_NOT_MOVING = const(3)
ALARM_REASON_NOT_WORN = const(4)
ALARM_REASON_STARTING = const(5)
ALARM_REASON_SENSOR_FAULT = const(16)
ALARM_REASON_NO_POWER = const(17)

# Why an alarm would reach nobody as things are, though it would be tried again and again; or whom it would not.
ALARM_WARNING_NONE = const(0)
ALARM_WARNING_NO_CONTACTS = const(1)
ALARM_WARNING_NO_MODEM = const(2)
ALARM_WARNING_NO_CARD = const(3)
ALARM_WARNING_PIN_WANTED = const(4)
ALARM_WARNING_NO_NETWORK = const(5)
ALARM_WARNING_NETWORK_REFUSES = const(6)
ALARM_WARNING_REFUSED_CONTACTS = const(7)

# What changed an alarm last.
ALARM_CAUSE_NONE = const(0)
ALARM_CAUSE_DETECTION = const(32)
ALARM_CAUSE_CALL = const(33)
ALARM_CAUSE_TIME = const(34)
ALARM_CAUSE_WEARER = const(35)
ALARM_CAUSE_HOST = const(36)
ALARM_CAUSE_RESTART = const(37)
ALARM_CAUSE_DELIVERY = const(38)
ALARM_CAUSE_ATTEMPT = const(39)

# What an alarm is of.
ALARM_KIND_CALL_FOR_HELP = const(0)
ALARM_KIND_IMPACT = const(1)
ALARM_KIND_FALL = const(2)
ALARM_KIND_ACCIDENT = const(3)

# What a host can have an alarm do; `value` means something where it says so.
ALARM_ACTION_CANCEL = const(1)
ALARM_ACTION_CALL_HELP = const(2)
ALARM_ACTION_CLOSE = const(3)
ALARM_ACTION_MUTE = const(4)
ALARM_ACTION_PAIR_BAND = const(5)
ALARM_ACTION_STAND_BY = const(8)
ALARM_ACTION_TAKEN = const(6)
ALARM_ACTION_RETRACTION_TAKEN = const(7)

# The link to the band.
BAND_STATE_UNPAIRED = const(0)
BAND_STATE_SCANNING = const(1)
BAND_STATE_WAITING = const(2)
BAND_STATE_CONNECTING = const(3)
BAND_STATE_SECURING = const(4)
BAND_STATE_DISCOVERING = const(5)
BAND_STATE_SUBSCRIBING = const(6)
BAND_STATE_LINKED = const(7)
BAND_STATE_NO_RADIO = const(255)

# The modem.
MODEM_STATE_ABSENT = const(0)
MODEM_STATE_STARTING = const(1)
MODEM_STATE_NO_SIM = const(2)
MODEM_STATE_PIN_WANTED = const(3)
MODEM_STATE_SEARCHING = const(4)
MODEM_STATE_DENIED = const(5)
MODEM_STATE_READY = const(6)

# The position, or why there is none of now.
POSITION_STATE_FIX = const(0)
POSITION_STATE_SILENT = const(1)
POSITION_STATE_GARBAGE = const(2)
POSITION_STATE_NO_FIX = const(3)
POSITION_STATE_STALE = const(4)
POSITION_STATE_JUMP = const(5)

# A stream of samples.
STREAM_ECG = const(0)
STREAM_PPG = const(1)
STREAM_ACCEL = const(2)
STREAM_GYRO = const(3)
STREAM_SKIN_TEMPERATURE = const(4)
STREAM_PPG_GREEN = const(5)

# Which reading.
READING_KIND_HEART_RATE = const(1)
READING_KIND_RR = const(2)
READING_KIND_PR = const(3)
READING_KIND_QRS = const(4)
READING_KIND_QT = const(5)
READING_KIND_QTC_BAZETT = const(6)
READING_KIND_QTC_FRIDERICIA = const(7)
READING_KIND_QTC_FRAMINGHAM = const(8)
READING_KIND_QTC_HODGES = const(9)
READING_KIND_PULSE_RATE = const(16)
READING_KIND_SPO2 = const(17)
READING_KIND_PERFUSION_INDEX = const(18)
READING_KIND_RESPIRATION_RATE = const(19)
READING_KIND_PULSE_IRREGULARITY = const(22)
READING_KIND_PULSE_INTERVAL = const(23)
READING_KIND_SKIN_TEMPERATURE = const(20)
READING_KIND_WEAR = const(21)
READING_KIND_ACTIVITY = const(32)
READING_KIND_POSTURE = const(33)
READING_KIND_BATTERY = const(48)

# What a subscription can ask for besides samples.
TOPIC_BEATS = const(1)
TOPIC_READINGS = const(2)
TOPIC_EVENTS = const(4)
TOPIC_STATUS = const(8)
TOPIC_ALL = const(15)

# What was wrong while a block of samples was taken.
STATUS_NO_CONTACT = const(1)
STATUS_SATURATED = const(2)
STATUS_GAIN_CHANGED = const(4)

# Rhythm and interval findings of a window.
RHYTHM_FIRST_DEGREE_AV_BLOCK = const(1)
RHYTHM_SHORT_PR = const(2)
RHYTHM_WIDE_QRS = const(4)
RHYTHM_LONG_QTC = const(8)
RHYTHM_SHORT_QTC = const(16)
RHYTHM_BRADYCARDIA = const(32)
RHYTHM_TACHYCARDIA = const(64)
RHYTHM_PAUSE = const(128)
RHYTHM_IRREGULAR = const(256)
RHYTHM_FREQUENT_ECTOPY = const(512)
RHYTHM_WIDE_COMPLEX_TACHYCARDIA = const(1024)
RHYTHM_T_WAVE_ALTERNANS = const(2048)
RHYTHM_ASYSTOLE = const(4096)
RHYTHM_AV_BLOCK_SECOND_DEGREE = const(8192)
RHYTHM_AV_BLOCK_COMPLETE = const(16384)
RHYTHM_P_WITHOUT_QRS = const(32768)
RHYTHM_ATRIAL_FLUTTER = const(65536)
RHYTHM_VENTRICULAR_FIBRILLATION = const(131072)

#: By number: values a sample, bytes a value, unit, rate in mHz, one count in 1e-9 units, samples a block.
STREAMS = (
    (1, 3, 5, 250000, 48081, 25),  # ecg
    (2, 3, 8, 100000, 1000000000, 20),  # ppg
    (3, 2, 6, 104000, 488000, 26),  # accel
    (3, 2, 7, 104000, 70000000, 26),  # gyro
    (1, 2, 9, 1000, 7812500, 1),  # skin_temperature
    (1, 3, 8, 100000, 1000000000, 20),  # ppg_green
)
STREAM_ALL = const(63)

# Message types
MSG_INFO = const(1)
MSG_STREAM_INFO = const(2)
MSG_SAMPLES = const(3)
MSG_BEAT = const(4)
MSG_READING = const(5)
MSG_RHYTHM = const(6)
MSG_EVENT = const(7)
MSG_STATUS = const(8)
MSG_ACK = const(9)
MSG_TIME = const(10)
MSG_LOG_STATUS = const(11)
MSG_LOG_DATA = const(12)
MSG_LOG_END = const(13)
MSG_ALARM = const(14)
MSG_GET_INFO = const(64)
MSG_SUBSCRIBE = const(65)
MSG_TIME_SYNC = const(66)
MSG_SET_TIME = const(67)
MSG_SET_WEARER = const(68)
MSG_FLUSH = const(69)
MSG_GET_LOG = const(70)
MSG_PULL_LOG = const(71)
MSG_ACKNOWLEDGE_LOG = const(72)
MSG_ERASE_LOG = const(73)
MSG_SET_LOG = const(74)
MSG_SCHEDULE_LOG = const(75)
MSG_TRIGGER_LOG = const(76)
MSG_SET_LOG_KEY = const(77)
MSG_GET_ALARM = const(78)
MSG_ACT_ON_ALARM = const(79)

#: Kinds of readings that there are, and by kind the place of each among them.
READING_KINDS = const(20)
READING_SLOTS = b"\x00\x00\x01\x02\x03\x04\x05\x06\x07\x08\x00\x00\x00\x00\x00\x00\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10\x00\x00\x00\x00\x00\x00\x00\x00\x11\x12\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x13"
#: Unit of a reading, by its kind.
READING_UNITS = b"\x00\x01\x02\x02\x02\x02\x02\x02\x02\x02\x00\x00\x00\x00\x00\x00\x01\x03\x03\x04\x09\x00\x03\x02\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x03"
#: Readings of a sensor: kind, and name of the measure in its window.
READINGS_ECG = (
    (1, "heart_rate"),
    (2, "rr"),
    (3, "pr"),
    (4, "qrs"),
    (5, "qt"),
    (6, "qtc_bazett"),
    (7, "qtc_fridericia"),
    (8, "qtc_framingham"),
    (9, "qtc_hodges"),
)
READINGS_PPG = (
    (16, "pulse_rate"),
    (17, "spo2"),
    (18, "perfusion_index"),
    (19, "respiration_rate"),
    (22, "pulse_irregularity"),
)
READINGS_PULSES = (
    (23, "pulse_interval"),
)
READINGS_SKIN = (
    (20, "skin_temperature"),
)
READINGS_WEAR = (
    (21, "wear"),
)
READINGS_IMU = (
    (32, "activity"),
    (33, "posture"),
)
READINGS_GAUGE = (
    (48, "battery"),
)

# Settings
SETTING_WEARER_SEX = const(1)
SETTING_LIGHT_PERIOD = const(2)
SETTING_SPO2_CURVE = const(3)
SETTING_DEVICE_NAME = const(4)
SETTING_WEARER_NAME = const(5)
SETTING_CONTACTS = const(6)
SETTING_LOG_MODE = const(7)
SETTING_LOG_STREAMS = const(8)
SETTING_LOG_RESULTS = const(9)
SETTING_SLOW_RATE = const(10)
SETTING_FAST_RATE = const(11)
SETTING_LOG_EVERY = const(12)
SETTING_LOG_FOR = const(13)
SETTING_LOG_TIME_1 = const(14)
SETTING_LOG_TIME_2 = const(15)
SETTING_LOG_TIME_3 = const(16)
SETTING_LOG_TIME_4 = const(17)
SETTING_ALARM_PROFILE = const(18)
SETTING_ALARM_COUNTDOWN = const(19)
#: (number, struct format, default, least, greatest); of a text (number, no format, 0, 0, bytes at most).
SETTINGS = (
    (1, "<B", 0, 0, 2),  # wearer_sex
    (2, "<B", 0, 0, 60),  # light_period
    (3, "<B", 0, 0, 3),  # spo2_curve
    (4, "", 0, 0, 20),  # device_name
    (5, "", 0, 0, 40),  # wearer_name
    (6, "", 0, 0, 160),  # contacts
    (7, "<B", 0, 0, 4),  # log_mode
    (8, "<B", 1, 0, 63),  # log_streams
    (9, "<B", 7, 0, 7),  # log_results
    (10, "<B", 50, 30, 80),  # slow_rate
    (11, "<B", 100, 90, 220),  # fast_rate
    (12, "<H", 0, 0, 1440),  # log_every
    (13, "<H", 60, 1, 65535),  # log_for
    (14, "<H", 1440, 0, 1440),  # log_time_1
    (15, "<H", 1440, 0, 1440),  # log_time_2
    (16, "<H", 1440, 0, 1440),  # log_time_3
    (17, "<H", 1440, 0, 1440),  # log_time_4
    (18, "<B", 1, 0, 5),  # alarm_profile
    (19, "<B", 15, 5, 60),  # alarm_countdown
)
#: Their names, in the same order.
SETTING_NAMES = ('wearer_sex', 'light_period', 'spo2_curve', 'device_name', 'wearer_name', 'contacts', 'log_mode', 'log_streams', 'log_results', 'slow_rate', 'fast_rate', 'log_every', 'log_for', 'log_time_1', 'log_time_2', 'log_time_3', 'log_time_4', 'alarm_profile', 'alarm_countdown')

# GATT: (service uuid, ((name, uuid, properties, encrypted), …))
SERVICES = (
    ("180D", (
        ("heart_rate_measurement", "2A37", ("notify",), True),
        ("body_sensor_location", "2A38", ("read",), False),
    )),
    ("1822", (
        ("plx_spot_check_measurement", "2A5E", ("indicate",), True),
        ("plx_continuous_measurement", "2A5F", ("notify",), True),
        ("plx_features", "2A60", ("read",), False),
    )),
    ("180F", (
        ("battery_level", "2A19", ("read", "notify"), False),
    )),
    ("180A", (
        ("manufacturer_name", "2A29", ("read",), False),
        ("model_number", "2A24", ("read",), False),
        ("serial_number", "2A25", ("read",), True),
        ("firmware_revision", "2A26", ("read",), False),
    )),
    ("1805", (
        ("current_time", "2A2B", ("read", "write", "notify"), True),
    )),
    ("8d53dc1d-1db7-4cd3-868b-8a527460aa84", (
        ("smp", "da2e7828-fbce-4e01-ae9e-261174997c48", ("write_without_response", "notify"), True),
    )),
    ("5f1c0001-7a4e-4d0c-9c52-0b5b6a2e6b10", (
        ("vitalband_request", "5f1c0002-7a4e-4d0c-9c52-0b5b6a2e6b10", ("write",), True),
        ("vitalband_reply", "5f1c0003-7a4e-4d0c-9c52-0b5b6a2e6b10", ("notify",), True),
        ("vitalband_samples", "5f1c0004-7a4e-4d0c-9c52-0b5b6a2e6b10", ("notify",), True),
        ("vitalband_results", "5f1c0005-7a4e-4d0c-9c52-0b5b6a2e6b10", ("notify",), True),
    )),
)
#: By type of a message to the host: the characteristic by which it goes.
OUTLETS = (
    "",
    "vitalband_reply",
    "vitalband_reply",
    "vitalband_samples",
    "vitalband_results",
    "vitalband_results",
    "vitalband_results",
    "vitalband_results",
    "vitalband_reply",
    "vitalband_reply",
    "vitalband_reply",
    "vitalband_reply",
    "vitalband_samples",
    "vitalband_samples",
    "vitalband_reply",
)


def pack_info(buf: "bytearray", frame_seq: int, protocol: int, sensors: int, boot_id: int, serial_number: "bytes", model: "bytes", firmware: "bytes") -> int:
    """Who the device is; answers get_info. Returns the length."""
    pack_into("<BHBHI16s16s16s", buf, 0, 1, frame_seq & 0xFFFF, protocol, sensors, boot_id, serial_number, model, firmware)
    return 58


def pack_stream_info(buf: "bytearray", frame_seq: int, stream: int, channels: int, sample_bytes: int, unit: int, rate_mhz: int, lsb_nano: int) -> int:
    """What the samples of a stream mean; one for each stream follows info. Returns the length."""
    pack_into("<BHBBBBII", buf, 0, 2, frame_seq & 0xFFFF, stream, channels, sample_bytes, unit, rate_mhz, lsb_nano)
    return 15


def pack_samples(buf: "bytearray", frame_seq: int, stream: int, seq: int, first_index: int, tick_us: int, status: int) -> int:
    """A block of samples of one stream; `data` is channel-interleaved. Returns the length; the caller appends the data."""
    pack_into("<BHBIIQB", buf, 0, 3, frame_seq & 0xFFFF, stream, seq, first_index, tick_us, status)
    return 21


def pack_beat(buf: "bytearray", frame_seq: int, number: int, r_index: int, tick_us: int, kind: int, quality: int, rr_ms: "int | None", p_on: "int | None", p_peak: "int | None", p_off: "int | None", qrs_on: "int | None", qrs_off: "int | None", t_on: "int | None", t_peak: "int | None", t_off: "int | None") -> int:
    """A heart beat with its fiducials, as samples relative to R (250 a second). Returns the length."""
    present = 0
    if rr_ms is None:
        rr_ms = 0
    else:
        present |= 1
    if p_on is None:
        p_on = 0
    else:
        present |= 2
    if p_peak is None:
        p_peak = 0
    else:
        present |= 4
    if p_off is None:
        p_off = 0
    else:
        present |= 8
    if qrs_on is None:
        qrs_on = 0
    else:
        present |= 16
    if qrs_off is None:
        qrs_off = 0
    else:
        present |= 32
    if t_on is None:
        t_on = 0
    else:
        present |= 64
    if t_peak is None:
        t_peak = 0
    else:
        present |= 128
    if t_off is None:
        t_off = 0
    else:
        present |= 256
    pack_into("<BHHIIQBBHhhhhhhhh", buf, 0, 4, frame_seq & 0xFFFF, present, number, r_index, tick_us, kind, quality, rr_ms, p_on, p_peak, p_off, qrs_on, qrs_off, t_on, t_peak, t_off)
    return 41


def pack_reading(buf: "bytearray", frame_seq: int, kind: int, unit: int, tick_us: int, span_ms: int, quality: int, value: "int | None", reason: "int | None", u95: "int | None", calibration: "int | None") -> int:
    """One reading: a number with unit and quality, or the reason why there is none. Returns the length."""
    present = 0
    if value is None:
        value = 0
    else:
        present |= 1
    if reason is None:
        reason = 0
    else:
        present |= 2
    if u95 is None:
        u95 = 0
    else:
        present |= 4
    if calibration is None:
        calibration = 0
    else:
        present |= 8
    pack_into("<BHHBBQHBiBHB", buf, 0, 5, frame_seq & 0xFFFF, present, kind, unit, tick_us, span_ms, quality, value, reason, u95, calibration)
    return 26


def pack_rhythm(buf: "bytearray", frame_seq: int, tick_us: int, span_ms: int, flags: int, beats: int, quality: int, reason: "int | None", irregularity: "int | None", alternans_uv: "int | None") -> int:
    """Findings of one ECG window; follows the window's readings. Returns the length."""
    present = 0
    if reason is None:
        reason = 0
    else:
        present |= 1
    if irregularity is None:
        irregularity = 0
    else:
        present |= 2
    if alternans_uv is None:
        alternans_uv = 0
    else:
        present |= 4
    pack_into("<BHHQHIHBBBH", buf, 0, 6, frame_seq & 0xFFFF, present, tick_us, span_ms, flags, beats, quality, reason, irregularity, alternans_uv)
    return 26


def pack_event(buf: "bytearray", frame_seq: int, number: int, tick_us: int, kind: int, severity: int, peak_mg: int) -> int:
    """Something happened. Returns the length."""
    pack_into("<BHIQBBI", buf, 0, 7, frame_seq & 0xFFFF, number, tick_us, kind, severity, peak_mg)
    return 21


def pack_status(buf: "bytearray", frame_seq: int, tick_us: int, sensors: int, backlog_ms: int, dropped_blocks: int, overruns: int, bad_frames: int, battery_permille: "int | None", battery_mv: "int | None", heap_free: "int | None", cpu_permille: "int | None") -> int:
    """How the device is; once a second while subscribed. Returns the length."""
    present = 0
    if battery_permille is None:
        battery_permille = 0
    else:
        present |= 1
    if battery_mv is None:
        battery_mv = 0
    else:
        present |= 2
    if heap_free is None:
        heap_free = 0
    else:
        present |= 4
    if cpu_permille is None:
        cpu_permille = 0
    else:
        present |= 8
    pack_into("<BHHQHHHIHIIII", buf, 0, 8, frame_seq & 0xFFFF, present, tick_us, sensors, battery_permille, battery_mv, heap_free, cpu_permille, backlog_ms, dropped_blocks, overruns, bad_frames)
    return 41


def pack_ack(buf: "bytearray", frame_seq: int, request: int, request_seq: int, error: int) -> int:
    """Answer to a request that has no answer of its own, or refusal of any. Returns the length."""
    pack_into("<BHBHB", buf, 0, 9, frame_seq & 0xFFFF, request, request_seq, error)
    return 7


def pack_time(buf: "bytearray", frame_seq: int, host_us: int, tick_us: int) -> int:
    """Answer to time_sync, for clock offset and drift. Returns the length."""
    pack_into("<BHQQ", buf, 0, 10, frame_seq & 0xFFFF, host_us, tick_us)
    return 19


def pack_log_status(buf: "bytearray", frame_seq: int, state: int, mode: int, oldest: int, end: int, acknowledged: int, dropped: int, capacity: int, free: int, lost_frames: int, bad_sectors: int, left_s: "int | None") -> int:
    """How the log on the device's flash is; answers get_log. Chunks are numbered from 0 on. Returns the length."""
    present = 0
    if left_s is None:
        left_s = 0
    else:
        present |= 1
    pack_into("<BHHBBIIIIIIIIH", buf, 0, 11, frame_seq & 0xFFFF, present, state, mode, oldest, end, acknowledged, dropped, capacity, free, left_s, lost_frames, bad_sectors)
    return 41


def pack_log_data(buf: "bytearray", frame_seq: int, number: int, sector: int, at: int, length: int) -> int:
    """A piece of a chunk of the log, as it lies on the flash; follows pull_log. docs/log.md has the layout of a chunk. Returns the length; the caller appends the data."""
    pack_into("<BHIIHH", buf, 0, 12, frame_seq & 0xFFFF, number, sector, at, length)
    return 15


def pack_log_end(buf: "bytearray", frame_seq: int, end: int) -> int:
    """All chunks that pull_log asked for have been sent; those that were not are gone or damaged. Returns the length."""
    pack_into("<BHI", buf, 0, 13, frame_seq & 0xFFFF, end)
    return 7


def pack_alarm(buf: "bytearray", frame_seq: int, back: int, tick_us: int, number: int, state: int, reason: int, cause: int, kind: int, severity: int, attempts: int, reached: int, retracted: int, band: int, modem: int, position: int, warning: int, contacts: int, refused_contacts: int, is_offered: int, seconds_left: "int | None", muted_s: "int | None", at_s: "int | None", happened_s: "int | None", latitude_mas: "int | None", longitude_mas: "int | None", position_age_s: "int | None", speed_kmh: "int | None", peak_dg: "int | None", pulse_bpm: "int | None", spo2_percent: "int | None", pulse_trend: "int | None", vitals_age_s: "int | None") -> int:
    """The alarm as it is, with what is known of it and of the wearer now; or a record of the journal. Answers get_alarm. It has no room of its own among the answers that wait: where it gives way to others, ask again. Returns the length."""
    present = 0
    if seconds_left is None:
        seconds_left = 0
    else:
        present |= 1
    if muted_s is None:
        muted_s = 0
    else:
        present |= 2
    if at_s is None:
        at_s = 0
    else:
        present |= 4
    if happened_s is None:
        happened_s = 0
    else:
        present |= 8
    if latitude_mas is None:
        latitude_mas = 0
    else:
        present |= 16
    if longitude_mas is None:
        longitude_mas = 0
    else:
        present |= 32
    if position_age_s is None:
        position_age_s = 0
    else:
        present |= 64
    if speed_kmh is None:
        speed_kmh = 0
    else:
        present |= 128
    if peak_dg is None:
        peak_dg = 0
    else:
        present |= 256
    if pulse_bpm is None:
        pulse_bpm = 0
    else:
        present |= 512
    if spo2_percent is None:
        spo2_percent = 0
    else:
        present |= 1024
    if pulse_trend is None:
        pulse_trend = 0
    else:
        present |= 2048
    if vitals_age_s is None:
        vitals_age_s = 0
    else:
        present |= 4096
    pack_into("<BHHHQHBBBBBBBBBBBBBBBBHIIiiHHHHBhH", buf, 0, 14, frame_seq & 0xFFFF, present, back, tick_us, number, state, reason, cause, kind, severity, attempts, reached, retracted, band, modem, position, warning, contacts, refused_contacts, is_offered, seconds_left, muted_s, at_s, happened_s, latitude_mas, longitude_mas, position_age_s, speed_kmh, peak_dg, pulse_bpm, spo2_percent, pulse_trend, vitals_age_s)
    return 64


# Layouts of the requests, from the first type on.
_REQUESTS = (
    "<B",  # get_info: protocol
    "<HH",  # subscribe: streams, results
    "<Q",  # time_sync: host_us
    "<Q",  # set_time: unix_ms
    "<B",  # set_wearer: sex
    "<H",  # flush: streams
    "<B",  # get_log: flush
    "<II",  # pull_log: first, end
    "<II",  # acknowledge_log: end, check
    "<I",  # erase_log: end
    "<BHH",  # set_log: mode, streams, results
    "<HHHHHH",  # schedule_log: every_min, for_s, time_1, time_2, time_3, time_4
    "<H",  # trigger_log: for_s
    "<QQ",  # set_log_key: high, low
    "<H",  # get_alarm: back
    "<BH",  # act_on_alarm: action, value
)


def unpack_request(kind: int, payload: "bytes | bytearray | memoryview") -> "tuple[int, ...]":
    """Fields of a request of this type; WireError where it is none, or not of its length."""
    at = kind - 64
    if not 0 <= at < 16:
        raise WireError(ERROR_UNKNOWN_TYPE)
    layout = _REQUESTS[at]
    if len(payload) != calcsize(layout):
        raise WireError(ERROR_BAD_LENGTH)
    return unpack_from(layout, payload)
