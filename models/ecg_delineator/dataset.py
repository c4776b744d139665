"""All strips of a manifest, and beats drawn from them: single ones and means of a few alike, as the device has both."""

from __future__ import annotations

import pickle
import warnings
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np

from models.common.manifest import Manifest, sha256

from . import paths
from .choose_data import FIBRILLATION
from .editing import Random
from .strips import COLUMNS, WIDTH, Floats, Strip, strips_of

#: Leads that wearables have.
WORN = ("i", "ii")
#: Share of the fibrillating, and of the others' rest that of the QT Database; weight of worn leads among LUDB's.
_FIBRILLATING, _QTDB, _WORN_WEIGHT = 0.08, 0.33, 3.0
#: Share of single beats, and most beats averaged.
_SINGLE, _MOST = 0.4, 8


def all_strips(root: Path) -> list[Strip]:
    """Strips of every recording of the manifest below `root`; kept in `build/`, since making them takes minutes."""
    kept = paths.work / f"strips_{sha256(paths.manifest.read_bytes())[:16]}.pickle"
    if kept.exists():
        strips: list[Strip] = pickle.loads(kept.read_bytes())
        return strips
    manifest = Manifest.load(paths.manifest)
    manifest.check(root)
    with ProcessPoolExecutor() as pool:
        strips = [strip for part in pool.map(partial(strips_of, root), manifest.records, chunksize=4) for strip in part]
    paths.work.mkdir(parents=True, exist_ok=True)
    kept.write_bytes(pickle.dumps([strip for strip in strips if len(strip.vectors)]))
    return all_strips(root)


def weights(strips: Sequence[Strip]) -> Floats:
    """Chance of each strip to be drawn."""
    ludb = np.array([_WORN_WEIGHT if s.lead in WORN else 1.0 for s in strips]) * _of(strips, "ludb")
    qtdb = _of(strips, "qtdb")
    fibrillating = np.array([float(s.use == FIBRILLATION) for s in strips])
    marked = _normal(ludb) * (1 - _QTDB) + _normal(qtdb) * _QTDB
    return _normal(marked * (1 - _FIBRILLATING) + _normal(fibrillating) * _FIBRILLATING)


def _of(strips: Sequence[Strip], database: str) -> Floats:
    return np.array([float(strip.record.startswith(database)) for strip in strips])


def _normal(values: Floats) -> Floats:
    return np.asarray(values / max(values.sum(), 1e-9))


def drawn(strips: Sequence[Strip], chance: Floats, n: int, rng: Random) -> tuple[Floats, Floats]:
    """`n` beats (n, WIDTH) and labels (n, COLUMNS); each is one beat or the mean of up to eight of its strip."""
    vectors = np.empty((n, WIDTH), np.float32)
    labels = np.empty((n, COLUMNS), np.float32)
    with warnings.catch_warnings():
        # a wave that none of the beats has is NaN in their mean, too
        warnings.simplefilter("ignore", RuntimeWarning)
        for i, k in enumerate(rng.choice(len(strips), n, p=chance)):
            chosen = _some(strips[k], rng)
            vectors[i] = strips[k].vectors[chosen].mean(axis=0)
            labels[i] = np.nanmean(strips[k].labels[chosen], axis=0)
    return vectors, labels


def _some(strip: Strip, rng: Random) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    one = int(rng.integers(len(strip.vectors)))
    if rng.random() < _SINGLE:
        return np.array([one])
    alike = np.flatnonzero(strip.alike[one])
    return rng.choice(alike, min(len(alike), int(rng.integers(2, _MOST + 1))), replace=False)
