"""Weights of expanded uncertainty: fitted as the firmware computes it, and covering what they claim."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from firmware_sim.firmware.dsp.ecg.u95_gen import INTERVALS_Q8, RATE_Q8, RR_Q8
from firmware_sim.firmware.dsp.ecg.uncertainty import RATE_LIMIT_BPM_X10, interval_u95, rate_u95, rr_u95
from firmware_sim.firmware.dsp.ppg.uncertainty import pulse_u95
from models import uncertainty
from models.ecg_delineator.intervals import INTERVALS
from models.uncertainty import COEFFICIENTS
from models.uncertainty.fit import COVERAGE, coefficients, covered, u95_ms
from models.uncertainty.heart_rate import coverage, held_out
from models.uncertainty.light import RULES, LightAnswer, held, rows
from models.uncertainty.light import coefficients as light_coefficients
from models.uncertainty.rate_fit import rate_coefficients, rate_inputs, rate_u95_bpm, rr_coefficients, rr_u95_ms
from models.uncertainty.rate_windows import LEARNED, REGULAR, RateAnswer
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


def rate_answers(count: int, seed: int = 1) -> list[RateAnswer]:
    """Of 40 people: certain but for a beat too many beside a split interval, and for what was dropped."""
    random = np.random.default_rng(seed)
    found = []
    for n in range(count):
        uneven, lost = int(random.integers(0, 90)), int(random.integers(0, 80))
        own, split = int(random.random() < 0.1), int(random.random() < 0.05)
        dropped = int(random.integers(0, 30)) if random.random() < 0.1 else 0
        error = random.normal(0, 0.1) + (6.0 if split and not own else 0.0) + dropped / 10
        known = (uneven, lost, own, split, dropped)
        source = f"MIT-BIH, {LEARNED}"
        found.append(RateAnswer(f"mitdb/{n % 40}", source, CLEAN, REGULAR, known, float(error), float(error)))
    return found


def test_the_fit_of_rates_computes_what_the_firmware_does() -> None:
    some = rate_answers(200)
    firmware = [rate_u95(u, lost, bool(own), bool(split), drop) / 10 for u, lost, own, split, drop in
                (answer.known for answer in some)]  # fmt: skip
    assert rate_u95_bpm(some, RATE_Q8) == pytest.approx(firmware)
    assert rr_u95_ms(some, RR_Q8) == pytest.approx([rr_u95(*answer.known[:2]) for answer in some])


def test_a_part_of_the_file_is_replaced_and_the_others_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uncertainty, "COEFFICIENTS", tmp_path / "u95.json")
    (tmp_path / "u95.json").write_text('{"rates": {"rr": [1]}, "intervals": {"pr": [2]}}', encoding="utf-8")
    uncertainty.update_coefficients(rates={"rr": [3]})
    found = json.loads((tmp_path / "u95.json").read_text(encoding="utf-8"))
    assert found == {"rates": {"rr": [3]}, "intervals": {"pr": [2]}}


def test_the_coefficients_of_rates_that_ship_are_those_that_were_fitted() -> None:
    fitted = json.loads(COEFFICIENTS.read_text(encoding="utf-8"))["rates"]
    assert (tuple(fitted["heart_rate"]), tuple(fitted["rr"])) == (RATE_Q8, RR_Q8)


def test_rates_of_people_whom_the_coefficients_never_saw_are_covered() -> None:
    """A beat too many is refused, a dropped interval widens, and the others stay narrow."""
    some = rate_answers(1500)
    rate, rr = held_out(some)
    of = coverage(some, rate, rr)
    assert of.inside >= 0.93
    assert of.median_bpm <= 1.0
    split = np.array([bool(answer.known[3] and not answer.known[2] and answer.known[1] >= 20) for answer in some])
    assert (rate[split] * 10 > RATE_LIMIT_BPM_X10).mean() >= 0.9
    assert (rate[~split] * 10 > RATE_LIMIT_BPM_X10).mean() <= 0.6


def test_noise_beside_uneven_rr_counts_at_least_so_much() -> None:
    """Among recordings in which nothing was missed the fit alone would not count it at all."""
    coefficients_q8 = rate_coefficients(rate_answers(600))
    assert min(coefficients_q8) >= 0
    assert coefficients_q8[2] >= 256
    assert coefficients_q8[3] >= 256
    assert min(rr_coefficients(rate_answers(600))) >= 0
    assert rate_inputs(rate_answers(3)).shape == (3, len(RATE_Q8))


@pytest.mark.parametrize(
    "known", [(95, 80, 90, 60), (60, 80, 100, 20), (60, 80, 100, 45), (40, 80, 150, 95), (30, 0, 5, 90)]
)
def test_the_inputs_of_a_pulse_and_their_coefficients_are_the_firmwares(known: tuple[int, int, int, int]) -> None:
    rule = RULES["pulse_rate"]
    assert np.dot(rule.inputs(known), rule.firmware) == pytest.approx(pulse_u95(*known), abs=2.5)


def light_answers(seed: int) -> list[LightAnswer]:
    """Of eight people: pulses whose errors grow as their period repeats less."""
    random = np.random.default_rng(seed)
    found = []
    for n in range(800):
        strength = int(random.integers(40, 100))
        lack = (100 - strength) / 20
        found.append(
            LightAnswer(str(n % 8), "pulse_rate", (strength, 80, 80, 90), float(random.normal(0, 0.2 + lack / 2)))
        )
    return found


def test_a_fit_of_light_covers_people_it_never_saw() -> None:
    rule = RULES["pulse_rate"]
    inside, median, refused = held(light_answers(2), rule, light_coefficients(light_answers(1), rule))
    assert inside == pytest.approx(0.95, abs=0.02)
    assert 1 < median < 4
    assert refused < 0.1


def test_the_table_of_light_has_each_half_all_and_what_ships() -> None:
    pulses = light_answers(3)
    named = [(row[0], row[1]) for row in rows(pulses)]
    assert named == [(reading, name) for reading in RULES for name in
                    ("one half, on the other", "the other, on the one", "all, on all", "shipped, on all")]  # fmt: skip
