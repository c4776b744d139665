"""Which channels of a recording go to which chip."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from host_sdk.errors import ChannelNotFound, RecordFormatError
from host_sdk.records.finding import position_of
from host_sdk.records.names import ACCEL_ROLES, LIGHT_ROLES, TURN_ROLES, Role, axis_of, is_linear, role_of
from host_sdk.records.source import Channel
from host_sdk.records.units import ACCEL_UNITS, CELSIUS_UNITS, ECG_UNITS, TURN_UNITS, factor

from ..base import ECG, MOTION, PPG, SKIN
from ..errors import SettingsError

_GROUP_OF_SIGNAL = {"ecg": ECG, "ppg": PPG, "motion": MOTION, "imu": MOTION, "skin": SKIN}
#: Leads in which P and T waves usually stand out: taken before the others where none is named.
#: Units that a message names.
_UNITS_NAMED = 4
_WRITTEN = {"mv": "mV", "uv": "uV", "v": "V", "nv": "nV"}
#: Names that readers make up, and those that say nothing.
_NAMELESS = re.compile(r"(?:signal|column|channel|ch|arr)?[ _]?\d*|data|value|values|voltage|samples?|signal|amplitude")
_PREFERRED_LEADS = ("ii", "mlii", "ecg ii", "lead ii", "ecg lead ii")


@dataclass
class Selection:
    """Channel numbers by what they are; `factors` bring all channels but light into the world's units."""

    ecg: int | None = None
    #: Red and infrared; with one wavelength only the second is there.
    red: int | None = None
    infrared: int | None = None
    motion: dict[Role, int] = field(default_factory=dict)
    skin: int | None = None
    factors: dict[int, float] = field(default_factory=dict)
    roles: dict[int, Role] = field(default_factory=dict)

    @property
    def groups(self) -> frozenset[str]:
        """Groups of signals that these channels make."""
        has = {ECG: self.ecg is not None, PPG: self.infrared is not None, MOTION: bool(self.motion)}
        has[SKIN] = self.skin is not None
        return frozenset(group for group, there in has.items() if there)


def wanted_groups(signals: Iterable[str] | None) -> frozenset[str] | None:
    """Groups by the names of signals (ecg, ppg, motion or imu, skin); None for whatever is there."""
    if signals is None:
        return None
    requested = [signals] if isinstance(signals, str) else list(signals)
    unknown = [signal for signal in requested if signal not in _GROUP_OF_SIGNAL]
    if unknown or not requested:
        raise SettingsError(f"unknown signal {(unknown or ['(none)'])[0]!r}; there are {', '.join(_GROUP_OF_SIGNAL)}")
    return frozenset(_GROUP_OF_SIGNAL[signal] for signal in requested)


def select(
    record: str, channels: Sequence[Channel], wanted: frozenset[str] | None, named: Sequence[str]
) -> Selection:  # fmt: skip
    """Choose channels; raises ChannelNotFound where a wanted signal or a named channel is not there."""
    names = [channel.name for channel in channels]
    roles = roles_of(channels)
    chosen = [_find(record, names, name) for name in named]
    if not chosen and wanted is not None and ECG in wanted and "ecg" not in roles.values():
        roles |= _nameless_ecg(channels)
    for index in chosen:
        if index not in roles:
            roles[index] = _role_by_unit(record, channels[index], wanted)
    groups = wanted or _groups_by_name([roles[index] for index in chosen])
    for index in chosen:
        if _group_of(roles[index]) not in groups:
            raise SettingsError(f"{record}: channel {names[index]!r} is no {' or '.join(sorted(groups))} channel")
    selection = Selection(roles=roles)
    if ECG in groups:
        _select_ecg(record, channels, selection, chosen)
    if PPG in groups:
        _select_light(selection, chosen)
    if MOTION in groups:
        _select_motion(record, channels, selection)
    if SKIN in groups:
        _select_skin(record, channels, selection, chosen, requested=wanted is not None)
    for group in sorted((wanted or frozenset()) - selection.groups):
        way_out = "--channel NAME takes one of them" if group == ECG else "--column NAME=ACC_X says what is what"
        raise ChannelNotFound(record, f"{group} channel known by its name ({way_out})", names)
    if not selection.groups:
        kinds = "ECG lead, PLETH, RED, IR, ACC_X|Y|Z …; --channel NAME takes another one"
        raise ChannelNotFound(record, f"channel of a known kind ({kinds}, --column NAME=ACC_X calls it so)", names)
    return selection


def _group_of(role: Role) -> str | None:
    if role in LIGHT_ROLES:
        return PPG
    if role in ACCEL_ROLES + TURN_ROLES:
        return MOTION
    if role == "skin":
        return SKIN
    return ECG if role == "ecg" else None


def _groups_by_name(named: Sequence[Role]) -> frozenset[str]:
    """Groups where no signal is requested: all; but where other chips' channels are named and no lead, those alone."""
    groups = frozenset(group for role in named if (group := _group_of(role)) is not None)
    return frozenset((ECG, PPG, MOTION, SKIN)) if not groups or ECG in groups else groups


