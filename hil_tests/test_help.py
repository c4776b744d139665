"""Every command says what it takes in 80 columns."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

import pytest

from host_sdk.cli.commands import parser_for

COLUMNS = 80


def commands(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """A parser, and those of all commands below it."""
    yield parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for inner in action.choices.values():
                yield from commands(inner)


def test_help_fits_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(COLUMNS))
    parsers = list(commands(parser_for(None)))
    assert {parser.prog.split()[-1] for parser in parsers} >= {"vitalband", "sim", "record", "ecg", "spo2", "honesty"}
    for parser in parsers:
        wide = [line for line in parser.format_help().splitlines() if len(line) > COLUMNS]
        assert wide == [], parser.prog


def test_every_command_and_option_says_what_it_is() -> None:
    for parser in commands(parser_for(None)):
        silent = [action.dest for action in parser._actions if not action.help and action.dest not in ("command",)]
        nested = [action.dest for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
        assert set(silent) <= set(nested), parser.prog
