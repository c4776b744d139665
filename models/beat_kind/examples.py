"""Labelled examples: a recording through the device's own pipeline, its beats matched to the annotated ones."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import wfdb
from numpy.typing import NDArray

from firmware_sim.firmware.dsp.ecg.beat_features import LENGTH
from firmware_sim.firmware.dsp.ecg.pipeline import EcgPipeline
from firmware_sim.firmware.dsp.result import Beat
from firmware_sim.firmware.nn import Arena
from firmware_sim.firmware.wire_gen import BEAT_KIND_UNKNOWN
from models.common.feeding import feed
from models.evaluation.core.matching import match
from models.evaluation.ecg.beat_kinds import LABEL_OF, OTHER
from models.evaluation.ecg.leads import RATE

Bytes = NDArray[np.int8]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Examples:
    """Beats in order: features (n, LENGTH) int8, labels, wire kinds by rule, R (samples at 250/s)."""

    features: Bytes
    labels: Ints
    rule: Ints
    r: Ints

    def __len__(self) -> int:
        return len(self.labels)


def concatenated(parts: Sequence[Examples]) -> Examples:
    """One after the other."""
    names = ("features", "labels", "rule", "r")
    return Examples(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


class FeatureRecorder:
    """A classifier that records its inputs, and leaves the kind to the rules."""

    def __init__(self) -> None:
        self.arena = Arena(0, 0)
        self._values = array("b", bytes(LENGTH))
        self.input = memoryview(self._values)
        self.rows: list[bytes] = []

    def classify(self) -> int:
        """Unknown."""
        self.rows.append(self._values.tobytes())
        return BEAT_KIND_UNKNOWN


def device_beats(counts: array[int]) -> Examples:
    """Features of all beats that the device finds in a lead (counts at 250/s); every label is OTHER."""
    recorder = FeatureRecorder()
    results = feed(EcgPipeline(recorder), counts)
    beats = [(beat.r, beat.kind) for beat in results if isinstance(beat, Beat)]
    features = np.frombuffer(b"".join(recorder.rows), dtype=np.int8).reshape(-1, LENGTH)
    r, rule = np.array(beats, dtype=np.int64).reshape(-1, 2).T
    return Examples(features, np.full(len(r), OTHER), rule, r)


def annotated(record: Path) -> tuple[Floats, Ints]:
    """Times (s) and labels of the beats that a recording's `.atr` marks."""
    marks = wfdb.rdann(str(record), "atr")
    rate = marks.fs or RATE
    beats = [(s / rate, LABEL_OF[c]) for s, c in zip(marks.sample, marks.symbol, strict=True) if c in LABEL_OF]
    return np.array([time for time, _ in beats]), np.array([label for _, label in beats], dtype=np.int64)


def labelled(counts: array[int], times: Floats, labels: Ints) -> Examples:
    """The device's beats that lie within 150 ms of an annotated one, with its label."""
    detected = device_beats(counts)
    pairs = np.array(match(times, detected.r / RATE), dtype=np.int64).reshape(-1, 2)
    at = pairs[:, 1]
    return Examples(detected.features[at], labels[pairs[:, 0]], detected.rule[at], detected.r[at])
