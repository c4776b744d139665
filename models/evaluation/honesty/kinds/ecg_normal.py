"""Normal ECGs of many kinds: rates, leads, sizes, shapes of every wave, usual disturbances. They must be measured."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from ...core.dataset import FloatArray
from ..ecg.rhythm import Heart, qt_of, sinus
from ..ecg.shapes import LEADS, Shape, biphasic_t, narrow, p_waves, t_wave
from ..ecg.trace import times
from ..ecg.waves import Wave
from ..expectations.base import Expectation
from ..expectations.ecg_values import Interval, Rate
from ..expectations.ecg_windows import OnlyFindings
from ..noise import band, mains, wander, white
from ..situation import NORMAL, Kind, Situation
from .ecg_parts import (
    CLEAR_LEADS,
    DURATION_S,
    FS,
    Draw,
    Person,
    channel,
    drawn,
    intervals_of,
    kinds_of,
    onsets,
    person,
    usual,
)

#: Changes a trace at these times.
Disturb = Callable[[np.random.Generator, FloatArray, FloatArray], FloatArray]


def _as_is(rng: np.random.Generator, t: FloatArray, trace: FloatArray) -> FloatArray:
    return trace


def _sinus_rhythm(
    draw: Callable[[np.random.Generator], Person], findings: tuple[str, ...] = (), disturb: Disturb = _as_is,
    variation_s: float = 0.012, names: tuple[str, ...] = ("pr_ms", "qrs_ms", "qt_ms"),
) -> Draw:  # fmt: skip
    """Sinus rhythm of a person, with intervals `names` that must be given, and `findings` that may."""

    def make(rng: np.random.Generator) -> Situation:
        one = draw(rng)
        heart = one.heart(rng, variation_s=variation_s)
        trace = disturb(rng, times(DURATION_S, FS), drawn(rng, heart, one.p))
        expectations = (Rate(onsets(heart)), kinds_of(heart), OnlyFindings(findings), *intervals_of(one, names=names))
        return Situation(channel(trace), expectations, one.words)

    return make


def _rate(low: float, high: float) -> Draw:
    pr = (0.12, 0.14) if low > 100 else (0.14, 0.18)
    return _sinus_rhythm(lambda rng: person(rng, (low, high), pr_s=pr, leads=("I", "II", "V5")))


def _lead(name: str) -> Draw:
    # in leads with flat or inverted waves their ends need not be found
    names = ("pr_ms", "qrs_ms", "qt_ms") if name in CLEAR_LEADS else ("qrs_ms",)
    return _sinus_rhythm(lambda rng: person(rng, leads=(name,), scale=(0.85, 1.3)), names=names)


def _scaled(low: float, high: float, names: tuple[str, ...] = ("pr_ms", "qrs_ms", "qt_ms")) -> Draw:
    return _sinus_rhythm(lambda rng: person(rng, leads=("I", "II"), scale=(low, high)), names=names)


def _inverted(rng: np.random.Generator) -> Person:
    one = person(rng, leads=("II", "V5"))
    return replace(one, shape=one.shape.scaled(-1.0), p=tuple(wave.at(0.0, -1.0) for wave in one.p))


def _with_t(
    make: Callable[[np.random.Generator], tuple[Wave, ...]], bpm: tuple[float, float] = (55.0, 95.0)
) -> Callable[[np.random.Generator], Person]:
    def draw(rng: np.random.Generator) -> Person:
        one = person(rng, bpm, leads=("I", "II", "V5"), scale=(0.8, 1.2))
        return replace(one, shape=replace(one.shape, t=make(rng)))

    return draw


def _inverted_t(rng: np.random.Generator) -> tuple[Wave, ...]:
    return t_wave(-float(rng.uniform(0.15, 0.4)), float(rng.uniform(0.15, 0.19)))


def _flat_t(rng: np.random.Generator) -> tuple[Wave, ...]:
    return t_wave(float(rng.uniform(0.03, 0.06)), 0.17)


def _tall_t(rng: np.random.Generator) -> Person:
    """A T wave up to half higher than R."""
    one = person(rng, leads=("II", "V5"), scale=(0.6, 1.0))
    r_mv = max(wave.mv for wave in one.shape.qrs)
    t = t_wave(r_mv * float(rng.uniform(0.8, 1.5)), float(rng.uniform(0.14, 0.19)))
    return replace(one, shape=replace(one.shape, t=t))


def _two_t(rng: np.random.Generator) -> tuple[Wave, ...]:
    return biphasic_t(float(rng.uniform(0.12, 0.25)), -float(rng.uniform(0.12, 0.25)), 0.2)


def _u_wave(rng: np.random.Generator) -> tuple[Wave, ...]:
    height = float(rng.uniform(0.2, 0.3))
    return (*t_wave(height, 0.17), Wave(0.02, 0.09, 0.17, float(rng.uniform(0.15, 0.35)) * height))


def _with_p(mv: tuple[float, float], p_s: float, notched: bool) -> Callable[[np.random.Generator], Person]:
    def draw(rng: np.random.Generator) -> Person:
        one = person(rng, leads=("I", "II"), pr_s=(0.155, 0.185))
        return replace(one, p=p_waves(float(rng.uniform(*mv)), p_s, notched))

    return draw


def _qtc(low: float, high: float) -> Callable[[np.random.Generator], Person]:
    return lambda rng: person(rng, (55.0, 75.0), leads=("I", "II", "V5"), qtc_s=(low, high))


def _qrs(r: float, s: float, q: float = 0.0) -> Callable[[np.random.Generator], Person]:
    """A complex of given deflections (mV)."""

    def draw(rng: np.random.Generator) -> Person:
        one = person(rng, leads=("II",))
        size = float(rng.uniform(0.8, 1.3))
        shape: Shape = narrow(q * size, r * size, s * size, one.shape.qrs_s, one.shape.t)
        return replace(one, shape=shape)

    return draw


def _hum(rng: np.random.Generator, t: FloatArray, trace: FloatArray) -> FloatArray:
    return np.asarray(trace + mains(rng, t, float(rng.choice([50.0, 60.0])), float(rng.uniform(0.01, 0.05))))


def _wander(rng: np.random.Generator, t: FloatArray, trace: FloatArray) -> FloatArray:
    return np.asarray(trace + wander(rng, t, float(rng.uniform(0.2, 0.7)), float(rng.uniform(0.15, 0.35))))


def _tremor(rng: np.random.Generator, t: FloatArray, trace: FloatArray) -> FloatArray:
    return np.asarray(trace + band(rng, len(t), FS, float(rng.uniform(0.01, 0.025)), 8, 60))


def _breath(rng: np.random.Generator, t: FloatArray, trace: FloatArray) -> FloatArray:
    depth, hz = float(rng.uniform(0.1, 0.22)), float(rng.uniform(0.15, 0.35))
    return np.asarray(trace * (1 + depth * np.sin(2 * np.pi * hz * t)))


def _coarse(rng: np.random.Generator, t: FloatArray, trace: FloatArray) -> FloatArray:
    step = float(rng.uniform(0.005, 0.02))
    return np.asarray(np.round(trace / step) * step)


def _offset(rng: np.random.Generator, t: FloatArray, trace: FloatArray) -> FloatArray:
    return np.asarray(trace + float(rng.uniform(-250, 250)) + t * float(rng.uniform(-0.4, 0.4)))


def _white(rng: np.random.Generator, t: FloatArray, trace: FloatArray) -> FloatArray:
    return np.asarray(trace + white(rng, len(t), float(rng.uniform(0.01, 0.02))))


def _other_rate(rng: np.random.Generator) -> Situation:
    one = person(rng)
    heart = one.heart(rng)
    fs = float(rng.choice([128.0, 200.0, 256.0, 360.0, 500.0, 1000.0]))
    return Situation(channel(drawn(rng, heart, one.p, fs=fs), fs), usual(heart, one), f"{one.words}; {fs:.0f} Hz")


def _one_early_beat(rng: np.random.Generator) -> Situation:
    """A single premature atrial beat."""
    one = person(rng, (60.0, 80.0))
    p = sinus(rng, DURATION_S, one.bpm)
    early = len(p) // 2
    p[early:] -= 0.3 * 60 / one.bpm
    heart = Heart(p, one.beats(p))
    beats = tuple(replace(beat, kind="S") if k == early else beat for k, beat in enumerate(heart.beats))
    expectations: tuple[Expectation, ...] = (Rate(onsets(heart)), kinds_of(Heart(p, beats), "NS"), OnlyFindings(),
                                             *intervals_of(one))  # fmt: skip
    return Situation(channel(drawn(rng, heart, one.p)), expectations, f"{one.words}; one early P")


def _junctional(rng: np.random.Generator) -> Situation:
    """Steady without P waves: no PR."""
    one = person(rng, (50.0, 75.0))
    heart = Heart(np.empty(0), one.heart(rng).beats)
    names = ("qrs_ms", "qt_ms")
    expectations: tuple[Expectation, ...] = (Rate(onsets(heart)), kinds_of(heart), OnlyFindings(),
                                             Interval("pr_ms", None), *intervals_of(one, names=names))  # fmt: skip
    return Situation(channel(drawn(rng, heart, one.p)), expectations, f"{one.words}; no P")


def _qt_at_rate(rng: np.random.Generator) -> Person:
    one = person(rng, (42.0, 50.0), leads=("I", "II", "V5"))
    return replace(one, qt_s=qt_of(60 / one.bpm, 0.40))


_ADULT = person
#: A U wave ends before the next P.
_SLOW_BPM = (50.0, 72.0)
_MAKERS: tuple[tuple[str, Draw], ...] = (
    ("adult", _sinus_rhythm(_ADULT)),
    ("rate_40_50", _sinus_rhythm(_qt_at_rate)),
    ("rate_50_60", _rate(50.0, 60.0)),
    ("rate_80_100", _rate(80.0, 98.0)),
    ("rate_100_125", _rate(103.0, 125.0)),
    *((f"lead_{name}", _lead(name)) for name in LEADS),
    ("low_voltage", _scaled(0.2, 0.35, ("qrs_ms",))),
    ("high_voltage", _scaled(2.0, 3.5)),
    ("inverted", _sinus_rhythm(_inverted)),
    ("rs_complex", _sinus_rhythm(_qrs(0.6, -0.6))),
    ("qs_complex", _sinus_rhythm(_qrs(0.0, -1.0), names=("qrs_ms",))),
    ("deep_q", _sinus_rhythm(_qrs(0.8, 0.0, -0.3))),
    ("t_inverted", _sinus_rhythm(_with_t(_inverted_t))),
    ("t_flat", _sinus_rhythm(_with_t(_flat_t), names=("pr_ms", "qrs_ms"))),
    ("t_tall", _sinus_rhythm(_tall_t)),
    ("t_biphasic", _sinus_rhythm(_with_t(_two_t), names=("pr_ms", "qrs_ms"))),
    ("u_wave", _sinus_rhythm(_with_t(_u_wave, _SLOW_BPM), names=("pr_ms", "qrs_ms"))),
    ("p_tall", _sinus_rhythm(_with_p((0.2, 0.3), 0.10, notched=False))),
    ("p_notched", _sinus_rhythm(_with_p((0.08, 0.12), 0.125, notched=True))),
    ("p_flat", _sinus_rhythm(_with_p((0.03, 0.05), 0.10, notched=False), names=("qrs_ms", "qt_ms"))),
    ("no_p", _junctional),
    ("qt_long", _sinus_rhythm(_qtc(0.485, 0.52), ("long_qtc",))),
    ("qt_short", _sinus_rhythm(_qtc(0.345, 0.365), ("short_qtc",))),
    ("heart_rate_variability", _sinus_rhythm(_ADULT, variation_s=0.04)),
    ("one_early_beat", _one_early_beat),
    ("weak_mains", _sinus_rhythm(_ADULT, disturb=_hum)),
    ("wander", _sinus_rhythm(_ADULT, disturb=_wander)),
    ("tremor", _sinus_rhythm(_ADULT, disturb=_tremor, names=("qrs_ms",))),
    ("white_noise", _sinus_rhythm(_ADULT, disturb=_white, names=("qrs_ms",))),
    ("breath", _sinus_rhythm(_ADULT, disturb=_breath)),
    ("coarse_steps", _sinus_rhythm(_ADULT, disturb=_coarse, names=("qrs_ms",))),
    ("electrode_offset", _sinus_rhythm(_ADULT, disturb=_offset)),
    ("sampling_rates", _other_rate),
)
KINDS = tuple(Kind(f"ecg_{name}", "ecg", NORMAL, make) for name, make in _MAKERS)
