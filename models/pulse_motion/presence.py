"""Is there a pulse at all? A second network, which looks at one rate: that which the first one finds.

It has the inputs of the first at that rate. Light without a pulse, which movement and noise move, and windows whose
likeliest rate is not the heart's are what it learns to refuse.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from .examples import Examples
from .network import NO_RATE, Inputs, Weights, fit
from .quantize import Quantized, quantize
from .signals import BPM

#: The most (bpm) by which a rate differs from the heart's to be its.
_SAME_BPM = 6.0


def at_likeliest(network: Quantized, examples: Examples) -> tuple[Inputs, Weights]:
    """Inputs (windows, 1, inputs) at the rate of the best score in each window that is known; 1 where it is right."""
    known = np.isfinite(examples.rates)
    inputs, rates = examples.inputs[known], examples.rates[known]
    best = network.scores(inputs).argmax(1)
    right = (rates != NO_RATE) & (np.abs(BPM[best] - rates) <= _SAME_BPM)
    return inputs[np.arange(len(best)), best][:, None], right[:, None].astype(np.float32)


def train(network: Quantized, examples: Iterable[Examples], recipe: dict[str, Any]) -> Quantized:
    """One that goes with `network`, in 8 bits."""
    parts = [at_likeliest(network, some) for some in examples]
    inputs, wanted = (np.concatenate(part) for part in zip(*parts, strict=True))
    found = fit(inputs, wanted, {**recipe, "epochs": recipe["presence_epochs"]}, recipe["seed"])
    return quantize(found, inputs[:: max(1, len(inputs) // 2000)], 1.0)
