"""What goes wrong, in one vocabulary: faults of what the chips sense, with a start and an end."""

from .signals import (
    Dropout,
    Fault,
    FaultyWorld,
    Flat,
    MotionArtefact,
    Noise,
    Saturation,
    electrode_off,
    motion_artefact,
    not_worn,
)

__all__ = [
    "Dropout",
    "Fault",
    "FaultyWorld",
    "Flat",
    "MotionArtefact",
    "Noise",
    "Saturation",
    "electrode_off",
    "motion_artefact",
    "not_worn",
]
