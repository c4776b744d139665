"""Tables of motion figures."""

from __future__ import annotations

from ..core.report.section import Figures, Methods, Section, having
from ..core.report.texts import number, percent


def alarms_table(methods: Methods) -> Section:
    """Alarms in falls and in daily life."""
    return _table(methods, "alarms", "Trials with an alarm")


def activities_table(methods: Methods) -> Section:
    """Alarms by activity."""
    return _table(methods, "activities", "Trials with an alarm, by activity")


def _table(methods: Methods, figures: str, title: str) -> Section:
    rows = [(f"{method}: {name}", *_cells(score)) for method, all_of in having(methods, figures)
            for name, score in all_of.items()]  # fmt: skip
    return Section(title, ("trials", "n", "with alarm", "%", "repeated alarms", "hours"), rows)


def _cells(score: Figures) -> tuple[str, ...]:
    counts = (str(score["trials"]), str(score["alarmed"]), percent(score["fraction"]))
    return (*counts, str(score["repeated"]), number(score["hours"], 2))


TABLES = (alarms_table, activities_table)
