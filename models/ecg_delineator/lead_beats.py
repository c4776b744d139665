"""Beats of one lead of a recording, as the device conditions it, cut where the device finds R, with their marks."""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import scipy.io
from numpy.typing import NDArray

from firmware_sim.firmware.dsp.ecg.beat_vector import BEFORE, LENGTH
from firmware_sim.firmware.dsp.ecg.filters import RING, Conditioner
from firmware_sim.firmware.dsp.ecg.pipeline import EcgPipeline
from models.common import feeding
from models.common.manifest import Record
from models.evaluation.ecg.leads import RATE, read_channel, to_counts

from .choose_data import FIBRILLATION, LEADS
from .marks import MarkedBeat, Wave, marked_beats
from .rhythms import fibrillation_episodes

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

#: Samples on either side of the device's vector, for stretching and shifting.
PAD = 80
WIDTH = LENGTH + 2 * PAD
#: Columns of marks: samples from R; NaN where not marked.
P_ON, P_PEAK, P_OFF, QRS_ON, QRS_PEAK, QRS_OFF, T_ON, T_PEAK, T_OFF = range(9)
#: Then whether the wave is there: 1 yes, 0 no, -1 unknown.
HAS_P, HAS_T, HAS_QRS = 9, 10, 11
COLUMNS = 12
UNKNOWN = -1
#: Most that an R may lie outside the marked complex (samples).
_MAX_OUTSIDE_SAMPLES = 2
#: Beats of a lead without marks at most.
_MAX_UNMARKED = 400
_CINC_RATE = 300
_CINC_UNITS_PER_MV = 1000.0
#: Samples before and after an R that must be signal for the beat to be complete.
_COMPLETE = (20, 60)


@dataclass(frozen=True)
class LeadBeats:
    """Beats of one lead: `vectors` (n, WIDTH) µV of those with `labels` (n, COLUMNS); `all_vectors` (m, WIDTH)."""

    record: str
    channel: str
    fold: int
    use: str
    vectors: Floats
    labels: Floats
    all_vectors: Floats
    beats: tuple[MarkedBeat, ...]

    @cached_property
    def similar(self) -> Bools:
        """(n, n): which beats have so nearly the same complex that they may be averaged."""
        qrs = self.vectors[:, PAD + BEFORE - 15 : PAD + BEFORE + 16]
        qrs = qrs - qrs.mean(axis=1, keepdims=True)
        norm = np.sqrt((qrs**2).sum(axis=1, keepdims=True)) + 1e-6
        correlation, ratio = (qrs / norm) @ (qrs / norm).T, norm / norm.T
        same_waves = (self.labels[:, None, HAS_P:] == self.labels[None, :, HAS_P:]).all(axis=2)
        return np.asarray((correlation > 0.93) & (ratio < 1.4) & (ratio > 0.7) & same_waves)


def leads_of(root: Path, record: Record) -> list[LeadBeats]:
    """All leads of a recording."""
    if record.use == FIBRILLATION:
        return _unmarked(root, record)
    ludb = record.name.startswith("ludb")
    channels: list[tuple[str | int, str]] = [(lead, lead) for lead in LEADS] if ludb else [(0, "q1c"), (1, "q1c")]
    return [_marked(root, record, channel, extension) for channel, extension in channels]


def _marked(root: Path, record: Record, channel: str | int, extension: str) -> LeadBeats:
    path = root / record.name
    uv, r = through_device(to_counts(*read_channel(path, channel)))
    beats = marked_beats(path, extension)
    r_indices, labels = [], []
    for i, beat in enumerate(beats):
        r_index = _detected_r(beat, r)
        if r_index is not None:
            r_indices.append(r_index)
            labels.append(_label(beat, r_index, first=i == 0, last=i == len(beats) - 1))
    rows = np.array(labels, dtype=np.float32).reshape(-1, COLUMNS)
    complete = r[(r >= _COMPLETE[0]) & (r < len(uv) - _COMPLETE[1])]
    fold = record.fold or 0
    vectors, all_vectors = cut(uv, r_indices), cut(uv, complete)
    return LeadBeats(record.name, str(channel), fold, record.use, vectors, rows, all_vectors, tuple(beats))


