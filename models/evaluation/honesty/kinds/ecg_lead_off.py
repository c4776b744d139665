"""The lead is off for a while: level, rail, mains, jump, NaN, open input; anywhere, for any time."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ...core.dataset import FloatArray
from ..ecg.trace import times
from ..expectations.ecg_beats import NoBeats
from ..expectations.ecg_values import Rate
from ..expectations.ecg_windows import Nothing, OnlyFindings, Reason, Spans
from ..noise import coloured, mains, white
from ..situation import Situation
from .ecg_parts import FS, Draw, channel, drawn, intervals_of, kinds_of, onsets, person, situation

#: Reasons that say that there is no signal.
NO_SIGNAL = ("lead_off", "no_signal", "noise", "saturated", "mains")
_DURATION_S = 60.0
_MAINS_HZ = (50.0, 60.0)
#: Filters may take this long behind a gap, and a jump until it has faded.
_SETTLE_S = 1.5
Off = Callable[[np.random.Generator, FloatArray], FloatArray]


def level(rng: np.random.Generator, t: FloatArray) -> FloatArray:
    """The converter's level, and at most one step of noise."""
    return float(rng.uniform(-0.5, 0.5)) + white(rng, len(t), float(rng.uniform(0, 0.0004)))


def rail(rng: np.random.Generator, t: FloatArray) -> FloatArray:
    """Beyond the range of the converter."""
    return np.full(len(t), float(rng.choice([-1.0, 1.0])) * float(rng.uniform(420, 3000)))


def recorded_rail(rng: np.random.Generator, t: FloatArray) -> FloatArray:
    """The rail of another recorder: level, far from the signal."""
    return np.full(len(t), float(rng.choice([-1.0, 1.0])) * float(rng.uniform(5, 35)))


def hum(rng: np.random.Generator, t: FloatArray) -> FloatArray:
    """An open input that picks up mains."""
    return mains(rng, t, float(rng.choice(_MAINS_HZ)), float(np.exp(rng.uniform(np.log(0.3), np.log(6)))))


def jump(rng: np.random.Generator, t: FloatArray) -> FloatArray:
    """An electrode's jump from which the amplifier recovers."""
    height = float(rng.choice([-1.0, 1.0])) * float(rng.uniform(1.5, 12))
    faded = np.exp(-(t - t[0]) / float(rng.uniform(0.6, 2.0)))
    return np.asarray(height * faded + white(rng, len(t), 0.002))


def nan(rng: np.random.Generator, t: FloatArray) -> FloatArray:
    """No sample."""
    return np.full(len(t), np.nan)


def drift(rng: np.random.Generator, t: FloatArray) -> FloatArray:
    """An open input that drifts, with mains and noise."""
    slow = coloured(rng, len(t), float(rng.uniform(2, 15)), 2.0)
    return slow + mains(rng, t, float(rng.choice(_MAINS_HZ)), float(rng.uniform(0.2, 2))) + white(rng, len(t), 0.05)


def _with_gaps(rng: np.random.Generator, spans: Spans, off: Off) -> Situation:
    one = person(rng)
    heart = one.heart(rng, _DURATION_S)
    t = times(_DURATION_S, FS)
    trace = drawn(rng, heart, one.p, _DURATION_S)
    for begin, end in spans:
        inside = (t >= begin) & (t < end)
        trace[inside] = off(rng, t[inside])
    kept = tuple(beat for beat in onsets(heart) if not any(begin - 0.1 <= beat < end for begin, end in spans))
    settled = tuple((begin, end + _SETTLE_S) for begin, end in spans)
    expectations = (
        Rate(kept, spans, margin_s=_SETTLE_S), NoBeats(tuple((begin + 0.1, end - 0.1) for begin, end in spans)),
        OnlyFindings(), Nothing(spans), Reason(NO_SIGNAL, spans), *intervals_of(one),
        kinds_of(heart, holes=settled),
    )  # fmt: skip
    words = ", ".join(f"{begin:.1f} to {end:.1f} s" for begin, end in spans)
    return Situation(channel(trace), expectations, f"{one.words}; lead off {words}")


def _once(off: Off, length_s: tuple[float, float] = (2.5, 30.0)) -> Draw:
    def make(rng: np.random.Generator) -> Situation:
        length = float(np.exp(rng.uniform(*np.log(length_s))))
        begin = float(rng.uniform(8, 25))
        return _with_gaps(rng, ((begin, begin + length),), off)

    return make


def _any_off(rng: np.random.Generator) -> Off:
    choice: Off = (level, recorded_rail, hum, nan)[int(rng.integers(4))]
    return choice


def _at_start(rng: np.random.Generator) -> Situation:
    return _with_gaps(rng, ((0.0, float(rng.uniform(3, 25))),), _any_off(rng))


def _at_end(rng: np.random.Generator) -> Situation:
    return _with_gaps(rng, ((float(rng.uniform(20, 45)), _DURATION_S + 1),), _any_off(rng))


def _loose(rng: np.random.Generator) -> Situation:
    begins = np.sort(rng.uniform(5, 50, int(rng.integers(2, 5))))
    spans = [(float(begin), float(begin + rng.uniform(0.8, 3.0))) for begin in begins]
    kept = [span for k, span in enumerate(spans) if k == 0 or span[0] > spans[k - 1][1] + 2]
    return _with_gaps(rng, tuple(kept), _any_off(rng))


KINDS = (
    situation("lead_off_level", _once(level)),
    situation("lead_off_rail", _once(rail)),
    situation("lead_off_recorded_rail", _once(recorded_rail)),
    situation("lead_off_mains", _once(hum)),
    situation("lead_off_jump", _once(jump, (3.0, 8.0))),
    situation("lead_off_nan", _once(nan)),
    situation("lead_off_open", _once(drift)),
    situation("lead_off_at_start", _at_start),
    situation("lead_off_at_end", _at_end),
    situation("lead_off_loose", _loose),
)
