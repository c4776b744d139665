"""Damaged networks: a typed error or a run within bounds, never anything else.

On CPython the kernels' pointers check their bounds, so that a run here shows what would be a stray write on a board.
"""

from __future__ import annotations

import random

import pytest

from firmware_sim.firmware.nn.errors import ModelError
from firmware_sim.firmware.nn.loading.prepare import prepare
from firmware_sim.testing.tflite_cases import CASES, build, pipeline

#: Networks with many operators, so that damage meets every part of the loader.
FILES = {"pipeline": pipeline(5), **{name: build(name) for name in sorted(CASES)}}


def survives(data: bytes) -> bool:
    """Load and run; False where the file was refused."""
    try:
        net = prepare(data)
    except ModelError:
        return False
    net.invoke()
    return True


def test_a_file_cut_off_anywhere_is_refused() -> None:
    data = FILES["conv_same"]
    assert survives(data)
    # the last constant may lack the alignment behind it, nothing else
    end = max(n for n in range(len(data) + 1) if not survives(data[:n]))
    assert len(data) - end <= 16
    for n in range(end + 1):
        with pytest.raises(ModelError):
            prepare(data[:n])


@pytest.mark.parametrize("name", FILES)
def test_flipped_bytes_never_do_harm(name: str) -> None:
    data = FILES[name]
    chance = random.Random(len(data))
    outcomes = set()
    for _ in range(1000 if name == "pipeline" else 100):
        damaged = bytearray(data)
        for _ in range(chance.choice((1, 1, 2, 8))):
            damaged[chance.randrange(len(data))] = chance.choice((0, 1, 2, 0x7F, 0x80, 0xFF, chance.randrange(256)))
        outcomes.add(survives(bytes(damaged)))
    assert outcomes == {True, False}


@pytest.mark.parametrize("name", ["conv_same", "transpose_same", "softmax", "pad", "concatenation_depth"])
def test_every_word_may_be_extreme(name: str) -> None:
    data = FILES[name]
    for at in range(0, len(data) - 4, 4):
        for word in (b"\xff\xff\xff\xff", b"\xff\xff\xff\x7f", b"\0\0\0\x80", b"\0\0\0\0"):
            survives(data[:at] + word + data[at + 4 :])


def test_what_is_no_model_is_refused() -> None:
    for data in (b"", b"TFL3", bytes(4) + b"TFL3", b"\x10\0\0\0TFL3" + bytes(64), bytes(1000), b"\xff" * 300):
        with pytest.raises(ModelError):
            prepare(data)
