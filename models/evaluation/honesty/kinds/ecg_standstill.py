"""The ventricles stand still: at the end, in the middle, twice, with P waves that go on, with wander."""

from __future__ import annotations

import numpy as np

from ..ecg.rhythm import without
from ..ecg.trace import times
from ..expectations.base import Expectation
from ..expectations.ecg_beats import NoBeats
from ..expectations.ecg_values import Rate
from ..expectations.ecg_windows import STANDSTILL, Finding, OnlyFindings, Spans
from ..noise import wander
from ..situation import Situation
from .ecg_parts import FS, Draw, channel, drawn, kinds_of, onsets, person, situation

#: Seconds without a complex from which a pause must be reported, and from which asystole.
PAUSE_S, ASYSTOLE_S = 3.0, 5.0
_RATES = (45.0, 130.0)


def _stops(
    rng: np.random.Generator, spans: Spans, duration_s: float, atria: bool, wander_mv: float = 0.0
) -> Situation:  # fmt: skip
    """Sinus rhythm without complexes in `spans`, and without P waves there unless `atria`."""
    one = person(rng, _RATES)
    heart = one.heart(rng, duration_s)
    for begin, end in spans:
        heart = without(heart, begin, end, atria=not atria)
    trace = drawn(rng, heart, one.p, duration_s)
    trace += wander(rng, times(duration_s, FS), wander_mv, float(rng.uniform(0.1, 0.4)))
    beats = onsets(heart)
    gaps = tuple((max(b for b in beats if b < begin), min([b for b in beats if b >= end], default=duration_s))
                 for begin, end in spans)  # fmt: skip
    ends = [0.0, *(end for _, end in gaps)]
    beating = tuple((begin, gap[0]) for begin, gap in zip(ends, gaps, strict=False))
    beating += ((ends[-1], duration_s),) if ends[-1] < duration_s else ()
    more = ("p_without_qrs", "av_block_second_degree", "av_block_complete") if atria else ()
    expectations = (*_expected(gaps), Rate(beats, gaps), kinds_of(heart), OnlyFindings((*STANDSTILL, *more)),
                    OnlyFindings(spans=beating))  # fmt: skip
    words = ", ".join(f"{begin:.1f} to {end:.1f} s" for begin, end in gaps)
    return Situation(channel(trace), expectations, f"{one.words}; no complex from {words}")


def _expected(gaps: Spans) -> list[Expectation]:
    """What is expected between the complexes at the ends of each gap."""
    found: list[Expectation] = []
    for begin, end in gaps:
        found.append(NoBeats(((begin + 0.35, end - 0.15),)))
        found.append(Finding(STANDSTILL, ((begin + PAUSE_S, end),), each=True))
        if end - begin > ASYSTOLE_S + 1:
            found.append(Finding(("asystole",), ((begin + ASYSTOLE_S, end),)))
    return found


def _at_end(atria: bool, wander_mv: tuple[float, float] = (0.0, 0.0)) -> Draw:
    def make(rng: np.random.Generator) -> Situation:
        begin = float(rng.uniform(12, 24))
        duration = begin + float(rng.uniform(11, 26))
        return _stops(rng, ((begin, duration + 1),), duration, atria, float(rng.uniform(*wander_mv)))

    return make


def _in_middle(atria: bool, length_s: tuple[float, float]) -> Draw:
    def make(rng: np.random.Generator) -> Situation:
        begin = float(rng.uniform(8, 18))
        return _stops(rng, ((begin, begin + float(rng.uniform(*length_s))),), 50.0, atria)

    return make


def _twice(rng: np.random.Generator) -> Situation:
    first, second = float(rng.uniform(8, 14)), float(rng.uniform(33, 38))
    spans = ((first, first + float(rng.uniform(6, 12))), (second, second + float(rng.uniform(6, 12))))
    return _stops(rng, spans, 62.0, atria=bool(rng.integers(2)))


KINDS = (
    situation("standstill_end", _at_end(atria=False)),
    situation("standstill_end_p_waves", _at_end(atria=True)),
    situation("standstill_middle", _in_middle(False, (6.5, 16.0))),
    situation("standstill_middle_p_waves", _in_middle(True, (6.5, 16.0))),
    situation("standstill_twice", _twice),
    situation("standstill_wander", _at_end(atria=False, wander_mv=(0.3, 1.5))),
    situation("pause", _in_middle(False, (3.2, 4.4))),
)
