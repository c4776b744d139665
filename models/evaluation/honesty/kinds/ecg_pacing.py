"""A pacemaker that goes on without capture: its pulses, and what the electrode discharges after them, are no beats."""

from __future__ import annotations

import numpy as np

from ...core.dataset import FloatArray
from ..ecg.rhythm import Heart, at_times, paced_times
from ..ecg.shapes import narrow, t_wave, wide
from ..expectations.base import Expectation
from ..expectations.ecg_beats import NoBeats
from ..expectations.ecg_values import Rate
from ..expectations.ecg_windows import STANDSTILL, Finding, OnlyFindings
from ..situation import Situation
from .ecg_parts import DURATION_S, FS, Draw, channel, drawn, onsets, person, situation
from .ecg_standstill import ASYSTOLE_S, PAUSE_S

#: Steps in which a pulse and its discharge are drawn before they are averaged to samples.
_FINE = 40
#: What a wide complex and atria that go on may bring besides standstill.
_BESIDES = ("wide_qrs", "long_qtc", "frequent_ectopy", "p_without_qrs", "av_block_second_degree", "av_block_complete")


def pulses(onsets_s: FloatArray, mv: float, width_s: float, tail: float, tail_s: float, fs: float = FS) -> FloatArray:
    """Pulses of `mv` and `width_s`, each sample the mean of its time, and behind them a decay.

    `tail` is its part of the pulse, opposite to it where negative; it fades by e in `tail_s`.
    """
    found = np.zeros(round(DURATION_S * fs))
    n = round((width_s + 6 * tail_s) * fs) + 2
    fine = (np.arange(n * _FINE) + 0.5) / (fs * _FINE)
    for onset in onsets_s:
        first = int(np.floor(onset * fs))
        t = fine - (onset - first / fs)
        shape = np.where((t >= 0) & (t < width_s), mv, 0.0)
        shape += np.where(t >= width_s, tail * mv * np.exp(-np.maximum(t - width_s, 0) / max(tail_s, 1e-3)), 0.0)
        means = shape.reshape(n, _FINE).mean(1)
        begin, end = max(first, 0), min(first + n, len(found))
        found[begin:end] += means[begin - first : end - first]
    return found


def _loses_capture(
    mv: tuple[float, float], tail: tuple[float, float], tail_s: tuple[float, float], *, whole: bool = False,
    atria: bool = False,
) -> Draw:  # fmt: skip
    """Ventricular pacing until capture is lost for good; `whole`: a pulse is one sample of its full amplitude."""

    def make(rng: np.random.Generator) -> Situation:
        rate, stop = float(rng.uniform(50, 95)), float(rng.uniform(13, 20))
        height, width = float(rng.uniform(*mv)), float(rng.uniform(0.0002, 0.002))
        part, fades = -float(rng.uniform(*tail)), float(rng.uniform(*tail_s))
        size = float(rng.choice([-1.0, 1.0])) * float(rng.uniform(0.8, 2.0))
        shape = wide(rng, float(rng.uniform(0.03, 0.06)), size)
        times = paced_times(float(rng.uniform(0.3, 0.8)), DURATION_S, lambda at: 60 / rate)
        one = person(rng)
        p = paced_times(float(rng.uniform(0.1, 0.7)), DURATION_S, lambda at: 0.73) if atria else np.empty(0)
        heart = Heart(p, at_times(times[times < stop], shape, 0.44, "/"))
        height *= float(rng.choice([-1.0, 1.0]))
        fs = FS if whole else float(rng.choice([FS, 500.0, 1000.0]))
        # one sample of full amplitude is what a recorder leaves that decimates without a filter
        drawn_width = 1 / fs if whole else width
        latency = float(rng.uniform(0.012, 0.024))
        trace = drawn(rng, heart, one.p, fs=fs)
        trace += pulses(times - latency, height, drawn_width, part, fades, fs)
        last = onsets(heart)[-1]
        gap = ((last, DURATION_S),)
        expectations: tuple[Expectation, ...] = (
            NoBeats(((last + 0.45, DURATION_S),)), Rate(onsets(heart), gap),
            Finding(STANDSTILL, ((last + PAUSE_S, DURATION_S),), each=True),
            Finding(("asystole",), ((last + ASYSTOLE_S, DURATION_S),)),
            OnlyFindings((*STANDSTILL, *_BESIDES)), OnlyFindings(_BESIDES, ((0.0, last),)),
        )  # fmt: skip
        about = (f"{rate:.0f}/min, pulses of {height:.1f} mV and {1e3 * drawn_width:.1f} ms, {part * height:.2f} mV "
                 f"behind them for {1e3 * fades:.0f} ms; no capture from {last:.1f} s")  # fmt: skip
        return Situation(channel(np.clip(trace, -200.0, 200.0), fs), expectations, about)

    return make


