"""What the commands that train and evaluate have in common on their command lines."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path

from .errors import DataMissingError


def takes_nothing(doc: str | None) -> None:
    """Answer `--help` with what a module says of itself, and refuse every argument, before anything is done."""
    argparse.ArgumentParser(description=doc).parse_args()


def need(files: Iterable[Path], command: str) -> None:
    """Raise DataMissingError unless all files are there that another `command` makes."""
    for file in files:
        if not file.is_file():
            raise DataMissingError(f"{file} is not there; `{command}` makes it")
