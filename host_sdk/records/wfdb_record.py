"""A WFDB record of one segment: signal files beside a header, read in pieces."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from wfdb.io import _signal as wfdb_signal

from ..errors import RecordFormatError, RecordNotFound
from ..models import FloatArray
from .source import Channel, format_error, wrapped

_PIECE_FRAMES = 65536
#: Holds differences: a value is the sum of all before it.
_DIFFERENCES = "8"
_LAYOUT = ("file_name", "fmt", "n_sig", "byte_offset", "samps_per_frame")

_Ints = NDArray[np.integer[Any]]


class WfdbRecord:
    """A record of one segment; `header` is what is in its header file `path`.

    A signal with a skew lies so many frames further on in its file, and lacks them at the end.
    """

    def __init__(self, path: Path, header: Any, check_sums: bool = True) -> None:
        self.path = path
        self.record_error: RecordFormatError | None = None
        self._header = header
        if "~" in header.file_name:
            raise format_error(path, "is the layout of a record of several segments and has no samples itself")
        self._skews = [skew or 0 for skew in header.skew]
        self._baselines = [baseline or 0 for baseline in header.baseline]
        self._missing = [wfdb_signal.INVALID_SAMPLE_VALUE[fmt] for fmt in header.fmt]
        #: Values before each piece of frames, of signals in differences.
        self._before = [[value or 0 for value in header.init_value]]
        self.frames = self._count_frames()
        self.per_frame: list[int] = header.samps_per_frame
        self.channels = tuple(
            # a header may leave names and units out
            Channel(name or f"signal {index}", unit or "", float(header.fs) * per_frame, self.frames * per_frame)
            for index, (name, unit, per_frame) in enumerate(
                zip(header.sig_name, header.units, self.per_frame, strict=True)
            )
        )
        if check_sums and self.record_error is None:
            self.record_error = self._bad_checksum()

    def read(self, channel: int, start: int, stop: int) -> FloatArray:
        """Samples [start, stop) of a channel, see `Source.read`."""
        per_frame, skew = self.per_frame[channel], self._skews[channel]
        first, last = start // per_frame, -(-stop // per_frame)
        values = np.full((last - first) * per_frame, np.nan)
        there = min(last + skew, self.frames)
        if first + skew < there:
            (counts,) = self._counts(first + skew, there, [channel])
            physical = (counts.astype(np.float64) - self._baselines[channel]) / self._header.adc_gain[channel]
            physical[counts == self._missing[channel]] = np.nan
            values[: len(physical)] = physical
        return values[start - first * per_frame : stop - first * per_frame]

    def close(self) -> None:
        """Nothing stays open between reads."""

    def _counts(self, first: int, last: int, signals: list[int]) -> list[_Ints]:
        """Frames [first, last) of the signal files as they lie there."""
        if all(self._header.fmt[signal] != _DIFFERENCES for signal in signals):
            return self._in_file(first, last, signals)
        piece = first // _PIECE_FRAMES
        read = self._in_file(piece * _PIECE_FRAMES, last, signals)
        before = self._values_before(piece)
        skipped = first - piece * _PIECE_FRAMES
        return [
            (counts if self._header.fmt[signal] != _DIFFERENCES else counts.astype(np.int64) + before[signal])[
                skipped * self.per_frame[signal] :
            ]
            for signal, counts in zip(signals, read, strict=True)
        ]

    def _values_before(self, piece: int) -> list[int]:
        """What the signals in differences stood at before a piece; read from the beginning once."""
        everything = list(range(self._header.n_sig))
        while len(self._before) <= piece:
            first = (len(self._before) - 1) * _PIECE_FRAMES
            read = self._in_file(first, first + _PIECE_FRAMES, everything)
            sums = [
                before + (int(counts[-1]) if self._header.fmt[signal] == _DIFFERENCES else 0)
                for signal, (before, counts) in enumerate(zip(self._before[-1], read, strict=True))
            ]
            self._before.append(sums)
        return self._before[piece]

    def _in_file(self, first: int, last: int, signals: list[int]) -> list[_Ints]:
        """As `_counts`, but differences are summed from `first` on."""
        header = self._header
        layout = {name: getattr(header, name) for name in _LAYOUT}
        nothing = [0] * header.n_sig
        try:
            read: list[_Ints] = wfdb_signal._rd_segment(
                **layout,
                dir_name=str(self.path.parent),
                pn_dir=None,
                sig_len=self.frames,
                skew=nothing,
                init_value=nothing,
                sampfrom=first,
                sampto=last,
                channels=signals,
                ignore_skew=True,
            )
        except Exception as error:  # wfdb lets whatever its parsing meets come through
            raise wrapped(self.path, f"cannot read samples {first} to {last}", error) from error
        return read

    def _count_frames(self) -> int:
        """Frames that are there; notes what is wrong where the header promises more."""
        promised = self._header.sig_len
        frames = min(self._frames_in(file) for file in dict.fromkeys(self._header.file_name))
        if promised is None or promised == 0:
            return frames
        if frames < promised:
            self.record_error = format_error(
                self.path, f"truncated: the signal file holds {frames} of {promised} samples"
            )
        return int(min(frames, promised))

    def _frames_in(self, file: str) -> int:
        """Whole frames in one signal file."""
        data = self.path.parent / file
        if not data.is_file():
            packed = data.with_name(f"{data.name}.gz")
            way_out = f" ({packed.name} is there: unpack it)" if packed.is_file() else ""
            raise RecordNotFound(f"{self.path}: its signal file {file} is missing{way_out}")
        mine = [index for index, name in enumerate(self._header.file_name) if name == file]
        fmt, offset = self._header.fmt[mine[0]], self._header.byte_offset[mine[0]] or 0
        if fmt in wfdb_signal.COMPRESSED_FMTS:
            return (_compressed_samples(self.path, data) - offset) // int(self._header.samps_per_frame[mine[0]])
        size = data.stat().st_size
        if offset > size:
            raise format_error(self.path, f"begins at byte {offset} of {file}, which has {size}")
        per_frame = sum(self._header.samps_per_frame[index] for index in mine)
        return int((size - offset) / (wfdb_signal.BYTES_PER_SAMPLE[fmt] * per_frame))

    def _bad_checksum(self) -> RecordFormatError | None:
        kept = self._header.checksum
        # writers that keep no checksums leave them out or write zeros
        if not any(kept) or any(value is None for value in kept):
            return None
        signals = list(range(len(kept)))
        totals = [0] * len(kept)
        for first in range(0, self.frames, _PIECE_FRAMES):
            read = self._counts(first, min(first + _PIECE_FRAMES, self.frames), signals)
            totals = [total + int(part.sum(dtype=np.int64)) for total, part in zip(totals, read, strict=True)]
        for channel, total, checksum in zip(self.channels, totals, kept, strict=True):
            if (total - checksum) % 65536:
                return format_error(self.path, f"damaged: channel {channel.name!r} does not have its checksum")
        return None


def _compressed_samples(path: Path, data: Path) -> int:
    """Samples of each signal in a FLAC file."""
    try:
        return int(import_module("soundfile").info(str(data)).frames)
    except Exception as error:
        raise format_error(path, f"its signal file {data.name} is no FLAC file, as its format says") from error
