"""What the kinds of ECG share: drawing a usual person, rendering, and the usual expectations."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ...core.dataset import Channel, FloatArray
from ..ecg.rhythm import Beat, Heart, conduct, qt_of, sinus
from ..ecg.shapes import Shape, lead_shape, p_waves, pick
from ..ecg.trace import lead, render, times
from ..ecg.waves import Wave
from ..expectations.base import Expectation
from ..expectations.ecg_beats import BeatKinds
from ..expectations.ecg_values import Interval, Rate
from ..expectations.ecg_windows import OnlyFindings, Spans
from ..noise import coloured, wander, white
from ..situation import SITUATION, Kind, Situation

FS = 250.0
DURATION_S = 40.0
#: Leads in which P, QRS and T are clear.
CLEAR_LEADS = ("I", "II", "aVF", "V4", "V5", "V6")
#: How far a plain number may lie from the interval as it was made, ms. Two standard deviations of the experts of the
#: CSE working party (P onset 10.2, QRS onset 6.5, QRS end 11.6, T end 30.6 ms) make 12, 13 and 31 ms; for PR and QRS
#: it is twice that, since nobody sees the ends of a low Q or S.
TOLERANCES_MS = {"pr_ms": 24.0, "qrs_ms": 26.0, "qt_ms": 31.0}
Draw = Callable[[np.random.Generator], Situation]


@dataclass(frozen=True)
class Person:
    """Rate, intervals (s) and shape of a usual heart in a clear lead."""

    bpm: float
    pr_s: float
    qt_s: float
    shape: Shape
    p: tuple[Wave, ...]
    p_mv: float
    lead: str

    @property
    def words(self) -> str:
        """What was drawn."""
        return f"lead {self.lead}, {self.bpm:.0f}/min, PR {1e3 * self.pr_s:.0f}, QT {1e3 * self.qt_s:.0f} ms"

    def beats(self, p: FloatArray) -> tuple[Beat, ...]:
        """Every P conducted."""
        return conduct(p, self.pr_s, self.shape, self.qt_s)

    def heart(self, rng: np.random.Generator, duration_s: float = DURATION_S, variation_s: float = 0.012) -> Heart:
        """Sinus rhythm."""
        p = sinus(rng, duration_s, self.bpm, variation_s * min(1.0, 60 / self.bpm))
        return Heart(p, self.beats(p))


def person(
    rng: np.random.Generator, bpm: tuple[float, float] = (55.0, 95.0), *, leads: tuple[str, ...] = CLEAR_LEADS,
    scale: tuple[float, float] = (0.7, 1.4), pr_s: tuple[float, float] = (0.135, 0.185),
    qrs_s: tuple[float, float] = (0.078, 0.102), qtc_s: tuple[float, float] = (0.375, 0.425),
) -> Person:  # fmt: skip
    """A heart of parameters at random within these limits."""
    name = pick(rng, leads)
    rate = float(rng.uniform(*bpm))
    shape, p_mv = lead_shape(rng, name, float(rng.uniform(*qrs_s)), float(rng.uniform(*scale)))
    pr = float(rng.uniform(*pr_s))
    p = p_waves(p_mv, min(float(rng.uniform(0.085, 0.11)), pr - 0.03))
    return Person(rate, pr, qt_of(60 / rate, float(rng.uniform(*qtc_s))), shape, p, p_mv, name)


def quiet(rng: np.random.Generator, n: int, low_uv: float = 4.0, high_uv: float = 9.0) -> FloatArray:
    """Noise of a quiet lead, mV: mostly white, some of it slow."""
    rms = 1e-3 * float(rng.uniform(low_uv, high_uv))
    return white(rng, n, 0.8 * rms) + coloured(rng, n, 0.6 * rms, 1.0)


def drawn(
    rng: np.random.Generator, heart: Heart, p: tuple[Wave, ...], duration_s: float = DURATION_S, fs: float = FS
) -> FloatArray:
    """A lead in mV with the noise, the wander and the breath of somebody who sits still."""
    t = times(duration_s, fs)
    breath = 1 + float(rng.uniform(0.0, 0.06)) * np.sin(2 * np.pi * float(rng.uniform(0.18, 0.3)) * t)
    trace = render(heart, p, duration_s, fs, breath) + quiet(rng, len(t))
    return np.asarray(trace + wander(rng, t, float(rng.uniform(0.0, 0.08)), float(rng.uniform(0.15, 0.3))))


def onsets(heart: Heart) -> tuple[float, ...]:
    """Onsets of the complexes."""
    return tuple(beat.onset for beat in heart.beats)


def kinds_of(heart: Heart, either: str = "", holes: Spans = (), found: float = 0.7) -> BeatKinds:
    """The kinds of its beats."""
    return BeatKinds(tuple((beat.onset, beat.kind) for beat in heart.beats), either, holes, found=found)


def intervals_of(
    one: Person, required: bool = True, names: tuple[str, ...] = ("pr_ms", "qrs_ms", "qt_ms")
) -> list[Interval]:
    """The intervals of a person's normal beats."""
    known = {"pr_ms": one.pr_s, "qrs_ms": one.shape.qrs_s, "qt_ms": one.qt_s}
    return [Interval(name, 1e3 * known[name], TOLERANCES_MS[name], required) for name in names]


def usual(heart: Heart, one: Person, findings: tuple[str, ...] = ()) -> tuple[Expectation, ...]:
    """Sinus rhythm: rate, intervals, all beats normal, no finding but some that the intervals bring."""
    return (Rate(onsets(heart)), kinds_of(heart), OnlyFindings(findings), *intervals_of(one))


def channel(trace: FloatArray, fs: float = FS) -> tuple[Channel, ...]:
    """The trace as a record."""
    return lead(trace, fs)


def situation(name: str, make: Draw) -> Kind:
    """A kind of ECG with something to find."""
    return Kind(f"ecg_{name}", "ecg", SITUATION, make)
