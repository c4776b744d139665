"""A helmet in this process, by itself or with a band on one air, and what its modem sent."""

from __future__ import annotations

from collections.abc import Callable
from io import StringIO

from smspdudecoder.fields import SMSSubmit

from firmware_sim.chips.helmet import HELMET
from firmware_sim.firmware import wire_gen as wire
from firmware_sim.firmware.roles.alarm_owner import AlarmOwner
from firmware_sim.firmware.roles.helmet import Helmet
from firmware_sim.firmware.services.alarm import states
from firmware_sim.targets.cpython import CpythonSimulation
from firmware_sim.targets.pair import Pair
from firmware_sim.targets.simulation import BEGIN_US, Simulation
from firmware_sim.testing.smp_cable import WRITE, SmpCable
from firmware_sim.world.base import FloatArray, World
from firmware_sim.world.rides import Ride

CONTACTS = b"Jo +49301234, Li +491701234567"
_TICK_S = 0.1
_SETTINGS_GROUP = 3


def owner_of(device: Simulation) -> AlarmOwner:
    """The alarm of the helmet as it runs now."""
    helmet = Pair.device_of(device)
    assert isinstance(helmet, Helmet)
    assert helmet.alarm is not None
    return helmet.alarm


def set_up(device: Simulation, contacts: bytes = CONTACTS, countdown_s: int = 5) -> None:
    """Contacts, the wearer's name and the time to cancel."""
    helmet = Pair.device_of(device)
    settings = helmet.settings
    settings.write(wire.SETTING_CONTACTS, contacts)
    settings.write(wire.SETTING_WEARER_NAME, b"Li")
    settings.set(wire.SETTING_ALARM_COUNTDOWN, countdown_s)
    helmet.apply_settings()


def set_up_by_cable(device: Simulation, contacts: bytes = CONTACTS, countdown_s: int = 5) -> None:
    """The same on any target, by management; it takes the device's time."""
    cable = SmpCable(device)
    values = {"contacts": contacts, "wearer_name": b"Li", "alarm_countdown": bytes([countdown_s])}
    for name, value in values.items():
        assert cable.request(_SETTINGS_GROUP, 0, WRITE, {"name": f"vitalband/{name}", "val": value}) == {}


def texts_of(device: Simulation) -> list[tuple[float, str, str]]:
    """(s of the world, number, text) of each message that the network took, by an independent decoder."""
    assert device.modem is not None
    found = []
    for sent in device.modem.sent:
        message = SMSSubmit.decode(StringIO(sent.pdu.hex().upper()))
        number = message["recipient"]["number"].lstrip("+")
        found.append(((sent.at_us - BEGIN_US) / 1e6, number, message["user_data"]["data"]))
    return found


class From:
    """A ride from some second on."""

    def __init__(self, ride: Ride, start_s: float) -> None:
        self._ride = ride
        self._start_s = start_s
        self.groups = ride.groups
        self.duration_s: float | None = (ride.duration_s or 0.0) - start_s

    def sample(self, group: str, t: FloatArray) -> FloatArray:
        """See `World.sample`."""
        return self._ride.sample(group, t + self._start_s)


class LoneHelmet:
    """A helmet without a radio; `times` has the world's time at which each state was first seen, in order."""

    def __init__(self, ride: World, contacts: bytes = CONTACTS, countdown_s: int = 5, seed: int = 0) -> None:
        self.simulation = CpythonSimulation(ride, seed=seed, role="helmet")
        set_up(self.simulation, contacts, countdown_s)
        self.times: list[tuple[int, float]] = []

    @property
    def owner(self) -> AlarmOwner:
        """Its alarm."""
        return owner_of(self.simulation)

    @property
    def state(self) -> int:
        """`services.alarm.states`."""
        return self.owner.machine.state

    def run(self, seconds: float) -> None:
        """Let time pass."""
        until = self.simulation.now_s + seconds
        while self.simulation.now_s < until:
            self.simulation.advance(BEGIN_US + round((self.simulation.now_s + _TICK_S) * 1e6))
            if not self.times or self.times[-1][0] != self.state:
                self.times.append((self.state, self.simulation.now_s))

    def run_until(self, done: Callable[[], object], within_s: float = 120.0) -> None:
        """Let time pass until something is so."""
        until = self.simulation.now_s + within_s
        while not done():
            assert self.simulation.now_s < until, f"it never came; states {self.times}"
            self.run(_TICK_S)

    def reach(self, state: int, within_s: float = 120.0) -> float:
        """Let time pass until it is in a state; the time."""
        self.run_until(lambda: self.state == state, within_s)
        return self.simulation.now_s

    def press(self, seconds: float) -> None:
        """Press the button for so long."""
        line = self.simulation.mcu.pin(HELMET.button)
        line.drive(0)
        self.run(seconds)
        line.drive(1)
        self.run(_TICK_S)

    def fail_supply(self) -> None:
        """Off, and on again."""
        self.simulation.reset()

    def texts(self) -> list[tuple[float, str, str]]:
        """See `texts_of`."""
        return texts_of(self.simulation)

    def is_armed(self) -> bool:
        """Whether it looks for accidents."""
        return self.state == states.ARMED

    def close(self) -> None:
        """Free what it holds."""
        self.simulation.close()
