"""Which records and leads of a data set are run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .dataset import Chosen, DataSet
from .errors import CaseError, DataSetError

#: The part that every set has.
WHOLE = "all"


@dataclass(frozen=True)
class Wanted:
    """What was chosen on the command line; empty is everything."""

    split: str = WHOLE
    records: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    limit: int | None = None


def choose(dataset: DataSet, wanted: Wanted) -> Chosen:
    """Cases in order; raises DataSetError where the set does not have what was chosen."""
    chosen = Chosen()
    for record in _records(dataset, wanted):
        try:
            chosen.cases += dataset.cases(record, wanted.channels)
        except CaseError as error:
            chosen.failed.append((record, error))
    if not chosen.cases and not chosen.failed:
        raise DataSetError(f"{dataset.folder}: nothing of {dataset.name} is left to run")
    return chosen


def _records(dataset: DataSet, wanted: Wanted) -> list[str]:
    there = dataset.records()
    if wanted.split != WHOLE and wanted.split not in dataset.splits:
        known = ", ".join((WHOLE, *dataset.splits))
        raise DataSetError(f"{dataset.name} has no part {wanted.split!r} (it has {known})")
    missing = [name for name in wanted.records if name not in there]
    if missing:
        raise DataSetError(f"{dataset.folder}: no record {missing[0]!r} of {dataset.name}")
    within = dataset.splits.get(wanted.split)
    names = wanted.records or dataset.usual()
    chosen = [name for name in names if within is None or within(name)]
    return chosen if wanted.limit is None else _spread(chosen, wanted.limit)


def _spread(names: list[str], count: int) -> list[str]:
    """So many of them at even distances: sets are in order of persons, or of what they do."""
    count = min(count, len(names))
    return [names[k * len(names) // count] for k in range(count)]


def pick(record: str, there: Sequence[str], wanted: Sequence[str], usual: Sequence[str]) -> list[str]:
    """Channels by name or number from 1, case aside; raises CaseError where one is not there."""
    found = []
    for name in wanted or usual:
        by_name = {channel.lower(): channel for channel in reversed(there)}
        numbered = {str(number): channel for number, channel in enumerate(there, 1)}
        channel = by_name.get(name.lower()) or numbered.get(name)
        if channel is None:
            raise CaseError(f"{record}: no channel {name!r}; it has {', '.join(there)}")
        found.append(channel)
    return found
