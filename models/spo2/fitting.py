"""A calibration curve by least squares, and how far it errs on people whom it never saw."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .curve import Curve
from .errors import CalibrationError
from .pairs import Pair
from .people import Study, study_of

FloatArray = NDArray[np.float64]
DEGREES = {"line": 1, "quadratic": 2}
#: What a study must have for its curve to count as calibrated (ISO 80601-2-61): people, pairs, lowest and highest
#: reference up to which and from which on there must be pairs, Arms (%).
PEOPLE, PAIRS, LOW_PERCENT, HIGH_PERCENT, ARMS_PERCENT = 10, 200, 73.0, 97.0, 4.0
_RESAMPLED = 2000
_COVERAGE = (2.5, 97.5)
#: Fewest people that say anything about others.
_FEWEST_RESAMPLED = 3


def calibrate(pairs: Sequence[Pair], form: str, seed: int = 1, *, recorded: bool = False) -> dict[str, Any]:
    """Coefficients, Arms and bias on the pairs themselves and left one person out, what was covered, what lacks.

    Names that differ in case or marks only, and people with mostly the same pairs, are one person, and a pair that is
    there again counts once, but where each is `recorded`: a measurement of its own, whatever it says. One person alone
    is left out pair by pair. Intervals (95 %) are of people drawn again with `seed`, None for fewer than three. Raises
    CalibrationError where the pairs give no curve.
    """
    degree = DEGREES[form]
    study = Study(tuple(pairs), {}, {}, 0) if recorded else study_of(pairs)
    ratios, references, people, owners = _arrays(study)
    again = f" ({study.repeated} that were there before do not count)" if study.repeated else ""
    fitted = _fit(ratios, references, degree, f"there{again}")
    _check_falls(fitted, ratios)
    groups = owners if len(people) > 1 else np.arange(len(ratios))
    left_out = np.empty(len(ratios))
    for group in np.unique(groups):
        out = groups == group
        name = f"person {people[group]}" if len(people) > 1 else f"pair {group + 1}"
        left_out[out] = _at(_fit(ratios[~out], references[~out], degree, f"without {name}"), ratios[out])
    found = {
        "form": form,
        "people": len(people),
        "pairs": len(ratios),
        "spellings": {name: list(others) for name, others in study.spellings.items()},
        "copies": {name: list(others) for name, others in study.copies.items()},
        "repeated": study.repeated,
        "ratio": [round(float(ratios.min()), 3), round(float(ratios.max()), 3)],
        "reference": [float(references.min()), float(references.max())],
        "coefficients_percent": [round(float(value), 4) for value in fitted],
        "fitted": _figures(_at(fitted, ratios) - references, owners, seed),
        "left_out": {"by": "person" if len(people) > 1 else "pair", **_figures(left_out - references, owners, seed)},
    }
    return {**found, "lacks": lacks(found)}


def judge(pairs: Sequence[Pair], curve: Curve, seed: int = 1) -> dict[str, Any]:
    """Arms and bias of a curve that is there already, on the same pairs of the same people."""
    ratios, references, _, owners = _arrays(study_of(pairs))
    return _figures(np.array([curve.percent(ratio) for ratio in ratios]) - references, owners, seed)


def _arrays(study: Study) -> tuple[FloatArray, FloatArray, list[str], NDArray[np.int64]]:
    """Ratios, references, the people, and whose each pair is."""
    people, owners = np.unique([pair.person for pair in study.pairs], return_inverse=True)
    ratios, references = (np.array([getattr(pair, name) for pair in study.pairs]) for name in ("ratio", "reference"))
    return ratios, references, [str(name) for name in people], owners


def lacks(found: dict[str, Any]) -> list[str]:
    """What a study of a device would have beyond this one; nothing: the curve is calibrated."""
    low, high = found["reference"]
    arms = found["left_out"]["arms"]
    checks = (
        (found["people"] >= PEOPLE, f"{found['people']} of {PEOPLE} people"),
        (found["pairs"] >= PAIRS, f"{found['pairs']} of {PAIRS} pairs"),
        (low <= LOW_PERCENT and high >= HIGH_PERCENT, f"{low:g} to {high:g} % of 70 to 100 %"),
        (arms <= ARMS_PERCENT, f"Arms {arms:.2f} % over {ARMS_PERCENT:g} %"),
    )
    return [what for there, what in checks if not there]


def _fit(ratios: FloatArray, references: FloatArray, degree: int, where: str) -> FloatArray:
    """(a, b, c), the constant first; raises CalibrationError for too few pairs or ratios."""
    if len(ratios) < 2 * (degree + 1) or len(np.unique(ratios)) <= degree:
        different = len(np.unique(ratios))
        raise CalibrationError(f"too few pairs {where}: {len(ratios)} with {different} different ratios")
    terms = np.vander(ratios, degree + 1, increasing=True)
    solved = np.linalg.lstsq(terms, references, rcond=None)[0]
    return np.pad(solved, (0, 2 - degree))


def _at(fitted: FloatArray, ratios: FloatArray) -> FloatArray:
    return np.asarray(fitted[0] + (fitted[1] + fitted[2] * ratios) * ratios, np.float64)


def _check_falls(fitted: FloatArray, ratios: FloatArray) -> None:
    slopes = fitted[1] + 2 * fitted[2] * np.array([ratios.min(), ratios.max()])
    if (slopes >= 0).any():
        raise CalibrationError(
            f"SpO2 would rise with the ratio ({slopes.max():+.1f} % a unit of it): are red and infrared swapped, or "
            "the references another recording's?"
        )


def _figures(errors: FloatArray, owners: NDArray[np.int64], seed: int) -> dict[str, Any]:
    """Arms and bias with their intervals."""
    n = int(owners.max()) + 1
    squares = np.bincount(owners, errors**2, n)
    sums, counts = np.bincount(owners, errors, n), np.bincount(owners, minlength=n)
    found: dict[str, Any] = {
        "arms": round(float(np.sqrt(squares.sum() / counts.sum())), 3),
        "bias": round(float(sums.sum() / counts.sum()), 3),
        "arms_95": None,
        "bias_95": None,
    }
    if n >= _FEWEST_RESAMPLED:
        drawn = np.random.default_rng(seed).integers(0, n, (_RESAMPLED, n))
        size = counts[drawn].sum(axis=1)
        for name, values in (
            ("arms_95", np.sqrt(squares[drawn].sum(axis=1) / size)),
            ("bias_95", sums[drawn].sum(axis=1) / size),
        ):
            found[name] = [round(float(value), 3) for value in np.percentile(values, _COVERAGE)]
    return found
