"""`python -m models.left_out`: the whole device on each person, with networks that never saw them; writes the cards.

The same replay and scores as `vitalband evaluate ppg`, on CPython. `--model` names one of the two models that learned
from people of the data sets that they are scored on.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

from host_sdk.cli.progress import Progress
from host_sdk.transports.simulated_options import DEFAULT_TARGET
from models.common.manifest import data_root
from models.common.tables import number, percent, replace, table
from models.evaluation.core.choosing import Wanted, choose
from models.evaluation.core.evaluating import evaluate
from models.evaluation.core.report.printing import ALL
from models.evaluation.core.running import default_processes
from models.evaluation.ppg.datasets import open_dataset

from .device import PARTS_BY_NAME, LeftOut, constants_of

_ANSWERED = ("95", "90", "80")
_HEADS = (
    "data", "windows", "refused, %", "error", "within tolerance, %", "within u95, %",
    *(f"best {answered} %" for answered in _ANSWERED),
)  # fmt: skip
_ACTIVITY_HEADS = ("data", "activity", "windows", "refused, %", "error", "within u95, %")


def figures(model: str, dataset_name: str, limit: int | None, jobs: int) -> dict[str, Any]:
    """Those of the reading that `model` makes, over all its people or `limit` of them."""
    part = PARTS_BY_NAME[model]
    dataset = open_dataset(dataset_name, data_root())
    method = LeftOut(DEFAULT_TARGET, "left out", model=model, people=constants_of(model))
    chosen = choose(dataset, Wanted(records=tuple(method.people), limit=limit))
    with Progress(len(chosen.cases)) as progress:
        found = evaluate(dataset, chosen, [method], jobs, progress)
    report = found[method.name]
    for failed in report["failed"]:
        raise SystemExit(f"models.left_out: {failed['error']['message']}")
    of: dict[str, Any] = report["summary"][ALL]["readings"][part.reading]
    return of


def row(name: str, of: dict[str, Any]) -> list[str]:
    """Of the table of a card."""
    risk = of["risk"] or {}
    return [
        name, str(of["n"] + of["refused"]), percent(of["refused_fraction"]), number(of["mae"], ".2f"),
        percent(of["within"]), percent(of["inside"]), *(number(risk.get(answered), ".2f") for answered in _ANSWERED),
    ]  # fmt: skip


def activity_rows(name: str, of: dict[str, Any]) -> list[list[str]]:
    """Of the table by activity: what its readings are worth, and how many of their errors `u95` holds."""
    return [
        [name, activity, str(part["n"] + part["refused"]), percent(part["refused_fraction"]),
         number(part["mae"], ".2f"), percent(part["inside"])]
        for activity, part in of["activities"].items()
    ]  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> None:
    """Score; DataMissingError where recordings, or networks of the folds, are not there."""
    parser = argparse.ArgumentParser(prog="python -m models.left_out", description=__doc__)
    parser.add_argument("--model", choices=sorted(PARTS_BY_NAME), help="one of the models only")
    parser.add_argument("--limit", type=int, help="so many people only; the cards stay as they are")
    parser.add_argument("--jobs", type=int, default=default_processes(), help="processes (one for each core)")
    chosen = parser.parse_args(arguments)
    for model in [chosen.model] if chosen.model else sorted(PARTS_BY_NAME):
        part = PARTS_BY_NAME[model]
        found = {name: figures(model, name, chosen.limit, chosen.jobs) for name in part.datasets}
        texts = {"device": table(_HEADS, [row(name, of) for name, of in found.items()])}
        activities = [line for name, of in found.items() for line in activity_rows(name, of)]
        if activities:
            texts["activities"] = table(_ACTIVITY_HEADS, activities)
        print("\n\n".join([model, *texts.values()]) + "\n")
        if chosen.limit is None:
            for marker, text in texts.items():
                replace(part.paths.card, marker, text)


if __name__ == "__main__":
    main()
