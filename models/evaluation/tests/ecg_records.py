"""Small records in the formats of the published data sets, made of a synthetic lead with known fiducials."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import wfdb
from scipy.io import savemat
from scipy.signal import resample_poly

from firmware_sim.testing import ecg_signals
from firmware_sim.testing.ecg_signals import FloatArray

PR, QRS, QT = 0.16, 0.09, 0.40
RATE = ecg_signals.RATE
_P_LENGTH = 0.1
_CSV_HEAD = ("ID", "Sex", "Age", "Rhythms", "Conduction abnormalities", "Extrasystolies", "Cardiac pacing")


def r_times(seconds: float, rr: float = 0.8) -> list[float]:
    """Times of R, on samples."""
    return [round(t * RATE) / RATE for t in ecg_signals.regular(seconds, rr)]


def lead(seconds: float, rr: float = 0.8, fs: int = RATE) -> FloatArray:
    """A clean lead in mV at `fs`."""
    made = ecg_signals.lead(seconds, r_times(seconds, rr), pr=PR, qrs=QRS, qt=QT)
    return made if fs == RATE else np.asarray(resample_poly(made, fs, RATE), dtype=np.float64)


def write_wfdb(folder: Path, name: str, leads: dict[str, FloatArray], fs: int) -> None:
    """A WFDB record; leads in mV."""
    folder.mkdir(parents=True, exist_ok=True)
    signals = np.stack(list(leads.values()), axis=1)
    layout = {"fmt": ["16"] * len(leads), "adc_gain": [2000.0] * len(leads), "baseline": [0] * len(leads)}
    units = ["mV"] * len(leads)
    wfdb.wrsamp(name, fs=fs, units=units, sig_name=list(leads), p_signal=signals, write_dir=str(folder), **layout)


def write_marks(
    folder: Path, name: str, extension: str, marks: Sequence[tuple[float, str]], fs: int, notes: Sequence[str] = ()
) -> None:
    """An annotation file of (time, code); `notes` one for each."""
    samples = np.array([round(t * fs) for t, _ in marks])
    codes = [code for _, code in marks]
    aux = list(notes) or None
    # wfdb writes no ending with a digit in it
    wfdb.wrann(name, "made", samples, symbol=codes, aux_note=aux, fs=fs, write_dir=str(folder))
    (folder / f"{name}.made").rename(folder / f"{name}.{extension}")


def wave_marks(times: Sequence[float]) -> list[tuple[float, str]]:
    """P, QRS and T of beats at these times as LUDB writes them."""
    marks = []
    for r in times:
        onset = r - QRS / 2
        marks += [(onset - PR, "("), (onset - PR + _P_LENGTH / 2, "p"), (onset - PR + _P_LENGTH, ")")]
        marks += [(onset, "("), (r, "N"), (onset + QRS, ")")]
        marks += [(onset + QT - 0.2, "("), (onset + QT - 0.1, "t"), (onset + QT, ")")]
    return marks


def ludb(folder: Path, records: Sequence[str], seconds: float = 10.0) -> Path:
    """LUDB with leads i, ii and avr; beats but the first and the last are marked; record 2 has atrial fibrillation."""
    for name in records:
        made = lead(seconds, fs=500)
        write_wfdb(folder, name, {"i": 0.6 * made, "ii": made, "avr": -0.5 * made}, 500)
        for each in ("i", "ii", "avr"):
            write_marks(folder, name, each, wave_marks(r_times(seconds)[1:-1]), 500)
    rhythms = {name: "Atrial fibrillation\n" if name == "2" else "Sinus rhythm" for name in records}
    with (folder / "ludb.csv").open("w", newline="") as file:
        rows = [(name, "F\n", "51\n", rhythms[name], "I degree AV block", "", "") for name in records]
        csv.writer(file).writerows([_CSV_HEAD, *rows])
    return folder


def qtdb(folder: Path, name: str = "sel100", seconds: float = 20.0) -> Path:
    """QTDB with some beats marked, six of them by a second expert 8 ms later."""
    made = lead(seconds)
    write_wfdb(folder, name, {"MLII": made, "V5": 0.7 * made}, RATE)
    times = r_times(seconds)
    write_marks(folder, name, "q1c", wave_marks(times[4:12]), RATE)
    write_marks(folder, name, "q2c", [(t + 0.008, code) for t, code in wave_marks(times[4:10])], RATE)
    write_marks(folder, name, "atr", [(t, "N") for t in times], RATE)
    return folder


def mitdb(folder: Path, name: str = "119", seconds: float = 30.0) -> Path:
    """MIT-BIH with a ventricular label on the sixth beat and atrial fibrillation in the middle third."""
    made = lead(seconds, fs=360)
    write_wfdb(folder, name, {"MLII": made, "V1": -made}, 360)
    times = r_times(seconds)
    marks = [(0.01, "+", "(N"), *((t, "V" if k == 5 else "N", "") for k, t in enumerate(times))]
    marks += [(seconds / 3, "+", "(AFIB"), (2 * seconds / 3, "+", "(N")]
    marks.sort()
    write_marks(folder, name, "atr", [(t, code) for t, code, _ in marks], 360, [note for *_, note in marks])
    return folder


def cinc2017(folder: Path, classes: dict[str, str]) -> Path:
    """CinC 2017: a steady lead in every record."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in classes:
        savemat(folder / f"{name}.mat", {"val": np.round(1000 * lead(12.0, fs=300)).astype(np.int16)[None, :]})
    (folder / "REFERENCE.csv").write_text("".join(f"{name},{label}\n" for name, label in classes.items()))
    return folder


def cinc2011_packed(folder: Path) -> Path:
    """CinC 2011 in one file: a good record and a silent one."""
    folder.mkdir(parents=True, exist_ok=True)
    good = np.repeat(np.round(200 * lead(10.0))[:, None], 12, axis=1) * np.linspace(0.5, 1.5, 12)
    signals = np.stack([good, np.zeros_like(good)]).astype(np.int16)
    np.savez(folder / "seta_250hz.npz", ecg=signals, acceptable=np.array([1, 0]), record=np.array(["1000", "1001"]))
    return folder


def tele(folder: Path, name: str = "7", seconds: float = 12.0) -> Path:
    """TELE: three seconds of artefact in the middle, where no QRS is marked."""
    folder.mkdir(parents=True, exist_ok=True)
    ecg = lead(seconds, fs=500)
    columns = np.zeros((len(ecg), 4))
    columns[:, 0] = ecg
    columns[3000:4500, 2] = 1
    for t in r_times(seconds):
        columns[round(500 * t), 1] = not 6.0 <= t < 9.0
    np.savetxt(folder / f"{name}.dat", columns, fmt="%.5f", delimiter=",")
    return folder
