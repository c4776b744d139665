"""Wide and slow complexes: ventricular tachycardia by upstroke, runs, torsade, fibrillation, pacing, branch blocks."""

from __future__ import annotations

import numpy as np

from ...core.dataset import FloatArray
from ..ecg.rhythm import Beat, Heart, at_times, paced_times, qt_of, sinus
from ..ecg.shapes import Shape, left_bundle_branch_block, narrow, t_wave, wide
from ..expectations.base import Expectation
from ..expectations.ecg_values import Interval, Rate
from ..expectations.ecg_windows import Finding, Nothing, OnlyFindings
from ..situation import Situation
from .ecg_parts import DURATION_S, FS, TOLERANCES_MS, Draw, Person, channel, drawn, kinds_of, onsets, person, situation

_WIDE_TACHYCARDIA = "wide_complex_tachycardia"
#: What a wide complex may bring besides.
_WIDE = ("wide_qrs", "long_qtc", "frequent_ectopy")


def _size(rng: np.random.Generator) -> float:
    return float(rng.choice([-1.0, 1.0])) * float(rng.uniform(0.6, 2.0))


def _tachycardia(upstroke_s: tuple[float, float], bpm: tuple[float, float]) -> Draw:
    def make(rng: np.random.Generator) -> Situation:
        rate, upstroke = float(rng.uniform(*bpm)), float(rng.uniform(*upstroke_s))
        shape = wide(rng, upstroke, _size(rng), bool(rng.integers(2)))
        # the complex of a fast one must have ended before the next begins
        rate = min(rate, 60 / (shape.qrs_s + 0.08))
        times = paced_times(
            float(rng.uniform(0.1, 0.4)), DURATION_S, lambda at: 60 / rate + 0.004 * rng.standard_normal()
        )
        heart = Heart(np.empty(0), at_times(times, shape, qt_of(60 / rate, 0.45), "V"))
        expectations = (Rate(onsets(heart)), kinds_of(heart, "NVQ"), Finding((_WIDE_TACHYCARDIA,)),
                        OnlyFindings((_WIDE_TACHYCARDIA, *_WIDE)), Interval("pr_ms", None))  # fmt: skip
        about = f"{rate:.0f}/min, upstroke {1e3 * upstroke:.0f} ms, QRS {1e3 * shape.qrs_s:.0f} ms"
        return Situation(channel(drawn(rng, heart, ())), expectations, about)

    return make


def _run(rng: np.random.Generator) -> Situation:
    """Sinus rhythm, then ventricular tachycardia of 6 to 14 s, then sinus rhythm."""
    one = person(rng, (60.0, 90.0))
    size = max(abs(wave.mv) for wave in one.shape.qrs)
    shape = wide(rng, float(rng.uniform(0.02, 0.05)), size * float(rng.choice([-1.4, 1.4])))
    begin, rate = float(rng.uniform(12, 16)), float(rng.uniform(140, 190))
    end = begin + float(rng.uniform(6, 14))
    p = sinus(rng, DURATION_S, one.bpm)
    p = p[(p < begin - 0.6) | (p > end + 0.5)]
    fast = at_times(paced_times(begin, end, lambda at: 60 / rate), shape, qt_of(60 / rate, 0.44), "V")
    beats: list[Beat] = sorted((*one.beats(p), *fast), key=lambda beat: beat.onset)
    heart = Heart(p, tuple(beats))
    expectations = (Rate(onsets(heart)), kinds_of(heart, found=0.6), Finding((_WIDE_TACHYCARDIA,), ((begin + 2, end),)),
                    OnlyFindings((_WIDE_TACHYCARDIA, *_WIDE)))  # fmt: skip
    about = f"{one.words}; {rate:.0f}/min from {begin:.1f} to {end:.1f} s"
    return Situation(channel(drawn(rng, heart, one.p)), expectations, about)


def _before(rng: np.random.Generator, end: float) -> tuple[Person, Heart]:
    """A person whose sinus rhythm ends at `end`."""
    one = person(rng, (55.0, 90.0))
    p = sinus(rng, DURATION_S, one.bpm)
    p = p[p < end - 0.6]
    return one, Heart(p, one.beats(p))


def _torsade(rng: np.random.Generator) -> Situation:
    """Wide complexes at 190 to 230 a minute whose axis turns every 3 to 5 s, until the end."""
    begin = float(rng.uniform(11, 14))
    one, heart = _before(rng, begin)
    t = np.arange(round(DURATION_S * FS)) / FS
    mv, rate, turn = float(rng.uniform(0.7, 1.6)), float(rng.uniform(190, 230)), float(rng.uniform(3, 5))
    trace = drawn(rng, heart, one.p)
    for at in paced_times(begin, DURATION_S, lambda at: 60 / rate * (1 + 0.02 * rng.standard_normal())):
        axis = np.sin(2 * np.pi * (at - begin) / turn + 0.7)
        axis = mv * np.sign(axis) * max(abs(axis), 0.25)
        trace += axis * np.exp(-0.5 * ((t - at) / 0.034) ** 2) - 0.65 * axis * np.exp(
            -0.5 * ((t - at - 0.13) / 0.045) ** 2
        )
    expectations = (Finding((_WIDE_TACHYCARDIA,), ((begin + 2, DURATION_S),), each=True),
                    OnlyFindings((_WIDE_TACHYCARDIA, "ventricular_fibrillation", *_WIDE)))  # fmt: skip
    return Situation(channel(trace), expectations, f"{one.words}; torsade of {rate:.0f}/min from {begin:.1f} s")


