"""The tables of card.md, from metrics.json."""

from __future__ import annotations

from typing import Any

from models.common.tables import interval, percent, replace, table
from models.evaluation.ecg.beat_kinds import KINDS

from . import paths

_CARD = paths.card
_TITLES = {
    "rule": "rules (no network)",
    "float": "network, float",
    "int8": "network, int8",
    "device": "device: int8, rules where unsure",
}
_MEASURES = ("Se", "PPV", "F1")


def write_card(metrics: dict[str, Any]) -> None:
    """Put all tables into card.md."""
    replace(_CARD, "scores", _scores(metrics["all"]))
    replace(_CARD, "subgroups", _subgroups(metrics["subgroups"]))
    replace(_CARD, "records", _subgroups(_with_rare_beats(metrics["records"])))
    replace(_CARD, "paced", _paced(metrics["paced"]))
    replace(
        _CARD, "distance", table(list(metrics["float_to_int8"]), [[str(v) for v in metrics["float_to_int8"].values()]])
    )


def _scores(scores: dict[str, Any]) -> str:
    rows = [
        [title, kind, *(interval(scores[method][kind][measure.lower()]) for measure in _MEASURES)]
        for kind in KINDS
        for method, title in _TITLES.items()
    ]
    return table(["", "kind", *(f"{measure} %" for measure in _MEASURES)], rows)


def _subgroups(groups: dict[str, Any]) -> str:
    head = ["", "beats N / S / V", *(f"{m} % {k}, rules → device" for k in KINDS[1:] for m in ("Se", "PPV"))]
    rows = []
    for name, group in groups.items():
        cells = [
            f"{percent(group['rule'][row][kind])} → {percent(group['device'][row][kind])}"
            for kind in range(1, len(KINDS))
            for row in (0, 1)
        ]
        rows.append([name, " / ".join(str(n) for n in group["beats"]), *cells])
    return table(head, rows)


def _with_rare_beats(records: dict[str, Any]) -> dict[str, Any]:
    """Recordings with ten beats or more that are not normal; metrics.json has the others."""
    return {name: group for name, group in records.items() if sum(group["beats"][1:]) >= 10}


def _paced(paced: dict[str, Any]) -> str:
    names = (*KINDS, "none")
    rows = [
        [record, _TITLES[method], *(str(counts[method][name]) for name in names)]
        for record, counts in paced.items()
        for method in ("rule", "device")
    ]
    return table(["", "", *names], rows)
