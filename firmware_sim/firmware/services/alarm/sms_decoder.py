"""Short messages that came: SMS-DELIVER and SMS-STATUS-REPORT (3GPP TS 23.040), and messages of several parts."""

from micropython import const

from .gsm7 import decode
from .sms_address import get_number, get_time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .gsm7 import Readable

    Time = tuple[int, int, int, int, int, int, int]

#: What a PDU was.
NOTHING = const(0)
MESSAGE = const(1)
STATUS_REPORT = const(2)
_NO_TIME = (0, 0, 0, 0, 0, 0, 0)
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


class SmsDecoder:
    """`read` takes a PDU; the fields are then of that message, or of that report, until the next one."""

    def __init__(self) -> None:
        #: `MESSAGE`, `STATUS_REPORT`, or `NOTHING` where the latest was refused.
        self.kind = NOTHING
        self.number = ""
        #: (year, month, day, hour, minute, second, offset from UTC in min) of the service centre.
        self.time: "Time" = _NO_TIME
        #: What a message says: one of both.
        self.text: "str | None" = None
        self.data: "bytes | None" = None
        #: Which of how many parts a message is, and what they have in common. Of a report the reference is what the
        #: modem gave the message that was sent.
        self.reference = 0
        self.part = self.parts = 1
        #: Of a report: status, and what it means: `DELIVERED`, `TRYING` or `FAILED`.
        self.status = 0
        self.outcome = FAILED

    def read(self, pdu: "Readable") -> int:
        """Read a PDU as a modem gives it, that begins with the service centre; its kind. ValueError where malformed."""
        self.kind = NOTHING
        self.text = self.data = None
        self.reference = 0
        self.part = self.parts = 1
        try:
            index = pdu[0] + 1
            kind = pdu[index] & 3
            if kind == 2:
                self._read_report(pdu, index + 1)
                self.kind = STATUS_REPORT
            elif kind == 0:
                self._read_message(pdu, index + 1, pdu[index] & _HEADER)
                self.kind = MESSAGE
            else:
                raise ValueError("neither a message nor a report")
        except IndexError:
            raise ValueError("the message ends early") from None
        return self.kind

    def _read_report(self, pdu: "Readable", index: int) -> None:
        self.reference = pdu[index]
        self.number, after = get_number(pdu, index + 1)
        get_time(pdu, after)
        self.time = get_time(pdu, after + 7)
        self.status = status = pdu[after + 14]
        self.outcome = TRYING if 0x20 <= status < 0x40 else DELIVERED if status < 0x20 else FAILED

    def _read_message(self, pdu: "Readable", index: int, with_header: int) -> None:
        self.number, index = get_number(pdu, index)
        coding = _coding(pdu[index + 1])
        self.time = get_time(pdu, index + 2)
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
            self._read_header(pdu, index + 1, index + header)
        if coding == _GSM7:
            first = (header * 8 + 6) // 7
            self.text = decode(pdu, index * 8 + first * 7, length - first)
        elif coding == _UCS2:
            self.text = _utf16(bytes(pdu[index + header : index + length]))
        else:
            self.data = bytes(pdu[index + header : index + length])

    def _read_header(self, pdu: "Readable", index: int, end: int) -> None:
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
                    self.reference = pdu[index] if size == 3 else pdu[index] << 8 | pdu[index + 1]
                    self.parts, self.part = parts, part
            index += size


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
        # (number, reference, how many), and texts by part
        self._waiting: "list[tuple[tuple[str, int, int], dict[int, str]]]" = []

    def add(self, message: SmsDecoder) -> "str | None":
        """Take what was read last; the whole text once it is there."""
        if message.text is None or message.parts == 1:
            return message.text
        key = message.number, message.reference, message.parts
        for entry in self._waiting:
            if entry[0] == key:
                break
        else:
            entry = key, {}
            self._waiting.append(entry)
            if len(self._waiting) > 4:
                self._waiting.pop(0)
        texts = entry[1]
        texts[message.part] = message.text
        if len(texts) < message.parts:
            return None
        self._waiting.remove(entry)
        return "".join([texts[i + 1] for i in range(message.parts)])
