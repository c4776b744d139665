"""`vitalband msd`: the minimum set of data of an eCall, decoded and encoded by the device's own codec."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any


def command(subparsers: Any) -> None:
    """Register the command."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "msd",
        help="decode or encode an eCall's minimum set of data",
        description="Decode or encode an eCall's minimum set of data (EN 15722, version 2), by the device's codec.",
    )
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    decode = verbs.add_parser("decode", help="show what a message says")
    decode.add_argument("hex", metavar="HEX", help="the message in hexadecimal")
    decode.add_argument("--json", action="store_true", help="one JSON object")
    decode.set_defaults(handler=run_decode)
    encode = verbs.add_parser("encode", help="make a message, in hexadecimal")
    encode.add_argument("fields", metavar="JSON", help="an object with fields as `decode --json` shows them")
    encode.set_defaults(handler=run_encode)


def run_decode(args: argparse.Namespace) -> int:
    """Run `msd decode`; 0 when the message is one."""
    from .msd_fields import decoded, octets_of

    try:
        fields = decoded(octets_of(args.hex))
    except ValueError as error:
        return _failed(error)
    if args.json:
        print(json.dumps(fields))
    else:
        for name, value in fields.items():
            print(f"{name.replace('_', ' '):14} {_shown(value)}")
    return 0


def run_encode(args: argparse.Namespace) -> int:
    """Run `msd encode`; 0 when the message is there."""
    from .msd_fields import encoded

    try:
        print(encoded(args.fields).hex())
    except ValueError as error:
        return _failed(error)
    return 0


def _failed(error: ValueError) -> int:
    print(f"vitalband msd: {' '.join(str(error).split())}", file=sys.stderr)
    return 1


def _shown(value: object) -> str:
    if value is None:
        return "not known"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return ", ".join(f"{name.replace('_', ' ')} {number}" for name, number in value.items())
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    return f"{value:.6f}" if isinstance(value, float) else str(value)
