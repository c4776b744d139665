"""WFDB records (PhysioNet): single and multi-frequency, and multi-segment ones."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import wfdb

from ..errors import RecordError, RecordFormatError
from ..models import FloatArray
from .source import LONGEST_GAP_S, Channel, Source, format_error
from .wfdb_header import read_header
from .wfdb_record import WfdbRecord

_NULL = "~"


def open_wfdb(path: Path) -> Source:
    """The record with the header file `path`; raises RecordNotFound, RecordFormatError."""
    header = read_header(path)
    return SegmentedRecord(path, header) if isinstance(header, wfdb.MultiRecord) else WfdbRecord(path, header)


@dataclass(frozen=True)
class _Segment:
    """Frames [first, first + frames) of a record; None: nothing is known of them."""

    first: int
    frames: int
    record: WfdbRecord | None
    #: Number of each of the record's signals in the segment.
    signals: dict[int, int] = field(default_factory=dict)


class SegmentedRecord:
    """A record of several segments, each read at its signals' own rates; null, missing and damaged ones are absent.

    Where there is a layout header (a first segment without samples), signals are found by name, else by position.
    """

    def __init__(self, path: Path, header: Any) -> None:
        self.path = path
        self.record_error: RecordFormatError | None = None
        self._header = header
        self._opened: dict[str, WfdbRecord | None] = {}
        named = list(zip(header.seg_name, header.seg_len, strict=True))
        self._by_name = named[0][1] == 0
        layout = self._layout([name for name, _ in named])
        self._names, self._units, self._per_frame = layout
        self._segments: list[_Segment] = []
        frames = self._append_segments(named)
        if header.sig_len and header.sig_len != frames and self.record_error is None:
            self._note(format_error(path, f"says {header.sig_len} samples, its segments have {frames}"))
        self._firsts = [segment.first for segment in self._segments]
        self.channels = tuple(
            Channel(name or f"signal {index}", unit or "", float(header.fs) * per_frame, frames * per_frame)
            for index, (name, unit, per_frame) in enumerate(zip(*layout, strict=True))
        )

    def read(self, channel: int, start: int, stop: int) -> FloatArray:
        """Samples [start, stop) of a channel, see `Source.read`."""
        per_frame = self._per_frame[channel]
        values = np.full(stop - start, np.nan)
        begin = max(0, int(np.searchsorted(self._firsts, start // per_frame, side="right")) - 1)
        for segment in self._segments[begin:]:
            offset = segment.first * per_frame
            if offset >= stop:
                break
            if segment.record is None or channel not in segment.signals:
                continue
            low, high = max(start, offset), min(stop, offset + segment.frames * per_frame)
            if low < high:
                number = segment.signals[channel]
                values[low - start : high - start] = segment.record.read(number, low - offset, high - offset)
        return values

    def close(self) -> None:
        """Nothing stays open between reads."""

    def _note(self, error: RecordFormatError) -> None:
        """The first thing that is wrong is what is reported."""
        self.record_error = self.record_error or error

    def _layout(self, names: list[str]) -> tuple[list[str], list[str], list[int]]:
        """Names, units and samples a frame of the record's signals."""
        if self._by_name:
            header = read_header(self.path.parent / f"{names[0]}.hea")
            if isinstance(header, wfdb.MultiRecord):
                raise format_error(self.path, f"its layout {names[0]!r} is itself of several segments")
            return header.sig_name, header.units, header.samps_per_frame
        first = next((record for name in names if (record := self._open(name)) is not None), None)
        if first is None:
            raise self.record_error or format_error(self.path, "has no segment with samples")
        channels = first.channels
        return [channel.name for channel in channels], [channel.unit for channel in channels], first.per_frame

    def _open(self, name: str) -> WfdbRecord | None:
        """The record of a segment; None, with its error noted, where it cannot be read."""
        if name == _NULL:
            return None
        if name not in self._opened:
            self._opened[name] = None
            try:
                self._opened[name] = self._read_segment(name)
            except RecordError as error:
                self._note(format_error(self.path, f"without its segment {name!r}: {error}"))
        return self._opened[name]

    def _read_segment(self, name: str) -> WfdbRecord:
        path = self.path.parent / f"{name}.hea"
        header = read_header(path)
        if isinstance(header, wfdb.MultiRecord):
            raise format_error(path, "is itself of several segments")
        if header.fs != self._header.fs:
            raise format_error(path, f"has {header.fs:g} frames a second, not {self._header.fs:g}")
        record = WfdbRecord(path, header, check_sums=False)
        if record.record_error is not None:
            self._note(record.record_error)
        return record

    def _append_segments(self, named: list[tuple[str, int]]) -> int:
        """Put segments one after the other; returns the frames up to the end, or to a gap that cannot be."""
        longest = LONGEST_GAP_S * self._header.fs
        at = known = 0
        for name, frames in named:
            if not frames:
                continue
            record = self._open(name)
            at += frames
            if record is not None:
                there = min(frames, record.frames)
                if there < frames:
                    what = f"segment {name!r} holds {there} of the {frames} samples that it should have"
                    self._note(format_error(self.path, what))
                self._segments.append(_Segment(at - frames, there, record, self._signals_in(name, record)))
                known = at - frames + there
            if at - known > longest:
                what = f"nothing is there for {(at - known) / self._header.fs:g} s from sample {known} on"
                self._note(format_error(self.path, what))
                return known
        return at

    def _signals_in(self, name: str, record: WfdbRecord) -> dict[int, int]:
        """Which of the segment's signals each of the record's is; notes those that differ in rate or unit."""
        held = {channel.name: number for number, channel in reversed(list(enumerate(record.channels)))}
        found: dict[int, int] = {}
        for number, wanted in enumerate(self._names):
            mine = held.get(wanted) if self._by_name else number
            if mine is None or mine >= len(record.channels):
                continue
            unit = record.channels[mine].unit
            if record.per_frame[mine] != self._per_frame[number] or (self._units[number] or unit) != unit:
                what = f"signal {wanted!r} has another rate or unit in segment {name!r}"
                self._note(format_error(self.path, what))
                continue
            found[number] = mine
        return found
