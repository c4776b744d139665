"""Falls that were noticed, and alarms where nobody fell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from host_sdk.replay import ReplayedEvent

from ..core.dataset import Scored
from ..core.report.printing import ALL

#: Kinds of events that raise the alarm.
ALARMS = ("fall", "accident")
SHOWN = 20


@dataclass(frozen=True)
class Trial:
    """What is known of a trial: its activity, whether somebody falls in it, and its length."""

    code: str
    is_fall: bool
    length_s: float


def score_trial(trial: Trial, events: Sequence[ReplayedEvent]) -> dict[str, Any]:
    """Alarms of one trial."""
    alarms = sum(event.kind in ALARMS for event in events)
    return {"code": trial.code, "is_fall": trial.is_fall, "seconds": trial.length_s, "alarms": alarms}


def summarise(records: Sequence[Scored]) -> dict[str, Any]:
    """Trials and alarmed trials of falls, of daily life and of each activity; alarms beyond the first of a trial."""
    scores = [record["scores"] for record in records]
    codes = sorted({score["code"] for score in scores})
    sides = {name: [s for s in scores if s["is_fall"] is is_fall] for name, is_fall in _SIDES.items()}
    by_code = {code: _counts([score for score in scores if score["code"] == code]) for code in codes}
    return {
        ALL: {
            "alarms": {name: _counts(side) for name, side in sides.items() if side},
            "activities": by_code,
        }
    }


_SIDES = {"falls": True, "daily life": False}


def _counts(scores: Sequence[dict[str, Any]]) -> dict[str, Any]:
    alarmed = sum(bool(score["alarms"]) for score in scores)
    return {
        "trials": len(scores),
        "alarmed": alarmed,
        "fraction": round(alarmed / len(scores), 6),
        "repeated": sum(max(0, score["alarms"] - 1) for score in scores),
        "hours": round(sum(score["seconds"] for score in scores) / 3600, 3),
    }


def worst(records: Sequence[Scored]) -> list[dict[str, Any]]:
    """Alarms where nobody fell, then falls that were missed."""
    wrong = [record for record in records if bool(record["scores"]["alarms"]) is not record["scores"]["is_fall"]]
    ranked = sorted(wrong, key=lambda record: (record["scores"]["is_fall"], record["record"]))
    said = {True: "fall missed", False: "false alarm"}
    return [
        {"record": record["record"], "group": record["group"], "wrong": said[record["scores"]["is_fall"]]}
        for record in ranked[:SHOWN]
    ]
