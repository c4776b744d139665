"""The standard services that measure: once a second they tell their centrals what is new in `Vitals`."""

from array import array

from micropython import const

from ... import wire_gen as wire
from ...vitals import RR_KEPT
from . import payloads as gatt

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container
    from typing import Protocol

    from ...vitals import Vitals

    class Server(Protocol):
        """Who has the characteristics, by the schema's names."""

        def notify(self, name: str, value: "memoryview | bytes") -> None:
            """Notify encrypted links."""

        def write(self, name: str, value: "memoryview | bytes") -> None:
            """Have it read, and notify all."""


_NO_BEAT_US = const(7_000_000)  # beats in doubt come 5 s late


class HeartRate:
    """Heart Rate Measurement: the mean rate and the RR intervals since the last one."""

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
        contact = bool(vitals.contact[wire.STREAM_ECG])
        n = self._collect()
        if self._fault() or not contact or vitals.standstill[0] or now_us - vitals.beat_us[0] > _NO_BEAT_US:
            self._bpm_x10 = None
        if self._bpm_x10 is None and contact:
            return
        length = gatt.heart_rate(self._buf, self._bpm_x10, memoryview(self._rr)[:n], contact)
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
    """PLX Continuous Measurement: SpO2, pulse rate and perfusion as last measured."""

    def __init__(self, vitals: "Vitals", server: "Server") -> None:
        self._vitals = vitals
        self._notify = server.notify
        self._buf = bytearray(gatt.PLX_BYTES)

    def report(self, now_us: int) -> None:
        """Notify where there is such a sensor, also that there is no number yet."""
        vitals = self._vitals
        if not vitals.fitted[wire.STREAM_PPG]:
            return
        length = gatt.plx_continuous(
            self._buf,
            vitals.value(wire.READING_KIND_SPO2),
            vitals.value(wire.READING_KIND_PULSE_RATE),
            vitals.value(wire.READING_KIND_PERFUSION_INDEX),
            bool(vitals.contact[wire.STREAM_PPG]),
        )
        self._notify("plx_continuous_measurement", memoryview(self._buf)[:length])


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


#: The services that measure, by UUID, and the sensor that each needs.
MEASURING = (("180D", "ecg"), ("1822", "ppg"), ("180F", "gauge"))


def reporters(
    vitals: "Vitals", server: "Server", sensors: "Container[str]"
) -> "list[HeartRate | PulseOximeter | Battery]":
    """What reports for the services of these sensors."""
    classes = HeartRate, PulseOximeter, Battery  # in the order of MEASURING
    return [classes[i](vitals, server) for i in range(len(classes)) if MEASURING[i][1] in sensors]
