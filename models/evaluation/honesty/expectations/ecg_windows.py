"""What is expected of ECG windows: findings, reasons, nothing at all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from host_sdk.replay import EcgWindow, WindowReading

from ..result import DeviceResult
from .base import INVENTED, MAX_UNCERTAIN_QUALITY, MISSED, WRONG, Expectation, Fault

#: Begin and end of stretches in s.
Spans = tuple[tuple[float, float], ...]
EVER: Spans = ((-1e9, 1e9),)
#: A window is whole from here on (s): filters and the end of a record may take some samples.
WHOLE_WINDOW_S = 9.9
INTERVALS = ("pr_ms", "qrs_ms", "qt_ms")
_DERIVED = ("qtc_bazett_ms", "qtc_fridericia_ms", "qtc_framingham_ms", "qtc_hodges_ms")
#: Findings of the rate alone, which `Rate` judges.
RATE_FINDINGS = frozenset({"bradycardia", "tachycardia"})
#: Findings that say that the ventricles stand still.
STANDSTILL = ("pause", "asystole")


def windows_of(result: DeviceResult) -> tuple[EcgWindow, ...]:
    """The windows, none where there is no ECG."""
    return () if result.ecg is None else result.ecg.windows


def begin_of(window: EcgWindow) -> float:
    """When a window begins."""
    return window.t - window.span_s


def is_whole(window: EcgWindow) -> bool:
    """Whether a window has its ten seconds."""
    return window.span_s >= WHOLE_WINDOW_S


def lies_in(window: EcgWindow, spans: Spans, slack_s: float = 0.0) -> bool:
    """Whether a window lies wholly in one of the stretches, `slack_s` more allowed at both ends."""
    return any(begin - slack_s <= begin_of(window) and window.t <= end + slack_s for begin, end in spans)


def meets(window: EcgWindow, spans: Spans) -> bool:
    """Whether a window has a part in one of the stretches."""
    return any(begin_of(window) < end and begin < window.t for begin, end in spans)


def at(window: EcgWindow) -> str:
    """A window in words."""
    return f"{begin_of(window):.0f} to {window.t:.0f} s"


def reading(window: EcgWindow, name: str) -> WindowReading:
    """A reading of a window, refused where it was not sent."""
    return window.readings.get(name) or WindowReading(None, 0, None)


def is_claimed(got: WindowReading) -> bool:
    """Whether a number is given of more than a doubted quality."""
    return got.value is not None and got.quality > MAX_UNCERTAIN_QUALITY


def is_plain(got: WindowReading) -> bool:
    """Whether a number is claimed without a caution."""
    return is_claimed(got) and got.reason is None


@dataclass(frozen=True)
class Finding(Expectation):
    """One of `names` in a window that meets `spans`; in each whole window inside where `each`."""

    names: tuple[str, ...]
    spans: Spans = EVER
    each: bool = False

    def faults(self, result: DeviceResult) -> Iterator[Fault]:
        """One where it is missed."""
        windows = [window for window in windows_of(result) if meets(window, self.spans)]
        if not any(set(self.names) & set(window.flags) for window in windows):
            yield Fault(MISSED, f"{' or '.join(self.names)} was not reported")
        elif self.each:
            inside = [window for window in windows if is_whole(window) and lies_in(window, self.spans, 0.5)]
            without = [window for window in inside if not set(self.names) & set(window.flags)]
            for window in without[:1]:
                yield Fault(MISSED, f"{' or '.join(self.names)} was not reported of {at(window)}")


@dataclass(frozen=True)
class OnlyFindings(Expectation):
    """No other findings than `names` in windows that lie in `spans`; the rate's own are not judged here."""

    names: tuple[str, ...] = ()
    spans: Spans = EVER

    def faults(self, result: DeviceResult) -> Iterator[Fault]:
        """One for each finding that is not so."""
        windows = [window for window in windows_of(result) if lies_in(window, self.spans)]
        yield from _other_findings(windows, (*self.names, *RATE_FINDINGS))


@dataclass(frozen=True)
class NoFinding(Expectation):
    """None of `names` in windows that meet `spans`."""

    names: tuple[str, ...]
    spans: Spans = EVER

    def faults(self, result: DeviceResult) -> Iterator[Fault]:
        """One for each finding that is not so."""
        for name in self.names:
            found = [window for window in windows_of(result) if meets(window, self.spans) and name in window.flags]
            for window in found[:1]:
                yield Fault(WRONG, f"{name} was reported of {at(window)}")


@dataclass(frozen=True)
class Reason(Expectation):
    """Whole windows in `spans` are refused, with one of `names`."""

    names: tuple[str, ...]
    spans: Spans

    def faults(self, result: DeviceResult) -> Iterator[Fault]:
        """One for the first window with another result."""
        inside = [window for window in windows_of(result) if is_whole(window) and lies_in(window, self.spans, 0.2)]
        for window in [window for window in inside if window.reason not in self.names][:1]:
            yield Fault(MISSED, f"{' or '.join(self.names)} was not the reason of {at(window)}: {window.reason}")


@dataclass(frozen=True)
class Nothing(Expectation):
    """No number above the doubted quality, no interval at all, no finding, in windows that lie in `spans`."""

    spans: Spans = EVER
    slack_s: float = 0.2
    #: Findings that may be there all the same.
    findings: tuple[str, ...] = ()

    def faults(self, result: DeviceResult) -> Iterator[Fault]:
        """One for the first of each kind."""
        windows = [window for window in windows_of(result) if lies_in(window, self.spans, self.slack_s)]
        for name in ("hr_bpm", "rr_ms"):
            for window in [window for window in windows if is_claimed(reading(window, name))][:1]:
                got = reading(window, name)
                yield Fault(INVENTED, f"{name} {got.value:g} at quality {got.quality} of {at(window)}")
        for name in (*INTERVALS, *_DERIVED):
            for window in [window for window in windows if reading(window, name).value is not None][:1]:
                got = reading(window, name)
                yield Fault(INVENTED, f"{name} {got.value:g} at quality {got.quality} of {at(window)}")
        yield from _other_findings(windows, self.findings)


def _other_findings(windows: list[EcgWindow], allowed: tuple[str, ...]) -> Iterator[Fault]:
    """One for each finding of these windows that is not allowed."""
    found = {flag: window for window in reversed(windows) for flag in window.flags}
    for flag in sorted(set(found) - set(allowed)):
        yield Fault(WRONG, f"{flag} was reported of {at(found[flag])}")
