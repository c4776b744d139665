"""Runs drawn scenarios, keeps what came of each, and writes what is left of those that fail as scenario files."""

from __future__ import annotations

import asyncio
import json
import re
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from functools import partial
from multiprocessing import get_context
from pathlib import Path

from ..checked_yaml.errors import FileError
from ..scenarios.artifacts import write_scenario
from ..scenarios.loading import load
from ..scenarios.running import Outcome, run
from ..scenarios.time_limit import time_limit
from .drawing import Data, draw
from .minimising import MOST_TRIES, minimised

#: Real time of a scenario.
LIMIT_S = 300.0
_DONE = "soak.jsonl"
_NUMBER = re.compile(r"-?\d+(\.\d+)?")


@dataclass
class Run:
    """What came of a scenario: its file's content can be drawn again from seed and number."""

    seed: int
    number: int
    status: str
    #: Of the device's time, and of the processor's.
    seconds: float
    cpu_s: float
    failures: list[str] = field(default_factory=list)

    @property
    def kinds(self) -> frozenset[str]:
        """Its failures, without numbers: two of the same kind are one finding."""
        return frozenset(_kind(failure) for failure in self.failures)


def _kind(failure: str) -> str:
    """The first of what is wrong in a line of failures, without numbers."""
    return _NUMBER.sub("#", failure.partition("; ")[0])


def attempt(data: Data, folder: Path) -> tuple[Outcome, float]:
    """Run a scenario of which only the content is there; its outcome, and the processor's time. FileError."""
    path = folder / "soak.yaml"
    write_scenario(data, path)
    scenario = load(path)
    began = time.process_time()
    with time_limit(LIMIT_S):
        outcome = asyncio.run(run(scenario, timeout_s=LIMIT_S))
    return outcome, time.process_time() - began


def _failures(outcome: Outcome) -> list[str]:
    """What failed, without the file's name and line."""
    lines = [f"{each.what}: {each.failure}" for each in outcome.verdicts if each.failure]
    return [*lines, *([outcome.error] if outcome.error else [])]


def run_one(number: int, seed: int) -> Run:
    """Draw a scenario and run it."""
    with tempfile.TemporaryDirectory() as folder:
        outcome, cpu_s = attempt(draw(seed, number), Path(folder))
    return Run(seed, number, outcome.status, round(outcome.reached_s, 3), round(cpu_s, 3), _failures(outcome))


def fails_of(kinds: frozenset[str], data: Data, folder: Path) -> bool:
    """Whether a scenario fails of one of these kinds."""
    try:
        outcome, _ = attempt(data, folder)
    except FileError:
        return False
    return any(_kind(failure) in kinds for failure in _failures(outcome))


def reduce(found: Run, path: Path, most_tries: int = MOST_TRIES) -> Data:
    """Write the smallest scenario that fails of the same as `found`; its content."""
    kind = next(iter(sorted(found.kinds)))
    with tempfile.TemporaryDirectory() as folder:
        small = minimised(draw(found.seed, found.number), partial(_fails, frozenset((kind,)), Path(folder)), most_tries)
    small["about"] = f"Soak of seed {found.seed}, number {found.number}, reduced. It failed of: {kind}."
    write_scenario(small, path)
    return small


def _fails(kinds: frozenset[str], folder: Path, data: Data) -> bool:
    return fails_of(kinds, data, folder)


class Soak:
    """A campaign in a folder, which goes on where it was left; OSError."""

    def __init__(self, folder: Path, seed: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._seed = seed
        self.runs = [run for run in self._read() if run.seed == seed]
        self._reduced: set[str] = {kind for run in self.runs for kind in run.kinds}

    def _read(self) -> Iterator[Run]:
        """What was done already; a line that was cut short is done again."""
        path = self._folder / _DONE
        for line in path.read_text(encoding="utf-8").splitlines() if path.is_file() else []:
            try:
                yield Run(**json.loads(line))
            except (ValueError, TypeError):
                continue

    def _numbers(self, stop: int) -> Iterator[int]:
        done = {run.number for run in self.runs}
        return (number for number in range(stop) if number not in done)

    def go_on(
        self, stop: int, cpu_s: float, jobs: int, on_run: Callable[[Run], object], most_tries: int = MOST_TRIES
    ) -> list[Run]:
        """Run scenarios up to number `stop` until `cpu_s` of the processor are spent; those of this call."""
        fresh: list[Run] = []
        numbers = self._numbers(stop)
        one = partial(run_one, seed=self._seed)
        with ExitStack() as stack:
            pool = stack.enter_context(ProcessPoolExecutor(jobs, get_context("spawn"))) if jobs > 1 else None
            while sum(each.cpu_s for each in fresh) < cpu_s:
                batch = [number for number, _ in zip(numbers, range(4 * jobs), strict=False)]
                if not batch:
                    break
                for found in map(one, batch) if pool is None else pool.map(one, batch):
                    fresh.append(found)
                    self._keep(found)
                    on_run(found)
                    self._reduce(found, most_tries)
        return fresh

    def _keep(self, found: Run) -> None:
        self.runs.append(found)
        with (self._folder / _DONE).open("a", encoding="utf-8") as done:
            done.write(json.dumps(asdict(found)) + "\n")

    def _reduce(self, found: Run, most_tries: int) -> None:
        """Of each kind of failure the first is reduced."""
        if found.kinds - self._reduced and most_tries:
            self._reduced |= found.kinds
            reduce(found, self._folder / f"failed-{self._seed}-{found.number}.yaml", most_tries)


def summary(runs: list[Run]) -> list[str]:
    """What came of them, in lines: how much, how fast, and each kind of failure with how often."""
    minutes, hours = sum(each.seconds for each in runs) / 60, sum(each.cpu_s for each in runs) / 3600
    failed = [each for each in runs if each.failures]
    rate = minutes / hours if hours else 0.0
    lines = [
        f"{len(runs)} scenarios, {minutes:.0f} scenario-minutes in {60 * hours:.1f} minutes of the processor: "
        f"{rate:.0f} scenario-minutes an hour; {len(failed)} failed"
    ]
    kinds = Counter(kind for each in failed for kind in each.kinds)
    for kind, count in kinds.most_common():
        numbers = [str(each.number) for each in failed if kind in each.kinds]
        lines.append(f"{count:4} x {kind} (number {', '.join(numbers[:5])}{', ...' if count > 5 else ''})")
    return lines
