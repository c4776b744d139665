"""Short messages that came: SMS-DELIVER and SMS-STATUS-REPORT (3GPP TS 23.040), and messages of several parts."""

from micropython import const

from .gsm7 import decode
from .sms_address import get_number, get_time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .gsm7 import Readable

    Time = tuple[int, int, int, int, int, int, int]

_HEADER = const(0x40)
#: What became of a message that was sent, as a status report says.
DELIVERED = const(0)
TRYING = const(1)
FAILED = const(2)
_GSM7 = const(0)
_UCS2 = const(2)
_CONCATENATED_8 = const(0x00)
_CONCATENATED_16 = const(0x08)
_NATIONAL_SINGLE = const(0x24)
_NATIONAL_LOCKING = const(0x25)


class Delivered:
    """A message, or one part of one: `text`, or of 8-bit data `data`; of parts `reference`, `part` (1 …), `parts`."""

    def __init__(self, number: str, time: "Time") -> None:
        self.number = number
        #: (year, month, day, hour, minute, second, offset from UTC in min) of the service centre.
        self.time = time
        self.text: "str | None" = None
        self.data: "bytes | None" = None
        self.reference = 0
        self.part = self.parts = 1


class StatusReport:
    """What became of the message that the modem gave `reference`: `DELIVERED`, `TRYING` or `FAILED`, and the status."""

    def __init__(self, reference: int, number: str, time: "Time", status: int) -> None:
        self.reference = reference
        self.number = number
        self.time = time
        self.status = status
        self.outcome = TRYING if 0x20 <= status < 0x40 else DELIVERED if status < 0x20 else FAILED


def read_pdu(pdu: "Readable") -> "Delivered | StatusReport":
    """Read a PDU as a modem gives it, that begins with the service centre; ValueError where it is malformed."""
    try:
        index = pdu[0] + 1
        kind = pdu[index] & 3
        if kind == 2:
            return _read_report(pdu, index + 1)
        if kind == 0:
            return _read_delivered(pdu, index + 1, pdu[index] & _HEADER)
    except IndexError:
        raise ValueError("the message ends early") from None
    raise ValueError("neither a message nor a report")


def _read_report(pdu: "Readable", index: int) -> StatusReport:
    number, after = get_number(pdu, index + 1)
    get_time(pdu, after)
    return StatusReport(pdu[index], number, get_time(pdu, after + 7), pdu[after + 14])


def _read_delivered(pdu: "Readable", index: int, with_header: int) -> Delivered:
    number, index = get_number(pdu, index)
    coding = _coding(pdu[index + 1])
    message = Delivered(number, get_time(pdu, index + 2))
    index += 9
    length = pdu[index]
    index += 1
    octets = (length * 7 + 7) // 8 if coding == _GSM7 else length
    if index + octets > len(pdu) or octets > 140:
        raise ValueError("%d octets of text, %d are there" % (octets, len(pdu) - index))
    header = pdu[index] + 1 if with_header else 0
    if header > octets:
        raise ValueError("a header of %d octets in %d" % (header, octets))
    if header:
        _read_header(pdu, index + 1, index + header, message)
    _read_text(pdu, index, header, length, coding, message)
    return message


def _read_text(pdu: "Readable", index: int, header: int, length: int, coding: int, message: Delivered) -> None:
    if coding == _GSM7:
        first = (header * 8 + 6) // 7
        message.text = decode(pdu, index * 8 + first * 7, length - first)
        return
    content = bytes(pdu[index + header : index + length])
    if coding == _UCS2:
        message.text = _utf16(content)
    else:
        message.data = content


def _coding(scheme: int) -> int:
    """Alphabet of a data coding scheme (3GPP TS 23.038, 4); ValueError for compressed text."""
    group = scheme >> 4
    if group < 8:
        if scheme & 0x20:
            raise ValueError("compressed text")
        return min(scheme >> 2 & 3, _UCS2) if scheme >> 2 & 3 != 3 else _GSM7
    if group == 15:
        return scheme >> 2 & 1
    return _UCS2 if group == 14 else _GSM7


def _read_header(pdu: "Readable", index: int, end: int, message: Delivered) -> None:
    """Elements of the user data header: which part of what this is."""
    while index < end:
        kind, size = pdu[index], pdu[index + 1]
        index += 2
        if index + size > end:
            raise ValueError("an element of the header ends early")
        if kind in (_NATIONAL_SINGLE, _NATIONAL_LOCKING):
            raise ValueError("a national alphabet")
        if (kind, size) in ((_CONCATENATED_8, 3), (_CONCATENATED_16, 4)):
            parts, part = pdu[index + size - 2], pdu[index + size - 1]
            if 1 <= part <= parts:  # else it is to be ignored
                message.reference = pdu[index] if size == 3 else pdu[index] << 8 | pdu[index + 1]
                message.parts, message.part = parts, part
        index += size


def _utf16(content: bytes) -> str:
    """Text of UCS-2, or UTF-16 as telephones send it; a surrogate without its partner is shown as U+FFFD."""
    text = ""
    high = 0
    for i in range(0, len(content) - 1, 2):
        code = content[i] << 8 | content[i + 1]
        low = 0xDC00 <= code < 0xE000
        if high and low:
            text += chr(0x10000 + ((high & 0x3FF) << 10) + (code & 0x3FF))
            high = 0
            continue
        if high:
            text += "\ufffd"
        high = code if 0xD800 <= code < 0xDC00 else 0
        if not high:
            text += "\ufffd" if low else chr(code)
    return text + "\ufffd" if high else text


class Parts:
    """Puts messages of several parts together: of the latest four senders and references, in any order, each once."""

    def __init__(self) -> None:
        self._waiting: "list[dict[int, Delivered]]" = []

    def add(self, message: Delivered) -> "str | None":
        """Take a text, or a part; the whole text once it is there."""
        if message.text is None or message.parts == 1:
            return message.text
        for parts in self._waiting:
            first = next(iter(parts.values()))
            if (first.number, first.reference, first.parts) == (message.number, message.reference, message.parts):
                break
        else:
            parts = {}
            self._waiting.append(parts)
            if len(self._waiting) > 4:
                self._waiting.pop(0)
        parts[message.part] = message
        if len(parts) < message.parts:
            return None
        self._waiting.remove(parts)
        return "".join([parts[i + 1].text or "" for i in range(message.parts)])
