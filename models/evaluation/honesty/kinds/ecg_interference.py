"""Interference on a good ECG: mains, muscle noise, low sampling rates, noise before the first beat."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ...core.dataset import FloatArray
from ..ecg.rhythm import without
from ..ecg.trace import times
from ..expectations.base import Expectation
from ..expectations.ecg_beats import NoBeats
from ..expectations.ecg_values import AsClean, Rate
from ..expectations.ecg_windows import STANDSTILL, Finding, NoFinding, OnlyFindings, Spans
from ..noise import band, gate, mains, random_spans, wander, white
from ..situation import Situation
from .ecg_parts import DURATION_S, FS, Draw, channel, drawn, intervals_of, kinds_of, onsets, person, situation

#: How far an interval may lie from that of the clean record, ms.
_AS_CLEAN_MS = 8.0
#: From this amplitude on (mV) a record with mains may be refused.
_REQUIRED_MV = 0.2
#: Findings of a lead on which nothing was seen yet.
_BEFORE = ("pause", "asystole")
#: Findings that a heart of 45 to 120/min may have; `Rate` judges them.
_RATES = ("bradycardia", "tachycardia")


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


def _troubled(trouble: Callable[[np.random.Generator, FloatArray, FloatArray], tuple[FloatArray, str]]) -> Draw:
    """Something the electrodes do, now and then: the rate is right, cautious or refused, and no finding comes of it."""

    def make(rng: np.random.Generator) -> Situation:
        one = person(rng, (45.0, 120.0))
        heart, t = one.heart(rng), times(DURATION_S, FS)
        trace, about = trouble(rng, t, drawn(rng, heart, one.p))
        expectations = (Rate(onsets(heart), required=False), OnlyFindings(_RATES))
        return Situation(channel(trace), expectations, f"{one.words}; {about}")

    return make


def _moments(rng: np.random.Generator, every_s: tuple[float, float]) -> tuple[FloatArray, float]:
    """Times from 2 s on, at distances at random about a mean, and that mean."""
    every = float(np.exp(rng.uniform(*np.log(every_s))))
    at = float(rng.uniform(2, 5)) + np.cumsum(every * np.exp(float(rng.uniform(0, 0.5)) * rng.standard_normal(200)))
    return at[at < DURATION_S - 1], every


def _height(rng: np.random.Generator, usual: float) -> float:
    return float(rng.choice([-1, 1])) * usual * float(np.exp(0.3 * rng.standard_normal()))


def _loose(rng: np.random.Generator, t: FloatArray, trace: FloatArray) -> tuple[FloatArray, str]:
    """Contact that comes and goes: another level for a moment, with the ECG, some of it, or none."""
    found = trace.copy()
    at, every = _moments(rng, (0.7, 6))
    usual, length = float(np.exp(rng.uniform(np.log(0.8), np.log(15)))), float(np.exp(rng.uniform(np.log(0.08), 0.4)))
    gain = float(rng.choice([0.0, 0.3, 1.0]))
    for begin in at:
        inside = (t >= begin) & (t < begin + min(length, 0.7 * every))
        found[inside] = gain * trace[inside] + _height(rng, usual) + white(rng, int(inside.sum()), 0.01)
    return found, f"loose every {every:.1f} s for {length:.2f} s, {usual:.1f} mV, {gain:.1f} of the ECG"


def _jumps(rng: np.random.Generator, t: FloatArray, trace: FloatArray) -> tuple[FloatArray, str]:
    """Levels that change and stay."""
    at, every = _moments(rng, (0.5, 5))
    usual = float(np.exp(rng.uniform(np.log(0.5), np.log(10))))
    steps = sum((np.where(t >= begin, _height(rng, usual), 0.0) for begin in at), np.zeros(len(t)))
    return trace + steps, f"jumps every {every:.1f} s, {usual:.1f} mV"


def _pause_beside_jumps(rng: np.random.Generator) -> Situation:
    """The heart rests for 3.2 to 4.6 s with a jump in it, and jumps lie beside many beats: both must be reported."""
    one = person(rng, (45.0, 110.0))
    begin = float(rng.uniform(16, 28))
    heart = without(one.heart(rng), begin, begin + float(rng.uniform(3.2, 4.6)), atria=bool(rng.integers(2)))
    beats, t = np.array(onsets(heart)), times(DURATION_S, FS)
    long = int(np.argmax(np.diff(beats)))
    last, after = float(beats[long]), float(beats[long + 1])
    usual, jump = float(np.exp(rng.uniform(np.log(0.5), np.log(5)))), float(rng.uniform(last + 0.5, after - 0.3))
    beside = [float(beats[k]) + float(rng.uniform(0.35, 0.6)) * float(beats[k + 1] - beats[k])
              for k in range(len(beats) - 1) if beats[k] > 12 and k != long and rng.random() < 0.4]  # fmt: skip
    steps = sum((np.where(t >= at, _height(rng, usual), 0.0) for at in (jump, *beside)), np.zeros(len(t)))
    trace = drawn(rng, heart, one.p) + steps
    gap = ((last, after),)
    blocks = ("p_without_qrs", "av_block_second_degree", "av_block_complete")
    expectations = (
        Finding(STANDSTILL, ((last + 1, after + 0.1),)), NoFinding(STANDSTILL, ((0.0, last - 10),)),
        Rate(onsets(heart), gap, required=False), OnlyFindings((*STANDSTILL, *blocks, *_RATES)),
    )  # fmt: skip
    about = (f"{one.words}; no complex from {last:.1f} to {after:.1f} s, jumps of {usual:.1f} mV at {jump:.1f} s "
             f"and beside {len(beside)} beats")  # fmt: skip
    return Situation(channel(trace), expectations, about)


def _discharges(rng: np.random.Generator, t: FloatArray, trace: FloatArray) -> tuple[FloatArray, str]:
    """Static electricity: 4 to 12 ms high, or a step that fades."""
    found = trace.copy()
    at, every = _moments(rng, (0.6, 5))
    usual, samples = float(np.exp(rng.uniform(0, np.log(15)))), int(rng.integers(1, 4))
    fades_s = float(np.exp(rng.uniform(np.log(0.004), np.log(0.3)))) if rng.random() < 0.6 else 0.0
    for begin in at:
        after, first = np.maximum(t - begin, 0), int(np.searchsorted(t, begin))
        if fades_s:
            found += np.where(t >= begin, _height(rng, usual) * np.exp(-after / fades_s), 0.0)
        else:
            found[first : first + samples] += _height(rng, usual)
    lasts = f"fade in {1e3 * fades_s:.0f} ms" if fades_s else f"{4 * samples} ms"
    return found, f"discharges every {every:.1f} s, {usual:.1f} mV, {lasts}"


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
    situation("electrode_loose", _troubled(_loose)),
    situation("electrode_jumps", _troubled(_jumps)),
    situation("pause_beside_jumps", _pause_beside_jumps),
    situation("discharges", _troubled(_discharges)),
    situation("strong_wander", _strong_wander),
)
