"""A record with what the user says of it: other channels, names, units and factors than it says itself."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from ..errors import ChannelNotFound, RecordFormatError
from ..models import FloatArray
from .finding import picked, position_of
from .names import ACCEL_ROLES, TURN_ROLES, Role, axis_of, role_of
from .read_options import ReadOptions
from .source import Channel, Source, format_error, scaled
from .units import ACCEL_UNITS, CELSIUS_UNITS, ECG_UNITS, TURN_UNITS, factor

_SAME_RATE = 0.001
#: Units of each kind and the channels that they can be of, besides nameless ones where that is so.
_KINDS: tuple[tuple[dict[str, float], tuple[Role, ...], bool], ...] = (
    (ECG_UNITS, ("ecg",), True),
    (ACCEL_UNITS, ACCEL_ROLES, False),
    (TURN_UNITS, TURN_ROLES, False),
    (CELSIUS_UNITS, ("skin",), False),
)


def adjusted(source: Source, options: ReadOptions) -> Source:
    """The source with what `options` say; closes it where it raises ChannelNotFound or RecordFormatError."""
    if not (options.fs or options.columns or options.units or options.scales):
        return source
    try:
        return AdjustedSource(source, options)
    except BaseException:
        source.close()
        raise


class AdjustedSource:
    """Channels of another source: those that are picked, by their new names, in other units, times a factor."""

    def __init__(self, source: Source, options: ReadOptions) -> None:
        self.path: Path = source.path
        self.record_error = source.record_error
        self._source = source
        self._numbers = list(range(len(source.channels)))
        channels = list(source.channels)
        if options.columns:
            chosen = picked(str(source.path), [[channel.name for channel in channels]], options.columns)
            self._numbers = [number for number, _ in chosen]
            channels = [replace(source.channels[number], name=name) for number, name in chosen]
        _check_rate(source, options.fs)
        for name, unit in options.units.items():
            for index in _meant(source.path, channels, name, unit):
                channels[index] = replace(channels[index], unit=unit)
        self._scales = [1.0] * len(channels)
        for name, scale in options.scales.items():
            for index in _meant(source.path, channels, name, options.units.get("")):
                self._scales[index] = scale
        self.channels: tuple[Channel, ...] = tuple(channels)

    def read(self, channel: int, start: int, stop: int) -> FloatArray:
        """Samples [start, stop) of a channel, see `Source.read`."""
        values = self._source.read(self._numbers[channel], start, stop)
        return scaled(values, self._scales[channel])

    def close(self) -> None:
        """Give files back."""
        self._source.close()


def _check_rate(source: Source, fs: float | None) -> None:
    """A record that says its rates itself may not have another one."""
    rates = {channel.fs for channel in source.channels}
    if fs is not None and not any(abs(rate / fs - 1) <= _SAME_RATE for rate in rates):
        said = ", ".join(f"{rate:g}" for rate in sorted(rates)[:5])
        raise format_error(source.path, f"says its rates itself ({said} Hz); --fs {fs:g} contradicts it")


def _meant(path: Path, channels: list[Channel], name: str, unit: str | None) -> list[int]:
    """Channels of a name; without one those that can have the unit, all where that is not known."""
    if name:
        index = position_of([channel.name for channel in channels], name)
        if index is None:
            raise ChannelNotFound(str(path), f"channel {name!r}", (channel.name for channel in channels))
        return [index]
    if unit is None:
        return list(range(len(channels)))
    kinds = [(roles, nameless) for table, roles, nameless in _KINDS if factor(unit, table) is not None]
    if not kinds:
        raise RecordFormatError(f"{path}: unit {unit!r} is none of mV, uV, V, g, mg, m/s2, deg/s, rad/s, degC")
    return [index for index, channel in enumerate(channels) if _can_be(channel.name, *kinds[0])]


def _can_be(name: str, roles: tuple[Role, ...], nameless: bool) -> bool:
    role = role_of(name)
    if role is not None:
        return role in roles
    return nameless != (axis_of(name) is not None)
