"""Opens a recording as a world."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from host_sdk.records import open_source, record_name
from host_sdk.records.read_options import ReadOptions
from host_sdk.records.source import Channel

from ..errors import SettingsError
from .replay import RecordWorld
from .selection import Selection, select, wanted_groups

#: Streams of a recording end at different times by up to so much, for they come in blocks, and a slow one by a sample.
_RAGGED_S = 2.0
#: And by no smaller part of the whole.
_RAGGED_PART = 0.9


def open_record(
    path: str | Path,
    *,
    signals: Iterable[str] | None = None,
    channel: str | Iterable[str] | None = None,
    start_s: float = 0.0,
    end_s: float | None = None,
    lead_in_s: float = 0.0,
    strict: bool = True,
    read: ReadOptions | None = None,
) -> RecordWorld:
    """A recording as a world, of any format that `host_sdk.records` reads, by its path or the record's name.

    `signals` of ecg, ppg, motion (or imu), skin: those must be there and no others are used; None: whatever is there.
    `channel` one or more names as they stand in the record, or numbers from 1. `read` says what the record does not
    say; a column that is picked there and has no other name is the channel where none is named. World time 0 is
    `lead_in_s` before record time `start_s`.
    A damaged or truncated file raises RecordFormatError; with `strict` False its good part is replayed and
    `RecordWorld.record_error` says what is wrong.
    Raises RecordNotFound, RecordFormatError, ChannelNotFound, SettingsError.
    """
    wanted = wanted_groups(signals)
    options = read or ReadOptions()
    named = [channel] if isinstance(channel, str) else list(channel or ())
    source = open_source(Path(path), options)
    if not named and len(options.columns) == len(options.picked) == len(source.channels) == 1:
        named = [source.channels[0].name]
    try:
        length_s = max(each.length / each.fs for each in source.channels)
        if source.record_error is not None and (strict or not length_s):
            raise source.record_error
        selection = select(str(path), source.channels, wanted, named)
        length_s = _common_end(selection, source.channels, length_s)
        end = length_s if end_s is None else min(end_s, length_s)
        if not 0.0 <= start_s < end or lead_in_s < 0.0:
            raise SettingsError(f"{path}: no signal from {start_s:g} s to {end:g} s; the record lasts {length_s:g} s")
        return RecordWorld(record_name(source.path), source, selection, start_s, end, lead_in_s)
    except BaseException:
        source.close()
        raise


def _common_end(selection: Selection, channels: Sequence[Channel], length_s: float) -> float:
    """Where the first of the channels in use ends, if the others end soon after: what is behind says nothing.

    A channel that ends earlier is one whose sensor gave no more: that is to be seen.
    """
    used = [selection.ecg, selection.red, selection.infrared, selection.skin, *selection.motion.values()]
    ends = (channels[index].length / channels[index].fs for index in used if index is not None)
    earliest_s = max(length_s - _RAGGED_S, _RAGGED_PART * length_s)
    return min((end_s for end_s in ends if end_s > earliest_s), default=length_s)
