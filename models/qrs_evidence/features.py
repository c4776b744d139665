"""The network's input as numpy arrays: the same figures as firmware/kernels/qrs_evidence_viper.py makes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from firmware_sim.firmware.dsp.ecg.qrs_verifier import CHANNELS, FRAMES, MIN_SCALES

#: (frames, 2): sum of the frame's samples and the one before, and of their second differences without sign.
Frames = NDArray[np.int32]

FRAME = 4
INPUT_SHAPE = (1, FRAMES, CHANNELS)
#: What one step of the input is worth to the network.
UNIT = 64
#: Samples in a period of 50 Hz.
_MAINS = 5
_ASIDE = 4
_EIGHTHS = 8
_TOP = 48


def frames_of(uv: NDArray[np.int32]) -> Frames:
    """A lead in µV as frames; a rest shorter than one is left out."""
    whole = uv[: len(uv) // FRAME * FRAME].astype(np.int32)
    beside = np.pad(whole, (2 * _MAINS, 0), "edge")
    bends = np.abs(beside[2 * _MAINS :] - 2 * beside[_MAINS:-_MAINS] + beside[: -2 * _MAINS])
    sums = whole.reshape(-1, FRAME).sum(axis=1) + beside[2 * _MAINS - 1 : -1 : FRAME]
    frames: Frames = np.stack([sums, bends.reshape(-1, FRAME).sum(axis=1)], axis=1).astype(np.int32)
    return frames


def features(
    frames: Frames, turned: NDArray[np.int64] | int = 1, scale: NDArray[np.float64] | float = 1.0
) -> NDArray[np.int8]:
    """Int8 (n, FRAMES, CHANNELS) of windows (n, FRAMES, 2), some `turned` (-1) upside down, and seen larger."""
    sums = frames[:, :, 0].astype(np.int64) * np.reshape(turned, (-1, 1))
    step = np.diff(sums, axis=1, prepend=sums[:, :1])
    total = np.cumsum(np.pad(sums, ((0, 0), (_ASIDE + 1, _ASIDE)), "edge"), axis=1)
    # the first column only makes room for the difference
    total -= total[:, :1]
    width = 2 * _ASIDE + 1
    over = width * sums - (total[:, width:] - total[:, :-width])
    seen = np.stack([step, over, frames[:, :, 1]], axis=2)
    usual = _usual(np.abs(seen).reshape(len(seen), _EIGHTHS, -1, CHANNELS).max(axis=2))[:, None, :]
    usual = np.maximum(1, np.round(usual / scale).astype(np.int64))
    scaled: NDArray[np.int8] = np.clip((seen * _TOP + (usual >> 1)) // usual, -128, 127).astype(np.int8)
    return scaled


def _usual(tops: NDArray[np.int64]) -> NDArray[np.int64]:
    """Medians (n, CHANNELS) of the tops (n, eighths, CHANNELS) of those eighths in which something moves."""
    moving = tops > MIN_SCALES
    count = moving.sum(axis=1, keepdims=True)
    ranked = np.sort(np.where(moving, tops, np.iinfo(np.int64).max), axis=1)
    low, high = (np.take_along_axis(ranked, at, axis=1) for at in (np.maximum(count - 1, 0) // 2, count // 2))
    middle = np.where(count > 0, low // 2 + high // 2 + (low % 2 + high % 2) // 2, 0)[:, 0]
    return np.where(count[:, 0] > 0, middle, MIN_SCALES)
