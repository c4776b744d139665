"""Cuts a stream of samples into numbered blocks, ready to be sent."""

from array import array

import micropython
from micropython import const

from .. import wire_gen as wire
from ..frame_ring import FrameRing
from ..kernels import pack16, pack24

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .timebase import Timebase

#: Bytes of a `samples` frame before the data.
_HEAD = const(21)  # wire: SAMPLES_HEAD
# Samples in the block and its status; number of the block, and index of its first sample; whether it is packed; samples
# of a whole one, and channels and bytes of a sample.
_COUNT = const(0)
_STATUS = const(1)
_SEQ = const(2)
_FIRST = const(3)
_PACKING = const(4)
_BLOCK = const(5)
_CHANNELS = const(6)
_SAMPLE = const(7)


class BlockWriter:
    """Collects samples of one stream and commits a `samples` frame whenever `block` (0: as in the table) are there.

    Numbers and indices count on while nobody listens (`wanted` False); only the packing is spared.
    """

    def __init__(self, ring: FrameRing, stream: int, block: int = 0) -> None:
        channels, sample_bytes, _, _, _, usual = wire.STREAMS[stream]
        block = block or usual
        self._ring = ring
        self.stream = stream
        # the frame: its head is written when the block is complete
        self._frame = bytearray(_HEAD + block * channels * sample_bytes)
        # in an array, because MicroPython takes ten times as long to set an attribute
        self._state = array("I", (0, 0, 0, 0, 0, block, channels, channels * sample_bytes))
        self._pack = pack16 if sample_bytes == 2 else pack24
        self._tick = 0
        self.wanted = False

    @micropython.native
    def add(self, samples: "array[int]", n: int, time: "Timebase", status: int) -> None:
        """Append `n` samples, whose times `time.of` tells."""
        state = self._state
        done = 0
        channels = state[_CHANNELS]
        block = state[_BLOCK]
        while done < n:
            count = state[_COUNT]
            if not count:
                # a block begins; it is sent whole or not at all
                state[_STATUS] = 0
                state[_PACKING] = self.wanted
                if self.wanted:
                    self._tick = time.of(done)
            take = block - count
            if take > n - done:
                take = n - done
            if state[_PACKING]:
                self._pack(samples, done * channels, take * channels, self._frame, _HEAD + count * state[_SAMPLE])
            if status:
                state[_STATUS] |= status
            count += take
            state[_COUNT] = count
            done += take
            if count == block:
                self._commit(time.of(done) if state[_PACKING] else 0)

    def skip(self, lost: int) -> None:
        """`lost` samples are missing here: no block spans the gap, so one begun ends short."""
        if self._state[_COUNT]:
            self._commit(self._tick)
        self._state[_FIRST] += lost

    @micropython.native
    def _commit(self, ready_us: int) -> None:
        state = self._state
        count = state[_COUNT]
        if state[_PACKING]:
            frame = self._frame
            wire.pack_samples(frame, 0, self.stream, state[_SEQ], state[_FIRST], self._tick, state[_STATUS])
            self._ring.put(frame, _HEAD + count * state[_SAMPLE], 1 << self.stream, ready_us)
        state[_SEQ] += 1
        state[_FIRST] += count
        state[_COUNT] = 0
