"""What `vitalband scan` prints for people."""

from __future__ import annotations

from typing import Any

import pytest

from host_sdk.cli import scan
from host_sdk.cli.main import main
from host_sdk.transports.ble import DiscoveredDevice
from host_sdk.transports.serial import SerialPort


@pytest.mark.parametrize("width", [80, 50])
def test_addresses_and_signals_are_whole_at_any_width(
    width: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = "/dev/serial/by-id/usb-Some_Maker_With_A_Long_Name_Board_0123456789ABCDEF-if00"
    device: Any = None
    seen = DiscoveredDevice(
        "[bold]a name of many words " + "w" * 60, "6F2C1B9E-0000-4D2A-9F00-0123456789AB", -100, True, device
    )

    async def found(*_: Any) -> list[DiscoveredDevice]:
        return [seen]

    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setattr(scan, "scan", found)
    monkeypatch.setattr(scan, "serial_ports", lambda: [SerialPort(path, "n/a")])
    assert main(["scan"]) == 0
    out = capsys.readouterr().out
    assert max(map(len, out.splitlines())) <= width
    assert "…" not in out
    assert "-100 dBm" in out
    assert "[bold]a" in out
    lines = out.splitlines()
    addresses = "".join(line[: lines[0].index("name")].strip() for line in lines[1:])
    assert addresses == f"serial:{path}ble:{seen.address}"