def _detected_r(beat: MarkedBeat, r: Ints) -> int | None:
    """The device's R within the marked complex, None where there is none or an edge is not marked."""
    if beat.qrs.on is None or beat.qrs.off is None or not len(r):
        return None
    nearest = int(r[np.abs(r - beat.qrs.peak * RATE).argmin()])
    first, last = beat.qrs.on * RATE - _MAX_OUTSIDE_SAMPLES, beat.qrs.off * RATE + _MAX_OUTSIDE_SAMPLES
    return nearest if first <= nearest <= last else None


def _label(beat: MarkedBeat, r_index: int, *, first: bool, last: bool) -> list[float]:
    """Columns of one beat; at the ends of a lead a wave that is not marked may still be there."""

    def relative(wave: Wave | None) -> list[float]:
        edges = (None, None, None) if wave is None else (wave.on, wave.peak, wave.off)
        return [np.nan if edge is None else edge * RATE - r_index for edge in edges]

    has_p = 1 if beat.p and beat.p.on and beat.p.off else 0 if beat.p is None and not first else UNKNOWN
    has_t = 1 if beat.t and beat.t.off else 0 if beat.t is None and not last else UNKNOWN
    return [*relative(beat.p), *relative(beat.qrs), *relative(beat.t), has_p, has_t, 1]


def _unmarked(root: Path, record: Record) -> list[LeadBeats]:
    """Leads in fibrillation: no P wave; the edges of the other waves are not known."""
    path = root / record.name
    if record.name.startswith("cinc2017"):
        signal = scipy.io.loadmat(f"{path}.mat")["val"].ravel() / _CINC_UNITS_PER_MV
        signals, rate, episodes = [signal], _CINC_RATE, [(1.2, len(signal) / _CINC_RATE)]
    else:
        signals, rate = [read_channel(path, channel)[0] for channel in (0, 1)], 360
        episodes = fibrillation_episodes(path)
    return [_in_episodes(record, str(i), to_counts(signal, rate), episodes) for i, signal in enumerate(signals)]


def _in_episodes(record: Record, channel: str, counts: array[int], episodes: list[tuple[float, float]]) -> LeadBeats:
    uv, r = through_device(counts)
    chosen = [r_index for r_index in r if any(start < r_index / RATE < end for start, end in episodes)]
    if len(chosen) > _MAX_UNMARKED:
        chosen = [chosen[i] for i in np.linspace(0, len(chosen) - 1, _MAX_UNMARKED).astype(int)]
    labels = np.full((len(chosen), COLUMNS), np.nan, dtype=np.float32)
    labels[:, HAS_P], labels[:, HAS_T], labels[:, HAS_QRS] = 0, UNKNOWN, UNKNOWN
    vectors = cut(uv, chosen)
    return LeadBeats(record.name, channel, record.fold or 0, record.use, vectors, labels, vectors, ())


def through_device(counts: array[int]) -> tuple[Floats, Ints]:
    """Microvolts as the device conditions a lead (counts at 250/s), and where it finds R."""
    return _conditioned(counts), np.array(feeding.r_indices(EcgPipeline(), counts), dtype=np.int64)


def _conditioned(counts: array[int]) -> Floats:
    conditioner = Conditioner()
    conditioner.restart(counts[0])
    out = np.empty(len(counts), dtype=np.float32)
    for start in range(0, len(counts), RING):
        block = counts[start : start + RING]
        conditioner.block(block, len(block), 0)
        out[start : start + len(block)] = conditioner.uv[: len(block)]
    return out - 32768


def cut(uv: Floats, r_indices: list[int] | Ints) -> Floats:
    """(n, WIDTH) around R; beyond its ends the signal is held."""
    padded = np.concatenate([np.full(WIDTH, uv[0]), uv, np.full(WIDTH, uv[-1])])
    first = WIDTH - BEFORE - PAD
    rows = [padded[first + r_index : first + r_index + WIDTH] for r_index in r_indices]
    return np.array(rows, dtype=np.float32).reshape(-1, WIDTH)
