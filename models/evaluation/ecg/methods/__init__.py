"""What is scored: the device, and peers that run on the same leads."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from ...core.dataset import Case, DataSet
from ..truth import Answer
from .device import Device
from .peers import PEERS, Peer

__all__ = ["PEERS", "Method", "methods"]


class Method(Protocol):
    """Something that answers for a lead; it travels to worker processes."""

    @property
    def name(self) -> str:
        """What its figures are listed under."""
        ...

    @property
    def tells(self) -> frozenset[str]:
        """What it tells besides R peaks: `waves`, `findings`, both or nothing."""
        ...

    def describe(self) -> dict[str, Any]:
        """What it is, with its version; raises PeerMissing where it is not installed."""
        ...

    def answer(self, dataset: DataSet, case: Case, workspace: Path) -> Answer:
        """What it says of a lead; raises a VitalbandError where it cannot."""
        ...


def methods(target: str, peers: Sequence[str]) -> list[Method]:
    """The device on `target`, then the peers."""
    return [Device(target), *(Peer(name) for name in peers)]
