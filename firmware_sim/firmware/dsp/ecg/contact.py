"""Whether there is an ECG at all: a level, a rail, mains alone and what follows an electrode's jump are none.

A level is known by itself. Mains alone, and a jump, are known by what they lack: no complex comes for longer than
usual. A quiet lead whose noise is alive, also with wander, is none of these: there the heart may stand still.
"""

from array import array

import micropython
from micropython import const

from ...kernels import contact_statistics
from ...wire_gen import REASON_LEAD_OFF, REASON_MAINS, REASON_NO_SIGNAL, REASON_NOISE, REASON_SATURATED
from .filters import MASK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .qrs_levels import Levels

_RATE_HZ = const(250)  # frontends.ecg: RATE_HZ
_LSB_NANO = const(48_081)  # frontends.ecg: LSB_NANO
#: Samples of a block.
_BLOCK = const(16)
#: Range of a block that is a level (2.5 µV).
_LEVEL_COUNTS = const(2_500_000 // _LSB_NANO)
#: Blocks of a level that are no signal (320 ms), besides twice as many as came between beats; at the start, in the
#: first 3 s where there are some between beats, and in a signal without noise (1.5 s).
_LEVEL_BLOCKS = const(5)
_LEVEL_UNKNOWN_BLOCKS = const(24)
_START_BLOCKS = const(16)
_KNOWN_BLOCKS = const(47)
#: So many samples in a row that move by the same, within 1 µV, and as many more as this (µV) has usual second
#: differences (28 to 52 ms), are no signal that has noise else: a lost packet, which may hide a beat. Where the noise
#: is low for a while, a recorder coarse or its filters leave levels, the third row is over half as long, or all
#: of six samples and more beside it are together longer (half as long, in a signal with less noise than 4.5 µV).
_FLAT_SAMPLES = const(4)
_MORE_COUNTS = const(24_000_000 // _LSB_NANO)
_ROW_SAMPLES = const(6)
_ROUGH_COUNTS = const(4_500_000 // _LSB_NANO)
#: Samples at a rail that make a block railed, and such blocks in a row that are no signal (256 ms).
_RAILED_SAMPLES = const(8)
_RAILED_BLOCKS = const(4)
#: Mean second difference of mains (40 µV: a sine of 45 µV), and how far above the usual one, to begin with.
_MAINS_COUNTS = const(40_000_000 // _LSB_NANO)
_MAINS_RATIO = const(4)
#: Of mains alone the energy of the QRS band is under half of that (24 counts; noise has five times as much).
_MAINS_ENERGY_SHIFT = const(1)
#: An open input: second differences so far above the usual one and more energy than half a beat has, in so many blocks
#: in a row (1 s), and the blocks before in which the energy rose.
_NOISE_RATIO = const(8)
_NOISE_BLOCKS = const(15)
_NOISE_RISE_BLOCKS = const(4)
#: Step of a jump from one sample to the next (0.6 mV) that stays: two fifths of it after three blocks, a quarter after
#: nine, which is when the beats before it are known.
_JUMP_COUNTS = const(600_000_000 // _LSB_NANO)
_JUMP_SOON_BLOCKS = const(3)
_JUMP_LATE_BLOCKS = const(9)
#: Energy over that of usual beats (Q8) from which on a block may be a complex; filters take so long (450 ms) to forget
#: how the trouble began.
_COMPLEX_Q8 = const(77)
_ONSET_SAMPLES = const(_RATE_HZ * 450 // 1000)
#: No complex for so long (1.2 s, after a jump 1.8 s, and half more than the usual RR; 2.5 s before the first beat) ends
#: the signal.
_MIN_SILENCE_SAMPLES = const(_RATE_HZ * 1200 // 1000)
_MIN_JUMP_SAMPLES = const(_RATE_HZ * 1800 // 1000)
_UNKNOWN_SILENCE_SAMPLES = const(_RATE_HZ * 2500 // 1000)
#: Good blocks in a row that are signal again (0.5 s), and for how many a complex counts.
_GOOD_BLOCKS = const(8)
_COMPLEX_BLOCKS = const(3)

# Indices of the state: sample from which on there may be no signal (-1: there is); blocks since the begin; levels in a
# row, and the most between beats; railed blocks in a row; usual second difference (-1: not known); block of the latest
# jump (-1: none), its size, and the level before; level of the block before; good blocks in a row; of the lost signal
# the second difference, and how it was lost; first sample of mains (-1: none); noisy blocks in a row; of the latest
# block range, samples at a rail, mean second difference, mean, largest step. `contact_statistics` shares them.
SINCE = const(0)
_BLOCKS = const(1)
_LEVELS = const(2)
_MOST_LEVELS = const(3)
_RAILS = const(4)
USUAL_ROUGH = const(5)
_JUMP_AT = const(6)
_JUMP = const(7)
_JUMP_FROM = const(8)
_LAST_MEAN = const(9)
_GOOD = const(10)
_LOST_ROUGH = const(11)
_MAINS_FROM = const(12)
_NOISY = const(13)
KIND = const(14)
_RANGE = const(15)
_RAILED = const(16)
_ROUGH = const(17)
_MEAN = const(18)
_STEP = const(19)
#: Sample of the latest jump that had not come back after three blocks, far before the first where none was.
STEPPED = const(20)
#: And of the one before that.
_STEPPED_BEFORE = const(21)
_STATE = const(22)
_NEVER = const(-1 << 24)
#: How a signal is lost.
_LEVEL = const(0)
_MAINS = const(1)
_NOISE = const(2)
JUMP = const(3)
_ANEW = const(4)


class Contact:
    """Judges staged counts block by block; `state[SINCE]` is the sample from which on beats must wait, -1 for none."""

    def __init__(self) -> None:
        self.state = array("i", bytes(4 * _STATE))

    def restart(self) -> None:
        """A signal begins."""
        state = self.state
        for i in range(_STATE):
            state[i] = 0
        state[SINCE] = state[USUAL_ROUGH] = state[_JUMP_AT] = state[_MAINS_FROM] = -1
        state[STEPPED] = state[_STEPPED_BEFORE] = _NEVER

    def rough_uv(self) -> int:
        """Usual second difference of the signal (µV)."""
        return self.state[USUAL_ROUGH] * (_LSB_NANO // 1000) // 1000

    @micropython.native
    def was_flat(self, uv: "array[int]", begin: int, end: int) -> bool:
        """Was the signal in the ring `uv` a level, as it never is else, somewhere from sample `begin` to `end`?"""
        rough = self.state[USUAL_ROUGH]
        if rough <= _LEVEL_COUNTS:
            return False
        longest = second = third = rows = row = low = high = 0
        value = uv[begin & MASK]
        for i in range(begin + 1, end + 1):
            after = uv[i & MASK]
            step = after - value
            value = after
            if step > high:
                high = step
            elif step < low:
                low = step
            if high - low <= 1 and i < end:
                row += 1
                continue
            if row >= _ROW_SAMPLES:
                rows += row
            if row > longest:
                longest, second, third = row, longest, second
            elif row > second:
                second, third = row, second
            elif row > third:
                third = row
            low = high = step
            row = 0
        beside = rows - longest if rough >= _ROUGH_COUNTS else (rows - longest) << 1
        return longest >= max(_FLAT_SAMPLES + _MORE_COUNTS // rough, beside, third << 1)

    @micropython.native
    def judge(self, counts: "array[int]", first: int, energy: int, levels: "Levels", last: int) -> int:
        """Judge 16 `counts` (three more follow) from sample `first` on: why the signal is lost, 0 if it is not.

        It is lost from sample `state[SINCE]` on then. `energy` is that of the QRS band just before, `levels` are those
        of beats, of which the `last` was at that sample.
        """
        state = self.state
        if contact_statistics(counts, state):
            return 0
        usual = levels.usual
        reason = self._judge_level(first) or self._judge_noise(first, energy, usual)
        if reason:
            return reason
        self._look_for_jump(first, last, levels.rr if usual else 0)
        self._look_for_mains(first, energy, usual)
        if state[SINCE] < 0:
            return 0
        return self._judge_silence(first + _BLOCK, energy, usual, levels.rr)

    def _judge_level(self, first: int) -> int:
        """Rails and levels."""
        state = self.state
        if state[_RAILED] >= _RAILED_SAMPLES:
            state[_RAILS] += 1
            if state[_RAILS] >= _RAILED_BLOCKS:
                return self._lose(first, state[_RAILS], _LEVEL, REASON_SATURATED)
            return 0
        state[_RAILS] = 0
        moved = state[_LEVELS] and abs(state[_MEAN] - state[_LAST_MEAN]) > _LEVEL_COUNTS
        if state[_RANGE] <= _LEVEL_COUNTS and not moved:
            state[_LEVELS] += 1
            if state[_LEVELS] >= self._level_limit():
                return self._lose(first, state[_LEVELS], _LEVEL, REASON_NO_SIGNAL)
        elif state[_LEVELS]:
            if state[_LEVELS] > 1:
                state[_MOST_LEVELS] = max(state[_MOST_LEVELS], state[_LEVELS])
            state[_LEVELS] = 0
        return 0

    def _level_limit(self) -> int:
        """Blocks of a level that are no signal: coarse signals have levels between beats."""
        state = self.state
        most = state[_MOST_LEVELS]
        before = state[_BLOCKS] - state[_LEVELS]
        smooth = state[USUAL_ROUGH] < _LEVEL_COUNTS
        if before < _START_BLOCKS or (before < _KNOWN_BLOCKS and (most or smooth)):
            return _LEVEL_UNKNOWN_BLOCKS
        return 2 * most + (_LEVEL_UNKNOWN_BLOCKS if smooth else _LEVEL_BLOCKS)

    def _judge_noise(self, first: int, energy: int, usual: int) -> int:
        """An open input: noise without a rest, in which no complex could be seen."""
        state = self.state
        rough = state[_ROUGH]
        if not usual or energy << 1 < usual or rough < _MAINS_COUNTS or rough < _NOISE_RATIO * state[USUAL_ROUGH]:
            state[_NOISY] = 0
            return 0
        state[_NOISY] += 1
        if state[_NOISY] < _NOISE_BLOCKS:
            return 0
        return self._lose(first, _NOISE_BLOCKS + _NOISE_RISE_BLOCKS, _NOISE, REASON_NOISE)

    def _lose(self, first: int, blocks: int, kind: int, reason: int) -> int:
        """Lost since `blocks` blocks, and the rest of the one before, in which it began."""
        state = self.state
        state[SINCE] = first - min(blocks, state[_BLOCKS] - 1) * _BLOCK
        state[_LOST_ROUGH] = state[_ROUGH]
        state[KIND] = kind
        state[_GOOD] = 0
        return reason

    def begin_anew(self, first: int) -> int:
        """What came before sample `first` was noise, and signal comes now: the reason why it was lost."""
        state = self.state
        state[SINCE] = first
        state[KIND] = _ANEW
        state[_GOOD] = 0
        return REASON_NOISE

    def _look_for_jump(self, first: int, last: int, rr: int) -> None:
        """Suspect what follows a step that stays, but not the first one so long after the `last` beat that one was due.

        `rr` is the usual interval, 0 where it is not known.
        """
        state = self.state
        mean = state[_MEAN]
        if state[_JUMP_AT] < 0:
            if state[_STEP] > _JUMP_COUNTS:
                state[_JUMP_AT] = state[_BLOCKS]
                state[_JUMP] = state[_STEP]
                state[_JUMP_FROM] = state[_LAST_MEAN]
        else:
            passed = state[_BLOCKS] - state[_JUMP_AT]
            left = abs(mean - state[_JUMP_FROM])
            if passed == _JUMP_SOON_BLOCKS:
                if left * 5 < state[_JUMP] * 2:
                    state[_JUMP_AT] = -1
                else:
                    state[_STEPPED_BEFORE] = state[STEPPED]
                    state[STEPPED] = first - _JUMP_SOON_BLOCKS * _BLOCK
            elif passed == _JUMP_LATE_BLOCKS:
                at = state[STEPPED]
                begun = last > first - state[_BLOCKS] * _BLOCK
                stood_still = rr and begun and 2 * (at - last) > 3 * rr and state[_STEPPED_BEFORE] < last
                if left * 4 > state[_JUMP] and state[SINCE] < 0 and not stood_still:
                    state[SINCE] = at
                state[_JUMP_AT] = -1
        state[_LAST_MEAN] = mean

    def _look_for_mains(self, first: int, energy: int, usual: int) -> None:
        """Suspect mains that begin, or that are there from the start."""
        state = self.state
        rough = state[_ROUGH]
        floor = state[USUAL_ROUGH]
        if not state[_LEVELS]:
            if floor < 0 or rough < floor:
                state[USUAL_ROUGH] = rough if floor < 0 else floor - ((floor - rough + 3) >> 2)
            elif state[SINCE] < 0:
                state[USUAL_ROUGH] = floor + (floor >> 6) + 1
        if rough < _MAINS_COUNTS or (usual and rough < _MAINS_RATIO * floor):
            if state[_MAINS_FROM] >= 0 and state[SINCE] == state[_MAINS_FROM]:
                state[SINCE] = -1
            state[_MAINS_FROM] = -1
        elif state[_MAINS_FROM] < 0 and state[SINCE] < 0:
            state[SINCE] = state[_MAINS_FROM] = first - (_BLOCK if state[_BLOCKS] > 1 else 0)

    def _judge_silence(self, now: int, energy: int, usual: int, rr: int) -> int:
        """Is there something that may be a complex, or none for too long?"""
        state = self.state
        silence = now - state[SINCE]
        if silence <= _ONSET_SAMPLES:
            return 0
        mains = state[_MAINS_FROM] >= 0
        rough = state[_ROUGH]
        if energy << _MAINS_ENERGY_SHIFT > rough if mains else (energy >> 6) << 8 > (usual >> 6) * _COMPLEX_Q8:
            state[SINCE] = state[_MAINS_FROM] = -1
            if mains and state[_NOISY] < _NOISE_RISE_BLOCKS:
                # a complex is seen in it: it is usual from now on
                state[USUAL_ROUGH] = max(state[USUAL_ROUGH], rough >> 1)
            return 0
        least = _MIN_SILENCE_SAMPLES if mains else _MIN_JUMP_SAMPLES
        limit = max(least, rr + (rr >> 1)) if usual else _UNKNOWN_SILENCE_SAMPLES
        if silence < limit:
            return 0
        state[_LOST_ROUGH] = rough
        state[KIND] = _MAINS if mains else JUMP
        state[_GOOD] = 0 if mains else _GOOD_BLOCKS
        # a hum in which the usual beats could not be seen hides those of a lead that is on, too
        hidden = mains and usual << _MAINS_ENERGY_SHIFT <= rough
        return REASON_MAINS if hidden else REASON_LEAD_OFF

    def is_back(self, counts: "array[int]", energy: int, usual: int) -> bool:
        """Judge 16 `counts` of a lost signal: is it back for half a second? `energy` and `usual` as in `judge`."""
        state = self.state
        contact_statistics(counts, state)
        kind = state[KIND]
        calm = state[_ROUGH] * 2 < state[_LOST_ROUGH]
        if state[_RAILED] >= _RAILED_SAMPLES:
            state[_GOOD] = 0
        elif kind == _MAINS and energy << _MAINS_ENERGY_SHIFT > state[_ROUGH]:
            state[_GOOD] += _COMPLEX_BLOCKS
        elif (
            (kind == _LEVEL and state[_RANGE] <= _LEVEL_COUNTS)
            or (kind == _MAINS and not calm)
            or (kind == _NOISE and not calm and energy << 1 > usual)
        ):
            state[_GOOD] = max(state[_GOOD] - 1, 0)
        else:
            state[_GOOD] += 1
        return state[_GOOD] >= _GOOD_BLOCKS
