"""Rides through detection and alarm machine of the helmet, without chips: what it makes of them, a ride a second.

`python -m firmware_sim.testing.crash_rides FIRST LAST [PROFILE] [no-gnss]` plays each course with these seeds and
prints what came of them: alarms that were confirmed and candidates, and how long after the impact a countdown began.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np

from firmware_sim.firmware import wire_gen as wire
from firmware_sim.firmware.clock import DeviceClock
from firmware_sim.firmware.drivers.gnss import nmea, receiver
from firmware_sim.firmware.drivers.h3lis331dl import MG
from firmware_sim.firmware.drivers.modem.modem import Modem
from firmware_sim.firmware.dsp.imu.crash import CrashDetector
from firmware_sim.firmware.dsp.imu.pipeline import ImuPipeline
from firmware_sim.firmware.roles.alarm_owner import AlarmOwner
from firmware_sim.firmware.services.alarm import states
from firmware_sim.firmware.services.alarm.arming import MOTORCYCLE
from firmware_sim.firmware.vitals import Vitals
from firmware_sim.testing.alarm_cases import Port
from firmware_sim.world.base import GROUPS, IMPACT, MOTION, POSITION, FloatArray
from firmware_sim.world.rides import COURSES, CRASHES, Ride

_STEP_S = 0.05
_COLD_START_S = 5
_RAIL = 2047
_ACCEL_G, _GYRO_DPS = 0.000488, 0.07


@dataclass(frozen=True)
class Outcome:
    """What came of a ride: times in s at which candidates, countdowns and confirmed alarms began."""

    candidates: tuple[float, ...]
    countdowns: tuple[float, ...]
    alarms: tuple[float, ...]


class _Motion:
    """What the owner needs of a `CrashChain`."""

    works = True

    def __init__(self, samples: FloatArray, vitals: Vitals) -> None:
        scaled = np.nan_to_num(samples) / ([_ACCEL_G] * 3 + [_GYRO_DPS] * 3)
        self._counts = np.clip(np.rint(scaled), -32768, 32767).astype(np.int16)
        self._vitals = vitals
        self._dsp = ImuPipeline()
        self._event: tuple[int, int, int, int] | None = None
        self._taken = 0
        self.segments = self._dsp.segments
        self.crash = CrashDetector(self.segments)

    def advance(self, t: float) -> None:
        """Take the samples until then."""
        end = min(int(t * GROUPS[MOTION].rate_hz), len(self._counts))
        rows = self._counts[self._taken : end]
        self._taken = end
        self._dsp.push(array("h", rows[:, :3].tobytes()), array("h", rows[:, 3:].tobytes()), len(rows))
        self._vitals.motion_mg[0] = self._dsp.motion_mg
        while (event := self._dsp.next_event()) is not None:
            is_first = self._event is None or self._event[0] != wire.EVENT_KIND_ACCIDENT
            if event.kind == wire.EVENT_KIND_ACCIDENT or (event.kind == wire.EVENT_KIND_FALL and is_first):
                self._event = event.kind, event.severity, event.peak_mg, event.index
        while (window := self._dsp.next_window()) is not None:
            self._vitals.put(wire.READING_KIND_ACTIVITY, round(t * 1e6), window.activity)

    def take_event(self) -> tuple[int, int, int, int] | None:
        """See `CrashChain`."""
        event, self._event = self._event, None
        return event


class _Impacts:
    """What the owner needs of an `ImpactChain`."""

    def __init__(self, samples: FloatArray) -> None:
        counts = np.clip(np.rint(samples * 1000 / MG), -_RAIL, _RAIL)
        self._mg = np.linalg.norm(counts, axis=1) * MG
        self._now = self._taken = 0

    def advance(self, t: float) -> None:
        """Take the samples until then."""
        self._now = int(t * GROUPS[IMPACT].rate_hz)

    def take_peak(self) -> int:
        """See `ImpactChain`."""
        first, self._taken = self._taken, self._now
        return int(self._mg[first : self._now].max(initial=0))

    def compare(self, own_mg: int, other_mg: int, now_us: int) -> None:
        """See `ImpactChain`."""


class _Gnss:
    """What the owner needs of a `Gnss`."""

    def __init__(self, samples: FloatArray, works: bool) -> None:
        self._samples = samples
        self._works = works
        self.position: list[int | None] = [None] * nmea.FIX_SIZE

    def poll(self, now_ms: int) -> None:
        """See `Gnss`."""
        if self.state(now_ms) == receiver.FIX:
            row = self._samples[min(now_ms // 1000 - 1, len(self._samples) - 1)]
            self.position[nmea.SPEED_MM_S] = round(row[3] * 1000)

    def state(self, now_ms: int) -> int:
        """See `Gnss`."""
        return receiver.FIX if self._works and now_ms > _COLD_START_S * 1000 else receiver.NO_FIX

    def age_ms(self, now_ms: int) -> int | None:
        """See `Gnss`."""
        return 0 if self._works else None


class _Settings(dict[int, int]):
    def text(self, number: int) -> str:
        """See `Settings`."""
        return "Jo 112" if number == wire.SETTING_CONTACTS else ""


def play(ride: Ride, profile: int = MOTORCYCLE, gnss: bool = True) -> Outcome:
    """A whole ride, and what came of it."""
    end_s = ride.duration_s or 0.0
    vitals = Vitals()
    vitals.fitted[wire.STREAM_ACCEL] = 1
    motion = _Motion(ride.sample(MOTION, np.arange(0.0, end_s, 1 / GROUPS[MOTION].rate_hz)), vitals)
    impacts = _Impacts(ride.sample(IMPACT, np.arange(0.0, end_s, 1 / GROUPS[IMPACT].rate_hz)))
    nobody = SimpleNamespace(poll=lambda now_ms: 0)
    silent = SimpleNamespace(sound=lambda period_ms, now_ms: None, poll=lambda now_ms: None)
    position = _Gnss(ride.sample(POSITION, np.arange(0.0, end_s, 1.0)), gnss)
    board: Any = SimpleNamespace(
        now_us=lambda: 0, gnss=position, modem=Modem(Port()), button=nobody, sounder=silent, flash=None
    )
    rtc: Any = SimpleNamespace(datetime=lambda: (2026, 11, 30, 0, 12, 0, 0, 0))
    settings: Any = _Settings({wire.SETTING_ALARM_PROFILE: profile, wire.SETTING_ALARM_COUNTDOWN: 15})
    chains: dict[str, Any] = {"motion": motion, "impact": impacts}
    owner = AlarmOwner(board, DeviceClock(rtc), vitals, settings, **chains, band=None)
    began: dict[int, list[float]] = {states.CANDIDATE: [], states.COUNTDOWN: [], states.CONFIRMED: []}
    state = states.DISARMED
    for step in range(1, int(end_s / _STEP_S)):
        t = step * _STEP_S
        motion.advance(t)
        impacts.advance(t)
        owner.poll(round(t * 1e6))
        if owner.machine.state != state:
            state = owner.machine.state
            began.setdefault(state, []).append(t)
    return Outcome(*(tuple(began[kind]) for kind in (states.CANDIDATE, states.COUNTDOWN, states.CONFIRMED)))


def main(words: Sequence[str]) -> None:
    """Play and print; see above."""
    numbers = [int(word) for word in words if word.isdecimal()]
    profile = numbers[2] if len(numbers) > 2 else MOTORCYCLE
    hours = 0.0
    for name in COURSES:
        found = candidates = countdowns = 0
        late: list[float] = []
        for seed in range(numbers[0], numbers[1]):
            ride = Ride(name, seed)
            hours += (ride.duration_s or 0.0) / 3600
            outcome = play(ride, profile, "no-gnss" not in words)
            found += bool(outcome.alarms)
            candidates += len(outcome.candidates)
            countdowns += len(outcome.countdowns)
            late += [outcome.countdowns[0] - ride.events[0].time_s] if outcome.countdowns and ride.events else []
        spread = f"{min(late):.1f} to {max(late):.1f} s, median {np.median(late):.1f}" if late else "none"
        rides = numbers[1] - numbers[0]
        what = "crash" if name in CRASHES else ""
        print(f"{name:20}{what:6}{rides:4} rides {candidates:4} candidates {countdowns:4} countdowns", end="")
        print(f" {found:4} alarms; countdown after {spread}", flush=True)
    print(f"{hours:.1f} h")


if __name__ == "__main__":
    main(sys.argv[1:])
