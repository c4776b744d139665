"""What goes wrong, in one vocabulary: faults of what the chips sense, with a start and an end."""

from .signals import (
    Dropout,
    Fault,
    FaultyWorld,
    Flat,
    MixedLight,
    MotionArtefact,
    Noise,
    Saturation,
    Sunlight,
    dead_led,
    electrode_off,
    equal_leds,
    motion_artefact,
    not_worn,
    sunlight,
    swapped_leds,
)

__all__ = [
    "Dropout",
    "Fault",
    "FaultyWorld",
    "Flat",
    "MixedLight",
    "MotionArtefact",
    "Noise",
    "Saturation",
    "Sunlight",
    "dead_led",
    "electrode_off",
    "equal_leds",
    "motion_artefact",
    "not_worn",
    "sunlight",
    "swapped_leds",
]
