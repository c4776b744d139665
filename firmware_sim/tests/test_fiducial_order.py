"""Fiducials of a beat are in order, whatever the signal: what violates the order is absent."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np
import pytest

from firmware_sim.faults import Fault, FaultyWorld, Noise, motion_artefact
from firmware_sim.firmware.dsp.ecg.fiducial_order import keep_order
from firmware_sim.firmware.dsp.result import Beat
from firmware_sim.testing import ecg_signals as make
from firmware_sim.world.wearer import PRESETS, Wearer
from models.common.manifest import data_root
from models.evaluation.ecg.leads import read_channel, to_counts

FIDUCIALS = ("p_on", "p_peak", "p_off", "qrs_on", "r", "qrs_off", "t_on", "t_peak", "t_off")
#: A beat as it should be, in samples from R.
RIGHT = (-40, -30, -20, -10, 0, 12, 40, 60, 80)
LEAST_QRS = 8


def _beat(offsets: Sequence[int | None]) -> Beat:
    beat = Beat()
    for name, offset in zip(FIDUCIALS, offsets, strict=True):
        setattr(beat, name, None if offset is None else 1000 + offset)
    return beat


def _offsets(beat: Beat) -> tuple[int | None, ...]:
    values = (getattr(beat, name) for name in FIDUCIALS)
    return tuple(None if value is None else value - 1000 for value in values)


def assert_in_order(beats: Iterable[Beat]) -> None:
    for beat in beats:
        there = [(name, value) for name in FIDUCIALS if (value := getattr(beat, name)) is not None]
        for (first, earlier), (second, later) in pairwise(there):
            assert earlier < later if "r" in (first, second) else earlier <= later, there
        if beat.qrs_on is not None and beat.qrs_off is not None:
            assert beat.qrs_off - beat.qrs_on >= LEAST_QRS


def _with(**changes: int) -> tuple[int, ...]:
    return tuple(changes.get(name, offset) for name, offset in zip(FIDUCIALS, RIGHT, strict=True))


def _without(*waves: str) -> tuple[int | None, ...]:
    return tuple(None if name.split("_")[0] in waves else value for name, value in zip(FIDUCIALS, RIGHT, strict=True))


@pytest.mark.parametrize(
    "offsets", [RIGHT, _without("p"), _without("t"), _without("p", "t"), _with(p_off=-10, t_on=12), _with(p_on=-30)]
)
def test_what_is_in_order_stays(offsets: tuple[int | None, ...]) -> None:
    beat = _beat(offsets)
    keep_order(beat)
    assert _offsets(beat) == offsets


@pytest.mark.parametrize(
    ("changes", "lost"),
    [
        ({"p_peak": -41}, "p"),
        ({"p_off": -31}, "p"),
        ({"p_off": -9}, "p"),
        ({"t_on": 11}, "t"),
        ({"t_peak": 39}, "t"),
        ({"t_off": 59}, "t"),
    ],
)
def test_a_wave_out_of_order_is_absent(changes: dict[str, int], lost: str) -> None:
    beat = _beat(_with(**changes))
    keep_order(beat)
    assert _offsets(beat) == _without(lost)


@pytest.mark.parametrize(
    "changes", [{"qrs_on": 2}, {"qrs_on": 0}, {"qrs_off": -1}, {"qrs_off": 0}, {"qrs_on": -4, "qrs_off": 3}]
)
def test_a_complex_without_its_r_or_too_short_leaves_no_wave(changes: dict[str, int]) -> None:
    beat = _beat(_with(**changes))
    keep_order(beat)
    assert _offsets(beat) == _without("p", "qrs", "t")


@pytest.mark.parametrize("preset", ["resting", "ectopy", "af"])
@pytest.mark.parametrize(
    "faults",
    [
        motion_artefact(5, 40, level_g=3.0),
        motion_artefact(5, 40, level_g=1.0),
        Noise("ecg", 5, 40, snr_db=-5),
        Noise("ecg", 5, 40, snr_db=3),
    ],
)
def test_order_in_motion_and_noise(preset: str, faults: Fault | list[Fault]) -> None:
    world = FaultyWorld(Wearer(PRESETS[preset], seed=1), faults if isinstance(faults, list) else [faults])
    seconds = [world.sample("ecg", np.arange(at, at + 1, 1 / make.RATE))[:, 0] for at in range(42)]
    beats = make.run(np.concatenate(seconds)).beats
    assert len(beats) > 20
    assert_in_order(beats)


@pytest.mark.data
@pytest.mark.parametrize("snr_db", [6, -5])
@pytest.mark.parametrize("name", ["100", "203", "212", "231"])
def test_order_in_arrhythmia_records_with_noise(name: str, snr_db: int) -> None:
    path = data_root() / "mitdb" / name
    if not path.with_suffix(".hea").exists():
        pytest.skip(f"no recording {name} in {path.parent}")
    values, rate = read_channel(path, "MLII")
    lead = np.array(to_counts(values[: 120 * rate], rate)) * make.LSB_MV
    noise = np.random.default_rng(int(name)).standard_normal(len(lead))
    # mostly slow, as of electrodes that move
    noise = np.convolve(noise, np.exp(-np.arange(50) / 8), "same")
    beats = make.run(lead + noise / noise.std() * lead.std() * 10 ** (-snr_db / 20)).beats
    assert len(beats) > 60
    assert_in_order(beats)
