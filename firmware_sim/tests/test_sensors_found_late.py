"""Sensors that do not answer while the device starts: they are said to be at fault, looked for again, and work then."""

from __future__ import annotations

import pytest

from firmware_sim.chips.reference import Wiring
from firmware_sim.faults import inject
from firmware_sim.tests.serial_host import ALL_STREAMS, FITTED, Serial, subscribed
from firmware_sim.world.base import ECG, MOTION, PPG, SKIN
from firmware_sim.world.wearer import Wearer, WearerSettings
from host_sdk import wire_gen as wire
from host_sdk.wire_gen import ReadingKind, Reason, Stream

#: Of each sensor: a reading, what is true of it and how far a number may be from that, and its streams.
SENSORS = {
    "ecg": (ReadingKind.HEART_RATE, 700, 30, {Stream.ECG}),
    "light": (ReadingKind.PULSE_RATE, 700, 30, {Stream.PPG}),
    "motion": (ReadingKind.ACTIVITY, 1, 0, {Stream.ACCEL, Stream.GYRO}),
    "temperature": (ReadingKind.SKIN_TEMPERATURE, 3350, 50, {Stream.SKIN_TEMPERATURE}),
    "gauge": (ReadingKind.BATTERY, 899, 10, set()),
}
_LATE_S = 3.0
_MEASURED_S = 22.0


def started_anew(*silent: str, fault: str = "off", late_s: float = _LATE_S) -> Serial:
    """A host of a device that has been reset while sensors were at fault, which they are for so long."""
    host = Serial(Wearer(WearerSettings(heart_rate_bpm=70), seed=3))
    host.wait(0.5)
    now_s = host.simulation.clock.now / 1e6
    for component in silent:
        inject(host.simulation, component, fault, now_s + 0.01, now_s + 0.02 + late_s)
    host.wait(0.02)
    host.simulation.reset()
    host.got.clear()
    host.request(wire.Subscribe(ALL_STREAMS, wire.Results.ALL))
    return host


def described(host: Serial) -> list[Stream]:
    """Streams that the device says it has."""
    before = len(host.all(wire.StreamInfo))
    host.request(wire.GetInfo(wire.PROTOCOL_VERSION))
    return [one.stream for one in host.all(wire.StreamInfo)[before:]]


def values(host: Serial, kind: ReadingKind) -> list[int]:
    """Numbers of a reading so far."""
    return [one.value for one in host.all(wire.Reading) if one.kind == kind and one.value is not None]


def assert_works(host: Serial, component: str) -> None:
    """Its numbers are true ones, and the newest is one."""
    kind, true, within, streams = SENSORS[component]
    assert values(host, kind), component
    assert all(abs(value - true) <= within for value in values(host, kind)), component
    assert [one.value for one in host.all(wire.Reading) if one.kind == kind][-1] is not None
    for stream in streams:
        assert host.blocks(stream)


@pytest.mark.parametrize("fault", ["off", "wrong", "garbage"])
@pytest.mark.parametrize("component", SENSORS)
def test_a_sensor_that_is_at_fault_while_the_device_starts_is_found_when_it_answers(component: str, fault: str) -> None:
    kind, _, _, streams = SENSORS[component]
    host = started_anew(component, fault=fault)
    host.wait(_LATE_S - 0.5)
    device = host.simulation.device
    assert (device.faults(), values(host, kind)) == (1, [])
    if component != "gauge":  # which is asked every 10 s
        assert set(host.reasons(kind)) == {Reason.SENSOR_FAULT}
    assert device.vitals.reason(kind) == Reason.SENSOR_FAULT
    assert set(described(host)) == set(FITTED) - streams
    assert host.sensors == ALL_STREAMS & ~sum(1 << stream for stream in streams)
    host.wait(_MEASURED_S)
    assert (device.faults(), host.sensors, described(host)) == (0, ALL_STREAMS, FITTED)
    for name in SENSORS:
        assert_works(host, name)
    assert host.mcu.resets == 1


