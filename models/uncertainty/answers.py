"""`answers.csv`: clean windows of people whom no network saw, what the device knew of them, and how far it erred."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence

from . import ANSWERS
from .windows import CLEAN, Answer

_HEAD = ("fold", "record", "channel", "interval", "edges_q3", "spread", "lost", "rr_ms", "n", "error_tenths_ms")
#: Windows of a lead that are kept at most, evenly spread: the others say the same again.
_MOST_WINDOWS = 4


def write_answers(folds: Mapping[int, Sequence[Answer]]) -> None:
    """Write those without noise."""
    with ANSWERS.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(_HEAD)
        for fold, answers in folds.items():
            for answer in _chosen([answer for answer in answers if answer.noise == CLEAN]):
                error = round(10 * answer.error_ms)
                writer.writerow((fold, answer.record, answer.channel, answer.interval, *answer.known, error))


def _chosen(answers: Sequence[Answer]) -> list[Answer]:
    """Some of each lead and interval."""
    of_lead: dict[tuple[str, str, str], list[Answer]] = {}
    for answer in answers:
        of_lead.setdefault((answer.record, answer.channel, answer.interval), []).append(answer)
    return [each for all_of in of_lead.values() for each in all_of[:: -(-len(all_of) // _MOST_WINDOWS)]]


def read_answers() -> list[Answer]:
    """All of the file, in order."""
    with ANSWERS.open(newline="", encoding="utf-8") as file:
        return [_answer(row) for row in csv.DictReader(file)]


def _answer(row: Mapping[str, str]) -> Answer:
    known = tuple(int(row[name]) for name in _HEAD[4:9])
    error_ms = int(row["error_tenths_ms"]) / 10
    return Answer(row["record"], row["channel"], CLEAN, row["interval"], known, error_ms)
