"""A cellular modem on a UART (SIM7600, and SIM800 without LTE): AT commands of TS 27.007 and 27.005, its network."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from ..mcu.clock import Clock, Event
from ..mcu.fidelity import Aspect, Fidelity

NO_SERVICE = 331
_START_US = 3_000_000
_ANSWER_US = 20_000
_SUBMIT_US = 400_000
_REPORT_US = 2_000_000
_SUBSTITUTE, _ESCAPE = b"\x1a", b"\x1b"
_WITHOUT_CONTROLS = dict.fromkeys(range(32))  # in a command line they mean nothing (V.250, 5.2.2)
_STAMP = "62110321000040"  # 2026-11-30 12:00:00, an hour east


FIDELITY = Fidelity(
    part="SIM7600, SIM800",
    sheet="3GPP TS 27.007, 27.005",
    component="modem",
    aspects=(
        Aspect(
            "SIM card with PIN and PUK", "TS 27.007, 8.3", "test_a_pin_that_is_missing_or_wrong_never_locks_the_card"
        ),
        Aspect("registration", "TS 27.007, 7.2", "test_registration"),
        Aspect("signal", "TS 27.007, 8.5", "test_signal"),
        Aspect("messages and their reports", "TS 27.005, 3.5", "test_a_message_is_sent_and_its_delivery_reported"),
        Aspect("messages that come", "TS 27.005, 3.4", "test_messages_that_come_are_handed_on"),
        Aspect(
            "starting anew by itself", "own assumption", "test_a_restart_at_every_step_never_loses_or_doubles_a_message"
        ),
        Aspect("hanging", "own assumption", "test_a_modem_that_hangs_is_set_up_again_once_it_answers"),
    ),
    left_out=("calls", "data", "several storages", "a pace of the cable"),
    on_emulated_cores=False,
)


@dataclass
class SimCard:
    """The card: None in the modem's slot where there is none."""

    pin: str = ""
    attempts: int = 3
    unlocked: bool = False

    @property
    def state(self) -> str:
        """As `AT+CPIN?` says."""
        if not self.pin or self.unlocked:
            return "READY"
        return "SIM PIN" if self.attempts else "SIM PUK"


@dataclass
class Network:
    """What the modem is in; tests set it at any time (`Modem.register` to say so)."""

    registration: int = 1
    lte: int = 1
    signal: int = 20
    #: Code of `+CMS ERROR` for every message, None: it takes them; -1: a plain `ERROR`.
    refuses: int | None = None
    #: Whether it answers to a message at all.
    answers: bool = True
    #: Status of delivery reports, None: none comes.
    report: int | None = 0


@dataclass(frozen=True)
class Sent:
    """A message that the network took: what tests compare with."""

    at_us: int
    reference: int
    pdu: bytes = b""
    number: str = ""
    text: str = ""


@dataclass
class _Settings:
    echo: bool = True
    errors: int = 0
    text: bool = False
    routing: tuple[int, ...] = (0, 0, 0, 0, 0)
    registration: int = 0
    waiting: str = ""
    pending: bytearray = field(default_factory=bytearray)


