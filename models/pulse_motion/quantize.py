"""The network in 8 bits, as the kernel `score_rates` computes it, and the bytes that it reads."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from .network import Inputs, Network
from .signals import Ints

_LARGEST = 127
#: Q20 bits of a score of 1.
_BITS_Q20 = (1 << 20) / np.log(2)


@dataclass(frozen=True)
class Quantized:
    """Weights of 8 bits, one scale a tensor; biases in units of a sum; bits that a sum is shifted right by.

    `gain` times a score are bits of evidence in Q20. `none` is the score of no rate, where that was learned.
    """

    first: list[list[int]]
    first_biases: list[int]
    second: list[list[int]]
    second_biases: list[int]
    output: list[int]
    shifts: list[int]
    gain: int
    none: int = 0

    @classmethod
    def load(cls, path: Path, name: str = "network") -> Quantized:
        """The one of this name in a file that `save` wrote."""
        return cls(**json.loads(path.read_text(encoding="utf-8"))[name])

    def as_json(self) -> dict[str, object]:
        """Its numbers by name."""
        return asdict(self)

    def scores(self, inputs: Inputs) -> Ints:
        """What the kernel gives: (windows, rates)."""
        hidden = inputs.astype(np.int64)
        for weights, biases, shift in (
            (self.first, self.first_biases, self.shifts[0]),
            (self.second, self.second_biases, self.shifts[1]),
        ):
            hidden = np.clip(hidden @ np.array(weights).T + np.array(biases) >> shift, 0, _LARGEST)
        found: Ints = hidden @ np.array(self.output)
        return found

    def with_gain(self, gain: int) -> Quantized:
        """The same with a larger `gain`: its scores are as much smaller."""
        return replace(self, output=_whole(np.array(self.output) * (self.gain / gain)), gain=gain)

    def table(self, codes: Sequence[int], middle: int) -> bytes:
        """The bytes that the kernel reads; `codes` of its inputs but the last, the bin less `middle`."""
        taps = bytes([len(codes) + 1, middle]) + b"".join(code.to_bytes(2, "little") for code in codes)
        biases = [
            b"".join(bias.to_bytes(3, "little", signed=True) for bias in of)
            for of in (self.first_biases, self.second_biases)
        ]
        first, second, output = (
            np.array(weights, np.int8).tobytes() for weights in (self.first, self.second, self.output)
        )
        return taps + biases[0] + first + biases[1] + second + output + bytes(self.shifts)


def quantize(network: Network, calibration: Inputs, power: float) -> Quantized:
    """In 8 bits; the ranges of hidden units are those on `calibration`.

    `power` is that of the softmax in the filter.
    """
    first, first_biases, second, second_biases, output = (layer.astype(np.float64) for layer in network.layers[:5])
    tops = [float(hidden.max()) for hidden in network.hidden(calibration)]
    unit, shifts, layers = 1.0, [], []
    for weights, biases, top in ((first, first_biases, tops[0]), (second, second_biases, tops[1])):
        scale = float(np.abs(weights).max()) / _LARGEST
        shift = max(0, int(np.ceil(np.log2(top / (unit * scale) / _LARGEST))))
        half = (1 << shift) >> 1
        layers.append((np.round(weights / scale).astype(int).T.tolist(), _whole(biases / (unit * scale) + half)))
        shifts.append(shift)
        unit *= scale * (1 << shift)
    scale = float(np.abs(output).max()) / _LARGEST
    gain = round(power * unit * scale * _BITS_Q20)
    none = round(float(network.layers[5][0]) / (unit * scale)) if network.layers[5:] else 0
    return Quantized(*layers[0], *layers[1], _whole(output / scale), shifts, gain, none)


def _whole(values: object) -> list[int]:
    return [int(value) for value in np.round(np.asarray(values))]
