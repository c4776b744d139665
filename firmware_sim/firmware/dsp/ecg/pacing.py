"""Pacing spikes: kept from all that comes after, and remembered for the beats that they began.

What the converter leaves of a pulse of 0.5 ms is one or two samples high (its sinc filter spreads it over three), far
narrower than anything a heart does. Such a spike is cut out. One that a recorder has blurred besides (5 samples at its
foot) is told from a narrow R only by the complex that goes on after it: it stays in the signal.
"""

from array import array

from micropython import const

from ...kernels import find_spike, peak_to_peak
from ...wire_gen import BEAT_KIND_PACED
from .filters import MASK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..result import Beat

#: Minimum amplitude of a spike (60 µV).
_LSB_NANO = const(48_081)
_MIN_AMPLITUDE_COUNTS = const((60_000_000 + _LSB_NANO // 2) // _LSB_NANO)
#: Where in the staged counts spikes are looked for.
_FROM = const(8)
_TO = const(24)
#: Greatest width (eighths of a sample) of a spike that is nothing else, and 16ths by which one exceeds what goes on
#: about it, for sure and beyond doubt.
_SHARP = const(17)
_SURE = const(32)
_DOUBTLESS = const(64)
#: Samples from its top within which a sharp spike has ended.
_FOOT = const(2)
#: Spikes remembered: those of the 5 s for which a beat may wait.
_KEPT = const(24)
#: Where it lies in a beat that it began: samples before R, without a QRS onset less; before the onset (60 ms), and
#: after, where the spike itself was taken for the onset. An atrial spike comes 80 ms and more before the onset.
_BEFORE_R = const(40)
_AFTER_R = const(2)
_BEFORE_R_ALONE = const(30)
_BEFORE_ON = const(15)
_AFTER_ON = const(13)
#: Samples after a spike in which the complex goes on: a narrow R has ended by then (32 to 96 ms).
_REST_FROM = const(8)
_REST = const(17)
#: After a sharp spike, however high, no more than this is asked for (µV).
_REST_UV = const(160)
#: Samples by which spikes alike may differ in their distance from R.
_JITTER = const(3)
#: What one spike adds to the trust in pacing (doubtless, sure, sharp and other), what beats need, and the most.
_TRUST_DOUBTLESS = const(7)
_TRUST_SURE = const(4)
_TRUST_SHARP = const(2)
_TRUST_WEAK = const(1)
_NEED = const(8)
_MOST = const(32)

# What is known: of the latest spike, as `find_spike` has it; of those that begin this wearer's beats the distance from
# R, the height in counts, and the trust in them; how many spikes were ever kept.
_HEIGHT = const(0)
_WIDTH = const(1)
_RATIO = const(2)
_USUAL_OFFSET = const(3)
_USUAL_HEIGHT = const(4)
_TRUST = const(5)
_COUNT = const(6)
_KNOWN = const(7)


class Pacing:
    """Finds spikes in staged counts, and tells which beats they began.

    A beat is paced where a spike lies just before its QRS onset, or at it, and such spikes have come with beats before:
    one may be an artefact. The shape of the complex does not count.
    """

    def __init__(self) -> None:
        self._known = array("i", bytes(4 * _KNOWN))
        # of the latest spikes the place, the height in counts, and what it adds to trust: negative where it is sharp
        self._spikes = array("i", bytes(4 * 3 * _KEPT))

    def restart(self) -> None:
        """Forget all spikes."""
        for i in range(_KNOWN):
            self._known[i] = 0

    def clean(self, counts: "array[int]", first: int) -> None:
        """Look through the 16 counts from index 8 on, of 30 with sample `first` foremost; cut out what is sharp."""
        known = self._known
        at = find_spike(counts, _FROM, _TO, _MIN_AMPLITUDE_COUNTS, known)
        while at >= 0:
            self._keep(first + at)
            if known[_WIDTH] <= _SHARP and known[_RATIO] >= _SURE:
                _cut(counts, at)
            at = find_spike(counts, at + 1, _TO, _MIN_AMPLITUDE_COUNTS, known)

    def _keep(self, place: int) -> None:
        known = self._known
        sharp = known[_WIDTH] <= _SHARP
        if known[_RATIO] >= _SURE:
            gain = _TRUST_DOUBTLESS if sharp and known[_RATIO] >= _DOUBTLESS else _TRUST_SURE
        else:
            gain = _TRUST_SHARP if sharp else _TRUST_WEAK
        k = known[_COUNT] % _KEPT * 3
        known[_COUNT] += 1
        self._spikes[k] = place
        self._spikes[k + 1] = known[_HEIGHT]
        self._spikes[k + 2] = -gain if sharp else gain

    def judge(self, beat: "Beat", uv: "array[int]") -> None:
        """Make `beat`, in the signal `uv`, a paced one if a spike began it."""
        best = 0
        for k in range(min(self._known[_COUNT], _KEPT)):
            if -_BEFORE_R <= self._spikes[3 * k] - beat.r <= _AFTER_R:
                best = max(best, self._rank(3 * k, beat, uv))
        if best or self._known[_TRUST]:
            self._learn(best, beat)

    def _rank(self, k: int, beat: "Beat", uv: "array[int]") -> int:
        """What spike `k` near `beat` is worth: whether it is a usual one, what it adds to trust, k; 0 for nothing."""
        place = self._spikes[k]
        if beat.qrs_on is None:
            if place < beat.r - _BEFORE_R_ALONE:
                return 0
        elif not -_BEFORE_ON <= place - beat.qrs_on <= _AFTER_ON:
            return 0
        height = self._spikes[k + 1]
        gain = self._spikes[k + 2]
        # half a spike that may be an R must follow it, and a little of the others
        least = abs(height) * 1575 >> 16
        if -gain >= _TRUST_SURE:
            least = min(least >> 2, _REST_UV)
        if peak_to_peak(uv, MASK, place + _REST_FROM, _REST) < least:
            return 0
        usual = self._known[_USUAL_HEIGHT]
        # as high within a factor of two, in the same direction
        alike = abs(place - beat.r - self._known[_USUAL_OFFSET]) <= _JITTER and (
            0 < height < 2 * usual < 4 * height or 0 > height > 2 * usual > 4 * height
        )
        return (1024 if alike else 0) + (abs(gain) << 7) + k

    def _learn(self, best: int, beat: "Beat") -> None:
        """Move the trust in pacing by the `best` spike of `beat`, and name the kind where there is enough."""
        known = self._known
        alike = best >= 1024
        gain = best >> 7 & 7
        if alike:
            known[_TRUST] = min(known[_TRUST] + gain, _MOST)
        elif known[_TRUST]:
            known[_TRUST] -= 1
        if best and (alike or not known[_TRUST]):
            k = best & 127
            known[_USUAL_OFFSET] = self._spikes[k] - beat.r
            known[_USUAL_HEIGHT] = self._spikes[k + 1]
            known[_TRUST] = max(known[_TRUST], gain)
        if alike and known[_TRUST] >= _NEED:
            beat.kind = BEAT_KIND_PACED


def _cut(counts: "array[int]", at: int) -> None:
    """Put a straight line in place of the sharp spike at `at`."""
    before = counts[at - _FOOT]
    after = counts[at + _FOOT]
    for i in range(1, 2 * _FOOT):
        counts[at - _FOOT + i] = before + (after - before) * i // (2 * _FOOT)
