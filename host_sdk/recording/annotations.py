"""Beats as a WFDB annotation file that is valid after every beat.

Format MIT, as `wfdb.rdann` and the WFDB tools read it: two bytes an annotation, code << 10 | samples since the last
one; SKIP with a 32-bit distance (high half first) where that needs more than ten bits; two zero bytes at the end.
"""

from __future__ import annotations

import struct
from pathlib import Path

from ..wire_gen import BEAT_KIND_SYMBOLS, BeatKind
from .files import WholeFile

# Annotation codes of the symbols, from the WFDB Programmer's Guide (ecgcodes.h).
_CODES = {"N": 1, "V": 5, "S": 9, "/": 12, "Q": 13}
_SKIP = 59
_LARGEST_STEP = 1023
_END = b"\0\0"


class BeatAnnotations:
    """Grows with every beat; those that come behind later ones get their place when it is closed."""

    def __init__(self, path: Path) -> None:
        self.count = 0
        self._file = WholeFile(path)
        self._last = 0
        self._late: list[tuple[int, BeatKind]] = []

    def add(self, sample: int, kind: BeatKind) -> None:
        """Mark a beat at a sample of the record; one before it is left out."""
        if sample < 0:
            return
        if sample < self._last:
            self._late.append((sample, kind))
            return
        self._overwrite_end(_mark(sample - self._last, _CODES[BEAT_KIND_SYMBOLS[kind]]) + _END)
        self._last = sample
        self.count += 1

    def close(self) -> None:
        """Close the file; one without a beat is empty and no annotation file."""
        try:
            self._sort_in()
        finally:
            self._file.close()

    def _sort_in(self) -> None:
        """Write the file anew with the late ones; raises OSError with it as it was."""
        if not self._late:
            return
        late = [(sample, _CODES[BEAT_KIND_SYMBOLS[kind]]) for sample, kind in self._late]
        marks = sorted([*_marks(self._file.read()), *late])
        pieces, last = [], 0
        for sample, code in marks:
            pieces.append(_mark(sample - last, code))
            last = sample
        self._file.write_at(0, b"".join(pieces) + _END)
        self.count = len(marks)

    def _overwrite_end(self, raw: bytes) -> None:
        self._file.write_at(max(0, self._file.size - len(_END)), raw)


def _mark(step: int, code: int) -> bytes:
    """An annotation so many samples behind the one before."""
    if step > _LARGEST_STEP:
        return struct.pack("<HHHH", _SKIP << 10, step >> 16, step & 0xFFFF, code << 10)
    return struct.pack("<H", code << 10 | step)


def _marks(raw: bytes) -> list[tuple[int, int]]:
    """Sample and code of the annotations in a file."""
    words = struct.unpack(f"<{len(raw) // 2}H", raw[: len(raw) // 2 * 2])
    marks, sample, at = [], 0, 0
    while at < len(words) and words[at]:
        if words[at] >> 10 == _SKIP:
            sample += words[at + 1] << 16 | words[at + 2]
            at += 3
        sample += words[at] & _LARGEST_STEP
        marks.append((sample, words[at] >> 10))
        at += 1
    return marks
