"""Runs attacks in child processes, so that one that dies, hangs or takes all memory is a finding like any other."""

from __future__ import annotations

import multiprocessing
import resource
import signal
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random
from types import FrameType
from typing import Any, Protocol

#: Name of a file to its bytes: what is attacked with, and what is saved of it.
Files = dict[str, bytes]

#: No input may take more processor time or memory, nor so much longer of the clock: other programs want the processor.
LONGEST_S = 30
_MOST_CLOCK_S = 900
MOST_BYTES = 4 << 30
#: More of them say nothing new.
MOST_FAILURES = 50


class TooLongError(BaseException):
    """An input that takes too long; nothing that is attacked may catch it."""


class Attack(Protocol):
    """What makes inputs and tries them."""

    def input(self, chance: Random) -> Files:
        """An input."""
        ...

    def attempt(self, files: Files) -> Counter[str]:
        """Try an input; how many of its parts had which outcome. Whatever it raises is a failure."""
        ...


@dataclass(frozen=True)
class Campaign:
    """A kind of attack; `start` begins it in a folder of its own, `parts` is how many things an input holds."""

    name: str
    start: Callable[[Path], Attack]
    parts: int = 1


@dataclass
class Report:
    """What came of a campaign."""

    name: str
    inputs: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    #: Number of the input and the traceback, or how the process ended.
    failures: list[tuple[int, str]] = field(default_factory=list)
    slowest_s: float = 0.0
    slowest: int = -1

    def add(self, other: Report) -> None:
        """Take another one's inputs into this one."""
        self.inputs += other.inputs
        self.outcomes += other.outcomes
        self.failures += other.failures
        if other.slowest_s > self.slowest_s:
            self.slowest_s, self.slowest = other.slowest_s, other.slowest

    def line(self) -> str:
        """The report in one line."""
        outcomes = ", ".join(f"{n} {name}" for name, n in sorted(self.outcomes.items()))
        return (
            f"{self.name}: {self.inputs} inputs ({outcomes}), {len(self.failures)} failures, "
            f"slowest {1e3 * self.slowest_s:.0f} ms (input {self.slowest})"
        )


def drawn(campaign: Campaign, seed: int, index: int, attack: Attack) -> Files:
    """Input number `index` of a campaign, the same whenever and wherever it is drawn."""
    return attack.input(Random(f"{campaign.name}/{seed}/{index}"))


def run(campaign: Campaign, count: int, seed: int, save: Path | None = None, limit_s: float = float("inf")) -> Report:
    """Try `count` inputs, or as many as begin within `limit_s`; those that failed are saved below `save`."""
    report, end = Report(campaign.name), time.monotonic() + limit_s
    ranges = [(0, count)]
    while ranges and time.monotonic() < end and len(report.failures) < MOST_FAILURES:
        first, stop = ranges.pop()
        if first < stop:
            part, died = _in_child(campaign, seed, first, stop, end - time.monotonic())
            report.add(part)
            if died is not None:  # what it had not told of before is tried once more
                ranges += [(died + 1, stop), (first + part.inputs - 1, died)]
    if save is not None and report.failures:
        _save(campaign, seed, report, save)
    return report


def _in_child(campaign: Campaign, seed: int, first: int, stop: int, limit_s: float) -> tuple[Report, int | None]:
    """Inputs from `first` in a child process, and which of them ended it before its time."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    at = context.Value("q", first)
    child = context.Process(target=_work, args=(campaign, seed, first, stop, limit_s, theirs, at))
    child.start()
    theirs.close()
    part = Report(campaign.name)
    with suppress(EOFError):
        while True:
            part.add(ours.recv())
    child.join(LONGEST_S)
    if not child.exitcode:
        return part, None
    died = int(at.value)
    part.inputs += 1
    part.failures.append((died, f"the process ended with {child.exitcode}"))
    return part, died


def _work(campaign: Campaign, seed: int, first: int, stop: int, limit_s: float, out: Connection, at: Any) -> None:
    """In the child: try inputs, report every second."""
    end = time.monotonic() + limit_s
    resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES, MOST_BYTES))
    for number in (signal.SIGPROF, signal.SIGALRM):
        signal.signal(number, _too_long)
    with tempfile.TemporaryDirectory() as folder:
        attack = campaign.start(Path(folder))
        report, reported = Report(campaign.name), time.monotonic()
        for index in range(first, stop):
            at.value = index
            if not _try(campaign, seed, index, attack, report):
                attack = campaign.start(Path(folder))  # it was left in the midst of something
            if time.monotonic() - reported > 1.0:
                out.send(report)
                report, reported = Report(campaign.name), time.monotonic()
            if time.monotonic() > end:
                break
        out.send(report)


def _try(campaign: Campaign, seed: int, index: int, attack: Attack, report: Report) -> bool:
    """Try an input; False: it took too long."""
    files = drawn(campaign, seed, index, attack)
    begun = time.process_time()
    in_time = True
    signal.setitimer(signal.ITIMER_PROF, LONGEST_S)
    signal.alarm(_MOST_CLOCK_S)
    try:
        report.outcomes += attack.attempt(files)
    except (Exception, TooLongError) as failure:
        in_time = not isinstance(failure, TooLongError)
        report.failures.append((index, traceback.format_exc()))
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.alarm(0)
    report.inputs += 1
    took = time.process_time() - begun
    if took > report.slowest_s:
        report.slowest_s, report.slowest = took, index
    return in_time


def _too_long(_signal: int, _frame: FrameType | None) -> None:
    raise TooLongError(f"an input took more than {LONGEST_S} s of the processor, or {_MOST_CLOCK_S} s")


def _save(campaign: Campaign, seed: int, report: Report, save: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        attack = campaign.start(Path(folder))
        for index, words in report.failures:
            home = save / f"{campaign.name}-{seed}-{index}"
            home.mkdir(parents=True, exist_ok=True)
            (home / "failure.txt").write_text(words)
            for name, content in drawn(campaign, seed, index, attack).items():
                (home / name).write_bytes(content)
