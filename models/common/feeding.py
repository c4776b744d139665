"""Feeds a whole lead to the device's ECG pipeline."""

from __future__ import annotations

from array import array
from collections.abc import Iterator

from firmware_sim.firmware.dsp.ecg.pipeline import EcgPipeline
from firmware_sim.firmware.dsp.result import Beat, EcgWindow

#: Samples a push: the device's batches are shorter, and results do not depend on them.
_BLOCK = 500


def feed(pipeline: EcgPipeline, counts: array[int]) -> Iterator[Beat | EcgWindow]:
    """Beats and windows of a lead (counts at the device's rate), the ones still open at its end included.

    Each is the pipeline's own object, good until the next one: copy what you keep.
    """
    for start in range(0, len(counts), _BLOCK):
        piece = counts[start : start + _BLOCK]
        pipeline.push(piece, len(piece), False)
        yield from _results(pipeline)
    pipeline.flush()
    yield from _results(pipeline)


def _results(pipeline: EcgPipeline) -> Iterator[Beat | EcgWindow]:
    while (beat := pipeline.next_beat()) is not None:
        yield beat
    while (window := pipeline.next_window()) is not None:
        yield window


def r_indices(pipeline: EcgPipeline, counts: array[int]) -> list[int]:
    """R of all beats of a lead, in samples."""
    return [result.r for result in feed(pipeline, counts) if isinstance(result, Beat)]
