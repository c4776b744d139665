"""What can be set about a synthetic wearer."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal

import numpy as np

from ..base import SKIN, FloatArray
from ..errors import SettingsError

#: A constant, or (time in s, value) corners joined by straight lines and constant outside.
Profile = float | tuple[tuple[float, float], ...]
Rhythm = Literal["sinus", "af"]
#: Which chambers a pacemaker paces; a beat is a paced one where the ventricle is among them.
Paces = Literal["none", "atrium", "ventricle", "both"]
Skin = Literal["light", "medium", "dark"]
MotionKind = Literal["still", "walk", "run", "fall", "accident"]

#: SpO2 = 112 - 34 R, the line fitted on OxiWear that the firmware's default calibration uses too.
SPO2_INTERCEPT = 112.0
SPO2_SLOPE = 34.0

#: Light that comes back through the finger, nA of photocurrent a mA of LED current: (red, infrared).
#: Melanin takes more of the red than of the infrared.
SKIN_COUPLING: dict[str, tuple[float, float]] = {
    "light": (230.0, 225.0),
    "medium": (205.0, 220.0),
    "dark": (130.0, 190.0),
}

#: The same of green light.
GREEN_COUPLING: dict[str, float] = {"light": 60.0, "medium": 45.0, "dark": 20.0}

#: Groups of one slow column: the setting that they follow, and their variation about it (RMS).
SLOW: dict[str, tuple[str, float]] = {SKIN: ("skin_c", 0.03)}

#: How long a fall or an accident takes from its first sign to lying still, s.
MISHAP_S: dict[str, float] = {"fall": 2.0, "accident": 5.0}


@dataclass(frozen=True)
class Motion:
    """One episode of movement; between episodes the wearer is still. Falls and accidents end by themselves."""

    kind: MotionKind
    start_s: float
    end_s: float = float("inf")
    #: Greatest acceleration of a fall's or an accident's impact, g.
    peak_g: float | None = None

    def __post_init__(self) -> None:
        if self.kind not in ("still", "walk", "run", "fall", "accident"):
            raise SettingsError(f"motion kind is {self.kind!r}, must be still, walk, run, fall or accident")
        if self.kind in MISHAP_S:
            object.__setattr__(self, "end_s", self.start_s + MISHAP_S[self.kind])
        if not 0.0 <= self.start_s < self.end_s:
            raise SettingsError(f"motion {self.kind}: {self.start_s} s to {self.end_s} s is no interval from 0 s on")
        if self.peak_g is not None and not 2.0 <= self.peak_g <= 15.0:
            raise SettingsError(f"motion {self.kind}: peak_g is {self.peak_g}, must be 2 to 15")


@dataclass(frozen=True)
class WearerSettings:
    """Everything about a wearer; the defaults are a healthy adult at rest with good contact."""

    heart_rate_bpm: Profile = 70.0
    rhythm: Rhythm = "sinus"
    pr_ms: float = 160.0
    p_ms: float = 100.0
    qrs_ms: float = 90.0
    #: QT by Fridericia from the recent RR; `qt_ms` sets one fixed QT instead.
    qtc_ms: float = 400.0
    qt_ms: float | None = None
    t_ms: float = 180.0
    ventricular_per_min: float = 0.0
    supraventricular_per_min: float = 0.0
    #: Sinus pauses: one RR of `pause_s` about every `pause_every_s`; 0: none.
    pause_s: float = 0.0
    pause_every_s: float = 20.0
    #: Respiratory sinus arrhythmia: RR varies by this fraction to either side.
    sinus_arrhythmia: float = 0.03
    #: Random fraction of RR (standard deviation); in AF this is at least 0.2.
    rr_jitter: float = 0.008

    #: A pacemaker that paces every beat but ectopic ones, at `heart_rate_bpm`; `pr_ms` from P to QRS.
    paces: Paces = "none"
    #: Its pulses between the electrodes, before any filter; down where negative. Bipolar leads give a few mV or less.
    spike_mv: float = 4.0
    spike_ms: float = 0.5

    p_mv: float = 0.12
    q_mv: float = -0.08
    r_mv: float = 1.0
    s_mv: float = -0.2
    t_mv: float = 0.3
    fibrillation_mv: float = 0.04
    wander_mv: float = 0.05
    mains_mv: float = 0.0
    mains_hz: float = 50.0
    muscle_mv: float = 0.008

    respiration_per_min: float = 15.0
    spo2_percent: Profile = 97.0
    #: Amplitude of an average pulse over the steady infrared light.
    perfusion_percent: Profile = 2.0
    #: How the optical sensor lies on the skin: 0 barely, 1 well, 2 with a pressure that leaves a tenth of the pulses.
    contact: Profile = 1.0
    pulse_transit_s: float = 0.2
    skin: Skin = "medium"
    #: Noise of the light as a fraction of its steady part, RMS.
    light_noise: float = 5e-5
    ambient_na: float = 60.0
    #: Temperature of the skin under the band.
    skin_c: Profile = 33.5

    motion: tuple[Motion, ...] = field(default=())
    #: How movement gets into the ECG (mV per g) and into the light (fraction per g).
    ecg_motion_mv: float = 0.08
    ppg_motion: float = 0.012

    def __post_init__(self) -> None:
        for name, (low, high) in RANGES.items():
            _check(name, getattr(self, name), low, high)
        if self.rhythm not in ("sinus", "af"):
            raise SettingsError(f"rhythm is {self.rhythm!r}, must be sinus or af")
        if self.paces not in ("none", "atrium", "ventricle", "both"):
            raise SettingsError(f"paces is {self.paces!r}, must be none, atrium, ventricle or both")
        if self.paces in ("atrium", "both") and self.rhythm == "af":
            raise SettingsError(f"paces is {self.paces!r}, but a fibrillating atrium cannot be paced")
        if self.skin not in SKIN_COUPLING:
            raise SettingsError(f"skin is {self.skin!r}, must be one of {', '.join(SKIN_COUPLING)}")
        if self.qt_ms is not None:
            _check("qt_ms", self.qt_ms, 200.0, 800.0)
        if self.pause_s and not 1.0 <= self.pause_s <= 10.0:
            raise SettingsError(f"pause_s is {self.pause_s}, must be 0 (none) or 1 to 10")
        if self.p_ms > self.pr_ms - 10.0:
            raise SettingsError(f"p_ms is {self.p_ms}, must end 10 ms before the QRS: at most {self.pr_ms - 10.0}")
        for before, after in pairwise(self.motion):
            if after.start_s < before.end_s:
                raise SettingsError(f"motion {after.kind} at {after.start_s} s begins before {before.kind} has ended")


#: Range of each setting that is a number or a profile of numbers.
RANGES: dict[str, tuple[float, float]] = {
    "heart_rate_bpm": (20.0, 240.0), "pr_ms": (80.0, 500.0), "p_ms": (40.0, 200.0), "qrs_ms": (50.0, 200.0),
    "qtc_ms": (250.0, 700.0), "t_ms": (80.0, 300.0), "ventricular_per_min": (0.0, 60.0),
    "supraventricular_per_min": (0.0, 60.0), "pause_every_s": (5.0, 86400.0), "sinus_arrhythmia": (0.0, 0.3),
    "rr_jitter": (0.0, 0.4), "spike_mv": (-700.0, 700.0), "spike_ms": (0.1, 2.0),
    "p_mv": (-2.0, 2.0), "q_mv": (-2.0, 0.0), "r_mv": (0.05, 5.0), "s_mv": (-5.0, 0.0),
    "t_mv": (-2.0, 2.0), "fibrillation_mv": (0.0, 0.5), "wander_mv": (0.0, 10.0), "mains_mv": (0.0, 10.0),
    "mains_hz": (16.0, 60.5), "muscle_mv": (0.0, 2.0), "respiration_per_min": (3.0, 60.0),
    "spo2_percent": (50.0, 100.0), "perfusion_percent": (0.0, 20.0), "pulse_transit_s": (0.05, 0.5),
    "skin_c": (-40.0, 60.0), "light_noise": (0.0, 0.1), "ambient_na": (0.0, 5000.0), "ecg_motion_mv": (0.0, 5.0),
    "ppg_motion": (0.0, 0.5), "contact": (0.0, 2.0),
}  # fmt: skip


def _check(name: str, value: Profile, low: float, high: float) -> None:
    """Raise SettingsError unless a constant or every corner of a profile lies in [low, high]."""
    corners = value if isinstance(value, tuple) else ((0.0, value),)
    if not corners or any(later[0] <= earlier[0] for earlier, later in pairwise(corners)):
        raise SettingsError(f"{name}: the corners of a profile must be at increasing times")
    for _, number in corners:
        if not low <= number <= high:
            raise SettingsError(f"{name} is {number}, must be {low:g} to {high:g}")


def profile_at(profile: Profile, t: FloatArray) -> FloatArray:
    """A profile's values at times `t`; shape (n,), or () for a constant."""
    if not isinstance(profile, tuple):
        return np.asarray(profile, dtype=np.float64)
    return np.interp(t, [corner[0] for corner in profile], [corner[1] for corner in profile])


def value_at(profile: Profile, t: float) -> float:
    """A profile's value at one time."""
    return float(profile_at(profile, np.array([t]))[0]) if isinstance(profile, tuple) else profile
