"""What the device compresses, the SDK takes apart again, bit for bit."""

from __future__ import annotations

from array import array

import pytest

from firmware_sim.firmware.kernels import compress
from firmware_sim.testing.kernel_cases import Chance
from host_sdk.log.compression import BitReader, Channel, read_block


def block_of(chance: Chance, channels: int, sample_bytes: int, samples: int) -> bytes:
    top = (1 << (8 * sample_bytes - 1)) - 1
    small = chance.number(1, 12)
    words = chance.words(channels * samples, -top - 1 if chance.number(0, 3) == 0 else -(top >> small), top >> small)
    return b"".join(value.to_bytes(sample_bytes, "little", signed=True) for value in words)


@pytest.mark.parametrize(("channels", "sample_bytes", "samples"), [(1, 3, 25), (2, 3, 20), (3, 2, 26), (1, 2, 1)])
def test_what_the_device_compresses_comes_back_bit_for_bit(channels: int, sample_bytes: int, samples: int) -> None:
    shape = channels | (16 if sample_bytes == 3 else 0)
    chance = Chance(channels)
    for _ in range(40):
        state = array("i", [0, 0, 0, 0, 0, 0, 0, 0, 0, 12, 0] * channels)
        states = [Channel([0, 0, 0, 0], 0) for _ in range(channels)]
        out = bytearray(6000)
        blocks = [block_of(chance, channels, sample_bytes, samples) for _ in range(8)]
        at = 3
        for i, block in enumerate(blocks):
            at = compress(block, 0, samples, shape | (0 if i else 32), state, out, at, len(out))
            assert at
        bits = BitReader(bytes(out), 3)
        for i, block in enumerate(blocks):
            assert read_block(bits, states, samples, sample_bytes, is_whole=not i) == block
        assert bits.at == at
