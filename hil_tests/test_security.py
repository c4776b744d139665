"""The threat model: each claim has a test, and those that belong nowhere else are here."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from bumble.pairing import PairingConfig, PairingDelegate

from firmware_sim.cli.processes import SimProcess
from firmware_sim.targets.debug_link import DebugLink
from firmware_sim.targets.provider import LocalDevice
from firmware_sim.targets.settings import Settings
from firmware_sim.testing.ble_rig import Band, band, soon
from firmware_sim.world.wearer import PRESETS, Wearer

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs/threat_model.md"
FIRMWARE = ROOT / "firmware_sim/firmware"
_CLAIM = re.compile(r"^- (?P<claim>.+)\n  \(`(?P<file>test_\w+\.py)`: `(?P<test>test_\w+)`\)$", re.MULTILINE)
#: Modules by which MicroPython speaks to a network, or takes code from one.
_NETWORK = {"socket", "usocket", "network", "asyncio", "ssl", "requests", "webrepl", "espnow", "mip"}


def claims() -> list[tuple[str, str, str]]:
    return [(one["claim"], one["file"], one["test"]) for one in _CLAIM.finditer(PAGE.read_text(encoding="utf-8"))]


@cache
def functions_in(name: str) -> frozenset[str]:
    """Tests of the files of that name."""
    paths = [path for folder in ("firmware_sim", "host_sdk", "hil_tests") for path in (ROOT / folder).rglob(name)]
    nodes = [node for path in paths for node in ast.parse(path.read_text(encoding="utf-8")).body]
    return frozenset(node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def test_each_claim_has_a_test_of_its_own_that_exists() -> None:
    listed = claims()
    claimed, _, _ = PAGE.read_text(encoding="utf-8").partition("## What is not protected")
    assert len(listed) == claimed.count("\n- ") >= 38, "a point that is no claim with its test"
    for claim, file, test in listed:
        assert test in functions_in(file), f"{claim}: no {test} in {file}"
    assert len({test for _, _, test in listed}) == len(listed)


def modules_of(source: str) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names.add((node.module or "").partition(".")[0])
    return names


def test_nothing_that_is_flashed_has_a_network_or_a_debug_link() -> None:
    files = sorted(FIRMWARE.rglob("*.py"))
    assert len(files) > 100
    for path in files:
        source = path.read_text(encoding="utf-8")
        assert not modules_of(source) & _NETWORK, path
        assert "debug_link" not in source, path
    assert modules_of("import socket\nfrom asyncio.stream import x\nfrom . import y\n") == {"socket", "asyncio"}


async def test_radio_and_debug_link_of_a_simulator_listen_on_this_computer_alone() -> None:
    with SimProcess() as sim:
        for fact in ("radio", "debug"):
            assert re.search(r"\b127\.0\.0\.1:\d+$", str(sim.facts[fact])), sim.facts
    device = LocalDevice(Settings(link="serial", pace=None), Wearer(PRESETS["resting"]), None)
    link = await DebugLink.start(device)
    assert link.host == "127.0.0.1"
    await link.close()
    await device.close()


async def paired_with(device: Band, *, secure: bool) -> Any:
    """The link of a central that can do Secure Connections or not, once it has paired."""
    client = device.client(await device.find(), auto_pair=False)
    await soon(client.connect())
    backend: Any = client._backend
    link = backend._link()
    link.device.pairing_config_factory = lambda _: PairingConfig(
        sc=secure, mitm=False, bonding=True, delegate=PairingDelegate()
    )
    await soon(link.pair())
    await device.until(lambda: device.busy[0].up)
    secure_connections = bool(link.sc)
    await soon(client.disconnect())
    return secure_connections


@pytest.mark.parametrize("secure", [True, False])
async def test_pairing_is_secure_connections_where_the_central_can(secure: bool) -> None:
    async with band() as device:
        assert await paired_with(device, secure=secure) == secure
