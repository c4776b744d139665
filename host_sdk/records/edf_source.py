"""EDF, EDF+ and BDF recordings, read lazily."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..counts import unpack
from ..errors import RecordFormatError
from ..models import FloatArray
from .edf_absent import AbsentStretches
from .edf_header import EdfHeader, EdfSignalHeader, read_edf_header, record_onsets
from .names import role_of
from .source import LONGEST_GAP_S, Channel, format_error, numbered

_log = logging.getLogger(__name__)
#: Onsets are decimal text: by so much they may differ from where the record before ends and still follow it.
_SAME_S = 1e-3


class EdfSource:
    """A file of records; between those of a discontinuous EDF+ there may be gaps."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.record_error: RecordFormatError | None = None
        header = read_edf_header(path)
        self._header = header
        described = [signal for signal in header.signals if not signal.is_annotation]
        self._signals = [signal for signal in described if signal.samples]
        if not self._signals:
            what = f"signal {described[0].label!r} has 0 samples a record" if described else "has no signals"
            raise format_error(path, what)
        self._records = self._map(header)
        #: Seconds at which each record begins; None: each where the one before ends.
        self._begins_s = self._onsets() if header.discontinuous else None
        count = len(self._records if self._begins_s is None else self._begins_s)
        self._records = self._records[:count]
        self._absent = AbsentStretches(self._records, header)
        labels = [signal.label for signal in self._signals]
        for label in sorted({label for label in labels if role_of(label) and labels.count(label) > 1}):
            what = f"has {labels.count(label)} channels called {label!r}; --channel {label}#2 names the second"
            _log.warning("%s: %s", path, what)
        names = numbered(labels)
        self.channels = tuple(
            Channel(name, signal.unit, signal.samples / header.record_s, self._measured_length(signal))
            for name, signal in zip(names, self._signals, strict=True)
        )

    def read(self, channel: int, start: int, stop: int) -> FloatArray:
        """Samples [start, stop) of a channel, see `Source.read`."""
        values = self._measured(self._signals[channel], start, stop)
        self._absent.clear(self._signals[channel].label, self.channels[channel].fs, start, values)
        return values

    def _measured(self, signal: EdfSignalHeader, start: int, stop: int) -> FloatArray:
        """Samples as they lie in the file."""
        gain, offset = self._scale(signal)
        if self._begins_s is None:
            low = start // signal.samples
            flat = self._counts(signal, low, -(-stop // signal.samples)).reshape(-1)
            continuous: FloatArray = (flat[start - low * signal.samples : stop - low * signal.samples] + offset) * gain
            return continuous
        firsts = self._firsts(signal, self._begins_s)
        values = np.full(stop - start, np.nan)
        low = max(0, int(np.searchsorted(firsts, start, side="right")) - 1)
        high = int(np.searchsorted(firsts, stop))
        counts = self._counts(signal, low, high)
        for first, record in zip(firsts[low:high].tolist(), counts, strict=True):
            begin, end = max(first, start), min(first + signal.samples, stop)
            if begin < end:
                values[begin - start : end - start] = (record[begin - first : end - first] + offset) * gain
        return values

    def close(self) -> None:
        """The memory map goes with the object."""

    def _map(self, header: EdfHeader) -> NDArray[np.uint8]:
        """Whole records as rows of bytes; notes what is wrong behind them."""
        there = self.path.stat().st_size - header.begin
        count = max(0, there // header.record_bytes)
        promised = header.records
        if promised is not None and count < promised:
            self.record_error = format_error(self.path, f"truncated: it holds {count} of {promised} records")
        elif promised is None and there % header.record_bytes:
            self.record_error = format_error(self.path, "truncated: its last record is not whole")
        elif promised is not None and there != promised * header.record_bytes:
            beyond = there - promised * header.record_bytes
            _log.warning("%s: has %d bytes more than its header says; whole records are read", self.path, beyond)
        if not count:
            raise self.record_error or format_error(self.path, "has no signals")
        shape = (count, header.record_bytes)
        return np.memmap(self.path, dtype=np.uint8, mode="r", offset=header.begin, shape=shape)

    def _onsets(self) -> FloatArray | None:
        """Seconds at which records begin, up to a gap that cannot be; None where there are no gaps."""
        duration = self._header.record_s
        onsets = record_onsets(self._records, self._header)
        if np.isnan(onsets).all():
            _log.warning("%s: may have gaps (EDF+D), but no record says when it began: read as one piece", self.path)
            return None
        steps = np.diff(onsets)
        bad = ~np.isfinite(onsets)
        bad[1:] |= ~(steps > duration - _SAME_S)
        if bad.any():
            number = int(np.argmax(bad))
            raise format_error(self.path, f"record {number} does not say when it began, or did before the one before")
        far = steps > duration + LONGEST_GAP_S
        if far.any():
            number = int(np.argmax(far)) + 1
            what = f"record {number} begins {steps[number - 1]:g} s after the one before"
            self.record_error = self.record_error or format_error(self.path, what)
            onsets, steps = onsets[:number], steps[: number - 1]
        gaps = np.where(steps > duration + _SAME_S, steps - duration, 0.0)
        if not gaps.any():
            return None if not far.any() else np.arange(len(onsets)) * duration
        begins: FloatArray = np.arange(len(onsets)) * duration + np.concatenate(([0.0], np.cumsum(gaps)))
        return begins

    def _firsts(self, signal: EdfSignalHeader, begins_s: FloatArray) -> NDArray[np.int64]:
        """Number of each record's first sample."""
        firsts: NDArray[np.int64] = np.rint(begins_s * (signal.samples / self._header.record_s)).astype(np.int64)
        return firsts

    def _measured_length(self, signal: EdfSignalHeader) -> int:
        """Samples of a channel, without what fills the last record up."""
        return self._absent.length(signal.label, signal.samples / self._header.record_s, self._length(signal))

    def _length(self, signal: EdfSignalHeader) -> int:
        if self._begins_s is None:
            return len(self._records) * signal.samples
        return int(self._firsts(signal, self._begins_s)[-1]) + signal.samples

    def _counts(self, signal: EdfSignalHeader, low: int, high: int) -> NDArray[np.int32]:
        """Counts of records [low, high), one a row."""
        width = self._header.sample_bytes
        raw = self._records[low:high, signal.offset : signal.offset + signal.samples * width]
        return unpack(np.ascontiguousarray(raw), width).reshape(high - low, signal.samples)

    def _scale(self, signal: EdfSignalHeader) -> tuple[float, float]:
        """What to multiply with a count, and what to add to it before."""
        if signal.physical is None or signal.digital is None:
            what = f"channel {signal.label!r} has no scale: its limits are {signal.said}"
            raise format_error(self.path, what)
        (physical_min, physical_max), (digital_min, digital_max) = signal.physical, signal.digital
        gain = (physical_max - physical_min) / (digital_max - digital_min)
        return gain, physical_max / gain - digital_max
