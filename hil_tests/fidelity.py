"""The fidelity ledger, docs/fidelity.md: what each model of the simulator is true to, as its own module declares it.

``python -m hil_tests.fidelity`` writes the page, ``--check`` compares. test_fidelity.py holds the declarations: tests
exist, and registers are what the model has.
"""

from __future__ import annotations

import importlib
import pkgutil
import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import fill

import firmware_sim.chips
import firmware_sim.mcu
import firmware_sim.mcu.radio
from firmware_sim.faults import faults_of
from firmware_sim.mcu.fidelity import Fidelity

PAGE = Path(__file__).resolve().parents[1] / "docs/fidelity.md"
_WIDTH = 118
_HEAD = """# Fidelity

What the simulated parts are true to. Each declares it beside its model (`FIDELITY`), and `make gen` writes this page.
A test named with an aspect fails where the model does not have it; of each register the value after power-up and the
bits that a write changes are held against the model. Where a section is *own assumption*, no document says it.

Nothing here was compared with a real part: where a model follows its data sheet wrongly, and the driver does so too,
no test sees it. The firmware runs with the same models on CPython and on emulated cores
(`test_same_on_every_target.py`), but for those that are marked.
"""


def declared() -> dict[str, Fidelity]:
    """What is declared, by module, in their order."""
    found = {}
    for package in (firmware_sim.chips, firmware_sim.mcu, firmware_sim.mcu.radio):
        for module in sorted(pkgutil.iter_modules(package.__path__), key=lambda each: each.name):
            if not module.ispkg:
                name = f"{package.__name__}.{module.name}"
                made = getattr(importlib.import_module(name), "FIDELITY", None)
                if made is not None:
                    found[name] = made
    return found


def text() -> str:
    """The page."""
    return _HEAD + "".join(f"\n{part}" for name, each in declared().items() for part in _section(name, each))


def _section(module: str, fidelity: Fidelity) -> Iterator[str]:
    path = module.replace(".", "/") + ".py"
    shown = "" if fidelity.on_emulated_cores else " On CPython alone: no role of an emulated device has it."
    yield f"## {fidelity.part}\n\n" + _filled(f"`{path}`, after {fidelity.sheet}.{shown}")
    for aspect in fidelity.aspects:
        yield f"- {aspect.what} ({aspect.section})\n  `{aspect.test}`\n"
    if fidelity.registers:
        names = ", ".join(f"{one.name} {one.address:02X}h" for one in fidelity.registers)
        yield _filled(f"Registers: {names}.")
    if fidelity.component is not None:
        faults = ", ".join(faults_of(fidelity.component))
        yield _filled(f"Faults ([outcomes](faults.md)): `{fidelity.component}` {faults}.")
    yield _filled(f"Not modelled: {'; '.join(fidelity.left_out)}.")


def _filled(words: str) -> str:
    return fill(words, _WIDTH, break_long_words=False, break_on_hyphens=False) + "\n"


def main(arguments: list[str]) -> int:
    """Write the page, or compare it; 0 when it is as it should be."""
    if "--check" not in arguments:
        PAGE.write_text(_joined(), encoding="utf-8")
        return 0
    if PAGE.is_file() and PAGE.read_text(encoding="utf-8") == _joined():
        return 0
    print(f"{PAGE.name} is not what it is made of: run `make gen`", file=sys.stderr)
    return 1


def _joined() -> str:
    """Points of a list stand together."""
    return text().replace("`\n\n- ", "`\n- ")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
