"""Light beside an accelerometer that is at fault: nobody knows of movement, so no number is sure."""

from __future__ import annotations

from array import array

import numpy as np
import pytest

from firmware_sim.faults import inject
from firmware_sim.firmware.dsp.acceleration import Acceleration
from firmware_sim.tests.serial_host import Serial, subscribed
from firmware_sim.world.base import MOTION, PPG, FloatArray
from firmware_sim.world.wearer import Wearer, WearerSettings
from firmware_sim.world.wearer.settings import Motion
from host_sdk import wire_gen as wire
from host_sdk.wire_gen import ReadingKind, Reason

_LIGHT = (ReadingKind.PULSE_RATE, ReadingKind.SPO2, ReadingKind.PERFUSION_INDEX, ReadingKind.RESPIRATION_RATE)
_UNCERTAIN_QUALITY = 30
#: Pulse (1/min), SpO2, perfusion (%), seed.
_PEOPLE = [(52, 97, 2.0, 1), (75, 93, 1.0, 2), (110, 97, 0.7, 3)]
_BROKEN_S = 8


def worn(bpm: float, spo2: float, perfusion: float, seed: int, *motion: Motion) -> Serial:
    settings = WearerSettings(heart_rate_bpm=bpm, spo2_percent=spo2, perfusion_percent=perfusion, motion=motion)
    return subscribed(Wearer(settings, seed=seed, groups=(PPG, MOTION)))


def claims(host: Serial, from_s: float, to_s: float = 1e9) -> list[wire.Reading]:
    """Numbers of the light that are sure, measured between two times."""
    return [
        one for one in host.all(wire.Reading)
        if one.kind in _LIGHT and from_s <= one.tick_us / 1e6 < to_s and one.value is not None
        and one.quality > _UNCERTAIN_QUALITY
    ]  # fmt: skip


def rates(host: Serial, from_s: float, to_s: float = 1e9) -> list[wire.Reading]:
    found = [one for one in host.all(wire.Reading) if one.kind == ReadingKind.PULSE_RATE]
    return [one for one in found if from_s <= one.tick_us / 1e6 < to_s]


@pytest.mark.parametrize(("bpm", "spo2", "perfusion", "seed"), _PEOPLE)
@pytest.mark.parametrize("fault", ["off", "stuck"])
@pytest.mark.parametrize("kind", ["walk", "run"])
def test_where_nobody_knows_of_movement_no_number_is_sure(
    bpm: float, spo2: float, perfusion: float, seed: int, fault: str, kind: str
) -> None:
    motion = Motion("walk" if kind == "walk" else "run", 20, 40)
    host = worn(bpm, spo2, perfusion, seed, motion)
    inject(host.simulation, "motion", fault, _BROKEN_S, 1e9)
    host.wait(45)
    assert not claims(host, _BROKEN_S + 5)
    at_rest = rates(host, _BROKEN_S + 5, 19)
    assert at_rest
    for one in at_rest:
        assert one.value == pytest.approx(10 * bpm, abs=40)
        assert one.reason == Reason.SENSOR_FAULT


class Scaled(Wearer):
    """A wearer whose acceleration comes in another unit than g."""

    def __init__(self, factor: float, settings: WearerSettings) -> None:
        super().__init__(settings, seed=1, groups=(PPG, MOTION))
        self.factor = factor

    def sample(self, group: str, t: FloatArray) -> FloatArray:
        values = super().sample(group, t)
        if group == MOTION:
            values[:, :3] *= self.factor
        return values


@pytest.mark.parametrize("factor", [0.1, 2.0])
@pytest.mark.parametrize("kind", ["walk", "rest"])
def test_beside_acceleration_of_another_unit_no_number_is_sure(factor: float, kind: str) -> None:
    motion = (Motion("walk", 20, 40),) if kind == "walk" else ()
    host = subscribed(Scaled(factor, WearerSettings(motion=motion)))
    host.wait(40)
    assert not claims(host, 15)
    assert any(one.value is not None and one.reason == Reason.SENSOR_FAULT for one in rates(host, 15))


@pytest.mark.parametrize(("bpm", "spo2", "perfusion", "seed"), _PEOPLE)
def test_with_an_accelerometer_that_works_they_are_sure(bpm: float, spo2: float, perfusion: float, seed: int) -> None:
    host = worn(bpm, spo2, perfusion, seed)
    inject(host.simulation, "motion", "stuck", 10, 16)
    host.wait(32)
    for begin_s, end_s in ((7, 10), (24, 32)):
        assert {one.reason for one in rates(host, begin_s, end_s)} == {None}
        assert {one.kind for one in claims(host, begin_s, end_s)} >= set(_LIGHT[:3])


def _repeats(batches: list[np.ndarray[tuple[int, int], np.dtype[np.int64]]]) -> list[bool]:
    found = Acceleration()
    return [found.repeats(array("h", batch.ravel().tolist()), len(batch)) for batch in batches]


@pytest.mark.parametrize("n", [2, 10, 32])
def test_a_batch_that_comes_again_and_again_is_no_measurement(n: int) -> None:
    batch = np.random.default_rng(n).integers(-2000, 2000, (n, 3))
    assert _repeats([batch] * 8 + [batch + 1] * 2) == [False] * 3 + [True] * 5 + [False] * 2


@pytest.mark.parametrize("step", [1, 8, 64])
@pytest.mark.parametrize("seed", range(3))
def test_a_coarse_sensor_at_rest_repeats_nothing(step: int, seed: int) -> None:
    noise = np.random.default_rng(seed).normal(0, 1.6, (4000, 10, 3))
    values = np.rint((noise + np.array([0, 0, 2040])) / step).astype(np.int64) * step
    assert not any(_repeats(list(values)))
