"""What a simulated device is opened with, checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from difflib import get_close_matches
from pathlib import Path

from host_sdk.transports.simulated_options import SHARED, SimulatedOptions, number, one_of

from ..world.rides import COURSES
from ..world.wearer import PRESETS
from .names import TARGETS, image_name

_OWN = frozenset({"seed", "identity", "wearer", "storage", "warm", "run", "heap", "ride"})
_SHARED = tuple(field.name for field in fields(SimulatedOptions) if field.name != "extra")


@dataclass(frozen=True, kw_only=True)
class Settings(SimulatedOptions):
    """The SDK's options and this simulator's own; raises ValueError for what does not go together."""

    seed: int = 0
    #: What its name, serial number and address are made of; None: of the seed.
    identity: int | None = None
    #: Name of a preset; None: `resting`, where there is no record.
    wearer: str | None = None
    #: Name of a course: the device is a helmet on that ride.
    ride: str | None = None
    #: Folder of the device's flash files; None: in memory.
    storage: Path | None = None
    #: Seconds it has been worn already.
    warm_s: float = 0.0
    #: Of emulated targets: `firmware`, `repl` (only the console) or `script:NAME` of a flash file; bytes of heap.
    run: str = "firmware"
    heap: int | None = None

    def __post_init__(self) -> None:
        SimulatedOptions.__post_init__(self)
        one_of("target", self.target, tuple(TARGETS))
        if self.wearer is not None:
            one_of("wearer", self.wearer, tuple(PRESETS))
        if self.target.startswith("unix") and self.run == "repl":
            raise ValueError(f"target {self.target} has no console to give a REPL on")
        if self.target == "cpython" and (self.run != "firmware" or self.heap is not None):
            raise ValueError("run and heap are of emulated targets")
        if self.ride is not None:
            one_of("ride", self.ride, tuple(COURSES))
        if sum(each is not None for each in (self.record, self.wearer, self.ride)) > 1:
            raise ValueError("a device senses a record or a wearer, not both, and a helmet a ride")
        image_name(self.target, self.role)

    @property
    def role(self) -> str:
        """What the device is, by what it senses."""
        return "band" if self.ride is None else "helmet"

    @property
    def chip(self) -> int:
        """Seed of the microcontroller: its unique id and what chance there is on it."""
        return self.seed if self.identity is None else self.identity

    @classmethod
    def of(cls, options: SimulatedOptions) -> Settings:
        """Settings from what the SDK hands over; raises ValueError naming the option that is wrong."""
        extra = options.extra
        unknown = sorted(set(extra) - _OWN)
        if unknown:
            known = sorted(SHARED | _OWN)
            near = get_close_matches(unknown[0], known, 1)
            meant = f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}"
            raise ValueError(f"the simulator has no option {unknown[0]!r}; {meant}")
        return cls(
            **{name: getattr(options, name) for name in _SHARED},
            seed=int(number("seed", extra.get("seed", "0"))),
            identity=int(number("identity", extra["identity"])) if "identity" in extra else None,
            wearer=extra.get("wearer"),
            ride=extra.get("ride"),
            storage=Path(extra["storage"]) if "storage" in extra else None,
            warm_s=number("warm", extra.get("warm", "0")),
            run=extra.get("run", "firmware"),
            heap=int(number("heap", extra["heap"])) if "heap" in extra else None,
        )

    @classmethod
    def parse(cls, options: Mapping[str, str]) -> Settings:
        """Settings from the text options of an address."""
        return cls.of(SimulatedOptions.parse(options))