def _fibrillation(rng: np.random.Generator) -> Situation:
    """Waves of 4 to 6 Hz that change all the time, until the end."""
    begin = float(rng.uniform(11, 14))
    one, heart = _before(rng, begin)
    t = np.arange(round(DURATION_S * FS)) / FS
    hz, mv = float(rng.uniform(4.2, 6.2)), float(rng.uniform(0.2, 0.9))
    smooth = round(0.4 * FS)
    drift = np.convolve(rng.standard_normal(len(t)), np.ones(smooth) / np.sqrt(smooth), "same")
    phase = 2 * np.pi * np.cumsum(hz + 0.6 * drift) / FS
    waves = mv * (1 + 0.4 * np.sin(2 * np.pi * 0.35 * t)) * (np.sin(phase) + 0.3 * np.sin(1.7 * phase + 1))
    trace = drawn(rng, heart, one.p) + np.where(t > begin, waves, 0)
    inside = ((begin, DURATION_S),)
    findings = ("ventricular_fibrillation", _WIDE_TACHYCARDIA)
    expectations = (Finding(findings[:1], inside, each=True), Nothing(inside, findings=(*findings, "tachycardia")))
    return Situation(channel(trace), expectations, f"{one.words}; {hz:.1f} Hz, {mv:.1f} mV from {begin:.1f} s")


def spikes(onsets_s: FloatArray, mv: float, latency_s: float, fs: float = FS) -> FloatArray:
    """Pulses of a pacemaker, each in one sample, as the front end's filter leaves them."""
    found = np.zeros(round(DURATION_S * fs))
    at = np.round((onsets_s - latency_s) * fs).astype(int)
    at = at[(at > 0) & (at < len(found) - 1)]
    found[at] += mv
    found[at + 1] += 0.3 * mv
    return found


def _paced(mv: tuple[float, float], atrial: bool = False) -> Draw:
    def make(rng: np.random.Generator) -> Situation:
        rate = float(rng.uniform(60, 90))
        shape = wide(rng, float(rng.uniform(0.03, 0.06)), _size(rng))
        times = paced_times(float(rng.uniform(0.3, 0.8)), DURATION_S, lambda at: 60 / rate)
        visible = float(rng.uniform(*mv))
        heart = Heart(times - 0.16 if atrial else np.empty(0), at_times(times, shape, 0.44, "/"))
        one = person(rng)
        trace = drawn(rng, heart, one.p) + spikes(times, visible, float(rng.uniform(0.008, 0.016)))
        # without spikes nobody can tell pacing from an escape rhythm
        either = "/" if visible else "/NVQ"
        expectations: list[Expectation] = [Rate(onsets(heart)), kinds_of(heart, either), OnlyFindings(_WIDE)]
        if visible:
            expectations.append(Finding(("wide_qrs",)))
        return Situation(channel(trace), tuple(expectations), f"{rate:.0f}/min, spikes of {visible:.1f} mV")

    return make


def _block_of(left: bool) -> Draw:
    def make(rng: np.random.Generator) -> Situation:
        one = person(rng, (55.0, 95.0))
        qrs_s, mv = float(rng.uniform(0.132, 0.165)), float(rng.uniform(0.6, 1.5))
        shape = left_bundle_branch_block(rng, mv, qrs_s) if left else _right(mv, qrs_s)
        wider = Person(one.bpm, one.pr_s, one.qt_s + 0.04, shape, one.p, one.p_mv, one.lead)
        heart = wider.heart(rng)
        qrs = Interval("qrs_ms", 1e3 * qrs_s, TOLERANCES_MS["qrs_ms"], required=True)
        pr = Interval("pr_ms", 1e3 * one.pr_s, TOLERANCES_MS["pr_ms"], required=True)
        expectations = (Rate(onsets(heart)), kinds_of(heart), Finding(("wide_qrs",)),
                        OnlyFindings(("wide_qrs", "long_qtc")), qrs, pr)  # fmt: skip
        return Situation(channel(drawn(rng, heart, one.p)), expectations, f"{one.words}; QRS {1e3 * qrs_s:.0f} ms")

    return make


def _right(mv: float, qrs_s: float) -> Shape:
    return narrow(0.0, 0.35 * mv, -0.3 * mv, qrs_s, t_wave(-0.25 * mv, 0.16), r_prime=mv)


KINDS = (
    situation("vt_upstroke_16_40", _tachycardia((0.016, 0.04), (120.0, 250.0))),
    situation("vt_upstroke_40_80", _tachycardia((0.04, 0.08), (120.0, 220.0))),
    situation("vt_run", _run),
    situation("torsade", _torsade),
    situation("ventricular_fibrillation", _fibrillation),
    situation("paced_spikes", _paced((1.5, 6.0))),
    situation("paced_no_spikes", _paced((0.0, 0.0))),
    situation("paced_dual_spikes", _paced((1.5, 6.0), atrial=True)),
    situation("left_bundle_branch_block", _block_of(left=True)),
    situation("right_bundle_branch_block", _block_of(left=False)),
)
