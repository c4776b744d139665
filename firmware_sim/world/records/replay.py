"""A recording as a world: its channels at the chips' times, in the chips' units."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from host_sdk.errors import RecordFormatError
from host_sdk.records.names import ACCEL_ROLES, TURN_ROLES
from host_sdk.records.source import Channel, Source, format_error

from ..base import COLUMNS, ECG, MOTION, PPG, SKIN, FloatArray
from ..errors import SettingsError
from .light_map import LightMap, map_light, survey
from .resample import Resampler
from .selection import Selection

#: Rates of the reference board's chips: what lies above half of one is taken out before it is sampled. Skin is slow: a
#: wider band than that of its chip spares a filter of minutes.
CHIP_RATE_HZ = {ECG: 250.0, PPG: 100.0, MOTION: 104.0, SKIN: 10.0}
#: Rates with which a recording can be replayed: below, the waves are not in it; above, it is something else.
RATE_RANGE_HZ = {ECG: (50.0, 20000.0), PPG: (10.0, 5000.0), MOTION: (10.0, 5000.0), SKIN: (0.01, 500.0)}

_Column = Callable[[FloatArray], FloatArray]
_Fill = Callable[[FloatArray, FloatArray], None]


class RecordWorld:
    """Replay of a recording; NaN before and after it. `t0_s` is the world time of the record's time 0."""

    def __init__(
        self, name: str, source: Source, selection: Selection, start_s: float, end_s: float, lead_in_s: float = 0.0
    ) -> None:
        self.name = name
        self.source = source
        self.groups = selection.groups
        self.start_s, self.end_s = start_s, end_s
        self.t0_s = lead_in_s - start_s
        self.duration_s: float | None = lead_in_s + end_s - start_s
        self._selection = selection
        self._light_maps = {index: self._light_map(index) for index in self._indices(PPG)}
        self._fill = {group: self._filler(group) for group in sorted(self.groups)}

    @property
    def channels(self) -> dict[str, tuple[str, ...]]:
        """Names of the channels that each group is made of."""
        made: dict[str, tuple[str, ...]] = {}
        for group in (ECG, PPG, MOTION, SKIN):
            if group in self.groups:
                made[group] = tuple(self.source.channels[index].name for index in self._indices(group))
        return made

    @property
    def channel(self) -> str:
        """Name of the main channel: the ECG lead, else the infrared light, else the first of the others."""
        return next(iter(self.channels.values()))[-1 if ECG not in self.groups and PPG in self.groups else 0]

    @property
    def ecg_fs(self) -> float | None:
        """Samples a second of the recorded ECG; None where there is none."""
        return None if self._selection.ecg is None else self.source.channels[self._selection.ecg].fs

    @property
    def has_light_level(self) -> bool:
        """Whether the light came with its level (steady part): pulses then have a depth; true without light."""
        return all(scale.has_level for scale in self._light_maps.values())

    @property
    def record_error(self) -> RecordFormatError | None:
        """What is wrong with the file behind the part that is replayed."""
        return self.source.record_error

    def sample(self, group: str, t: FloatArray) -> FloatArray:
        """Values of a group at increasing times, see `World.sample`."""
        if group not in self._fill:
            raise SettingsError(f"{self.name} has no group {group!r}; there are {sorted(self.groups)}")
        record_t = np.asarray(t, dtype=np.float64) - self.t0_s
        out = np.full((len(record_t), len(COLUMNS[group])), np.nan)
        low, high = np.searchsorted(record_t, (self.start_s - 1e-9, self.end_s - 1e-9))
        if high > low:
            inside = record_t[low:high]
            self._fill[group](inside, out[low:high])
        return out

    def close(self) -> None:
        """Give files back."""
        self.source.close()

    def _indices(self, group: str) -> list[int]:
        chosen = self._selection
        if group == ECG:
            return [index for index in (chosen.ecg,) if index is not None]
        if group == PPG:
            return [index for index in (chosen.red, chosen.infrared) if index is not None]
        if group == SKIN:
            return [index for index in (chosen.skin,) if index is not None]
        return list(chosen.motion.values())

    def _filler(self, group: str) -> _Fill:
        """What writes a group's columns."""
        if group == PPG:
            return self._light_filler()
        made = {role: self._scaled(index, MOTION) for role, index in self._selection.motion.items()}
        # a recording without a gyroscope is one in which nothing was seen to turn
        columns = [made.get(role, np.zeros_like) for role in ACCEL_ROLES + TURN_ROLES]
        if group in (ECG, SKIN):
            columns = [self._scaled(index, group) for index in self._indices(group)]

        def fill(t: FloatArray, out: FloatArray) -> None:
            for column, values in enumerate(columns):
                out[:, column] = values(t)

        return fill

    def _light_filler(self) -> _Fill:
        light = [self._light(index) for index in self._indices(PPG)]
        # what absorbs how much cannot be compared without both levels
        two = len(light) > 1 and self.has_light_level

        def fill(t: FloatArray, out: FloatArray) -> None:
            out[:, 1] = light[-1](t)
            # with one wavelength the red light is dark wherever there is skin
            out[:, 0] = light[0](t) if two else out[:, 1] * 0.0
            out[:, 2] = 0.0

        return fill

    def _scaled(self, index: int, group: str) -> _Column:
        resampler, scale = self._resampler(index, group), self._selection.factors[index]
        return lambda t: resampler.at(t) * scale

    def _light(self, index: int) -> _Column:
        resampler, scale = self._resampler(index, PPG), self._light_maps[index]
        return lambda t: scale.apply(resampler.at(t))

    def _resampler(self, index: int, group: str) -> Resampler:
        channel = self.source.channels[index]
        low, high = RATE_RANGE_HZ[group]
        if not low <= channel.fs <= high:
            what = f"channel {channel.name!r} has {channel.fs:g} samples a second; {group} needs {low:g} to {high:g}"
            raise format_error(self.source.path, what)
        return Resampler(self._reader(index), channel.fs, channel.length, CHIP_RATE_HZ[group], pulses=group == ECG)

    def _reader(self, index: int) -> Callable[[int, int], FloatArray]:
        return lambda start, stop: self.source.read(index, start, stop)

    def _light_map(self, index: int) -> LightMap:
        channel = self.source.channels[index]
        begin, end = (_index(channel, at_s) for at_s in (self.start_s, self.end_s))
        windows = survey(self._reader(index), channel.fs, begin, end)
        return map_light(windows, is_light=self._selection.roles[index] != "pleth")


def _index(channel: Channel, at_s: float) -> int:
    return min(int(at_s * channel.fs), channel.length)
