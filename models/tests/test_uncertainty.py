"""Weights of expanded uncertainty: fitted as the firmware computes it, and covering what they claim."""

from __future__ import annotations

import json

import numpy as np
import pytest

from firmware_sim.firmware.dsp.ecg.u95_gen import INTERVALS_Q8
from firmware_sim.firmware.dsp.ecg.uncertainty import interval_u95
from models.ecg_delineator.intervals import INTERVALS
from models.uncertainty import COEFFICIENTS
from models.uncertainty.fit import COVERAGE, coefficients, covered, u95_ms
from models.uncertainty.windows import CLEAN, Answer


def answers(count: int, interval: str, seed: int = 1) -> list[Answer]:
    """Answers whose errors grow with the uncertainty of their edges and with nothing else."""
    random = np.random.default_rng(seed)
    found = []
    for n in range(count):
        edges = int(random.integers(4, 60))
        others = (int(random.integers(0, 40)) for _ in range(2))
        known = (edges, *others, int(random.integers(400, 1500)), int(random.integers(2, 16)))
        found.append(Answer(f"ludb/{n}", "ii", CLEAN, interval, known, float(random.normal(0, edges / 6))))
    return found


@pytest.mark.parametrize("interval", INTERVALS)
def test_the_fit_computes_what_the_firmware_does(interval: str) -> None:
    which = list(INTERVALS).index(interval)
    some = answers(200, interval)
    firmware = [interval_u95(which, *answer.known) / 10 for answer in some]
    # the firmware's roots and quotients are whole numbers
    assert u95_ms(some, INTERVALS_Q8[which]) == pytest.approx(firmware, abs=1.0)


@pytest.mark.parametrize("interval", INTERVALS)
def test_the_weights_that_ship_are_those_that_were_fitted(interval: str) -> None:
    fitted = json.loads(COEFFICIENTS.read_text(encoding="utf-8"))["intervals"]
    assert tuple(fitted[interval]) == INTERVALS_Q8[list(INTERVALS).index(interval)]


@pytest.mark.parametrize("interval", INTERVALS)
def test_the_fit_covers_its_part_of_errors_with_people_it_never_saw(interval: str) -> None:
    weights = coefficients(answers(600, interval))
    assert min(weights) >= 0
    others = answers(2000, interval, seed=2)
    assert np.mean(covered(others, u95_ms(others, weights))) == pytest.approx(COVERAGE[interval], abs=0.02)


def test_what_the_errors_grow_with_has_the_weight() -> None:
    wide = [answer for answer in answers(600, "qt") if answer.known[0] > 50]
    narrow = [answer for answer in answers(600, "qt") if answer.known[0] < 10]
    weights = coefficients(answers(600, "qt"))
    assert np.mean(u95_ms(wide, weights)) > 3 * np.mean(u95_ms(narrow, weights))
