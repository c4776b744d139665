"""What is scored: the device, and peers that run on the same leads."""

from __future__ import annotations

from collections.abc import Sequence

from ...core.method import Method
from .device import Device
from .peers import PEERS, Peer

__all__ = ["PEERS", "methods"]


def methods(target: str, peers: Sequence[str]) -> list[Method]:
    """The device on `target`, then the peers."""
    return [Device(target), *(Peer(name) for name in peers)]
