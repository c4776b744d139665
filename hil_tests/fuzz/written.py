"""Mutated scenarios and inventories: read, or refused with the line of what is wrong."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from random import Random

from ..checked_yaml.errors import FileError
from ..plugin.inventory import load_inventory
from ..scenarios.loading import load
from .campaign import Campaign, Files
from .mutation import TEXT, mutated

_GALLERY = Path(__file__).resolve().parents[1] / "scenarios/gallery"
_INVENTORY = b"""# boards
boards:
  desk-1: {serial: /dev/ttyACM0, model: vitalband-ref, capabilities: [ecg, ppg]}
  shelf-2:
    ble: C0:FF:EE:00:00:02
    power: {switch: relay, on: "relay 2 on", off: "relay 2 off", off_s: 3}
"""
#: What YAML gives a meaning to, and numbers that break sums.
_TOKENS = (
    b": ",
    b"- ",
    b"[",
    b"]",
    b"{",
    b"}",
    b"&a ",
    b"*a",
    b"!!python/none ",
    b"|",
    b"'",
    b'"',
    b"#",
    b"off",
    b"1e999",
    b"09",
    b"reason: noise, ",
)
_LINE = re.compile(r"^.*s\.yaml:\d+: .+")


class WrittenFiles:
    """One file after the other."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "s.yaml"
        self._scenarios = [path.read_bytes() for path in sorted(_GALLERY.glob("*.yaml"))]

    def input(self, chance: Random) -> Files:
        """A file of the gallery, or an inventory, with faults in it."""
        is_inventory = chance.random() < 0.2
        text = bytearray(_INVENTORY if is_inventory else chance.choice(self._scenarios))
        for _ in range(chance.choice((0, 1, 1, 2))):
            at = chance.randrange(len(text))
            text[at:at] = chance.choice(_TOKENS)
        name = "inventory.yaml" if is_inventory else "scenario.yaml"
        return {name: mutated(chance, bytes(text), TEXT) if chance.random() < 0.7 else bytes(text)}

    def attempt(self, files: Files) -> Counter[str]:
        """Read it."""
        ((name, content),) = files.items()
        self._path.write_bytes(content)
        try:
            if name == "inventory.yaml":
                load_inventory(self._path)
            else:
                load(self._path)
        except FileError as error:
            assert error.problems
            assert all(_LINE.match(line) for line in str(error).split("\n")), str(error)
            return Counter({"refused": 1})
        return Counter({"read": 1})


CAMPAIGN = Campaign("written", WrittenFiles)
