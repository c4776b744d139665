"""Scores the ECG pipeline against public databases: `python -m firmware_sim.tools.score_ecg mitdb|ludb|qtdb DIR`."""

from __future__ import annotations

import argparse
import sys
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, fields
from pathlib import Path

import numpy as np
import wfdb
from numpy.typing import NDArray
from scipy.signal import resample_poly

from firmware_sim.firmware.dsp.ecg import EcgPipeline
from firmware_sim.firmware.dsp.result import Beat

RATE = 250
LSB_MV = 48.081e-6
_BEAT_CODES = frozenset("NLRBAaJSVrFejnE/fQ?")
_TOLERANCE_S = 0.15
#: Marks farther from an R than this belong to a beat that is not marked.
_T_REACH_S = 0.8
_P_REACH_S = 0.5
FIDUCIALS = ("p_on", "p_peak", "p_off", "qrs_on", "r", "qrs_off", "t_on", "t_peak", "t_off")

FloatArray = NDArray[np.float64]


@dataclass
class Marks:
    """Fiducials of one beat in seconds, by the pipeline or by an expert; None where absent."""

    r: float
    p_on: float | None = None
    p_peak: float | None = None
    p_off: float | None = None
    qrs_on: float | None = None
    qrs_off: float | None = None
    t_on: float | None = None
    t_peak: float | None = None
    t_off: float | None = None

    @classmethod
    def of(cls, beat: Beat) -> Marks:
        """Copy a pipeline's beat."""
        marks = cls(beat.r / RATE)
        for name in FIDUCIALS:
            index = getattr(beat, name)
            setattr(marks, name, None if index is None else index / RATE)
        return marks


@dataclass
class Result:
    """What the pipeline said about a record: beats, and per window its scaled values by name."""

    beats: list[Marks] = field(default_factory=list)
    windows: list[dict[str, int | None]] = field(default_factory=list)


