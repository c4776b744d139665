"""Cuts a stream of samples into numbered blocks, ready to be sent."""

from micropython import const

from .. import wire_gen as wire
from ..kernels import pack16, pack24
from ..services.frame_ring import FrameRing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from array import array

    from .timebase import Timebase

STATUS_NO_CONTACT = const(1)
STATUS_SATURATED = const(2)
#: Bytes of a `samples` frame before the data.
_HEAD = const(21)


class BlockWriter:
    """Collects samples of one stream and commits a `samples` frame whenever `block` of them are there.

    Numbers and indices count on while nobody listens (`wanted` False); only the packing is spared.
    """

    def __init__(self, ring: FrameRing, stream: int, channels: int, sample_bytes: int, block: int) -> None:
        self._ring = ring
        self.stream = stream
        self.channels = channels
        self.sample_bytes = sample_bytes
        self._block = block
        # the frame: its head is written when the block is complete
        self._frame = bytearray(_HEAD + block * channels * sample_bytes)
        self._count = 0
        self._seq = 0
        self._first = 0
        self._tick = 0
        self._status = 0
        self._packing = False
        self.wanted = False

    def add(self, samples: "array[int]", n: int, time: "Timebase", status: int) -> None:
        """Append `n` samples, whose times `time.of` tells."""
        done = 0
        while done < n:
            if not self._count:
                self._status = 0
                self._packing = self.wanted  # a block is sent whole or not at all
                if self._packing:
                    self._tick = time.of(done)
            take = self._block - self._count
            if take > n - done:
                take = n - done
            if self._packing:
                self._pack(samples, done * self.channels, take * self.channels)
            self._status |= status
            self._count += take
            done += take
            if self._count == self._block:
                self._commit(time.of(done) if self._packing else 0)

    def skip(self, lost: int) -> None:
        """`lost` samples are missing here: no block spans the gap, so one begun ends short."""
        if self._count:
            self._commit(self._tick)
        self._first += lost

    def _pack(self, samples: "array[int]", start: int, values: int) -> None:
        pack = pack16 if self.sample_bytes == 2 else pack24
        pack(samples, start, values, self._frame, _HEAD + self._count * self.channels * self.sample_bytes)

    def _commit(self, ready_us: int) -> None:
        if self._packing:
            wire.pack_samples(self._frame, 0, self.stream, self._seq, self._first, self._tick, self._status)
            n = _HEAD + self._count * self.channels * self.sample_bytes
            self._ring.put(self._frame, n, 1 << self.stream, ready_us)
        self._seq += 1
        self._first += self._count
        self._count = 0
