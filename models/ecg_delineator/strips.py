"""Strips: one lead of a recording as the device conditions it, cut into beats where the device finds R, with marks."""

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
from models.common.feeding import r_indices
from models.common.manifest import Record
from models.evaluation.ecg.leads import RATE, read_channel, to_counts

from .choose_data import FIBRILLATION, LEADS
from .marks import MarkedBeat, Wave, marked_beats
from .rhythms import spans

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
_NEAR = 2
#: Beats of a strip without marks at most.
_MOST_UNMARKED = 400
_CINC_RATE = 300
_CINC_UNITS_A_MV = 1000.0
#: Samples around an R that must be signal for the beat to count as whole.
_WHOLE = (20, 60)


@dataclass(frozen=True)
class Strip:
    """Beats of one lead: `vectors` (n, WIDTH) µV of those with `labels` (n, COLUMNS); `every` (m, WIDTH) of all."""

    record: str
    lead: str
    fold: int
    use: str
    vectors: Floats
    labels: Floats
    every: Floats
    beats: tuple[MarkedBeat, ...]

    @cached_property
    def alike(self) -> Bools:
        """(n, n): which beats have so nearly the same complex that they may be averaged."""
        core = self.vectors[:, PAD + BEFORE - 15 : PAD + BEFORE + 16]
        core = core - core.mean(axis=1, keepdims=True)
        size = np.sqrt((core**2).sum(axis=1, keepdims=True)) + 1e-6
        ratio = size / size.T
        same = (self.labels[:, None, HAS_P:] == self.labels[None, :, HAS_P:]).all(axis=2)
        return np.asarray(((core / size) @ (core / size).T > 0.93) & (ratio < 1.4) & (ratio > 0.7) & same)


def strips_of(root: Path, record: Record) -> list[Strip]:
    """All leads of a recording."""
    if record.use == FIBRILLATION:
        return _unmarked(root, record)
    ludb = record.name.startswith("ludb")
    leads: list[tuple[str | int, str]] = [(lead, lead) for lead in LEADS] if ludb else [(0, "q1c"), (1, "q1c")]
    return [_marked(root, record, channel, extension) for channel, extension in leads]


def _marked(root: Path, record: Record, channel: str | int, extension: str) -> Strip:
    path = root / record.name
    uv, r = through_device(to_counts(*read_channel(path, channel)))
    beats = marked_beats(path, extension)
    places, labels = [], []
    for i, beat in enumerate(beats):
        place = _place(beat, r)
        if place is not None:
            places.append(place)
            labels.append(_label(beat, place, first=i == 0, last=i == len(beats) - 1))
    rows = np.array(labels, dtype=np.float32).reshape(-1, COLUMNS)
    whole = r[(r >= _WHOLE[0]) & (r < len(uv) - _WHOLE[1])]
    return Strip(
        record.name, str(channel), record.fold or 0, record.use, cut(uv, places), rows, cut(uv, whole), tuple(beats)
    )


def _place(beat: MarkedBeat, r: Ints) -> int | None:
    """The device's R within the marked complex, None where there is none or an edge is not marked."""
    if beat.qrs.on is None or beat.qrs.off is None or not len(r):
        return None
    nearest = int(r[np.abs(r - beat.qrs.peak * RATE).argmin()])
    return nearest if beat.qrs.on * RATE - _NEAR <= nearest <= beat.qrs.off * RATE + _NEAR else None


def _label(beat: MarkedBeat, place: int, *, first: bool, last: bool) -> list[float]:
    """Columns of one beat; at the ends of a strip a wave that is not marked may still be there."""

    def at(wave: Wave | None) -> list[float]:
        edges = (None, None, None) if wave is None else (wave.on, wave.peak, wave.off)
        return [np.nan if edge is None else edge * RATE - place for edge in edges]

    has_p = 1 if beat.p and beat.p.on and beat.p.off else 0 if beat.p is None and not first else UNKNOWN
    has_t = 1 if beat.t and beat.t.off else 0 if beat.t is None and not last else UNKNOWN
    return [*at(beat.p), *at(beat.qrs), *at(beat.t), has_p, has_t, 1]


def _unmarked(root: Path, record: Record) -> list[Strip]:
    """Leads in fibrillation: no P wave; the edges of the other waves are not known."""
    path = root / record.name
    if record.name.startswith("cinc2017"):
        signal = scipy.io.loadmat(f"{path}.mat")["val"].ravel() / _CINC_UNITS_A_MV
        signals, rate, within = [signal], _CINC_RATE, [(1.2, len(signal) / _CINC_RATE)]
    else:
        signals, rate = [read_channel(path, channel)[0] for channel in (0, 1)], 360
        within = spans(path)
    return [_in_spans(record, str(i), to_counts(signal, rate), within) for i, signal in enumerate(signals)]


def _in_spans(record: Record, lead: str, counts: array[int], within: list[tuple[float, float]]) -> Strip:
    uv, r = through_device(counts)
    chosen = [place for place in r if any(start < place / RATE < end for start, end in within)]
    if len(chosen) > _MOST_UNMARKED:
        chosen = [chosen[i] for i in np.linspace(0, len(chosen) - 1, _MOST_UNMARKED).astype(int)]
    labels = np.full((len(chosen), COLUMNS), np.nan, dtype=np.float32)
    labels[:, HAS_P], labels[:, HAS_T], labels[:, HAS_QRS] = 0, UNKNOWN, UNKNOWN
    vectors = cut(uv, chosen)
    return Strip(record.name, lead, record.fold or 0, record.use, vectors, labels, vectors, ())


def through_device(counts: array[int]) -> tuple[Floats, Ints]:
    """Microvolts as the device conditions a lead (counts at 250/s), and where it finds R."""
    return _conditioned(counts), np.array(r_indices(EcgPipeline(), counts), dtype=np.int64)


def _conditioned(counts: array[int]) -> Floats:
    conditioner = Conditioner()
    conditioner.restart(counts[0])
    out = np.empty(len(counts), dtype=np.float32)
    for start in range(0, len(counts), RING):
        piece = counts[start : start + RING]
        conditioner.block(piece, len(piece), 0)
        out[start : start + len(piece)] = conditioner.uv[: len(piece)]
    return out - 32768


def cut(uv: Floats, places: list[int] | Ints) -> Floats:
    """(n, WIDTH) around R at `places`; beyond its ends the signal is held."""
    padded = np.concatenate([np.full(WIDTH, uv[0]), uv, np.full(WIDTH, uv[-1])])
    first = WIDTH - BEFORE - PAD
    rows = [padded[first + place : first + place + WIDTH] for place in places]
    return np.array(rows, dtype=np.float32).reshape(-1, WIDTH)
