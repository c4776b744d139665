"""The pull proof in short: `python -m hil_tests.bench.pulling` has its long form."""

from __future__ import annotations

import pytest

from firmware_sim.firmware import wire_gen as wire

from .bench.pulling import prove

_ECG = 1 << wire.STREAM_ECG
_BEATS = wire.TOPIC_BEATS


@pytest.mark.parametrize(("streams", "results", "seed"), [(_ECG, 7, 1), (0, _BEATS, 2)])
async def test_what_was_recorded_comes_once_through_lost_links(streams: int, results: int, seed: int) -> None:
    proof = await prove(0.04, 4, seed, streams, results)
    assert proof.holds, proof
    assert proof.disconnects == 4
    assert proof.beats > 100
    assert (proof.blocks > 1000) == bool(streams)


async def test_results_that_are_not_recorded_are_refused() -> None:
    with pytest.raises(ValueError, match="results 8: refused"):
        await prove(0.01, 1, 1, _ECG, 8)
