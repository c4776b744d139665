"""The network of falls: which impacts are candidates, what bytes it sees of them, and what is known of its figures."""

from __future__ import annotations

import numpy as np
import pytest

from models.accident import paths
from models.accident.examples import FALL, NONE, UNSURE, examples_of
from models.accident.segments import Ints, Trial, features_of
from models.accident.windows import BEFORE, CHANNELS, candidates, window
from models.common.paths import read_json

_PEAK = 3


def _rows(**peaks: int) -> Ints:
    """Ten seconds at rest, with peaks (mg) in segments `s20` and so on."""
    rows = np.zeros((80, 7), np.int64)
    rows[:, 1] = 1000
    rows[:, _PEAK] = 1010
    rows[:, 4] = 990
    for name, peak in peaks.items():
        rows[int(name[1:]), _PEAK] = peak
    return rows


@pytest.mark.parametrize(
    ("peaks", "found"),
    [
        ({"s30": 1699}, []),
        ({"s30": 1700}, [30]),
        ({"s30": 2000, "s38": 2500}, [38]),
        ({"s30": 2000, "s39": 2500}, [30, 39]),
        ({"s30": 2500, "s35": 2500}, [30]),
        ({"s0": 3000, "s79": 3000}, [0, 79]),
    ],
)
def test_the_greatest_peak_within_a_second_is_a_candidate(peaks: dict[str, int], found: list[int]) -> None:
    assert candidates(_rows(**peaks)) == found


def test_a_window_is_free_of_how_the_unit_is_worn() -> None:
    rows = _rows(s30=4000)
    rows[34:, :3] = (1000, 0, 0)
    turned = rows.copy()
    turned[:, :3] = rows[:, [2, 0, 1]]
    assert np.array_equal(window(rows, 30), window(turned, 30))
    seen = window(rows, 30)
    assert seen.shape == (40, CHANNELS)
    assert seen[BEFORE, 0] == 2 * (16 * 11 + 15 - 160)  # 4000 mg: 11 octaves and 15 sixteenths
    assert list(seen[[0, BEFORE + 3, BEFORE + 4], 5]) == [125, 125, 0]


@pytest.mark.parametrize("at", [0, 79])
def test_a_window_at_an_end_of_a_record_is_whole(at: int) -> None:
    assert window(_rows(), at).shape == (40, CHANNELS)


def test_the_fall_is_the_strongest_within_its_time() -> None:
    rows = _rows(s20=5000, s40=3000, s60=2000)
    fall = Trial("a", "p", "g", "F01", rows, ((5.0, 5.5),))
    daily = Trial("b", "p", "g", "D01", rows, ())
    examples = examples_of([fall, daily])
    assert list(examples.labels) == [UNSURE, FALL, UNSURE, NONE, NONE, NONE]
    assert list(examples.trial) == [0, 0, 0, 1, 1, 1]


def test_features_are_the_devices_own_at_any_rate() -> None:
    for rate in (50.0, 104.0, 200.0):
        motion = np.tile([0.0, 1.0, 0.0, 0.0, 0.0, 40.0], (int(4 * rate), 1))
        rows = features_of(motion, rate)
        assert len(rows) == pytest.approx(32, abs=1)
        assert rows[8, 1] == pytest.approx(1000, abs=3)
        assert rows[8, 6] == pytest.approx(50, abs=2)  # 40 degrees a second for 1/8 s, in 0.1


def test_people_that_it_never_saw_are_alarmed_for_as_the_card_says() -> None:
    metrics = read_json(paths.metrics)
    for name, sensitivity, specificity in (("sisfall", 0.985, 0.99), ("weda_fall", 0.94, 0.96)):
        sides = metrics[name]["int8"]["groups"]["all"]
        assert sides["sensitivity"]["fraction"] >= sensitivity
        assert sides["specificity"]["fraction"] >= specificity
        exact = metrics[name]["float"]["groups"]["all"]
        assert sides["sensitivity"]["fraction"] == pytest.approx(exact["sensitivity"]["fraction"], abs=0.01)
