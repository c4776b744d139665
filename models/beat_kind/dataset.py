"""Sets of examples: augmented ones for training, unchanged ones for evaluation."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from models.common.manifest import Record
from models.evaluation.ecg.leads import LSB_MV, RATE, read_channel, to_counts

from . import augment
from .choose_data import NOISE
from .examples import Examples, Floats, Ints, annotated, labelled

CHANNELS = 2


def lead_of(root: Path, record: Record, channel: int) -> Floats:
    """One lead in mV at 250/s, as the front end quantises it."""
    counts = to_counts(*read_channel(root / record.name, channel))
    return np.asarray(counts, dtype=np.float64) * LSB_MV


def evaluation_examples(root: Path, record: Record) -> Examples:
    """The first lead, unchanged."""
    return _examples(lead_of(root, record, 0), *annotated(root / record.name))


def training_examples(root: Path, record: Record, noise: dict[str, Floats], seed: int) -> Iterator[Examples]:
    """Both leads: unchanged, with noise, and each in other rhythms (one of two with noise as well)."""
    rng = np.random.default_rng([seed, zlib.crc32(record.name.encode())])
    times, labels = annotated(root / record.name)
    for channel in range(CHANNELS):
        lead = lead_of(root, record, channel)
        yield _examples(lead, times, labels)
        noisy = augment.with_noise(lead, noise, rng)
        yield _examples(noisy, times, labels)
        base = noisy if channel else lead
        yield _examples(*augment.with_premature_beats(base, times, labels, rng))
        yield _examples(*augment.with_sinus_arrhythmia(base, times, rng), labels)
        yield _examples(*augment.with_fibrillation(base, times, rng), labels)


def _examples(lead_mv: Floats, times: Floats, labels: Ints) -> Examples:
    return labelled(to_counts(lead_mv, RATE), times, labels)


def noise_file(root: Path, records: Iterable[Record]) -> Path:
    """The file of noise recordings in a manifest."""
    name = next(record.name for record in records if record.use == NOISE)
    return (root / name).with_suffix(".h5")
