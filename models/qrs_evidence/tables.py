"""The tables of card.md, from metrics.json."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from models.common.tables import replace, table

from . import paths

_CARD = paths.card
#: Seconds in which inferences are counted.
_PERIOD_S = 4.0


def write_card(metrics: Mapping[str, Any]) -> None:
    """Put all tables into card.md."""
    replace(_CARD, "sets", _sets(metrics["sets"]))
    replace(_CARD, "mitdb", _sets(metrics["mitdb"]))
    distance = metrics["float_to_int8"]
    cells = [f"{distance['mean_difference']:.4f}", f"{100 * distance['decided_alike']:.2f} %"]
    head = ["mean difference of probabilities", "on the same side of the threshold"]
    replace(_CARD, "distance", table(head, [cells]))


def _sets(sets: Mapping[str, Any]) -> str:
    head = [
        "",
        "beats",
        "rules alone: missed / extra",
        "Se / PPV, %",
        "with the network",
        "Se / PPV, %",
        "inferences in 4 s",
    ]
    rows = []
    for name, tallies in sets.items():
        rules, network = tallies["rules"], tallies["network"]
        inferences = network["inferences"] / max(network["seconds"] / _PERIOD_S, 1)
        rows.append([name, str(rules["beats"]), *_cells(rules), *_cells(network), f"{inferences:.2f}"])
    return table(head, rows)


def _cells(tally: Mapping[str, Any]) -> list[str]:
    hits = tally["beats"] - tally["missed"]
    se, ppv = (100 * hits / max(total, 1) for total in (tally["beats"], hits + tally["extra"]))
    return [f"{tally['missed']} / {tally['extra']}", f"{se:.2f} / {ppv:.2f}"]
