from __future__ import annotations

import numpy as np
import pytest

from firmware_sim.faults import (
    Dropout,
    Fault,
    FaultyWorld,
    Flat,
    MotionArtefact,
    Noise,
    Saturation,
    electrode_off,
    motion_artefact,
    not_worn,
)
from firmware_sim.world.base import ECG, MOTION, PPG, FloatArray
from firmware_sim.world.errors import SettingsError
from firmware_sim.world.wearer import Wearer

T = np.arange(2500) / 250.0
DURING = (T >= 4.0) & (T < 6.0)
FAULTS: list[Fault] = [
    Dropout(ECG, 4.0, 6.0), Flat(ECG, 4.0, 6.0, 0.3), Saturation(ECG, 4.0, 6.0), Noise(ECG, 4.0, 6.0),
    Noise(ECG, 4.0, 6.0, kind="wander"), Noise(ECG, 4.0, 6.0, signal_rms=0.2), MotionArtefact(ECG, 4.0, 6.0),
]  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_holds_from_its_start_until_its_end_for_any_blocks(fault: Fault) -> None:
    clean = Wearer(seed=1).sample(ECG, T)
    faulty = FaultyWorld(Wearer(seed=1), [fault])
    values = np.concatenate([faulty.sample(ECG, part) for part in np.split(T, [100, 1003, 1490, 2000])])
    np.testing.assert_array_equal(values[~DURING], clean[~DURING])
    assert (values[DURING] != clean[DURING]).all()
    np.testing.assert_array_equal(values, FaultyWorld(Wearer(seed=1), [fault]).sample(ECG, T))


def test_what_each_fault_does() -> None:
    def during(*faults: Fault, group: str = ECG) -> FloatArray:
        return FaultyWorld(Wearer(seed=1), faults).sample(group, T)[DURING]

    assert np.isnan(during(electrode_off(4.0, 6.0))).all()
    assert np.isnan(during(not_worn(4.0, 6.0), group=PPG)).all()
    assert np.isnan(during(Dropout(MOTION, 4.0, 6.0), group=MOTION)).all()
    assert (during(Flat(MOTION, 4.0, 6.0, (0, 1, 0, 0, 0, 0)), group=MOTION)[:, 1] == 1.0).all()
    assert (during(Saturation(ECG, 4.0, 6.0, -1)) < -1000.0).all()


@pytest.mark.parametrize("snr_db", [0.0, 12.0, 24.0])
@pytest.mark.parametrize("group", [ECG, PPG])
def test_noise_has_the_stated_ratio(snr_db: float, group: str) -> None:
    t = np.arange(15000) / 250.0
    column = 0 if group == ECG else 1
    clean = Wearer(seed=1).sample(group, t)[:, column]
    noisy = FaultyWorld(Wearer(seed=1), [Noise(group, 0.0, snr_db=snr_db)]).sample(group, t)[:, column]
    measured = 20 * np.log10(clean[:2500].std() / (noisy - clean).std())
    assert measured == pytest.approx(snr_db, abs=0.5)


def test_a_loose_device_shakes_everything() -> None:
    world = FaultyWorld(Wearer(seed=1), motion_artefact(4.0, 6.0, level_g=0.8))
    for group in (ECG, PPG, MOTION):
        moved = world.sample(group, T) - Wearer(seed=1).sample(group, T)
        assert np.abs(moved[DURING]).max() > 0.3
        assert not moved[~DURING].any()


def test_faults_can_be_added_later_and_only_where_they_fit() -> None:
    world = FaultyWorld(Wearer(seed=1, groups=(ECG,)), [not_worn(0.0)])
    assert np.isfinite(world.sample(ECG, T[:100])).all()
    world.add(electrode_off(0.5))
    assert np.isnan(world.sample(ECG, T[200:])).all()
    assert world.truth(0.0, 5.0).beats
    assert not hasattr(world, "nonsense")


def test_faults_are_checked() -> None:
    with pytest.raises(SettingsError, match="eeg"):
        Dropout("eeg", 0.0)
    with pytest.raises(SettingsError, match="duration"):
        electrode_off(2.0, 1.0)
    with pytest.raises(SettingsError, match="no ecg signal"):
        FaultyWorld(Wearer(duration_s=1.0), [Noise(ECG, 5.0)])
