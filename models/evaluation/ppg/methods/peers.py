"""Other people's methods on the same windows; their packages are in the extra `peers` and never needed otherwise.

Each is given only the light within a window, as long as the device looks back, and nothing before it.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from host_sdk.replay import PpgResult, SeriesPoint

from ...core.dataset import Case, Channel, FloatArray
from ...core.peer import describe_peer
from ..datasets.base import PpgDataSet
from ..truth import Truth

Rate = Callable[[FloatArray, float], float]
#: Seconds that the device looks back for each reading.
WINDOWS_S = {"pulse": 8, "resp": 32}
#: The light that peers are given.
_LIGHTS = ("PLETH", "IR")


def _heartpy(light: FloatArray, fs: float) -> float:
    import heartpy

    filtered = heartpy.filter_signal(light, cutoff=[0.7, 3.5], sample_rate=fs, order=3, filtertype="bandpass")
    _, measures = heartpy.process(heartpy.scale_data(filtered), fs)
    return float(measures["bpm"])


def _neurokit_pulse(light: FloatArray, fs: float) -> float:
    import neurokit2

    clean = neurokit2.ppg_clean(light, sampling_rate=fs)
    beats = np.asarray(neurokit2.ppg_findpeaks(clean, sampling_rate=fs)["PPG_Peaks"], dtype=np.float64)
    return float(60 * fs / np.mean(np.diff(beats)))


def _neurokit_breaths(light: FloatArray, fs: float) -> float:
    import neurokit2

    clean = neurokit2.ppg_clean(light, sampling_rate=fs)
    beats = neurokit2.ppg_findpeaks(clean, sampling_rate=fs)["PPG_Peaks"]
    rate = neurokit2.ppg_rate(beats, sampling_rate=fs, desired_length=len(light))
    breathing = neurokit2.ecg_rsp(rate, sampling_rate=fs)
    return float(np.nanmean(neurokit2.rsp_rate(breathing, sampling_rate=fs)))


class Package(NamedTuple):
    """Where a peer comes from, and what it measures."""

    name: str
    measures: Mapping[str, Rate]


PEERS = {
    "heartpy": Package("heartpy", {"pulse": _heartpy}),
    "neurokit2": Package("neurokit2", {"pulse": _neurokit_pulse, "resp": _neurokit_breaths}),
}


@dataclass(frozen=True)
class Peer:
    """One of PEERS by name."""

    name: str

    @property
    def reports(self) -> frozenset[str]:
        """Which readings it gives."""
        return frozenset(PEERS[self.name].measures)

    def describe(self) -> dict[str, Any]:
        """Its package and version; raises PeerMissing."""
        return describe_peer(self.name, PEERS[self.name].name)

    def run(self, dataset: PpgDataSet, case: Case, workspace: Path) -> PpgResult:
        """Its reading of every window that is judged; raises CaseError where the light cannot be read."""
        channels, truth = dataset.whole(case)
        light = next(channel for channel in channels if channel.name in _LIGHTS)
        series = {
            name: tuple(_series(measure, light.values, light.fs, WINDOWS_S[name], _ends(truth, name, light)))
            for name, measure in PEERS[self.name].measures.items()
        }
        return PpgResult(series.get("pulse", ()), (), series.get("resp", ()))


def _ends(truth: Truth, name: str, light: Channel) -> list[int]:
    """Seconds at which windows end that are judged."""
    last = [int(len(light.values) / light.fs)] if name in truth.last else []
    return [*truth.expected.get(name, ()), *last]


def _series(measure: Rate, light: FloatArray, fs: float, span_s: int, ends: list[int]) -> Iterator[SeriesPoint]:
    for end in ends:
        window = light[max(0, round((end - span_s) * fs)) : round(end * fs)]
        value = _measured(measure, window, fs)
        yield SeriesPoint(float(end), value, 100 if value is not None else 0, None)


def _measured(measure: Rate, window: FloatArray, fs: float) -> float | None:
    """What a peer says; None where it breaks down, whatever it stumbles over."""
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            value = measure(window, fs)
    except Exception:  # a peer's failure is its answer to this window
        return None
    return value if np.isfinite(value) else None
