"""Where our own EDF recordings show a value that nobody measured: EDF knows no missing sample, annotations say so."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ..models import FloatArray
from ..recording.edf_file import LABELS
from ..wire_gen import STREAMS, Stream
from .edf_header import EdfHeader, record_onsets

_TEXT = re.compile(r"(gap|electrode off|padding) ([a-z_]+)(?::.*)?")
_ANNOTATION = re.compile(rb"([+-][0-9]+(?:\.[0-9]*)?)\x15([0-9]+(?:\.[0-9]*)?)\x14([^\x00]*)\x14")
#: A gap is annotated by the device's clock, so its ends may be off by so many samples.
_EDGE = 2


class AbsentStretches:
    """Stretches of a file in which channels hold a value, by their streams; seconds from the file's beginning."""

    def __init__(self, records: NDArray[np.uint8], header: EdfHeader) -> None:
        found: dict[str, list[tuple[float, float, bool]]] = {}
        padding: dict[str, list[tuple[float, float]]] = {}
        begin_s = float(np.nan_to_num(record_onsets(records[:1], header)[0]))
        for onset_s, duration_s, kind, stream in _annotations(records, header):
            first_s = onset_s - begin_s
            found.setdefault(stream, []).append((first_s, first_s + duration_s, kind == "gap"))
            if kind == "padding":
                padding.setdefault(stream, []).append((first_s, first_s + duration_s))
        self._stretches = {stream: np.array(sorted(stretches)) for stream, stretches in found.items()}
        self._padding = {stream: np.array(sorted(stretches)) for stream, stretches in padding.items()}

    def length(self, label: str, fs: float, length: int) -> int:
        """Samples of a channel of `length` without those that fill its last record up."""
        for stream, stretches in self._padding.items():
            if label in _labels(stream):
                for first, stop in np.rint(stretches[::-1] * fs).astype(np.int64).tolist():
                    if not 0 < first < length <= stop + _EDGE:
                        break
                    length = first  # a file that grows says so of each record
        return length

    def clear(self, label: str, fs: float, start: int, values: FloatArray) -> None:
        """Put NaN where samples from number `start` on of a channel were not measured."""
        stop = start + len(values)
        for stream, stretches in self._stretches.items():
            if label not in _labels(stream):
                continue
            bounds = np.rint(stretches[:, :2] * fs).astype(np.int64)
            for index in np.flatnonzero((bounds[:, 0] < stop) & (bounds[:, 1] > start)):
                low, high = max(int(bounds[index, 0]), start) - start, min(int(bounds[index, 1]), stop) - start
                inner = values[low + _EDGE : high - _EDGE]
                if not stretches[index, 2] or not len(inner) or (inner == inner[0]).all():
                    values[low:high] = np.nan


def _labels(stream: str) -> set[str]:
    """Labels of a stream's channels, now and as they were once."""
    channels = STREAMS[Stream[stream.upper()]].channels
    return {*channels, *(LABELS.get(channel, channel) for channel in channels)}


def _annotations(records: NDArray[np.uint8], header: EdfHeader) -> Iterator[tuple[float, float, str, str]]:
    """Onset, duration, kind and stream of each stretch."""
    known = {stream.name.lower() for stream in Stream}
    for signal in (signal for signal in header.signals if signal.is_annotation):
        end = signal.offset + signal.samples * header.sample_bytes
        for record in records:
            for onset, duration, text in _ANNOTATION.findall(record[signal.offset : end].tobytes()):
                said = _TEXT.fullmatch(text.decode("utf-8", "replace"))
                if said is not None and said[2] in known:
                    yield float(onset), float(duration), said[1], said[2]
