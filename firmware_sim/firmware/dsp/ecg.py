"""The ECG pipeline: converter counts in, beats and windows out, in bounded memory.

All decisions fall on fixed 64 ms steps of the sample index, so that results do not depend on block sizes.
"""

from array import array

from .ecg_beat import BeatMaker, RLocator
from .ecg_window import WindowMaker
from .filters import Conditioner, QrsFilter
from .qrs import QrsDetector
from .result import Beat, EcgWindow

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .beat_features import BeatClassifier

#: Samples worked on at a time.
_STEP = 16
#: Samples after R at which a beat is finished: its T wave and the next beat are known.
_READY = 300
#: Held samples that flush the filters.
_TAIL = 48
#: Most samples a push, and beats that can become ready in one.
PUSH_LIMIT = 1024
_QUEUE = 32


class EcgPipeline:
    """Streaming ECG analysis of one lead at 250 samples/s.

    Counts are 24-bit, 48.081 nV each; indices in results count every sample pushed, lead off or not.
    Results are reused objects: empty both queues after each push and copy what is kept.
    `classifier` names the kinds of beats that it is sure of; rules name the others.
    """

    def __init__(self, classifier: "BeatClassifier | None" = None) -> None:
        self._conditioner = Conditioner()
        self._filter = QrsFilter()
        self._detector = QrsDetector()
        self._locator = RLocator()
        self._maker = BeatMaker(classifier)
        self._windows = WindowMaker()
        self._stage = array("i", [0] * _STEP)
        self._staged = 0
        self._done = 0
        self._running = False
        self._places = array("i", [0] * _QUEUE)
        self._n_places = 0
        self._ready: "list[Beat]" = [Beat() for _ in range(_QUEUE)]
        self._first_ready = 0
        self._n_ready = 0

    def push(self, samples: "array[int]", n: int, lead_off: bool) -> None:
        """Take the first `n` (at most `PUSH_LIMIT`, else ValueError) of `samples`; `lead_off` holds for all of them."""
        if n > PUSH_LIMIT:
            raise ValueError("too many samples in one push")
        if lead_off:
            if self._running:
                self._end(True)
            self._done += n
            self._windows.pass_lead_off(self._done)
            return
        if n and not self._running:
            self._begin(samples[0])
        stage = self._stage
        staged = self._staged
        for i in range(n):
            stage[staged] = samples[i]
            staged += 1
            if staged == _STEP:
                self._step(_STEP)
                staged = 0
        self._staged = staged

    def flush(self) -> None:
        """The signal has ended: finish all beats and the window with what is there."""
        if self._running:
            self._end(False)

    def next_beat(self) -> "Beat | None":
        """The next finished beat, in order; None when there is none. Valid until the next push."""
        if not self._n_ready:
            return None
        beat = self._ready[self._first_ready]
        self._first_ready = (self._first_ready + 1) % _QUEUE
        self._n_ready -= 1
        return beat

    def next_window(self) -> "EcgWindow | None":
        """The next finished window, in order; None when there is none. Valid until the next push."""
        return self._windows.next_window()

    def _begin(self, level: int) -> None:
        first = self._done
        self._conditioner.restart(level)
        self._filter.restart()
        self._detector.restart(first)
        self._locator.restart()
        self._maker.restart(first)
        self._windows.begin(first)
        self._n_places = 0
        self._running = True

    def _step(self, n: int) -> None:
        first = self._done
        self._conditioner.block(self._stage, n, first)
        self._filter.block(self._conditioner.uv, n, first)
        self._detector.peaks.block(self._filter.energy, self._filter.low, n, first)
        self._done = first + n
        self._windows.observe(self._conditioner, self._filter.mean_energy, n)
        self._detector.decide(self._done)
        self._windows.height = self._detector.levels.beat
        self._collect()
        self._finish_beats(self._done - _READY)
        self._windows.advance(self._done)

    def _end(self, lead_off: bool) -> None:
        """Finish everything; the filters are flushed with the last level held."""
        if self._staged:
            self._step(self._staged)
            self._staged = 0
        done = self._done
        self._conditioner.hold(_TAIL, done)
        self._filter.block(self._conditioner.uv, _TAIL, done)
        self._detector.peaks.block(self._filter.energy, self._filter.low, _TAIL, done)
        self._detector.decide(done, True)
        self._collect()
        self._conditioner.hold(_READY, done)
        self._finish_beats(done)
        self._windows.end(done, lead_off)
        self._running = False

    def _collect(self) -> None:
        while True:
            place = self._detector.next_beat()
            if place is None:
                return
            r = self._locator.locate(self._conditioner.uv, self._filter.band, place)
            # two places in one complex lead to the same R
            if self._n_places and r <= self._places[self._n_places - 1]:
                continue
            if r < self._done and self._n_places < _QUEUE:
                self._places[self._n_places] = r
                self._n_places += 1

    def _finish_beats(self, until: int) -> None:
        """Finish all beats with R at or before `until`."""
        places = self._places
        count = 0
        while count < self._n_places and places[count] <= until:
            following = places[count + 1] if count + 1 < self._n_places else None
            self._finish(places[count], following)
            count += 1
        if count:
            self._n_places -= count
            for i in range(self._n_places):
                places[i] = places[i + count]

    def _finish(self, r: int, following: "int | None") -> None:
        beat = self._ready[(self._first_ready + self._n_ready) % _QUEUE]
        if self._n_ready < _QUEUE:
            self._n_ready += 1
        else:
            self._first_ready = (self._first_ready + 1) % _QUEUE
        self._maker.finish(beat, self._conditioner.uv, r, following, self._done)
        self._windows.add(beat, self._maker.matched)
