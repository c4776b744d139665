"""Mutated records of every format and layout, opened with any options: a typed error, or what can be read of them."""

from __future__ import annotations

import io
import json
import logging
import warnings
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random

import edfio
import numpy as np
import wfdb

from firmware_sim.world.base import COLUMNS
from firmware_sim.world.errors import SettingsError
from firmware_sim.world.records import open_record
from host_sdk.errors import VitalbandError
from host_sdk.records import ReadOptions

from .campaign import Campaign, Files
from .mutation import BINARY, TEXT, mutated

_ECG = np.round(np.sin(np.arange(750) / 9), 3)
#: Seconds of a record that are sampled: what mutation makes of its length must not matter.
_SAMPLED_S = 4.0
_OPTIONS: tuple[dict[str, list[str]], ...] = (
    {},
    {},
    {"fs": ["250"], "unit": ["mV"]},
    {"column": ["1"], "fs": ["100"], "unit": ["uV"], "scale": ["-3"]},
    {"column": ["1=time", "2=ECG"], "unit": ["mV"]},
    {"column": ["1=index", "2=II"], "fs": ["250"], "unit": ["mV"], "scale": ["1e15"]},
    {"skip": ["2"], "decimal": [","]},
)
#: What the files of a record may be called: readers go by endings and names.
_NAMES = {
    "wfdb": ("r.hea", "r.dat"), "segments": ("r.hea", "s.hea", "s.dat"), "edf": ("r.edf",), "bdf": ("r.bdf",),
    "sidecar": ("r.csv", "r.json"), "plain": ("r.csv",), "apple": ("ecg.csv",), "opensignals": ("r.txt",),
    "polar": ("r.txt",), "rdsamp": ("r.csv",), "sensor_logger": ("TotalAcceleration.csv",), "empatica": ("ACC.csv",),
    "npz": ("r.npz", "r.json"), "npz_alone": ("r.npz",),
}  # fmt: skip


