"""Pacing spikes: kept from all that comes after, and remembered for the beats that they began.

What the converter leaves of a pulse of 0.5 ms is one or two samples high (its sinc filter spreads it over three), far
narrower than anything a heart does. Such a spike is cut out. One that a recorder has blurred besides (5 samples at its
foot) is told from a narrow R only by the complex that goes on after it: it stays in the signal.
"""

from array import array

from micropython import const

from ..kernels import find_spike, swing
from ..wire_gen import BEAT_KIND_PACED
from .filters import MASK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .result import Beat

#: Bits of a rank below whether it is alike, and below its gain.
_ALIKE = const(8)
_GAIN = const(4)
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
_KEPT = const(16)
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

# Of the spikes that begin this wearer's beats: distance from R, height in counts, trust; then spikes ever kept.
_OFFSET = const(0)
_HEIGHT = const(1)
_TRUST = const(2)
_COUNT = const(3)


class Pacing:
    """Finds spikes in staged counts, and tells which beats they began.

    A beat is paced where a spike lies just before its QRS onset, or at it, and such spikes have come with beats before:
    one may be an artefact. The shape of the complex does not count.
    """

    def __init__(self) -> None:
        self._found = array("i", bytes(4 * 3))
        self._place = array("i", bytes(4 * _KEPT))
        self._height = array("i", bytes(4 * _KEPT))
        self._width = bytearray(_KEPT)
        self._ratio = bytearray(_KEPT)
        self._usual = array("i", bytes(4 * 4))

    def restart(self) -> None:
        """Forget all spikes."""
        for i in range(4):
            self._usual[i] = 0

    def clean(self, counts: "array[int]", first: int) -> None:
        """Look through the 16 counts from index 8 on, of 30 of which the first is sample `first`; cut out what is sharp."""
        found = self._found
        at = find_spike(counts, _FROM, _TO, found)
        while at >= 0:
            k = self._usual[_COUNT] % _KEPT
            self._usual[_COUNT] += 1
            self._place[k] = first + at
            self._height[k] = found[0]
            self._width[k] = min(found[1], 255)
            self._ratio[k] = min(found[2], 255)
            if found[1] <= _SHARP and found[2] >= _SURE:
                _cut(counts, at)
            at = find_spike(counts, at + 1, _TO, found)

    def judge(self, beat: "Beat", uv: "array[int]") -> None:
        """Make `beat`, in the signal `uv`, a paced one if a spike began it."""
        best = 0
        for k in range(min(self._usual[_COUNT], _KEPT)):
            if -_BEFORE_R <= self._place[k] - beat.r <= _AFTER_R:
                best = max(best, self._rank(k, beat, uv))
        if best or self._usual[_TRUST]:
            self._learn(best, beat)

    def _rank(self, k: int, beat: "Beat", uv: "array[int]") -> int:
        """What spike `k` near `beat` is worth: whether it is a usual one, what it adds to trust, and k; 0 for nothing."""
        place = self._place[k]
        if beat.qrs_on is None:
            if place < beat.r - _BEFORE_R_ALONE:
                return 0
        elif not -_BEFORE_ON <= place - beat.qrs_on <= _AFTER_ON:
            return 0
        gain = self._gain(k, swing(uv, MASK, place + _REST_FROM, _REST))
        if not gain:
            return 0
        usual = self._usual
        height = self._height[k]
        alike = (
            abs(place - beat.r - usual[_OFFSET]) <= _JITTER
            and (height > 0) == (usual[_HEIGHT] > 0)
            and abs(usual[_HEIGHT]) < 2 * abs(height)
            and abs(height) < 2 * abs(usual[_HEIGHT])
        )
        return (alike << _ALIKE) + (gain << _GAIN) + k

    def _gain(self, k: int, rest: int) -> int:
        """What spike `k` adds to trust if the complex after it spans `rest` µV."""
        height = abs(self._height[k]) * 1575 >> 15
        sure = self._ratio[k] >= _SURE
        if self._width[k] <= _SHARP and sure:
            if rest < min(height >> 3, _REST_UV):
                return 0
            return _TRUST_DOUBTLESS if self._ratio[k] >= _DOUBTLESS else _TRUST_SURE
        if 2 * rest < height:
            return 0
        if sure:
            return _TRUST_SURE
        return _TRUST_SHARP if self._width[k] <= _SHARP else _TRUST_WEAK

    def _learn(self, best: int, beat: "Beat") -> None:
        """Move the trust in pacing by the `best` spike of `beat`, and name the kind where there is enough."""
        usual = self._usual
        alike = best >> _ALIKE
        gain = best >> _GAIN & 15
        if alike:
            usual[_TRUST] = min(usual[_TRUST] + gain, _MOST)
        elif usual[_TRUST]:
            usual[_TRUST] -= 1
        if best and (alike or not usual[_TRUST]):
            k = best & 15
            usual[_OFFSET] = self._place[k] - beat.r
            usual[_HEIGHT] = self._height[k]
            usual[_TRUST] = max(usual[_TRUST], gain)
        if alike and usual[_TRUST] >= _NEED:
            beat.kind = BEAT_KIND_PACED


def _cut(counts: "array[int]", at: int) -> None:
    """Put a straight line in place of the sharp spike at `at`."""
    before = counts[at - _FOOT]
    after = counts[at + _FOOT]
    for i in range(1, 2 * _FOOT):
        counts[at - _FOOT + i] = before + (after - before) * i // (2 * _FOOT)
