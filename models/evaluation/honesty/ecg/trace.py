"""From a heart to a lead: the sum of its waves, and what a living person's lead has besides."""

from __future__ import annotations

import numpy as np

from ...core.dataset import Channel, FloatArray
from .rhythm import Heart
from .waves import Wave, add_waves


def times(duration_s: float, fs: float) -> FloatArray:
    """Times of the samples."""
    return np.arange(round(duration_s * fs)) / fs


def render(
    heart: Heart, p: tuple[Wave, ...], duration_s: float, fs: float, breath: FloatArray | None = None
) -> FloatArray:
    """A lead in mV without noise; `breath`, a factor for each sample, scales it."""
    trace = np.zeros(round(duration_s * fs))
    for onset in heart.p:
        add_waves(trace, fs, (wave.at(float(onset)) for wave in p))
    for beat in heart.beats:
        add_waves(trace, fs, beat.shape.waves(beat.onset, beat.qt_s, beat.scale))
    return trace if breath is None else trace * breath


def lead(values: FloatArray, fs: float, name: str = "ECG") -> tuple[Channel, ...]:
    """A lead as the only channel, in steps of 1 µV."""
    return (Channel(name, "mV", fs, np.round(values, 3)),)
