"""Recordings → inputs of the network and what it is to answer, by the device's integers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from .network import Inputs, Weights, inputs_of, targets
from .recordings import Floats, Recording, light_values, made_up, motion_values, without_pulse
from .signals import BPM, Ints, cancel_motion, spectra

#: Values that a window ends before the reading that it answers for: acceleration may come as much later than light.
LAG_VALUES = 1


@dataclass(frozen=True)
class Examples:
    """One light of a recording: inputs (windows, rates, inputs), and the heart rates, NaN where not known."""

    person: str
    light: int
    inputs: Inputs
    rates: Floats

    def known(self, spread_bpm: float) -> tuple[Inputs, Weights]:
        """Inputs and targets of the windows whose rate is known."""
        at = np.isfinite(self.rates)
        return self.inputs[at], targets(self.rates[at], BPM, spread_bpm)


def examples_of(recordings: Sequence[Recording]) -> list[Examples]:
    """Both lights of each."""
    pairs = [(recording, light) for recording in recordings for light in range(len(recording.lights))]
    signals = [(light_values(recording.lights[light]), _axes(recording)) for recording, light in pairs]
    n = max(min(len(light), axes.shape[1]) for light, axes in signals)
    rings = cancel_motion(
        np.stack([_of_length(light, n) for light, _ in signals]), np.stack([_of_length(axes, n) for _, axes in signals])
    )
    return [_examples(recording, light, ring) for (recording, light), ring in zip(pairs, rings, strict=True)]


def _axes(recording: Recording) -> Ints:
    axes = [motion_values(axis) for axis in recording.axes]
    return np.stack(axes)


def _of_length(values: Ints, n: int) -> Ints:
    """Cut, or continued with 0."""
    values = values[..., :n]
    return np.pad(values, [(0, 0)] * (values.ndim - 1) + [(0, n - values.shape[-1])])


def _examples(recording: Recording, light: int, ring: Ints) -> Examples:
    found = spectra(np.pad(ring, ((0, 0), (LAG_VALUES, 0))))
    n = min(len(found), len(recording.rates))
    return Examples(recording.person, light, inputs_of(found[:n]), recording.rates[:n])


def made_up_of(recordings: Iterable[Recording], copies: int, seed: int) -> list[Recording]:
    """So many made-up copies of each."""
    chance = np.random.default_rng(seed)
    return [made_up(recording, chance) for recording in recordings for _ in range(copies)]


def without_pulse_of(recordings: Iterable[Recording], copies: int, seed: int) -> list[Recording]:
    """So many of the movement of each, and light without a pulse."""
    chance = np.random.default_rng([seed, 1])
    return [without_pulse(recording, chance) for recording in recordings for _ in range(copies)]
