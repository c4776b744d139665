"""One message on its way to the modem, and what became of it."""

from binascii import hexlify

from micropython import const

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..wiring import Readable

#: What `Outbox.state` is: nothing there, waits, is being handed over, the network has it (`reference`), the network
#: refused it for good (`error`), or the modem said nothing once it had it all: it may have been sent.
EMPTY = const(0)
QUEUED = const(1)
SENDING = const(2)
SENT = const(3)
REFUSED = const(4)
UNKNOWN = const(5)

_FIRST_RETRY_MS = const(2000)
_LAST_RETRY_MS = const(60_000)
_LONGEST_PDU = const(176)
_LONGEST_TEXT = const(160)
_LONGEST_NUMBER = const(20)
_NETWORK_TIMEOUT = const(332)
#: Codes of `+CMS ERROR` that another attempt does not change (3GPP TS 27.005, 3.2.5; TS 24.011): unassigned number,
#: barred, rejected, unknown subscriber, not subscribed, not implemented, malformed, no such centre.
_PERMANENT = (1, 8, 10, 21, 28, 29, 30, 50, 69, 81, 95, 96, 97, 98, 99, 330)
#: What the modem itself does not understand: a byte may have been lost on the way, so it is final the third time.
_NOT_UNDERSTOOD = (302, 303, 304, 305)
_MOST_ATTEMPTS = const(3)
#: What has the same code in ASCII and in GSM-7, beside letters and digits.
_SAME = b" !\"#%&'()*+,-./:;<=>?\r\n"


class Outbox:
    """Takes a PDU or a plain text; a temporary failure is tried again after 2 s, 4 s … 60 s until it is cancelled."""

    def __init__(self) -> None:
        self.state = EMPTY
        self.is_text = False
        #: What the network calls it: the delivery report says the same. -1: not sent.
        self.reference = -1
        #: Code of the latest `+CMS ERROR`, -1: none, or a plain `ERROR`.
        self.error = -1
        self.attempts = 0
        self.command = b""
        self.body = b""
        # not before, wait before the next attempt
        self._times = [0, _FIRST_RETRY_MS]

    def put(self, pdu: "Readable", octets: int) -> None:
        """Take a PDU, `octets` of it behind the service centre; ValueError where one is on its way, or it is too long.

        What became of the one before is forgotten.
        """
        if not 1 <= octets < len(pdu) <= _LONGEST_PDU:
            raise ValueError("a PDU of %d octets, %d of them counted" % (len(pdu), octets))
        self._put(b"AT+CMGS=%d" % octets, hexlify(pdu).upper(), False)

    def put_text(self, number: str, text: str) -> None:
        """Take a text of up to 160 letters, digits and marks that ASCII and GSM-7 have in common; ValueError else."""
        if not _is_number(number):
            raise ValueError("number %r: 1 to 20 digits" % number)
        body = text.encode()
        if len(body) > _LONGEST_TEXT:
            raise ValueError("a text of %d characters" % len(body))
        for byte in body:
            if not (0x30 <= byte <= 0x39 or 0x41 <= byte & 0xDF <= 0x5A or byte in _SAME):
                raise ValueError("%r cannot be sent as a text" % chr(byte))
        self._put(b'AT+CMGS="%s"' % number.encode(), body, True)

    def _put(self, command: bytes, body: bytes, is_text: bool) -> None:
        if self.state in (QUEUED, SENDING):
            raise ValueError("a message is on its way")
        self.command, self.body, self.is_text = command, body, is_text
        self.state = QUEUED
        self.reference = self.error = -1
        self.attempts = 0
        self._times[0], self._times[1] = 0, _FIRST_RETRY_MS

    def cancel(self) -> bool:
        """Take a message back that waits; False where it is too late."""
        if self.state != QUEUED:
            return False
        self.state = EMPTY
        return True

    # ------------------------------------------------------------------ for the modem

    def is_due(self, now_ms: int) -> bool:
        """Whether it is to be sent now."""
        return self.state == QUEUED and now_ms >= self._times[0]

    def begin(self) -> None:
        """It is being handed over."""
        self.state = SENDING
        self.attempts += 1

    def accept(self, reference: int) -> None:
        """The network has it."""
        self.state = SENT
        self.reference = reference

    def refuse(self, code: int, now_ms: int) -> None:
        """An attempt ended with an error."""
        self.error = code
        if code == _NETWORK_TIMEOUT:
            self.state = UNKNOWN
        elif code in _PERMANENT or (code in _NOT_UNDERSTOOD and self.attempts >= _MOST_ATTEMPTS):
            self.state = REFUSED
        else:
            self._wait(now_ms)

    def interrupt(self, committed: bool, now_ms: int) -> None:
        """The modem said nothing, or has started anew; `committed`: it had the whole message by then."""
        if self.state != SENDING:
            return
        if committed:
            self.state = UNKNOWN
        else:
            self._wait(now_ms)

    def _wait(self, now_ms: int) -> None:
        self.state = QUEUED
        self._times[0] = now_ms + self._times[1]
        self._times[1] = min(self._times[1] * 2, _LAST_RETRY_MS)


def _is_number(number: str) -> bool:
    digits = number[1:] if number[:1] == "+" else number
    if not 1 <= len(digits) <= _LONGEST_NUMBER:
        return False
    return all([character in "0123456789" for character in digits])
