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
    """Grows with every beat; beats come in order of time."""

    def __init__(self, path: Path) -> None:
        self.count = 0
        self._file = WholeFile(path)
        self._last = 0

    def add(self, sample: int, kind: BeatKind) -> None:
        """Mark a beat at a sample of the record; one before the last mark or the record is left out."""
        if sample < self._last:
            return
        step = sample - self._last
        skip = b""
        if step > _LARGEST_STEP:
            skip, step = struct.pack("<HHH", _SKIP << 10, step >> 16, step & 0xFFFF), 0
        code = _CODES[BEAT_KIND_SYMBOLS[kind]]
        self._overwrite_end(skip + struct.pack("<H", code << 10 | step) + _END)
        self._last = sample
        self.count += 1

    def close(self) -> None:
        """Close the file; one without a beat is empty and no annotation file."""
        self._file.close()

    def _overwrite_end(self, raw: bytes) -> None:
        self._file.write_at(max(0, self._file.size - len(_END)), raw)
