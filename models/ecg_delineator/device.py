"""The device's readings of marked recordings, with a network that never saw the person."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from firmware_sim.firmware.dsp.ecg.pipeline import EcgPipeline
from firmware_sim.firmware.dsp.result import Beat
from firmware_sim.firmware.networks.loading import load_all
from firmware_sim.firmware.networks.sliced import SlicedNetwork
from firmware_sim.firmware.nn import load
from models.common.feeding import feed
from models.evaluation.core.matching import match
from models.evaluation.ecg.leads import RATE, read_channel, to_counts

from .edges import EDGES, Edges
from .intervals import INTERVALS, marked_intervals
from .lead_beats import LeadBeats
from .marks import MarkedBeat, marked_beats

#: Seconds read before the first and after the last mark.
_BEFORE_S, _AFTER_S = 30.0, 12.0


@dataclass(frozen=True)
class DeviceRead:
    """Intervals in ms by window medians and by marks (3 each), edges (n, 6) of the beats found and as marked, in ms.

    NaN where absent; `missed` are marked beats that were not found.
    """

    intervals: tuple[float, ...]
    marked: tuple[float, ...]
    edges: Edges
    truth: Edges
    missed: int


class Reader:
    """Reads recordings as the firmware does, with one delineation network."""

    def __init__(self, model: bytes) -> None:
        self._networks = load_all().beat_kind, SlicedNetwork(load(model))

    def read(self, root: Path, lead: LeadBeats) -> DeviceRead:
        """One lead, around its marks."""
        ludb = lead.record.startswith("ludb")
        marks = marked_beats(root / lead.record, lead.channel if ludb else "q1c")
        signal, rate = read_channel(root / lead.record, lead.channel if ludb else int(lead.channel))
        first = max(0, int((marks[0].qrs.peak - _BEFORE_S) * rate))
        last = int((marks[-1].qrs.peak + _AFTER_S) * rate)
        beats, windows = self._run(signal[first:last], rate)
        zero = first / rate
        judged = [w for w in windows if w["end_s"] + zero > marks[0].qrs.peak]
        intervals = tuple(_median([w[name] for w in judged]) for name in INTERVALS)
        edges, truth = _paired(beats + zero, marks)
        return DeviceRead(intervals, marked_intervals(marks), edges, truth, len(marks) - len(edges))

    def _run(self, signal: Any, rate: int) -> tuple[Edges, list[dict[str, Any]]]:
        """Beats (n, R and edges) in seconds, and windows."""
        beats: list[list[float]] = []
        windows: list[dict[str, Any]] = []
        for result in feed(EcgPipeline(*self._networks), to_counts(signal, rate)):
            if isinstance(result, Beat):
                edges = [getattr(result, name) for name in EDGES]
                beats.append([result.r, *(np.nan if edge is None else edge for edge in edges)])
            else:
                values = {name: getattr(result, name).value for name in INTERVALS}
                windows.append({"end_s": result.end / RATE, **values})
        return np.array(beats, dtype=np.float64).reshape(-1, 1 + len(EDGES)) / RATE, windows


def _median(tenths: list[int | None]) -> float:
    known = [value / 10 for value in tenths if value is not None]
    return float(np.median(known)) if known else float("nan")


def _paired(beats: Edges, marks: list[MarkedBeat]) -> tuple[Edges, Edges]:
    """Edges in ms of the beats found within 150 ms of a marked one, and of those marked ones."""
    pairs = match(np.array([mark.qrs.peak for mark in marks], dtype=np.float64), beats[:, 0])
    found = beats[[j for _, j in pairs], 1:]
    truth = np.array([_edges_of(marks[i]) for i, _ in pairs], dtype=np.float64).reshape(-1, len(EDGES))
    return 1000 * found, 1000 * truth


def _edges_of(mark: MarkedBeat) -> list[float | None]:
    waves = (mark.p, mark.qrs, mark.t)
    return [edge for wave in waves for edge in ((wave.on, wave.off) if wave else (None, None))]