def to_counts(signal_mv: FloatArray, rate: int) -> array[int]:
    """Counts of the front end for a signal in mV at `rate`, resampled to 250/s; gaps are filled with the last value."""
    good = np.isfinite(signal_mv)
    last = np.maximum.accumulate(np.where(good, np.arange(len(signal_mv)), 0))
    filled = np.nan_to_num(signal_mv[last])
    divisor = int(np.gcd(rate, RATE))
    level = float(filled[0]) if len(filled) else 0.0
    at_rate = resample_poly(filled - level, RATE // divisor, rate // divisor) + level
    counts = np.clip(np.round(at_rate / LSB_MV), -(2**23), 2**23 - 1)
    return array("i", counts.astype(np.int64).tolist())


def run(counts: array[int], block: int = 50) -> Result:
    """Push a whole record through a fresh pipeline."""
    pipeline = EcgPipeline()
    result = Result()
    for start in range(0, len(counts), block):
        piece = counts[start : start + block]
        pipeline.push(piece, len(piece), False)
        _drain(pipeline, result)
    pipeline.flush()
    _drain(pipeline, result)
    return result


def _drain(pipeline: EcgPipeline, result: Result) -> None:
    while (beat := pipeline.next_beat()) is not None:
        result.beats.append(Marks.of(beat))
    while (window := pipeline.next_window()) is not None:
        values = {name: getattr(window, name).value for name in ("heart_rate", "pr", "qrs", "qt")}
        result.windows.append(values | {"flags": window.flags, "reason": window.reason})


def match(reference: FloatArray, found: FloatArray, tolerance: float = _TOLERANCE_S) -> list[tuple[int, int]]:
    """Pairs (reference, found) within `tolerance` seconds, each used once, nearest first."""
    pairs = []
    for i, time in enumerate(reference):
        first, last = np.searchsorted(found, (time - tolerance, time + tolerance + 1e-9))
        pairs += [(abs(float(found[j] - time)), i, int(j)) for j in range(first, last)]
    taken_i: set[int] = set()
    taken_j: set[int] = set()
    kept = []
    for _, i, j in sorted(pairs):
        if i not in taken_i and j not in taken_j:
            taken_i.add(i)
            taken_j.add(j)
            kept.append((i, j))
    return sorted(kept)


@dataclass
class Count:
    """True positives, misses and false alarms."""

    hit: int = 0
    missed: int = 0
    extra: int = 0

    def add(self, other: Count) -> None:
        """Sum up."""
        for item in fields(self):
            setattr(self, item.name, getattr(self, item.name) + getattr(other, item.name))

    def __str__(self) -> str:
        sensitivity = 100 * self.hit / max(1, self.hit + self.missed)
        predictivity = 100 * self.hit / max(1, self.hit + self.extra)
        return f"{self.hit + self.missed:7d} {self.missed:6d} {self.extra:6d} {sensitivity:8.3f} {predictivity:8.3f}"


def compare(reference: FloatArray, found: FloatArray) -> Count:
    """Beats hit, missed and invented."""
    hit = len(match(reference, found))
    return Count(hit, len(reference) - hit, len(found) - hit)


def reference_beats(path: Path) -> FloatArray:
    """Times of all beats that the `.atr` file of a record marks."""
    marks = wfdb.rdann(str(path), "atr")
    return np.array(
        [s / marks.fs for s, c in zip(marks.sample, marks.symbol, strict=True) if c in _BEAT_CODES], dtype=np.float64
    )


def read_channel(path: Path, channel: int | str) -> tuple[FloatArray, int]:
    """Signal in mV and rate of one channel, by number or name."""
    selection = {"channels": [channel]} if isinstance(channel, int) else {"channel_names": [channel]}
    record = wfdb.rdrecord(str(path), **selection)
    return np.asarray(record.p_signal[:, 0], dtype=np.float64), int(record.fs)


def score_beats(paths: Iterable[Path]) -> Count:
    """Print Se and PPV a record (first channel) and gross."""
    print(f"{'record':10s} {'beats':>7s} {'missed':>6s} {'extra':>6s} {'Se %':>8s} {'PPV %':>8s}")
    gross = Count()
    for path in paths:
        counts = to_counts(*read_channel(path, 0))
        count = compare(reference_beats(path), np.array([beat.r for beat in run(counts).beats]))
        print(f"{path.name:10s} {count}", flush=True)
        gross.add(count)
    print(f"{'gross':10s} {gross}")
    return gross


def expert_beats(path: Path, extension: str) -> list[Marks]:
    """Beats of a LUDB (`.i`, `.ii` …) or QTDB (`.q1c`) file, where waves are written as `( peak )`."""
    marks = wfdb.rdann(str(path), extension)
    beats: list[Marks] = []
    before: dict[str, float] = {}
    for kind, times in _waves(marks.sample, marks.symbol, RATE if extension == "q1c" else marks.fs or 500):
        if kind == "p":
            before = {f"p_{edge}": time for edge, time in times.items()}
        elif kind == "t" and beats and times["peak"] - beats[-1].r < _T_REACH_S:
            for edge, time in times.items():
                setattr(beats[-1], f"t_{edge}", time)
        elif kind == "N":
            known = before if before and times["peak"] - before["p_peak"] < _P_REACH_S else {}
            beats.append(Marks(times["peak"], qrs_on=times.get("on"), qrs_off=times.get("off"), **known))
            before = {}
    return beats


def _waves(samples: Iterable[int], symbols: Iterable[str], rate: float) -> Iterator[tuple[str, dict[str, float]]]:
    onset: float | None = None
    wave: tuple[str, dict[str, float]] | None = None
    for sample, symbol in zip(samples, symbols, strict=True):
        time = sample / rate
        if symbol == ")" and wave is not None:
            wave[1]["off"] = time
            continue
        if wave is not None:
            yield wave
            wave = None
        if symbol == "(":
            onset = time
        elif symbol in ("p", "t", "N"):
            wave = (symbol, {"peak": time} | ({} if onset is None else {"on": onset}))
            onset = None
    if wave is not None:
        yield wave


def intervals(beats: Iterable[Marks]) -> dict[str, float | None]:
    """Record-level medians of PR, QRS and QT in ms."""
    ends = {"pr": ("p_on", "qrs_on"), "qrs": ("qrs_on", "qrs_off"), "qt": ("qrs_on", "t_off")}
    answer: dict[str, float | None] = {}
    beats = list(beats)
    for name, (first, last) in ends.items():
        pairs = [(getattr(beat, first), getattr(beat, last)) for beat in beats]
        values = [1000 * (end - begin) for begin, end in pairs if begin is not None and end is not None]
        answer[name] = float(np.median(values)) if values else None
    return answer


@dataclass
class Waves:
    """Errors of every fiducial and interval over records."""

    errors: dict[str, list[float]] = field(default_factory=lambda: {name: [] for name in FIDUCIALS})
    missed: dict[str, int] = field(default_factory=lambda: dict.fromkeys(FIDUCIALS, 0))
    invented: dict[str, int] = field(default_factory=lambda: dict.fromkeys(FIDUCIALS, 0))
    interval_errors: dict[str, list[float]] = field(default_factory=lambda: {"pr": [], "qrs": [], "qt": []})
    refused: dict[str, int] = field(default_factory=lambda: {"pr": 0, "qrs": 0, "qt": 0})
    beats: Count = field(default_factory=Count)

    def add(self, reference: list[Marks], found: list[Marks]) -> None:
        """Take one record, between its first and its last mark."""
        first, last = reference[0].r - _TOLERANCE_S, reference[-1].r + _TOLERANCE_S
        inside = [beat for beat in found if first <= beat.r <= last]
        times = np.array([beat.r for beat in reference])
        pairs = match(times, np.array([beat.r for beat in inside]))
        self.beats.add(Count(len(pairs), len(reference) - len(pairs), len(inside) - len(pairs)))
        for i, j in pairs:
            self._add_beat(reference[i], inside[j])
        truth = intervals(reference)
        answer = intervals(inside)
        for name, errors in self.interval_errors.items():
            expected, given = truth[name], answer[name]
            if expected is not None and given is not None:
                errors.append(given - expected)
            elif expected is not None:
                self.refused[name] += 1

    def _add_beat(self, expected: Marks, given: Marks) -> None:
        for name in FIDUCIALS:
            truth, answer = getattr(expected, name), getattr(given, name)
            if truth is not None and answer is not None:
                self.errors[name].append(1000 * (answer - truth))
            elif truth is not None:
                self.missed[name] += 1
            elif answer is not None:
                self.invented[name] += 1

    def report(self, title: str) -> None:
        """Print the table."""
        print(f"{title}: beats {self.beats}")
        for name, errors in self.interval_errors.items():
            values = np.array(errors or [np.nan])
            print(
                f"  {name:8s} MAE {np.abs(values).mean():6.1f} ms  bias {values.mean():+6.1f}  n {len(errors)}"
                f"  refused {self.refused[name]}"
            )
        for name in FIDUCIALS:
            values = np.array(self.errors[name] or [np.nan])
            share = 100 * len(self.errors[name]) / max(1, len(self.errors[name]) + self.missed[name])
            print(
                f"  {name:8s} Se {share:6.2f} %  {values.mean():+6.1f} ± {values.std():5.1f} ms"
                f"  unmarked {self.invented[name]}"
            )


def score_waves(folder: Path, channel: int | str, extension: str, limit: int) -> Waves:
    """Score fiducials and intervals on the first `limit` records of a folder that have the marks."""
    waves = Waves()
    paths = sorted(folder.glob(f"*.{extension}"), key=lambda path: (len(path.stem), path.stem))
    for path in paths[:limit]:
        record = path.with_suffix("")
        reference = expert_beats(record, extension)
        if reference:
            waves.add(reference, run(to_counts(*read_channel(record, channel))).beats)
    waves.report(f"{folder.name} {channel}")
    return waves


def main(arguments: list[str] | None = None) -> int:
    """Command line."""
    parser = argparse.ArgumentParser(prog="score_ecg", description=__doc__)
    parser.add_argument("set", choices=("mitdb", "ludb", "qtdb"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--limit", type=int, default=1000, help="records at most")
    options = parser.parse_args(arguments)
    if not any(options.folder.glob("*.hea")):
        print(f"score_ecg: no WFDB records in {options.folder}", file=sys.stderr)
        return 2
    if options.set == "mitdb":
        score_beats([path.with_suffix("") for path in sorted(options.folder.glob("*.atr"))[: options.limit]])
    elif options.set == "ludb":
        for lead in ("i", "ii"):
            score_waves(options.folder, lead, lead, options.limit)
    else:
        score_waves(options.folder, 0, "q1c", options.limit)
    return 0


if __name__ == "__main__":
    sys.exit(main())
