"""Scores the light pipeline against public recordings: `python -m models.evaluation.ppg.score bidmc|oxiwear DIR`."""

from __future__ import annotations

import argparse
import csv
import sys
from array import array
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from firmware_sim.firmware.dsp.ppg.pipeline import PpgPipeline
from firmware_sim.firmware.dsp.result import Measure
from firmware_sim.firmware.frontends.ppg_gen import RATE_HZ

FloatArray = NDArray[np.float64]
NAMES = ("pulse_rate", "spo2", "perfusion_index", "respiration_rate")
#: Wire units a unit people read.
SCALES = {"pulse_rate": 10.0, "spo2": 10.0, "perfusion_index": 100.0, "respiration_rate": 10.0}
_BIDMC_HZ = 125
_OXIWEAR_HZ = 64
#: A pleth has no scale: its robust range becomes so much light (counts), on this level.
_LEVEL = 100000.0
_SWING = 2000.0
#: An OxiWear recording lasts some seconds: it is played to and fro this long, the first samples left out.
_PLAYED_S = 12
_SKIPPED = 12


@dataclass(frozen=True)
class Reading:
    """A copied measure in the units people read; None where refused."""

    value: float | None
    quality: int
    reason: int


@dataclass(frozen=True)
class Window:
    """A copied window; `end_s` is its end."""

    end_s: float
    readings: dict[str, Reading]

    def __getitem__(self, name: str) -> Reading:
        return self.readings[name]


