"""The kernels give the same on CPython, under viper and in C: on chance and on extreme arguments."""

from __future__ import annotations

import ast

import pytest

from firmware_sim.firmware import kernels

from .kernel_cases import CASES, digests
from .micropython_unix import ROOT, execute

#: Prints the digests of both, None for the C module where the binary was built without it.
_SCRIPT = """
from kernel_cases import digests
from firmware.kernels import {modules}
viper = {{}}
for module in ({modules},):
    viper.update({{name: getattr(module, name) for name in dir(module)}})
try:
    import vitalband_dsp
except ImportError:
    vitalband_dsp = None
native = vitalband_dsp and {{name: getattr(vitalband_dsp, name) for name in dir(vitalband_dsp)}}
print((digests(viper), native and digests(native)))
"""


@pytest.fixture(scope="module")
def found() -> tuple[dict[str, int], dict[str, int] | None]:
    """Digests of viper and of C on MicroPython."""
    files = sorted((ROOT / "firmware/kernels").glob("*_viper.py"))
    script = _SCRIPT.format(modules=", ".join(path.stem for path in files))
    viper, native = ast.literal_eval(execute(script))
    return viper, native


def test_every_kernel_has_cases() -> None:
    assert set(CASES) == set(kernels.__all__)


def test_viper_gives_what_cpython_gives(found: tuple[dict[str, int], dict[str, int] | None]) -> None:
    assert found[0] == digests(vars(kernels))


def test_c_gives_what_viper_gives(found: tuple[dict[str, int], dict[str, int] | None]) -> None:
    if found[1] is None:
        pytest.skip("this MicroPython was built without the C module vitalband_dsp")
    assert found[1] == found[0]
