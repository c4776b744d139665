"""How true a model is: declared beside each model, held by tests, written into docs/fidelity.md."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Aspect:
    """Something that is modelled: after which section of the data sheet, and the test that holds it."""

    what: str
    section: str
    test: str


@dataclass(frozen=True)
class Register:
    """A register that is modelled: its value after power-up, and the bits that a write changes (0: read only)."""

    name: str
    address: int
    reset: int
    writable: int = 0
    #: Whether reading it takes its value away.
    is_cleared: bool = False


@dataclass(frozen=True)
class Fidelity:
    """What is modelled of a part, and what is not. `component` is its name among faults, where it can be at fault."""

    part: str
    sheet: str
    aspects: tuple[Aspect, ...]
    left_out: tuple[str, ...]
    registers: tuple[Register, ...] = ()
    component: str | None = None
    #: Whether the firmware runs with it on emulated cores, too; on a real board nothing was ever shown.
    on_emulated_cores: bool = True
