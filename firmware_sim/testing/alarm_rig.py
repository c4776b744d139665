"""The alarm on a simulated flash chip and modem, with a supply that fails and a cable that loses what is sent."""

from __future__ import annotations

import re
from collections.abc import Callable
from io import StringIO

from smspdudecoder.fields import SMSSubmit

from firmware_sim.chips.modem import Modem as Chip
from firmware_sim.chips.modem import SimCard
from firmware_sim.firmware.drivers.modem.modem import Modem
from firmware_sim.firmware.roles.modem_carrier import ModemCarrier
from firmware_sim.firmware.services.alarm import states
from firmware_sim.firmware.services.alarm.escalation import Escalation
from firmware_sim.firmware.services.alarm.journal import AlarmJournal
from firmware_sim.firmware.services.alarm.machine import AlarmMachine
from firmware_sim.mcu.modules import modules_of
from firmware_sim.testing.flash_rig import FlashRig, PowerCutError

NUMBERS = ("+491701234567", "+49301234")
UNIX_S = 1_796_040_000
COUNTDOWN_S = 4
FALL = 2
_TICK_US = 100_000


class Phone:
    """The wearer's phone; it outlives the device."""

    def __init__(self) -> None:
        self.up = False
        #: (number of the alarm, whether it was retracted), each once, as the phone acts on it.
        self.acted: list[tuple[int, bool]] = []

    def is_up(self) -> bool:
        """See `escalation.Phone`."""
        return self.up

    def offer(self, number: int, retracted: bool) -> None:
        """See `escalation.Phone`."""
        if (number, retracted) not in self.acted:
            self.acted.append((number, retracted))

    def has_taken(self, number: int, retracted: bool) -> bool:
        """See `escalation.Phone`."""
        return self.up and (number, retracted) in self.acted


class Cable:
    """Between UART and modem: loses transfers by their number, either way."""

    def __init__(self, chip: Chip) -> None:
        self.send: Callable[[bytes], object] = lambda data: None
        self.transfers = 0
        #: Whether the transfer of a number is lost.
        self.loses: Callable[[int], bool] = lambda number: False
        self._chip = chip
        chip.send = lambda data: self._pass(data, self.send)

    def receive(self, data: bytes) -> None:
        """Bytes from the firmware."""
        self._pass(data, self._chip.receive)

    def _pass(self, data: bytes, onward: Callable[[bytes], object]) -> None:
        self.transfers += 1
        if not self.loses(self.transfers - 1):
            onward(data)


class Alarm:
    """A device that does nothing but alarm; `boot` begins another life of it."""

    def __init__(self, seed: int = 0, contacts: tuple[str, ...] = NUMBERS) -> None:
        self.flash = FlashRig(seed)
        self.clock = self.flash.mcu.clock
        self.chip = Chip(self.clock, sim=SimCard())
        self.cable = Cable(self.chip)
        self.flash.mcu.uart(2).attach(self.cable)
        self.phone = Phone()
        self.contacts = contacts
        self.boots = 0
        self.boot()

    def boot(self) -> None:
        """Start, on guard."""
        self.boots += 1
        uart = modules_of(self.flash.mcu)["machine"].UART(2, 115200, rxbuf=1024)
        uart.read()
        self.modem = Modem(uart)
        self.journal = AlarmJournal(self.flash.driver)
        self.machine = AlarmMachine(self.journal, lambda: UNIX_S + self.now_ms // 1000, COUNTDOWN_S, self.now_ms)
        carrier = ModemCarrier(self.modem)
        self.escalation = Escalation(self.machine, carrier, self.phone, self.contacts, "Li", self.now_ms)
        self.machine.allow(states.READY, self.now_ms)

    @property
    def now_ms(self) -> int:
        """Device time."""
        return self.clock.now // 1000

    def fail_supply(self) -> None:
        """Off and on again."""
        self.flash.chip.power_off()
        self.flash.mcu.pin(1).drive(1)
        self.flash.chip.power_on()
        self.flash.driver.configure()
        self.boot()

    def run(self, seconds: float, tick_us: int = _TICK_US) -> None:
        """Let time pass; a supply that fails in it comes back at once."""
        end = self.clock.now + round(seconds * 1e6)
        while self.clock.now < end:
            try:
                self.clock.run_until(self.clock.now + tick_us)
                self.machine.poll(self.now_ms)
                self.escalation.poll(self.now_ms)
                self.modem.poll(self.now_ms)
            except PowerCutError:
                self.fail_supply()

    def run_until(self, done: Callable[[], bool], within_s: float = 400.0) -> None:
        """Let time pass until something is so."""
        end = self.clock.now + within_s * 1e6
        while not done():
            assert self.clock.now < end, "it never came"
            self.run(_TICK_US / 1e6)

    def do(self, act: Callable[[], object]) -> None:
        """Have something happen, in which the supply may fail."""
        try:
            act()
        except PowerCutError:
            self.fail_supply()

    def texts(self) -> list[tuple[str, str]]:
        """(number, text) of what the network took, as an independent decoder reads it."""
        found = []
        for sent in self.chip.sent:
            message = SMSSubmit.decode(StringIO(sent.pdu.hex().upper()))
            found.append((message["recipient"]["number"].lstrip("+"), message["user_data"]["data"]))
        return found

    def received(self, number: str) -> list[tuple[int, bool, bool]]:
        """(number of the alarm, whether it is repeated, whether it is retracted) of each message to a contact."""
        found = []
        for recipient, text in self.texts():
            if recipient == number.lstrip("+"):
                parts = re.match(r"ALARM (\d+)( \(repeated\))?: (cancelled)?", text)
                assert parts, text
                found.append((int(parts[1]), bool(parts[2]), bool(parts[3])))
        return found
