"""Leads of recordings with the beats that experts marked, and the signal as the device conditions it."""

from __future__ import annotations

import lzma
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import wfdb
from numpy.typing import NDArray
from scipy.signal import lfilter, resample_poly

from firmware_sim.firmware.frontends.ecg_gen import UV_PER_COUNT_Q15
from models.common.manifest import Record, data_root
from models.evaluation.ecg.leads import LSB_MV, RATE, read_channel, to_counts

from .choose_data import BEATS, LUDB_LEADS, NOISE

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: Annotation codes of beats; those that are not normal, in rhythm and shape.
BEAT_CODES = frozenset("NLRBAaJSVrFejnE/fQ?")
WIDE_CODES = frozenset("VEF")
_TELE_RATE = 500
_NOISE_RATE = 360
_NOISES = ("em", "ma", "bw")
#: Samples beside an artefact that are not scored, and beyond the first and last mark that still are.
_ARTEFACT_MARGIN = 25
_END_MARGIN = 38
#: µV per count as in the firmware; pole of the high-pass.
_UV_PER_COUNT = UV_PER_COUNT_Q15 / 32768
_HIGH_PASS_POLE = 255 / 256
_MAX_UV = 32767


@dataclass(frozen=True)
class Lead:
    """One lead at 250/s in mV: `beats` (samples) and whether each is `wide`, scored within `spans` (samples)."""

    record: str
    channel: str
    fold: int
    mv: Floats
    beats: Floats
    wide: NDArray[np.bool_]
    spans: tuple[tuple[float, float], ...]


def leads_of(record: Record, first_only: bool = False) -> Iterator[Lead]:
    """Leads of a recording that has marked beats; `first_only`: the one that a wearable would have."""
    path = data_root() / record.name
    fold = record.fold or 0
    kind = record.name.split("/")[0]
    if kind == "tele":
        yield _tele(record, path, fold)
        return
    channels: Sequence[int | str] = LUDB_LEADS if kind == "ludb" else (0, 1)
    for channel in channels[: 2 if kind == "ludb" else 1] if first_only else channels:
        signal, rate = read_channel(path, channel)
        mv = np.array(to_counts(signal, rate)) * LSB_MV
        beats, wide = _ludb_beats(path, str(channel)) if kind == "ludb" else _annotated(path)
        if len(beats) > 1:
            whole = (0.0, float(len(mv)))
            spans = whole if kind == "mitdb" else (beats[0] - _END_MARGIN, beats[-1] + _END_MARGIN)
            yield Lead(record.name, str(channel), fold, mv, beats, wide, (spans,))


def _annotated(path: Path) -> tuple[Floats, NDArray[np.bool_]]:
    marks = wfdb.rdann(str(path), "atr")
    beats = [(s, c) for s, c in zip(marks.sample, marks.symbol, strict=True) if c in BEAT_CODES]
    rate = marks.fs or RATE
    return np.array([s for s, _ in beats]) / rate * RATE, np.array([c in WIDE_CODES for _, c in beats], dtype=bool)


def _ludb_beats(path: Path, lead: str) -> tuple[Floats, NDArray[np.bool_]]:
    marks = wfdb.rdann(str(path), lead)
    beats = np.array([s for s, c in zip(marks.sample, marks.symbol, strict=True) if c == "N"])
    return beats / (marks.fs or 500) * RATE, np.zeros(len(beats), dtype=bool)


def _tele(record: Record, path: Path, fold: int) -> Lead:
    with lzma.open(path.with_name(f"{path.name}.dat.xz"), "rt") as file:
        columns = np.loadtxt(file, delimiter=",")
    clear = np.concatenate([[0], (columns[:, 2] == 0).astype(int), [0]])
    edges = np.flatnonzero(np.diff(clear)) * RATE / _TELE_RATE
    margin = _ARTEFACT_MARGIN
    spans = tuple((a + margin, b - margin) for a, b in zip(edges[::2], edges[1::2], strict=True) if b - a > 4 * margin)
    beats = np.flatnonzero(columns[:, 1]) * RATE / _TELE_RATE
    mv = np.array(to_counts(columns[:, 0], _TELE_RATE)) * LSB_MV
    return Lead(record.name, "0", fold, mv, beats, np.zeros(len(beats), dtype=bool), spans)


def noises(records: Sequence[Record]) -> dict[str, list[Floats]]:
    """Both channels of each noise recording in mV at 250/s, about their means."""
    import h5py  # only this needs it

    name = next(record.name for record in records if record.use == NOISE)
    with h5py.File((data_root() / name).with_suffix(".h5"), "r") as file:
        raw = {kind: np.asarray(file[kind], dtype=np.float64).T for kind in _NOISES}
    return {
        kind: [resample_poly(row - row.mean(), RATE // 10, _NOISE_RATE // 10) for row in rows]
        for kind, rows in raw.items()
    }


def marked(records: Sequence[Record]) -> Iterator[Record]:
    """Those with beats."""
    return (record for record in records if record.use == BEATS)


def conditioned(mv: Floats) -> NDArray[np.int32]:
    """The lead as `condition` of ecg_viper.py makes it, in µV, to within 1 µV."""
    counts = np.clip(np.round(mv / LSB_MV), -(2**23), 2**23 - 1)
    level, _ = lfilter([1 - _HIGH_PASS_POLE], [1, -_HIGH_PASS_POLE], counts, zi=[_HIGH_PASS_POLE * counts[0]])
    offset = np.concatenate([counts[:1], level[:-1]])
    uv: NDArray[np.int32] = np.floor(np.clip((counts - offset) * _UV_PER_COUNT, -_MAX_UV, _MAX_UV)).astype(np.int32)
    return uv
