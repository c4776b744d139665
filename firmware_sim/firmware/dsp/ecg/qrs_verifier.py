"""Verification of uncertain beats: the network qrs_evidence sees eight seconds at once and finds QRS complexes.

The rules of qrs.py see amplitudes, slopes and intervals, which electrode motion and muscle noise have as well. Where
they are uncertain, beats wait until the network has seen them with 1.2 s of signal behind them, at most 5 s
(`_REACH_SAMPLES`, `RIGHT_SAMPLES` and `_SLICES` steps). Elsewhere nothing waits and the network does not run.
"""

from array import array

import micropython
from micropython import const

from ...kernels import qrs_evidence_features
from ..fixed import median
from ..scratch import SHAPE, SIGNAL
from ..scratch_use import works_in
from .filters import MASK, RING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from .arena import Arena
    from .pending_beats import PendingBeats
    from .r_locator import RLocator
    from .uncertain_span import UncertainSpan

    class QrsEvidenceNetwork(Protocol):
        """For each pair of frames in `input` (int8, `FEATURES`): does a QRS complex lie there?"""

        input: memoryview

        @property
        def arena(self) -> Arena:
            """Acquired before `input` is written, released after the output was read."""

        def run_slice(self, index: int, count: int) -> None:
            """Run one of `count` slices."""

        def output(self) -> memoryview:
            """Int8, `OUTPUTS`: probabilities, 1/256 each from -128 up."""


