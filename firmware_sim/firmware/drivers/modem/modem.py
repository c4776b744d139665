"""A modem from power-up to a message that is sent: set-up, SIM, registration, and what goes wrong with each.

Nothing waits: `poll` is called often, each command has its time-out, and what fails is tried again later and later.
"""

from binascii import unhexlify

from micropython import const

from .at_channel import BUSY, ERROR, OK, AtChannel, number_behind
from .outbox import Outbox

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..wiring import UART

#: What `Modem.state` is: no answer, being set up, no SIM card, a PIN or PUK is wanted (or the PIN is wrong), looks for
#: a network, no network takes it, registered (`roaming` says where).
ABSENT = const(0)
STARTING = const(1)
NO_SIM = const(2)
PIN_WANTED = const(3)
SEARCHING = const(4)
DENIED = const(5)
READY = const(6)

_PROBE = const(0)
_ECHO = const(1)
_SIM = const(3)
_PIN = const(4)
_FORMAT = const(5)
_REGISTRATION = const(8)
_PACKET = const(9)
_SIGNAL = const(10)
_TEXT_ON = const(11)
_SEND = const(12)
_TEXT_OFF = const(13)
_PIN_COMMAND = b'AT+CPIN="%s"'
#: Commands by step, the prefix of their answer, and their time-out in ms.
_STEPS = (
    (b"AT", b"", 1000),
    (b"ATE0", b"", 1000),
    (b"AT+CMEE=1", b"", 1000),
    (b"AT+CPIN?", b"+CPIN:", 5000),
    (b"", b"", 5000),
    (b"AT+CMGF=0", b"", 2000),
    (b"AT+CNMI=2,2,0,1,0", b"", 2000),
    (b"AT+CREG=1", b"", 2000),
    (b"AT+CREG?", b"+CREG:", 2000),
    (b"AT+CEREG?", b"+CEREG:", 2000),
    (b"AT+CSQ", b"+CSQ:", 2000),
    (b"AT+CMGF=1", b"", 2000),
    (b"", b"+CMGS:", 60_000),
    (b"AT+CMGF=0", b"", 2000),
)
_ROUND_MS = const(5000)
_FIRST_RETRY_MS = const(500)
_LAST_RETRY_MS = const(60_000)
_MOST_TIMEOUTS = const(3)
_HOME = const(1)
_DENIED = const(3)
_ROAMING = const(5)
_NO_SIM = const(10)
_REGISTERED = (0, 1, 2, 3, 4, 5, 1, 5)  # registered for short messages alone is registered
_WANTS = (11, 12, 16, 17, 18)  # SIM PIN, SIM PUK, incorrect password, PIN2, PUK2
_NO_SIGNAL = const(99)
#: Unrequested results by which a modem says that it has started anew, or ends.
_RESTARTED = (b"RDY", b"START", b"NORMAL POWER DOWN", b"UNDER-VOLTAGE POWER DOWN", b"UNDER-VOLTAGE POWER OFF")
_SIM_GONE = (b"+CPIN: NOT READY", b"+CPIN: NOT INSERTED", b"+SIMCARD: NOT AVAILABLE")
# numbers: step, not before, time-outs in a row, wait before the next try, registration in circuits and packets, signal,
# echoes that are known
_STEP = const(0)
_NEXT_MS = const(1)
_TIMEOUTS = const(2)
_RETRY_MS = const(3)
_CIRCUIT = const(4)
_PACKETS = const(5)
_STRENGTH = const(6)
_ECHOES = const(7)


