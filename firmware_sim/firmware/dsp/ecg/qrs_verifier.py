"""A second look at doubtful beats: a network that sees eight seconds at once says which of them are QRS complexes.

The rules of qrs.py see heights, slopes and intervals, which electrode motion and muscle noise have as well. Where
they are in doubt, beats wait until the network has seen them with a second of signal behind them, at most 5 s (`_REACH`
and `RIGHT` samples, and `_PARTS` steps). Where they are not, nothing waits and the network is not asked.
"""

from array import array

from micropython import const

from ...kernels import qrs_evidence_features
from ..fixed import median
from ..scratch import SIGNAL
from .filters import MASK, RING
from .uncertain_span import Doubt

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from .beat_maker import RLocator
    from .pending_beats import Places

    class EvidenceNetwork(Protocol):
        """Tells for each pair of frames written to `input` (int8, `SEEN`) whether a QRS complex lies there."""

        input: memoryview

        def run_slice(self, index: int, count: int) -> None:
            """Run one of `count` slices of the work."""

        def output(self) -> memoryview:
            """Int8, `ANSWERS`: probabilities, 1/256 each from -128 up."""


#: Frames of four samples, three figures each; answers for pairs of them.
FRAMES = const(512)
SEEN = const(1536)
ANSWERS = const(256)
_PAIR = const(8)
#: Least scale of a channel (4 µV, in what qrs_evidence_viper.py makes of it).
LEAST_SCALES = (20, 180, 8)
CHANNELS = const(3)
_EIGHTHS = const(8)
_SCALES = const(24)
_WORK = const(59)
#: Samples behind a beat that the network must see, and most that are looked at in one go.
RIGHT = const(300)
_REACH = const(750)
#: Steps of 64 ms that a look takes.
_PARTS = const(12)
#: Pairs of frames to either side of R in which a complex is looked for.
_NEAR = const(3)
#: Probabilities (of 256) under which a beat of the rules is none, and from which on there is one that they missed:
#: while noise is low (256ths of the beats' height), when rules are seldom wrong, and above.
QUIET = const(40)
LEAST_QUIET = const(5)
SURE_QUIET = const(220)
LEAST_BEAT = const(36)
SURE_BEAT = const(180)


# What a look knows: the part to be run next (`_PARTS`: none is under way), the first sample of its window, the last one
# that it is about, and the sample up to which places stay as they are.
_PART = const(0)
_ZERO = const(1)
_SEEN = const(2)
_SETTLED = const(3)


