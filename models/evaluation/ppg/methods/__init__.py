"""What is scored on PPG: the device, and others' methods on the same windows."""

from __future__ import annotations

from collections.abc import Sequence

from ...core.method import Method
from .device import Device
from .peers import Peer


def methods(target: str, peers: Sequence[str]) -> list[Method]:
    """The device on `target`, then the peers."""
    return [Device(target), *(Peer(name) for name in peers)]
