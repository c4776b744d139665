"""MIT-BIH Noise Stress Test Database: its noise records added to clean records of the Arrhythmia Database."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import wfdb
from scipy.signal import resample_poly

from ...core.dataset import Case, FloatArray
from ...core.errors import CaseError, DataSetError
from ..noise_stress import gain, noise_amplitude, noisy_spans, signal_amplitude, stressed
from ..truth import Truth
from .annotations import beats, read_annotations
from .base import EcgDataSet, Lead, Settings
from .mitdb import FIRST_S, LEARNING_S, Mitdb

_NOISE_HZ = 360.0
#: The clean records of the published set.
_PUBLISHED = ("118", "119")
#: Kinds of beats whose QRS is measured.
_MEASURED = ("N", "S")


class Nstdb(EcgDataSet):
    """Noise `em`, `ma`, `bw` as WFDB records or in `nstdb.h5`; clean records in a folder `mitdb` beside it."""

    name = "nstdb"
    url = "https://physionet.org/content/nstdb/"
    patterns = ("nstdb.h5", "em.hea", "ma.hea", "bw.hea")

    def __init__(self, folder: Path, settings: Settings) -> None:
        super().__init__(folder, settings)
        clean = folder.parent / "mitdb"
        if not any(clean.glob("*.atr")):
            raise DataSetError(f"{clean}: no records of mitdb to add noise to")
        self._clean = Mitdb(clean, settings)

    def records(self) -> list[str]:
        """All clean records."""
        return self._clean.records()

    def usual(self) -> list[str]:
        """Those that the published set has noise added to; where none of them is there, all."""
        return [name for name in self.records() if name in _PUBLISHED] or self.records()

    def cases(self, record: str, wanted: Sequence[str]) -> list[Case]:
        """The first channel (or those wanted) with every noise at every ratio."""
        groups = [f"{noise} {snr:g} dB" for noise in self.settings.noises for snr in self.settings.snrs_db]
        return [Case(record, each.channel, group) for group in groups for each in self._clean.cases(record, wanted)]

    def lead(self, case: Case) -> Lead:
        """The clean lead with noise; raises CaseError."""
        clean = self._clean.lead(case)
        name, snr_db, _ = case.group.split()
        noise = self._noise(name, clean.fs)
        marks = read_annotations(self._clean.path(case.record), "atr", clean.fs)
        r_times = [peak.t for peak in beats(marks) if peak.kind in _MEASURED]
        try:
            factor = gain(
                float(snr_db), signal_amplitude(clean.mv, clean.fs, r_times), noise_amplitude(noise, clean.fs)
            )
        except ValueError as error:
            raise CaseError(f"{case}: {error}") from error
        return Lead(stressed(clean.mv, noise, clean.fs, factor), clean.fs)

    def truth(self, case: Case) -> Truth:
        """Beats of the clean record, judged as a whole and where there is noise."""
        length_s = self._clean.length_s(case.record)
        scopes = {
            "from 5 min (alternating noise)": ((LEARNING_S, length_s),),
            "in noise": noisy_spans(length_s),
            "from the first second": ((FIRST_S, length_s),),
        }
        marks = read_annotations(self._clean.path(case.record), "atr", self._clean.fs(case.record))
        noisy = noisy_spans(length_s)
        return Truth(peaks=beats(marks), scopes=scopes, stretches={"noise": noisy})

    def _noise(self, name: str, fs: float) -> FloatArray:
        """The first channel of a noise record in mV at `fs`."""
        try:
            values, rate = self._read(name)
        except (OSError, KeyError, ValueError) as error:
            raise CaseError(f"{self.folder}: no noise {name!r} that can be read ({error})") from error
        return values if rate == fs else resample_poly(values, round(fs), round(rate))

    def _read(self, name: str) -> tuple[FloatArray, float]:
        packed = self.folder / "nstdb.h5"
        if not packed.is_file():
            record = wfdb.rdrecord(str(self.folder / name), channels=[0])
            return np.asarray(record.p_signal[:, 0], dtype=np.float64), float(record.fs)
        import h5py  # slow to load

        with h5py.File(packed, "r") as file:
            return np.asarray(file[name][:, 0], dtype=np.float64), _NOISE_HZ
