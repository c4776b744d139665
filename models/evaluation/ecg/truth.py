"""What is known of a lead, and what a method said of it: plain data, times in seconds from the record's start."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from host_sdk.models import Beat
from host_sdk.replay import EcgWindow

#: Begin and end of each stretch, in order, without overlap.
Spans = tuple[tuple[float, float], ...]

#: The scope of the standard's figures.
EC57_SCOPE = "from 5 min, without ventricular flutter (EC57)"
#: What a method may report besides R peaks: fiducials with intervals; kinds of beats, flags and quality of windows.
WAVES, FINDINGS = "waves", "findings"
_R_INDEX = Beat.FIDUCIALS.index("qrs_off")
#: The fiducials of a beat on the wire, and R, in the order of time.
FIDUCIALS = (*Beat.FIDUCIALS[:_R_INDEX], "r", *Beat.FIDUCIALS[_R_INDEX:])
#: First and last fiducial of each interval.
INTERVALS = {"pr": ("p_on", "qrs_on"), "qrs": ("qrs_on", "qrs_off"), "qt": ("qrs_on", "t_off")}


@dataclass(frozen=True)
class Marks:
    """One beat: R and, where they were marked, its other fiducials; `kind` is a letter of the annotation code."""

    r: float
    p_on: float | None = None
    p_peak: float | None = None
    p_off: float | None = None
    qrs_on: float | None = None
    qrs_off: float | None = None
    t_on: float | None = None
    t_peak: float | None = None
    t_off: float | None = None
    kind: str = "N"

    def interval_ms(self, name: str) -> float | None:
        """PR, QRS or QT of this beat; None where one of its ends is not marked."""
        first, last = (getattr(self, end) for end in INTERVALS[name])
        return None if first is None or last is None else 1000 * (last - first)

    @property
    def marked(self) -> dict[str, float]:
        """The fiducials that are there, by name."""
        times = {name: getattr(self, name) for name in FIDUCIALS}
        return {name: time for name, time in times.items() if time is not None}


def median_intervals_ms(beats: Sequence[Marks]) -> dict[str, float | None]:
    """Medians of PR, QRS and QT over beats, in ms; None where no beat has both ends."""
    found: dict[str, float | None] = {}
    for name in INTERVALS:
        values = [value for beat in beats if (value := beat.interval_ms(name)) is not None]
        found[name] = statistics.median(values) if values else None
    return found


@dataclass(frozen=True)
class Peak:
    """An annotated beat: time of R, and its kind `N`, `S`, `V`, `/` (paced) or `other`."""

    t: float
    kind: str
    #: The letter of the annotation code, where there is one.
    code: str = ""


@dataclass(frozen=True)
class Truth:
    """What experts said of a lead; parts that nobody marked are empty."""

    #: Beats with their fiducials.
    waves: tuple[Marks, ...] = ()
    #: Whether these are all beats between the first and the last of them.
    every_beat: bool = True
    #: The same beats or some of them by a second expert.
    second: tuple[Marks, ...] = ()
    #: All beats of the record.
    peaks: tuple[Peak, ...] = ()
    #: Where beats are judged, by name; the first is the one that counts.
    scopes: Mapping[str, Spans] = field(default_factory=dict)
    #: All P peaks of the record; None where nobody marked them.
    p_peaks: tuple[float, ...] | None = None
    fibrillation: Spans = ()
    #: Stretches that somebody labelled, by label: windows that lie in them are judged.
    stretches: Mapping[str, Spans] = field(default_factory=dict)
    #: Labels of the whole record.
    labels: frozenset[str] = frozenset()
    paced: bool = False


@dataclass(frozen=True)
class RecordIntervals:
    """A record's intervals and heart rate; None where a method gives none."""

    pr_ms: float | None = None
    qrs_ms: float | None = None
    qt_ms: float | None = None
    hr_bpm: float | None = None

    def of(self, name: str) -> float | None:
        """The interval that INTERVALS has by this name."""
        value: float | None = getattr(self, f"{name}_ms")
        return value


@dataclass(frozen=True)
class MethodResult:
    """What a method reported of a lead."""

    beats: tuple[Marks, ...]
    intervals: RecordIntervals = RecordIntervals()
    flags: tuple[str, ...] = ()
    windows: tuple[EcgWindow, ...] = ()
    #: Why there is nothing in it, where the method broke down.
    note: str | None = None


#: A window is whole from here on (s): the chip's filters and the end of a record may take some samples.
WHOLE_WINDOW_S = 9.9


def is_whole(window: EcgWindow) -> bool:
    """Whether a window has its ten seconds; what a record ends with has less."""
    return window.span_s >= WHOLE_WINDOW_S


def inside(time: float, spans: Spans) -> bool:
    """Whether a time lies in one of the spans, ends included."""
    return any(begin <= time <= end for begin, end in spans)


def without(spans: Spans, holes: Spans) -> Spans:
    """What is left of the spans outside the holes."""
    for hole_begin, hole_end in holes:
        cut = []
        for begin, end in spans:
            if hole_end <= begin or end <= hole_begin:
                cut.append((begin, end))
                continue
            cut += [(a, b) for a, b in ((begin, hole_begin), (hole_end, end)) if a < b]
        spans = tuple(cut)
    return spans


def overlap_s(begin: float, end: float, spans: Spans) -> float:
    """Seconds of [begin, end] that lie in the spans."""
    return sum(max(0.0, min(end, b) - max(begin, a)) for a, b in spans)


def runs(flags: Iterable[bool], fs: float) -> Spans:
    """Stretches in which the flags, one a sample at `fs` Hz, are set."""
    found: list[tuple[float, float]] = []
    begun: int | None = None
    length = 0
    for index, flag in enumerate(flags):
        length = index + 1
        if flag and begun is None:
            begun = index
        elif not flag and begun is not None:
            found.append((begun / fs, index / fs))
            begun = None
    return (*found, *(() if begun is None else ((begun / fs, length / fs),)))
