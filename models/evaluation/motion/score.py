"""Scores the motion pipeline on SisFall: `python -m models.evaluation.motion.score DIR [--half odd|even]`."""

from __future__ import annotations

import argparse
import lzma
import sys
from array import array
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from firmware_sim.firmware import wire_gen as wire
from firmware_sim.firmware.dsp.imu.pipeline import ImuPipeline
from firmware_sim.firmware.frontends.imu_gen import RATE_HZ

FloatArray = NDArray[np.float64]
_SISFALL_HZ = 200
_LSB_PER_G = 256.0
_LSB_PER_DPS = 14.375
_G_LSB = 0.488e-3
_DPS_LSB = 0.07
ALARMS = (wire.EVENT_KIND_FALL, wire.EVENT_KIND_ACCIDENT)


@dataclass(frozen=True)
class Seen:
    """A copied event."""

    index: int
    kind: int
    severity: int
    peak_mg: int


@dataclass(frozen=True)
class Second:
    """A copied window; a class is None where refused."""

    end: int
    activity: int | None
    activity_reason: int
    posture: int | None
    posture_reason: int


@dataclass
class Output:
    """All events and windows of one run."""

    events: list[Seen] = field(default_factory=list)
    seconds: list[Second] = field(default_factory=list)
    motion_mg: list[int] = field(default_factory=list)

    @property
    def kinds(self) -> list[int]:
        """Kinds of the events in order."""
        return [event.kind for event in self.events]


def run(motion: FloatArray, block: int = 26) -> Output:
    """A whole recording (n, 6) in g and deg/s at 104/s through a fresh pipeline."""
    scaled = np.rint(motion / np.array([_G_LSB] * 3 + [_DPS_LSB] * 3))
    counts = np.clip(scaled, -32768, 32767).astype(np.int16)
    pipeline, output = ImuPipeline(), Output()
    for start in range(0, len(counts), block):
        piece = counts[start : start + block]
        accel = array("h", piece[:, :3].ravel().tolist())
        gyro = array("h", piece[:, 3:].ravel().tolist())
        pipeline.push(accel, gyro, len(piece))
        _collect(pipeline, output)
    return output


def _collect(pipeline: ImuPipeline, output: Output) -> None:
    output.motion_mg.append(pipeline.motion_mg)
    while (event := pipeline.next_event()) is not None:
        output.events.append(Seen(event.index, event.kind, event.severity, event.peak_mg))
    while (window := pipeline.next_window()) is not None:
        activity, posture = window.activity, window.posture
        output.seconds.append(Second(window.end, activity.value, activity.reason, posture.value, posture.reason))


def trials(path: Path) -> Iterator[tuple[str, FloatArray]]:
    """Name and motion (n, 6) at 104/s of each trial of a subject, axes as worn."""
    with np.load(BytesIO(lzma.decompress(path.read_bytes()))) as packed:
        for name in sorted(packed.files):
            raw = np.cumsum(packed[name].astype(np.int64), axis=0)
            # SisFall's y points down: half a turn about z puts it up
            signs = np.array([-1, -1, 1, -1, -1, 1])
            scaled = raw * signs / np.array([_LSB_PER_G] * 3 + [_LSB_PER_DPS] * 3)
            t = np.arange(0, (len(raw) - 1) / _SISFALL_HZ, 1 / RATE_HZ)
            known = np.arange(len(raw)) / _SISFALL_HZ
            yield name, np.stack([np.interp(t, known, column) for column in scaled.T], axis=1)


@dataclass
class Score:
    """Alarms by activity code."""

    trials: Counter[str] = field(default_factory=Counter)
    alarmed: Counter[str] = field(default_factory=Counter)
    #: Alarms beyond the first in one trial.
    repeated: int = 0
    seconds: float = 0.0

    def add(self, name: str, output: Output, length_s: float) -> None:
        """Count one trial."""
        alarms = sum(kind in ALARMS for kind in output.kinds)
        self.trials[name[:3]] += 1
        self.alarmed[name[:3]] += bool(alarms)
        self.repeated += max(0, alarms - 1)
        self.seconds += length_s if name.startswith("D") else 0.0

    def rate(self, letter: str) -> tuple[int, int]:
        """Alarmed and all trials of falls (F) or daily life (D)."""
        codes = [code for code in self.trials if code.startswith(letter)]
        return sum(self.alarmed[code] for code in codes), sum(self.trials[code] for code in codes)

    def __str__(self) -> str:
        falls, of_falls = self.rate("F")
        false, of_daily = self.rate("D")
        codes = " ".join(f"{code} {self.alarmed[code]}/{self.trials[code]}" for code in sorted(self.trials))
        return (
            f"falls {falls}/{of_falls} ({100 * falls / max(1, of_falls):.1f} %)  "
            f"false alarms {false}/{of_daily} ({100 * false / max(1, of_daily):.1f} %) in {self.seconds / 3600:.2f} h  "
            f"repeated {self.repeated}\n{codes}"
        )


def score(paths: list[Path], per_code: int) -> Score:
    """All subjects of `paths`, at most `per_code` trials of each activity a subject."""
    total = Score()
    for path in paths:
        taken: Counter[str] = Counter()
        for name, motion in trials(path):
            taken[name[:3]] += 1
            if taken[name[:3]] <= per_code:
                total.add(name, run(motion), len(motion) / RATE_HZ)
    return total


def main(arguments: list[str] | None = None) -> int:
    """Command line."""
    parser = argparse.ArgumentParser(prog="score_imu", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--half", choices=("odd", "even", "all"), default="all", help="every other subject, in order")
    parser.add_argument("--per-code", type=int, default=5, help="trials of each activity a subject, at most")
    options = parser.parse_args(arguments)
    paths = sorted(options.folder.glob("S*.npz.xz"))
    if not paths:
        print(f"score_imu: no S*.npz.xz in {options.folder}", file=sys.stderr)
        return 2
    if options.half != "all":
        paths = paths[options.half == "even" :: 2]
    print(score(paths, options.per_code))
    return 0


if __name__ == "__main__":
    sys.exit(main())
