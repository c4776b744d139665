"""`vitalband flash`: a new firmware for a device, tested before it is confirmed."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import VitalbandError
from ..transports.address import parse_address
from .choices import since
from .output import one_line, print_json

if TYPE_CHECKING:
    from ..flashing.flasher import Flasher, SlotState

EXIT_REFUSED = 3
EXIT_REVERTED = 4


def command(subparsers: Any) -> None:
    """Register the command."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "flash",
        help="update a device's firmware, and see what it holds",
        description="Upload an image, start it in test, watch it, and confirm it when the device is healthy; "
        "else what ran before runs again.",
        epilog="Exit codes: 0 done, 1 no such file or device, a damaged file, another device, or the link stayed away, "
        "2 wrong arguments, 3 refused, by the device or for it (what ran goes on), 4 the new firmware failed its test "
        "(what ran before runs again), 130 Ctrl-C.",
    )
    parser.add_argument("image", nargs="?", type=Path, metavar="IMAGE", help="file of `vitalband build-image`")
    parser.add_argument("--device", required=True, metavar="ADDRESS", help="ble:NAME, serial:PORT or sim:tcp:HOST:PORT")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--status", action="store_true", help="say what its slots hold")
    what.add_argument("--revert", action="store_true", help="go back to what ran before a test")
    what.add_argument("--no-confirm", action="store_true", help="leave the new firmware in test: a restart reverts it")
    parser.add_argument(
        "--patience", type=since, default=60.0, metavar="S", help="how long a lost link may stay away (default: 60)"
    )
    parser.add_argument(
        "--trial", type=since, default=5.0, metavar="S", help="how long the new firmware is watched (default: 5)"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.set_defaults(handler=run, parser=parser)


def run(args: argparse.Namespace) -> int:
    """Run the command; an exit code of the epilog."""
    if (args.image is None) != (args.status or args.revert):
        args.parser.error("say an IMAGE to flash, or --status, or --revert")
    from ..flashing.errors import FlashRefused, FlashReverted

    try:
        asyncio.run(_run(args))
    except KeyboardInterrupt:
        print(
            "vitalband flash: stopped; a valid firmware runs, one in test until the device's next start: "
            "the same command goes on, --status says more, --revert ends a test",
            file=sys.stderr,
        )
        raise
    except VitalbandError as error:
        print(f"vitalband flash: {one_line(error)}", file=sys.stderr)
        if isinstance(error, FlashRefused):
            return EXIT_REFUSED
        return EXIT_REVERTED if isinstance(error, FlashReverted) else 1
    return 0


async def _run(args: argparse.Namespace) -> None:
    from ..flashing.flasher import Flasher
    from ..flashing.image_file import read_image_file
    from ..flashing.managed import ManagedDevice

    image = read_image_file(args.image) if args.image else None
    device = ManagedDevice(parse_address(args.device))
    say = _json if args.json else Words()
    try:
        await device.open()
        flasher = Flasher(device, say, args.patience, args.trial)
        identity = await flasher.identity()
        if not args.status:
            say("device", vars(identity))
        if image is not None:
            await flasher.flash(image, confirm=not args.no_confirm)
        elif args.revert:
            await flasher.revert()
        else:
            await _print_status(args, flasher)
    finally:
        await device.close()


async def _print_status(args: argparse.Namespace, flasher: Flasher) -> None:
    states = await flasher.judged_states()
    outcome, refusal = await flasher.last()
    identity = await flasher.identity()
    if args.json:
        slots = [{**vars(state), "digest": state.digest.hex()} for state in states]
        print_json({"device": vars(identity), "slots": slots, "bootloader": {"outcome": outcome, "refusal": refusal}})
        return
    print(one_line(identity))
    for state in states:
        print(f"slot {state.slot}  {one_line(state.version):14}  {meaning(state, states)}")
        print(f"        {state.digest.hex()}")
    done = "has exchanged nothing so far" if outcome == "nothing" else f"last outcome {outcome}"
    print(one_line(f"bootloader: {done}" + (f" ({refusal})" if refusal else "")))


def meaning(state: SlotState, states: Sequence[SlotState]) -> str:
    """What becomes of a slot's image, beside the others; where none is active, the recovery console answers."""
    from ..flashing.image_file import version_order

    if state.active:
        return "runs, confirmed" if state.confirmed else "runs in test: reverted at the next start"
    if state.pending:
        return "starts next, for good" if state.permanent else "starts next, in test"
    if not state.bootable:
        return "cannot be trusted: never started"
    if state.refusal:
        return f"refused by the bootloader: {one_line(state.refusal)}"
    # in the console, the first that can be trusted is what runs next
    running = next((other for other in states if other.active), None)
    running = running or next(other for other in states if other.bootable)
    if state is running:
        return "starts next"
    if state.confirmed:
        return "what ran before, taken again at the next start"
    if version_order(state.version) < version_order(running.version):
        return "older than what runs: refused if it is asked for"
    return "ready: it starts when it is asked for"


def _json(event: str, facts: dict[str, Any]) -> None:
    print_json({"event": event.replace(" ", "_"), **facts})


class Words:
    """Steps for people: a line each, and the bytes of an upload on one that grows."""

    def __init__(self) -> None:
        self._tenth = 0

    def __call__(self, event: str, facts: dict[str, Any]) -> None:
        """Print a step; what a device says of itself is nothing that a terminal obeys."""
        if event == "progress":
            self._progress(facts)
            return
        if event == "device":
            from ..flashing.flasher import Identity

            print(one_line(Identity(**facts)), flush=True)
            return
        words = {
            "runs already": "version {version} runs already" + ("" if facts.get("confirmed") else ", in test"),
            "is there already": "version {version} is in slot 1 already",
            "link lost": "the link is lost ({why}); trying again",
            "uploaded": "uploaded {bytes} bytes in {seconds} s",
            "restarting": "the device restarts, for the bootloader to take version {version}: up to 40 s",
            "testing": "version {version} runs in test",
            "healthy": "the device is healthy",
            "confirmed": "version {version} is confirmed",
            "left in test": "a restart reverts it; the same command without --no-confirm confirms it",
            "reverted": "version {version} runs again",
        }
        print(one_line(words[event].format(**facts)), flush=True)

    def _progress(self, facts: dict[str, Any]) -> None:
        """Each tenth once."""
        tenth = facts["bytes"] * 10 // facts["of"]
        if tenth > self._tenth:
            self._tenth = tenth
            print(f"  {tenth * 10:3} %  {facts['bytes_per_s'] / 1000:.0f} kB/s", flush=True)
