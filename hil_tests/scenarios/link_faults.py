"""Faults of the cable between device and host, by the names that scenarios have for them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

#: What becomes of a piece of data that is chosen.
_Change = Callable[[Random, bytes], bytes]


def _lose(_chance: Random, _data: bytes) -> bytes:
    return b""


def _corrupt(chance: Random, data: bytes) -> bytes:
    """One byte is another one."""
    at = chance.randrange(len(data))
    return data[:at] + bytes([data[at] ^ chance.randrange(1, 256)]) + data[at + 1 :]


def _double(_chance: Random, data: bytes) -> bytes:
    return data + data


#: Name: what happens to a piece of data, and whether `ratio` says of how many (else of all).
LINK_FAULTS: dict[str, tuple[_Change, bool]] = {
    "off": (_lose, False),
    "loss": (_lose, True),
    "noise": (_corrupt, True),
    "duplication": (_double, True),
}
DEFAULT_RATIO = 0.1


@dataclass(frozen=True)
class LinkFault:
    """The cable at fault from `start_s` until before `stop_s`, in both directions; `ratio` of all pieces are hit."""

    fault: str
    start_s: float
    stop_s: float
    ratio: float = DEFAULT_RATIO
    seed: int = 0


def misfit(name: str, settings: Sequence[str]) -> str | None:
    """What keeps a fault from having these settings; None where nothing does."""
    allowed = ("seed", "ratio") if LINK_FAULTS[name][1] else ("seed",)
    foreign = [each for each in settings if each not in allowed]
    return f"link {name} has no {', '.join(foreign)}" if foreign else None


class FaultyLink:
    """What data becomes on its way through a cable with `faults`; `now_s` is the scenario's time."""

    def __init__(self, faults: Sequence[LinkFault], now_s: Callable[[], float]) -> None:
        self._faults = [(fault, Random(f"{fault.fault}/{fault.seed}")) for fault in faults]
        self._now_s = now_s

    @property
    def at_fault(self) -> bool:
        """Whether a fault lasts now."""
        return any(fault.start_s <= self._now_s() < fault.stop_s for fault, _ in self._faults)

    def passed(self, data: bytes) -> bytes:
        """A piece as it arrives; empty: it does not."""
        now_s = self._now_s()
        for fault, chance in self._faults:
            change, is_partial = LINK_FAULTS[fault.fault]
            chosen = fault.start_s <= now_s < fault.stop_s and (not is_partial or chance.random() < fault.ratio)
            if chosen and data:
                data = change(chance, data)
        return data
