from __future__ import annotations

import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from firmware_sim.targets.names import CORES, IN_C, STOCK, TARGETS
from firmware_sim.targets.provider import open_device
from firmware_sim.targets.settings import Settings
from host_sdk.transports.simulated_options import SimulatedOptions

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

GROUP = "vitalband.simulators"


def test_every_target_is_an_entry_point_and_every_entry_point_a_target() -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert set(project["entry-points"][GROUP]) == set(TARGETS)
    assert {entry.name for entry in entry_points(group=GROUP)} == set(TARGETS)
    assert all(entry.load() is open_device for entry in entry_points(group=GROUP))


def test_the_lists_of_targets_agree() -> None:
    assert {*STOCK, *IN_C, "qemu"} == set(TARGETS)
    assert {name for name in STOCK + IN_C if name.startswith("qemu")} == set(CORES)


def test_settings_of_the_sdk_and_our_own() -> None:
    settings = Settings.of(SimulatedOptions(target="qemu", pace=None, extra={"seed": "7", "wearer": "af"}))
    assert (settings.target, settings.pace, settings.seed, settings.wearer) == ("qemu", None, 7, "af")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"colour": "red"}, "no option 'colour'"),
        ({"zzz": "1"}, "no option 'zzz'; there are channel, column, .*, wearer"),
        ({"record": "r", "colum": "1"}, "no option 'colum'; did you mean column?"),
        ({"target": "abacus"}, "target 'abacus' is none of"),
        ({"wearer": "dragon"}, "wearer 'dragon' is none of"),
        ({"record": "r", "wearer": "af"}, "a record or a wearer"),
        ({"heap": "1000"}, "of emulated targets"),
        ({"target": "unix", "run": "repl"}, "no console"),
    ],
)
def test_settings_that_do_not_go_together(options: dict[str, str], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Settings.parse(options)
