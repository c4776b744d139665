"""Runs methods over a data set and makes the report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from .dataset import Chosen, DataSet
from .method import Method
from .running import Job, error_object, run_jobs


class Watcher(Protocol):
    """Is notified how far the run has come; `host_sdk.cli.progress.Progress` is one."""

    def begin(self, what: str) -> None:
        """A lead is at hand."""
        ...

    def advance(self, part: float) -> None:
        """So much of it (0 to 1) is done."""
        ...


def evaluate(
    dataset: DataSet, chosen: Chosen, methods: Sequence[Method], processes: int, watcher: Watcher
) -> dict[str, Any]:
    """Figures, records, failures and the worst records of every method; the same for any number of processes."""
    jobs = [Job(method, dataset, case) for method in methods for case in chosen.cases]
    results: dict[int, dict[str, Any]] = {}
    for number, result in run_jobs(jobs, processes) if jobs else ():
        watcher.begin(f"{jobs[number].method.name} {jobs[number].case}")
        watcher.advance(1.0)
        results[number] = result
    unlisted = [{"record": record, "error": error_object(error)} for record, error in chosen.failed]
    count = len(chosen.cases)
    ordered = [results[number] for number in range(len(jobs))]
    return {
        method.name: _method(method, ordered[k * count : (k + 1) * count], unlisted, dataset)
        for k, method in enumerate(methods)
    }


def _method(
    method: Method, results: Sequence[dict[str, Any]], unlisted: Sequence[Mapping[str, Any]], dataset: DataSet
) -> dict[str, Any]:
    scored = [result for result in results if "error" not in result]
    return {
        "about": method.describe(),
        "summary": dataset.summarise(scored) if scored else {},
        "worst": dataset.worst(scored),
        "failed": [*unlisted, *(result for result in results if "error" in result)],
        "records": scored,
    }
