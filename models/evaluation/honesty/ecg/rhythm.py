"""Rhythms: P waves and complexes are placed independently, so that blocks between them need no special case."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from ...core.dataset import FloatArray
from .shapes import Shape

#: Intervals between beats in s, by their time.
Intervals = Callable[[float], float]


@dataclass(frozen=True)
class Beat:
    """A complex by its onset; `kind` is a letter of the annotation code."""

    onset: float
    shape: Shape
    qt_s: float
    kind: str = "N"
    scale: float = 1.0


@dataclass(frozen=True)
class Heart:
    """Onsets of P waves and complexes of one record."""

    p: FloatArray
    beats: tuple[Beat, ...]

    @property
    def onsets(self) -> FloatArray:
        """Onsets of all complexes."""
        return np.array([beat.onset for beat in self.beats])


def qt_of(rr_s: float, qtc_s: float) -> float:
    """QT by Fridericia, within what RR leaves room for."""
    return float(min(qtc_s * rr_s ** (1 / 3), 0.78 * rr_s))


def paced_times(begin_s: float, end_s: float, interval: Intervals) -> FloatArray:
    """Times from `begin_s` on, each an interval after the one before it."""
    times, at = [], begin_s
    while at < end_s:
        times.append(at)
        at += max(0.15, interval(at))
    return np.array(times)


def sinus(
    rng: np.random.Generator, duration_s: float, bpm: float, variation_s: float = 0.012,
    breath_s: float = 0.0, breath_hz: float = 0.25,
) -> FloatArray:  # fmt: skip
    """Sinus node: `variation_s` RMS at random, `breath_s` amplitude of RR with the breath."""
    phase = float(rng.uniform(0, 2 * np.pi))

    def interval(at: float) -> float:
        spread = variation_s * float(np.clip(rng.standard_normal(), -2.5, 2.5))
        return 60 / bpm + breath_s * float(np.sin(2 * np.pi * breath_hz * at + phase)) + spread

    return paced_times(float(rng.uniform(-0.8, 0.2)), duration_s, interval)


def conduct(p: FloatArray, pr_s: float, shape: Shape, qt_s: float) -> tuple[Beat, ...]:
    """Every P followed by a complex."""
    return tuple(Beat(float(at) + pr_s, shape, qt_s) for at in p)


def conduct_groups(p: FloatArray, prs_s: Sequence[float], shape: Shape, qt_s: float) -> tuple[Beat, ...]:
    """P conducted with these PR in turn, and then one that is not (Wenckebach, 2:1 where there is one PR)."""
    cycle = len(prs_s) + 1
    conducted = ((at, k % cycle) for k, at in enumerate(p) if k % cycle < len(prs_s))
    return tuple(Beat(float(at) + prs_s[position], shape, qt_s) for at, position in conducted)


def conduct_one_in(p: FloatArray, ratio: int, pr_s: float, shape: Shape, qt_s: float) -> tuple[Beat, ...]:
    """One of `ratio` P waves, or flutter waves, conducted."""
    return tuple(Beat(float(at) + pr_s, shape, qt_s) for at in p[::ratio])


def at_times(times: FloatArray, shape: Shape, qt_s: float, kind: str = "N") -> tuple[Beat, ...]:
    """A complex at each onset, whatever the atria do."""
    return tuple(Beat(float(at), shape, qt_s, kind) for at in times)


def without(heart: Heart, begin_s: float, end_s: float, atria: bool) -> Heart:
    """The heart with its ventricles standing still in a stretch, and its atria too where `atria`."""
    beats = tuple(beat for beat in heart.beats if not begin_s <= beat.onset < end_s)
    keep = (heart.p < begin_s - 0.05) | (heart.p >= end_s - 0.3)
    return Heart(heart.p[keep] if atria else heart.p, beats)


def ectopic(
    sinus_p: FloatArray, pr_s: float, normal: Shape, other: Shape, qt_s: float, coupling: float, every: int, kind: str
) -> Heart:
    """Every `every`-th beat ectopic, `coupling` of an RR after the one before it; the sinus node goes on.

    With `kind` V its P is hidden in the complex, with S it comes with an early P.
    """
    p, beats = [], []
    for k, at in enumerate(sinus_p):
        if k % every != every - 1 or k == 0:
            p.append(float(at))
            beats.append(Beat(float(at) + pr_s, normal, qt_s))
            continue
        previous = float(sinus_p[k - 1])
        early = previous + coupling * (float(at) - previous)
        if kind == "S":
            p.append(early)
        beats.append(Beat(early + pr_s, other, qt_s + other.qrs_s - normal.qrs_s, kind))
    return Heart(np.array(p), tuple(beats))
