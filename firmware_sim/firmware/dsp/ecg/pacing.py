"""Pacing spikes: removed from the signal, and remembered for the beats that they began.

What the converter leaves of a pulse of 0.5 ms is one or two samples high (its sinc filter spreads it over three), far
narrower than anything a heart does. Such a spike is cut out. One that a recorder has blurred besides (5 samples at its
foot) differs from a narrow R only by the complex that goes on after it: it stays in the signal.

A pacemaker goes on when the heart does not follow. What is left then is the discharge of the electrode, which falls
off slower and slower; a complex is bent the other way somewhere. Candidates beside such a spike are no beats.
"""

from array import array

import micropython
from micropython import const

from ...kernels import find_spike, peak_to_peak
from ...wire_gen import BEAT_KIND_PACED
from .filters import MASK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..result import Beat
    from .qrs_peaks import Candidates
    from .uncertain_span import UncertainSpan

_RATE_HZ = const(250)  # frontends.ecg: RATE_HZ
_UV_PER_COUNT_Q15 = const(1575)  # frontends.ecg: UV_PER_COUNT_Q15
#: Where in the staged counts spikes are looked for.
_FROM = const(8)
_TO = const(24)
#: Maximum width (samples Q3) of a sharp spike, which is nothing else; ratio (Q4) to the activity around it from which
#: on one is sure, and certain.
_SHARP_Q3 = const(17)
_SURE_Q4 = const(32)
_CERTAIN_Q4 = const(64)
#: Samples from its peak within which a sharp spike has ended.
_FOOT = const(2)
#: Spikes remembered: those of the 5 s for which a beat may wait.
_CAPACITY = const(24)
#: Where it lies in a beat that it began: before R (160 ms; 120 ms without a QRS onset); before the onset (60 ms), and
#: after, where the spike itself was taken for the onset. An atrial spike comes 80 ms and more before the onset.
_BEFORE_R_SAMPLES = const(_RATE_HZ * 160 // 1000)
_AFTER_R_SAMPLES = const(_RATE_HZ * 8 // 1000)
_BEFORE_R_ONLY_SAMPLES = const(_RATE_HZ * 120 // 1000)
_BEFORE_ON_SAMPLES = const(_RATE_HZ * 60 // 1000)
_AFTER_ON_SAMPLES = const(_RATE_HZ * 52 // 1000)
#: Samples after a spike in which the complex goes on: a narrow R has ended by then (32 to 96 ms).
_REST_FROM_SAMPLES = const(_RATE_HZ * 32 // 1000)
_REST_SAMPLES = const(_RATE_HZ * 68 // 1000)
#: After a sharp spike, however high, no more than this is required (µV).
_REST_UV = const(160)
#: Maximum difference of the distances from R of like spikes (12 ms).
_JITTER_SAMPLES = const(_RATE_HZ * 12 // 1000)
#: What one spike adds to the trust in pacing (certain, sure, sharp and other), what beats need, and the maximum.
_TRUST_CERTAIN = const(7)
_TRUST_SURE = const(4)
_TRUST_SHARP = const(2)
_TRUST_WEAK = const(1)
_TRUST_NEEDED = const(8)
_TRUST_MAX = const(32)
#: After a spike the heart has 240 ms to answer; 12 ms after it what is left of it has ended; before it nothing may go
#: on for 100 ms.
_ANSWER_SAMPLES = const(_RATE_HZ * 240 // 1000)
_ENDED_SAMPLES = const(_RATE_HZ * 12 // 1000)
_BEFORE_SAMPLES = const(_RATE_HZ * 100 // 1000)
#: An answer is bent against the discharge, as one sample beside the mean of those 40 ms before and behind, by this part
#: (Q3) of what usual ones are, by so much where they are not known (µV), and by this part (a power of two) of the fall.
_BEND_SAMPLES = const(_RATE_HZ * 40 // 1000)
_ANSWER_Q3 = const(1)
#: A narrow complex may come so soon after the end of the spike (16 ms): it is looked at less far before and behind.
_SOON_SAMPLES = const(_RATE_HZ * 16 // 1000)
_LEAST_ANSWER_UV = const(100)
#: In a low lead an answer has a quarter of the beats' amplitude (a power of two).
_LOW_ANSWER_LOG2 = const(2)
_DISCHARGE_LOG2 = const(4)
#: Answers of which the usual one is a running mean (a power of two).
_ANSWERS_LOG2 = const(2)
#: Samples around a spike that was not answered where candidates are what is left of it (100 and 120 ms), and where a
#: broad wave is (160 and 560 ms); how many of these are remembered.
_LEFT_BEFORE_SAMPLES = const(_RATE_HZ * 100 // 1000)
_LEFT_AFTER_SAMPLES = const(_RATE_HZ * 120 // 1000)
_BROAD_BEFORE_SAMPLES = const(_RATE_HZ * 160 // 1000)
_BROAD_AFTER_SAMPLES = const(_RATE_HZ * 560 // 1000)
_LATEST = const(4)
#: So long (3 s) after a spike that was not answered others are expected.
_RECENT_SAMPLES = const(_RATE_HZ * 3)
#: A discharge hides a spike that is lower: it is an edge of two samples and so many µV; in 100 ms before it not half
#: of it goes on, and 40 ms after it, when a narrow R has ended, an eighth is left.
_EDGE_SAMPLES = const(2)
_EDGE_UV = const(100)
_LASTS_SAMPLES = const(_RATE_HZ * 40 // 1000)
_LASTS_LOG2 = const(3)

# Indices of the state: of the latest spike, as `find_spike` has it; of those that begin this wearer's beats the
# distance from R, the amplitude in counts, and the trust in them; how many spikes were ever kept, and of how many it is
# known whether they were answered; how far usual answers are bent (µV); the sample up to which candidates were
# looked at for edges, and the latest edge that was answered; the latest spikes that were not, the newest first;
# the least answer (µV).
_AMPLITUDE = const(0)
_WIDTH = const(1)
_RATIO = const(2)
_USUAL_OFFSET = const(3)
_USUAL_AMPLITUDE = const(4)
_TRUST = const(5)
_COUNT = const(6)
_JUDGED = const(7)
_ANSWER = const(8)
_LOOKED = const(9)
_EDGE = const(10)
_UNANSWERED = const(11)
_LEAST = const(15)
_STATE = const(16)


class Pacing:
    """Finds spikes in staged counts, and names the beats that they began.

    A beat is paced where a spike lies just before its QRS onset, or at it, and such spikes have come with beats before:
    one may be an artefact. The shape of the complex does not count.
    """

    def __init__(self) -> None:
        self._state = array("i", bytes(4 * _STATE))
        # of the latest spikes the sample, the amplitude in counts, what it adds to trust: negative where it is sharp, 0
        # where no complex answered it
        self._spikes = array("i", bytes(4 * 3 * _CAPACITY))

    def restart(self) -> None:
        """Forget all spikes."""
        for i in range(_STATE):
            self._state[i] = 0
        for i in range(_LOOKED, _STATE):
            self._state[i] = -_RECENT_SAMPLES

    @micropython.native
    def clean(self, counts: "array[int]", first: int) -> None:
        """Look through the 16 counts from index 8 on, of 30 with sample `first` foremost; cut out what is sharp."""
        state = self._state
        at = find_spike(counts, _FROM, _TO, state)
        while at >= 0:
            self._keep(first + at)
            if state[_WIDTH] <= _SHARP_Q3 and state[_RATIO] >= _SURE_Q4:
                _cut(counts, at)
            at = find_spike(counts, at + 1, _TO, state)

    def _keep(self, index: int) -> None:
        state = self._state
        sharp = state[_WIDTH] <= _SHARP_Q3
        if state[_RATIO] >= _SURE_Q4:
            gain = _TRUST_CERTAIN if sharp and state[_RATIO] >= _CERTAIN_Q4 else _TRUST_SURE
        else:
            gain = _TRUST_SHARP if sharp else _TRUST_WEAK
        k = state[_COUNT] % _CAPACITY * 3
        state[_COUNT] += 1
        self._spikes[k] = index
        self._spikes[k + 1] = state[_AMPLITUDE]
        self._spikes[k + 2] = -gain if sharp else gain

    @micropython.native
    def drop_unanswered(
        self, uv: "array[int]", now: int, height: int, found: "Candidates", uncertain: "UncertainSpan"
    ) -> None:
        """Take out of `found` what is but left of a spike; the ring `uv` ends before sample `now`.

        `height`: amplitude of beats (µV), 0 where that is not known.
        """
        state = self._state
        state[_LEAST] = min(height >> _LOW_ANSWER_LOG2, _LEAST_ANSWER_UV) if height else _LEAST_ANSWER_UV
        if not state[_COUNT]:
            return
        # electrodes that move have spikes and edges as well
        is_paced = state[_TRUST] >= _TRUST_NEEDED
        while state[_JUDGED] < state[_COUNT]:
            if state[_COUNT] - state[_JUDGED] > _CAPACITY:
                state[_JUDGED] = state[_COUNT] - _CAPACITY
            k = state[_JUDGED] % _CAPACITY * 3
            index = self._spikes[k]
            if now - index <= _ANSWER_SAMPLES + 1:
                break
            state[_JUDGED] += 1
            # one that stays in the signal may be a narrow R, and one before anybody was paced a discharge on a complex
            if is_paced and -self._spikes[k + 2] >= _TRUST_SURE and not self._is_answered(uv, index):
                self._spikes[k + 2] = 0
                self._drop(index, found, uncertain)
        if not is_paced:
            return
        i = 0
        while i < found.n and now - found.pos[i] > _LEFT_BEFORE_SAMPLES + _ANSWER_SAMPLES + _ENDED_SAMPLES:
            i += 1
            if found.pos[i - 1] <= state[_LOOKED]:
                continue
            state[_LOOKED] = found.pos[i - 1]
            edge = _find_edge(uv, found.pos[i - 1])
            if edge < 0:
                continue
            if self._is_answered(uv, edge):
                state[_EDGE] = edge
            else:
                self._drop(edge, found, uncertain)
                i = 0

    def _drop(self, index: int, found: "Candidates", uncertain: "UncertainSpan") -> None:
        """No complex answered the spike at sample `index`."""
        state = self._state
        for k in range(_UNANSWERED + _LATEST - 1, _UNANSWERED, -1):
            state[k] = state[k - 1]
        state[_UNANSWERED] = index
        found.drop_between(index - _LEFT_BEFORE_SAMPLES, index + _LEFT_AFTER_SAMPLES)
        uncertain.rule_out(index + _ENDED_SAMPLES)

    @micropython.native
    def _is_answered(self, uv: "array[int]", index: int) -> bool:
        """Did a complex follow the spike at sample `index`, or go on there? Learns from it."""
        state = self._state
        first = index + _ENDED_SAMPLES
        last = index + _ANSWER_SAMPLES
        fall = uv[first & MASK] - uv[last & MASK]
        sign = 1 if fall > 0 else -1
        bent = 0
        for i in range(first + _SOON_SAMPLES, last - _BEND_SAMPLES):
            reach = min(_BEND_SAMPLES, i - first)
            # what goes on from sample to sample is left of the spike
            middle = uv[i & MASK] + uv[(i + 1) & MASK]
            after = uv[(i + reach) & MASK] + uv[(i + 1 + reach) & MASK]
            before = uv[(i - reach) & MASK] + uv[(i + 1 - reach) & MASK]
            bend = sign * (middle + middle - before - after)
            if bend > bent:
                bent = bend
        bent >>= 2
        usual = state[_ANSWER]
        least = max(usual * _ANSWER_Q3 >> 3, state[_LEAST], abs(fall) >> _DISCHARGE_LOG2)
        if bent < least:
            return peak_to_peak(uv, MASK, index - _BEFORE_SAMPLES, _BEFORE_SAMPLES - _ENDED_SAMPLES) >= 2 * least
        state[_ANSWER] = usual + ((min(bent, 2 * usual) - usual) >> _ANSWERS_LOG2) if usual else bent
        return True

    def is_unanswered(self, now: int) -> bool:
        """Did no complex answer a spike in the 3 s before sample `now`?"""
        return now - self._state[_UNANSWERED] < _RECENT_SAMPLES

    def is_discharge(self, middle: int) -> bool:
        """Is a broad wave about sample `middle` what is left of a spike that no complex answered?"""
        for k in range(_UNANSWERED, _UNANSWERED + _LATEST):
            if -_BROAD_BEFORE_SAMPLES <= middle - self._state[k] <= _BROAD_AFTER_SAMPLES:
                return True
        return False

    def began(self, r: int) -> bool:
        """Did a spike begin the complex at sample `r`, as far as is known of where that begins?"""
        if -_BEFORE_R_SAMPLES <= self._state[_EDGE] - r <= _AFTER_R_SAMPLES:
            return True
        for k in range(0, 3 * min(self._state[_COUNT], _CAPACITY), 3):
            if self._spikes[k + 2] and -_BEFORE_R_SAMPLES <= self._spikes[k] - r <= _AFTER_R_SAMPLES:
                return True
        return False

    def judge(self, beat: "Beat", uv: "array[int]") -> None:
        """Make `beat`, in the signal `uv`, a paced one if a spike began it."""
        state = self._state
        if not state[_COUNT]:
            return
        best = 0
        spikes = self._spikes
        for k in range(min(state[_COUNT], _CAPACITY)):
            if -_BEFORE_R_SAMPLES <= spikes[3 * k] - beat.r <= _AFTER_R_SAMPLES:
                best = max(best, self._rank(3 * k, beat, uv))
        if best or state[_TRUST]:
            self._learn(best, beat)

    def _rank(self, k: int, beat: "Beat", uv: "array[int]") -> int:
        """What spike `k` near `beat` is worth: whether it is a usual one, what it adds to trust, k; 0 for nothing."""
        index = self._spikes[k]
        if beat.qrs_on is None:
            if index < beat.r - _BEFORE_R_ONLY_SAMPLES:
                return 0
        elif not -_BEFORE_ON_SAMPLES <= index - beat.qrs_on <= _AFTER_ON_SAMPLES:
            return 0
        amplitude = self._spikes[k + 1]
        gain = self._spikes[k + 2]
        if not gain:
            return 0
        # half a spike that may be an R must follow it, and a little of the others
        required = abs(amplitude) * _UV_PER_COUNT_Q15 >> 16
        if -gain >= _TRUST_SURE:
            required = min(required >> 2, _REST_UV)
        if peak_to_peak(uv, MASK, index + _REST_FROM_SAMPLES, _REST_SAMPLES) < required:
            return 0
        usual = self._state[_USUAL_AMPLITUDE]
        # as high within a factor of two, in the same direction
        usual_spike = abs(index - beat.r - self._state[_USUAL_OFFSET]) <= _JITTER_SAMPLES and (
            0 < amplitude < 2 * usual < 4 * amplitude or 0 > amplitude > 2 * usual > 4 * amplitude
        )
        return (1024 if usual_spike else 0) + (abs(gain) << 7) + k

    def _learn(self, best: int, beat: "Beat") -> None:
        """Move the trust in pacing by the `best` spike of `beat`, and name the kind where there is enough."""
        state = self._state
        usual_spike = best >= 1024
        gain = best >> 7 & 7
        if usual_spike:
            state[_TRUST] = min(state[_TRUST] + gain, _TRUST_MAX)
        elif state[_TRUST]:
            state[_TRUST] -= 1
        if best and (usual_spike or not state[_TRUST]):
            k = best & 127
            state[_USUAL_OFFSET] = self._spikes[k] - beat.r
            state[_USUAL_AMPLITUDE] = self._spikes[k + 1]
            state[_TRUST] = max(state[_TRUST], gain)
        if usual_spike and state[_TRUST] >= _TRUST_NEEDED:
            beat.kind = BEAT_KIND_PACED


@micropython.native
def _find_edge(uv: "array[int]", pos: int) -> int:
    """Sample of the edge of a discharge near the candidate at sample `pos` of the ring `uv`; -1 where there is none."""
    edge = pos
    jump = 0
    for i in range(pos - _LEFT_BEFORE_SAMPLES, pos + _LEFT_BEFORE_SAMPLES):
        step = uv[(i + _EDGE_SAMPLES) & MASK] - uv[i & MASK]
        if abs(step) > abs(jump):
            edge = i
            jump = step
    height = abs(jump)
    if height < _EDGE_UV or peak_to_peak(uv, MASK, edge - _BEFORE_SAMPLES, _BEFORE_SAMPLES - 1) << 1 > height:
        return -1
    # a slow complex is higher than its steepest part
    if peak_to_peak(uv, MASK, edge + _ENDED_SAMPLES, _ANSWER_SAMPLES) << 2 > 5 * height:
        return -1
    end = edge + _ANSWER_SAMPLES
    lasts = uv[(edge + _LASTS_SAMPLES) & MASK] - uv[end & MASK]
    if (lasts > 0) != (jump > 0) or abs(lasts) << _LASTS_LOG2 < height:
        return -1
    return edge


def _cut(counts: "array[int]", at: int) -> None:
    """Put a straight line instead of the sharp spike at `at`."""
    before = counts[at - _FOOT]
    after = counts[at + _FOOT]
    for i in range(1, 2 * _FOOT):
        counts[at - _FOOT + i] = before + (after - before) * i // (2 * _FOOT)
