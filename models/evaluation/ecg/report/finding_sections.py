"""Tables of findings and of windows."""

from __future__ import annotations

from ...core.report.section import Figures, Methods, Section, having
from ...core.report.texts import number, percent


def contrasts_table(methods: Methods) -> Section:
    """Labels separated."""
    rows = [
        (f"{method}: {name}", *_contrast_cells(score))
        for method, contrasts in having(methods, "contrasts")
        for name, score in contrasts.items()
    ]
    head = ("contrast", "positive", "negative", "AUC", "flag Se %", "flag Sp %")
    return Section("Findings: AUC of the number, sensitivity and specificity of the flag", head, rows)


def _contrast_cells(score: Figures) -> tuple[str, ...]:
    rates = (percent(score.get("sensitivity")), percent(score.get("specificity")))
    return (str(score["positive"]), str(score["negative"]), number(score.get("auc"), 3), *rates)


def window_contrasts_table(methods: Methods) -> Section:
    """How many windows of each label were refused."""
    rows = [
        (f"{method}: {name}", *(percent(fraction) for fraction in score["refused"]))
        for method, contrasts in having(methods, "contrasts")
        for name, score in contrasts.items()
        if score["unit"] == "window"
    ]
    return Section("Windows refused", ("windows refused", "positive %", "negative %"), rows)


def combined_table(methods: Methods) -> Section:
    """Labels separated by all leads of a record."""
    rows = [
        (f"{method}: {name}, {how}", *_contrast_cells(score))
        for method, contrasts in having(methods, "combined")
        for name, ways in contrasts.items()
        for how, score in ways.items()
        if score is not None
    ]
    head = ("each lead, and those of a record together", "positive", "negative", "AUC", "flag Se %", "flag Sp %")
    return Section("Each lead, and the leads of a record together", head, rows)


def windows_table(methods: Methods) -> Section:
    """How many windows were refused."""
    rows = [
        (method, str(counts["windows"]), str(counts["refused"]), percent(counts["fraction"], 2))
        for method, counts in having(methods, "windows")
    ]
    return Section("Windows of 10 s", ("windows of 10 s", "windows", "refused", "%"), rows)
