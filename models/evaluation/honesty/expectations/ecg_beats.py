"""What is expected of an ECG's beats: kinds, none where there are none, fiducials in order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from host_sdk.replay import ReplayedBeat

from ...core.matching import match
from ..result import DeviceResult
from .base import MISSED, WRONG, Expectation, Fault
from .ecg_windows import Spans

#: Fiducials in the order of time; all but R may fall together with their neighbours.
_ORDER = ("p_on", "p_peak", "p_off", "qrs_on", "r", "qrs_off", "t_on", "t_peak", "t_off")

#: The letter of a beat that was not classified, which claims nothing.
UNKNOWN = "Q"
#: From a QRS onset to about R.
_TO_R_S = 0.05


def beats_of(result: DeviceResult) -> tuple[ReplayedBeat, ...]:
    """The beats, none where there is no ECG."""
    return () if result.ecg is None else result.ecg.beats


@dataclass(frozen=True)
class InOrder(Expectation):
    """The fiducials of every beat are in order."""

    def faults(self, result: DeviceResult) -> Iterator[Fault]:
        """One for all beats together."""
        wrong = [(beat, pair) for beat in beats_of(result) if (pair := _out_of_order(beat)) is not None]
        if wrong:
            beat, (first, second) = wrong[0]
            yield Fault(WRONG, f"{first} after {second} in {len(wrong)} beats, at {beat.r:.1f} s")


def _out_of_order(beat: ReplayedBeat) -> tuple[str, str] | None:
    """The first two fiducials of a beat that are out of order."""
    there = [(name, getattr(beat, name)) for name in _ORDER if getattr(beat, name) is not None]
    for (first, earlier), (second, later) in pairwise(there):
        if later < earlier or (later == earlier and "r" in (first, second)):
            return first, second
    return None


@dataclass(frozen=True)
class NoBeats(Expectation):
    """No beats in `spans`, whose ends are given with some margin."""

    spans: Spans

    def faults(self, result: DeviceResult) -> Iterator[Fault]:
        """One for all beats together."""
        beats = beats_of(result)
        found = [beat for beat in beats if any(begin <= beat.r <= end for begin, end in self.spans)]
        if found:
            kinds = "".join(beat.kind for beat in found[:12])
            yield Fault(WRONG, f"{len(found)} beats from {found[0].r:.1f} s on where there are none: {kinds}")


@dataclass(frozen=True)
class BeatKinds(Expectation):
    """Beats have the kinds that they are: onsets with letters; `either` are letters that pass for one another."""

    beats: tuple[tuple[float, str], ...]
    either: str = ""
    holes: Spans = ()
    #: Fraction of wrong kinds, and of beats that are none, up to which nothing is said.
    tolerated: float = 0.04
    #: Fraction of ectopic or paced beats of which the kind must be found.
    found: float = 0.7

    def faults(self, result: DeviceResult) -> Iterator[Fault]:
        """Wrong kinds, beats that are none, and kinds that are missed."""
        beats = beats_of(result)
        times = np.array([beat.r for beat in beats])
        pairs = match(np.array([onset + _TO_R_S for onset, _ in self.beats]), times)
        allowed = max(1.0, self.tolerated * len(pairs))
        yield from self._called(allowed, [(self.beats[i][1], beats[j]) for i, j in pairs])
        matched = {j for _, j in pairs}
        extra = [beat.r for j, beat in enumerate(beats) if j not in matched and not self._in_hole(beat.r)]
        if len(extra) > allowed:
            yield Fault(WRONG, f"{len(extra)} beats that are none, from {extra[0]:.1f} s on")

    def _called(self, allowed: float, pairs: list[tuple[str, ReplayedBeat]]) -> Iterator[Fault]:
        """Normal beats called something else, and others not called what they are."""
        wrong = [beat for right, beat in pairs if right == "N" and not self._is_same("N", beat.kind)]
        wrong = [beat for beat in wrong if beat.kind != UNKNOWN]
        if len(wrong) > allowed:
            kinds = "".join(sorted({beat.kind for beat in wrong}))
            yield Fault(WRONG, f"{len(wrong)} of {len(pairs)} beats called {kinds}, from {wrong[0].r:.1f} s on")
        other = sum(kind != "N" for _, kind in self.beats)
        named = sum(right != "N" and self._is_same(right, beat.kind) for right, beat in pairs)
        if named < self.found * other:
            kinds = "".join(sorted({kind for _, kind in self.beats} - {"N"}))
            yield Fault(MISSED, f"{named} of {other} beats called {kinds}")

    def _is_same(self, right: str, kind: str) -> bool:
        return kind == right or (right in self.either and kind in self.either)

    def _in_hole(self, at_s: float) -> bool:
        return any(begin <= at_s <= end for begin, end in self.holes)
