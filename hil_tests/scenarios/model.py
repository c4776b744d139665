"""A scenario as data."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path
from typing import Any, Literal

from firmware_sim.faults import Fault
from firmware_sim.world.wearer import WearerSettings
from host_sdk.wire_gen import AlarmState, BeatKind, EventKind, ReadingKind, Reason, RhythmFlags

from .link_faults import LinkFault

Subject = ReadingKind | EventKind | RhythmFlags | BeatKind | AlarmState
_SORTS = {
    ReadingKind: "reading",
    EventKind: "event",
    RhythmFlags: "finding",
    BeatKind: "beat",
    AlarmState: "alarm",
}


@dataclass(frozen=True)
class Recording:
    """A recording in place of a wearer."""

    path: Path
    signal: str = "auto"
    channel: str | None = None
    start_s: float = 0.0
    end_s: float | None = None


@dataclass(frozen=True)
class SignalFault:
    """What chips sense is wrong for a while, in one group of signals or several."""

    line: int
    name: str
    parts: tuple[Fault, ...]


@dataclass(frozen=True)
class ComponentFault:
    """A chip, or the radio, at fault for a while."""

    component: str
    fault: str
    start_s: float
    stop_s: float
    seed: int


@dataclass(frozen=True)
class Action:
    """What is done to the device."""

    at_s: float
    do: Literal["reset", "press", "call"]


@dataclass(frozen=True)
class Expectation:
    """What must come of a scenario from `from_s` to `to_s`; None: not limited."""

    subject: Subject
    from_s: float
    to_s: float
    #: Line of the file that it is of.
    line: int
    between: tuple[float, float] | None = None
    near_truth: float | None = None
    choice: IntEnum | None = None
    reasons: tuple[Reason, ...] = ()
    answered: tuple[float, float] = (0.0, 1.0)
    at_least: int | None = None
    at_most: int | None = None

    @property
    def words(self) -> str:
        """What it is about."""
        return (
            f"{_SORTS[type(self.subject)]} {str(self.subject.name).lower()} from {self.from_s:g} s to {self.to_s:g} s"
        )


@dataclass(frozen=True)
class MessageExpectation:
    """Messages of a helmet's alarm that the network must take from `from_s` to `to_s`; None: not limited."""

    #: As the file has it; its number, None of anybody.
    contact: str
    number: str | None
    from_s: float
    to_s: float
    #: Line of the file that it is of.
    line: int
    #: What is in its text.
    text: str | None = None
    at_least: int | None = None
    at_most: int | None = None

    @property
    def words(self) -> str:
        """What it is about."""
        said = "" if self.text is None else f" with {self.text!r}"
        return f"message to {self.contact}{said} from {self.from_s:g} s to {self.to_s:g} s"


@dataclass(frozen=True)
class CurrentLimit:
    """What a chip, or the whole `device`, may take from `from_s` to `to_s`, mean mA; None: not limited."""

    component: str
    from_s: float
    to_s: float
    #: Line of the file that it is of.
    line: int
    at_least_ma: float | None = None
    at_most_ma: float | None = None
    #: Hours that the board's cell must last at that mean: of the device.
    lasts_h: float | None = None

    @property
    def words(self) -> str:
        """What it is about."""
        return f"current {self.component} from {self.from_s:g} s to {self.to_s:g} s"


@dataclass(frozen=True)
class Scenario:
    """What a device goes through, and what must come of it."""

    path: Path
    about: str
    duration_s: float
    expect: tuple[Expectation, ...]
    currents: tuple[CurrentLimit, ...] = ()
    messages: tuple[MessageExpectation, ...] = ()
    seed: int = 0
    #: One of these three; a course is ridden by a helmet, whose contacts these are.
    wearer: WearerSettings | None = None
    recording: Recording | None = None
    course: str | None = None
    contacts: str = ""
    signal_faults: tuple[SignalFault, ...] = ()
    component_faults: tuple[ComponentFault, ...] = ()
    link_faults: tuple[LinkFault, ...] = ()
    actions: tuple[Action, ...] = ()
    #: How many resets must come: at least, at most.
    resets: tuple[int, int] = (0, 0)
    #: What begins at a time: its line, what, and s.
    begins: tuple[tuple[int, str, float], ...] = ()
    #: Where another scenario of a run has a file of the same name: what distinguishes it.
    title: str = ""
    #: The file's content.
    data: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def name(self) -> str:
        """What it is called: its file, without the ending."""
        return self.title or self.path.stem
