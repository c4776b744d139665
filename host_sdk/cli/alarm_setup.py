"""`vitalband alarm setup`: whom a helmet alarms, and by what rules; over SMP, as all settings are."""

from __future__ import annotations

import argparse
import asyncio
import unicodedata
from typing import TYPE_CHECKING, Any

from ..client import Client
from ..errors import ProtocolError, RequestRefused, WrongUse
from ..models import Alarm
from ..transports.address import parse_address
from ..wire_gen import AlarmProfile, Error
from .choices import add_wait
from .output import one_line, print_json

if TYPE_CHECKING:
    from ..flashing.managed import ManagedDevice

#: Least, most and default of the countdown, s; bytes that the device has for texts.
COUNTDOWN_S = (5, 60, 15)
LONGEST = {"contacts": 160, "wearer_name": 40}
#: Characters that turn the direction of what follows.
_TURNS = ("LRE", "RLE", "PDF", "LRO", "RLO", "LRI", "RLI", "FSI", "PDI")
#: The device takes settings at the next full second.
_TAKES_S = 1.3
_EPILOG = (
    'Contacts are names with their numbers, four at most: "Jo +49 30 1234567, Li +49 170 1234567". A number is whole, '
    "or none: what has an extension, a letter or a second number in it is refused, and said so. They count at once, "
    "the rest once no alarm is going on. Without options it shows what is set. Needs the extra flash."
)


def add_setup(actions: Any) -> None:
    """Register the action."""
    parser: argparse.ArgumentParser = actions.add_parser(
        "setup", help="show or set contacts, name, profile and countdown", epilog=_EPILOG
    )
    parser.add_argument("address", metavar="ADDRESS", help="ble:NAME, serial:PORT or sim:tcp:HOST:PORT")
    parser.add_argument("--contacts", type=_text("contacts"), metavar="TEXT", help='whom to alarm; "": nobody')
    parser.add_argument(
        "--name", dest="wearer_name", type=_text("wearer_name"), metavar="TEXT", help="the wearer's, in messages"
    )
    profiles = [profile.name.lower() for profile in AlarmProfile]
    words = f"what the wearer does: {', '.join(profiles)} (default: motorcycle)"
    parser.add_argument("--profile", choices=profiles, metavar="NAME", help=words)
    low, high, default = COUNTDOWN_S
    parser.add_argument(
        "--countdown", type=_countdown, metavar="S", help=f"time to cancel, {low} to {high} s (default: {default})"
    )
    add_wait(parser)
    parser.add_argument("--json", action="store_true", help="print a JSON object")
    parser.set_defaults(handler=lambda args: asyncio.run(_run(args)))


def _text(name: str) -> Any:
    def read(text: str) -> str:
        if len(text.encode()) > LONGEST[name]:
            raise argparse.ArgumentTypeError(f"{len(text.encode())} bytes of UTF-8: {LONGEST[name]} at most")
        if any(_is_control(character) for character in text):
            raise argparse.ArgumentTypeError("control characters, as a line's end, cannot be in it")
        return text

    return read


def _countdown(text: str) -> int:
    low, high, _ = COUNTDOWN_S
    if not text.isdecimal() or not low <= int(text) <= high:
        raise argparse.ArgumentTypeError(f"{text!r}: {low} to {high} s")
    return int(text)


async def _run(args: argparse.Namespace) -> int:
    from ..flashing.managed import ManagedDevice

    await _alarm_of(args)  # before anything is written
    wanted = {name: getattr(args, name) for name in LONGEST if getattr(args, name) is not None}
    device = ManagedDevice(parse_address(args.address))
    try:
        await device.open()
        for name, text in wanted.items():
            await _write(device, name, text.encode())
        if args.profile is not None:
            await _write(device, "alarm_profile", bytes([AlarmProfile[args.profile.upper()]]))
        if args.countdown is not None:
            await _write(device, "alarm_countdown", bytes([args.countdown]))
        found: dict[str, Any] = {
            "contacts": (await _read(device, "contacts")).decode(errors="replace"),
            "name": (await _read(device, "wearer_name")).decode(errors="replace"),
            "profile": _profile(await _read_number(device, "alarm_profile"), args.address),
            "countdown_s": await _read_number(device, "alarm_countdown"),
        }
    finally:
        await device.close()
    await asyncio.sleep(_TAKES_S)
    alarm = await _alarm_of(args)
    if args.json:
        print_json({**found, "numbers": alarm.contacts, "refused": alarm.refused_contacts})
        return 0
    refused = f", {alarm.refused_contacts} refused: no number that is sure, or too many" * bool(alarm.refused_contacts)
    print(f"contacts   {one_line(found['contacts']) or 'none'}  ({alarm.contacts} with a number{refused})")
    print(f"name       {one_line(found['name']) or 'none: messages say `The wearer`'}")
    print(f"profile    {found['profile'].replace('_', ' ')}")
    print(f"countdown  {found['countdown_s']} s")
    return 0


async def _alarm_of(args: argparse.Namespace) -> Alarm:
    async with await Client.open(args.address, wait_s=args.wait) as client:
        try:
            return await client.alarm.state()
        except RequestRefused as refusal:
            if refusal.code == Error.UNSUPPORTED:
                raise WrongUse(f"{args.address}: {client.info.model} has no alarm") from refusal
            raise


async def _write(device: ManagedDevice, name: str, value: bytes) -> None:
    from smpclient.requests.settings_management import WriteSetting

    await device.request(WriteSetting(name=f"vitalband/{name}", val=value))


def _is_control(character: str) -> bool:
    """As the firmware has it: also what breaks lines, or turns their direction."""
    return unicodedata.category(character) in ("Cc", "Zl", "Zp") or unicodedata.bidirectional(character) in _TURNS


def _profile(number: int, address: str) -> str:
    if number not in list(AlarmProfile):
        raise ProtocolError(f"{address}: has alarm profile {number}, which there is not")
    return AlarmProfile(number).name.lower()


async def _read_number(device: ManagedDevice, name: str) -> int:
    value = await _read(device, name)
    if len(value) != 1:
        raise ProtocolError(f"setting {name}: {len(value)} bytes, not 1")
    return value[0]


async def _read(device: ManagedDevice, name: str) -> bytes:
    from smpclient.requests.settings_management import ReadSetting

    answer = await device.request(ReadSetting(name=f"vitalband/{name}"))
    return bytes(answer.val)
