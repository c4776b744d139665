"""Interference on a good ECG: mains, muscle noise, low sampling rates, noise before the first beat."""

from __future__ import annotations

import numpy as np

from ..ecg.trace import times
from ..expectations.base import Expectation
from ..expectations.ecg_beats import NoBeats
from ..expectations.ecg_values import AsClean, Rate
from ..expectations.ecg_windows import OnlyFindings, Spans
from ..noise import band, gate, mains, random_spans, wander, white
from ..situation import Situation
from .ecg_parts import DURATION_S, FS, Draw, channel, drawn, intervals_of, kinds_of, onsets, person, situation

#: How far an interval may lie from that of the clean record, ms.
_AS_CLEAN_MS = 8.0
#: From this amplitude on (mV) a record with mains may be refused.
_REQUIRED_MV = 0.2
#: Findings of a lead on which nothing was seen yet.
_BEFORE = ("pause", "asystole")


def _hum(hz: float, mv: tuple[float, float]) -> Draw:
    def make(rng: np.random.Generator) -> Situation:
        one = person(rng)
        heart = one.heart(rng)
        trace = drawn(rng, heart, one.p)
        amplitude = float(np.exp(rng.uniform(*np.log(mv))))
        disturbed = trace + mains(rng, times(DURATION_S, FS), hz, amplitude)
        expectations = (Rate(onsets(heart), required=amplitude <= _REQUIRED_MV), AsClean(_AS_CLEAN_MS),
                        kinds_of(heart), OnlyFindings())  # fmt: skip
        about = f"{one.words}; {hz:.0f} Hz of {amplitude:.2f} mV"
        return Situation(channel(disturbed), expectations, about, clean=channel(trace))

    return make


def _low_rate(rng: np.random.Generator) -> Situation:
    one = person(rng)
    heart = one.heart(rng)
    trace = drawn(rng, heart, one.p, fs=1000.0)
    # every `step`-th sample of a rate without aliases
    step = int(rng.integers(11, 21))
    fs = 1000.0 / step
    spectrum = np.fft.rfft(trace)
    spectrum[np.fft.rfftfreq(len(trace), 1e-3) > 0.45 * fs] = 0.0
    low = np.fft.irfft(spectrum, len(trace))[::step]
    expectations = (Rate(onsets(heart), required=False), AsClean(_AS_CLEAN_MS), OnlyFindings())
    return Situation(channel(low, fs), expectations, f"{one.words}; {fs:.1f} samples/s", clean=channel(trace, 1000.0))


def _before(level_uv: tuple[float, float]) -> Draw:
    """Level or noise before the electrodes are on."""

    def make(rng: np.random.Generator) -> Situation:
        duration = 60.0
        one = person(rng)
        heart = one.heart(rng, duration)
        begin, t = float(rng.uniform(8, 28)), times(duration, FS)
        noise = white(rng, len(t), 1e-3 * float(rng.uniform(*level_uv)))
        trace = np.where(t < begin, noise, drawn(rng, heart, one.p, duration))
        holes: Spans = ((0.0, begin),)
        kept = tuple(onset for onset in onsets(heart) if onset >= begin)
        expectations: tuple[Expectation, ...] = (
            Rate(kept, holes), NoBeats(((0.0, begin - 0.05),)), kinds_of(heart, holes=holes),
            OnlyFindings(_BEFORE), OnlyFindings(spans=((begin, duration),)), *intervals_of(one),
        )  # fmt: skip
        return Situation(channel(trace), expectations, f"{one.words} from {begin:.1f} s on")

    return make


def _bursts(rng: np.random.Generator) -> Situation:
    """Muscle noise now and then; the rate is right or refused, no finding comes from it."""
    one = person(rng)
    heart, t = one.heart(rng), times(DURATION_S, FS)
    spans = random_spans(rng, DURATION_S, (2, 8), (4, 12))
    rms = float(rng.uniform(0.1, 0.35))
    trace = drawn(rng, heart, one.p) + band(rng, len(t), FS, rms, 15, 110) * gate(t, spans)
    expectations = (Rate(onsets(heart), tuple(spans)), OnlyFindings())
    return Situation(channel(trace), expectations, f"{one.words}; bursts of {rms:.2f} mV RMS")


def _pops(rng: np.random.Generator) -> Situation:
    """Electrode steps that fade, now and then."""
    one = person(rng)
    heart, t = one.heart(rng), times(DURATION_S, FS)
    trace = drawn(rng, heart, one.p)
    at = rng.uniform(2, DURATION_S - 2, int(rng.integers(4, 10)))
    for begin in at:
        height = float(rng.choice([-1, 1])) * float(rng.uniform(0.3, 2.0))
        trace += np.where(t >= begin, height * np.exp(-np.maximum(t - begin, 0) / float(rng.uniform(0.1, 0.5))), 0.0)
    spans: Spans = tuple((float(each) - 0.3, float(each) + 1.0) for each in at)
    expectations = (Rate(onsets(heart), spans, margin_s=0.0), OnlyFindings())
    return Situation(channel(trace), expectations, f"{one.words}; {len(at)} electrode steps")


def _strong_wander(rng: np.random.Generator) -> Situation:
    one = person(rng)
    heart = one.heart(rng)
    mv = float(rng.uniform(0.8, 3.0))
    trace = drawn(rng, heart, one.p) + wander(rng, times(DURATION_S, FS), mv, float(rng.uniform(0.15, 0.45)))
    expectations = (Rate(onsets(heart)), kinds_of(heart), OnlyFindings(), *intervals_of(one))
    return Situation(channel(trace), expectations, f"{one.words}; wander of {mv:.1f} mV")


KINDS = (
    situation("mains_50_hz_weak", _hum(50.0, (0.05, 0.2))),
    situation("mains_60_hz_weak", _hum(60.0, (0.05, 0.2))),
    situation("mains_50_hz_strong", _hum(50.0, (0.2, 2.0))),
    situation("mains_60_hz_strong", _hum(60.0, (0.2, 2.0))),
    situation("low_sampling_rate", _low_rate),
    situation("level_before_ecg", _before((0.0, 0.3))),
    situation("noise_before_ecg", _before((1.5, 12.0))),
    situation("muscle_bursts", _bursts),
    situation("electrode_steps", _pops),
    situation("strong_wander", _strong_wander),
)
