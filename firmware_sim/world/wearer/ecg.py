"""The ECG lead of a synthetic wearer."""

from __future__ import annotations

import numpy as np

from ..base import FloatArray
from ..noise import Wander, WhiteNoise
from ..pulses import as_converted
from .beats import BeatWindow
from .kernels import add_waves
from .movement import Movement
from .settings import WearerSettings

_MUSCLE, _WANDER, _FIBRILLATION = 10, 11, 12
#: Atrial fibrillation waves: rates of the wandering circuits, Hz.
_FIBRILLATION_HZ = (4.9, 5.7, 6.6, 7.3)
#: How much more the muscles talk when the wearer walks or runs.
_EFFORT_GAIN = 4.0


class EcgTrack:
    """Beats, wander, mains, muscles and movement of the electrodes, mV."""

    def __init__(self, settings: WearerSettings, seed: int, movement: Movement) -> None:
        self._settings = settings
        self._movement = movement
        self._beats = BeatWindow(settings, seed)
        self._muscle = WhiteNoise(seed, _MUSCLE)
        self._wander = Wander(seed, _WANDER)
        self._fibrillation = Wander(seed, _FIBRILLATION, _FIBRILLATION_HZ)

    def sample(self, t: FloatArray) -> FloatArray:
        """Lead at increasing times `t` (s), mV, shape (n, 1)."""
        settings = self._settings
        beats = self._beats.between(t[0], t[-1])
        lead = add_waves(t, np.concatenate([beat.waves for beat in beats]))
        if settings.paces != "none":
            spikes = np.array([spike for beat in beats for spike in beat.truth.spikes])
            area = settings.spike_mv * settings.spike_ms / 1000
            lead += as_converted(t, spikes, np.full(len(spikes), area))
        if settings.wander_mv:
            lead += settings.wander_mv * self._wander.at(t)
        if settings.rhythm == "af" and settings.fibrillation_mv:
            lead += settings.fibrillation_mv * self._fibrillation.at(t)
        if settings.mains_mv:
            lead += settings.mains_mv * np.sin(2 * np.pi * settings.mains_hz * t)
        if settings.muscle_mv:
            lead += settings.muscle_mv * self._muscle.at(t)[:, 0] * (1.0 + _EFFORT_GAIN * self._movement.effort(t))
        shake = self._movement.shake(t)
        if shake is not None:
            lead += settings.ecg_motion_mv * shake
        return lead[:, None]
