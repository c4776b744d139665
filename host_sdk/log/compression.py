"""Takes apart what the firmware's `compress` made of a block: the same prediction, read instead of written."""

from __future__ import annotations

#: Where a block begins weights are brought within these, in Q8; differences are limited to so much for prediction.
_LEAST_WEIGHT, _GREATEST_WEIGHT = -1024, 1016
_MOST_DIFFERENCE = 0x3FFFF
_MOST_ONES = 20
_GREATEST_PARAMETER = 23


class EndOfBits(ValueError):  # noqa: N818 - an end, no error: what is left are the bits that fill the last byte
    """There are fewer bits than were asked for."""


class BitReader:
    """Bits of bytes from the highest of the first one on."""

    def __init__(self, data: bytes, at: int = 0) -> None:
        self._bits = int.from_bytes(data, "big")
        self._length = 8 * len(data)
        self.at = at

    @property
    def left(self) -> int:
        """Bits that were not taken."""
        return self._length - self.at

    def take(self, count: int) -> int:
        """The next `count` bits as a number; raises EndOfBits."""
        if count > self.left:
            raise EndOfBits
        self.at += count
        return self._bits >> (self._length - self.at) & ((1 << count) - 1)

    def take_bytes(self, count: int) -> bytes:
        """The next `count` bytes; raises EndOfBits."""
        return self.take(8 * count).to_bytes(count, "big")


class Channel:
    """What the code of one channel's samples depends on."""

    __slots__ = ("differences", "mean8", "parameter", "value", "weights")

    def __init__(self, weights: list[int], parameter: int) -> None:
        self.value = 0
        self.differences = [0, 0, 0, 0]
        self.weights = weights
        self.parameter = parameter
        self.mean8 = 12 << parameter

    def read(self, bits: BitReader, sample_bytes: int) -> int:
        """The next value; raises EndOfBits."""
        h, w = self.differences, self.weights
        predicted = (h[0] * w[0] + h[1] * w[1] + h[2] * w[2] + h[3] * w[3]) >> 8
        ones = 0
        while ones < _MOST_ONES and bits.take(1):
            ones += 1
        if ones == _MOST_ONES:
            value = signed(bits.take(24), sample_bytes)
            difference = value - self.value
            error = difference - predicted
            code = 2 * error if error > 0 else -2 * error - (error < 0)
        else:
            code = ones << self.parameter | bits.take(self.parameter)
            error = -(code + 1 >> 1) if code & 1 else code >> 1
            difference = predicted + error
            value = self.value + difference
        self._learn(error)
        self._adapt(code)
        self.value = value
        self.differences = [max(-_MOST_DIFFERENCE, min(difference, _MOST_DIFFERENCE)), *h[:3]]
        return value

    def _learn(self, error: int) -> None:
        if not error:
            return
        w = self.weights
        for i, difference in enumerate(self.differences):
            if difference:
                w[i] += 1 if (error > 0) == (difference > 0) else -1

    def _adapt(self, code: int) -> None:
        self.mean8 += code - (self.mean8 >> 3)
        mean = self.mean8 >> 3
        self.parameter = min(max(mean.bit_length() - 1, 0), _GREATEST_PARAMETER)


def signed(raw: int, sample_bytes: int) -> int:
    """A number of so many bytes in two's complement, of which the higher bits are left out."""
    top = 1 << (8 * sample_bytes - 1)
    return ((raw & (2 * top - 1)) ^ top) - top


def read_block(bits: BitReader, channels: list[Channel], samples: int, sample_bytes: int, *, is_whole: bool) -> bytes:
    """Interleaved little-endian values of a block, as a `samples` frame has them; raises EndOfBits.

    `is_whole`: the first sample is there as it is.
    """
    out = bytearray()
    for channel in channels:
        channel.weights = [max(_LEAST_WEIGHT, min(weight, _GREATEST_WEIGHT)) for weight in channel.weights]
    for i in range(samples):
        for channel in channels:
            if is_whole and i == 0:
                channel.value = signed(bits.take(24), sample_bytes)
                value = channel.value
            else:
                value = channel.read(bits, sample_bytes)
            out += value.to_bytes(sample_bytes, "little", signed=True)
    return bytes(out)
