"""`make fuzz-guided`: what reaches a new line of a parser, or comes to it from another, is kept and mutated further."""

from __future__ import annotations

import argparse
import hashlib
import multiprocessing
import resource
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random

from .campaign import LONGEST_S, MOST_BYTES, MOST_FAILURES, TooLongError, _too_long
from .edges import Edges
from .mutation import mutated
from .parsers import PARSERS, Parse, Parser

#: Longer inputs say nothing new.
_LONGEST = 20_000
#: Of an input with a piece of another one in it.
_SPLICED = 0.15


@dataclass
class Found:
    """What came of a parser."""

    name: str
    inputs: int = 0
    kept: int = 0
    covered: int = 0
    lines: int = 0
    seconds: float = 0.0
    #: File of the input and what was raised.
    failures: list[tuple[str, str]] = field(default_factory=list)

    def line(self) -> str:
        """In one line."""
        part = 100 * self.covered / self.lines if self.lines else 0.0
        return (
            f"{self.name}: {self.inputs} inputs in {self.seconds:.0f} s, {self.kept} kept, "
            f"{self.covered} of {self.lines} lines ({part:.1f} %), {len(self.failures)} failures"
        )


class Corpus:
    """Inputs worth keeping, as files of a folder by the digest of their content."""

    def __init__(self, folder: Path, seeds: Sequence[bytes]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        kept = [path.read_bytes() for path in sorted(folder.glob("*.bin"))]
        self.inputs: list[bytes] = list(dict.fromkeys([*seeds, *kept]))

    def keep(self, data: bytes) -> None:
        """Another one."""
        self.inputs.append(data)
        (self._folder / f"{_digest(data)}.bin").write_bytes(data)


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:16]


def drawn(chance: Random, inputs: Sequence[bytes], parser: Parser) -> bytes:
    """An input: one that was kept, mutated, sometimes with a piece of another one in it."""
    data = chance.choice(inputs)
    if chance.random() < _SPLICED:
        other = chance.choice(inputs)
        at, begin = chance.randrange(len(data) + 1), chance.randrange(len(other) + 1)
        data = data[:at] + other[begin : begin + chance.randrange(1, 200)] + data[at:]
    return mutated(chance, data, parser.mutations)[:_LONGEST]


def attack(
    parser: Parser, folder: Path, corpus_folder: Path, save: Path, seed: int, count: int, limit_s: float
) -> Found:
    """Try `count` inputs, or as many as begin within `limit_s`: those kept before first, then mutated ones."""
    found, edges = Found(parser.name), Edges(parser.paths())
    parse, seeds = parser.start(folder)
    began = time.monotonic()
    corpus = Corpus(corpus_folder / parser.name, seeds)
    for data in corpus.inputs:
        _try(parse, edges, data, found, save)
    chance = Random(f"{parser.name}/{seed}/{len(corpus.inputs)}")
    while found.inputs < count and time.monotonic() - began < limit_s and len(found.failures) < MOST_FAILURES:
        data = drawn(chance, corpus.inputs, parser)
        if _try(parse, edges, data, found, save):
            corpus.keep(data)
            found.kept += 1
    found.covered, found.lines = edges.coverage()
    found.seconds = time.monotonic() - began
    return found


def _try(parse: Parse, edges: Edges, data: bytes, found: Found, save: Path) -> bool:
    """Whether an input reached something new."""
    found.inputs += 1
    signal.setitimer(signal.ITIMER_PROF, LONGEST_S)
    try:
        edges.trace(lambda: parse(data))
    except (Exception, TooLongError):
        save.mkdir(parents=True, exist_ok=True)
        path = save / f"{found.name}-{_digest(data)}.bin"
        path.write_bytes(data)
        found.failures.append((str(path), traceback.format_exc().strip().splitlines()[-1]))
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    return edges.found > 0


def _work(name: str, corpus: Path, save: Path, seed: int, count: int, limit_s: float, out: Connection) -> None:
    """In a child process: a parser that dies, or takes all memory, ends that."""
    resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES, MOST_BYTES))
    signal.signal(signal.SIGPROF, _too_long)
    with tempfile.TemporaryDirectory() as folder:
        out.send(attack(PARSERS[name], Path(folder), corpus, save, seed, count, limit_s))


def run(name: str, corpus: Path, save: Path, seed: int = 1, count: int = sys.maxsize, limit_s: float = 10.0) -> Found:
    """Attack a parser in a process of its own."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    child = context.Process(target=_work, args=(name, corpus, save, seed, count, limit_s, theirs))
    child.start()
    theirs.close()
    found = Found(name)
    with suppress(EOFError):
        found = ours.recv()
    child.join(LONGEST_S)
    if child.exitcode:
        found.failures.append((name, f"the process ended with {child.exitcode}"))
    return found


def main(argv: list[str] | None = None) -> int:
    """Attack what the command line asks for; 0 when nothing failed."""
    parser = argparse.ArgumentParser(prog="python -m hil_tests.fuzz.guided", description=__doc__)
    parser.add_argument("parsers", nargs="*", metavar="NAME", help=f"of {', '.join(PARSERS)}; default: all")
    parser.add_argument("--seed", type=int, default=1, help="another seed, other inputs (default: 1)")
    parser.add_argument("--count", type=int, default=sys.maxsize, help="inputs of each parser at most")
    parser.add_argument("--seconds", type=float, default=110.0, help="for all parsers together (default: 110)")
    parser.add_argument("--corpus", type=Path, default=Path("fuzz-corpus"), help="inputs that are kept, and begun with")
    parser.add_argument("--save", type=Path, default=Path("fuzz-failures"), help="where inputs that failed are kept")
    args = parser.parse_args(argv)
    unknown = [name for name in args.parsers if name not in PARSERS]
    if unknown:
        parser.error(f"no parser {', '.join(unknown)}")
    names = args.parsers or list(PARSERS)
    failed = 0
    for name in names:
        found = run(name, args.corpus, args.save, args.seed, args.count, args.seconds / len(names))
        print(found.line(), flush=True)
        for path, words in found.failures[:5]:
            print(f"  {path}: {words}", flush=True)
        failed += len(found.failures)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
