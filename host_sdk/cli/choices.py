"""Arguments that several commands share."""

from __future__ import annotations

import argparse

from ..errors import StreamNotFound
from ..stream_names import chosen_streams
from ..wire_gen import Sex, Stream


def duration(text: str) -> float:
    """A length of time in seconds, above zero."""
    value = float(text)
    if not 0 < value < 1e9:
        raise argparse.ArgumentTypeError(f"{text} is not a length of time in seconds")
    return value


def since(text: str) -> float:
    """A time in seconds, from zero on."""
    value = float(text)
    if not 0 <= value < 1e9:
        raise argparse.ArgumentTypeError(f"{text} is not a time in seconds")
    return value


def streams(text: str) -> frozenset[Stream]:
    """Streams by name, joined by commas."""
    try:
        return chosen_streams([name.strip() for name in text.split(",") if name.strip()] or [text])
    except StreamNotFound as error:
        raise argparse.ArgumentTypeError(f"{error}, joined by commas") from error


def sex(text: str) -> Sex:
    """A sex by name."""
    names = {choice.name.lower(): choice for choice in Sex}
    if text not in names:
        raise argparse.ArgumentTypeError(f"{text!r}: sex is {', '.join(names)}")
    return names[text]
