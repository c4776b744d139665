"""Shapes of beats: narrow ones by lead, bundle branch blocks, ventricular ones by upstroke, and P waves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from .waves import Wave

#: Q, R, S, T and P in mV as the usual adult has them in a lead.
LEADS: dict[str, tuple[float, float, float, float, float]] = {
    "I": (-0.06, 0.70, -0.10, 0.22, 0.08),
    "II": (-0.08, 1.00, -0.15, 0.30, 0.13),
    "III": (-0.08, 0.45, -0.12, 0.15, 0.08),
    "aVR": (0.06, -0.85, 0.10, -0.26, -0.11),
    "aVL": (-0.05, 0.40, -0.12, 0.13, 0.06),
    "aVF": (-0.07, 0.70, -0.13, 0.22, 0.11),
    "V1": (0.0, 0.25, -0.90, 0.13, 0.07),
    "V2": (0.0, 0.45, -1.30, 0.50, 0.09),
    "V3": (-0.03, 0.75, -0.80, 0.50, 0.09),
    "V4": (-0.06, 1.30, -0.50, 0.45, 0.10),
    "V5": (-0.09, 1.30, -0.25, 0.36, 0.10),
    "V6": (-0.08, 1.00, -0.12, 0.28, 0.09),
}


@dataclass(frozen=True)
class Shape:
    """One beat from its QRS onset on: waves of the complex, its end, and T waves by their distance from T's end."""

    qrs: tuple[Wave, ...]
    qrs_s: float
    #: Times relative to the end of T.
    t: tuple[Wave, ...]

    def waves(self, onset_s: float, qt_s: float, scale: float = 1.0) -> list[Wave]:
        """The beat's waves; T ends `qt_s` after the onset, and begins behind the complex."""
        moved = [wave.at(qt_s, 1.0) for wave in self.t]
        earliest = self.qrs_s + 0.01
        fitted = [replace(wave, on=max(wave.on, min(earliest, wave.peak - 0.02))) for wave in moved]
        return [wave.at(onset_s, scale) for wave in (*self.qrs, *fitted)]

    def scaled(self, factor: float) -> Shape:
        """The same of another amplitude; negative turns it over."""
        return replace(
            self,
            qrs=tuple(wave.at(0.0, factor) for wave in self.qrs),
            t=tuple(wave.at(0.0, factor) for wave in self.t),
        )


def t_wave(mv: float, t_s: float, peak: float = 0.58) -> tuple[Wave, ...]:
    """A T wave of `t_s` that is steeper behind its peak."""
    return (Wave(-t_s, -t_s * (1 - peak), 0.0, mv),)


def biphasic_t(first_mv: float, second_mv: float, t_s: float) -> tuple[Wave, ...]:
    """A T wave of two halves."""
    return Wave(-t_s, -0.72 * t_s, -0.42 * t_s, first_mv), Wave(-0.48 * t_s, -0.25 * t_s, 0.0, second_mv)


def narrow(q: float, r: float, s: float, qrs_s: float, t: tuple[Wave, ...], r_prime: float = 0.0) -> Shape:
    """Q, R, S (mV, each may be 0; S alone is a QS complex), and R' of a right bundle branch block."""
    r_span = (0.14 if q else 0.0, 0.42, 0.74 if s else 1.0)
    s_span = (0.52, 0.74, 1.0) if r else (0.0, 0.45, 1.0)
    corners = [((0.0, 0.18, 0.40), q), (r_span, r), (s_span, s)]
    if r_prime:
        corners = [((0.0, 0.10, 0.22), q), ((0.08 if q else 0.0, 0.24, 0.42), r), ((0.30, 0.46, 0.66), s),
                   ((0.50, 0.74, 1.0), r_prime)]  # fmt: skip
    waves = tuple(Wave(a * qrs_s, b * qrs_s, c * qrs_s, mv) for (a, b, c), mv in corners if mv)
    return Shape(waves, qrs_s, t)


def lead_shape(rng: np.random.Generator, lead: str, qrs_s: float, scale: float = 1.0) -> tuple[Shape, float]:
    """A narrow beat as a person may have it in a lead, and the amplitude of P (mV)."""
    q, r, s, t, p = (mv * float(rng.uniform(0.8, 1.25)) * scale for mv in LEADS[lead])
    return narrow(q, r, s, qrs_s, t_wave(t, float(rng.uniform(0.14, 0.19)), float(rng.uniform(0.52, 0.62)))), p


def wide(rng: np.random.Generator, upstroke_s: float, mv: float, notch: bool = False) -> Shape:
    """A ventricular beat: one slow lobe that rises for `upstroke_s`, a smaller opposite one, T opposed."""
    fall = upstroke_s * float(rng.uniform(1.0, 1.5)) + 0.02
    second = float(rng.uniform(0.05, 0.08))
    qrs_s = max(0.125, upstroke_s + fall + 0.6 * second)
    peak = max(upstroke_s, qrs_s - 0.6 * second - fall)
    lobe = Wave(peak - upstroke_s, peak, peak + fall, mv, 1.8)
    before = () if lobe.on < 0.01 else (Wave(0.0, 0.6 * peak, peak, 0.25 * mv, 1.8),)
    waves = [*before, lobe, Wave(qrs_s - second, qrs_s - 0.5 * second, qrs_s, -float(rng.uniform(0.1, 0.5)) * mv)]
    if notch:
        waves.append(Wave(peak - 0.012, peak + 0.004, peak + 0.022, -0.35 * mv))
    return Shape(tuple(waves), qrs_s, t_wave(-float(rng.uniform(0.2, 0.4)) * mv, 0.17))


def left_bundle_branch_block(rng: np.random.Generator, mv: float, qrs_s: float) -> Shape:
    """A slurred, notched broad R as in V5 and V6, T opposed."""
    first, dip = float(rng.uniform(0.75, 1.0)), float(rng.uniform(0.1, 0.3))
    waves = (
        Wave(0.0, 0.33 * qrs_s, 0.75 * qrs_s, first * mv),
        Wave(0.25 * qrs_s, 0.66 * qrs_s, qrs_s, 0.85 * mv),
        Wave(0.38 * qrs_s, 0.48 * qrs_s, 0.60 * qrs_s, -dip * mv),
    )
    return Shape(waves, qrs_s, t_wave(-float(rng.uniform(0.2, 0.35)) * mv, 0.17))


def p_waves(mv: float, p_s: float, notched: bool = False) -> tuple[Wave, ...]:
    """A P wave from its onset on, with two tops where it is notched."""
    if notched:
        return Wave(0.0, 0.3 * p_s, 0.62 * p_s, mv), Wave(0.4 * p_s, 0.7 * p_s, p_s, mv)
    return (Wave(0.0, 0.5 * p_s, p_s, mv),)


def pick(rng: np.random.Generator, names: Sequence[str]) -> str:
    """One of some names."""
    return names[int(rng.integers(len(names)))]
