"""What can go wrong with a world: one family, each error naming what and where."""

from __future__ import annotations


class WorldError(ValueError):
    """A world could not be made."""


class SettingsError(WorldError):
    """A setting of a world or a fault is outside its range."""
