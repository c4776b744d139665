"""WFDB records (PhysioNet): single and multi-frequency, and multi-segment ones."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import numpy as np
import wfdb
from wfdb.io import _signal as wfdb_signal

from ..errors import RecordFormatError, RecordNotFound
from ..models import FloatArray
from .source import Channel, format_error, wrapped

_PIECE_FRAMES = 65536


class WfdbSource:
    """A WFDB record; `path` is its header file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.record_error: RecordFormatError | None = None
        self._name = str(path.with_suffix(""))
        self._header = _read_header(path, self._name)
        self._segmented = isinstance(self._header, wfdb.MultiRecord)
        frames = self._frames()
        spf = [1] * self._header.n_sig if self._segmented else self._header.samps_per_frame
        names, units = self._labels()
        fs = float(self._header.fs)
        self.channels = tuple(
            # a header may leave names and units out
            Channel(name or f"signal {index}", unit or "", fs * per_frame, frames * per_frame)
            for index, (name, unit, per_frame) in enumerate(zip(names, units, spf, strict=True))
        )
        self._per_frame = spf
        self._frame_count = frames
        if not self._segmented and self.record_error is None:
            self.record_error = self._bad_checksum()

    def read(self, channel: int, start: int, stop: int) -> FloatArray:
        """Samples [start, stop) of a channel, see `Source.read`."""
        per_frame = self._per_frame[channel]
        first, last = start // per_frame, -(-stop // per_frame)
        record = self._read_frames(first, last, [channel], physical=True)
        read = record.p_signal[:, 0] if self._segmented else record.e_p_signal[0]
        values = np.asarray(read, dtype=np.float64)
        return values[start - first * per_frame : stop - first * per_frame]

    def close(self) -> None:
        """Nothing stays open between reads."""

    def _read_frames(self, first: int, last: int, channels: list[int] | None, physical: bool) -> Any:
        options: dict[str, Any] = {"sampfrom": first, "sampto": last, "channels": channels, "physical": physical}
        try:
            if not self._header.sig_len:
                return self._read_unsized(first, last, channels, physical)
            return wfdb.rdrecord(self._name, smooth_frames=self._segmented, **options)
        except Exception as error:  # wfdb lets whatever its parsing meets come through
            raise wrapped(self.path, f"cannot read samples {first} to {last}", error) from error

    def _read_unsized(self, first: int, last: int, channels: list[int] | None, physical: bool) -> Any:
        """As `wfdb.rdrecord`, which refuses parts of a record whose header leaves its length out."""
        record = copy.deepcopy(self._header)
        chosen = list(range(record.n_sig)) if channels is None else channels
        names = ("file_name", "fmt", "n_sig", "byte_offset", "samps_per_frame", "skew", "init_value")
        layout = {name: getattr(record, name) for name in names}
        where = {"dir_name": str(self.path.parent), "pn_dir": None, "no_file": False, "sig_data": None}
        part = {"sampfrom": first, "sampto": last, "channels": chosen, "ignore_skew": False, "return_res": 64}
        record.e_d_signal = wfdb_signal._rd_segment(**layout, **where, **part, sig_len=self._frames())
        record._arrange_fields(channels=chosen, sampfrom=first, smooth_frames=False)
        if physical:
            record.dac(expanded=True, return_res=64, inplace=True)
        return record

    def _labels(self) -> tuple[list[str], list[str]]:
        if not self._segmented:
            return self._header.sig_name, self._header.units
        try:
            probe = wfdb.rdrecord(self._name, sampfrom=0, sampto=1)
        except Exception as error:
            raise wrapped(self.path, "cannot read its first segment", error) from error
        return probe.sig_name, probe.units

    def _frames(self) -> int:
        """Frames that are there; notes what is wrong where the header promises more."""
        promised = self._header.sig_len
        if self._segmented:
            return int(promised)
        there = [self._frames_in(file) for file in dict.fromkeys(self._header.file_name)]
        counted = [count for count in there if count is not None]
        frames = min(counted, default=promised or 0)
        if promised is None or promised == 0:
            return frames
        if frames < promised:
            self.record_error = format_error(
                self.path, f"truncated: the signal file holds {frames} of {promised} samples"
            )
        return int(min(frames, promised))

    def _frames_in(self, file: str) -> int | None:
        """Whole frames in one signal file; None where its format does not say."""
        data = self.path.parent / file
        if not data.is_file():
            raise RecordNotFound(f"{self.path}: its signal file {file} is missing")
        mine = [index for index, name in enumerate(self._header.file_name) if name == file]
        fmt = self._header.fmt[mine[0]]
        size = wfdb_signal.BYTES_PER_SAMPLE.get(fmt)
        if size is None:
            raise format_error(self.path, f"unknown signal format {fmt!r}")
        if size == 0:
            return None
        per_frame = sum(self._header.samps_per_frame[index] for index in mine)
        skew = max((self._header.skew[index] or 0) for index in mine)
        return int((data.stat().st_size - (self._header.byte_offset[mine[0]] or 0)) / (size * per_frame)) - skew

    def _bad_checksum(self) -> RecordFormatError | None:
        kept = self._header.checksum
        # writers that keep no checksums leave them out or write zeros
        if not any(kept) or any(value is None for value in kept):
            return None
        totals = [0] * len(kept)
        for first in range(0, self._frame_count, _PIECE_FRAMES):
            last = min(first + _PIECE_FRAMES, self._frame_count)
            record = self._read_frames(first, last, None, physical=False)
            sums = [int(part.sum(dtype=np.int64)) for part in record.e_d_signal]
            totals = [total + more for total, more in zip(totals, sums, strict=True)]
        for channel, total, checksum in zip(self.channels, totals, kept, strict=True):
            if (total - checksum) % 65536:
                return format_error(self.path, f"damaged: channel {channel.name!r} does not have its checksum")
        return None


def _read_header(path: Path, name: str) -> Any:
    if not path.is_file():
        raise RecordNotFound(f"{path}: no such WFDB header")
    try:
        header = wfdb.rdheader(name)
    except Exception as error:
        raise wrapped(path, "not a WFDB header", error) from error
    if not header.n_sig:
        raise format_error(path, "has no signals")
    if not header.fs or header.fs <= 0:
        raise format_error(path, f"has no valid rate: {header.fs}")
    if isinstance(header, wfdb.MultiRecord):
        return header
    if not header.sig_name or len(header.sig_name) != header.n_sig:
        raise format_error(path, f"says {header.n_sig} signals but describes {len(header.sig_name or [])}")
    return header
