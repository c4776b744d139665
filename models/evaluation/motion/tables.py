"""Tables of motion figures."""

from __future__ import annotations

from ..core.report.section import Figures, Methods, Section, having
from ..core.report.texts import ABSENT, number, percent


def alarms_table(methods: Methods) -> Section:
    """Alarms in falls and in daily life."""
    return _table(methods, "alarms", "Trials with an alarm")


def activities_table(methods: Methods) -> Section:
    """Alarms by activity."""
    return _table(methods, "activities", "Trials with an alarm, by activity")


def people_table(methods: Methods) -> Section:
    """What was right, with its interval."""
    rows = [
        (f"{method}: {name}", str(of["people"]), str(of["n"]), str(of["right"]), percent(of["fraction"]), _interval(of))
        for method, all_of in having(methods, "people")
        for name, of in all_of.items()
    ]
    return Section("By person", ("what", "people", "n", "right", "%", "95 % by person"), rows)


def stream_table(methods: Methods) -> Section:
    """Countdowns where nobody fell."""
    rows = [
        (
            f"{method}: {name}", number(of["hours"], 2), str(of["countdowns"]), number(of["an_hour"], 2),
            number(of["a_day"], 1), number(of["at_most_a_day"], 1),
        )
        for method, all_of in having(methods, "stream")
        for name, of in all_of.items()
    ]  # fmt: skip
    return Section(
        "Countdowns where nobody fell",
        ("time", "hours", "countdowns", "an hour", "a day", "at most a day (95 %)"),
        rows,
    )


def _interval(of: Figures) -> str:
    return ABSENT if of["low"] is None else f"{percent(of['low'])} to {percent(of['high'])}"


def _table(methods: Methods, figures: str, title: str) -> Section:
    rows = [(f"{method}: {name}", *_cells(score)) for method, all_of in having(methods, figures)
            for name, score in all_of.items()]  # fmt: skip
    return Section(title, ("trials", "n", "with alarm", "%", "repeated alarms", "hours"), rows)


def _cells(score: Figures) -> tuple[str, ...]:
    counts = (str(score["trials"]), str(score["alarmed"]), percent(score["fraction"]))
    return (*counts, str(score["repeated"]), number(score["hours"], 2))


TABLES = (alarms_table, people_table, stream_table, activities_table)
