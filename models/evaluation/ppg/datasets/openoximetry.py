"""OpenOximetry: people in controlled hypoxia, raw red and infrared beside the oxygen of their arterial blood."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from ...core.dataset import Case, Channel, Scored
from ...core.errors import CaseError
from ..calibration import spo2_windows, with_calibration
from ..truth import Truth
from .base import PpgDataSet, unbroken
from .csv_files import rows

#: What the lights of a record are called, case aside: by the builder of the repository, and by its recorder.
_LIGHTS = {"RED": ("red", "red signal"), "IR": ("ir", "ir signal")}
#: Half of what the device looks back for SpO2 (s): blood is drawn in the middle of the window that is judged.
_HALF_WINDOW_S = 4
#: Rows of the monitor that name one sample follow each other; further apart (s) they are not one draw.
_ONE_DRAW_S = 5.0
#: How far the analyser's own time may be from the draw (s), where several analyses have one sample's number.
_ANALYSED_S = 180.0
#: Saturations (%) that a study goes through; what is outside is a slip of the pen.
_LEAST, _MOST = 30.0, 100.0
_TIME = re.compile(r"(\d{1,2}):(\d{2}):(\d{2}(?:\.\d+)?)")
_DAY_S = 86_400.0


class OpenOximetry(PpgDataSet):
    """OpenOximetry Repository 1.1: `waveforms/X/ENCOUNTER_ppg` (WFDB, 86/s), `encounter.csv`, `bloodgas.csv`.

    A sample's SaO2 is `so2` of `bloodgas.csv`; it was drawn when `ENCOUNTER_2hz.csv` beside the light notes its
    `Sample`. Light and monitor have clocks of their own. Fong, Lipnick, Behnke et al., Sci. Data 2025; 12: 570.
    """

    name = "openoximetry"
    url = "https://physionet.org/content/openox-repo/"
    access = "restricted: an account of PhysioNet that signed its data use agreement"
    patterns = ("waveforms/*/*_ppg.hea",)

    def records(self) -> list[str]:
        """Encounters with raw light, in order; a person may have several."""
        return sorted(path.stem.removesuffix("_ppg") for path in self.folder.glob(self.patterns[0]))

    def person(self, record: str) -> str:
        """The patient of the encounter; raises CaseError."""
        try:
            return self._patients[record]
        except KeyError:
            raise CaseError(f"{self.folder / 'encounter.csv'}: no encounter {record}") from None

    def summarise(self, records: Sequence[Scored]) -> dict[str, Any]:
        """Figures of all records, and of a line whose people are left out in turn."""
        return with_calibration(super().summarise(records), spo2_windows(records, self.person))

    def channels(self, case: Case) -> list[Channel]:
        """Red and infrared counts; a sample that was not received is 0 in the file."""
        path, record = self._path(case, "_ppg"), self._light(case)
        names = [str(name).strip().lower() for name in record.sig_name]
        found = []
        for name, aliases in _LIGHTS.items():
            at = next((names.index(alias) for alias in aliases if alias in names), None)
            if at is None:
                raise CaseError(f"{path}: no signal {' or '.join(aliases)}; it has {', '.join(names)}")
            counts = np.asarray(record.p_signal[:, at], dtype=np.float64)
            received = np.where(counts > 0, counts, np.nan)
            found.append(Channel(name, "count", float(record.fs), unbroken(received, f"{path}: {name}", record.fs)))
        return found

    def truth(self, case: Case) -> Truth:
        """SaO2 of each sample, for the window of 8 s that has its draw in the middle."""
        record = self._light(case)
        if record.base_time is None:
            raise CaseError(f"{self._path(case, '_ppg')}: does not say when it begins")
        self.person(case.record)
        begin_s, length_s = _second_of_day(str(record.base_time)) or 0.0, len(record.p_signal) / record.fs
        known = {}
        for sample, drawn_s in self._draws(case).items():
            end = round((drawn_s - begin_s) % _DAY_S) + _HALF_WINDOW_S
            saturation = self._saturation(case.record, sample, drawn_s)
            if saturation is not None and 2 * _HALF_WINDOW_S <= end <= length_s:
                known[end] = saturation
        return Truth({"spo2": known})

    def _path(self, case: Case, ending: str) -> Path:
        return self.folder / "waveforms" / case.record[0] / f"{case.record}{ending}"

    def _light(self, case: Case) -> Any:
        from wfdb import rdrecord

        path = self._path(case, "_ppg")
        try:
            return rdrecord(str(path))
        # a damaged header or a file that is cut makes wfdb stumble over anything
        except Exception as error:
            raise CaseError(f"{path}: cannot be read ({error})") from error

    @cached_property
    def _patients(self) -> dict[str, str]:
        return {row["encounter_id"]: row["patient_id"] for row in rows(self.folder / "encounter.csv", _OF_ENCOUNTER)}

    @cached_property
    def _analyses(self) -> dict[tuple[str, int], list[tuple[float | None, float]]]:
        """Second of the day and SaO2 (%) of every analysis, by encounter and number of the sample."""
        found: dict[tuple[str, int], list[tuple[float | None, float]]] = {}
        for row in rows(self.folder / "bloodgas.csv", ("encounter_id", "sample", "time", "so2")):
            sample, saturation = _number(row["sample"]), _number(row["so2"])
            if sample is not None and saturation is not None and _LEAST <= saturation <= _MOST:
                key = (row["encounter_id"], round(sample))
                found.setdefault(key, []).append((_second_of_day(row["time"]), saturation))
        return found

    def _saturation(self, encounter: str, sample: int, drawn_s: float) -> float | None:
        """SaO2 of a sample; of several that differ, that of the one analysis nearest to its draw; None: not known."""
        analyses = self._analyses.get((encounter, sample), [])
        if len({saturation for _, saturation in analyses}) > 1:
            gaps = [(_gap_s(at_s, drawn_s), saturation) for at_s, saturation in analyses if at_s is not None]
            nearest = min((gap for gap, _ in gaps), default=_DAY_S)
            analyses = [(gap, saturation) for gap, saturation in gaps if gap == nearest <= _ANALYSED_S]
        found = {saturation for _, saturation in analyses}
        return found.pop() if len(found) == 1 else None

    def _draws(self, case: Case) -> dict[int, float]:
        """The second of the day at which each sample was drawn."""
        times: dict[int, list[float]] = {}
        for row in rows(self._path(case, "_2hz.csv"), ("Timestamp", "Sample")):
            sample, at_s = _number(row["Sample"]), _second_of_day(row["Timestamp"])
            if sample is not None and at_s is not None:
                times.setdefault(round(sample), []).append(at_s)
        return {sample: of[0] for sample, of in times.items() if max(_gap_s(at_s, of[0]) for at_s in of) <= _ONE_DRAW_S}


_OF_ENCOUNTER = ("encounter_id", "patient_id")


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _second_of_day(text: str) -> float | None:
    """Of a time, or of a date with one; None where there is none."""
    found = _TIME.search(text)
    return None if found is None else 3600 * int(found[1]) + 60 * int(found[2]) + float(found[3])


def _gap_s(one_s: float, other_s: float) -> float:
    """Seconds between two times of the day, the shorter way round."""
    gap = abs(one_s - other_s) % _DAY_S
    return min(gap, _DAY_S - gap)
