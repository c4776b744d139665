"""`vitalband demo ride`: a helmet and its band on a ride that ends in a crash, and the same ride with a cancel.

Two simulated devices on one radio; nothing is shown that the firmware, its modem or its truth does not have.
"""

from __future__ import annotations

import asyncio
from textwrap import wrap

import numpy as np

from host_sdk.errors import SimulatorError

from ..chips.helmet import HELMET
from ..chips.modem import Sent
from ..firmware import wire_gen as wire
from ..firmware.drivers.gnss import nmea
from ..firmware.roles.alarm_owner import AlarmOwner
from ..firmware.services.alarm import states
from ..targets.pair import Pair
from ..targets.sent_messages import read_sent
from ..world.base import IMPACT
from ..world.rides import Ride
from ..world.wearer import PRESETS, Wearer
from .msd_fields import decoded

COLUMNS = 80
_MAS = 3_600_000
#: Of a degree of latitude.
_METRES = 111_320
_CONTACT = "Jo +49301234567, MSD +4989123456"
_COUNTDOWN_S = 10
_TICK_S = 0.1
_EVERY_S = 5
_AFTER_S = 6.0
_CANCEL_AFTER_S = 4.0
_PRESS_S = 0.3
_PLOT = (60, 9)
#: Of what an eCall's vitals are in.
_UNITS = {
    "severity": " of 4",
    "pulse": "/min",
    "spo2": " %",
    "vitals_age": " s",
    "speed_before": " km/h",
    "position_age": " s",
}
_STATES = {
    states.DISARMED: "disarmed",
    states.ARMED: "armed",
    states.FAULT: "fault",
    states.MUTED: "muted",
    states.CANDIDATE: "impact!",
    states.COUNTDOWN: "countdown",
    states.CANCELLED: "cancelled",
    states.CONFIRMED: "ALARM",
    states.RETRACTED: "retracted",
    states.CLOSED: "closed",
}


def run(course: str, seed: int) -> int:
    """Show both rides; 0. SimulatorError where one of them does not go as it should."""
    asyncio.run(_ride(course, seed, cancels=False))
    asyncio.run(_ride(course, seed, cancels=True))
    return 0


class _Screen:
    """What is shown of a ride, line by line."""

    def __init__(self, pair: Pair, owner: AlarmOwner) -> None:
        self._pair = pair
        self._owner = owner
        self._shown_s = float(-_EVERY_S)
        self._last: tuple[int, int | None] = (-1, None)
        #: Greatest acceleration since the latest line, until when it is known.
        self._most_g = 0.0
        self._felt_s = pair.now_s
        self.way: list[tuple[float, float]] = []
        #: When each state was first seen, s of the ride.
        self.began: dict[int, float] = {}

    def look(self) -> None:
        """A line where something has changed, or a while has passed."""
        owner, now_s = self._owner, self._pair.now_s
        position = owner.gnss.position
        latitude, longitude = position[nmea.LATITUDE_MAS], position[nmea.LONGITUDE_MAS]
        if latitude is not None and longitude is not None:
            self.way.append((longitude / _MAS, latitude / _MAS))
        felt = self._pair.helmet.world.sample(IMPACT, np.arange(self._felt_s, now_s, 0.001))
        self._felt_s = now_s
        self._most_g = max(self._most_g, float(np.nan_to_num(np.linalg.norm(felt, axis=1)).max(initial=0.0)))
        state = owner.machine.state
        left = owner.machine.seconds_left(owner.now_ms)
        if (state, left) != self._last or now_s - self._shown_s >= _EVERY_S:
            self.began.setdefault(state, now_s)
            self._last, self._shown_s = (state, left), now_s
            print(self._line(now_s, _STATES[state] + ("" if left is None else f" {left}")), flush=True)

    def _line(self, now_s: float, what: str) -> str:
        owner = self._owner
        speed = owner.gnss.position[nmea.SPEED_MM_S]
        g, self._most_g = self._most_g, 0.0
        band = owner.band
        pulse = "--" if band is None or band.pulse is None else f"{band.pulse}"
        spo2 = "--" if band is None or band.spo2 is None else f"{band.spo2}"
        kmh = "no fix" if speed is None else f"{speed * 36 // 10_000:3} km/h"
        return f"  {now_s:5.1f} s  {kmh:8}  {g:5.1f} g   pulse {pulse:>3}/min  SpO2 {spo2:>3} %   {what}"

    def track(self) -> str:
        """Where it went, north up; `o` is the start, `X` the end."""
        width, height = _PLOT
        if not self.way:
            return "  (no position)"
        east, north = zip(*self.way, strict=True)
        size = max((max(east) - min(east)) * 0.67 / width, (max(north) - min(north)) / height / 2, 1e-9)
        rows = [[" "] * width for _ in range(height)]
        marks = [*((point, ".") for point in self.way), (self.way[0], "o"), (self.way[-1], "X")]
        for (x, y), mark in marks:
            column = min(width - 1, round((x - min(east)) * 0.67 / size))
            row = min(height - 1, round((max(north) - y) / size / 2))
            rows[row][column] = mark
        legend = f"  track by the receiver, north up: o start, X end; a column is {size * _METRES:.0f} m"
        return "\n".join([legend, *(f"  {''.join(row).rstrip()}" for row in rows if any(cell != " " for cell in row))])