def run(red: FloatArray, infrared: FloatArray, block: int = 32, motion_mg: int = 0) -> list[Window]:
    """Windows of a whole recording of counts at 100/s."""
    pairs = np.clip(np.rint(np.stack((red, infrared), axis=1)), 0, 2**18 - 1).astype(np.int64)
    samples = array("i", pairs.ravel().tolist())
    pipeline = PpgPipeline()
    windows = []
    for start in range(0, len(pairs), block):
        piece = samples[2 * start : 2 * (start + block)]
        pipeline.push(piece, len(piece) // 2, motion_mg)
        while (window := pipeline.next_window()) is not None:
            readings = {name: _copy(getattr(window, name), SCALES[name]) for name in NAMES}
            windows.append(Window(window.end / RATE_HZ, readings))
    return windows


def _copy(measure: Measure, scale: float) -> Reading:
    return Reading(None if measure.value is None else measure.value / scale, measure.quality, measure.reason)


def at_rate(values: FloatArray, hz: float) -> FloatArray:
    """`values` (n, columns) at `hz` as straight lines between them, at 100/s."""
    t = np.arange(0, (len(values) - 1) / hz, 1 / RATE_HZ)
    known = np.arange(len(values)) / hz
    return np.stack([np.interp(t, known, column) for column in values.T], axis=1)


@dataclass
class Errors:
    """Errors of a reading over all windows, with what was refused."""

    errors: list[float] = field(default_factory=list)
    refused: int = 0

    def add(self, reading: Reading, truth: float) -> None:
        """Compare one reading."""
        if reading.value is None:
            self.refused += 1
        else:
            self.errors.append(reading.value - truth)

    def merge(self, other: Errors) -> None:
        """Take another's windows."""
        self.errors += other.errors
        self.refused += other.refused

    @property
    def mae(self) -> float:
        """Mean absolute error; NaN without any."""
        return float(np.abs(self.errors).mean()) if self.errors else float("nan")

    def __str__(self) -> str:
        values = np.array(self.errors or [np.nan])
        asked = len(self.errors) + self.refused
        return (
            f"MAE {np.abs(values).mean():6.2f}  bias {values.mean():+6.2f}"
            f"  p95 {np.percentile(np.abs(values), 95):6.2f}"
            f"  n {len(self.errors)}  refused {100 * self.refused / max(1, asked):5.1f} %"
        )


def bidmc_counts(path: Path) -> FloatArray:
    """The finger pleth of a `*_Signals.csv` as infrared counts at 100/s."""
    with path.open() as file:
        column = [name.strip() for name in file.readline().split(",")].index("PLETH")
    pleth = np.genfromtxt(path, delimiter=",", skip_header=1, usecols=(column,))
    filled = np.interp(np.arange(len(pleth)), np.flatnonzero(np.isfinite(pleth)), pleth[np.isfinite(pleth)])
    low, high = np.percentile(filled, (5, 95))
    return at_rate(_LEVEL - _SWING * (filled[:, None] - filled.mean()) / (high - low), _BIDMC_HZ)[:, 0]


def score_bidmc_record(path: Path) -> tuple[Errors, Errors]:
    """Pulse and respiration errors of one `*_Signals.csv`, by the monitor's mean over each window."""
    infrared = bidmc_counts(path)
    with path.with_name(path.name.replace("Signals", "Numerics")).open() as file:
        rows = [[float(cell) if cell.strip() else float("nan") for cell in row] for row in list(csv.reader(file))[1:]]
    truth = np.array(rows)
    pulse, breath = Errors(), Errors()
    for window in run(infrared, infrared):
        end = round(window.end_s)
        for errors, name, column, span in ((pulse, "pulse_rate", 2, 8), (breath, "respiration_rate", 3, 32)):
            known = truth[max(0, end - span) : end, column]
            known = known[np.isfinite(known) & (known > 0)]
            if end >= span + 4 and len(known):
                errors.add(window[name], float(known.mean()))
    return pulse, breath


def score_bidmc(folder: Path, limit: int) -> tuple[Errors, Errors]:
    """Print pulse and respiration errors a record and gross."""
    pulse, breath = Errors(), Errors()
    for path in sorted(folder.glob("*_Signals.csv"))[:limit]:
        one, other = score_bidmc_record(path)
        print(f"{path.stem[:8]}  pulse {one}\n{'':10s}breath {other}", flush=True)
        pulse.merge(one)
        breath.merge(other)
    print(f"{'gross':8s}  pulse {pulse}\n{'':10s}breath {breath}")
    return pulse, breath


def oxiwear_counts(path: Path) -> FloatArray:
    """Red and infrared counts (n, 2) at 100/s of a finger recording, ambient light taken off, played to and fro."""
    rows = [line.split(",") for line in path.read_text().splitlines()]
    first = next(i for i, row in enumerate(rows) if row[0] == "timestamp")
    light = np.array([[float(cell) for cell in row[5:8]] for row in rows[first + 1 :] if len(row) > 8 and row[5]])
    light = light[_SKIPPED:]
    light = light[:, [1, 0]] - light[:, [2]]
    there_and_back = np.concatenate((light, light[-2:0:-1]))
    times = -(-_PLAYED_S * _OXIWEAR_HZ // len(there_and_back))
    return at_rate(np.tile(there_and_back, (times, 1)), _OXIWEAR_HZ)


def score_oxiwear(folder: Path, limit: int) -> tuple[Errors, Errors]:
    """Print SpO2 and pulse errors of the finger recordings; the file name holds `time-spo2-pulse`."""
    spo2, pulse = Errors(), Errors()
    for path in sorted((folder / "proto1").glob("*.csv"))[:limit]:
        parts = path.stem.replace("_", "").split("-")
        counts = oxiwear_counts(path)
        last = run(counts[:, 0], counts[:, 1])[-1]
        print(f"{path.stem:14s} SpO2 {parts[1]:>3s}: {last['spo2']}  pulse {parts[2]:>3s}: {last['pulse_rate']}")
        spo2.add(last["spo2"], float(parts[1]))
        pulse.add(last["pulse_rate"], float(parts[2]))
    print(f"gross  SpO2 {spo2}\n      pulse {pulse}")
    return spo2, pulse


def main(arguments: list[str] | None = None) -> int:
    """Command line."""
    parser = argparse.ArgumentParser(prog="score_ppg", description=__doc__)
    parser.add_argument("set", choices=("bidmc", "oxiwear"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--limit", type=int, default=1000, help="records at most")
    options = parser.parse_args(arguments)
    pattern = "*_Signals.csv" if options.set == "bidmc" else "proto1/*.csv"
    if not any(options.folder.glob(pattern)):
        print(f"score_ppg: no {pattern} in {options.folder}", file=sys.stderr)
        return 2
    (score_bidmc if options.set == "bidmc" else score_oxiwear)(options.folder, options.limit)
    return 0


if __name__ == "__main__":
    sys.exit(main())
