"""Sinus rhythm that is told from others by its P waves: breathing, fast, infants, exercise; and ectopic beats."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..ecg.rhythm import Beat, Heart, ectopic, paced_times, qt_of, sinus
from ..ecg.shapes import Shape, wide
from ..expectations.base import Expectation
from ..expectations.ecg_values import Interval, Rate
from ..expectations.ecg_windows import Finding, OnlyFindings
from ..situation import Situation
from .ecg_parts import DURATION_S, Draw, Person, channel, drawn, intervals_of, kinds_of, onsets, person, situation

#: The fastest heart whose PR must be given.
_FASTEST_PR_BPM = 150.0


def _sinus_arrhythmia(rng: np.random.Generator) -> Situation:
    one = person(rng, (56.0, 80.0), leads=("I", "II", "aVF", "V5", "V6"))
    rr_variation = float(rng.uniform(0.10, 0.20)) * min(1.0, 60 / one.bpm / 0.85)
    p = sinus(rng, DURATION_S, one.bpm, 0.008, rr_variation, float(rng.uniform(0.15, 0.3)))
    heart = Heart(p, one.beats(p))
    expectations = (Rate(onsets(heart)), kinds_of(heart), OnlyFindings(), *intervals_of(one))
    return Situation(channel(drawn(rng, heart, one.p)), expectations, f"{one.words}; RR +- {1e3 * rr_variation:.0f} ms")


def _fast(bpm: tuple[float, float], pr_s: tuple[float, float], qrs_s: tuple[float, float], has_p: bool = True) -> Draw:
    def make(rng: np.random.Generator) -> Situation:
        one = person(rng, bpm, pr_s=pr_s, qrs_s=qrs_s, qtc_s=(0.36, 0.40))
        p = sinus(rng, DURATION_S, one.bpm, 0.003)
        heart = Heart(p if has_p else np.empty(0), one.beats(p))
        names: tuple[str, ...] = ("qrs_ms",)
        expectations: list[Expectation] = [Rate(onsets(heart)), kinds_of(heart), OnlyFindings(("short_pr",))]
        if not has_p:
            expectations.append(Interval("pr_ms", None))
        elif one.bpm <= _FASTEST_PR_BPM:
            names = ("pr_ms", "qrs_ms", "qt_ms")
        expectations += intervals_of(one, names=names)
        return Situation(channel(drawn(rng, heart, one.p)), tuple(expectations), one.words)

    return make


def _exercise(rng: np.random.Generator) -> Situation:
    one = person(rng, (75.0, 90.0), pr_s=(0.115, 0.14), qrs_s=(0.07, 0.09))
    top, slope = float(rng.uniform(140, 170)), float(rng.uniform(2, 4))
    p = paced_times(0.3, DURATION_S, lambda at: 60 / min(one.bpm + slope * max(0.0, at - 4), top))
    rr = np.diff(p, append=p[-1] + 60 / top)
    beats = tuple(
        Beat(float(at) + one.pr_s, one.shape, qt_of(float(each), 0.38)) for at, each in zip(p, rr, strict=True)
    )
    heart = Heart(p, beats)
    expectations = (Rate(onsets(heart)), kinds_of(heart), OnlyFindings(("short_pr",)))
    return Situation(channel(drawn(rng, heart, one.p)), expectations, f"{one.words}; rises to {top:.0f}")


def _early_beat(rng: np.random.Generator, one: Person) -> Shape:
    """A ventricular beat in the lead of a person."""
    size = max(abs(wave.mv) for wave in one.shape.qrs)
    sign = float(rng.choice([-1.0, 1.0]))
    return wide(rng, float(rng.uniform(0.02, 0.07)), sign * size * float(rng.uniform(0.9, 1.6)), bool(rng.integers(2)))


def _ventricular(every: int) -> Draw:
    def make(rng: np.random.Generator) -> Situation:
        one = person(rng, (58.0, 82.0))
        p = sinus(rng, DURATION_S, one.bpm, 0.006)
        coupling = float(rng.uniform(0.55, 0.68))
        heart = ectopic(p, one.pr_s, one.shape, _early_beat(rng, one), one.qt_s, coupling, every, "V")
        expectations = (Rate(onsets(heart)), kinds_of(heart), OnlyFindings(("frequent_ectopy",)),
                        Finding(("frequent_ectopy",)), *intervals_of(one))  # fmt: skip
        return Situation(channel(drawn(rng, heart, one.p)), expectations, f"{one.words}; every {every}. ventricular")

    return make


def _atrial(rng: np.random.Generator) -> Situation:
    one = person(rng, (72.0, 85.0))
    every = int(rng.integers(3, 5))
    p = sinus(rng, DURATION_S, one.bpm, 0.006)
    heart = ectopic(p, one.pr_s, one.shape, one.shape, one.qt_s, float(rng.uniform(0.62, 0.74)), every, "S")
    expectations = (Rate(onsets(heart)), kinds_of(heart), OnlyFindings(("frequent_ectopy",)),
                    Finding(("frequent_ectopy",)), *intervals_of(one, required=False))  # fmt: skip
    return Situation(channel(drawn(rng, heart, one.p)), expectations, f"{one.words}; every {every}. atrial, early")


_MAKERS: tuple[tuple[str, Callable[[np.random.Generator], Situation]], ...] = (
    ("sinus_arrhythmia", _sinus_arrhythmia),
    ("sinus_100_150", _fast((105.0, 150.0), (0.115, 0.135), (0.075, 0.095))),
    ("sinus_150_180", _fast((150.0, 180.0), (0.095, 0.115), (0.07, 0.09))),
    ("infant_130_180", _fast((130.0, 180.0), (0.085, 0.105), (0.05, 0.065))),
    ("narrow_150_230_no_p", _fast((150.0, 230.0), (0.09, 0.10), (0.07, 0.09), has_p=False)),
    ("exercise", _exercise),
    ("bigeminy", _ventricular(2)),
    ("trigeminy", _ventricular(3)),
    ("atrial_ectopy", _atrial),
)
KINDS = tuple(situation(name, make) for name, make in _MAKERS)