def _find(record: str, names: Sequence[str], wanted: str) -> int:
    index = position_of(names, wanted)
    if index is None:
        raise ChannelNotFound(record, f"channel {wanted!r}", names)
    return index


def roles_of(channels: Sequence[Channel]) -> dict[int, Role]:
    """What channels are by their names; three that are nothing but axes are what their unit says."""
    roles = {index: role for index, each in enumerate(channels) if (role := role_of(each.name)) is not None}
    axes = {axis: index for index, each in reversed(list(enumerate(channels))) if (axis := axis_of(each.name))}
    for table, kind in ((ACCEL_UNITS, ACCEL_ROLES), (TURN_UNITS, TURN_ROLES)):
        units = [channels[index].unit for index in axes.values()]
        # G is gauss as well
        if len(axes) == 3 and all(unit != "G" and factor(unit, table) is not None for unit in units):
            roles |= {axes[axis]: role for axis, role in zip("xyz", kind, strict=True)}
    return roles


def _nameless_ecg(channels: Sequence[Channel]) -> dict[int, Role]:
    """The one channel without a name of its own, where its unit is electrical."""
    nameless = [index for index, channel in enumerate(channels) if _NAMELESS.fullmatch(channel.name.strip().lower())]
    electrical = [index for index in nameless if factor(channels[index].unit, ECG_UNITS) is not None]
    return {electrical[0]: "ecg"} if len(electrical) == 1 else {}


def _role_by_unit(record: str, channel: Channel, wanted: frozenset[str] | None) -> Role:
    """What a named channel is whose name says nothing: what was requested, else an ECG if its unit is electrical."""
    if wanted == frozenset((PPG,)):
        return "pleth"
    if wanted == frozenset((ECG,)) or factor(channel.unit, ECG_UNITS) is not None:
        return "ecg"
    what = f"channel {channel.name!r} in {channel.unit!r} could be anything"
    raise SettingsError(f"{record}: {what}; say which signal it is (--signal ecg), and its unit (--unit mV)")


def _select_ecg(record: str, channels: Sequence[Channel], selection: Selection, chosen: Sequence[int]) -> None:
    leads = [index for index, role in selection.roles.items() if role == "ecg"]
    named = [index for index in dict.fromkeys(chosen) if index in leads]
    if len(named) > 1:
        listed = " and ".join(repr(channels[index].name) for index in named)
        raise SettingsError(f"{record}: the device has one ECG lead, not {listed}")
    if not leads:
        return
    by_name = {channels[index].name.strip().lower(): index for index in reversed(leads)}
    usual = next((by_name[lead] for lead in _PREFERRED_LEADS if lead in by_name), min(leads))
    selection.ecg = named[0] if named else usual
    _note_factor(record, channels, selection, selection.ecg, ECG_UNITS)


def _select_light(selection: Selection, chosen: Sequence[int]) -> None:
    named = {role: index for index in reversed(chosen) if (role := selection.roles[index]) in LIGHT_ROLES}
    there: dict[Role, int] = {}
    for index, role in selection.roles.items():
        there.setdefault(role, index)
    pool = named or there
    if "red" in pool and "ir" in pool:
        selection.red, selection.infrared = pool["red"], pool["ir"]
        return
    one_wavelength: tuple[Role, ...] = ("pleth", "ir", "red", "green")
    selection.infrared = next((pool[role] for role in one_wavelength if role in pool), None)


def _select_motion(record: str, channels: Sequence[Channel], selection: Selection) -> None:
    there: dict[Role, int] = {}
    # what has gravity in it comes first
    for index in sorted(selection.roles, key=lambda index: (is_linear(channels[index].name), index)):
        there.setdefault(selection.roles[index], index)
    if not all(role in there for role in ACCEL_ROLES):
        return
    turning = all(role in there for role in TURN_ROLES)
    for role in ACCEL_ROLES + (TURN_ROLES if turning else ()):
        selection.motion[role] = there[role]
        _note_factor(record, channels, selection, there[role], ACCEL_UNITS if role in ACCEL_ROLES else TURN_UNITS)


def _select_skin(
    record: str, channels: Sequence[Channel], selection: Selection, chosen: Sequence[int], requested: bool
) -> None:  # fmt: skip
    """Take a temperature in °C; one in another unit is an error only where it is requested."""
    there = [index for index in (*chosen, *selection.roles) if selection.roles[index] == "skin"]
    if not there or not (requested or chosen or factor(channels[there[0]].unit, CELSIUS_UNITS)):
        return
    selection.skin = there[0]
    _note_factor(record, channels, selection, there[0], CELSIUS_UNITS)


def _note_factor(
    record: str, channels: Sequence[Channel], selection: Selection, index: int, table: dict[str, float]
) -> None:  # fmt: skip
    channel = channels[index]
    value = factor(channel.unit, table)
    if value is None:
        known = ", ".join(_WRITTEN.get(unit, unit) for unit in list(table)[:_UNITS_NAMED])
        stated = f"is in {channel.unit!r}, which is none of {known}" if channel.unit else "does not say its unit"
        way_out = f"--unit says what it is in ({known}), --scale the size of a count"
        raise RecordFormatError(f"{record}: channel {channel.name!r} {stated}; {way_out}")
    selection.factors[index] = value
