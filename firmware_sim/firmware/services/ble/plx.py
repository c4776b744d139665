"""Values of the Pulse Oximeter Service's characteristics (PLXS 1.0.1): measurements and what their statuses say.

Nothing is ever "validated" or "fully qualified data": the device's saturation is not calibrated.
"""

from struct import pack, pack_into

from micropython import const

from . import sfloat

#: Bytes of the longest value: 1 flags, 4 numbers, 7 time, 5 statuses, 2 amplitude.
SPOT_CHECK_BYTES = const(19)

# PLX Continuous Measurement flags (table 3.7), and those of a PLX Spot-Check Measurement (table 3.3)
_STATUSES = const(0x04 | 0x08)
_AMPLITUDE = const(0x10)
_SPOT_TIME = const(0x01)
_SPOT_AMPLITUDE = const(0x08)
_SPOT_CLOCK_NOT_SET = const(0x10)
# Measurement Status (table 3.4)
_UNAVAILABLE = const(1 << 13)
_QUESTIONABLE = const(1 << 14)
#: Bit of Device and Sensor Status (table 3.5) by the wire's number of a reason; 0: nothing is known yet.
_BITS = (
    b"\x09"  # nothing yet: signal analysis ongoing
    b"\x03\x0b\x06\x05"  # lead_off: inadequate signal; not_worn: unconnected; motion: erratic; low_perfusion
    b"\x04\x03\x03\x03\x08"  # noise: poor signal; beats, P, T: inadequate signal; irregular: questionable pulse
    b"\x03\x09\x0e\x08"  # saturated: inadequate; warming_up: analysis; no_signal: malfunctioning; inconsistent
    b"\x02\x01\x0e\x03\x03"  # out_of_range: processing; sensor_fault: equipment; stuck; no_gravity, wrong_scale
    b"\x07\x08\x0a\x03\x03"  # no_pulse_wave: not pulsatile; uncertain; mains: interference; of ECG intervals
    b"\x0a\x0d\x06\x09"  # ambient_light: interference; poor_contact: displaced; tracked: erratic; paused: analysis
    b"\x0d"  # excess_pressure: displaced
)
_OTHER_BIT = const(3)
_ALL_BITS = const(0x6FFE)
# PLX Features: both statuses, time of a spot check, pulse amplitude index, several bonds
_FEATURES = const(0x01 | 0x02 | 0x08 | 0x40 | 0x80)
FEATURES = pack("<HHHB", _FEATURES, _UNAVAILABLE | _QUESTIONABLE, _ALL_BITS, 0)


def device_status(reason: int) -> int:
    """Device and Sensor Status of a reason (wire); 0: of a number that is not there yet."""
    return 1 << (_BITS[reason] if reason < len(_BITS) else _OTHER_BIT)


def continuous(
    buf: bytearray,
    spo2_x10: "int | None",
    spo2_reason: int,
    pulse_x10: "int | None",
    pulse_reason: int,
    perfusion_x100: "int | None",
) -> int:
    """PLX Continuous Measurement; returns its length. What is absent is NaN, and the statuses say why.

    A reason is the wire's, 0: none. A number with a reason is questionable.
    """
    flags = 0
    n = 5
    pack_into("<HH", buf, 1, sfloat.encode(spo2_x10, -1), sfloat.encode(pulse_x10, -1))
    status = 0
    device = 0
    for value, reason in ((spo2_x10, spo2_reason), (pulse_x10, pulse_reason)):
        if value is None:
            status |= _UNAVAILABLE
            device |= device_status(reason)
        elif reason:
            status |= _QUESTIONABLE
            device |= device_status(reason)
    if status:
        flags |= _STATUSES
        pack_into("<HHB", buf, n, status, device, 0)
        n += 5
    if perfusion_x100 is not None:
        flags |= _AMPLITUDE
        pack_into("<H", buf, n, sfloat.encode(perfusion_x100, -2))
        n += 2
    buf[0] = flags
    return n


def spot_check(
    buf: bytearray, spo2_x10: int, pulse_x10: int, perfusion_x100: "int | None", time: "tuple[int, ...] | None"
) -> int:
    """PLX Spot-Check Measurement of numbers that have no reason; returns its length.

    `time` as `DeviceClock.datetime` gives it, None where the clock was never set.
    """
    flags = _SPOT_CLOCK_NOT_SET
    n = 5
    pack_into("<HH", buf, 1, sfloat.encode(spo2_x10, -1), sfloat.encode(pulse_x10, -1))
    if time is not None:
        flags = _SPOT_TIME
        pack_into("<HBBBBB", buf, n, time[0], time[1], time[2], time[4], time[5], time[6])
        n += 7
    if perfusion_x100 is not None:
        flags |= _SPOT_AMPLITUDE
        pack_into("<H", buf, n, sfloat.encode(perfusion_x100, -2))
        n += 2
    buf[0] = flags
    return n
