"""The tables of card.md, from metrics.json."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from models.common.tables import number, percent, replace, table

from . import paths
from .edges import EDGES
from .intervals import INTERVALS

_CARD = paths.card


def write_card(metrics: Mapping[str, Any]) -> None:
    """Put all tables into card.md."""
    replace(_CARD, "device", _device(metrics["device"]))
    replace(_CARD, "device edges", _edges(metrics["device"]))
    replace(_CARD, "intervals", _both(metrics))
    replace(_CARD, "edges", _edges(metrics["int8"]))
    replace(_CARD, "subgroups", _intervals(metrics["subgroups"]))
    replace(_CARD, "noise", _intervals({f"{100 * float(k):.0f} %": v for k, v in metrics["noise"].items()}))
    distance = metrics["float_to_int8"]
    cells = [*(f"{distance['intervals_ms'][name]:.2f}" for name in INTERVALS), f"{distance['edges_ms']:.2f}"]
    replace(_CARD, "distance", table(["PR", "QRS", "QT", "every edge"], [cells]))


def _cells(scores: Mapping[str, Any]) -> list[str]:
    intervals = [scores["intervals"][name] for name in INTERVALS]
    return [
        " / ".join(number(each["mae_ms"]) for each in intervals),
        " / ".join(number(each["bias_ms"], "+.1f") for each in intervals),
        " / ".join(percent(each["absent"]) for each in intervals),
    ]


def _device(leads: Mapping[str, Any]) -> str:
    rows = [[name, str(scores["leads"]), *_cells(scores)] for name, scores in leads.items()]
    return table(["", "leads", *_HEAD], rows)


def _both(metrics: Mapping[str, Any]) -> str:
    rows = [
        [name, kind, str(scores["leads"]), *_cells(scores)]
        for name in metrics["int8"]
        for kind, scores in (("float", metrics["float"][name]), ("int8", metrics["int8"][name]))
    ]
    return table(["", "", "leads", *_HEAD], rows)


_HEAD = ("MAE PR / QRS / QT, ms", "bias, ms", "absent, %")


def _intervals(groups: Mapping[str, Any]) -> str:
    head = ["", "leads", *_HEAD, "P where there is none, %"]
    rows = [
        [name, str(group["leads"]), *_cells(group), percent(group["p_where_there_is_none"])]
        for name, group in groups.items()
    ]
    return table(head, rows)


def _edges(groups: Mapping[str, Any]) -> str:
    rows = [
        [name, *(f"{percent(e['se'])} %, {e['mean_ms']:+.1f} ± {e['sd_ms']:.1f}" for e in edges)]
        for name, edges in ((name, [group["edges"][edge] for edge in EDGES]) for name, group in groups.items())
    ]
    return table(["Se, mean ± SD in ms", *EDGES], rows)
