"""What a simulated device is asked for: typed, and read from the text options of an address once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..records.read_options import NAMES, ReadOptions

DEFAULT_TARGET = "cpython"
LINKS = ("ble", "serial")
SIGNALS = ("auto", "ecg", "ppg", "imu", "skin")
#: Options of an address that this module gives a meaning to.
SHARED = frozenset({"target", "link", "pace", "record", "signal", "channel", "start", "end", *NAMES})


@dataclass(frozen=True, kw_only=True)
class SimulatedOptions:
    """What a simulated device is asked for; raises ValueError naming the field that cannot be."""

    #: Name of the provider's entry point: where the firmware runs.
    target: str = DEFAULT_TARGET
    #: The link the host will use; the other need not be up.
    link: str = "ble"
    #: Times real time; None: as fast as it will go.
    pace: float | None = 1.0
    #: Path of a record that the world replays; None: a synthetic wearer.
    record: str | None = None
    #: Which signals of the record are used.
    signal: str = "auto"
    #: Name of the channel that feeds the sensor of its kind; the other sensors choose by name themselves.
    channel: str | None = None
    #: Seconds into the record where the replay begins and ends (None: the record's end).
    start_s: float = 0.0
    end_s: float | None = None
    #: What the record does not say itself.
    read: ReadOptions = field(default_factory=ReadOptions)
    #: The provider's own options (`seed`, `wearer` …), as text.
    extra: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        one_of("link", self.link, LINKS)
        one_of("signal", self.signal, SIGNALS)
        if self.pace is not None and not 0.01 <= self.pace <= 1000:
            raise ValueError(f"pace {self.pace:g} is not between 0.01 and 1000 (or real, or max)")
        for name, value in (("start", self.start_s), ("end", self.end_s)):
            if value is not None and not 0 <= value < 1e9:
                raise ValueError(f"{name} {value:g} is out of range")
        if self.record is None:
            self._check_without_record()

    def _check_without_record(self) -> None:
        given = {"channel": self.channel is not None, "start": self.start_s > 0, "end": self.end_s is not None}
        given["fs, unit, scale, column, skip or decimal"] = self.read != ReadOptions()
        name = next((name for name, is_given in given.items() if is_given), None)
        if name is not None:
            raise ValueError(f"{name} is of a record, and there is none")

    @classmethod
    def parse(cls, options: Mapping[str, str]) -> SimulatedOptions:
        """Options of an address: `pace` is `real`, `max` or a factor, the others bear the fields' names.

        `start` and `end` are in seconds; those of `ReadOptions` have commas between values; what has no field goes
        to `extra`. Raises ValueError naming what is wrong.
        """
        return cls(
            target=options.get("target", DEFAULT_TARGET),
            link=options.get("link", "ble"),
            pace=_pace(options.get("pace", "real")),
            record=options.get("record"),
            signal=options.get("signal", "auto"),
            channel=options.get("channel"),
            start_s=number("start", options.get("start", "0")),
            end_s=number("end", options["end"]) if "end" in options else None,
            read=ReadOptions.parse({name: options[name].split(",") for name in NAMES if name in options}),
            extra={name: value for name, value in options.items() if name not in SHARED},
        )


def one_of(name: str, value: str, choices: tuple[str, ...]) -> str:
    """A value that must be one of a list; raises ValueError."""
    if value not in choices:
        raise ValueError(f"{name} {value!r} is none of {', '.join(choices)}")
    return value


def number(name: str, text: str) -> float:
    """A number from 0 on, of an option's text; raises ValueError."""
    try:
        value = float(text)
    except ValueError:
        raise ValueError(f"{name} {text!r} is not a number") from None
    if not 0 <= value < 1e9:
        raise ValueError(f"{name} {text} is out of range")
    return value


def _pace(text: str) -> float | None:
    if text in ("real", "max"):
        return 1.0 if text == "real" else None
    try:
        return number("pace", text)
    except ValueError as error:
        raise ValueError(f"{error}; it is real, max, or a factor of real time such as 10") from None
