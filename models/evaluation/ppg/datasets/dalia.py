"""PPG-DaLiA: daily life, light and acceleration at the wrist."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from ...core.dataset import Case, Channel
from ...core.errors import CaseError
from ..truth import Truth
from .base import PpgDataSet, acceleration, each_window

_LIGHT_HZ, _ACCELERATION_HZ = 64.0, 32.0
_WINDOW_S, _STEP_S = 8, 2
#: What people did, by its code in `activity`; 0 is on the way from one to another.
_ACTIVITIES = dict(
    enumerate(("sitting", "stairs", "table soccer", "cycling", "driving", "lunch", "walking", "working"), 1)
)
_ACTIVITY_HZ = 4.0
#: Some releases give the wristband's own unit, 1/64 g: nobody is at 8 g in the median.
_COUNTS_A_G, _NO_G = 64.0, 8.0


class Dalia(PpgDataSet):
    """PPG-DaLiA: `SN/SN.pkl` with light (64/s), acceleration (32/s) and heart rate of 8 s windows, 2 s apart.

    Reiss, Indlekofer, Schmidt and Van Laerhoven, Sensors 2019; 19: 3079.
    """

    name = "ppg_dalia"
    url = "https://archive.ics.uci.edu/dataset/495/ppg+dalia"
    patterns = ("S*/S*.pkl", "S*.pkl")
    body_location = "wrist"

    def records(self) -> list[str]:
        """`SN`, by number; one a person."""
        names = {path.stem for pattern in self.patterns for path in self.folder.glob(pattern)}
        return sorted(names, key=lambda name: (len(name), name))

    def channels(self, case: Case) -> list[Channel]:
        """The light, which has no scale, and the acceleration."""
        content = self._content(case)
        light = self._numbers(case, content, ("signal", "wrist", "BVP"), 1)[:, 0]
        axes = self._numbers(case, content, ("signal", "wrist", "ACC"), 3)
        if np.median(np.linalg.norm(axes, axis=1)) > _NO_G:
            axes = axes / _COUNTS_A_G
        return [Channel("PLETH", "NU", _LIGHT_HZ, np.ascontiguousarray(light)), *acceleration(axes, _ACCELERATION_HZ)]

    def truth(self, case: Case) -> Truth:
        """Heart rate of every window, from the ECG."""
        content = self._content(case)
        rates = self._numbers(case, content, ("label",), 1)[:, 0]
        codes = self._numbers(case, content, ("activity",), 1)[:, 0]

        def did(begin_s: float, end_s: float) -> str | None:
            found = set(codes[round(begin_s * _ACTIVITY_HZ) : round(end_s * _ACTIVITY_HZ)])
            return _ACTIVITIES.get(found.pop()) if len(found) == 1 else None

        return each_window(rates, _WINDOW_S, _STEP_S, did)

    def _path(self, case: Case) -> Path:
        nested = self.folder / case.record / f"{case.record}.pkl"
        return nested if nested.exists() else self.folder / f"{case.record}.pkl"

    def _content(self, case: Case) -> Any:
        path = self._path(case)
        try:
            with path.open("rb") as file:
                return _Numbers(file, encoding="latin1").load()
        # a damaged pickle makes the reader stumble over anything
        except Exception as error:
            raise CaseError(f"{path}: cannot be read ({error})") from error

    def _numbers(self, case: Case, content: Any, keys: tuple[str, ...], columns: int) -> Any:
        try:
            for key in keys:
                content = content[key]
            return np.asarray(content, dtype=np.float64).reshape(-1, columns)
        except (KeyError, TypeError, ValueError, IndexError) as error:
            raise CaseError(f"{self._path(case)}: {'/'.join(keys)} cannot be read ({error})") from error


class _Numbers(pickle.Unpickler):
    """Unpickles plain data and NumPy arrays, and calls nothing else that a file may name."""

    _ALLOWED: ClassVar = {
        "numpy": {"ndarray", "dtype"},
        "numpy.core.multiarray": {"_reconstruct", "scalar"},
        "numpy._core.multiarray": {"_reconstruct", "scalar"},
        "_codecs": {"encode"},
    }

    def find_class(self, module: str, name: str) -> Any:
        """A class or function of NumPy that arrays are made with; raises UnpicklingError for all others."""
        if name not in self._ALLOWED.get(module, ()):
            raise pickle.UnpicklingError(f"it names {module}.{name}, which is no array")
        return super().find_class(module.replace("numpy.core", "numpy._core"), name)
