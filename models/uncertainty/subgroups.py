"""Whom the coverage is told apart for: lead, noise, rhythm, conduction, age, sex."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from models.ecg_delineator.groups import GROUPS

from .windows import Answer

#: Fewer answers say nothing of a 95th percentile.
_MIN_ANSWERS = 60


def subgroups(answers: Sequence[Answer]) -> Iterator[tuple[str, list[int]]]:
    """Name and positions of the answers of each subgroup that is large enough."""
    yield "all", list(range(len(answers)))
    for of in (_lead, _noise):
        for name in dict.fromkeys(of(answer) for answer in answers):
            yield name, [i for i, answer in enumerate(answers) if of(answer) == name]
    for name, belongs in GROUPS.items():
        if name.startswith(("LUDB", "QTDB")):
            continue
        chosen = [i for i, answer in enumerate(answers) if belongs(answer)]
        if len(chosen) >= _MIN_ANSWERS:
            yield name, chosen


def _lead(answer: Answer) -> str:
    return f"{answer.record.split('/')[0].upper()} {answer.channel}"


def _noise(answer: Answer) -> str:
    return f"noise: {answer.noise}"
