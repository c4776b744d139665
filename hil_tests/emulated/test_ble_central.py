"""MicroPython's own tests of two devices on one air, each of them on MicroPython."""

from __future__ import annotations

import asyncio

import pytest

from firmware_sim.testing import multi_bluetooth, multi_bluetooth_cores

from ..targets import STOCK, need, parameters

SUITE = multi_bluetooth.suite()


@pytest.mark.skipif(SUITE is None, reason="no source of MicroPython: run `make firmware`")
@pytest.mark.parametrize("target", parameters(*(target for target in STOCK if target != "cpython")))
@pytest.mark.parametrize("script", multi_bluetooth.SCRIPTS)
def test_micropythons_own_test(script: str, target: str) -> None:
    need(target)
    assert SUITE is not None
    printed = asyncio.run(multi_bluetooth_cores.run((SUITE / f"{script}.py").read_text(), target))
    assert printed.strip() == (SUITE / f"{script}.py.exp").read_text().strip()
