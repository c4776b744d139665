"""Who a virtual adapter is: its address and the bonds that go with it, in memory or in a JSON file."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bleak.exc import BleakError
from bumble.hci import Address
from bumble.keys import KeyStore, PairingKeys


class Identity(KeyStore):
    """A static random address, the key that resolves it, and the keys of paired peers.

    With a path it is read from there, or made and kept there. BleakError when that is not possible.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path
        self.address: Address = Address.generate_static_address()
        self.irk = secrets.token_bytes(16)
        self._bonds: dict[str, PairingKeys] = {}
        if path is not None and path.exists():
            self._load(path)

    def bond(self, peer: str) -> PairingKeys | None:
        """Keys of a peer."""
        return self._bonds.get(peer)

    async def get(self, _name: str) -> PairingKeys | None:
        """Keys of a peer."""
        return self.bond(_name)

    async def get_all(self) -> list[tuple[str, PairingKeys]]:
        """Every bond there is."""
        return list(self._bonds.items())

    async def update(self, name: str, keys: PairingKeys) -> None:
        """Keep a peer's keys."""
        self._bonds[name] = keys
        self._save()

    async def delete(self, name: str) -> None:
        """Forget a peer; harmless when it is not known."""
        if self._bonds.pop(name, None) is not None:
            self._save()

    def _load(self, path: Path) -> None:
        try:
            stored: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            self.address = Address(stored["address"])
            self.irk = bytes.fromhex(stored["irk"])
            self._bonds = {peer: PairingKeys.from_dict(keys) for peer, keys in stored["bonds"].items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise BleakError(f"{path}: not a file of bonds ({error})") from error

    def _save(self) -> None:
        if self.path is None:
            return
        bonds = {peer: keys.to_dict() for peer, keys in self._bonds.items()}
        text = json.dumps({"address": str(self.address), "irk": self.irk.hex(), "bonds": bonds}, indent=2)
        fresh = self.path.with_name(self.path.name + ".new")
        try:
            # keys are secrets: nobody else may read them
            with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
                file.write(text)
            os.replace(fresh, self.path)
        except OSError as error:
            raise BleakError(f"{self.path}: bonds cannot be kept ({error})") from error
