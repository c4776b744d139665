"""`vitalband sim`: a simulated device in a process of its own, on a virtual radio and a serial port."""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path
from typing import Any

from host_sdk.cli.choices import add_read_options, duration, since

from ..targets.names import TARGETS
from ..world.rides import COURSES
from ..world.wearer import PRESETS
from .build_image import words


def command(subparsers: Any) -> None:
    """Register the command."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "sim",
        help="start a simulated device (BLE + serial + debug link)",
        description="Start a simulated device and keep it running until Ctrl-C, its world's end, or --duration.",
    )
    what = parser.add_mutually_exclusive_group()
    what.add_argument(
        "--wearer",
        choices=sorted(PRESETS),
        default="resting",
        metavar="NAME",
        help=f"synthetic wearer: {', '.join(sorted(PRESETS))} (default: resting)",
    )
    what.add_argument("--record", metavar="PATH", help="replay a WFDB, EDF, CSV or NPZ record instead")
    words = f"a helmet instead of a band, on a ride: {', '.join(sorted(COURSES))}"
    what.add_argument("--ride", choices=sorted(COURSES), metavar="NAME", help=words)
    parser.add_argument("--channel", help="channel of the record at the ECG electrodes")
    parser.add_argument(
        "--seed",
        type=int,
        help="same seed, same bytes, and the same name and serial number; without it, what it measures is that of seed "
        "0, and it is another device each time, unless --storage, --serial-link or --air-port says where it lives",
    )
    parser.add_argument(
        "--pace", default="real", help="speed of its time: real, a factor of it such as 10, or max (default: real)"
    )
    parser.add_argument("--warm", type=since, default=0.0, metavar="S", help="seconds it has been worn already")
    parser.add_argument("--duration", type=duration, metavar="S", help="stop after S seconds of real time")
    parser.add_argument("--host", type=_host, default="127.0.0.1", help="address the radio and debug link listen on")
    parser.add_argument(
        "--air-port", type=_port, default=0, metavar="PORT", help="port of the radio (default: any free)"
    )
    parser.add_argument("--debug-port", type=_port, default=0, metavar="PORT", help="port of the debug link")
    parser.add_argument("--serial-link", type=Path, metavar="PATH", help="name for the serial port")
    parser.add_argument("--console", type=Path, metavar="FILE", help="append what its console says to a file")
    parser.add_argument("--capture", type=Path, metavar="FILE", help="write its HCI packets as btsnoop, for Wireshark")
    parser.add_argument(
        "--storage", type=Path, metavar="DIR", help="folder of the device's files and NOR flash (bonds, log …)"
    )
    parser.add_argument(
        "--target", default="cpython", help=f"where the firmware runs: {', '.join(TARGETS)} (default: cpython)"
    )
    parser.add_argument(
        "--repl", action="store_true", help="emulated targets: do not start the firmware, only the console"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    add_read_options(parser)
    parser.set_defaults(handler=run)


def _host(text: str) -> str:
    if not text.strip():
        raise argparse.ArgumentTypeError("no address (0.0.0.0 is every one of this computer)")
    return text


def _port(text: str) -> int:
    number = int(text)
    if not 0 <= number <= 65535:
        raise argparse.ArgumentTypeError(f"{text} is not a port (0 to 65535)")
    return number


def run(args: argparse.Namespace) -> int:
    """Run the command; 0 when the device ended as asked."""
    from .running import run_device  # the simulator takes a second to load: not for `vitalband --help`

    try:
        return asyncio.run(run_device(args))
    except (ValueError, OSError) as error:
        print(f"vitalband sim: {' '.join(words(error).split())}", file=sys.stderr)
        return 1