def _captures(mv: tuple[float, float], tail: tuple[float, float], tail_s: tuple[float, float]) -> Draw:
    """The same pulses, and each begins a complex, wide or, of the conduction system, narrow."""

    def make(rng: np.random.Generator) -> Situation:
        rate = float(rng.uniform(50, 110))
        height, width = float(rng.uniform(*mv)) * float(rng.choice([-1.0, 1.0])), float(rng.uniform(0.0002, 0.002))
        part, fades = -float(rng.uniform(*tail)), float(rng.uniform(*tail_s))
        size = float(rng.uniform(0.6, 2.0))
        if rng.integers(3):
            shape = wide(rng, float(rng.uniform(0.03, 0.06)), float(rng.choice([-1.0, 1.0])) * size)
        else:
            shape = narrow(-0.1 * size, size, -0.2 * size, 0.1, t_wave(0.25 * size, 0.17))
        times = paced_times(float(rng.uniform(0.3, 0.8)), DURATION_S, lambda at: 60 / rate)
        heart = Heart(np.empty(0), at_times(times, shape, min(0.44, 0.75 * 60 / rate), "/"))
        latency, fs = float(rng.uniform(0.012, 0.024)), float(rng.choice([FS, 500.0, 1000.0]))
        trace = drawn(rng, heart, (), fs=fs) + pulses(times - latency, height, width, part, fades, fs)
        about = (f"{rate:.0f}/min, pulses of {height:.1f} mV and {1e3 * width:.1f} ms, {part * height:.2f} mV "
                 f"behind them for {1e3 * fades:.0f} ms")  # fmt: skip
        expectations = (Rate(onsets(heart)), OnlyFindings(("wide_qrs", "long_qtc", "short_qtc")))
        return Situation(channel(trace, fs), expectations, about)

    return make


def _changes(rng: np.random.Generator) -> Situation:
    """Every pulse is answered, from a time on by complexes of another shape: lower, wider, or the other way round."""
    rate, change = float(rng.uniform(50, 100)), float(rng.uniform(13, 22))
    size = float(rng.uniform(0.8, 2.0))
    first = narrow(-0.1 * size, size, -0.2 * size, 0.1, t_wave(0.25 * size, 0.17))
    if rng.integers(2):
        first = wide(rng, float(rng.uniform(0.03, 0.045)), float(rng.choice([-1.0, 1.0])) * size)
    size *= float(rng.choice([-1.0, 1.0])) * float(rng.uniform(0.5, 1.6))
    other = wide(rng, float(rng.uniform(0.035, 0.06)), size)
    times = paced_times(float(rng.uniform(0.3, 0.8)), DURATION_S, lambda at: 60 / rate)
    qt = min(0.44, 0.75 * 60 / rate)
    before = at_times(times[times < change], first, qt, "/")
    heart = Heart(np.empty(0), (*before, *at_times(times[times >= change], other, qt, "/")))
    height, width = float(rng.uniform(2, 20)) * float(rng.choice([-1.0, 1.0])), float(rng.uniform(0.0002, 0.002))
    part, fades = -float(rng.uniform(0.0, 0.05)), float(rng.uniform(0.01, 0.1))
    latency, fs = float(rng.uniform(0.012, 0.024)), float(rng.choice([FS, 500.0, 1000.0]))
    trace = drawn(rng, heart, (), fs=fs) + pulses(times - latency, height, width, part, fades, fs)
    expectations = (Rate(onsets(heart), ((change - 0.1, change + 0.1),)), OnlyFindings(_BESIDES))
    about = f"{rate:.0f}/min, pulses of {height:.1f} mV and {1e3 * width:.1f} ms; another shape from {change:.1f} s"
    return Situation(channel(trace, fs), expectations, about)


KINDS = (
    situation("paced_without_capture", _loses_capture((1.0, 12.0), (0.0, 0.02), (0.01, 0.15))),
    situation("paced_without_capture_tails", _loses_capture((2.0, 30.0), (0.02, 0.1), (0.01, 0.15))),
    situation("paced_without_capture_p_waves", _loses_capture((2.0, 30.0), (0.02, 0.08), (0.01, 0.15), atria=True)),
    situation("paced_without_capture_one_sample", _loses_capture((1.0, 12.0), (0.0, 0.03), (0.01, 0.15), whole=True)),
    situation("paced_changes_shape", _changes),
    situation("paced_with_tails", _captures((2.0, 30.0), (0.02, 0.1), (0.01, 0.15))),
)
