"""An EDF+ file that grows with the recording: whoever is killed leaves one that opens as it is.

Its rates are the nominal ones, numbers of 24 bits lose their lowest, and its last record is filled up: the file that
is made at the end has all of it. The header says `provisional`. Where a number comes that is beyond a channel's range,
a file with a wider one is made beside it, some records at each update: until it has them all, such numbers have the
range's end.
"""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from time import monotonic

import numpy as np

from .edf_file import Note
from .edf_growing import GrowingEdf, Limits
from .edf_signals import Spooled

#: So often it is brought up to date, s.
_EVERY_S = 0.4
#: Room for what is yet to come, as a multiple of what was seen.
_HEADROOM = 4
#: Records that an update takes over into a file of wider range.
_A_TURN = 1024


class LiveEdf:
    """The growing file; begun anew where a stream comes that it has no room for, or one that is before the others."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: GrowingEdf | None = None
        #: The one of wider range, which is yet to have all records.
        self._wider: GrowingEdf | None = None
        self._updated = -math.inf
        self._layout: tuple[object, ...] = ()
        self._limits: Limits = []
        self._seen: list[_Seen] = []
        self._notes: list[Note] = []

    def is_due(self) -> bool:
        """Whether it is time for an update."""
        return monotonic() - self._updated >= _EVERY_S

    def note(self, time_s: float, duration_s: float | None, text: str) -> None:
        """Annotate a moment in device time."""
        self._notes.append(Note(time_s, duration_s, text))

    def update(self, spooled: Sequence[Spooled], start_us: int, began: datetime, model: str) -> None:
        """Have it hold what is spooled; raises OSError."""
        self._updated = monotonic()
        layout = (start_us, *(stream.spec for stream in spooled))
        if self._file is None or layout != self._layout:
            self._drop_wider()
            self._layout, self._seen = layout, [_Seen(stream) for stream in spooled]
            self._look(spooled)
            self._begin(self._make(spooled, start_us, began, model))
            return
        self._look(spooled)
        if not all(seen.is_within(limits) for seen, limits in zip(self._seen, self._limits, strict=True)):
            self._drop_wider()
            self._wider = self._make(spooled, start_us, began, model)
        if self._wider is not None:
            self._widen(self._file, self._wider)
        self._notes = self._file.write(self._notes)

    def close(self) -> None:
        """Close the file."""
        self._drop_wider()
        if self._file is not None:
            self._file.close()
            self._file = None

    def _look(self, spooled: Sequence[Spooled]) -> None:
        for stream, seen in zip(spooled, self._seen, strict=True):
            seen.look(stream)

    def _make(self, spooled: Sequence[Spooled], start_us: int, began: datetime, model: str) -> GrowingEdf:
        """A file beside the one that is there, with room for more than was seen."""
        self._limits = [seen.limits() for seen in self._seen]
        fresh = self._path.with_name(f"{self._path.name}.new")
        return GrowingEdf(fresh, spooled, self._limits, start_us, began, model)

    def _begin(self, fresh: GrowingEdf) -> None:
        """Have a file that holds all, in the place of the one that is there."""
        try:
            self._notes = fresh.write(self._notes)
            os.replace(fresh.path, self._path)
        except OSError:
            fresh.close()
            fresh.path.unlink(missing_ok=True)
            raise
        old, self._file = self._file, fresh
        if old is not None:
            old.close()

    def _widen(self, file: GrowingEdf, wider: GrowingEdf) -> None:
        """Give the file of wider range some records more; where it has them all, it is the file from now on."""
        try:
            if not wider.follow(file, _A_TURN):
                return
        except OSError:
            self._drop_wider()
            raise
        self._wider = None
        self._begin(wider)

    def _drop_wider(self) -> None:
        wider, self._wider = self._wider, None
        if wider is not None:
            wider.close()
            wider.path.unlink(missing_ok=True)


class _Seen:
    """Lowest and highest count that each channel of a stream has had."""

    def __init__(self, stream: Spooled) -> None:
        channels = len(stream.spec.channels)
        self._most = 1 << (8 * stream.spec.sample_bytes - 1)
        self._all = stream.spec.sample_bytes == 2
        self._looked = 0
        self._low = np.full(channels, np.iinfo(np.int32).max)
        self._high = np.full(channels, np.iinfo(np.int32).min)

    def look(self, stream: Spooled) -> None:
        """See what has come since the last look."""
        length = stream.length
        if length > self._looked:
            counts = stream.counts(self._looked, length)
            there = counts != stream.invalid
            self._low = np.minimum(self._low, np.where(there, counts, self._low).min(axis=0))
            self._high = np.maximum(self._high, np.where(there, counts, self._high).max(axis=0))
            self._looked = length

    def is_within(self, limits: list[tuple[int, int]]) -> bool:
        """Whether a file with these limits has room for it."""
        lowest, highest = np.array(limits).T
        known = self._low <= self._high
        return bool(((self._low >= lowest) & (self._high <= highest))[known].all())

    def limits(self) -> list[tuple[int, int]]:
        """Counts that a file is to have room for, by channel: all of 16 bits, of more some times what was seen."""
        most = self._most
        if self._all:
            return [(-most, most - 1)] * len(self._low)
        limits = []
        for low, high in zip(self._low.tolist(), self._high.tolist(), strict=True):
            more = _HEADROOM * (high - low) + 1000
            limits.append((max(-most, low - more), min(most - 1, high + more)) if low <= high else (-1000, 1000))
        return limits
