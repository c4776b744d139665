"""`python -m models.uncertainty.heart_rate`: coefficients of heart rate and RR in `u95.json`, their table in `card.md`.

Coefficients for the table are chosen on the people of the other folds; those that ship, on all.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import NamedTuple

import numpy as np

from firmware_sim.firmware.dsp.ecg.uncertainty import RATE_LIMIT_BPM_X10
from models.common.command import takes_nothing
from models.common.tables import replace, table

from . import CARD, update_coefficients
from .fit import Floats
from .rate_fit import rate_coefficients, rate_u95_bpm, rr_coefficients, rr_u95_ms
from .rate_windows import RULES, RateAnswer, bidmc_answers, bidmc_records, mitdb_answers, mitdb_records
from .windows import CLEAN

#: Refused beyond, beats a minute.
LIMIT_BPM = RATE_LIMIT_BPM_X10 / 10
#: Rates are told in tenths, RR in milliseconds at 250 samples/s.
_ROUNDING_BPM, _ROUNDING_MS = 0.05, 4.0


def collect() -> list[RateAnswer]:
    """Answers about all recordings."""
    with ProcessPoolExecutor() as pool:
        of_records = [*pool.map(mitdb_answers, mitdb_records()), *pool.map(bidmc_answers, bidmc_records())]
    return [answer for found in of_records for answer in found]


def held_out(answers: Sequence[RateAnswer]) -> tuple[Floats, Floats]:
    """Expanded uncertainties of heart rate (bpm) and RR (ms), by coefficients chosen on the people of other folds."""
    rate, rr = np.zeros(len(answers)), np.zeros(len(answers))
    folds = np.array([answer.fold for answer in answers])
    for fold in dict.fromkeys(folds.tolist()):
        others = shipped([answer for answer, of in zip(answers, folds, strict=True) if of != fold])
        of_fold = [answer for answer, of in zip(answers, folds, strict=True) if of == fold]
        rate[folds == fold] = rate_u95_bpm(of_fold, rate_coefficients(others))
        rr[folds == fold] = rr_u95_ms(of_fold, rr_coefficients(others))
    return rate, rr


def shipped(answers: Sequence[RateAnswer]) -> list[RateAnswer]:
    """Those that coefficients are chosen on: of a device with networks."""
    return [answer for answer in answers if not answer.source.endswith(RULES)]


class Coverage(NamedTuple):
    """Of one group of windows: heart rate, and RR of those whose rate is not refused."""

    people: int
    windows: int
    inside: float
    median_bpm: float
    refused: float
    rr_inside: float
    median_ms: float


def coverage(answers: Sequence[RateAnswer], rate_bpm: Floats, rr_ms: Floats) -> Coverage:
    """Windows count alike; what is refused is not counted as inside or outside."""
    kept = rate_bpm <= LIMIT_BPM
    rate = np.abs([answer.error_bpm for answer in answers]) <= rate_bpm + _ROUNDING_BPM
    rr = np.abs([answer.error_rr_ms for answer in answers]) <= rr_ms + _ROUNDING_MS
    people = len({answer.record for answer in answers})
    return Coverage(
        people,
        len(answers),
        float(rate[kept].mean()),
        float(np.median(rate_bpm[kept])),
        float((~kept).mean()),
        float(rr[kept].mean()),
        float(np.median(rr_ms[kept])),
    )


def groups(answers: Sequence[RateAnswer]) -> Iterator[tuple[str, list[int]]]:
    """Name and positions: all, by source and noise, and by rhythm where there are several."""
    yield "all with networks", [i for i, answer in enumerate(answers) if not answer.source.endswith(RULES)]
    for source, noise in dict.fromkeys((answer.source, answer.noise) for answer in answers):
        of = [i for i, answer in enumerate(answers) if (answer.source, answer.noise) == (source, noise)]
        name = source if noise == CLEAN else f"{source}, {noise}"
        yield name, of
        rhythms = list(dict.fromkeys(answers[i].rhythm for i in of))
        for rhythm in rhythms if len(rhythms) > 1 else ():
            yield f"{name}: {rhythm}", [i for i in of if answers[i].rhythm == rhythm]


def write(answers: Sequence[RateAnswer]) -> None:
    """Fit, and write everything."""
    rate, rr = held_out(answers)
    head = [
        "windows of ten seconds",
        "people",
        "n",
        "inside %",
        "median ± bpm",
        "refused %",
        "RR inside %",
        "median ± ms",
    ]
    cells = []
    for name, chosen in groups(answers):
        of = coverage([answers[i] for i in chosen], rate[chosen], rr[chosen])
        cells.append([name, str(of.people), str(of.windows), f"{100 * of.inside:.1f}", f"{of.median_bpm:.1f}",
                      f"{100 * of.refused:.1f}", f"{100 * of.rr_inside:.1f}", f"{of.median_ms:.0f}"])  # fmt: skip
    chosen_on = shipped(answers)
    update_coefficients(rates={"heart_rate": rate_coefficients(chosen_on), "rr": rr_coefficients(chosen_on)})
    replace(CARD, "heart rate", table(head, cells))


if __name__ == "__main__":
    takes_nothing(__doc__)
    write(collect())
