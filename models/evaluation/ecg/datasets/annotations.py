"""Reads what experts marked in WFDB annotation files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import wfdb

from ...core.dataset import FloatArray
from ...core.errors import CaseError
from ..beat_kinds import KINDS, LABEL_OF
from ..truth import Marks, Peak, Spans
from .base import Lead

#: Beyond this distance from an R a wave belongs to a beat that is not marked.
_T_REACH_S = 0.8
_P_REACH_S = 0.5
#: Waves of ventricular flutter carry a letter of their own, but are no beats (EC57).
_BEATS = frozenset(LABEL_OF) - {"!"}
_PACED_BEAT = "/"
_PACED = frozenset("/f")
_FIBRILLATION = "(AFIB"


@dataclass(frozen=True)
class Annotations:
    """An annotation file: time (s), code and note of each entry."""

    times: tuple[float, ...]
    codes: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def entries(self) -> Iterator[tuple[float, str]]:
        """Time and code of each."""
        return zip(self.times, self.codes, strict=True)


def read_header(path: Path) -> Any:
    """WFDB header of a record; raises CaseError."""
    try:
        return wfdb.rdheader(str(path))
    except Exception as error:  # wfdb lets whatever its parsing meets come through
        raise CaseError(f"{path}: no WFDB header that can be read ({error})") from error


def read_lead(path: Path, channel: str) -> Lead:
    """One channel of a WFDB record by name, case aside; raises CaseError."""
    names = [name.lower() for name in read_header(path).sig_name]
    try:
        record = wfdb.rdrecord(str(path), channels=[names.index(channel.lower())])
        values: FloatArray = record.p_signal[:, 0].astype(float)
    except Exception as error:  # as above
        raise CaseError(f"{path}: channel {channel!r} cannot be read ({error})") from error
    return Lead(values, float(record.fs))


def read_annotations(path: Path, extension: str, fs: float) -> Annotations:
    """An annotation file of a record sampled at `fs`; raises CaseError."""
    try:
        marks = wfdb.rdann(str(path), extension)
    except Exception as error:  # as above
        raise CaseError(f"{path}.{extension}: cannot be read ({error})") from error
    notes = tuple(note.rstrip("\x00").strip() for note in marks.aux_note)
    return Annotations(tuple(float(sample) / fs for sample in marks.sample), tuple(marks.symbol), notes)


def beats(marks: Annotations) -> tuple[Peak, ...]:
    """All beats with their kind in EC57's groups, paced ones as such."""
    names = (*KINDS, "other")
    return tuple(
        Peak(t, code if code == _PACED_BEAT else names[LABEL_OF[code]], code)
        for t, code in marks.entries
        if code in _BEATS
    )


def is_paced(marks: Annotations) -> bool:
    """Whether there is a paced beat in it."""
    return bool(_PACED & set(marks.codes))


def flutter(marks: Annotations) -> Spans:
    """Stretches of ventricular flutter or fibrillation, which EC57 leaves out."""
    begins = [t for t, code in marks.entries if code == "["]
    ends = [t for t, code in marks.entries if code == "]"]
    return tuple((begin, next((t for t in ends if t >= begin), marks.times[-1])) for begin in begins)


def fibrillation(marks: Annotations, end_s: float) -> Spans:
    """Stretches whose rhythm is atrial fibrillation."""
    changes = [(t, note) for t, note in zip(marks.times, marks.notes, strict=True) if note.startswith("(")]
    nexts = [*(t for t, _ in changes[1:]), end_s]
    return tuple((t, end) for (t, note), end in zip(changes, nexts, strict=False) if note == _FIBRILLATION)


def waves(marks: Annotations) -> tuple[Marks, ...]:
    """Beats of a file in which waves are written as `( peak )`, as LUDB and QTDB do; kinds of beats are not marked."""
    found: list[Marks] = []
    before: dict[str, Any] = {}
    for kind, times in _waves(marks.entries):
        if kind == "p":
            before = {f"p_{edge}": time for edge, time in times.items()}
        elif kind == "t" and found and times["peak"] - found[-1].r < _T_REACH_S:
            edges: dict[str, Any] = {f"t_{edge}": time for edge, time in times.items()}
            found[-1] = replace(found[-1], **edges)
        elif kind == "qrs":
            near = before if before and times["peak"] - before["p_peak"] < _P_REACH_S else {}
            found.append(Marks(times["peak"], qrs_on=times.get("on"), qrs_off=times.get("off"), **near))
            before = {}
    return tuple(found)


def _waves(entries: Iterable[tuple[float, str]]) -> Iterator[tuple[str, dict[str, float]]]:
    """Waves of all kinds with their edges; a U wave ends what came before and is left out."""
    onset: float | None = None
    wave: tuple[str, dict[str, float]] | None = None
    for time, code in entries:
        if code == ")" and wave is not None:
            wave[1]["off"] = time
            continue
        if wave is not None:
            yield wave
            wave = None
        if code == "(":
            onset = time
            continue
        kind = "qrs" if code in _BEATS else code
        if kind in ("p", "t", "qrs"):
            wave = (kind, {"peak": time} | ({} if onset is None else {"on": onset}))
        onset = None
    if wave is not None:
        yield wave
