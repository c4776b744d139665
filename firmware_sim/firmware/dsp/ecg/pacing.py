"""Pacing spikes: removed from the signal, and remembered for the beats that they began.

What the converter leaves of a pulse of 0.5 ms is one or two samples high (its sinc filter spreads it over three), far
narrower than anything a heart does. Such a spike is cut out. One that a recorder has blurred besides (5 samples at its
foot) differs from a narrow R only by the complex that goes on after it: it stays in the signal.
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

# Indices of the state: of the latest spike, as `find_spike` has it; of those that begin this wearer's beats the
# distance from R, the amplitude in counts, and the trust in them; how many spikes were ever kept.
_AMPLITUDE = const(0)
_WIDTH = const(1)
_RATIO = const(2)
_USUAL_OFFSET = const(3)
_USUAL_AMPLITUDE = const(4)
_TRUST = const(5)
_COUNT = const(6)
_STATE = const(7)


class Pacing:
    """Finds spikes in staged counts, and names the beats that they began.

    A beat is paced where a spike lies just before its QRS onset, or at it, and such spikes have come with beats before:
    one may be an artefact. The shape of the complex does not count.
    """

    def __init__(self) -> None:
        self._state = array("i", bytes(4 * _STATE))
        # of the latest spikes the sample, the amplitude in counts, what it adds to trust: negative where it is sharp
        self._spikes = array("i", bytes(4 * 3 * _CAPACITY))

    def restart(self) -> None:
        """Forget all spikes."""
        for i in range(_STATE):
            self._state[i] = 0

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


def _cut(counts: "array[int]", at: int) -> None:
    """Put a straight line instead of the sharp spike at `at`."""
    before = counts[at - _FOOT]
    after = counts[at + _FOOT]
    for i in range(1, 2 * _FOOT):
        counts[at - _FOOT + i] = before + (after - before) * i // (2 * _FOOT)
