"""The standard services that measure: once a second they tell their centrals what is new in `Vitals`."""

from array import array

from micropython import const

from ... import wire_gen as wire
from ...vitals import RR_KEPT
from . import payloads as gatt
from . import plx

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container
    from typing import Protocol

    from ...clock import DeviceClock
    from ...vitals import Vitals

    class Server(Protocol):
        """Who has the characteristics, by the schema's names."""

        def notify(self, name: str, value: "memoryview | bytes") -> None:
            """Notify encrypted links."""

        def indicate(self, name: str, value: "memoryview | bytes") -> None:
            """Indicate to encrypted links."""

        def write(self, name: str, value: "memoryview | bytes") -> None:
            """Have it read, and notify all."""


_NO_BEAT_US = const(7_000_000)  # beats in doubt come 5 s late
#: Quality up to which a pulse rate does not stand in for a heart rate that there is not, and a number is questionable.
_UNCERTAIN_QUALITY = const(30)  # dsp.result: UNCERTAIN_QUALITY
#: Quality from which on numbers are good for a spot check. Limit: own.
_GOOD = const(50)
#: Seconds for which all is good before a spot check (its windows have 8 s), and until the next one. Own: so that none
#: of its windows has a second from before, and a central that collects spot checks has one a minute.
_STEADY_S = const(10)
_SPOT_CHECK_S = const(60)
_FIRST_YEAR = const(2001)  # clock: FIRST_YEAR


class HeartRate:
    """Heart Rate Measurement: mean rate and RR intervals since the last one; without an ECG the pulse rate."""

    def __init__(self, vitals: "Vitals", server: "Server") -> None:
        self._vitals = vitals
        self._notify = server.notify
        self._buf = bytearray(gatt.HEART_RATE_BYTES)
        self._rr = array("H", bytes(2 * RR_KEPT))
        self._seen = 0
        self._bpm_x10: "int | None" = None

    def report(self, now_us: int) -> None:
        """Notify; without a rate only that contact is lost, as the characteristic has no other way to say so."""
        vitals = self._vitals
        contact = bool(vitals.fitted[wire.STREAM_ECG] and vitals.contact[wire.STREAM_ECG])
        n = self._collect()
        fault = self._fault()
        if fault or not contact or vitals.standstill[0] or now_us - vitals.beat_us[0] > _NO_BEAT_US:
            self._bpm_x10 = None
        bpm_x10 = self._bpm_x10
        if bpm_x10 is None and (fault or not contact):
            kind = wire.READING_KIND_PULSE_RATE
            bpm_x10 = vitals.value(kind) if vitals.quality(kind) > _UNCERTAIN_QUALITY else None
            # where an ECG has lost its contact, only a rate from light makes up for that
            if bpm_x10 is not None or not vitals.fitted[wire.STREAM_ECG]:
                contact = contact or bool(vitals.contact[wire.STREAM_PPG])
        if bpm_x10 is None and contact:
            return
        length = gatt.heart_rate(self._buf, bpm_x10, memoryview(self._rr)[:n], contact)
        self._notify("heart_rate_measurement", memoryview(self._buf)[:length])

    def _fault(self) -> bool:
        """Whether the sensor is at fault: a beat after the fault was told says that it works again."""
        vitals, kind = self._vitals, wire.READING_KIND_HEART_RATE
        return vitals.reason(kind) == wire.REASON_SENSOR_FAULT and vitals.beat_us[0] <= vitals.tick_us(kind)

    def _collect(self) -> int:
        """Copy the intervals since the last look, the newest where there were more than are kept; how many."""
        count = self._vitals.rr_count[0]
        n = min(count - self._seen, RR_KEPT)
        total = 0
        for i in range(n):
            rr = self._vitals.rr_ms[(count - n + i) % RR_KEPT]
            self._rr[i] = rr
            total += rr
        self._seen = count
        if total:
            self._bpm_x10 = (600_000 * n + total // 2) // total
        return n


class PulseOximeter:
    """PLX measurements: the continuous one has SpO2, pulse rate and perfusion as last measured.

    A spot check is indicated when all was good for 10 s, and each minute while it stays so.
    """

    def __init__(self, vitals: "Vitals", server: "Server", clock: "DeviceClock") -> None:
        self._vitals = vitals
        self._server = server
        self._clock = clock
        self._buf = bytearray(plx.SPOT_CHECK_BYTES)
        #: Seconds for which all has been good.
        self._good_s = array("h", bytes(2))

    def report(self, now_us: int) -> None:
        """Notify where there is such a sensor, also that there is no number yet."""
        vitals = self._vitals
        if not vitals.fitted[wire.STREAM_PPG]:
            return
        kind, other = wire.READING_KIND_SPO2, wire.READING_KIND_PULSE_RATE
        spo2, pulse = vitals.value(kind), vitals.value(other)
        reasons = self._caution(kind), self._caution(other)
        perfusion = vitals.value(wire.READING_KIND_PERFUSION_INDEX)
        length = plx.continuous(self._buf, spo2, reasons[0], pulse, reasons[1], perfusion)
        self._server.notify("plx_continuous_measurement", memoryview(self._buf)[:length])
        if spo2 is None or pulse is None or any(reasons) or min(vitals.quality(kind), vitals.quality(other)) < _GOOD:
            self._good_s[0] = 0
            return
        self._good_s[0] += 1
        if self._good_s[0] >= _STEADY_S:
            self._good_s[0] -= _SPOT_CHECK_S
            now = self._clock.datetime()
            length = plx.spot_check(self._buf, spo2, pulse, perfusion, now if now[0] >= _FIRST_YEAR else None)
            self._server.indicate("plx_spot_check_measurement", memoryview(self._buf)[:length])

    def _caution(self, kind: int) -> int:
        """Why there is no number or a questionable one; 0: neither."""
        vitals = self._vitals
        reason = vitals.reason(kind)
        if not reason and vitals.value(kind) is not None and vitals.quality(kind) <= _UNCERTAIN_QUALITY:
            return wire.REASON_NOISE
        return reason


class Battery:
    """Battery Level: told when the per cent change."""

    def __init__(self, vitals: "Vitals", server: "Server") -> None:
        self._vitals = vitals
        self._write = server.write
        self._level: "int | None" = None

    def report(self, now_us: int) -> None:
        """Write and notify a level that is new; one that is not known is not told."""
        permille = self._vitals.value(wire.READING_KIND_BATTERY)
        if permille is None:
            return
        level = gatt.battery_level(permille)
        if level != self._level:
            self._level = level
            self._write("battery_level", bytes((level,)))


#: The services that measure, by UUID, and the sensors each of which is enough for it.
MEASURING = (("180D", ("ecg", "ppg")), ("1822", ("ppg",)), ("180F", ("gauge",)))


def is_offered(uuid: str, sensors: "Container[str]") -> bool:
    """Whether a device built with these sensors has the service."""
    for measuring, needed in MEASURING:
        if measuring == uuid:
            return any(sensor in sensors for sensor in needed)
    return True


def reporters(
    vitals: "Vitals", server: "Server", clock: "DeviceClock", sensors: "Container[str]"
) -> "list[HeartRate | PulseOximeter | Battery]":
    """What reports for the services of these sensors."""
    made: "list[HeartRate | PulseOximeter | Battery]" = []
    if is_offered("180D", sensors):
        made.append(HeartRate(vitals, server))
    if is_offered("1822", sensors):
        made.append(PulseOximeter(vitals, server, clock))
    if is_offered("180F", sensors):
        made.append(Battery(vitals, server))
    return made
