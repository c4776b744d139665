"""Mutated .tflite files through `nn.load`: a `ModelError` that says what is wrong, or a network that runs."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from random import Random

from firmware_sim.firmware.nn.errors import ModelError
from firmware_sim.testing.tflite_cases import CASES, build, pipeline

from ..bench.mcu.networks import shipped
from .campaign import Campaign, Files
from .mutation import mutated

#: The interpreter's kernels check every access on CPython, which takes long: only networks of so many bytes run there.
_SMALL = 4096


class Networks:
    """Every operator in every shape that there is a case for, several in one, and the project's own."""

    def __init__(self, _folder: Path) -> None:
        import firmware_sim.targets.cpython  # noqa: F401 - puts tflite where firmware finds it
        from firmware_sim.firmware import nn
        from firmware_sim.firmware.nn.loading.prepare import prepare

        self._load, self._prepare = nn.load, prepare
        small = [build(name) for name in sorted(CASES)] + [pipeline(seed) for seed in range(4)]
        # most with the small ones, which are quick, and whose every byte means something
        self._models = small + [path.read_bytes() for _, path in sorted(shipped().items())]

    def input(self, chance: Random) -> Files:
        """A network, mutated."""
        return {"model.tflite": mutated(chance, chance.choice(self._models))}

    def attempt(self, files: Files) -> Counter[str]:
        """Load it as the simulated device does, and run it."""
        model = files["model.tflite"]
        try:
            net = self._load(model)
        except ModelError as error:
            return Counter({type(error).__name__: 1})
        net.invoke()
        if len(model) <= _SMALL:
            self._prepare(model).invoke()
        return Counter({"ran": 1})


CAMPAIGN = Campaign("networks", Networks)
