"""One AT command at a time on a UART, without waiting; what comes unrequested goes into queues."""

from micropython import const

from .lines import LINE, LONGEST_LINE, PROMPT, LineQueue, LineReader

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..wiring import UART, Readable

#: What `poll` returns: nothing to do, a command is under way, and once its end.
IDLE = const(0)
BUSY = const(1)
OK = const(2)
ERROR = const(3)
TIMEOUT = const(4)

NO_CODE = const(-1)
_CHUNK = const(64)
_URC_BYTES = const(512)
_MESSAGE_BYTES = const(1024)
_PROMPT_MS = const(5000)
_DRAIN_MS = const(500)  # after a time-out: what comes then is an answer that came late
_SUBSTITUTE = b"\x1a"
_ESCAPE = b"\x1b"
_ERRORS = (b"+CMS ERROR:", b"+CME ERROR:")
#: Unrequested results of which the next line is a PDU.
_WITH_PDU = (b"+CMT:", b"+CDS:")
# state: result, deadline, whether the prompt is awaited, whether a PDU is, end of draining, time for an answer
_RESULT = const(0)
_DEADLINE = const(1)
_PROMPTED = const(2)
_PDU = const(3)
_DRAINED = const(4)
_TIMEOUT_MS = const(5)


def number_behind(line: "Readable", start: int, end: int) -> int:
    """The number in line[start:end], blanks around it; `NO_CODE` where there is none."""
    value = NO_CODE
    for i in range(start, end):
        digit = line[i] - 0x30
        if 0 <= digit <= 9:
            value = (0 if value == NO_CODE else value) * 10 + digit
            if value > 99_999:
                return NO_CODE
        elif line[i] != 0x20:
            return NO_CODE
    return value


class AtChannel:
    """`begin` starts a command, `poll` reports its end; `answer[:answer_length]` is the line with its prefix."""

    def __init__(self, uart: "UART") -> None:
        self.answer = bytearray(LONGEST_LINE)
        self.answer_length = 0
        #: Code of `+CMS ERROR` or `+CME ERROR`, `NO_CODE` for a plain `ERROR`.
        self.error = NO_CODE
        #: Whether the text behind the prompt has been sent: what follows may have gone out.
        self.committed = False
        self.echoes = 0
        self.urcs = LineQueue(_URC_BYTES)
        #: PDUs of messages and delivery reports, in hexadecimal.
        self.messages = LineQueue(_MESSAGE_BYTES)
        self.reader = LineReader()
        self._uart = uart
        self._chunk = bytearray(_CHUNK)
        self._state = [IDLE, 0, 0, 0, 0, 0]
        self._command = b""
        self._prefix = b""
        self._body: "Readable" = b""
        self._out = bytearray()

    def begin(self, command: bytes, prefix: bytes, timeout_ms: int, now_ms: int, body: "Readable" = b"") -> None:
        """Send `command`; with `body`, that behind the prompt, which has to come within 5 s.

        Without a line that begins with `prefix`, no OK counts.
        ValueError while a command is under way.
        """
        state = self._state
        if state[_RESULT] != IDLE:
            raise ValueError("a command is under way")
        self.answer_length = 0
        self.error = NO_CODE
        self.committed = False
        self._command, self._prefix, self._body = command, prefix, body
        state[_RESULT] = BUSY
        state[_TIMEOUT_MS] = timeout_ms
        state[_DEADLINE] = now_ms + (_PROMPT_MS if len(body) else timeout_ms)
        state[_PROMPTED] = 1 if len(body) else 0
        self._send(command + b"\r")

    def abort(self, now_ms: int) -> None:
        """Give a command up; what comes of it within half a second is dropped."""
        state = self._state
        state[_RESULT] = IDLE
        state[_PROMPTED] = state[_PDU] = 0
        state[_DRAINED] = now_ms + _DRAIN_MS

    def is_free(self, now_ms: int) -> bool:
        """Whether a command may begin."""
        return self._state[_RESULT] == IDLE and now_ms >= self._state[_DRAINED]

    def poll(self, now_ms: int) -> int:
        """Send and read what can be; `IDLE`, `BUSY`, or once how the command ended."""
        self._flush()
        count = self._uart.readinto(self._chunk) if self._uart.any() else None
        while count:
            for i in range(count):
                self._take(self._chunk[i], now_ms)
            count = self._uart.readinto(self._chunk) if self._uart.any() else None
        state = self._state
        if state[_RESULT] == BUSY and now_ms >= state[_DEADLINE]:
            self._send(_ESCAPE)  # it may wait for the end of a text, perhaps of one before our start
            self.abort(now_ms)
            return TIMEOUT
        result = state[_RESULT]
        if result > BUSY:
            state[_RESULT] = IDLE
        return result

    # ------------------------------------------------------------------ sending

    def _send(self, data: "Readable") -> None:
        self._out += data
        self._flush()

    def _flush(self) -> None:
        """Hand the UART what it takes."""
        while len(self._out):
            taken = self._uart.write(self._out)
            if not taken:
                return
            self._out = self._out[taken:]

    # ------------------------------------------------------------------ receiving

    def _take(self, byte: int, now_ms: int) -> None:
        found = self.reader.feed(byte)
        if found == LINE:
            self._take_line(self.reader.line, self.reader.length, now_ms)
        elif found == PROMPT and self._state[_PROMPTED]:
            self._state[_PROMPTED] = 0
            self._state[_DEADLINE] = now_ms + self._state[_TIMEOUT_MS]
            self.committed = True
            self._send(self._body)
            self._send(_SUBSTITUTE)

    def _take_line(self, line: bytearray, length: int, now_ms: int) -> None:
        state = self._state
        if state[_PDU]:
            state[_PDU] = 0
            if _is_hex(line, length):
                self.messages.put(line, length)
                return
        text = bytes(line[:length])
        if text == self._command:
            self.echoes += 1
        elif text[:5] in _WITH_PDU:
            state[_PDU] = 1
        elif now_ms >= state[_DRAINED] and not (state[_RESULT] == BUSY and self._take_answer(text)):
            self.urcs.put(line, length)

    def _take_answer(self, text: bytes) -> bool:
        """Whether a line belongs to the command under way."""
        state = self._state
        if text == b"OK":
            if self.answer_length or not self._prefix:
                state[_RESULT] = OK
            return True
        if text == b"ERROR":
            state[_RESULT] = ERROR
            return True
        for error in _ERRORS:
            if text.startswith(error):
                self.error = number_behind(text, len(error), len(text))
                state[_RESULT] = ERROR
                return True
        if self._prefix and text.startswith(self._prefix) and not state[_PROMPTED]:  # before: of a text of earlier
            self.answer[: len(text)] = text
            self.answer_length = len(text)
            return True
        return False


def _is_hex(line: bytearray, length: int) -> bool:
    """Whether line[:length] is whole octets in hexadecimal."""
    for i in range(length):
        if not (0x30 <= line[i] <= 0x39 or 0x41 <= line[i] & 0xDF <= 0x46):
            return False
    return length > 0 and not length & 1
