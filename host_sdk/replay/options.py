"""What is replayed, and how."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..records.read_options import ReadOptions
from ..transports.simulated_options import DEFAULT_TARGET, SimulatedOptions
from ..wire_gen import Sex


@dataclass(frozen=True, kw_only=True)
class ReplayOptions:
    """One record and how it is replayed; times in seconds from the record's start, `end_s` None: to its end."""

    record: str
    #: `auto` (all there are), `ecg`, `ppg`, `imu` or `skin`.
    signal: str = "auto"
    #: Channel at the sensor of its kind; None: the usual one.
    channel: str | None = None
    start_s: float = 0.0
    end_s: float | None = None
    #: What the record does not say itself.
    read: ReadOptions = field(default_factory=ReadOptions)
    #: Where the firmware runs: a provider of `vitalband.simulators`.
    target: str = DEFAULT_TARGET
    #: The wearer's sex, by which limits of QTc differ.
    sex: Sex = Sex.UNKNOWN

    def simulated(self) -> SimulatedOptions:
        """The device that replays it, as fast as it will go; raises ValueError naming the field that cannot be."""
        if not self.record:
            raise ValueError(f"record {self.record!r} is no path")
        return SimulatedOptions(
            target=self.target,
            link="serial",
            pace=None,
            record=self.record,
            signal=self.signal,
            channel=self.channel,
            start_s=self.start_s,
            end_s=self.end_s,
            read=self.read,
        )
