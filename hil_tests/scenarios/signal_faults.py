"""Faults of what the chips sense, by the names that scenarios have for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from firmware_sim.faults import (
    Dropout,
    Fault,
    Flat,
    Noise,
    Saturation,
    dead_led,
    electrode_off,
    equal_leds,
    motion_artefact,
    not_worn,
    swapped_leds,
)

_Make = Callable[..., Fault | Sequence[Fault]]
#: Name: what makes it of its settings and its time, the settings that it needs, those that it may have.
SIGNAL_FAULTS: dict[str, tuple[_Make, tuple[str, ...], tuple[str, ...]]] = {
    "electrode_off": (electrode_off, (), ()),
    "not_worn": (not_worn, (), ()),
    "dropout": (Dropout, ("group",), ()),
    "flat": (Flat, ("group",), ("level",)),
    "saturation": (Saturation, ("group",), ("sign",)),
    "noise": (Noise, ("group", "snr_db"), ("kind", "seed")),
    "motion_artefact": (motion_artefact, (), ("level_g", "seed")),
    "dead_led": (dead_led, ("colour",), ()),
    "swapped_leds": (swapped_leds, (), ()),
    "equal_leds": (equal_leds, (), ()),
}


def misfit(name: str, settings: Mapping[str, Any]) -> str | None:
    """What keeps a fault from having these settings; None where nothing does."""
    _, needed, optional = SIGNAL_FAULTS[name]
    missing = [each for each in needed if each not in settings]
    if missing:
        return f"{name} needs {', '.join(missing)}"
    foreign = [each for each in settings if each not in (*needed, *optional)]
    return f"{name} has no {', '.join(foreign)}" if foreign else None


def make(name: str, settings: Mapping[str, Any], start_s: float, stop_s: float) -> list[Fault]:
    """The fault, one for each group of signals that it is of; SettingsError."""
    made = SIGNAL_FAULTS[name][0](**settings, start_s=start_s, stop_s=stop_s)
    return [made] if isinstance(made, Fault) else list(made)
