"""One small network for all rates: inputs are bytes of spectra around a rate, its double and its half."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .signals import RATES, SPECTRUM, Ints

Weights = NDArray[np.float32]
Inputs = NDArray[np.float32]

#: (spectrum, times, bins beside it): light and residual 0 and 1, motion 2; at the rate (1), its double, its half (0).
TAPS: tuple[tuple[int, int, int], ...] = (
    *((spectrum, 1, beside) for spectrum in (0, 1) for beside in (-5, -3, -1, 0, 1, 3, 5)),
    *((spectrum, 2, beside) for spectrum in (0, 1) for beside in (-2, 0, 2)),
    *((2, 1, beside) for beside in (-5, -2, 0, 2, 5)),
    (2, 2, 0),
    (2, 0, 0),
)
INPUTS, HIDDEN = len(TAPS) + 1, 12
_MEAN = 64
#: The rate that the last input counts from.
MIDDLE_BIN = 45
#: The rate of a window in which nothing has one.
NO_RATE = 0.0
#: Adam: decay of both moments; weight decay; noise on inputs, in their standard deviations.
_DECAY, _DECAY_SQUARE, _WEIGHT_DECAY, _NOISE = 0.9, 0.999, 1e-4, 0.1


def inputs_of(spectra: Ints) -> Inputs:
    """Inputs (windows, rates, `INPUTS`) of spectra (windows, 3, 152)."""
    columns = [spectra[:, which, _bins(times) + beside] - _MEAN for which, times, beside in TAPS]
    rate = np.broadcast_to(RATES - MIDDLE_BIN, columns[0].shape)
    return np.asarray(np.stack([*columns, rate], axis=-1), dtype=np.float32)


def _bins(times: int) -> Ints:
    return RATES // 2 if times == 0 else RATES * times


def tap_code(spectrum: int, times: int, beside: int, stride: int = SPECTRUM) -> int:
    """Where an input lies, as the kernel `score_rates` reads it; spectra begin `stride` bytes apart."""
    return spectrum * stride + beside + 8 + {1: 0, 2: 4096, 0: 8192}[times]


#: Of all inputs but the last.
CODES = tuple(tap_code(*tap) for tap in TAPS)


def targets(rates: NDArray[np.float64], bpm: NDArray[np.float64], spread_bpm: float) -> Weights:
    """A normal distribution around the true rate of each window, over the rates; 0 at each where that is `NO_RATE`."""
    found = np.exp(-0.5 * ((bpm[None] - rates[:, None]) / spread_bpm) ** 2)
    found /= found.sum(1, keepdims=True)
    found[rates == NO_RATE] = 0
    return np.asarray(found, dtype=np.float32)


@dataclass
class Network:
    """Two hidden layers; `layers` are weights and biases of the first, of the second, and weights of the output.

    A last one, where there is one, is the score that "no rate" has in every window.
    """

    layers: list[Weights]

    @classmethod
    def new(cls, seed: int, inputs: int, with_none: bool = False) -> Network:
        """With random weights, for so many inputs."""
        chance = np.random.default_rng(seed)
        return cls(
            [
                (chance.normal(size=(inputs, HIDDEN)) / np.sqrt(inputs)).astype(np.float32),
                np.zeros(HIDDEN, np.float32),
                (chance.normal(size=(HIDDEN, HIDDEN)) * np.sqrt(2 / HIDDEN)).astype(np.float32),
                np.zeros(HIDDEN, np.float32),
                (chance.normal(size=HIDDEN) * 0.3).astype(np.float32),
                *([np.zeros(1, np.float32)] if with_none else []),
            ]
        )

    def hidden(self, inputs: Inputs) -> tuple[Weights, Weights]:
        """Both hidden layers."""
        first = np.maximum(inputs @ self.layers[0] + self.layers[1], 0)
        return first, np.maximum(first @ self.layers[2] + self.layers[3], 0)

    def scores(self, inputs: Inputs) -> Weights:
        """Score of every rate: (windows, rates)."""
        found: Weights = self.hidden(inputs)[1] @ self.layers[4]
        return found

    def gradient(self, inputs: Inputs, wanted: Weights) -> list[Weights]:
        """Of the cross entropy over the rates, and over none where that has a score: wanted as far as no rate is."""
        first, second = self.hidden(inputs)
        scores = second @ self.layers[4]
        none = self.layers[5:]
        if none:
            scores = np.concatenate([scores, np.broadcast_to(none[0], (len(scores), 1))], axis=1)
            wanted = np.concatenate([wanted, 1 - wanted.sum(1, keepdims=True)], axis=1)
        found = np.exp(scores - scores.max(1, keepdims=True))
        errors = ((found / found.sum(1, keepdims=True) - wanted) / len(inputs)).astype(np.float32)
        of_none = [errors[:, -1:].sum(0)] if none else []
        error = errors[:, : second.shape[1]].reshape(-1, 1)
        flat, first, second = (
            inputs.reshape(-1, inputs.shape[-1]),
            first.reshape(-1, HIDDEN),
            second.reshape(-1, HIDDEN),
        )
        back_2 = error * self.layers[4] * (second > 0)
        back_1 = (back_2 @ self.layers[2].T) * (first > 0)
        return [flat.T @ back_1, back_1.sum(0), first.T @ back_2, back_2.sum(0), (error * second).sum(0), *of_none]


class Adam:
    """Adam with weight decay; `step(gradient, rate)` alters the weights in place."""

    def __init__(self, weights: Sequence[Weights]) -> None:
        self._weights = weights
        self._mean = [np.zeros_like(weight) for weight in weights]
        self._square = [np.zeros_like(weight) for weight in weights]
        self._steps = 0

    def step(self, gradient: Sequence[Weights], rate: float) -> None:
        """One step."""
        self._steps += 1
        for weight, mean, square, slope in zip(self._weights, self._mean, self._square, gradient, strict=True):
            slope = slope + _WEIGHT_DECAY * weight
            mean += (1 - _DECAY) * (slope - mean)
            square += (1 - _DECAY_SQUARE) * (slope * slope - square)
            unbiased = square / (1 - _DECAY_SQUARE**self._steps)
            weight -= (rate * mean / (1 - _DECAY**self._steps) / (np.sqrt(unbiased) + 1e-8)).astype(np.float32)


def fit(inputs: Inputs, wanted: Weights, recipe: dict[str, float], seed: int) -> Network:
    """Train on windows (n, rates, inputs); the scaling of the inputs is in the first layer of what is returned."""
    middle, spread = inputs.mean((0, 1)), inputs.std((0, 1)) + 1e-3
    scaled = (inputs - middle) / spread
    with_none = bool((wanted.sum(1) == 0).any())
    network, chance = Network.new(seed, inputs.shape[-1], with_none), np.random.default_rng(seed)
    optimiser = Adam(network.layers)
    batch, epochs = int(recipe["batch"]), int(recipe["epochs"])
    steps = len(inputs) // batch
    for epoch in range(epochs):
        order = chance.permutation(len(inputs))
        for step in range(steps):
            some = order[step * batch : (step + 1) * batch]
            noise = _NOISE * chance.normal(size=(batch, 1, inputs.shape[-1]))
            rate = recipe["learning_rate"] * (0.5 + 0.5 * np.cos(np.pi * (epoch * steps + step) / (epochs * steps)))
            optimiser.step(network.gradient((scaled[some] + noise).astype(np.float32), wanted[some]), rate)
    network.layers[1] = network.layers[1] - (middle / spread) @ network.layers[0]
    network.layers[0] = network.layers[0] / spread[:, None]
    return network
