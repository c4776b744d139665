"""Faults of what the chips sense, with a start and an end, on top of any world."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from ..world.base import ECG, GROUPS, MOTION, PPG, FloatArray, World
from ..world.errors import SettingsError
from ..world.noise import Wander, WhiteNoise

_PROBE_S = 10.0
#: Rates of the shaking of a loose device, Hz.
_SHAKE_HZ = (1.7, 2.9, 4.3, 6.1)


@dataclass(frozen=True)
class Fault:
    """Something wrong with one group of signals from `start_s` until before `stop_s`."""

    group: str
    start_s: float
    stop_s: float = float("inf")

    def __post_init__(self) -> None:
        if self.group not in GROUPS:
            raise SettingsError(f"unknown group {self.group!r}; there are {', '.join(GROUPS)}")
        if not self.start_s < self.stop_s:
            raise SettingsError(f"fault from {self.start_s} s to {self.stop_s} s has no duration")

    def prepare(self, world: World) -> None:
        """Look at the world that it is put on, before anything is sampled."""

    def apply(self, t: FloatArray, values: FloatArray) -> None:
        """Change `values` (n, columns) at times `t`, all within the fault, in place."""
        raise NotImplementedError


@dataclass(frozen=True)
class Dropout(Fault):
    """Nothing is sensed: the electrode is off, the sensor is not worn, or it is silent."""

    def apply(self, t: FloatArray, values: FloatArray) -> None:
        """See `Fault.apply`."""
        values[:] = np.nan


def electrode_off(start_s: float, stop_s: float = float("inf")) -> Fault:
    """An ECG electrode has no contact."""
    return Dropout(ECG, start_s, stop_s)


def not_worn(start_s: float, stop_s: float = float("inf")) -> Fault:
    """The optical sensor sees no skin."""
    return Dropout(PPG, start_s, stop_s)


@dataclass(frozen=True)
class Flat(Fault):
    """The signal stays at `level` (one number for all columns or one for each)."""

    level: float | tuple[float, ...] = 0.0

    def apply(self, t: FloatArray, values: FloatArray) -> None:
        """See `Fault.apply`."""
        values[:] = self.level


@dataclass(frozen=True)
class MixedLight(Fault):
    """The red and infrared channels see red and infrared light in another mix than each its own."""

    #: Of red light and of infrared light, in the red channel; the same in the infrared one.
    mix: tuple[tuple[float, float], tuple[float, float]] = ((1.0, 0.0), (0.0, 1.0))

    def apply(self, t: FloatArray, values: FloatArray) -> None:
        """See `Fault.apply`."""
        values[:, :2] = values[:, :2] @ np.transpose(self.mix)


def dead_led(colour: Literal["red", "infrared"], start_s: float, stop_s: float = float("inf")) -> Fault:
    """An LED gives no light."""
    lit = (0.0, 1.0) if colour == "red" else (1.0, 0.0)
    return MixedLight(PPG, start_s, stop_s, ((lit[0], 0.0), (0.0, lit[1])))


def swapped_leds(start_s: float, stop_s: float = float("inf")) -> Fault:
    """Red and infrared are wired the wrong way round."""
    return MixedLight(PPG, start_s, stop_s, ((0.0, 1.0), (1.0, 0.0)))


def equal_leds(start_s: float, stop_s: float = float("inf")) -> Fault:
    """Both channels see the infrared light."""
    return MixedLight(PPG, start_s, stop_s, ((0.0, 1.0), (0.0, 1.0)))


@dataclass(frozen=True)
class Sunlight(Fault):
    """Ambient light of `ambient_na` on the photodiode, beside the light of the LEDs."""

    ambient_na: float = 400_000.0

    def apply(self, t: FloatArray, values: FloatArray) -> None:
        """See `Fault.apply`."""
        values[:, 2] += self.ambient_na


def sunlight(start_s: float, stop_s: float = float("inf"), ambient_na: float = 400_000.0) -> Fault:
    """Sun shines under the optical sensor; 200 µA are cancelled by a MAX30102."""
    return Sunlight(PPG, start_s, stop_s, ambient_na)


@dataclass(frozen=True)
class Saturation(Fault):
    """The signal is beyond the range of every chip, above (`sign` 1) or below (-1)."""

    sign: Literal[-1, 1] = 1

    def apply(self, t: FloatArray, values: FloatArray) -> None:
        """See `Fault.apply`."""
        values[:] = self.sign * GROUPS[self.group].rail


@dataclass(frozen=True)
class Noise(Fault):
    """White noise or wander at `snr_db` below the signal.

    Signal power is the variance of each column over the first 10 s of the fault, taken once from the world itself
    before anything is sampled, or `signal_rms` squared for worlds that cannot be asked for earlier times again.
    """

    snr_db: float = 10.0
    kind: Literal["white", "wander"] = "white"
    seed: int = 0
    signal_rms: float | None = None
    _rms: dict[str, FloatArray] = field(default_factory=dict, compare=False, repr=False)

    def prepare(self, world: World) -> None:
        """See `Fault.prepare`."""
        if self.signal_rms is not None:
            return
        span = min(_PROBE_S, self.stop_s - self.start_s)
        t = self.start_s + np.arange(0.0, span, 1.0 / GROUPS[self.group].rate_hz)
        probe = world.sample(self.group, t)
        known = probe[~np.isnan(probe).any(axis=1)]
        if not len(known):
            raise SettingsError(f"no {self.group} signal from {self.start_s} s on to measure noise against")
        self._rms["signal"] = known.std(axis=0)

    def apply(self, t: FloatArray, values: FloatArray) -> None:
        """See `Fault.apply`."""
        columns = values.shape[1]
        if self.kind == "white":
            noise = WhiteNoise(self.seed, 40, columns=columns).at(t)
        else:
            noise = np.stack([Wander(self.seed, 41 + column).at(t) for column in range(columns)], axis=1)
        rms: Any = self._rms["signal"] if self.signal_rms is None else self.signal_rms
        values += noise * rms * 10.0 ** (-self.snr_db / 20.0)


@dataclass(frozen=True)
class MotionArtefact(Fault):
    """A loose device that shakes at `level_g` (RMS): on the motion itself, on the electrodes, in the light."""

    level_g: float = 0.5
    ecg_mv_per_g: float = 0.5
    light_fraction_per_g: float = 0.03
    seed: int = 0

    def apply(self, t: FloatArray, values: FloatArray) -> None:
        """See `Fault.apply`."""
        shake = self.level_g * Wander(self.seed, 50, _SHAKE_HZ).at(t)
        if self.group == ECG:
            values[:, 0] += self.ecg_mv_per_g * shake
        elif self.group == PPG:
            values[:, :2] *= (1.0 + np.clip(self.light_fraction_per_g * shake, -0.9, 3.0))[:, None]
        else:
            values[:, :3] += shake[:, None] * np.array([0.5, 0.7, 0.5])


def motion_artefact(start_s: float, stop_s: float = float("inf"), level_g: float = 0.5, seed: int = 0) -> list[Fault]:
    """A loose device, on all groups at once."""
    return [MotionArtefact(group, start_s, stop_s, level_g=level_g, seed=seed) for group in (ECG, PPG, MOTION)]


class FaultyWorld:
    """A world with faults on it; where faults overlap, later ones in the list come on top."""

    def __init__(self, world: World, faults: Sequence[Fault]) -> None:
        self.world = world
        self.groups = world.groups
        self.duration_s = world.duration_s
        self._faults = [fault for fault in faults if fault.group in world.groups]
        for fault in self._faults:
            fault.prepare(world)

    def add(self, fault: Fault) -> None:
        """Put another fault on; what was sampled already stays as it was."""
        if fault.group in self.groups:
            fault.prepare(self.world)
            self._faults.append(fault)

    def sample(self, group: str, t: FloatArray) -> FloatArray:
        """Values of a group at increasing times, see `World.sample`."""
        values = self.world.sample(group, t)
        for fault in self._faults:
            low, high = np.searchsorted(t, (fault.start_s, fault.stop_s))
            if fault.group == group and high > low:
                fault.apply(t[low:high], values[low:high])
        return values

    def __getattr__(self, name: str) -> Any:
        # truth, channels, record_error … of the world beneath
        return getattr(self.world, name)
