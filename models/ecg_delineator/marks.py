"""Experts' marks of waves: LUDB and QT Database annotation files as beats."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import wfdb

from models.evaluation.ecg.leads import RATE

#: A P wave at most this long before R belongs to the complex, a T wave this long after it, in seconds.
_P_REACH_S = 0.5
_T_REACH_S = 0.8


@dataclass(frozen=True)
class Wave:
    """Onset, peak and offset in seconds; edges that the expert did not mark are None."""

    on: float | None
    peak: float
    off: float | None


@dataclass(frozen=True)
class MarkedBeat:
    """The waves of one beat; None where the expert marked none."""

    qrs: Wave
    p: Wave | None
    t: Wave | None


def marked_beats(record: Path, extension: str) -> list[MarkedBeat]:
    """Beats of a LUDB (`i`, `ii` …) or QT Database (`q1c`) annotation file, where waves are written `( peak )`."""
    marks = wfdb.rdann(str(record), extension)
    rate = marks.fs or RATE
    beats: list[MarkedBeat] = []
    p: Wave | None = None
    for symbol, wave in _waves([sample / rate for sample in marks.sample], marks.symbol):
        if symbol == "p":
            p = wave
        elif symbol == "N":
            beats.append(MarkedBeat(wave, p if p and wave.peak - p.peak < _P_REACH_S else None, None))
            p = None
        elif beats and wave.peak - beats[-1].qrs.peak < _T_REACH_S:
            beats[-1] = MarkedBeat(beats[-1].qrs, beats[-1].p, _joined(beats[-1].t, wave))
    return beats


def _joined(first: Wave | None, second: Wave) -> Wave:
    """A T wave marked in two parts is one, from the first part's onset to the second's offset."""
    return second if first is None else Wave(first.on if second.on is None else second.on, second.peak, second.off)


def _waves(times: Iterable[float], symbols: Iterable[str]) -> Iterator[tuple[str, Wave]]:
    onset: float | None = None
    held: tuple[str, Wave] | None = None
    for time, symbol in zip(times, symbols, strict=True):
        if symbol == ")" and held is not None:
            yield held[0], Wave(held[1].on, held[1].peak, time)
            held = onset = None
            continue
        if held is not None:
            yield held
            held = None
        if symbol == "(":
            onset = time
        elif symbol in ("p", "t", "N"):
            held = symbol, Wave(onset, time, None)
            onset = None
    if held is not None:
        yield held
