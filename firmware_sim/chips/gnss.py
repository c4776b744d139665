"""A GNSS receiver on a UART: NMEA sentences of where the world is, once a second, and what receivers do wrong."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta, timezone

from ..mcu.clock import Clock
from ..mcu.fidelity import Aspect, Fidelity
from ..world.base import POSITION, World
from .sampler import Sampler

#: What `Gnss.glitches` may have.
GLITCHES = {
    "no_fix": "it sees no satellites",
    "jump": "its position is 10 km north of the true one",
    "old": "it repeats what it said five seconds before, for ever",
    "checksum": "every check sum is wrong",
    "truncated": "every sentence is cut, and the next one follows at once",
}
START = datetime(2026, 11, 30, 12, tzinfo=timezone.utc)
_JUMP_DEG = 0.09
_OLD_EPOCHS = 5
_KNOT_M_S = 1852 / 3600


FIDELITY = Fidelity(
    part="GNSS receiver",
    sheet="NMEA 0183",
    component="gnss",
    aspects=(
        Aspect("GGA, GSA, RMC and VTG", "sentences", "test_sentences_are_the_world_for_an_independent_parser"),
        Aspect("cold start and loss of fix", "own assumption", "test_cold_start_and_a_world_without_satellites"),
        Aspect(
            "jumps; old, damaged and cut sentences",
            "own assumption",
            "test_the_driver_believes_no_glitch_and_the_truth_after_it",
        ),
    ),
    left_out=("satellites in view", "drift and scatter of the position", "commands", "a pace of the cable"),
    on_emulated_cores=False,
)


class Gnss:
    """The chip; `send` is set by the UART that it is attached to."""

    def __init__(
        self,
        clock: Clock,
        world: World,
        begin_us: int = 0,
        ppm: float = 0.0,
        talker: str = "GN",
        cold_start_s: float = 5.0,
        start: datetime = START,
    ) -> None:
        self.sampler = Sampler(clock, world, POSITION, begin_us, ppm)
        self.glitches: set[str] = set()
        self.send: Callable[[bytes], object] = lambda data: None
        self._clock = clock
        self._talker = talker
        self._fix_at_us = clock.now + round(cold_start_s * 1e6)
        self._start = start
        self._begin_us = begin_us
        self._said: deque[bytes] = deque(maxlen=_OLD_EPOCHS + 1)
        self.sampler.start(1.0)
        self._schedule()

    def receive(self, data: bytes) -> None:
        """It knows no commands."""

    def _schedule(self) -> None:
        sampler = self.sampler
        self._clock.call_at(sampler.sample_us(sampler.taken), self._begin_epoch)

    def _begin_epoch(self) -> None:
        sampler = self.sampler
        if not sampler.left:
            sampler.refill()
        row = sampler.raw[sampler.take(1).start].tolist()
        self._schedule()
        if "old" in self.glitches and self._said:
            self.send(self._said[0])
            return
        self._said.append(self._epoch(row))
        self.send(self._damaged(self._said[-1]))

    def _epoch(self, row: list[float]) -> bytes:
        """All sentences of a second."""
        time = self._start + timedelta(microseconds=self._clock.now - self._begin_us)
        fixed = self._clock.now >= self._fix_at_us and "no_fix" not in self.glitches and not math.isnan(row[0])
        bodies = _with_fix(row, time, "jump" in self.glitches) if fixed else _without_fix(time)
        return b"".join(sentence(self._talker + body) for body in bodies)

    def _damaged(self, data: bytes) -> bytes:
        sentences = data.splitlines(keepends=True)
        if "checksum" in self.glitches:
            sentences = [line[:-4] + b"%02X\r\n" % (int(line[-4:-2], 16) ^ 0x55) for line in sentences]
        if "truncated" in self.glitches:
            sentences = [line[: len(line) // 2] for line in sentences]
        return b"".join(sentences)


def sentence(body: str) -> bytes:
    """A sentence with its check sum."""
    check = 0
    for byte in body.encode("ascii"):
        check ^= byte
    return f"${body}*{check:02X}\r\n".encode("ascii")


def _angle(degrees: float, width: int, hemispheres: str) -> str:
    units = round(abs(degrees) * 60e5)  # 1e-5 minutes
    whole, part = divmod(units, 6_000_000)
    return f"{whole:0{width}d}{part // 100_000:02d}.{part % 100_000:05d},{hemispheres[degrees < 0]}"


def _with_fix(row: list[float], time: datetime, jumped: bool) -> list[str]:
    latitude, longitude, altitude_m, speed_m_s, course_deg = row
    latitude += _JUMP_DEG if jumped else 0.0
    at = f"{_angle(latitude, 2, 'NS')},{_angle(longitude, 3, 'EW')}"
    clock = f"{time:%H%M%S}.{time.microsecond // 10_000:02d}"
    knots = speed_m_s / _KNOT_M_S
    return [
        f"GGA,{clock},{at},1,09,0.95,{altitude_m:.1f},M,46.9,M,,",
        "GSA,A,3,04,05,09,12,17,22,24,25,29,,,,1.6,0.9,1.3",
        f"RMC,{clock},A,{at},{knots:.3f},{course_deg:.2f},{time:%d%m%y},,,A",
        f"VTG,{course_deg:.2f},T,,M,{knots:.3f},N,{speed_m_s * 3.6:.3f},K,A",
    ]


def _without_fix(time: datetime) -> list[str]:
    clock = f"{time:%H%M%S}.{time.microsecond // 10_000:02d}"
    return [
        f"GGA,{clock},,,,,0,00,99.99,,M,,M,,",
        "GSA,A,1" + "," * 12 + ",99.99,99.99,99.99",
        f"RMC,{clock},V,,,,,,,{time:%d%m%y},,,N",
        "VTG,,T,,M,,N,,K,N",
    ]
