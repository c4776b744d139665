"""Recordings → inputs of both networks and the true rates, by the device's integers; others made of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.evaluation.ppg.datasets.bidmc import BREATHS_S, true_rate
from models.pulse_motion.network import Inputs
from models.pulse_motion.signals import Ints

from .inputs import HEART, PULSES
from .recordings import Floats, Recording
from .signals import SLOTS, SLOTS_HZ, spectra

#: How much faster time goes in what is made up; rates that may be learned from.
_PACE = (0.4, 2.1)
_PER_MIN = (4.8, 43.0)
#: Waves of the vessels in what is made up: Hz, how many, how large by what is there, and series in which they are
#: (foot, top and baseline; at times intervals, too).
_SLOW_HZ = (0.03, 0.11)
_WAVES = 4
_SIZES = (0.0, 0.0, 0.5, 1.0)
_LEVELS, _INTERVALS = (0, 1, 5), (3, 7)
#: Amplitude of a breath that is even.
_EVEN = 1000


@dataclass(frozen=True)
class Examples:
    """Of one person, every 4 s: inputs of both networks, whether there is each, the true rates (NaN: not known)."""

    person: str
    inputs: tuple[Inputs, Inputs]
    there: tuple[Ints, Ints]
    rates: Floats
    times: Floats


def examples_of(recording: Recording, chance: np.random.Generator | None = None) -> Examples:
    """Its windows; with `chance` each is made another: in other time, with waves of the vessels."""
    windows = recording.windows
    paces = _even_log(_PACE, len(windows), chance) if chance else np.ones(len(windows))
    found = [_window(recording, row, float(one)) for row, one in zip(windows, paces, strict=True)]
    slots = np.array([slots for slots, _, _ in found])
    if chance:
        slots = np.array([_with_waves(of, chance) for of in slots])
    there = np.array([there for _, there, _ in found])
    bytes_of = (spectra(slots[:, :6]), spectra(slots[:, 6:]))
    inputs = tuple(part.inputs(of) for part, of in zip((PULSES, HEART), bytes_of, strict=True))
    rates = np.array([rate for _, _, rate in found])
    return Examples(recording.person, (inputs[0], inputs[1]), (there[:, 0], there[:, 1]), rates, windows[:, 0] * 1.0)


def made_up(recording: Recording, chance: np.random.Generator) -> Examples:
    """Others, of which those are known whose rate is one that is learned."""
    some = examples_of(recording, chance)
    some.rates[(some.rates < _PER_MIN[0]) | (some.rates > _PER_MIN[1])] = np.nan
    return some


def synthetic(n: int, chance: np.random.Generator) -> Examples:
    """Breaths that are even, as nobody's in intensive care are, at rates all of which are as frequent."""
    rates = _even_log(_PER_MIN, n, chance)
    slots = np.array([_with_waves(_even(rate, chance), chance) for rate in rates])
    there = np.ones(n, dtype=bool)
    inputs = (PULSES.inputs(spectra(slots[:, :6])), HEART.inputs(spectra(slots[:, 6:])))
    return Examples("synthetic", inputs, (there, there), rates, np.zeros(n))


def _even_log(limits: tuple[float, float], n: int, chance: np.random.Generator) -> Floats:
    """So many numbers within limits, whose logarithms are evenly distributed."""
    found: Floats = np.exp(chance.uniform(np.log(limits[0]), np.log(limits[1]), n))
    return found


def _even(rate: float, chance: np.random.Generator) -> Ints:
    """Slots (8, 100): the breath with a harmonic, of another size and phase in each, and noise of a random walk."""
    turns = 2 * np.pi * rate / 60 * np.arange(SLOTS) / SLOTS_HZ
    slots = []
    for _ in range(PULSES.series + HEART.series):
        phase, second, noise = chance.uniform(0, 2 * np.pi), chance.uniform(0, 0.4), chance.uniform(0.02, 0.7)
        walk = np.cumsum(chance.normal(size=SLOTS)) / 4 + chance.normal(size=SLOTS)
        slots.append(np.sin(turns + phase) + second * np.sin(2 * turns + chance.uniform(0, 2 * np.pi)) + noise * walk)
    found: Ints = np.round(_EVEN * np.array(slots)).astype(np.int64)
    return found


def _with_waves(slots: Ints, chance: np.random.Generator) -> Ints:
    """With slow waves in what the level of the light moves, and at times in the intervals."""
    t = np.arange(SLOTS) / SLOTS_HZ
    waves = [np.sin(2 * np.pi * chance.uniform(*_SLOW_HZ) * t + chance.uniform(0, 2 * np.pi)) for _ in range(_WAVES)]
    wave = np.sum(waves, axis=0) / np.std(waves)
    series = [*_LEVELS, *(_INTERVALS if chance.random() < 0.5 else ())]
    changed = slots.astype(np.float64)
    sizes = np.zeros(len(slots))
    sizes[list(_LEVELS)] = changed[list(_LEVELS)].std(1).mean()
    sizes[list(_INTERVALS)] = changed[list(_INTERVALS)].std(1)
    for one in series:
        changed[one] += chance.choice(_SIZES) * sizes[one] * wave / 2
    return np.clip(np.round(changed), -32767, 32767).astype(np.int64)


def _window(recording: Recording, row: Ints, pace: float) -> tuple[Ints, tuple[bool, bool], float]:
    """Slots (8, 100), whether there are those of pulses and of heart beats, and the rate."""
    length = int(np.ceil((SLOTS - 1) * pace)) + 1
    parts, enough = [], []
    for of, since, end in zip(recording.slots, row[1:4], row[4:7], strict=True):
        enough.append(since >= length)
        parts.append(_stretched(of[end - length : end], pace) if since >= length else np.zeros((of.shape[1], SLOTS)))
    rate = true_rate(recording.breaths, float(row[0]), BREATHS_S * pace) * pace
    slots = np.concatenate([np.round(part).astype(np.int64) for part in parts])
    return slots, (enough[0] and enough[1], enough[2]), rate


def _stretched(slots: Ints, pace: float) -> Floats:
    at = len(slots) - 1 - np.arange(SLOTS)[::-1] * pace
    return np.array([np.interp(at, np.arange(len(slots)), series) for series in slots.T])
