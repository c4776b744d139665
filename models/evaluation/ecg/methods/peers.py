"""Other people's methods on the same leads; their packages are in the extra `peers` and never needed otherwise."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ...core.dataset import Case, FloatArray
from ...core.peer import describe_peer
from ..datasets.base import EcgDataSet
from ..truth import WAVES, Marks, MethodResult, RecordIntervals, median_intervals_ms

Detector = Callable[[FloatArray, float], list[Marks]]
#: What NeuroKit2 calls the fiducials.
_NEUROKIT = {
    "p_on": "ECG_P_Onsets",
    "p_peak": "ECG_P_Peaks",
    "p_off": "ECG_P_Offsets",
    "qrs_on": "ECG_R_Onsets",
    "qrs_off": "ECG_R_Offsets",
    "t_on": "ECG_T_Onsets",
    "t_peak": "ECG_T_Peaks",
    "t_off": "ECG_T_Offsets",
}


def _neurokit(method: str) -> Detector:
    def detect(mv: FloatArray, fs: float) -> list[Marks]:
        import neurokit2

        rate = round(fs)
        clean = neurokit2.ecg_clean(mv, sampling_rate=rate)
        r = neurokit2.ecg_peaks(clean, sampling_rate=rate)[1]["ECG_R_Peaks"]
        _, waves = neurokit2.ecg_delineate(clean, r, sampling_rate=rate, method=method)
        return list(_beats(r, waves, fs))

    return detect


def _beats(r: Iterable[float], waves: dict[str, Any], fs: float) -> Iterable[Marks]:
    for number, sample in enumerate(r):
        marks: dict[str, Any] = {name: _time(waves.get(key, ()), number, fs) for name, key in _NEUROKIT.items()}
        yield Marks(float(sample) / fs, **marks)


def _time(samples: Any, number: int, fs: float) -> float | None:
    value = samples[number] if number < len(samples) else None
    return None if value is None or not np.isfinite(value) else float(value) / fs


def _xqrs(mv: FloatArray, fs: float) -> list[Marks]:
    from wfdb.processing import xqrs_detect

    return [Marks(float(sample) / fs) for sample in xqrs_detect(mv, fs, verbose=False)]


def _sleepecg(mv: FloatArray, fs: float) -> list[Marks]:
    from sleepecg.heartbeats import detect_heartbeats

    return [Marks(float(sample) / fs) for sample in detect_heartbeats(mv, fs)]


class Package(NamedTuple):
    """Where a peer comes from, what it runs, and what that reports besides R peaks."""

    name: str
    detect: Detector
    reports: frozenset[str]


PEERS = {
    "neurokit2": Package("neurokit2", _neurokit("prominence"), frozenset({WAVES})),
    "neurokit2-dwt": Package("neurokit2", _neurokit("dwt"), frozenset({WAVES})),
    "xqrs": Package("wfdb", _xqrs, frozenset()),
    "sleepecg": Package("sleepecg", _sleepecg, frozenset()),
}


@dataclass(frozen=True)
class Peer:
    """One of PEERS by name."""

    name: str

    @property
    def reports(self) -> frozenset[str]:
        """What it reports besides R peaks."""
        return PEERS[self.name].reports

    def describe(self) -> dict[str, Any]:
        """Its package and version; raises PeerMissing."""
        return describe_peer(self.name, PEERS[self.name].name)

    def run(self, dataset: EcgDataSet, case: Case, workspace: Path) -> MethodResult:
        """Its beats, and the medians of their intervals; nothing, with a note, where it breaks down.

        Raises CaseError where the lead cannot be read.
        """
        lead = dataset.lead(case)
        beats, note = self.beats(lead.mv, lead.fs)
        if note is not None:
            return MethodResult((), note=note)
        medians = median_intervals_ms(beats)
        return MethodResult(tuple(beats), RecordIntervals(**{f"{name}_ms": value for name, value in medians.items()}))

    def beats(self, mv: FloatArray, fs: float) -> tuple[list[Marks], str | None]:
        """Beats of a lead in mV; none, with a note, where it breaks down."""
        try:
            with warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("ignore")
                return PEERS[self.name].detect(_bridged(mv), fs), None
        except Exception as error:  # whatever a peer stumbles over: it found nothing in this lead
            return [], f"{type(error).__name__}: {error}"


def _bridged(mv: FloatArray) -> FloatArray:
    """The lead with straight lines over its gaps, which peers do not take; silence where there is nothing."""
    known = np.flatnonzero(np.isfinite(mv))
    if not len(known):
        return np.zeros_like(mv)
    bridged: FloatArray = np.interp(np.arange(len(mv)), known, mv[known])
    return bridged
