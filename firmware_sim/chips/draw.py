"""The current that chips take, by what they do (currents.toml), and the charge that it adds up to."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ..mcu.clock import Clock

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_TABLE = Path(__file__).with_name("currents.toml")


@cache
def current_table() -> dict[str, dict[str, Any]]:
    """Of each chip `ma`, the current of each state in mA at 3.0 V, and its `source`."""
    return tomllib.loads(_TABLE.read_text(encoding="utf-8"))


@dataclass
class Charge:
    """How long a chip was in a state, s, and the charge that it took there, mA·s."""

    seconds: float = 0.0
    mas: float = 0.0


class Draw:
    """What one chip takes from its supply: `ma` are the currents of its states, as the table has them.

    The chip says in which state it is (`enter`), and of what goes on within one for a moment (`add`).
    """

    def __init__(self, clock: Clock, chip: str) -> None:
        self.chip = chip
        self.ma: dict[str, float] = current_table()[chip]["ma"]
        self.state = ""
        #: The current of that state, mA.
        self.now_ma = 0.0
        self._clock = clock
        self._since = clock.now
        self._charges: dict[str, Charge] = {}

    def enter(self, state: str, ma: float | None = None) -> None:
        """From now on it is in this state; `ma` where the table alone does not say what it takes."""
        self._settle()
        self.state = state
        self.now_ma = self.ma[state] if ma is None else ma

    def add(self, state: str, us: float) -> None:
        """For so many µs from now it takes the current of this state besides."""
        self._count(state, us / 1e6, self.ma[state])

    def charges(self) -> dict[str, Charge]:
        """What it took so far, by state."""
        self._settle()
        return self._charges

    @property
    def total_mas(self) -> float:
        """The charge that it took so far, mA·s."""
        return sum(charge.mas for charge in self.charges().values())

    def _settle(self) -> None:
        now = self._clock.now
        if now > self._since:
            self._count(self.state, (now - self._since) / 1e6, self.now_ma)
        self._since = now

    def _count(self, state: str, seconds: float, ma: float) -> None:
        charge = self._charges.setdefault(state, Charge())
        charge.seconds += seconds
        charge.mas += seconds * ma
