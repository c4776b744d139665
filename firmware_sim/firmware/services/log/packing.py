"""Frames as the payload of a chunk: blocks of samples compressed, results as they are. docs/log.md has the layout.

Nothing here allocates: numbers of a block are compared in their low 24 bits.
"""

from array import array

import micropython
from micropython import const

from ... import wire_gen as wire
from ...kernels import compress, put_bits, put_bytes
from .layout import CHUNK_HEAD_BYTES, LONGEST, new_chunk

_HEAD = const(21)  # wire: SAMPLES_HEAD
_SAMPLES = const(3)
_MASK = const(0xFFFFFF)
# State of the packer: bit after the last one, byte before which to end, stream of the last block (8: none). Behind it
# that of each stream: number, first index, samples and tick of its last block, ticks from the one before, status; then
# 11 words of `compress` a channel.
_AT = const(0)
_END = const(1)
_LAST = const(2)
_OWN_WORDS = const(3)
_SEQ = const(0)
_FIRST = const(1)
_COUNT = const(2)
_TICK = const(3)
_STEP = const(4)
_STATUS = const(5)
_WORDS = const(6)
_CHANNEL_WORDS = const(11)
_SHAPE_BITS = const(8)
# Forms of a block, and what stands in a stream's place before a result.
_REGULAR = const(0)
_CHANGED = const(1)
_WHOLE = const(2)
_LATE = const(3)
_RESULT = const(7)
_READING = const(6)
_READING_TYPE = const(5)
_READING_BYTES = const(23)
#: Bytes that a reading takes at most.
_READING_ROOM = const(28)
_TAG_BITS = const(6)
#: Bytes of the longest head of a block, beside five a channel.
_HEAD_ROOM = const(24)
_KIND = const(0)
_PAYLOAD = const(3)


