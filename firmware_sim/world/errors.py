"""What can go wrong with a world: one family, each error naming what and where."""

from __future__ import annotations

from collections.abc import Iterable


class WorldError(ValueError):
    """A world could not be made or read."""


class RecordNotFound(WorldError):  # noqa: N818
    """No such record, or one of its files is missing."""


class RecordFormatError(WorldError):
    """A record is damaged, of the wrong kind, or says nonsense about itself."""


class ChannelNotFound(WorldError):  # noqa: N818
    """The record does not have the channel or the signal that was asked for; says what it has."""

    def __init__(self, record: str, wanted: str, available: Iterable[str]) -> None:
        self.record = record
        self.wanted = wanted
        self.available = tuple(available)
        listed = ", ".join(repr(name) for name in self.available) or "nothing"
        super().__init__(f"{record}: no {wanted}; the record has {listed}")


class SettingsError(WorldError):
    """A setting of a world or a fault is outside its range."""
