"""The bytes of an EDF+ file: its header, and annotations as they stand in its records.

Source: Kemp and Olivan, European data format 'plus' (EDF+), Clinical Neurophysiology 114 (2003).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

LOWEST, HIGHEST = -32768, 32767
VALUE_BYTES = 2
_FIXED_BYTES = _SIGNAL_BYTES = 256
_FIELD_CHARS = 8
#: Where the header says how many records there are, in `_FIELD_CHARS` characters.
COUNT_AT = 236
#: Years that two digits can say; of others the day is unknown, which EDF+ writes as the first of them.
_YEARS = range(1985, 2085)
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
#: Labels of channels whose type the standard knows: the type, a blank, the sensor.
LABELS = {"ECG": "ECG lead", "RED": "Light RED", "IR": "Light IR", "SKIN_TEMP": "Temp SKIN"}
#: Additional word of a file that grows: its numbers are coarser and its rates nominal, until it is finished.
PROVISIONAL = b"provisional"


@dataclass(frozen=True, slots=True)
class Note:
    """An annotation: seconds from the file's beginning, how long (None: a moment), and what."""

    onset_s: float
    duration_s: float | None
    text: str

    def encode(self, offset_s: float) -> bytes:
        """As it stands in a record of a file that begins `offset_s` after a whole second."""
        duration = "" if self.duration_s is None else f"\x15{_seconds(self.duration_s)}"
        return f"+{_seconds(self.onset_s + offset_s)}{duration}\x14{self.text}\x14\0".encode()


@dataclass(frozen=True, slots=True)
class SignalHead:
    """What the header says of a signal: its physical range is that of the numbers from `LOWEST` to `HIGHEST`."""

    label: str
    unit: str
    low: float
    high: float
    #: Samples a record.
    samples: int


@dataclass(frozen=True, slots=True)
class Head:
    """What the header says of a file."""

    began: datetime
    model: str
    record_s: float
    signals: tuple[SignalHead, ...]
    #: Bytes a record that annotations have.
    note_bytes: int
    provisional: bool = False

    @property
    def size(self) -> int:
        """Bytes of the header."""
        return _FIXED_BYTES + _SIGNAL_BYTES * (len(self.signals) + 1)

    @property
    def record_bytes(self) -> int:
        """Bytes of a record."""
        return sum(signal.samples for signal in self.signals) * VALUE_BYTES + self.note_bytes

    @property
    def offset_s(self) -> float:
        """Part of a second at which it begins."""
        return self.began.microsecond / 1e6

    def encode(self, records: int) -> bytes:
        """The header of a file with so many records."""
        known = self.began.year in _YEARS
        day = f"{self.began.day:02}-{_MONTHS[self.began.month - 1]}-{self.began.year}" if known else "X"
        model = "".join(c if "!" <= c <= "~" else "_" for c in self.model) or "X"
        who = f"Startdate {day} X X {model}"[: 80 - len(PROVISIONAL) - 1]
        fixed = [
            ("0", 8),
            ("X X X X", 80),
            (f"{who} {PROVISIONAL.decode()}" if self.provisional else who, 80),
            (f"{self.began:%d.%m.%y}" if known else "01.01.85", 8),
            (f"{self.began:%H.%M.%S}", 8),
            (str(self.size), 8),
            ("EDF+C", 44),
            (str(records), 8),
            (field(self.record_s), 8),
            (str(len(self.signals) + 1), 4),
        ]
        return b"".join(_padded(text, width) for text, width in fixed) + self._signal_heads()

    def _signal_heads(self) -> bytes:
        """Column by column, that of the annotations last."""
        notes = SignalHead("EDF Annotations", "", -1, 1, self.note_bytes // VALUE_BYTES)
        every = (*self.signals, notes)
        columns: list[tuple[list[str], int]] = [
            ([each.label for each in every], 16),
            ([""] * len(every), 80),
            ([each.unit for each in every], 8),
            ([field(each.low) for each in every], 8),
            ([field(each.high) for each in every], 8),
            ([str(LOWEST)] * len(every), 8),
            ([str(HIGHEST)] * len(every), 8),
            ([""] * len(every), 80),
            ([str(each.samples) for each in every], 8),
            ([""] * len(every), 32),
        ]
        return b"".join(_padded(text, width) for texts, width in columns for text in texts)

    def begin_of(self, record: int) -> bytes:
        """The annotation that says when a record begins."""
        return f"+{_seconds(record * self.record_s + self.offset_s)}\x14\x14\0".encode()


def outward(value: float, rounding: Callable[[float], int]) -> float:
    """A number that a header's field can hold, rounded up or down by `math.ceil` or `math.floor`."""
    for digits in range(_FIELD_CHARS - 2, -1, -1):
        rounded = rounding(value * 10**digits) / 10**digits
        if len(f"{rounded:.{digits}f}") <= _FIELD_CHARS:
            return float(rounded)
    power = 10.0 ** (len(str(math.floor(abs(value)))) - 2)
    return float(rounding(value / power) * power)


def field(value: float) -> str:
    """A number in the eight characters of a header's field."""
    for digits in range(_FIELD_CHARS - 2, -1, -1):
        text = f"{value:.{digits}f}"
        if len(text) <= _FIELD_CHARS:
            return text.rstrip("0").rstrip(".") if digits else text
    return f"{value:.1e}".replace("e+0", "e").replace("e+", "e")


def spread(notes: Sequence[Note], head: Head, records: int) -> tuple[int, list[bytes]]:
    """Bytes a record that these annotations need, and what each record holds of them: those of its time, or before."""
    ordered = [(note.onset_s, note.encode(head.offset_s)) for note in sorted(notes, key=lambda note: note.onset_s)]
    begins = [head.begin_of(record) for record in range(records)]
    longest = max((len(raw) for _, raw in ordered), default=0)
    total = sum(len(raw) for _, raw in ordered)
    room = max(64, longest + max(map(len, begins)), 2 * total // records)
    while True:
        room += room % VALUE_BYTES
        filled = _filled(ordered, begins, room, head.record_s)
        if filled is not None:
            return room, filled
        room *= 2


def _filled(ordered: list[tuple[float, bytes]], begins: list[bytes], room: int, record_s: float) -> list[bytes] | None:
    """Records of `room` bytes with all annotations in order, None where they have no room."""
    filled: list[bytes] = []
    due = 0
    for record, begin in enumerate(begins):
        parts, left, last = [begin], room - len(begin), record == len(begins) - 1
        while due < len(ordered) and len(ordered[due][1]) <= left:
            onset_s, raw = ordered[due]
            if onset_s >= (record + 1) * record_s and not last:
                break
            parts.append(raw)
            left -= len(raw)
            due += 1
        filled.append(b"".join(parts))
    return filled if due == len(ordered) else None


def _seconds(value: float) -> str:
    return f"{value:.6f}".rstrip("0").rstrip(".")


def _padded(text: str, width: int) -> bytes:
    return text.encode("ascii", "replace")[:width].ljust(width)
