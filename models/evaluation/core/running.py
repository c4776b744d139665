"""Runs methods over cases, in parallel; what comes out does not depend on how many processes there are."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from host_sdk.errors import VitalbandError

from .dataset import Case, DataSet
from .errors import EvaluationError
from .method import Method


@dataclass(frozen=True)
class Job:
    """One method on one lead."""

    method: Method
    dataset: DataSet
    case: Case


def run_job(job: Job) -> dict[str, Any]:
    """The lead's scores as JSON data, or `error` with type and message where it cannot be read or replayed."""
    head = {"record": job.case.record, "channel": job.case.channel, "group": job.case.group}
    try:
        with TemporaryDirectory(prefix="vitalband-") as workspace:
            result = job.method.run(job.dataset, job.case, Path(workspace))
        scores = job.dataset.score(job.case, result, job.method.reports)
    except VitalbandError as error:
        return {**head, "error": error_object(error)}
    note = getattr(result, "note", None)
    return {**head, **({} if note is None else {"note": note}), "scores": scores}


def error_object(error: Exception) -> dict[str, str]:
    """An error as JSON data."""
    return {"type": type(error).__name__, "message": " ".join(str(error).split())}


def run_jobs(jobs: Sequence[Job], processes: int) -> Iterator[tuple[int, dict[str, Any]]]:
    """Number and result of each job, in the order they end; raises EvaluationError where a process dies."""
    if processes == 1:
        yield from ((number, run_job(job)) for number, job in enumerate(jobs))
        return
    # a fresh interpreter for each: a fork of one with threads may hang
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(processes, len(jobs)), mp_context=context) as pool:
        numbers = {pool.submit(run_job, job): number for number, job in enumerate(jobs)}
        try:
            for future in as_completed(numbers):
                yield numbers[future], future.result()
        except BrokenProcessPool as error:
            raise EvaluationError("a worker process died; --jobs 1 shows where") from error
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def default_processes() -> int:
    """As many as there are cores for this process."""
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return count or 1
