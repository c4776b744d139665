"""`vitalband scan`: what can be reached from here."""

from __future__ import annotations

import argparse
import asyncio
import sys
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..errors import AddressError, VitalbandError
from ..transports.address import Address, parse_address
from ..transports.ble import DiscoveredDevice, scan
from ..transports.serial import SerialPort, serial_ports
from ..transports.sim_ble import virtual_backend
from .choices import duration
from .output import one_line, print_json


def command(subparsers: Any) -> None:
    """Register the command."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "scan",
        help="list devices in reach: Bluetooth and serial ports",
        description="List vitalbands in reach over Bluetooth, and the serial ports of this computer. "
        "With the address of a running simulator, look around in its air instead.",
    )
    parser.add_argument("address", nargs="?", metavar="sim:tcp:HOST:PORT", help="the air of a running simulator")
    parser.add_argument("--duration", type=duration, default=3.0, metavar="S", help="listen for S seconds (default 3)")
    parser.add_argument("--all", action="store_true", help="list other Bluetooth devices too")
    parser.add_argument("--json", action="store_true", help="one JSON object a device and line")
    parser.set_defaults(handler=run)


def run(args: argparse.Namespace) -> int:
    """Run the command; 0 when what was asked could be looked at and, in a simulator's air, something was there."""
    return asyncio.run(_run(args))


async def _run(args: argparse.Namespace) -> int:
    if args.address is not None:
        address = parse_address(args.address)
        found = [_in_air(address, device) for device in await _scan_air(address, args)]
        _print(args, found)
        return 0 if found else 1
    found = [_port(port) for port in serial_ports()]
    code = 0
    try:
        found += [_on_air(device) for device in _wanted(await scan(args.duration), args)]
    except VitalbandError as error:
        print(f"vitalband scan: {one_line(error)}", file=sys.stderr)
        code = 1
    _print(args, found)
    return code


async def _scan_air(address: Address, args: argparse.Namespace) -> list[DiscoveredDevice]:
    if address.host_port is None:
        raise AddressError(
            f"address '{address}': only the air of a running simulator (sim:tcp:HOST:PORT) can be scanned"
        )
    backend = virtual_backend(f"tcp-client:{address.target.removeprefix('tcp:')}")
    return _wanted(await scan(args.duration, backend), args)


def _wanted(devices: list[DiscoveredDevice], args: argparse.Namespace) -> list[DiscoveredDevice]:
    return [device for device in devices if device.is_vitalband or args.all]


def _in_air(address: Address, device: DiscoveredDevice) -> dict[str, Any]:
    return {**_on_air(device), "address": f"sim:{address.target}?name={device.name}"}


def _on_air(device: DiscoveredDevice) -> dict[str, Any]:
    return {
        "address": f"ble:{device.address}",
        "kind": "ble",
        "name": device.name,
        "rssi_dbm": device.rssi,
        "vitalband": device.is_vitalband,
    }


def _port(port: SerialPort) -> dict[str, Any]:
    # What is behind a serial port is known only once somebody asks it.
    return {"address": f"serial:{port.device}", "kind": "serial", "name": port.description, "vitalband": None}


def _print(args: argparse.Namespace, found: list[dict[str, Any]]) -> None:
    if args.json:
        for thing in found:
            print_json(thing)
        return
    if not found:
        print("nothing in reach (a device without room for another host is not seen)")
        return
    table = Table(box=None, header_style="bold")
    table.add_column("address", overflow="fold")
    table.add_column("name", overflow="fold")
    table.add_column("signal", justify="right", no_wrap=True)
    for thing in found:
        signal = f"{thing['rssi_dbm']} dBm" if "rssi_dbm" in thing else ""
        table.add_row(Text(one_line(thing["address"])), Text(one_line(thing["name"])), signal)
    Console().print(table)
