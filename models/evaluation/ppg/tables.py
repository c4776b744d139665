"""Tables of PPG figures."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..core.report.printing import ALL
from ..core.report.section import Methods, Section, having
from ..core.report.texts import ABSENT, number, percent, signed
from ..core.risk_coverage import COVERAGES
from .rhythm import AGAINST
from .truth import TOLERANCES, UNITS

#: Kinds of other rhythms, each with its share that is wrongly suspected.
_KINDS = ("sinus", "ectopy", "tachycardia")


def readings_table(methods: Methods) -> Section:
    """Errors of each reading, and what was refused."""
    rows = [
        (
            *(
                name,
                str(figures["n"]),
                number(figures["mae"], 2),
                signed(figures["bias"], 2),
                number(figures["p95"], 2),
            ),
            percent(figures["refused_fraction"]),
        )
        for name, _, figures in _readings(methods)
    ]
    return Section("Readings against the reference", ("reading", "n", "MAE", "bias", "p95", "refused %"), rows)


def agreement_table(methods: Methods) -> Section:
    """How near the answers are, in the terms of the standards for pulse meters and oximeters."""
    rows = [
        (
            *(name, str(figures["people"]), f"{percent(figures['within'])} ({TOLERANCES[reading]:g})"),
            *(percent(figures["mape"]), number(figures["arms"], 2), _limits(figures["agreement"])),
            percent(figures["inside"]),
        )
        for name, reading, figures in _readings(methods)
    ]
    head = ("reading", "people", "within %", "MAPE %", "Arms", "limits of agreement", "within u95 %")
    return Section("Agreement of what was answered", head, rows)


def risk_table(methods: Methods) -> Section:
    """Mean absolute error when the least certain answers are left out."""
    rows = [
        (name, *(number(figures["risk"][str(percent_answered)], 2) for percent_answered in COVERAGES))
        for name, _, figures in _readings(methods)
        if figures["risk"]
    ]
    head = ("MAE where so many % are answered", *(str(percent_answered) for percent_answered in COVERAGES))
    return Section("Risk and coverage, by expanded uncertainty", head, rows)


def constant_table(methods: Methods) -> Section:
    """What the reference is worth: the error of always giving its median."""
    first = dict(list(methods.items())[:1])
    rows = [
        (f"{reading}, {UNITS[reading]}", number(figures["constant"]["value"]), number(figures["constant"]["mae"], 2))
        for _, reading, figures in _readings(first)
    ]
    return Section("A constant answer", ("reading", "always", "MAE"), rows)


def activity_table(methods: Methods) -> Section:
    """Errors, refusals and what the uncertainty holds, by what the wearer did."""
    rows = [
        (
            *(f"{name}, {activity}", str(of["n"]), number(of["mae"], 2), percent(of["refused_fraction"])),
            *(percent(of["within"]), percent(of["inside"])),
        )
        for name, _, figures in _readings(methods)
        for activity, of in figures["activities"].items()
    ]
    return Section("By activity", ("reading", "n", "MAE", "refused %", "within %", "within u95 %"), rows)


def left_out_table(methods: Methods) -> Section:
    """The device with networks that never saw the people of a data set that its own learned from."""
    first = dict(list(methods.items())[:1])
    rows = [
        (
            *(f"{reading}, {UNITS[reading]}", f"{found['windows']:.0f}", number(found["mae"], 2)),
            *(number(found[name]) for name in ("refused_percent", "within_percent", "inside_percent")),
        )
        for _, readings in having(first, "left_out")
        for reading, found in readings.items()
    ]
    head = ("reading", "windows", "MAE", "refused %", "within %", "within u95 %")
    return Section("The same by networks that never saw these people", head, rows)


def rhythm_table(methods: Methods) -> Section:
    """How well fibrillation is told from other rhythms, over all segments and by person."""
    rows = [
        (
            f"{method}: {person}",
            *(number(figures["auc"][name], 3) for name in AGAINST),
            percent(figures["suspected"]),
            *(percent(figures["wrongly_suspected"][name]) for name in _KINDS),
            f"{figures['n']} + {figures['refused']}",
        )
        for method, found in having(methods, "fibrillation")
        for person, figures in found["rows"].items()
    ]
    of = (f"of {name} %" for name in _KINDS)
    head = ("person", *(f"AUC {name}" for name in AGAINST), "suspected %", *of, "n + refused")
    return Section("Fibrillation against other rhythms", head, rows)


def rhythms_table(methods: Methods) -> Section:
    """How many segments of each rhythm are suspected of fibrillation, and of how many nothing was said."""
    rows = [
        (f"{method}: {rhythm}", str(of["n"]), str(of["refused"]), percent(of["suspected"]))
        for method, found in having(methods, "fibrillation")
        for rhythm, of in found["rows"][ALL]["rhythms"].items()
        if of["n"] + of["refused"]
    ]
    return Section("Segments by their rhythm", ("rhythm", "n", "refused", "suspected %"), rows)


def calibration_table(methods: Methods) -> Section:
    """What a calibration line fitted to the same recordings is worth on those that it never saw."""
    rows = [
        (
            *(f"{method}: left one {found['left_out']['by']} out", str(found["people"]), str(found["pairs"])),
            *(number(found["fitted"]["arms"], 2), number(found["left_out"]["arms"], 2)),
            signed(found["left_out"]["bias"], 2),
            f"{found['coefficients_percent'][0]:.1f} {found['coefficients_percent'][1]:+.1f} R",
        )
        for method, found in having(methods, "calibration")
    ]
    head = ("line", "people", "pairs", "Arms fitted", "left out", "bias", "SpO2 in %")
    return Section("SpO2 by a line of these recordings", head, rows)


def _readings(methods: Methods) -> Iterator[tuple[str, str, Any]]:
    """What a row is called, the reading, its figures."""
    for method, readings in having(methods, "readings"):
        for reading, figures in readings.items():
            yield f"{method}: {reading}, {UNITS[reading]}", reading, figures


def _limits(limits: list[float] | None) -> str:
    return ABSENT if limits is None else " to ".join(signed(limit, 1) for limit in limits)


TABLES = (
    readings_table,
    activity_table,
    left_out_table,
    agreement_table,
    risk_table,
    constant_table,
    rhythm_table,
    rhythms_table,
    calibration_table,
)
