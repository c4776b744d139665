"""All leads of a manifest, and beats drawn from them: single ones and means of similar ones, as the device has both."""

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
from .lead_beats import COLUMNS, WIDTH, Floats, LeadBeats, leads_of

#: Leads that wearables have.
WEARABLE_LEADS = ("i", "ii")
#: Fraction of fibrillating leads, and of the QT Database among the others; weight of wearables' leads among LUDB's.
_FIBRILLATING, _QTDB, _WEARABLE_WEIGHT = 0.08, 0.33, 3.0
#: Fraction of single beats, and beats averaged at most.
_SINGLE, _MAX_AVERAGED = 0.4, 8


def load_leads(root: Path) -> list[LeadBeats]:
    """All leads of the manifest's recordings below `root`; cached in `build/`, since cutting beats takes minutes."""
    cache = paths.work / f"lead_beats_{sha256(paths.manifest.read_bytes())[:16]}.pickle"
    if cache.exists():
        leads: list[LeadBeats] = pickle.loads(cache.read_bytes())
        return leads
    manifest = Manifest.load(paths.manifest)
    manifest.check(root)
    with ProcessPoolExecutor() as pool:
        by_record = pool.map(partial(leads_of, root), manifest.records, chunksize=4)
        leads = [lead for of_record in by_record for lead in of_record if len(lead.vectors)]
    paths.work.mkdir(parents=True, exist_ok=True)
    cache.write_bytes(pickle.dumps(leads))
    return load_leads(root)


def probabilities(leads: Sequence[LeadBeats]) -> Floats:
    """Probability of each lead to be drawn."""
    ludb = np.array([_WEARABLE_WEIGHT if s.channel in WEARABLE_LEADS else 1.0 for s in leads]) * _of(leads, "ludb")
    qtdb = _of(leads, "qtdb")
    fibrillating = np.array([float(s.use == FIBRILLATION) for s in leads])
    marked = _normalized(ludb) * (1 - _QTDB) + _normalized(qtdb) * _QTDB
    return _normalized(marked * (1 - _FIBRILLATING) + _normalized(fibrillating) * _FIBRILLATING)


def _of(leads: Sequence[LeadBeats], database: str) -> Floats:
    return np.array([float(lead.record.startswith(database)) for lead in leads])


def _normalized(values: Floats) -> Floats:
    return np.asarray(values / max(values.sum(), 1e-9))


def sample_beats(leads: Sequence[LeadBeats], probability: Floats, n: int, rng: Random) -> tuple[Floats, Floats]:
    """`n` beats (n, WIDTH) and labels (n, COLUMNS); each is one beat or the mean of up to eight of its lead."""
    vectors = np.empty((n, WIDTH), np.float32)
    labels = np.empty((n, COLUMNS), np.float32)
    with warnings.catch_warnings():
        # a wave that none of the beats has is NaN in their mean, too
        warnings.simplefilter("ignore", RuntimeWarning)
        for i, k in enumerate(rng.choice(len(leads), n, p=probability)):
            chosen = _similar_beats(leads[k], rng)
            vectors[i] = leads[k].vectors[chosen].mean(axis=0)
            labels[i] = np.nanmean(leads[k].labels[chosen], axis=0)
    return vectors, labels


def _similar_beats(lead: LeadBeats, rng: Random) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    one = int(rng.integers(len(lead.vectors)))
    if rng.random() < _SINGLE:
        return np.array([one])
    similar = np.flatnonzero(lead.similar[one])
    return rng.choice(similar, min(len(similar), int(rng.integers(2, _MAX_AVERAGED + 1))), replace=False)