class Modem:
    """The chip; `send` is set by the UART that it is attached to. `sent` is the truth of what the network took."""

    def __init__(
        self, clock: Clock, sim: SimCard | None = None, network: Network | None = None, lte: bool = True
    ) -> None:
        self.clock = clock
        self.sim = sim
        self.network = network or Network()
        self.lte = lte
        self.sent: list[Sent] = []
        #: All commands that came, for tests.
        self.commands: list[str] = []
        #: It reads and never answers.
        self.hangs = False
        self.send: Callable[[bytes], object] = lambda data: None
        self._speed, self._late_s = 1.0, 0.0
        self._events: list[Event] = []
        self._reference = 0
        self._running = False
        self._settings = _Settings()
        self.restart()

    # ------------------------------------------------------------------ what happens to it

    def restart(self, after_s: float = 0.0) -> None:
        """Start anew: silent at once, at work 3 s later; what it was doing is forgotten."""
        for event in self._events:
            self.clock.cancel(event)
        self._events.clear()
        self._running = False
        self._settings = _Settings()
        if self.sim is not None:
            self.sim.unlocked = False
        self._later(_START_US + round(after_s * 1e6), self._begin)

    def disturb(self, speed: float = 1.0, late_s: float = 0.0) -> None:
        """Its clock runs `speed` times as fast, and what it says is `late_s` late from now on."""
        self._speed, self._late_s = speed, late_s

    @property
    def sampler(self) -> Modem:
        """What faults of its clock are put on."""
        return self

    def register(self, status: int) -> None:
        """The network's answer to the modem changes: 0 none, 1 home, 2 searching, 3 denied, 5 roaming."""
        self.network.registration = self.network.lte = status
        if self._running and self._settings.registration:
            self.say(f"+CREG: {status}")

    def say(self, line: str) -> None:
        """An unrequested result, now."""
        self._put(f"\r\n{line}\r\n".encode())

    def deliver(self, pdu: bytes) -> None:
        """A message comes from the network (a PDU with its service centre)."""
        if self._running and self._settings.routing[1] == 2 and not self._settings.text:
            self.say(f"+CMT: ,{len(pdu) - pdu[0] - 1}\r\n{pdu.hex().upper()}")

    def _begin(self) -> None:
        self._running = True
        self._put(b"\x00\xff")
        for line in ("RDY", f"+CPIN: {self.sim.state}" if self.sim else "+CPIN: NOT INSERTED", "SMS DONE", "PB DONE"):
            self.say(line)

    def _later(self, delay_us: int, fn: Callable[[], object]) -> None:
        self._events.append(self.clock.call_later(delay_us, fn))

    def _put(self, data: bytes) -> None:
        if self._running and not self.hangs:
            self.send(data)

    # ------------------------------------------------------------------ commands

    def receive(self, data: bytes) -> None:
        """Bytes from the firmware."""
        if not self._running or self.hangs:
            return
        settings = self._settings
        if settings.echo and not settings.waiting:
            self._put(data)
        settings.pending += data
        while True:
            if settings.waiting:
                end = min((i for i in map(settings.pending.find, (_SUBSTITUTE, _ESCAPE)) if i >= 0), default=-1)
            else:
                end = settings.pending.find(b"\r")
            if end < 0:
                return
            taken, mark = bytes(settings.pending[:end]), bytes(settings.pending[end : end + 1])
            del settings.pending[: end + 1]
            if settings.waiting:
                self._take_body(taken, mark)
            else:
                self._take_command(taken.decode("latin-1").translate(_WITHOUT_CONTROLS).strip())

    def _take_command(self, line: str) -> None:
        self.commands.append(line)
        if not line.upper().startswith("AT"):
            return
        answer = self._answer(line[2:])
        if answer is not None:
            self._reply("".join(f"\r\n{part}\r\n" for part in answer))

    def _reply(self, text: str, delay_us: int = _ANSWER_US) -> None:
        self._later(round(delay_us / self._speed + self._late_s * 1e6), lambda: self._put(text.encode()))

    def _answer(self, command: str) -> list[str] | None:
        """Lines of the answer; None where the prompt comes instead."""
        settings = self._settings
        if command in ("", "E0", "E1"):
            settings.echo = settings.echo if not command else command == "E1"
            return ["OK"]
        for pattern, handler in self._HANDLERS:
            found = re.fullmatch(pattern, command)
            if found:
                return handler(self, *found.groups())
        return ["ERROR"]

    def _error(self, code: int, kind: str = "CME") -> list[str]:
        return ["ERROR"] if code < 0 or (kind == "CME" and not self._settings.errors) else [f"+{kind} ERROR: {code}"]

    def _ready(self) -> bool:
        return self.sim is not None and self.sim.state == "READY"

    def _set_errors(self, value: str) -> list[str]:
        self._settings.errors = int(value)
        return ["OK"]

    def _get_pin(self) -> list[str]:
        return self._error(10) if self.sim is None else [f"+CPIN: {self.sim.state}", "OK"]

    def _set_pin(self, pin: str) -> list[str]:
        sim = self.sim
        if sim is None:
            return self._error(10)
        if sim.state != "SIM PIN":
            return self._error(3 if sim.state == "READY" else 12)
        sim.unlocked = pin == sim.pin
        sim.attempts = 3 if sim.unlocked else sim.attempts - 1
        return ["OK"] if sim.unlocked else self._error(16)

    def _set_format(self, value: str) -> list[str]:
        if not self._ready():
            return self._error(310, "CMS")
        self._settings.text = value == "1"
        return ["OK"]

    def _set_routing(self, values: str) -> list[str]:
        if not self._ready():
            return self._error(310, "CMS")
        self._settings.routing = tuple(int(value) for value in values.split(","))
        return ["OK"]

    def _set_registration(self, value: str) -> list[str]:
        self._settings.registration = int(value)
        return ["OK"]

    def _get_registration(self) -> list[str]:
        status = self.network.registration if self._ready() else 0
        return [f"+CREG: {self._settings.registration},{status}", "OK"]

    def _get_lte(self) -> list[str]:
        return [f"+CEREG: 0,{self.network.lte if self._ready() else 0}", "OK"] if self.lte else ["ERROR"]

    def _get_signal(self) -> list[str]:
        return [f"+CSQ: {self.network.signal},99", "OK"]

    # ------------------------------------------------------------------ messages

    def _begin_message(self, what: str) -> list[str] | None:
        settings = self._settings
        if settings.text != what.startswith('"'):
            return self._error(304 if settings.text else 302, "CMS")
        settings.waiting = what
        self._reply("\r\n> ")
        return None

    def _take_body(self, body: bytes, mark: bytes) -> None:
        settings, network = self._settings, self.network
        what, settings.waiting = settings.waiting, ""
        if mark == _ESCAPE:
            self._reply("\r\nOK\r\n")
            return
        refused = self._why_refused(what, body)
        if refused is None and network.registration not in (1, 5) and network.lte not in (1, 5):
            refused = NO_SERVICE
        if refused is not None:
            self._reply(f"\r\n{self._error(refused, 'CMS')[0]}\r\n", _SUBMIT_US)
        else:
            self._later(_SUBMIT_US, lambda: self._submit(what, body))

    def _why_refused(self, what: str, body: bytes) -> int | None:
        if self.network.refuses is not None:
            return self.network.refuses
        if what.startswith('"'):
            return None
        try:
            pdu = bytes.fromhex(body.decode("ascii"))
        except ValueError:
            return 304
        return None if pdu and len(pdu) == pdu[0] + 1 + int(what) else 304

    def _submit(self, what: str, body: bytes) -> None:
        """The network takes a message, and then says so."""
        self._reference = self._reference + 1 & 0xFF
        if what.startswith('"'):
            sent = Sent(self.clock.now, self._reference, number=what.strip('"'), text=body.decode("latin-1"))
        else:
            sent = Sent(self.clock.now, self._reference, bytes.fromhex(body.decode("ascii")))
        self.sent.append(sent)
        if self.network.answers:
            self._reply(f"\r\n+CMGS: {sent.reference}\r\n\r\nOK\r\n")
        if self.network.report is not None and sent.pdu and sent.pdu[1] & 0x20:
            self._later(_REPORT_US, lambda: self._report(sent))

    def _report(self, sent: Sent) -> None:
        """A delivery report, to the number that is in the message."""
        if self._settings.routing[3] != 1 or self._settings.text:
            return
        digits = sent.pdu[3]
        address = sent.pdu[3 : 5 + (digits + 1) // 2].hex().upper()
        pdu = f"0006{sent.reference:02X}{address}{_STAMP}{_STAMP}{self.network.report:02X}"
        self.say(f"+CDS: {len(pdu) // 2 - 1}\r\n{pdu}")

    _HANDLERS: tuple[tuple[str, Callable[..., list[str] | None]], ...] = (
        (r"\+CMEE=([012])", _set_errors),
        (r"\+CPIN\?", _get_pin),
        (r'\+CPIN="(\d{4,8})"', _set_pin),
        (r"\+CMGF=([01])", _set_format),
        (r"\+CNMI=(\d(?:,\d){4})", _set_routing),
        (r"\+CREG=([012])", _set_registration),
        (r"\+CREG\?", _get_registration),
        (r"\+CEREG\?", _get_lte),
        (r"\+CSQ", _get_signal),
        (r'\+CMGS=(\d+|"\+?\d{1,20}")', _begin_message),
    )
