"""The device with other networks in place of those that ship: for each record those that never saw its person."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

from firmware_sim.firmware.dsp.ppg import motion_tracker
from firmware_sim.firmware.dsp.ppg import respiration as breath
from models import pulse_motion, respiration
from models.common.command import need
from models.common.manifest import Manifest
from models.common.paths import ModelPaths
from models.evaluation.core.dataset import Case
from models.evaluation.ppg.methods.device import Device
from models.pulse_motion.network import CODES
from models.pulse_motion.network import MIDDLE_BIN as PULSE_MIDDLE_BIN
from models.pulse_motion.quantize import Quantized
from models.pulse_motion.train import fold_path as pulse_path
from models.respiration.inputs import MIDDLE_BIN, PARTS, load_networks
from models.respiration.train import fold_path as breath_path

#: What the firmware's module has under each name.
Constants = Mapping[str, int | bytes]


def pulse_constants(person: str, fold: int) -> Constants:
    """Of the networks of `pulse_motion` that never saw this person."""
    network, presence = (Quantized.load(pulse_path(person), name) for name in ("network", "presence"))
    tables = (of.table(CODES, PULSE_MIDDLE_BIN) for of in (network, presence))
    constants = {"GAIN": network.gain, "PRESENCE_GAIN": presence.gain, "NO_PULSE": presence.none}
    return {**dict(zip(("NETWORK", "PRESENCE"), tables, strict=True)), **constants}


def breath_constants(person: str, fold: int) -> Constants:
    """Of the networks of `respiration` that never saw the people of this fold."""
    networks = load_networks(breath_path(fold))
    tables = {part.name.upper(): of.table(part.codes, MIDDLE_BIN) for of, part in zip(networks, PARTS, strict=True)}
    return {**tables, "GAIN": networks[0].gain}


class Part(NamedTuple):
    """A model that learned from people: its files, the module that runs it, and what that has for each person."""

    paths: ModelPaths
    module: Any
    constants: Callable[[str, int], Constants]
    datasets: tuple[str, ...]
    #: The reading that it makes.
    reading: str


PARTS_BY_NAME = {
    "pulse_motion": Part(pulse_motion.paths, motion_tracker, pulse_constants, ("troika",), "pulse"),
    "respiration": Part(respiration.paths, breath, breath_constants, ("bidmc", "bidmc_ecg"), "resp"),
}


def constants_of(name: str) -> dict[str, Constants]:
    """By person; DataMissingError where the networks of the folds are not there."""
    part = PARTS_BY_NAME[name]
    records = [(record.person, record.fold or 0) for record in Manifest.load(part.paths.manifest).records]
    files = {pulse_path(person) if name == "pulse_motion" else breath_path(fold) for person, fold in records}
    need(sorted(files), f"python -m models.{name}.train")
    return {person: part.constants(person, fold) for person, fold in records}


@dataclass(frozen=True)
class LeftOut(Device):
    """The device on CPython, with the constants of `people` in place of what `model` ships."""

    model: str = ""
    people: Mapping[str, Constants] = field(default_factory=dict)

    def run(self, dataset: Any, case: Case, workspace: Path) -> Any:
        """See `Method.run`; KeyError for a record of somebody whom no network was kept from."""
        with _replaced(PARTS_BY_NAME[self.model].module, self.people[case.record]):
            return super().run(dataset, case, workspace)


@contextmanager
def _replaced(module: Any, constants: Constants) -> Iterator[None]:
    with ExitStack() as stack:
        for name, value in constants.items():
            stack.enter_context(patch.object(module, name, value))
        yield
