"""What stands below the table of `vitalband replay` about an ECG: findings, absent numbers, stretches without any."""

from __future__ import annotations

from collections import Counter

from ..replay import EcgResult, EcgWindow

_NAMES = {"hr_bpm": "HR", "pr_ms": "PR", "qrs_ms": "QRS", "qt_ms": "QT"}


def ecg_notes(ecg: EcgResult) -> list[str]:
    """Lines for people: what was found, which numbers of the table are absent, and for how long there was none."""
    found = [", ".join(_words(flag) for flag in ecg.flags)] if ecg.flags else []
    return found + _absent(ecg) + _unmeasured(ecg)


def _absent(ecg: EcgResult) -> list[str]:
    """Numbers that no window gave, by the commonest reason."""
    absent: dict[str, list[str]] = {}
    for name, label in _NAMES.items():
        if getattr(ecg.intervals, name) is None:
            reasons = Counter(window.readings[name].reason for window in ecg.windows if name in window.readings)
            reasons.pop(None, None)
            reason = reasons.most_common(1)[0][0] if reasons else ecg.intervals.reason
            absent.setdefault(_words(reason or "warming_up"), []).append(label)
    return [f"no {', '.join(labels)}: {reason}" for reason, labels in absent.items()]


def _unmeasured(ecg: EcgResult) -> list[str]:
    """For how long a record that was measured otherwise gave no number, and why: medians say nothing of it."""
    windows = list(ecg.windows)
    if windows and _is_rest(windows[-1]):
        del windows[-1]
    refused = [window for window in windows if _is_refused(window)]
    if len(refused) == len(windows):
        return []
    seconds: dict[str, float] = {}
    for window in refused:
        reason = _words(window.reason or "uncertain")
        seconds[reason] = seconds.get(reason, 0.0) + window.span_s
    longest = sorted(seconds.items(), key=lambda item: -item[1])
    spans = [f"{span:.0f} s: {reason}" for reason, span in longest if round(span)]
    return [f"no numbers for {', '.join(spans)}"] if spans else []


def _is_refused(window: EcgWindow) -> bool:
    return bool(window.readings) and all(got.value is None for got in window.readings.values())


def _is_rest(window: EcgWindow) -> bool:
    """What is left at a record's end, too short for a number."""
    return window.reason == "too_few_beats" and not window.flags


def _words(name: str) -> str:
    return name.replace("_", " ")