class Records:
    """One record after the other in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._seeds = _seeds(folder)
        warnings.simplefilter("error")
        logging.getLogger("host_sdk.records").addHandler(logging.NullHandler())

    def input(self, chance: Random) -> Files:
        """A record of which one file, mostly, is mutated; `options` is how it is opened."""
        kind = chance.choice(sorted(self._seeds))
        files = dict(self._seeds[kind])
        for name in [chance.choice(sorted(files))] if chance.random() < 0.8 else sorted(files):
            binary = name.endswith((".dat", ".npz")) or (name.endswith((".edf", ".bdf")) and chance.random() < 0.5)
            files[name] = mutated(chance, files[name], BINARY if binary else TEXT)
        options = json.dumps(chance.choice(_OPTIONS)).encode()
        return {**files, "kind": kind.encode(), "options": options}

    def attempt(self, files: Files) -> Counter[str]:
        """Open the record and sample its beginning."""
        for path in self._folder.iterdir():
            path.unlink()
        for name, content in files.items():
            (self._folder / name).write_bytes(content)
        options = ReadOptions.parse(json.loads(files["options"]))
        try:
            world = open_record(self._folder / _NAMES[files["kind"].decode()][0], strict=False, read=options)
        except (VitalbandError, SettingsError) as error:
            assert "\n" not in str(error)
            assert len(str(error)) < 1500
            return Counter({"refused": 1})
        with_error = world.record_error is not None
        try:
            for group in world.groups:
                end = min(world.duration_s or 0.0, _SAMPLED_S)
                got = world.sample(group, np.arange(0.0, end, 0.02))
                assert got.shape[1] == len(COLUMNS[group])
        except VitalbandError:
            return Counter({"refused when read": 1})
        finally:
            world.close()
        return Counter({"read in part" if with_error else "read": 1})


def _seeds(folder: Path) -> dict[str, Files]:
    """The records that are mutated, by their kinds."""
    records = {**_wfdb(folder), **_edf(folder), **_text(), **_npz()}
    return {kind: dict(zip(_NAMES[kind], files, strict=True)) for kind, files in records.items()}


def _wfdb(folder: Path) -> dict[str, tuple[bytes, ...]]:
    signal = np.stack([_ECG, -_ECG], axis=1)
    for name in ("r", "s"):
        wfdb.wrsamp(name, 250, ["mV", "mV"], ["II", "V5"], p_signal=signal, fmt=["212", "212"], write_dir=str(folder))
    header, data, other = ((folder / name).read_bytes() for name in ("r.hea", "r.dat", "s.hea"))
    segments = b"r/3 2 250 2250\ns 750\n~ 750\ns 750\n"
    return {"wfdb": (header, data), "segments": (segments, other, data)}


def _edf(folder: Path) -> dict[str, tuple[bytes, ...]]:
    signals = [edfio.EdfSignal(_ECG, 250, label=name, physical_dimension="mV") for name in ("ECG", "ECG II")]
    notes = [edfio.EdfAnnotation(1.0, 0.5, "gap ecg")]
    edfio.Edf(signals, annotations=notes).write(folder / "r.edf")
    whole = (folder / "r.edf").read_bytes()
    bdf = b"\xffBIOSEMI" + whole[8:192] + b"24BIT" + whole[197:]
    return {"edf": (whole,), "bdf": (bdf,)}


def _rows(pattern: Callable[[int, float], str]) -> str:
    return "".join(pattern(n, value) + "\n" for n, value in enumerate(_ECG))


def _text() -> dict[str, tuple[bytes, ...]]:
    sidecar = {"fs": 250, "channels": [{"name": "II", "unit": "mV", "scale": 2}], "time": "t"}
    apple = "Name,X\nDate,1\nClass,Y\nDevice,Z\nSample Rate,512 hertz\nLead,Lead I\nUnit,µV\n\n"
    device = {"sensor": ["ECG"], "column": ["n", "CH1"], "sampling rate": 250, "resolution": [16], "device": "plux"}
    opensignals = f"# OpenSignals Text File Format\n# {json.dumps({'a': device})}\n# EndOfHeader\n"
    polar = "Phone timestamp;sensor timestamp [ns];ecg [uV]\n"
    content = {
        "sidecar": "t,II\n" + _rows(lambda n, v: f"{n / 250:.3f},{v}"),
        "plain": "time,ECG [mV],acc_x_g\n" + _rows(lambda n, v: f'{n / 250:.3f},"{v}",1'),
        "apple": apple + _rows(lambda _, v: f"{v}"),
        "opensignals": opensignals + _rows(lambda n, v: f"{n}\t{32768 + 9000 * v:.0f}\t"),
        "polar": polar + _rows(lambda n, v: f"2026-02-02T10:00:00.000;{n * 7_692_308};{v}"),
        "rdsamp": "'Elapsed time','II'\n'hh:mm:ss.mmm','mV'\n" + _rows(lambda n, v: f"'0:{n / 250:06.3f}',{v}"),
        "sensor_logger": "time,seconds_elapsed,z,y,x\n" + _rows(lambda n, v: f"{n},{n / 100:.3f},9.8,0,{v}"),
        "empatica": "1770000000.0, 1770000000.0, 1770000000.0\n32.0, 32.0, 32.0\n" + _rows(lambda n, v: f"{v},0,64"),
    }
    more = {"sidecar": (json.dumps(sidecar).encode(),)}
    return {kind: (text.encode(), *more.get(kind, ())) for kind, text in content.items()}


def _npz() -> dict[str, tuple[bytes, ...]]:
    whole, alone = io.BytesIO(), io.BytesIO()
    np.savez_compressed(whole, II=_ECG)
    np.savez(alone, ecg=_ECG, fs=250)
    sidecar = {"fs": 250, "channels": [{"name": "II", "unit": "mV"}]}
    return {"npz": (whole.getvalue(), json.dumps(sidecar).encode()), "npz_alone": (alone.getvalue(),)}


CAMPAIGN = Campaign("records", Records)
