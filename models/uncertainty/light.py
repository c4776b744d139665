"""`python -m models.uncertainty.light`: the table of the pulse from light in `card.md`.

Coefficients that a quantile regression chooses on BIDMC, on each half of the people and on all, beside those of
dsp/ppg/uncertainty.py, which were set by hand beside such; and how many errors of the other people each holds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from unittest.mock import patch

import numpy as np

from firmware_sim.firmware.dsp.ppg import pulse, uncertainty
from models.common.command import takes_nothing
from models.common.manifest import data_root
from models.common.tables import replace, table
from models.evaluation.ppg.datasets import open_dataset
from models.evaluation.ppg.datasets.bidmc import Bidmc
from models.evaluation.ppg.uncertainty import Person

from . import CARD
from .fit import BITS, Floats, quantile_regression

_COVERAGE = 0.95
#: As dsp/ppg/uncertainty.py has them.
_CERTAIN_PERCENT, _DIFFERENT_PERCENT, _ONE_SHAPE_PERCENT, _MOST_DIFFERENCE = 92, 30, 50, 500


@dataclass(frozen=True)
class LightAnswer:
    """One reading: what its uncertainty is computed from, and its error, 1/min."""

    record: str
    reading: str
    known: tuple[int, ...]
    error: float


def pulse_inputs(known: Sequence[int]) -> tuple[float, ...]:
    """What `pulse_u95` is linear in: one, lack of the period's strength (%), difference of upstrokes (permille)."""
    strength, period, counted, agreement = known
    difference = float(_MOST_DIFFERENCE)
    if strength >= _CERTAIN_PERCENT:
        difference = 0.0
    elif period:
        difference = min(abs(counted - period) * 1000 / period, _MOST_DIFFERENCE)
        difference *= min(max(agreement - _DIFFERENT_PERCENT, 0), _ONE_SHAPE_PERCENT) / _ONE_SHAPE_PERCENT
    return 1.0, 100.0 - strength, difference


@dataclass(frozen=True)
class Rule:
    """One uncertainty: its inputs with their names, the firmware's coefficients (0.1/min), and its limit (0.1/min)."""

    inputs: Callable[[Sequence[int]], tuple[float, ...]]
    names: tuple[str, ...]
    firmware: tuple[float, ...]
    limit_x10: int


RULES = {
    "pulse_rate": Rule(
        pulse_inputs, ("one", "strength", "difference"), (5, 5 / 8, 11 / 10), uncertainty.PULSE_LIMIT_X10
    ),
}


def answers_of(record: str) -> list[LightAnswer]:
    """Of one recording: every second's readings, whatever their uncertainty."""
    noted: dict[str, tuple[int, ...]] = {}

    def note(reading: str, known: tuple[int, ...]) -> int:
        noted[reading] = known
        return 1

    person = Person(open_dataset(Bidmc.name, data_root()).folder, record)
    with patch.object(pulse, "pulse_u95", lambda *known: note("pulse_rate", known)):
        return [LightAnswer(of, reading, noted[reading], error) for of, reading, error, _ in person.answers()]


def coefficients(answers: Sequence[LightAnswer], rule: Rule) -> list[float]:
    """Chosen on these answers (0.1/min); people count alike, errors beyond the limit as the limit."""
    rows = np.array([rule.inputs(answer.known) for answer in answers])
    errors = np.minimum(10 * np.abs([answer.error for answer in answers]), rule.limit_x10)
    of = Counter(answer.record for answer in answers)
    by = np.array([1 / of[answer.record] for answer in answers])
    return [each / (1 << BITS) for each in quantile_regression(rows, errors, by / by.mean(), _COVERAGE)]


def held(answers: Sequence[LightAnswer], rule: Rule, by: Sequence[float]) -> tuple[float, float, float]:
    """Part inside and median uncertainty (1/min) of those within the limit, and part beyond it."""
    u95: Floats = np.array([rule.inputs(answer.known) for answer in answers]) @ np.array(by)
    kept = u95 <= rule.limit_x10
    inside = 10 * np.abs([answer.error for answer in answers]) <= u95
    return float(inside[kept].mean()), float(np.median(u95[kept])) / 10, float((~kept).mean())


def rows(answers: Sequence[LightAnswer]) -> Iterator[list[str]]:
    """Of each reading: as chosen on each half and on all, and as shipped."""
    records = list(dict.fromkeys(answer.record for answer in answers))
    halves = (records[::2], records[1::2])
    for reading, rule in RULES.items():
        of = [answer for answer in answers if answer.reading == reading]
        parts = [[answer for answer in of if answer.record in half] for half in halves]
        for name, chosen_on, judged in (
            ("one half, on the other", parts[0], parts[1]),
            ("the other, on the one", parts[1], parts[0]),
            ("all, on all", of, of),
        ):
            yield _row(reading, name, rule, coefficients(chosen_on, rule), judged)
        yield _row(reading, "shipped, on all", rule, rule.firmware, of)


def _row(reading: str, name: str, rule: Rule, by: Sequence[float], answers: Sequence[LightAnswer]) -> list[str]:
    inside, median, refused = held(answers, rule, by)
    listed = ", ".join(f"{name} {each:.3g}" for name, each in zip(rule.names, by, strict=True))
    return [reading, name, listed, str(len(answers)), f"{100 * inside:.1f}", f"{median:.1f}", f"{100 * refused:.1f}"]


def main() -> None:
    """Read all and write the table."""
    takes_nothing(__doc__)
    with ProcessPoolExecutor() as pool:
        found = [each for of in pool.map(answers_of, open_dataset(Bidmc.name, data_root()).records()) for each in of]
    head = ["reading", "chosen on", "coefficients, 0.1/min", "n", "inside %", "median ± 1/min", "refused %"]
    replace(CARD, "light", table(head, rows(found)))


if __name__ == "__main__":
    main()