_RATE_HZ = const(250)  # frontends.ecg: RATE_HZ
#: Frames of four samples, three features each; outputs for pairs of them.
FRAMES = const(512)
FEATURES = const(1536)
OUTPUTS = const(256)
_PAIR_SAMPLES = const(8)
#: Minimum scale of a channel (4 µV, in what qrs_evidence_viper.py makes of it).
MIN_SCALES = (20, 180, 8)
CHANNELS = const(3)
_EIGHTHS = const(8)
#: Of the kernel's work memory of 59 words: index of the scales.
_SCALES = const(24)
#: Signal behind a beat that the network must see (1.2 s), and the most that is verified in one go (3 s).
RIGHT_SAMPLES = const(_RATE_HZ * 1200 // 1000)
_REACH_SAMPLES = const(_RATE_HZ * 3000 // 1000)
#: Steps of 64 ms that a verification takes: a slice of the inference each.
_SLICES = const(12)
#: Pairs of frames to either side of R in which a complex is looked for.
_R_REACH_PAIRS = const(3)
#: Probabilities (Q8) under which a beat of the rules is none, while noise (by the amplitude of beats, Q8) is low and
#: above; from which on there is one that they missed; and how many of these, and of theirs that have as much, are kept.
QUIET_NOISE_Q8 = const(40)
MIN_QUIET_Q8 = const(26)
MIN_BEAT_Q8 = const(64)
SURE_Q8 = const(180)
_SURE_BEATS = const(16)

# Indices of the state: the slice to be run next (`_SLICES`: no verification is under way), the first sample of its
# window, the last one that it decides, and the sample up to which beats stay as they are.
_SLICE = const(0)
_FIRST = const(1)
_LAST = const(2)
_RESOLVED = const(3)


class QrsVerifier:
    """Verifies pending beats; without a network, all stay as they are. Works in `SIGNAL` and `SHAPE`.

    While a verification is under way it owns the network's arena, and it begins only when that is free.
    """

    def __init__(
        self,
        network: "QrsEvidenceNetwork | None",
        uncertain: "UncertainSpan",
        pending: "PendingBeats",
        locator: "RLocator",
    ) -> None:
        self._network = network
        self._uncertain = uncertain
        self._pending = pending
        self._locator = locator
        self._maxima = array("i", bytes(4 * _EIGHTHS))
        self._state = array("i", bytes(4 * 4))
        self._sure = array("i", bytes(4 * _SURE_BEATS))
        self._sure_at = 0
        self.restart(0)

    def restart(self, first: int) -> None:
        """Signal begins at sample `first`; a verification under way is given up."""
        self._state[_SLICE] = _SLICES
        self._state[_RESOLVED] = first
        for i in range(_SURE_BEATS):
            self._sure[i] = -1
        if self._network is not None:
            self._network.arena.release(self)

    @micropython.native
    def step(self, uv: "array[int]", now: int) -> int:
        """Run a slice, or begin a verification that is due when the arena is free; `uv` ends before sample `now`.

        Returns the sample up to which beats may be finished, -1 while a verification is under way.
        """
        network = self._network
        state = self._state
        ready = now - RIGHT_SAMPLES
        if network is None:
            return ready
        if state[_SLICE] < _SLICES:
            network.run_slice(state[_SLICE], _SLICES)
            state[_SLICE] += 1
            if state[_SLICE] < _SLICES:
                return -1
            self._conclude(network, uv, now)
        span = self._uncertain
        if span.any:
            if ready >= min(span.end, span.begin + _REACH_SAMPLES) and network.arena.is_free():
                self._begin(network, uv, now)
                return -1
            ready = min(ready, span.begin)
        if ready > state[_RESOLVED]:
            state[_RESOLVED] = ready
        return state[_RESOLVED]

    def finish(self, uv: "array[int]", now: int) -> None:
        """The signal has ended, and is held behind sample `now`: verify everything at once; the arena must be free."""
        network = self._network
        if network is None:
            return
        if self._state[_SLICE] < _SLICES:
            self._run_rest(network, uv, now)
        span = self._uncertain
        while span.any and span.begin < now:
            self._begin(network, uv, min(span.begin + _REACH_SAMPLES, now) + RIGHT_SAMPLES)
            self._run_rest(network, uv, now)

    def _run_rest(self, network: "QrsEvidenceNetwork", uv: "array[int]", now: int) -> None:
        """Run all slices that are left, and conclude."""
        for index in range(self._state[_SLICE], _SLICES):
            network.run_slice(index, _SLICES)
        self._state[_SLICE] = _SLICES
        self._conclude(network, uv, now)

    @works_in("SHAPE")
    def _begin(self, network: "QrsEvidenceNetwork", uv: "array[int]", now: int) -> None:
        """Write the network's input: the ring as it is, ending before sample `now`."""
        network.arena.acquire(self)
        state = self._state
        state[_FIRST] = now - RING
        state[_LAST] = now - RIGHT_SAMPLES
        state[_SLICE] = 0
        # the first pass is for the maximum of each stretch, which the second needs
        write_scales(uv, state[_FIRST], SHAPE, self._maxima, network.input)
        qrs_evidence_features(uv, MASK, state[_FIRST], FRAMES, SHAPE, network.input)

    def _conclude(self, network: "QrsEvidenceNetwork", uv: "array[int]", now: int) -> None:
        """Remove and add pending beats by the network's output."""
        output = network.output()
        state = self._state
        pending = self._pending
        quiet = self._uncertain.noise_q8 <= QUIET_NOISE_Q8
        threshold = MIN_QUIET_Q8 if quiet else MIN_BEAT_Q8
        i = 0
        while i < pending.n and pending.r[i] <= state[_LAST]:
            r = pending.r[i]
            i += 1
            if r <= state[_RESOLVED]:
                continue
            probability = self._probability(output, r)
            if probability < threshold:
                i -= 1
                pending.remove(i)
            elif probability >= SURE_Q8:
                self._keep_sure(r)
        self._add(output, uv, now)
        network.arena.release(self)
        self._uncertain.resolve(state[_LAST])
        state[_RESOLVED] = max(state[_RESOLVED], state[_LAST])

    def _probability(self, output: memoryview, r: int) -> int:
        """Highest probability (Q8) of a QRS complex about sample `r`."""
        middle = (r - self._state[_FIRST]) // _PAIR_SAMPLES
        best = 0
        for k in range(max(middle - _R_REACH_PAIRS, 0), min(middle + _R_REACH_PAIRS + 1, OUTPUTS)):
            best = max(best, output[k] + 128)
        return best

    def is_sure(self, r: int) -> bool:
        """Did the network see the complex at sample `r`, beyond doubt?"""
        sure = False
        for i in range(_SURE_BEATS):
            sure = sure or self._sure[i] == r
        return sure

    def _keep_sure(self, r: int) -> None:
        self._sure[self._sure_at] = r
        self._sure_at = (self._sure_at + 1) % _SURE_BEATS

    def _add(self, output: memoryview, uv: "array[int]", now: int) -> None:
        """Add beats where the probability peaks and is sure, and no other is near."""
        state = self._state
        resolved, last, first = state[_RESOLVED], state[_LAST], state[_FIRST]
        for k in range(max((resolved - first) // _PAIR_SAMPLES, 1), (last - first) // _PAIR_SAMPLES):
            here = output[k]
            if here + 128 >= SURE_Q8 and here >= output[k - 1] and here > output[k + 1]:
                index = first + k * _PAIR_SAMPLES + _PAIR_SAMPLES // 2
                if self._pending.is_free(index) and not self._uncertain.is_ruled_out(index):
                    r = self._locator.locate(uv, index, now)
                    if resolved < r <= last:
                        self._pending.add(r)
                        self._keep_sure(r)


@works_in("SIGNAL")
def write_scales(uv: "array[int]", first: int, work: "array[int]", maxima: "array[int]", out: memoryview) -> None:
    """Put into `work` the scales of the channels for the frames from sample `first` on: medians of their maxima.

    Eighths of the window in which a channel hardly moves, as before a signal begins, do not count. Works in `SIGNAL`.
    """
    for channel in range(CHANNELS):
        work[_SCALES + channel] = MIN_SCALES[channel]
    qrs_evidence_features(uv, MASK, first, FRAMES, work, out)
    for channel in range(CHANNELS):
        smallest = MIN_SCALES[channel]
        n = 0
        for i in range(channel, CHANNELS * _EIGHTHS, CHANNELS):
            if work[i] > smallest:
                maxima[n] = work[i]
                n += 1
        work[_SCALES + channel] = median(maxima, n, SIGNAL) if n else smallest
