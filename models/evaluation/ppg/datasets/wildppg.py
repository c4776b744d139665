"""WildPPG: a day outdoors, light at several places of the body; the wrist is scored."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np

from ...core.dataset import Case, Channel, FloatArray
from ...core.errors import CaseError
from ..truth import Truth
from .base import PpgDataSet, acceleration, bridged, event_rates, gaps, outside
from .matlab import content_of

_WINDOW_S = 8
#: Red, infrared: what the device's own sensor has.
_LIGHTS = {"RED": "ppg_r", "IR": "ppg_ir"}
_AXES = ("acc_x", "acc_y", "acc_z")
#: Acceleration may be in m/s²: nobody is at 4 g in the median.
_G, _NO_G = 9.80665, 4.0


class WildPpg(PpgDataSet):
    """WildPPG: `WildPPG_Part_ID.mat`, each sensor with its values `v` and rate `fs`; pulse is that of the chest's ECG.

    Meier, Demirel and Holz, NeurIPS 2024, datasets and benchmarks. A recording lasts half a day:
    windows with a gap in light or ECG are not judged.
    """

    name = "wildppg"
    url = "https://siplab.org/projects/WildPPG"
    patterns = ("WildPPG_Part_*.mat",)
    body_location = "wrist"

    def records(self) -> list[str]:
        """`WildPPG_Part_ID`, in order; one a person."""
        return sorted(path.stem for path in self.folder.glob("WildPPG_Part_*.mat"))

    def channels(self, case: Case) -> list[Channel]:
        """Red and infrared and the acceleration, all at the wrist."""
        file = _Participant(self, case)
        lights = [Channel(name, "count", *file.sensor("wrist", of)) for name, of in _LIGHTS.items()]
        rate, axes = file.sensor("wrist", _AXES[0])[0], [file.sensor("wrist", name)[1] for name in _AXES]
        length = min(map(len, axes))
        values = np.stack([axis[:length] for axis in axes], axis=1)
        if np.median(np.linalg.norm(values, axis=1)) > _NO_G:
            values = values / _G
        return [*lights, *acceleration(values, rate)]

    def truth(self, case: Case) -> Truth:
        """Rates of the R peaks that `wfdb` finds in the chest's ECG."""
        from wfdb.processing import xqrs_detect

        file = _Participant(self, case)
        rate, ecg = file.sensor("sternum", "ecg")
        beats = np.asarray(xqrs_detect(ecg, rate, verbose=False), dtype=np.float64) / rate
        rates = event_rates(beats, _WINDOW_S, len(ecg) / rate)
        for sensor in (("sternum", "ecg"), *(("wrist", name) for name in _LIGHTS.values())):
            rates = outside(rates, file.gaps(*sensor), _WINDOW_S)
        return Truth({"pulse": rates}, length_s=len(ecg) / rate)


class _Participant:
    """One file's sensors."""

    def __init__(self, dataset: WildPpg, case: Case) -> None:
        self._path = dataset.folder / f"{case.record}.mat"

    @cached_property
    def _content(self) -> Any:
        return content_of(self._path, simplify_cells=True)

    def sensor(self, body_location: str, name: str) -> tuple[float, FloatArray]:
        """Its rate in Hz and its values, with lines over gaps; raises CaseError."""
        rate, values = self._stored(body_location, name)
        return rate, bridged(values, f"{self._path}: {body_location} {name}")

    def gaps(self, body_location: str, name: str) -> FloatArray:
        """Where it has no values for long, as `base.gaps`; raises CaseError."""
        rate, values = self._stored(body_location, name)
        return gaps(values, rate)

    def _stored(self, body_location: str, name: str) -> tuple[float, FloatArray]:
        try:
            found = self._content[body_location][name]
            rate, values = float(found["fs"]), np.asarray(found["v"], dtype=np.float64).ravel()
        except (KeyError, TypeError, ValueError, IndexError) as error:
            raise CaseError(f"{self._path}: {body_location} {name} cannot be read ({error})") from error
        if rate <= 0:
            raise CaseError(f"{self._path}: {body_location} {name} has the rate {rate:g}")
        return rate, values