async def _ride(course: str, seed: int, cancels: bool) -> None:
    ride = Ride(course, seed)
    hit_s = ride.events[0].time_s
    title = "The same ride, and the rider presses the button" if cancels else "A ride that ends in a crash"
    print(f"\n{title} ({course.replace('_', ' ')}, {ride.events[0].peak_g:.0f} g in truth)\n", flush=True)
    async with Pair(ride, Wearer(PRESETS["resting"], seed=seed), seed) as pair:
        settings = pair.owner.settings
        settings.write(wire.SETTING_CONTACTS, _CONTACT.encode())
        settings.write(wire.SETTING_WEARER_NAME, b"Li")
        settings.set(wire.SETTING_ALARM_COUNTDOWN, _COUNTDOWN_S)
        pair.owner.apply_settings()
        owner = pair.owner.alarm
        assert owner is not None
        await pair.pair()
        print(f"  helmet and band are linked after {pair.now_s:.1f} s, encrypted")
        screen = _Screen(pair, owner)
        await _until_over(pair, screen, hit_s, cancels)
        print(f"\n{screen.track()}\n")
        _sum_up(pair, owner, screen, hit_s, cancels)


async def _until_over(pair: Pair, screen: _Screen, hit_s: float, cancels: bool) -> None:
    """Let the ride pass until a while after its alarm, or what the rider did about it."""
    button = pair.helmet.mcu.pin(HELMET.button)
    ending = states.CANCELLED if cancels else states.CONFIRMED
    while pair.now_s < screen.began.get(ending, hit_s + 60.0) + _AFTER_S:
        await pair.run(_TICK_S)
        screen.look()
        begun = screen.began.get(states.COUNTDOWN)
        if cancels and begun is not None:
            button.drive(0 if 0 <= pair.now_s - begun - _CANCEL_AFTER_S < _PRESS_S else 1)


def _sum_up(pair: Pair, owner: AlarmOwner, screen: _Screen, hit_s: float, cancels: bool) -> None:
    """What came of it: how long it took, and what the modem sent."""
    modem = pair.helmet.modem
    ending = states.CANCELLED if cancels else states.CONFIRMED
    if states.COUNTDOWN not in screen.began or ending not in screen.began or modem is None:
        raise SimulatorError(f"the ride ended as {_STATES[owner.machine.state]}, not as {_STATES[ending]}")
    first_s = min(hit_s, screen.began.get(states.CANDIDATE, hit_s))  # who is struck from behind has two
    print(f"  impact to countdown: {screen.began[states.COUNTDOWN] - first_s:.1f} s")
    if cancels:
        print(f"  messages sent: {len(modem.sent)}")
        return
    first = modem.sent[0]
    print(f"  confirmed to message in the network: {read_sent(first).at_s - screen.began[states.CONFIRMED]:.1f} s")
    print(f"  heap of the helmet: {pair.helmet.heap()[0] / 1024:.1f} KiB of its 96 KiB")
    _show_message(first)
    _show_msd(modem.sent[1])


def _show_message(first: Sent) -> None:
    print("\n  The message as the modem sent it (AT+CMGS):")
    print("\n".join(f"    {line}" for line in wrap(first.pdu.hex().upper(), COLUMNS - 4)))
    _, number, text, _ = read_sent(first)
    print(f"\n  Jo's phone ({number}):")
    edge = f"    +{'-' * 62}+"
    print(edge, *(f"    | {line:60} |" for part in text.split("\n") for line in wrap(part, 60)), edge, sep="\n")


def _show_msd(sent: Sent) -> None:
    """What an emergency centre gets of the same alarm."""
    _, number, _, data = read_sent(sent)
    if data is None:
        raise SimulatorError(f"the message to {number} has no octets")
    print(f"\n  The emergency centre ({number}) gets {len(data)} octets, a minimum set of data:")
    lines = "\n    ".join(wrap(data.hex(), COLUMNS - 5))
    print(f'  vitalband msd decode "\n    {lines}"')
    found = decoded(data)
    where = "position not known" if found["latitude"] is None else f"{found['latitude']:.5f}, {found['longitude']:.5f}"
    print(f"    {found['time']}  {where}")
    words = ", ".join(f"{name.replace('_', ' ')} {_with_unit(name, n)}" for name, n in found["vitals"].items())
    print("\n".join(f"    {line}" for line in wrap(words, COLUMNS - 4)))


def _with_unit(name: str, number: int) -> str:
    return f"{number / 10:g} g" if name == "peak" else f"{number}{_UNITS[name]}"
