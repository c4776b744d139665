"""Backends for bleak on a virtual radio, named explicitly or put in the place of bleak's own."""

from __future__ import annotations

import os
from pathlib import Path

import bleak

from .adapter import RadioSpec
from .client import VirtualClient
from .scanner import VirtualScanner

#: HCI transport to use where none is named, such as ``tcp-client:127.0.0.1:7300``.
ENVIRONMENT = "VITALBAND_AIR"
_PATCHED = ("get_platform_client_backend_type", "get_platform_scanner_backend_type")
_originals = {name: getattr(bleak, name) for name in _PATCHED}


def client_backend(transport: str, *, auto_pair: bool = True, bonds: Path | None = None) -> type[VirtualClient]:
    """A class for ``BleakClient(…, backend=…)``; `RadioSpec` says what the options are."""
    return type("VirtualClient", (VirtualClient,), {"spec": RadioSpec(transport, auto_pair, bonds)})


def scanner_backend(transport: str, *, bonds: Path | None = None) -> type[VirtualScanner]:
    """A class for ``BleakScanner(backend=…)``."""
    return type("VirtualScanner", (VirtualScanner,), {"spec": RadioSpec(transport, bonds=bonds)})


def install(transport: str | None = None, *, auto_pair: bool = True, bonds: Path | None = None) -> None:
    """Make every BleakClient and BleakScanner of this process use a virtual radio.

    Without a transport the environment's VITALBAND_AIR says which; ValueError when it does not.
    """
    transport = transport or os.environ.get(ENVIRONMENT)
    if not transport:
        raise ValueError(f"no virtual radio is named, and {ENVIRONMENT} is not set")
    client = client_backend(transport, auto_pair=auto_pair, bonds=bonds)
    scanner = scanner_backend(transport, bonds=bonds)
    for name, backend in zip(_PATCHED, (client, scanner), strict=True):
        setattr(bleak, name, lambda backend=backend: (backend, backend.__name__))


def uninstall() -> None:
    """Give bleak its own backends back."""
    for name, original in _originals.items():
        setattr(bleak, name, original)
