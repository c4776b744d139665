from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from host_sdk.errors import AddressError, RecordError
from host_sdk.replay import ReplayOptions, replay
from host_sdk.transports.opening import make_transport
from host_sdk.transports.simulated_options import SimulatedOptions


def test_text_options_become_typed_ones_once() -> None:
    text = {"target": "qemu", "link": "serial", "pace": "10", "record": "db/1", "start": "1.5", "end": "9", "seed": "3"}
    got = SimulatedOptions.parse(text)
    assert (got.target, got.link, got.pace, got.record) == ("qemu", "serial", 10.0, "db/1")
    assert (got.start_s, got.end_s, got.extra) == (1.5, 9.0, {"seed": "3"})
    assert SimulatedOptions.parse({"pace": "max"}).pace is None
    assert SimulatedOptions.parse({}) == SimulatedOptions()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"link": "smoke"}, "link 'smoke' is none of"),
        ({"pace": "0"}, "pace 0 is not between"),
        ({"pace": "fast"}, "pace 'fast' is not a number; it is real, max, or a factor"),
        ({"record": "r", "signal": "eeg"}, "signal 'eeg' is none of"),
        ({"record": "r", "start": "-1"}, "start -1 is out of range"),
        ({"record": "r", "end": "nan"}, "end nan is out of range"),
        ({"channel": "II"}, "channel is of a record"),
        ({"end": "3"}, "end is of a record"),
    ],
)
def test_what_cannot_be_is_named(options: dict[str, str], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        SimulatedOptions.parse(options)


def test_an_address_with_impossible_options_is_an_address_error() -> None:
    with pytest.raises(AddressError, match=r"replay:db/1.*pace 'fast'"):
        make_transport("replay:db/1?pace=fast")


def test_a_replay_that_cannot_be_is_a_record_error(tmp_path: Path) -> None:
    options = ReplayOptions(record=str(tmp_path / "r"), signal="eeg")
    with pytest.raises(RecordError, match="signal 'eeg'"):
        asyncio.run(asyncio.wait_for(replay(options), 5))


@pytest.mark.parametrize("record", ["", None])
def test_a_replay_of_no_record_does_not_run_for_ever(record: Any) -> None:
    with pytest.raises(RecordError, match=r"record .* is no path"):
        asyncio.run(asyncio.wait_for(replay(ReplayOptions(record=record)), 5))
