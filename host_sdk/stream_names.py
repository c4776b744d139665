"""Streams as callers give them: members of `Stream`, their names or their numbers, one or several."""

from __future__ import annotations

from collections.abc import Iterable

from .errors import StreamNotFound, WrongUse
from .wire_gen import Stream

#: `[Stream.ECG, "ppg"]`, or one alone: `"ecg"`.
Streams = Iterable["Stream | str"] | Stream | str


def chosen_streams(streams: Streams) -> frozenset[Stream]:
    """The streams that are meant; raises StreamNotFound for what is none, WrongUse for what cannot be one."""
    if isinstance(streams, (str, Stream)):
        return frozenset([_stream(streams)])
    try:
        return frozenset(map(_stream, streams))
    except TypeError as error:
        raise WrongUse(f"streams {streams!r}: {error}") from error


def _stream(wanted: object) -> Stream:
    names = {stream.name.lower(): stream for stream in Stream}
    if isinstance(wanted, str) and wanted.lower() in names:
        return names[wanted.lower()]
    if isinstance(wanted, int) and not isinstance(wanted, bool) and wanted in list(Stream):
        return Stream(wanted)
    if isinstance(wanted, (str, int)):
        raise StreamNotFound(f"no stream {wanted!r}; streams are {', '.join(names)}")
    raise WrongUse(f"{wanted!r} is no stream; streams are {', '.join(names)}")
