"""EDF and EDF+ recordings, read lazily."""

from __future__ import annotations

import warnings
from pathlib import Path

import edfio
import numpy as np

from ..errors import RecordFormatError
from ..models import FloatArray
from .source import Channel, format_error, wrapped


class EdfSource:
    """A continuous EDF or EDF+ file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.record_error: RecordFormatError | None = None
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            self._signals = self._open(path)
        for warning in caught:
            text = str(warning.message)
            # -1 records means that the writer did not know yet; anything else is a file cut short
            fewer = "data records, but file contains" in text and "indicates -1" not in text
            if fewer or "Incomplete data record" in text:
                self.record_error = format_error(path, f"truncated: {text}")

    def _open(self, path: Path) -> tuple[edfio.EdfSignal, ...]:
        try:
            edf = edfio.read_edf(path, lazy_load_data=True)
            # what says that it is continuous is believed: its onsets may differ in the last digit of a fraction
            continuous = not edf.reserved.startswith("EDF+D") or edf.is_continuous
            records, signals = edf.num_data_records, edf.signals
            self.channels = tuple(
                Channel(s.label, s.physical_dimension, float(s.sampling_frequency), records * s.samples_per_data_record)
                for s in signals
            )
        except Exception as error:  # edfio lets whatever its parsing meets come through
            raise wrapped(path, "not an EDF file", error) from error
        if not continuous:
            raise format_error(path, "is a discontinuous EDF+ (EDF+D); only continuous ones can be replayed")
        if not signals or not records:
            raise format_error(path, "has no signals")
        return signals

    def read(self, channel: int, start: int, stop: int) -> FloatArray:
        """Samples [start, stop) of a channel, see `Source.read`."""
        fs = self.channels[channel].fs
        try:
            return np.asarray(self._signals[channel].get_data_slice(start / fs, stop / fs), dtype=np.float64)
        except Exception as error:
            raise wrapped(self.path, f"cannot read samples {start} to {stop}", error) from error

    def close(self) -> None:
        """The memory map goes with the object."""
