"""When the heart beats: sinus rhythm with respiration, fibrillation, ectopic beats and pauses."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .settings import WearerSettings, value_at
from .truth import BeatKind

#: Beats begin before time 0, so that the world starts in the middle of a life.
LEAD_IN_S = 4.0
#: Fraction of the RR after which an ectopic beat comes: too early for the sinus node, after the T wave.
VENTRICULAR_COUPLING = 0.62
SUPRAVENTRICULAR_COUPLING = 0.70
#: RR irregularity of untreated fibrillation (standard deviation over mean).
AF_VARIATION = 0.22
#: Vagal variation of RR beside the breath (Mayer waves).
MAYER_HZ = 0.1


@dataclass(frozen=True)
class Excitation:
    """One beat before it has a shape."""

    r: float
    rr_s: float
    #: RR the sinus node has at the moment.
    basic_rr_s: float
    kind: BeatKind


class RhythmSource:
    """Endless sequence of excitations; the same for the same settings and seed."""

    def __init__(self, settings: WearerSettings, seed: int) -> None:
        self._settings = settings
        self._random = np.random.Generator(np.random.PCG64(np.random.SeedSequence(entropy=seed, spawn_key=(1,))))
        self._breath_phase = breath_phase(seed)
        self._r = -LEAD_IN_S + float(self._random.uniform(0.0, 1.0))
        self._kind: BeatKind = "N"
        #: Where the next sinus beat falls when an ectopic beat has fixed it.
        self._promised: float | None = None
        self._next_pause = self._r + LEAD_IN_S + settings.pause_every_s * 0.5

    def next(self) -> Excitation:
        """The next beat."""
        basic = 60.0 / value_at(self._settings.heart_rate_bpm, self._r)
        kind = self._choose_kind(basic)
        r = self._when(kind, basic)
        paced = kind == "N" and self._settings.paces in ("ventricle", "both")
        beat = Excitation(r, r - self._r, basic, "/" if paced else kind)
        self._r, self._kind = r, kind
        return beat

    def _choose_kind(self, basic: float) -> BeatKind:
        drawn = float(self._random.uniform())
        if self._kind != "N" or self._promised is not None:
            return "N"
        ventricular = self._settings.ventricular_per_min * basic / 60.0
        if drawn < ventricular:
            return "V"
        return "S" if drawn < ventricular + self._settings.supraventricular_per_min * basic / 60.0 else "N"

    def _when(self, kind: BeatKind, basic: float) -> float:
        spread = float(self._random.standard_normal())
        if kind == "V":
            # the sinus node goes on undisturbed: full compensatory pause
            self._promised = self._r + 2.0 * basic
            return self._r + basic * (VENTRICULAR_COUPLING + 0.02 * spread)
        if kind == "S":
            r = self._r + basic * (SUPRAVENTRICULAR_COUPLING + 0.02 * spread)
            # the atrial beat resets the sinus node
            self._promised = r + 1.1 * basic
            return r
        if self._promised is not None:
            r, self._promised = self._promised, None
            return r
        return self._r + self._normal_rr(basic, spread)

    def _normal_rr(self, basic: float, spread: float) -> float:
        settings = self._settings
        if settings.paces != "none":
            return basic
        if settings.rhythm == "af":
            variation = max(AF_VARIATION, settings.rr_jitter)
            return float(np.clip(basic * np.exp(variation * spread - variation**2 / 2), 0.3, 2.0 * basic))
        if settings.pause_s and self._r >= self._next_pause:
            self._next_pause = self._r + settings.pause_s + settings.pause_every_s
            return settings.pause_s
        breath = np.sin(2 * np.pi * settings.respiration_per_min / 60.0 * self._r + self._breath_phase)
        mayer = np.sin(2 * np.pi * MAYER_HZ * self._r + 2.0 * self._breath_phase)
        variation = settings.sinus_arrhythmia * (breath + 0.3 * mayer) + settings.rr_jitter * np.clip(spread, -3.0, 3.0)
        return float(basic * (1.0 + variation))


def breath_phase(seed: int) -> float:
    """Phase of the breath at time 0, rad: the same in heart, light and motion."""
    source = np.random.SeedSequence(entropy=seed, spawn_key=(2,))
    return float(np.random.Generator(np.random.PCG64(source)).uniform(0.0, 2 * np.pi))