class FramePacker:
    """Fills `chunk`; `begin` first. `count()` bytes of payload are in it."""

    def __init__(self) -> None:
        self.chunk = new_chunk(LONGEST)
        #: Payload of the last reading: the next one is what differs from it.
        self._reading = bytearray(_READING_BYTES)
        begins = [_OWN_WORDS]
        for row in wire.STREAMS:
            begins.append(begins[-1] + _WORDS + _CHANNEL_WORDS * row[0])
        self._state = array("i", bytes(4 * begins.pop()))
        #: By stream: where its state begins.
        self._begins = bytes(begins)

    def count(self) -> int:
        """Bytes of payload."""
        return ((self._state[_AT] + 7) >> 3) - CHUNK_HEAD_BYTES

    def begin(self, start: int, limit: int) -> None:
        """A new payload of at most `limit` bytes, which belongs to the recording that began with chunk `start`."""
        state = self._state
        state[_END] = CHUNK_HEAD_BYTES + limit
        at = 8 * CHUNK_HEAD_BYTES
        at = put_bits(self.chunk, at, start >> 16, 16)
        state[_AT] = put_bits(self.chunk, at, start & 0xFFFF, 16)
        state[_LAST] = 8
        for known in self._begins:
            state[known + _COUNT] = 0
        for i in range(_READING_BYTES):
            self._reading[i] = 0

    def add(self, frame: bytearray, n: int) -> bool:
        """Pack the first `n` bytes of a frame; False: it does not fit any more."""
        if frame[_KIND] == _SAMPLES:
            return self._add_block(frame, n)
        if frame[_KIND] == _READING_TYPE and n == _PAYLOAD + _READING_BYTES:
            return self._add_reading(frame)
        return self._add_result(frame, n)

    def _add_result(self, frame: bytearray, n: int) -> bool:
        """Type and payload; the frame's number is its link's."""
        state = self._state
        if (state[_AT] >> 3) + n + 1 > state[_END]:
            return False
        at = put_bits(self.chunk, state[_AT], _RESULT << 7 | n - 3, 11)
        at = put_bytes(frame, _KIND, 1, self.chunk, at)
        state[_AT] = put_bytes(frame, _PAYLOAD, n - 3, self.chunk, at)
        return True

    @micropython.native
    def _add_reading(self, frame: bytearray) -> bool:
        """Which bytes of its payload differ from those of the reading before, and these; the frame is spent then."""
        state = self._state
        at = state[_AT]
        if (at >> 3) + _READING_ROOM > state[_END]:
            return False
        last = self._reading
        chunk = self.chunk
        mask = 0
        end = _PAYLOAD  # of what differs, at the payload's beginning
        for i in range(_READING_BYTES):
            byte = frame[_PAYLOAD + i]
            mask <<= 1
            if byte != last[i]:
                last[i] = byte
                frame[end] = byte
                end += 1
                mask |= 1
        at = put_bits(chunk, put_bits(chunk, at, _READING, 4), mask, _READING_BYTES)
        at = put_bytes(frame, _PAYLOAD, end - _PAYLOAD, chunk, at)
        state[_AT] = at
        return True

    @micropython.native
    def _add_block(self, frame: bytearray, n: int) -> bool:
        stream = frame[3]
        state = self._state
        known = self._begins[stream]
        channels, width = wire.STREAMS[stream][:2]
        count = (n - _HEAD) // (channels * width)
        seq = frame[4] | frame[5] << 8 | frame[6] << 16
        first = frame[8] | frame[9] << 8 | frame[10] << 16
        tick = frame[12] | frame[13] << 8 | frame[14] << 16
        status = frame[20]
        follows = state[known + _COUNT] == count and seq == (state[known + _SEQ] + 1) & _MASK
        if not follows or first != (state[known + _FIRST] + count) & _MASK:
            at = self._put_whole(frame, stream, count)
            shape = 32
        else:
            at = self._put_head(stream, (tick - state[known + _TICK]) & _MASK, status)
            shape = 0
        if not at:
            return False
        shape |= channels | (16 if width == 3 else 0) | known + _WORDS << _SHAPE_BITS
        at = compress(frame, _HEAD, count, shape, state, self.chunk, at, state[_END])
        if not at:
            return False
        state[known + _STEP] = (tick - state[known + _TICK]) & _MASK if state[known + _COUNT] else 0
        state[known + _SEQ] = seq
        state[known + _FIRST] = first
        state[known + _COUNT] = count
        state[known + _TICK] = tick
        state[known + _STATUS] = status
        state[_AT] = at
        state[_LAST] = stream
        return True

    @micropython.native
    def _put_head(self, stream: int, step: int, status: int) -> int:
        """Head of a block that follows on the last one of its stream; the bit after it, 0: there is no room."""
        state = self._state
        known = self._begins[stream]
        at = state[_AT]
        if (at >> 3) + _HEAD_ROOM > state[_END]:
            return 0
        late = (step - state[known + _STEP]) & _MASK
        if status == state[known + _STATUS]:
            if late == 0:
                if state[_LAST] == stream:
                    return put_bits(self.chunk, at, 1, 1)
                return put_bits(self.chunk, at, stream << 2 | _REGULAR, _TAG_BITS)
            if (late + 128) & _MASK < 256:
                return put_bits(self.chunk, at, (stream << 2 | _LATE) << 8 | late & 0xFF, _TAG_BITS + 8)
        at = put_bits(self.chunk, at, (stream << 2 | _CHANGED) << 8 | status, _TAG_BITS + 8)
        return put_bits(self.chunk, at, step, 24)

    def _put_whole(self, frame: bytearray, stream: int, count: int) -> int:
        """Head of a block that stands for itself, and the state that its samples are coded from; as `_put_head`."""
        state = self._state
        known = self._begins[stream]
        channels = wire.STREAMS[stream][0]
        at = state[_AT]
        if (at >> 3) + _HEAD_ROOM + 5 * channels > state[_END]:
            return 0
        state[known + _COUNT] = 0
        at = put_bits(self.chunk, at, stream << 2 | _WHOLE, _TAG_BITS)
        at = put_bytes(frame, 4, 17, self.chunk, at)  # number, first index, tick, status
        at = put_bits(self.chunk, at, count, 8)
        channel = known + _WORDS
        for base in range(channel, channel + _CHANNEL_WORDS * channels, _CHANNEL_WORDS):
            for i in range(base + 1, base + 5):
                weight = max(min(state[i + 4] + 4 >> 3, 127), -128)
                state[i] = 0
                state[i + 4] = weight << 3
                at = put_bits(self.chunk, at, weight, 8)
            state[base + 9] = 12 << state[base + 10]
            at = put_bits(self.chunk, at, state[base + 10], 8)
        return at
