"""Short messages to be sent: SMS-SUBMIT in one or more parts (3GPP TS 23.040), ready for `AT+CMGS`."""

from micropython import const

from .gsm7 import put_septet, septets_of
from .sms_address import put_number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .gsm7 import Readable

_SUBMIT = const(0x11)  # with a relative validity period
_STATUS_REPORT = const(0x20)
_HEADER = const(0x40)
_ONE_DAY = const(167)
_GSM7 = const(0x00)
OCTETS = const(0x04)
UCS2 = const(0x08)
_CONCATENATION = b"\x05\x00\x03"  # header: its length, IEI 0 with 3 octets: reference, parts, part
_HEADER_SIZE = const(6)
_USER_OCTETS = const(140)
_LONGEST_PDU = const(176)
#: Parts that one message may have at most.
MOST_PARTS = const(8)


class SmsEncoder:
    """`begin` takes a message; then `write_part(i)` puts part i into `pdu`, behind the octet for the default centre."""

    def __init__(self) -> None:
        self.pdu = bytearray(_LONGEST_PDU)
        #: Parts of the message, and how its text is coded: 0, `OCTETS` or `UCS2`.
        self.parts = 0
        self.coding = 0
        self._number = ""
        self._content: "str | Readable" = ""
        self._reference = 0
        self._report = False
        # first character or octet of each part, and behind the last part
        self._starts = [0] * (MOST_PARTS + 1)

    def begin(self, number: str, text: str, reference: int = 0, report: bool = True) -> int:
        """Take a text, as GSM-7 where its alphabet has all of it, as UCS-2 else; how many parts.

        `reference` (0 to 255) is what the parts of one message have in common; `report` asks for a delivery report.
        ValueError, with nothing changed, for a number that is none and for a text of more than eight parts.
        """
        coding = _GSM7
        for character in text:
            if septets_of(character) < 0:
                coding = UCS2
        return self._begin(number, text, coding, reference, report)

    def begin_data(self, number: str, data: "Readable", reference: int = 0, report: bool = True) -> int:
        """Take octets; see `begin`."""
        return self._begin(number, data, OCTETS, reference, report)

    def _begin(self, number: str, content: "str | Readable", coding: int, reference: int, report: bool) -> int:
        put_number(bytearray(16), 0, number)
        starts = [0] * (MOST_PARTS + 1)
        parts = 1 if self._fits(content, coding) else _cut(content, coding, starts)
        if parts == 1:
            starts[1] = len(content)
        self._number, self._content, self.coding = number, content, coding
        self._reference, self._report = reference & 0xFF, report
        self._starts[:] = starts
        self.parts = parts
        return parts

    def _fits(self, content: "str | Readable", coding: int) -> bool:
        """Whether it is one part without a header."""
        units = 0
        for item in content:
            units += _units(item, coding)
        return units <= _room(coding, 0)

    def write_part(self, part: int) -> int:
        """Write part `part` (0 …) into `pdu`; the octets of it that `AT+CMGS=` counts: those behind the first."""
        if not 0 <= part < self.parts:
            raise ValueError("part %d of %d" % (part, self.parts))
        pdu = self.pdu
        for i in range(_LONGEST_PDU):
            pdu[i] = 0
        header = _HEADER_SIZE if self.parts > 1 else 0
        pdu[1] = _SUBMIT | (_STATUS_REPORT if self._report else 0) | (_HEADER if header else 0)
        index = put_number(pdu, 3, self._number)
        pdu[index + 1] = self.coding
        pdu[index + 2] = _ONE_DAY
        length = index + 3
        if header:
            pdu[length + 1 : length + 4] = _CONCATENATION
            pdu[length + 4] = self._reference
            pdu[length + 5] = self.parts
            pdu[length + 6] = part + 1
        return self._write_content(part, length, header) - 1

    def _write_content(self, part: int, length: int, header: int) -> int:
        """User data behind its length and the header; the end of the PDU."""
        pdu, content = self.pdu, self._content
        begin, end = self._starts[part], self._starts[part + 1]
        if self.coding == _GSM7:
            first = (header * 8 + 6) // 7
            septets = first
            for i in range(begin, end):
                septets = _put(pdu, (length + 1) * 8, septets, septets_of(content[i]))  # type: ignore[arg-type]
            pdu[length] = septets
            return length + 1 + (septets * 7 + 7) // 8
        index = length + 1 + header
        for i in range(begin, end):
            item = content[i]
            if self.coding == UCS2:
                index = _put_utf16(pdu, index, ord(item))  # type: ignore[arg-type]
            else:
                pdu[index] = item  # type: ignore[assignment]
                index += 1
        pdu[length] = index - length - 1
        return index


def _room(coding: int, header: int) -> int:
    """Units of a part: septets, octets, or halves of UTF-16."""
    octets = _USER_OCTETS - header
    if coding == _GSM7:
        return octets * 8 // 7
    return octets if coding == OCTETS else octets // 2


def _units(item: "str | int", coding: int) -> int:
    """Units that a character or octet takes."""
    if coding == OCTETS:
        return 1
    if coding == UCS2:
        return 2 if ord(item) > 0xFFFF else 1  # type: ignore[arg-type]
    return 2 if septets_of(item) > 0x7F else 1  # type: ignore[arg-type]


def _cut(content: "str | Readable", coding: int, starts: "list[int]") -> int:
    """Where parts begin, no character cut in two; how many there are."""
    room = _room(coding, _HEADER_SIZE)
    parts = units = 0
    for i in range(len(content)):
        wanted = _units(content[i], coding)
        units += wanted
        if units > room:
            parts += 1
            if parts == MOST_PARTS:
                raise ValueError("a message of more than %d parts" % MOST_PARTS)
            starts[parts] = i
            units = wanted
    starts[parts + 1] = len(content)
    return parts + 1


def _put(pdu: bytearray, bit: int, septets: int, code: int) -> int:
    """Write a character behind `septets` septets; how many there are then."""
    if code > 0x7F:
        put_septet(pdu, bit + septets * 7, code >> 8)
        septets += 1
    put_septet(pdu, bit + septets * 7, code & 0x7F)
    return septets + 1


def _put_utf16(pdu: bytearray, index: int, code: int) -> int:
    """Write a character, big end first; the index behind it."""
    if code > 0xFFFF:
        code -= 0x10000
        high = 0xD800 | code >> 10
        pdu[index] = high >> 8
        pdu[index + 1] = high & 0xFF
        code = 0xDC00 | code & 0x3FF
        index += 2
    pdu[index] = code >> 8
    pdu[index + 1] = code & 0xFF
    return index + 2