class Modem:
    """`state`, `roaming` and `signal` say what is; `outbox` takes one message at a time and says what became of it.

    `pin` is tried once: a SIM card allows three wrong ones.
    """

    def __init__(self, uart: "UART", pin: str = "") -> None:
        self.state = ABSENT
        self.outbox = Outbox()
        #: How often it has started anew by itself, or had to be set up again.
        self.restarts = 0
        self.channel = AtChannel(uart)
        self._pin = pin
        self._numbers = [_PROBE, 0, 0, _FIRST_RETRY_MS, 0, 0, _NO_SIGNAL, 0]

    @property
    def roaming(self) -> bool:
        """Whether it is registered in a network that is not its own."""
        numbers = self._numbers
        return _HOME not in (numbers[_CIRCUIT], numbers[_PACKETS]) and _ROAMING in numbers[_CIRCUIT : _PACKETS + 1]

    @property
    def signal(self) -> "int | None":
        """0 (-113 dBm and less) to 31 (-51 dBm and more), None where it is not known."""
        strength = self._numbers[_STRENGTH]
        return strength if 0 <= strength <= 31 else None

    def next_message(self) -> "bytes | None":
        """The PDU of the oldest message or delivery report that came, None where there is none."""
        line = self.channel.messages.get()
        return None if line is None else unhexlify(line)

    def poll(self, now_ms: int) -> None:
        """Go on as far as it goes without waiting."""
        outcome = self.channel.poll(now_ms)
        if outcome > BUSY:
            self._end(outcome, now_ms)
        self._serve_urcs(now_ms)
        if self.channel.is_free(now_ms):
            if self._is_message_due(now_ms):
                self._numbers[_STEP] = _TEXT_ON if self.outbox.is_text else _SEND
                self._begin(now_ms)
            elif now_ms >= self._numbers[_NEXT_MS]:
                self._begin(now_ms)

    # ------------------------------------------------------------------ commands

    def _is_message_due(self, now_ms: int) -> bool:
        """Whether a message goes before the next look at the network."""
        looks = _REGISTRATION <= self._numbers[_STEP] <= _SIGNAL
        return looks and self.state == READY and self.outbox.is_due(now_ms)

    def _begin(self, now_ms: int) -> None:
        """Send the command of this step."""
        step, outbox = self._numbers[_STEP], self.outbox
        command, prefix, timeout_ms = _STEPS[step]
        body = b""
        if step == _SEND:
            outbox.begin()
            command, body = outbox.command, outbox.body
        elif step == _PIN:
            command = _PIN_COMMAND % self._pin.encode()
        self.channel.begin(command, prefix, timeout_ms, now_ms, body)

    def _end(self, outcome: int, now_ms: int) -> None:
        """A command has ended."""
        numbers = self._numbers
        step = numbers[_STEP]
        numbers[_TIMEOUTS] = numbers[_TIMEOUTS] + 1 if outcome > ERROR else 0
        if step == _SEND:
            self._end_message(outcome, now_ms)
        elif outcome == OK:
            self._succeed(step, now_ms)
        elif outcome == ERROR:
            self._fail(step, now_ms)
        echoed = self.channel.echoes != numbers[_ECHOES]
        numbers[_ECHOES] = self.channel.echoes
        silent = numbers[_TIMEOUTS] >= (_MOST_TIMEOUTS if step > _PROBE else 1)
        if silent or (echoed and step > _ECHO):  # echo was off: it has started anew
            self._restart(now_ms)

    def _end_message(self, outcome: int, now_ms: int) -> None:
        channel, outbox = self.channel, self.outbox
        if outcome == OK:
            outbox.accept(number_behind(channel.answer, 6, channel.answer_length))
        elif outcome == ERROR:
            outbox.refuse(channel.error, now_ms)
        else:
            outbox.interrupt(channel.committed, now_ms)
        self._go_to(_TEXT_OFF if outbox.is_text else _REGISTRATION, now_ms)

    def _succeed(self, step: int, now_ms: int) -> None:
        if step == _SIM:
            self._judge_sim(now_ms)
            return
        if step == _PROBE:
            self.state = STARTING
        elif step >= _REGISTRATION:
            self._take_report(step)
        if step == _PIN:
            self._go_to(_SIM, now_ms + 1000)
        elif step == _SIGNAL:
            self._go_to(_REGISTRATION, now_ms + _ROUND_MS)
        elif step == _TEXT_OFF:
            self._go_to(_REGISTRATION, now_ms)
        else:
            self._go_to(step + 1, now_ms)

    def _fail(self, step: int, now_ms: int) -> None:
        """The modem answered with an error."""
        if step == _SIM:
            code = self.channel.error
            self.state = NO_SIM if code == _NO_SIM else PIN_WANTED if code in _WANTS else STARTING
        elif step == _PIN:
            self.state = PIN_WANTED
            self._pin = ""
            self._go_to(_SIM, now_ms)
        elif step == _PACKET:  # not of LTE
            self._go_to(_SIGNAL, now_ms)
            return
        elif step == _TEXT_ON:
            self._go_to(_REGISTRATION, now_ms)
        elif step not in (_PROBE, _FORMAT, _TEXT_OFF) and self._numbers[_RETRY_MS] > 4 * _FIRST_RETRY_MS:
            self._go_to(_REGISTRATION if step == _SIGNAL else step + 1, now_ms)  # it lacks what is not vital
            return
        self._retry_later(now_ms)

    def _go_to(self, step: int, next_ms: int) -> None:
        numbers = self._numbers
        numbers[_STEP] = step
        numbers[_NEXT_MS] = next_ms
        if step != _SIM:
            numbers[_RETRY_MS] = _FIRST_RETRY_MS

    def _retry_later(self, now_ms: int) -> None:
        numbers = self._numbers
        numbers[_NEXT_MS] = now_ms + numbers[_RETRY_MS]
        numbers[_RETRY_MS] = min(numbers[_RETRY_MS] * 2, _LAST_RETRY_MS)

    def _restart(self, now_ms: int) -> None:
        """Begin anew with the set-up: it does not answer, or has started anew by itself."""
        numbers = self._numbers
        self.outbox.interrupt(self.channel.committed, now_ms)
        self.channel.abort(now_ms)
        if self.state != ABSENT:
            self.restarts += 1
            numbers[_RETRY_MS] = _FIRST_RETRY_MS
        self.state = ABSENT
        numbers[_STEP] = _PROBE
        numbers[_TIMEOUTS] = numbers[_CIRCUIT] = numbers[_PACKETS] = 0
        numbers[_STRENGTH] = _NO_SIGNAL
        self._retry_later(now_ms)

    # ------------------------------------------------------------------ answers

    def _judge_sim(self, now_ms: int) -> None:
        channel = self.channel
        answer = bytes(channel.answer[6 : channel.answer_length]).strip()
        if answer == b"READY":
            self.state = STARTING
            self._go_to(_FORMAT, now_ms)
        elif answer == b"SIM PIN" and self._pin:
            self._go_to(_PIN, now_ms)
        else:
            self.state = PIN_WANTED
            self._retry_later(now_ms)

    def _take_report(self, step: int) -> None:
        channel, numbers = self.channel, self._numbers
        if step == _SIGNAL:
            numbers[_STRENGTH] = _field(bytes(channel.answer[: channel.answer_length]), False)
        elif step in (_REGISTRATION, _PACKET):
            status = _field(bytes(channel.answer[: channel.answer_length]), True)
            self._register(_CIRCUIT if step == _REGISTRATION else _PACKETS, status)

    def _register(self, kind: int, status: int) -> None:
        """Note a registration; once set up, the state follows."""
        numbers = self._numbers
        numbers[kind] = _REGISTERED[status] if 0 <= status < 8 else 0
        if numbers[_STEP] < _REGISTRATION:
            return
        both = (numbers[_CIRCUIT], numbers[_PACKETS])
        if _HOME in both or _ROAMING in both:
            self.state = READY
        else:
            self.state = DENIED if _DENIED in both else SEARCHING

    def _serve_urcs(self, now_ms: int) -> None:
        urc = self.channel.urcs.get()
        while urc is not None:
            if urc in _RESTARTED:
                self._restart(now_ms)
            elif urc.startswith(b"+CREG:"):
                self._register(_CIRCUIT, _field(urc, True))
            elif urc in _SIM_GONE and self._numbers[_STEP] > _SIM:
                self._lose_sim(now_ms)
            urc = self.channel.urcs.get()

    def _lose_sim(self, now_ms: int) -> None:
        self.outbox.interrupt(self.channel.committed, now_ms)
        self.channel.abort(now_ms)
        self.state = NO_SIM
        self._go_to(_SIM, now_ms + _FIRST_RETRY_MS)


def _field(line: bytes, second: bool) -> int:
    """The first number behind the prefix; where `second` and there is one, the second."""
    fields = line[line.find(b":") + 1 :].split(b",")
    field = fields[1] if second and len(fields) > 1 else fields[0]
    return number_behind(field, 0, len(field))
