"""Bonds that the firmware keeps: bumble's key store over the GET_SECRET and SET_SECRET events."""

from __future__ import annotations

import json

from bumble.keys import KeyStore, PairingKeys

from .irq import GET_SECRET, SET_SECRET, IrqQueue

#: Kind of secret, as NimBLE numbers them: what the peer gave us.
PEER_SECRET = 2
_MOST_BONDS = 64


class FirmwareBonds(KeyStore):
    """Asks the firmware; a firmware without a handler for secrets has no bonds."""

    def __init__(self, irq: IrqQueue) -> None:
        self._irq = irq
        # a port requests all bonds within `active`: whoever has no handler yet has none
        self._may_request = irq.handler is not None

    def find(self, name: str) -> PairingKeys | None:
        """Keys of a peer, None when there are none or they are damaged."""
        entry = _decode(self._irq.request(GET_SECRET, (PEER_SECRET, 0, name.encode())))
        return entry[1] if entry else None

    async def get(self, _name: str) -> PairingKeys | None:
        """Keys of a peer."""
        return self.find(_name)

    async def get_all(self) -> list[tuple[str, PairingKeys]]:
        """Every bond there is."""
        found = []
        may_request, self._may_request = self._may_request, True
        for index in range(_MOST_BONDS if may_request else 0):
            value = self._irq.request(GET_SECRET, (PEER_SECRET, index, None))
            if value is None:
                break
            entry = _decode(value)
            if entry is not None:
                found.append(entry)
        return found

    async def update(self, name: str, keys: PairingKeys) -> None:
        """Keep a peer's keys."""
        value = json.dumps({"peer": name, "keys": keys.to_dict()}, separators=(",", ":")).encode()
        self._irq.request(SET_SECRET, (PEER_SECRET, name.encode(), value))

    async def delete(self, name: str) -> None:
        """Forget a peer."""
        self._irq.request(SET_SECRET, (PEER_SECRET, name.encode(), None))


def _decode(value: object) -> tuple[str, PairingKeys] | None:
    if not isinstance(value, (bytes, bytearray, memoryview)):
        return None
    try:
        entry = json.loads(bytes(value))
        return str(entry["peer"]), PairingKeys.from_dict(entry["keys"])
    except (ValueError, TypeError, KeyError, AttributeError):
        return None  # flash that came back damaged is a bond that is gone
