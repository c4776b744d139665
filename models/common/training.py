"""What every `train` and `quantize` does: which networks, and the same ones again from the same seed."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

import tensorflow as tf

from .paths import ModelPaths


def wanted_folds(doc: str | None, folds: int) -> Iterator[int | None]:
    """Reads the command line: all networks, None for the one that ships, or the one that `--only` names."""
    parser = argparse.ArgumentParser(description=doc)
    every: list[int | None] = [None, *range(folds)]
    parser.add_argument("--only", choices=[ModelPaths.name_of(fold) for fold in every], help="one of the networks")
    only = parser.parse_args().only
    return (fold for fold in every if only in (None, ModelPaths.name_of(fold)))


def repeatable() -> None:
    """One thread: sums come in one order, so that the same seed gives the same network."""
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    tf.config.experimental.enable_op_determinism()
