"""Windows of marked recordings, clean and in noise, as the device reads them; networks never saw the person."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import numpy as np

from firmware_sim.firmware.dsp.ecg import intervals as dsp_intervals
from firmware_sim.firmware.dsp.ecg.pipeline import EcgPipeline
from firmware_sim.firmware.dsp.result import Beat, EcgWindow
from firmware_sim.firmware.networks.loading import load_all
from firmware_sim.firmware.networks.sliced import SlicedNetwork
from firmware_sim.firmware.nn import load
from models.common.feeding import feed
from models.common.manifest import Record
from models.ecg_delineator.intervals import INTERVALS, marked_intervals
from models.ecg_delineator.marks import marked_beats
from models.evaluation.ecg.leads import LSB_MV, RATE, FloatArray, read_channel, to_counts
from models.evaluation.ecg.noise_stress import gain, noise_amplitude, signal_amplitude

#: Leads that are read of each person, by data set; QTDB is marked for both channels together.
LEADS: dict[str, tuple[str, ...]] = {"ludb": ("i", "ii", "v2", "v5"), "qtdb": ("0", "1")}
#: Noise that is added: kind and ratio in dB as `nst` has it.
NOISES: tuple[tuple[str, float] | None, ...] = (None, ("em", 18.0), ("ma", 12.0), ("em", 6.0), ("bw", 6.0))
#: Name of no noise.
CLEAN = "none"
#: Seconds read before the first and after the last mark.
_BEFORE_S, _AFTER_S = 30.0, 12.0
#: Fewer marked beats give no median.
_MIN_MARKS = 2


@dataclass(frozen=True)
class Answer:
    """One interval of one window: what the device knew of it (integers, see dsp/ecg/uncertainty.py), and its error."""

    record: str
    channel: str
    noise: str
    interval: str
    known: tuple[int, ...]
    error_ms: float


@dataclass(frozen=True)
class MarkedLead:
    """A lead about its marks, mV at the device's rate; R of its marked beats (s), and PR, QRS and QT (ms, or NaN)."""

    record: str
    mv: FloatArray
    peaks: tuple[float, ...]
    truth: dict[str, float]


def marked_lead(root: Path, record: str, channel: str) -> MarkedLead | None:
    """A lead of LUDB or QTDB; None where too few beats are marked."""
    ludb = record.startswith("ludb")
    marks = marked_beats(root / record, channel if ludb else "q1c")
    if len(marks) < _MIN_MARKS:
        return None
    signal, rate = read_channel(root / record, channel if ludb else int(channel))
    first = max(0, int((marks[0].qrs.peak - _BEFORE_S) * rate))
    piece = signal[first : int((marks[-1].qrs.peak + _AFTER_S) * rate)]
    peaks = tuple(mark.qrs.peak - first / rate for mark in marks)
    truth = dict(zip(INTERVALS, marked_intervals(marks), strict=True))
    return MarkedLead(record, np.array(to_counts(piece, rate), dtype=np.float64) * LSB_MV, peaks, truth)


class Reader:
    """Reads leads with one delineation network and notes what each uncertainty is computed from.

    `noises` are recordings in mV at the device's rate, by kind.
    """

    def __init__(self, model: bytes, root: Path, noises: Mapping[str, Sequence[FloatArray]]) -> None:
        #: For an `EcgPipeline`, in order.
        self.networks = load_all().beat_kind, SlicedNetwork(load(model))
        self._root = root
        self._noises = noises

    def answers(self, record: Record, channel: str, rng: np.random.Generator) -> Iterator[Answer]:
        """All intervals of all windows of a lead that overlap its marks, clean and with each noise."""
        lead = marked_lead(self._root, record.name, channel)
        if lead is None:
            return
        for noise in NOISES:
            noisy = lead.mv if noise is None else lead.mv + self._noise(noise, lead, rng)
            name = CLEAN if noise is None else f"{noise[0]} {noise[1]:g} dB"
            for end_s, interval, value_ms, known in self._windows(noisy):
                if end_s > lead.peaks[0] and not np.isnan(lead.truth[interval]):
                    yield Answer(record.name, channel, name, interval, known, value_ms - lead.truth[interval])

    def _noise(self, noise: tuple[str, float], lead: MarkedLead, rng: np.random.Generator) -> FloatArray:
        kind, snr_db = noise
        clean = lead.mv
        recorded = self._noises[kind][int(rng.integers(2))]
        begin = int(rng.integers(0, len(recorded) - len(clean)))
        piece = recorded[begin : begin + len(clean)]
        factor = gain(snr_db, signal_amplitude(clean, RATE, lead.peaks), noise_amplitude(piece, RATE))
        return np.asarray(factor * (piece - piece.mean()))

    def _windows(self, lead: FloatArray) -> Iterator[tuple[float, str, float, tuple[int, ...]]]:
        """End in s, interval, value in ms and what was known, of each interval that has a value."""
        noted: dict[int, tuple[int, ...]] = {}

        def note(which: int, *known: int) -> int:
            noted[which] = known
            return 1

        with patch.object(dsp_intervals, "interval_u95", note):
            for result in feed(EcgPipeline(*self.networks), to_counts(lead, RATE)):
                if isinstance(result, Beat):
                    continue
                yield from _read(result, noted)
                noted.clear()


def _read(window: EcgWindow, noted: dict[int, tuple[int, ...]]) -> Iterator[tuple[float, str, float, tuple[int, ...]]]:
    for which, name in enumerate(INTERVALS):
        value = getattr(window, name).value
        if value is not None and which in noted:
            yield window.end / RATE, name, value / 10, noted[which]
