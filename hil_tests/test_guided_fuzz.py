"""Campaigns guided by coverage find what chance does not, keep what they learned, and find nothing in the parsers."""

from __future__ import annotations

import signal
import time
from pathlib import Path

import pytest

from hil_tests.fuzz import guided
from hil_tests.fuzz.campaign import _too_long
from hil_tests.fuzz.edges import Edges, function_lines
from hil_tests.fuzz.guided import Corpus, attack, main, run
from hil_tests.fuzz.parsers import PARSERS, Parse, Parser

#: Inputs of each parser that `make test` has time for: all that it begins with, and some more.
COUNT = 60


@pytest.mark.parametrize("name", PARSERS)
def test_nothing_comes_of_a_parser_that_it_does_not_say(name: str, tmp_path: Path) -> None:
    found = run(name, tmp_path / "corpus", tmp_path / "failures", seed=0, count=COUNT, limit_s=600.0)
    assert found.failures == []
    assert found.inputs >= 2
    assert found.covered > 0.25 * found.lines > 0


#: A parser with a secret: chance alone never changes these six bytes to these, and nothing else.
_SECRET = """
def parse(data):
    if data[0:1] != b"q":
        return 0
    if data[1:2] != b"q":
        return 1
    if data[2:3] != b"q":
        return 2
    if data[3:4] != b"q":
        return 3
    if data[4:5] != b"q":
        return 4
    if data[5:6] == b"q":
        raise IndexError("of a secret")
    return 5
"""


def secret(folder: Path) -> Parser:
    path = folder / "secret.py"
    path.write_text(_SECRET)
    names: dict[str, object] = {}
    exec(compile(_SECRET, str(path), "exec"), names)

    class Secret(Parser):
        def paths(self) -> list[Path]:
            return [path]

    return Secret("secret", lambda _: (names["parse"], [b"aaaaaa"]), ())  # type: ignore[arg-type,return-value]


def test_coverage_leads_to_what_chance_does_not_find_and_is_kept(tmp_path: Path) -> None:
    parser = secret(tmp_path)
    found = attack(parser, tmp_path, tmp_path / "corpus", tmp_path / "failures", seed=1, count=40_000, limit_s=600.0)
    assert any("IndexError: of a secret" in words for _, words in found.failures)
    assert Path(found.failures[0][0]).read_bytes()[:6] == b"qqqqqq"
    assert found.covered == found.lines == 13
    assert found.kept >= 5
    assert "13 of 13 lines (100.0 %)" in found.line()
    again = attack(parser, tmp_path, tmp_path / "corpus", tmp_path / "failures", seed=1, count=1, limit_s=600.0)
    assert again.inputs == 1 + found.kept
    assert again.kept == 0
    assert again.covered >= 12


def test_an_input_that_never_ends_is_a_finding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guided, "LONGEST_S", 0.2)

    def start(_folder: Path) -> tuple[Parse, list[bytes]]:
        def parse(data: bytes) -> None:
            while data:
                time.monotonic()

        return parse, [b"a"]

    before = signal.signal(signal.SIGPROF, _too_long)
    try:
        found = attack(Parser("endless", start, ()), tmp_path, tmp_path, tmp_path / "f", seed=1, count=1, limit_s=600.0)
    finally:
        signal.signal(signal.SIGPROF, before)
    assert "TooLongError" in found.failures[0][1]


def test_lines_of_functions_are_counted_and_those_of_classes_are_not(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_text("X = 1\n\n\nclass A:\n    b = 2\n\n    def f(self):\n        c = 3\n        return c\n")
    assert function_lines(path) == {8, 9}
    assert Edges([path]).coverage() == (0, 2)


def test_a_corpus_has_what_was_kept_once(tmp_path: Path) -> None:
    corpus = Corpus(tmp_path / "c", [b"a", b"b"])
    corpus.keep(b"c")
    corpus.keep(b"c")
    assert Corpus(tmp_path / "c", [b"a", b"b"]).inputs == [b"a", b"b", b"c"]


def test_the_command_says_how_much_ran(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folders = ["--corpus", str(tmp_path / "c"), "--save", str(tmp_path / "f")]
    assert main(["smp", "--count", "30", *folders]) == 0
    said = capsys.readouterr().out
    assert said.startswith("smp: 30 inputs in ")
    assert " lines (" in said
    with pytest.raises(SystemExit):
        main(["nothing"])
