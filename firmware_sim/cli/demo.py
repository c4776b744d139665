"""`vitalband demo`: the main job once, with the commands a user would type.

A recorded person is worn: the record given, else one that the simulator makes first of a synthetic wearer and that is
then played through the sensors like any other.
"""

from __future__ import annotations

import argparse
import json
import shlex
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from host_sdk.cli.choices import duration
from host_sdk.errors import SimulatorError

from .processes import VITALBAND, SimProcess

RECORDINGS = Path("recordings")
#: Courses of `demo ride`.
CRASHES_OF_RIDERS = ("head_on", "high_side", "low_side", "rear_end")
#: A device whose record is over needs so long to end, at most.
_ENDING_S = 2.0
_BOLD, _PLAIN = ("\033[1m", "\033[0m") if sys.stdout.isatty() else ("", "")


def say(text: str) -> None:
    """Print a headline."""
    print(f"\n{_BOLD}{text}{_PLAIN}", flush=True)


def show(device: SimProcess, *arguments: str) -> None:
    """Run a command in sight; raises SimulatorError where it fails, or the device's record is over before."""
    print(f"$ vitalband {shlex.join(arguments)}", flush=True)
    code = 0 if device.ended(0.0) else subprocess.run([*VITALBAND, *arguments], check=False).returncode
    if device.ended(_ENDING_S if code else 0.0):
        raise SimulatorError(f"{device.facts['record']} was over before the demo, which takes a minute or two of it")
    if code:
        raise SimulatorError(f"vitalband {arguments[0]} failed ({code})")


def person() -> Path:
    """A recorded person: two minutes of a synthetic wearer, made the first time."""
    header = RECORDINGS / "person.hea"
    if not header.exists():
        from firmware_sim.world.recorded import write_record
        from firmware_sim.world.wearer import PRESETS, Wearer

        write_record(Wearer(PRESETS["resting"], seed=7), header.with_suffix(""), duration_s=120.0)
    return header


def inspect_recording(folder: Path) -> None:
    """Open the recording with the tools others use."""
    import edfio
    import wfdb

    for header in sorted(folder.rglob("*.hea")):
        record = wfdb.rdrecord(str(header.with_suffix("")))
        signals = ", ".join(f"{n} [{u}]" for n, u in zip(record.sig_name, record.units, strict=True))
        print(f"  wfdb  {header.relative_to(folder)}: {signals}, {record.fs} Hz, {record.sig_len} samples")
    for path in sorted(folder.rglob("*.atr")):
        beats = wfdb.rdann(str(path.with_suffix("")), "atr")
        print(f"  wfdb  {path.relative_to(folder)}: {len(beats.sample)} beats marked")
    for path in sorted(folder.rglob("*.edf")):
        edf = edfio.read_edf(path)
        signals = ", ".join(f"{s.label} {s.sampling_frequency:g} Hz" for s in edf.signals)
        print(f"  edfio {path.relative_to(folder)}: {edf.duration:g} s, {signals}, {len(edf.annotations)} annotations")


def _seed(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r}: a whole number, 0 or more")
    return int(text)


def command(subparsers: Any) -> None:
    """Register the command."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "demo",
        help="show a simulated device live over BLE and serial, and record it",
        description="Start a simulated device, find it, show it live over BLE and serial, and leave a recording.",
    )
    parser.add_argument(
        "record",
        nargs="?",
        help="record to wear: WFDB, EDF, CSV or NPZ (default: a synthetic wearer); `ride`: a helmet and its band on a "
        "ride that ends in a crash, and on the same one with a cancel",
    )
    parser.add_argument(
        "--course",
        choices=CRASHES_OF_RIDERS,
        default="low_side",
        metavar="NAME",
        help=f"of `ride`: {', '.join(CRASHES_OF_RIDERS)} (default: low_side)",
    )
    parser.add_argument("--seed", type=_seed, default=3, help="of `ride`: another ride of that course (default: 3)")
    parser.add_argument(
        "--seconds", type=duration, default=20.0, metavar="S", help="length of the live part over BLE (default 20)"
    )
    parser.set_defaults(handler=run)


def run(args: argparse.Namespace) -> int:
    """Run the demo; 0 when every command of it did what was asked, else SimulatorError."""
    if args.record == "ride":
        from .demo_ride import run as ride  # the simulator takes a second to load: not for `vitalband --help`

        return ride(args.course, args.seed)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="vitalband-demo-") as temporary:
        record = Path(args.record) if args.record else person()
        port = Path(temporary) / "tty-wearable"
        say("1. A simulated wearable starts: the firmware on a simulated MCU, wearing a recorded person")
        sim = ["--record", str(record), "--warm", "12", "--serial-link", str(port)]
        print(f"$ vitalband sim {shlex.join(sim)}")
        with SimProcess(*sim) as device:
            print(json.dumps({k: device.facts[k] for k in ("name", "record", "groups", "ble", "serial")}))
            out = _use(device, args.seconds, began)
    say(f"Done. The recording stays in {out}. Next: source .venv/bin/activate, then vitalband --help")
    return 0


def _use(device: SimProcess, seconds: float, began: float) -> Path:
    """Find the device, show it live over both links, record it; the folder of the recording."""
    say("2. The host finds it over (virtual) BLE")
    show(device, "scan", device.ble, "--duration", "0.5")
    print(f"(found after {time.monotonic() - began:.1f} s)")
    say("3. It connects encrypted and shows what the device measures")
    show(device, "stream", device.ble, "--duration", str(seconds))
    say("4. The same over serial")
    show(device, "stream", device.serial, "--duration", str(seconds / 2))
    say("5. A recording that other tools open")
    out = RECORDINGS / time.strftime("demo-%Y%m%d-%H%M%S")
    for kind in ("wfdb", "edf"):
        show(device, "record", device.serial, "--out", str(out / kind), "--format", kind, "--duration", "12")
    inspect_recording(out)
    return out
