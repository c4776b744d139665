"""AV block: first degree, Wenckebach, Mobitz, 2:1 and more, complete, and single blocked P waves."""

from __future__ import annotations

import numpy as np

from ..ecg.rhythm import Beat, Heart, at_times, conduct_groups, conduct_one_in, paced_times, sinus
from ..ecg.shapes import wide
from ..expectations.ecg_values import Interval, Rate
from ..expectations.ecg_windows import Finding, OnlyFindings
from ..situation import Situation
from .ecg_parts import DURATION_S, Draw, channel, drawn, intervals_of, kinds_of, onsets, person, situation

#: Names under which P waves without a complex may be reported.
BLOCKED = ("av_block_second_degree", "p_without_qrs")
ANY_BLOCK = (*BLOCKED, "av_block_complete")


def _wenckebach(rng: np.random.Generator) -> Situation:
    one = person(rng, (62.0, 88.0))
    conducted = int(rng.integers(2, 5))
    steps = np.cumsum([0.0, *(float(rng.uniform(0.05, 0.09)) * 0.6**k for k in range(conducted - 1))])
    prs = [float(rng.uniform(0.17, 0.21)) + float(step) for step in steps]
    p = sinus(rng, DURATION_S, one.bpm, 0.004)
    heart = Heart(p, conduct_groups(p, prs, one.shape, one.qt_s))
    expectations = (
        Rate(onsets(heart)), kinds_of(heart), Finding(BLOCKED), Interval("pr_ms", None),
        OnlyFindings((*BLOCKED, "first_degree_av_block")), *intervals_of(one, names=("qrs_ms", "qt_ms")),
    )  # fmt: skip
    words = ", ".join(f"{1e3 * pr:.0f}" for pr in prs)
    return Situation(channel(drawn(rng, heart, one.p)), expectations, f"P {one.bpm:.0f}/min, PR {words}, blocked")


def _fixed(ratio: int, bpm: tuple[float, float]) -> Draw:
    def make(rng: np.random.Generator) -> Situation:
        one = person(rng, bpm)
        p = sinus(rng, DURATION_S, one.bpm, 0.004)
        heart = Heart(p, conduct_one_in(p, ratio, one.pr_s, one.shape, one.qt_s * ratio ** (1 / 3)))
        names = ("pr_ms", "qrs_ms")
        pauses = ("pause",) if ratio * 60 / one.bpm > 1.95 else ()
        expectations = (Rate(onsets(heart)), kinds_of(heart), Finding(ANY_BLOCK), OnlyFindings((*ANY_BLOCK, *pauses)),
                        *intervals_of(one, required=False, names=names))  # fmt: skip
        return Situation(channel(drawn(rng, heart, one.p)), expectations, f"P {one.bpm:.0f}/min, {ratio}:1")

    return make


def _blocked_p(rng: np.random.Generator) -> Situation:
    one = person(rng, (60.0, 85.0))
    p = sinus(rng, DURATION_S, one.bpm, 0.006)
    every = int(rng.integers(5, 9))
    beats = tuple(beat for k, beat in enumerate(one.beats(p)) if k % every != every - 1)
    heart = Heart(p, beats)
    expectations = (Rate(onsets(heart)), kinds_of(heart), Finding(BLOCKED), OnlyFindings((*BLOCKED, "pause")),
                    *intervals_of(one))  # fmt: skip
    return Situation(channel(drawn(rng, heart, one.p)), expectations, f"{one.words}; every {every}. P blocked")


def _complete(is_wide: bool) -> Draw:
    def make(rng: np.random.Generator) -> Situation:
        one = person(rng, (68.0, 105.0))
        p = sinus(rng, DURATION_S, one.bpm, 0.008)
        rate = float(rng.uniform(27, 38) if is_wide else rng.uniform(38, 48))
        size = max(abs(wave.mv) for wave in one.shape.qrs)
        shape = wide(rng, float(rng.uniform(0.03, 0.06)), size) if is_wide else one.shape
        times = paced_times(float(rng.uniform(0.1, 0.9)), DURATION_S, lambda at: 60 / rate)
        qt = 0.46 + shape.qrs_s - 0.09
        heart = Heart(p, at_times(times, shape, qt, "V" if is_wide else "N"))
        more = ("pause", "wide_qrs", "long_qtc", "frequent_ectopy") if is_wide else ()
        expectations = (Rate(onsets(heart)), kinds_of(heart, "NV"), Finding(ANY_BLOCK), Interval("pr_ms", None),
                        OnlyFindings((*ANY_BLOCK, *more)))  # fmt: skip
        about = f"P {one.bpm:.0f}/min, {'wide' if is_wide else 'narrow'} escapes {rate:.0f}/min"
        return Situation(channel(drawn(rng, heart, one.p)), expectations, about)

    return make


def _first_degree(rng: np.random.Generator) -> Situation:
    one = person(rng, (55.0, 80.0), pr_s=(0.225, 0.30), qtc_s=(0.375, 0.41))
    heart = one.heart(rng)
    names = ("first_degree_av_block",)
    expectations = (Rate(onsets(heart)), kinds_of(heart), Finding(names), OnlyFindings(names), *intervals_of(one))
    return Situation(channel(drawn(rng, heart, one.p)), expectations, one.words)


def _blocked_early_p(rng: np.random.Generator) -> Situation:
    """Early P waves that are not conducted reset the sinus node: pauses without block."""
    one = person(rng, (60.0, 80.0))
    rr = 60 / one.bpm
    p: list[float] = []
    beats: list[Beat] = []
    at = float(rng.uniform(0, 0.5))
    every = int(rng.integers(4, 8))
    while at < DURATION_S:
        p.append(at)
        beats.append(Beat(at + one.pr_s, one.shape, one.qt_s))
        if len(beats) % every == 0:
            # within the refractory time, near the end of T
            p.append(at + one.pr_s + one.qt_s + 0.02)
            at = p[-1]
        at += rr
    heart = Heart(np.array(p), tuple(beats))
    expectations = (Rate(onsets(heart)), kinds_of(heart), OnlyFindings(BLOCKED), *intervals_of(one, required=False))
    return Situation(channel(drawn(rng, heart, one.p)), expectations, f"{one.words}; blocked early P")


KINDS = (
    situation("first_degree_block", _first_degree),
    situation("wenckebach", _wenckebach),
    situation("block_2_to_1", _fixed(2, (70.0, 110.0))),
    situation("block_3_to_1", _fixed(3, (80.0, 115.0))),
    situation("blocked_p", _blocked_p),
    situation("blocked_early_p", _blocked_early_p),
    situation("complete_block_narrow", _complete(is_wide=False)),
    situation("complete_block_wide", _complete(is_wide=True)),
)