def test_all_at_once_and_for_long() -> None:
    host = started_anew(*SENSORS, late_s=30.0)
    host.wait(29.5)
    for kind, *_ in SENSORS.values():
        assert set(host.reasons(kind)) == {Reason.SENSOR_FAULT}
        # no more than one every 2 s
        assert 2 <= len(host.reasons(kind)) <= 16
    assert (host.simulation.device.faults(), host.sensors, host.all(wire.Samples)) == (5, 0, [])
    host.wait(_MEASURED_S)
    for name in SENSORS:
        assert_works(host, name)


def test_those_that_answer_at_start_are_at_fault_never() -> None:
    host = started_anew()
    host.wait(_MEASURED_S)
    assert not host.simulation.device.board.silent
    assert Reason.SENSOR_FAULT not in {one.reason for one in host.all(wire.Reading)}
    for name in SENSORS:
        assert_works(host, name)


@pytest.mark.parametrize("component", SENSORS)
def test_one_that_was_found_late_may_fail_and_come_back(component: str) -> None:
    kind = SENSORS[component][0]
    host = started_anew(component)
    host.wait(_MEASURED_S)
    now_s = host.simulation.clock.now / 1e6
    inject(host.simulation, component, "off", now_s + 0.1, now_s + 12.0)
    before = len(host.reasons(kind))
    host.wait(11.9)
    assert host.reasons(kind)[before:]
    # the lines of an ECG front end that is off read as electrodes that are
    assert host.simulation.device.faults() == (component != "ecg")
    host.wait(_MEASURED_S)
    assert host.simulation.device.faults() == 0
    assert_works(host, component)


@pytest.mark.parametrize("group", [ECG, PPG, MOTION, SKIN])
def test_one_that_is_on_no_bus_is_at_fault_for_good_and_stops_nothing(group: str) -> None:
    groups = tuple(each for each in (ECG, PPG, MOTION, SKIN) if each != group)
    host = subscribed(Wearer(WearerSettings(heart_rate_bpm=70), seed=3, groups=groups))
    host.wait(_MEASURED_S)
    missing = {ECG: "ecg", PPG: "light", MOTION: "motion", SKIN: "temperature"}[group]
    for name in SENSORS:
        if name == missing:
            assert set(host.reasons(SENSORS[name][0])) == {Reason.SENSOR_FAULT}
        else:
            assert_works(host, name)
    assert host.mcu.resets == 0


def interrupts(host: Serial) -> bool:
    """Does an edge of the front end's data-ready line call anybody?"""
    return host.mcu.pin(Wiring.ecg_drdy).handler is not None


@pytest.mark.parametrize("fault", ["off", "garbage"])
def test_the_open_data_ready_line_of_a_silent_front_end_interrupts_nobody(fault: str) -> None:
    host = started_anew("ecg", fault=fault, late_s=6.0)
    host.wait(5.0)
    line = host.mcu.pin(Wiring.ecg_drdy)
    assert not interrupts(host)
    for _ in range(500):
        line.drive(0)
        line.drive(1)
    host.wait(_MEASURED_S)
    assert interrupts(host)
    assert host.simulation.device.overruns() == 0
    assert_works(host, "ecg")


def test_a_front_end_that_is_set_up_in_vain_interrupts_no_more_and_is_not_started() -> None:
    host = subscribed(Wearer(WearerSettings(heart_rate_bpm=70), seed=3))
    host.wait(1.0)
    driver = host.simulation.device.board.sensors["ecg"]
    assert interrupts(host)
    now_s = host.simulation.clock.now / 1e6
    inject(host.simulation, "ecg", "off", now_s + 0.01, now_s + 5.0)
    host.wait(0.1)
    with pytest.raises(OSError, match="19"):
        driver.configure()
    assert not interrupts(host)
    with pytest.raises(OSError, match="19"):
        driver.start()
    assert not interrupts(host)