class SecondLook:
    """Reviews places of R while they wait; without a network, all stay as they are. Works in `SIGNAL`.

    While a look is under way no other network may run that works in the same memory: none begins while one does.
    """

    def __init__(self, network: "EvidenceNetwork | None", doubt: Doubt) -> None:
        self._network = network
        self._doubt = doubt
        self._work = array("i", bytes(4 * _WORK))
        self._tops = array("i", bytes(4 * _EIGHTHS))
        # in an array, because MicroPython takes ten times as long to set an attribute
        self._at = array("i", bytes(4 * 4))
        self.restart(0)

    def restart(self, first: int) -> None:
        """Signal begins at sample `first`."""
        self._at[_PART] = _PARTS
        self._at[_SETTLED] = first

    def step(self, uv: "array[int]", places: "Places", locator: "RLocator", now: int, busy: bool) -> int:
        """Go on with a look, or begin one that is due and another network is not `busy`; `uv` ends at sample `now`.

        Returns the sample up to which beats may be finished, -1 while a look is under way.
        """
        at = self._at
        ready = now - RIGHT
        if self._network is None:
            return ready
        if at[_PART] < _PARTS:
            self._network.run_slice(at[_PART], _PARTS)
            at[_PART] += 1
            if at[_PART] < _PARTS:
                return -1
            self._conclude(self._network, uv, places, locator, now)
        doubt = self._doubt
        if doubt.any:
            if not busy and ready >= min(doubt.until, doubt.since + _REACH):
                self._begin(self._network, uv, now)
                return -1
            ready = min(ready, doubt.since)
        if ready > at[_SETTLED]:
            at[_SETTLED] = ready
        return at[_SETTLED]

    def finish(self, uv: "array[int]", places: "Places", locator: "RLocator", now: int) -> None:
        """The signal has ended, and is held behind sample `now`: settle everything at once."""
        network = self._network
        if network is None:
            return
        if self._at[_PART] < _PARTS:
            self._end_look(network, uv, places, locator, now)
        while self._doubt.any and self._doubt.since < now:
            self._begin(network, uv, min(self._doubt.since + _REACH, now) + RIGHT)
            self._end_look(network, uv, places, locator, now)

    def _end_look(
        self, network: "EvidenceNetwork", uv: "array[int]", places: "Places", locator: "RLocator", now: int
    ) -> None:
        """Run all parts that are left."""
        for part in range(self._at[_PART], _PARTS):
            network.run_slice(part, _PARTS)
        self._at[_PART] = _PARTS
        self._conclude(network, uv, places, locator, now)

    def _begin(self, network: "EvidenceNetwork", uv: "array[int]", now: int) -> None:
        """Write what the network is to see: the ring as it is, ending at sample `now`."""
        at = self._at
        at[_ZERO] = now - RING
        at[_SEEN] = now - RIGHT
        at[_PART] = 0
        work = self._work
        # the first pass is for the greatest of each stretch, which the second needs
        evidence_scales(uv, at[_ZERO], work, self._tops, network.input)
        qrs_evidence_features(uv, MASK, at[_ZERO], FRAMES, work, network.input)

    def _conclude(
        self, network: "EvidenceNetwork", uv: "array[int]", places: "Places", locator: "RLocator", now: int
    ) -> None:
        """Apply the answer to what was waiting for it."""
        answer = network.output()
        at = self._at
        quiet = self._doubt.noise <= QUIET
        least = LEAST_QUIET if quiet else LEAST_BEAT
        i = 0
        while i < places.n and places.at[i] <= at[_SEEN]:
            if places.at[i] > at[_SETTLED] and self._near(answer, places.at[i]) < least:
                places.remove(i)
            else:
                i += 1
        self._add(answer, SURE_QUIET if quiet else SURE_BEAT, uv, places, locator, now)
        self._doubt.settle(at[_SEEN])
        at[_SETTLED] = max(at[_SETTLED], at[_SEEN])

    def _near(self, answer: memoryview, r: int) -> int:
        """Highest probability about sample `r`."""
        middle = (r - self._at[_ZERO]) // _PAIR
        best = 0
        for k in range(max(middle - _NEAR, 0), min(middle + _NEAR + 1, ANSWERS)):
            best = max(best, answer[k] + 128)
        return best

    def _add(
        self, answer: memoryview, sure: int, uv: "array[int]", places: "Places", locator: "RLocator", now: int
    ) -> None:
        """Add beats that the network is sure of and no other is near."""
        settled, seen, zero = self._at[_SETTLED], self._at[_SEEN], self._at[_ZERO]
        for k in range(max((settled - zero) // _PAIR, 1), (seen - zero) // _PAIR):
            here = answer[k]
            if here + 128 >= sure and here >= answer[k - 1] and here > answer[k + 1]:
                place = zero + k * _PAIR + _PAIR // 2
                if places.is_free(place):
                    r = locator.locate(uv, place, now)
                    if settled < r <= seen:
                        places.add(r)


def evidence_scales(uv: "array[int]", first: int, work: "array[int]", tops: "array[int]", out: memoryview) -> None:
    """Put into `work` the scales of the channels for the frames from sample `first` on: their usual tops.

    Eighths of the window in which a channel hardly moves, as before a signal begins, are not usual.
    """
    for channel in range(CHANNELS):
        work[_SCALES + channel] = LEAST_SCALES[channel]
    qrs_evidence_features(uv, MASK, first, FRAMES, work, out)
    for channel in range(CHANNELS):
        least = LEAST_SCALES[channel]
        n = 0
        for i in range(channel, CHANNELS * _EIGHTHS, CHANNELS):
            if work[i] > least:
                tops[n] = work[i]
                n += 1
        work[_SCALES + channel] = median(tops, n, SIGNAL) if n else least
