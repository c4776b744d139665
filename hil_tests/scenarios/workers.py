"""Processes that run scenarios: one that hangs is killed, and one that dies takes no other scenario with it."""

from __future__ import annotations

import signal
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from queue import SimpleQueue
from threading import Lock
from types import TracebackType

from .model import Scenario
from .running import Outcome, run_here
from .time_limit import time_limit

#: A process has so long beyond the limit of its scenario to say itself that it is out of time.
_GRACE_S = 30.0
#: What starting and ending may take.
_START_S, _END_S = 120.0, 5.0
_PROCESSES = get_context("spawn")


class Worker:
    """A process for one scenario after the other: it starts with the first, and anew after one that it died of."""

    def __init__(self, grace_s: float = _GRACE_S) -> None:
        self._grace_s = grace_s
        self._lock = Lock()
        self._connection: Connection | None = None
        self._process: BaseProcess | None = None

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    @property
    def pid(self) -> int | None:
        """Number of its process, None before its first scenario."""
        return None if self._process is None else self._process.pid

    def run(self, scenario: Scenario, target: str = "cpython", timeout_s: float = 300.0) -> Outcome:
        """What came of a scenario, whatever becomes of the process; from any thread."""
        with self._lock:
            return self._run(scenario, target, timeout_s)

    def close(self) -> None:
        """End it; a scenario that runs in it has died."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.join(_END_S)

    def _run(self, scenario: Scenario, target: str, timeout_s: float) -> Outcome:
        failed = Outcome(scenario, target)
        process, connection = self._started()
        try:
            if not connection.poll(_START_S):
                raise EOFError
            connection.recv()
            connection.send((scenario, target, timeout_s))
            if connection.poll(timeout_s + self._grace_s):
                outcome: Outcome = connection.recv()
                return outcome
            failed.timed_out = True
            failed.error = f"hangs: its process was killed after {timeout_s + self._grace_s:g} s"
        except (EOFError, ConnectionError):
            process.join(_END_S)
            failed.error = f"its process ended with {process.exitcode}"
        self.close()
        return failed

    def _started(self) -> tuple[BaseProcess, Connection]:
        """The process, and a connection that says each time when it is ready."""
        if self._process is None or self._connection is None:
            self._connection, theirs = _PROCESSES.Pipe()
            self._process = _PROCESSES.Process(target=_serve, args=(theirs,), daemon=True)
            self._process.start()
            theirs.close()  # from now on its end shows
        return self._process, self._connection


def _serve(connection: Connection) -> None:
    """Run what is asked for, in a process of its own, until nobody asks any more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for who asks
    try:
        while True:
            connection.send(None)
            scenario, target, timeout_s = connection.recv()
            connection.send(run_here(scenario, target, timeout_s, time_limit))
    except (EOFError, ConnectionError):
        return


def run_in_processes(scenarios: Sequence[Scenario], target: str, timeout_s: float, jobs: int) -> Iterator[Outcome]:
    """Outcomes of scenarios, `jobs` at once in processes of their own, in the scenarios' order."""
    workers = [Worker() for _ in range(jobs)]
    free: SimpleQueue[Worker] = SimpleQueue()
    for worker in workers:
        free.put(worker)

    def one(scenario: Scenario) -> Outcome:
        worker = free.get()
        try:
            return worker.run(scenario, target, timeout_s)
        finally:
            free.put(worker)

    pool = ThreadPoolExecutor(jobs)
    try:
        yield from pool.map(one, scenarios)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        for worker in workers:
            worker.close()
