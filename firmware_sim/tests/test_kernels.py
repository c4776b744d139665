"""The kernels give the same on CPython, under viper and in C: on chance and on extreme arguments."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from firmware_sim.firmware import kernels
from firmware_sim.testing import kernel_cases
from firmware_sim.testing.kernel_cases import CASES, digests
from firmware_sim.testing.unix_micropython import run_micropython

FIRMWARE = Path(__file__).resolve().parents[1] / "firmware"
#: Prints the digests of both, None for the C module where the binary was built without it.
_SCRIPT = """
from kernel_cases import digests
from firmware.kernels import {modules}
viper = {{}}
for module in ({modules},):
    viper.update({{name: getattr(module, name) for name in dir(module)}})
import vitalband_dsp
print((digests(viper), digests({{name: getattr(vitalband_dsp, name) for name in dir(vitalband_dsp)}})))
"""


@pytest.fixture(scope="module")
def found() -> tuple[dict[str, int], dict[str, int]]:
    """Digests of viper and of C on MicroPython."""
    files = sorted((FIRMWARE / "kernels").glob("*_viper.py"))
    script = _SCRIPT.format(modules=", ".join(path.stem for path in files))
    output = run_micropython(script, (FIRMWARE.parent, Path(kernel_cases.__file__).parent))
    viper, native = ast.literal_eval(output)
    return viper, native


def test_every_kernel_has_cases() -> None:
    functions = {name for name, value in vars(kernels).items() if getattr(value, "__module__", "").endswith("_viper")}
    assert set(CASES) == functions


@pytest.mark.qemu
def test_viper_gives_what_cpython_gives(found: tuple[dict[str, int], dict[str, int]]) -> None:
    assert found[0] == digests(vars(kernels))


@pytest.mark.qemu
def test_c_gives_what_viper_gives(found: tuple[dict[str, int], dict[str, int]]) -> None:
    assert found[1] == found[0]
