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
_HALF_WIDTH = 4
_SEGMENTS = 8
_FULL_SCALE = 48


def frames_of(uv: NDArray[np.int32]) -> Frames:
    """A lead in µV as frames; a rest shorter than one is left out."""
    complete = uv[: len(uv) // FRAME * FRAME].astype(np.int32)
    padded = np.pad(complete, (2 * _MAINS, 0), "edge")
    second_differences = np.abs(padded[2 * _MAINS :] - 2 * padded[_MAINS:-_MAINS] + padded[: -2 * _MAINS])
    sums = complete.reshape(-1, FRAME).sum(axis=1) + padded[2 * _MAINS - 1 : -1 : FRAME]
    frames: Frames = np.stack([sums, second_differences.reshape(-1, FRAME).sum(axis=1)], axis=1).astype(np.int32)
    return frames


def features(
    frames: Frames, polarity: NDArray[np.int64] | int = 1, scale: NDArray[np.float64] | float = 1.0
) -> NDArray[np.int8]:
    """Int8 (n, FRAMES, CHANNELS) of windows (n, FRAMES, 2), inverted where `polarity` is -1, enlarged by `scale`."""
    sums = frames[:, :, 0].astype(np.int64) * np.reshape(polarity, (-1, 1))
    step = np.diff(sums, axis=1, prepend=sums[:, :1])
    total = np.cumsum(np.pad(sums, ((0, 0), (_HALF_WIDTH + 1, _HALF_WIDTH)), "edge"), axis=1)
    # the first column only makes room for the difference
    total -= total[:, :1]
    width = 2 * _HALF_WIDTH + 1
    deviation = width * sums - (total[:, width:] - total[:, :-width])
    channels = np.stack([step, deviation, frames[:, :, 1]], axis=2)
    peaks = np.abs(channels).reshape(len(channels), _SEGMENTS, -1, CHANNELS).max(axis=2)
    divisor = np.maximum(1, np.round(_median_peaks(peaks)[:, None, :] / scale).astype(np.int64))
    rounded = (channels * _FULL_SCALE + (divisor >> 1)) // divisor
    scaled: NDArray[np.int8] = np.clip(rounded, -128, 127).astype(np.int8)
    return scaled


def _median_peaks(peaks: NDArray[np.int64]) -> NDArray[np.int64]:
    """Medians (n, CHANNELS) of the peaks (n, segments, CHANNELS) of those segments in which something moves."""
    moving = peaks > MIN_SCALES
    count = moving.sum(axis=1, keepdims=True)
    ranked = np.sort(np.where(moving, peaks, np.iinfo(np.int64).max), axis=1)
    low, high = (np.take_along_axis(ranked, at, axis=1) for at in (np.maximum(count - 1, 0) // 2, count // 2))
    middle = np.where(count > 0, low // 2 + high // 2 + (low % 2 + high % 2) // 2, 0)[:, 0]
    return np.where(count[:, 0] > 0, middle, MIN_SCALES)
