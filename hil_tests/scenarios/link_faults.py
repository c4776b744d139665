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


def _keep(_chance: Random, data: bytes) -> bytes:
    return data


#: Name: what happens to a piece of data, and which settings it has: `ratio` of all pieces are hit, else all.
LINK_FAULTS: dict[str, tuple[_Change, tuple[str, ...]]] = {
    "off": (_lose, ()),
    "loss": (_lose, ("ratio",)),
    "noise": (_corrupt, ("ratio",)),
    "duplication": (_double, ("ratio",)),
    "reordering": (_keep, ("ratio",)),
    "latency": (_keep, ("delay_s",)),
}
DEFAULT_RATIO = 0.1
DEFAULT_DELAY_S = 0.3
#: What waits longer than a block may wait would be no more in time.
MOST_DELAY_S = 1.0


@dataclass(frozen=True)
class LinkFault:
    """The cable at fault from `start_s` until before `stop_s`, in both directions.

    `ratio` of all pieces are hit; each comes `delay_s` late.
    """

    fault: str
    start_s: float
    stop_s: float
    ratio: float = DEFAULT_RATIO
    delay_s: float = DEFAULT_DELAY_S
    seed: int = 0


def misfit(name: str, settings: Sequence[str]) -> str | None:
    """What keeps a fault from having these settings; None where nothing does."""
    allowed = ("seed", *LINK_FAULTS[name][1])
    foreign = [each for each in settings if each not in allowed]
    return f"link {name} has no {', '.join(foreign)}" if foreign else None


class FaultyLink:
    """What data becomes on its way through a cable with `faults`; `now_s` is the scenario's time.

    `later` makes a call after so many seconds of it.
    """

    def __init__(
        self,
        faults: Sequence[LinkFault],
        now_s: Callable[[], float],
        later: Callable[[float, Callable[[], object]], object],
    ) -> None:
        self._faults = [(fault, Random(f"{fault.fault}/{fault.seed}")) for fault in faults]
        self._now_s = now_s
        self._later = later
        #: By direction: a piece that the next one overtakes, and when the last one arrives.
        self._overtaken: dict[str, bytes] = {}
        self._last_s: dict[str, float] = {}
        #: How often it was cut.
        self._cuts = 0

    def cut(self) -> None:
        """A reset of the device takes what is on its way with it, in both directions."""
        self._overtaken.clear()
        self._last_s.clear()
        self._cuts += 1

    def carry(self, data: bytes, way: str, deliver: Callable[[bytes], object]) -> None:
        """Have a piece arrive on its `way`, one of two directions, as whatever became of it; or not at all."""
        data = self.passed(data)
        if not data:
            return
        kept = self._overtaken.pop(way, b"")
        if not kept and self._overtakes():
            self._overtaken[way] = data
            return
        self._arrive(data + kept, way, deliver)

    def _overtakes(self) -> bool:
        """Whether the next piece comes before this one."""
        now_s = self._now_s()
        drawn = [
            chance.random() < fault.ratio
            for fault, chance in self._faults
            if fault.fault == "reordering" and fault.start_s <= now_s < fault.stop_s
        ]
        return any(drawn)

    def _arrive(self, data: bytes, way: str, deliver: Callable[[bytes], object]) -> None:
        """Late, where it is; behind what went before it in any case."""
        now_s = self._now_s()
        late_s = max(
            (f.delay_s for f, _ in self._faults if f.fault == "latency" and f.start_s <= now_s < f.stop_s), default=0.0
        )
        at_s = max(now_s + late_s, self._last_s.get(way, now_s))
        self._last_s[way] = at_s
        if at_s > now_s:
            cuts = self._cuts
            self._later(at_s - now_s, lambda: deliver(data) if self._cuts == cuts else None)
        else:
            deliver(data)

    @property
    def at_fault(self) -> bool:
        """Whether a fault lasts now, or something is still on its way."""
        now_s = self._now_s()
        is_late = any(at_s > now_s for at_s in self._last_s.values())
        return is_late or any(fault.start_s <= now_s < fault.stop_s for fault, _ in self._faults)

    def passed(self, data: bytes) -> bytes:
        """A piece as it arrives; empty: it does not."""
        now_s = self._now_s()
        for fault, chance in self._faults:
            change, settings = LINK_FAULTS[fault.fault]
            if change is _keep or not fault.start_s <= now_s < fault.stop_s:
                continue
            if ("ratio" not in settings or chance.random() < fault.ratio) and data:
                data = change(chance, data)
        return data
