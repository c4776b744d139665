"""`recording.json`: what a recording is, who made it and how complete it is."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from ..errors import RecordingError
from ..models import Gap, SampleBlock, StreamSpec
from ..small_json import read_json
from ..wire_gen import UNIT_SYMBOLS, Stream, Unit
from .files import replace_text
from .metadata_checks import VERSION, check_metadata

FILE_NAME = "recording.json"
#: By so much a sample may stand away from its time, s: what the times of blocks are uncertain by.
_AWAY_S = 0.01
#: A measured rate that is off by more than this part is no rate.
_BELIEVED = 0.2
#: The one file of an EDF+ recording.
EDF_FILE_NAME = "recording.edf"


@dataclass(slots=True)
class StreamRecord:
    """How a stream's recording stands."""

    channels: tuple[str, ...]
    unit: str
    lsb: float
    sample_bytes: int
    rate_hz: float
    first_index: int
    first_tick_us: int
    samples: int = 0
    lost: int = 0
    gaps: int = 0
    #: Rate by the device's clock, and samples that arrived a second of it; None before there are two blocks.
    measured_hz: float | None = None
    delivered_hz: float | None = None
    #: What the device's log filled of gaps: first sample and length of each run.
    filled: list[list[int]] = field(default_factory=list)

    @classmethod
    def of(cls, block: SampleBlock) -> StreamRecord:
        """Record of a stream that begins with a block."""
        spec = block.spec
        unit = spec.unit_symbol
        first = (block.first_index, block.tick_us)
        return cls(spec.channels, unit, spec.lsb, spec.sample_bytes, spec.rate_hz, *first)

    @property
    def true_hz(self) -> float:
        """Rate at which its samples stand at their time: the nominal one as long as it puts none away from it."""
        measured = self.measured_hz
        if measured is None or not abs(measured - self.rate_hz) < _BELIEVED * self.rate_hz:
            return self.rate_hz
        off_s = abs(measured / self.rate_hz - 1) * (self.samples + self.lost) / self.rate_hz
        return measured if off_s > _AWAY_S else self.rate_hz

    def spec(self, stream: Stream) -> StreamSpec:
        """What its samples mean."""
        unit = next((unit for unit, symbol in UNIT_SYMBOLS.items() if symbol == self.unit), Unit.NONE)
        return StreamSpec(stream, tuple(self.channels), self.sample_bytes, unit, self.rate_hz, self.lsb)

    def count(self, block: SampleBlock) -> None:
        """Take a block into account."""
        self.samples += len(block.counts)
        if block.late:
            self.lost -= len(block.counts)
            if block.from_log:
                self._fill(block.first_index, len(block.counts))
            return
        span_s = (block.tick_us - self.first_tick_us) / 1e6
        if span_s > 0 and block.first_index > self.first_index:
            self.measured_hz = round((block.first_index - self.first_index) / span_s, 6)
            self.delivered_hz = round((self.samples - len(block.counts)) / span_s, 4)

    @property
    def filled_samples(self) -> int:
        """Samples from the device's log."""
        return sum(length for _, length in self.filled)

    def _fill(self, first: int, length: int) -> None:
        """Note what was filled; what follows on a run belongs to it."""
        for run in self.filled:
            if run[0] + run[1] == first:
                run[1] += length
                return
        self.filled.append([first, length])

    def count_gap(self, gap: Gap) -> None:
        """Take a gap into account."""
        self.gaps += 1
        self.lost += gap.samples


@dataclass(slots=True)
class Metadata:
    """Everything in `recording.json`."""

    format: str
    software: str
    address: str
    device: dict[str, Any]
    version: int = VERSION
    state: str = "recording"
    #: What ended an incomplete recording before its time.
    error: str | None = None
    #: Calendar time (UTC, ISO 8601) of device time `start_tick_us`; None before the first sample.
    started: str | None = None
    start_tick_us: int | None = None
    ended: str | None = None
    #: The device's clock gains so many parts in a million on the host's; None: not known.
    drift_ppm: float | None = None
    streams: dict[str, StreamRecord] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)
    #: Restarts of the device in between; each is a gap of known length in every stream.
    restarts: int = 0
    files: list[str] = field(default_factory=list)

    @property
    def began(self) -> datetime | None:
        """Calendar time of `start_tick_us`."""
        return datetime.fromisoformat(self.started) if self.started else None

    def save(self, folder: Path) -> None:
        """Write the file in one step, so that there is always a whole one."""
        text = json.dumps(asdict(self), indent=1, ensure_ascii=False)
        # bytes of a path that are no UTF-8 become escapes, which JSON has too
        replace_text(folder / FILE_NAME, text.encode("utf-8", "backslashreplace").decode() + "\n")


def load_metadata(folder: Path) -> Metadata:
    """Metadata of a recording; raises RecordingError where there is none or it is damaged."""
    path = folder / FILE_NAME
    try:
        raw = read_json(path)
        if isinstance(raw, dict):
            raw.pop("gaps", None)  # of recordings before gaps.csv was all of them
        known = {"software": "", "address": "", "device": {}} | check_metadata(raw)
        streams = {name: _stream(stream) for name, stream in known.get("streams", {}).items()}
        return Metadata(**{**known, "streams": streams})
    except FileNotFoundError:
        raise RecordingError(f"{folder}: no recording there ({FILE_NAME} is missing)") from None
    except OSError as error:
        raise RecordingError(f"{path}: {error.strerror}") from error
    except ValueError as error:
        raise RecordingError(f"{path}: damaged ({error})") from error


def _stream(raw: dict[str, Any]) -> StreamRecord:
    return StreamRecord(**{**raw, "channels": tuple(raw["channels"])})
