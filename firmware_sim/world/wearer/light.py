"""Red and infrared light that comes back from a synthetic wearer's skin."""

from __future__ import annotations

import numpy as np

from ..base import FloatArray
from ..noise import WhiteNoise
from .beats import BeatWindow
from .kernels import add_waves
from .movement import Movement
from .rhythm import breath_phase
from .settings import GREEN_COUPLING, SKIN_COUPLING, SPO2_INTERCEPT, SPO2_SLOPE, WearerSettings, profile_at

_LIGHT = 20
_GREEN = 21
#: Pulses of green light by those of infrared: blood absorbs it more.
_GREEN_DEPTH = 2.5
#: How deep the breath modulates the steady light (fraction of a pulse's amplitude) and the amplitude of the pulses.
_BREATH_BASELINE = 0.25
_BREATH_AMPLITUDE = 0.08
#: Fractions of the pulses that the greatest pressure takes, and of the light that it adds.
_PRESSED_OUT = 0.9
_PRESSED_LIGHT = 0.12


class LightTrack:
    """Pulses after the heart beats, breath, movement: red and infrared in nA a mA of LED current, ambient in nA."""

    def __init__(self, settings: WearerSettings, seed: int, movement: Movement) -> None:
        self._settings = settings
        self._movement = movement
        self._beats = BeatWindow(settings, seed)
        self._noise = WhiteNoise(seed, _LIGHT, columns=2)
        self._breath_phase = breath_phase(seed)

    def sample(self, t: FloatArray) -> FloatArray:
        """(n, 3) at increasing times `t` (s): red, infrared, ambient. More blood, less light."""
        settings = self._settings
        breath = np.sin(2 * np.pi * settings.respiration_per_min / 60.0 * t + self._breath_phase)
        pulses = add_waves(t, np.concatenate([beat.pulse for beat in self._beats.between(t[0], t[-1])]))
        pressure = np.maximum(profile_at(settings.contact, t) - 1.0, 0.0)
        infrared_fraction = profile_at(settings.perfusion_percent, t) / 100.0 * (1.0 - _PRESSED_OUT * pressure)
        # ratio of ratios: the AC of red is R times that of infrared
        ratio = (SPO2_INTERCEPT - profile_at(settings.spo2_percent, t)) / SPO2_SLOPE
        fraction = np.stack(np.broadcast_arrays(ratio * infrared_fraction, infrared_fraction, t)[:2], axis=1)
        steady = 1.0 + _BREATH_BASELINE * infrared_fraction * breath
        shake = self._movement.shake(t)
        if shake is not None:
            # blood that is shaken is venous: it moves both colours alike
            steady = steady + np.clip(settings.ppg_motion * shake, -0.9, 3.0)
        light = steady[:, None] * (1.0 - fraction * (pulses * (1.0 + _BREATH_AMPLITUDE * breath))[:, None])
        light += settings.light_noise * self._noise.at(t)
        out = np.empty((len(t), 3))
        coupling = np.minimum(profile_at(settings.contact, t), 1.0) * (1.0 + _PRESSED_LIGHT * pressure)
        out[:, :2] = np.maximum(light, 0.0) * np.asarray(coupling)[..., None] * SKIN_COUPLING[settings.skin]
        out[:, 2] = settings.ambient_na
        return out


class GreenTrack:
    """Green light that comes back, in nA a mA of LED current: less of it, with deeper pulses."""

    def __init__(self, settings: WearerSettings, seed: int, movement: Movement) -> None:
        self._light = LightTrack(settings, seed, movement)
        self._settings = settings
        self._noise = WhiteNoise(seed, _GREEN)

    def sample(self, t: FloatArray) -> FloatArray:
        """(n, 1) at increasing times `t` (s)."""
        settings = self._settings
        infrared = self._light.sample(t)[:, 1] / SKIN_COUPLING[settings.skin][1]
        light = 1.0 + _GREEN_DEPTH * (infrared - 1.0) + settings.light_noise * self._noise.at(t)[:, 0]
        return np.asarray(np.maximum(light, 0.0) * GREEN_COUPLING[settings.skin], np.float64).reshape(-1, 1)
