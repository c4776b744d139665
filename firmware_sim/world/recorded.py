"""Makes a WFDB record of a world, to be replayed, opened elsewhere, or tested with."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import wfdb

from .base import ECG, MOTION, PPG, SKIN, World

FS = 250
_COUNTS_PER_NA_PER_MA = 500.0
_CHUNK_S = 10.0

_SIGNALS: dict[str, tuple[tuple[str, str, float], ...]] = {
    ECG: (("ECG", "mV", 1.0),),
    PPG: (("RED", "count", _COUNTS_PER_NA_PER_MA), ("IR", "count", _COUNTS_PER_NA_PER_MA)),
    MOTION: tuple((f"{kind}_{axis}", unit, 1.0) for kind, unit in (("ACC", "g"), ("GYR", "deg/s")) for axis in "XYZ"),
    SKIN: (("SKIN_TEMP", "degC", 1.0),),
}


def write_record(world: World, path: Path, duration_s: float) -> Path:
    """Sample what can be replayed of a world at 250 Hz into the WFDB record `path` (no suffix); returns its header."""
    groups = [group for group in _SIGNALS if group in world.groups]
    times = np.arange(round(duration_s * FS)) / FS
    step = round(_CHUNK_S * FS)
    chunks = [times[i : i + step] for i in range(0, len(times), step)]
    columns = []
    for group in groups:
        values = np.concatenate([world.sample(group, chunk) for chunk in chunks])
        columns += [values[:, i] * scale for i, (_, _, scale) in enumerate(_SIGNALS[group])]
    described = [signal for group in groups for signal in _SIGNALS[group]]
    path.parent.mkdir(parents=True, exist_ok=True)
    wfdb.wrsamp(
        path.name,
        fs=FS,
        units=[unit for _, unit, _ in described],
        sig_name=[name for name, _, _ in described],
        p_signal=np.column_stack(columns),
        fmt=["32"] * len(described),
        write_dir=str(path.parent),
    )
    return path.with_suffix(".hea")
