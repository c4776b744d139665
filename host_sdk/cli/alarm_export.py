"""`vitalband alarm export`: the alarms of a helmet's journal for other programs."""

from __future__ import annotations

import argparse
import asyncio
import json
from typing import Any

from ..client import Client
from ..errors import RequestRefused, WrongUse
from ..fhir import alarm_bundle
from ..wire_gen import Error
from .choices import add_wait


def add_export(actions: Any) -> None:
    """Register the action."""
    parser: argparse.ArgumentParser = actions.add_parser("export", help="alarms of its journal as a FHIR bundle")
    parser.add_argument("address", metavar="ADDRESS", help="sim:tcp:…, ble:…, serial:…")
    add_wait(parser)
    parser.add_argument("--fhir", action="store_true", required=True, help="as a FHIR R4 Bundle, in JSON")
    parser.add_argument("--number", type=int, metavar="N", help="only that alarm (default: all of the journal)")
    parser.set_defaults(handler=lambda args: asyncio.run(_run(args)))


async def _run(args: argparse.Namespace) -> int:
    async with await Client.open(args.address, wait_s=args.wait) as client:
        try:
            alarms = await client.alarm.alarms()
        except RequestRefused as refusal:
            if refusal.code == Error.UNSUPPORTED:
                raise WrongUse(f"{args.address}: {client.info.model} has no alarm") from refusal
            raise
        wanted = [alarm for alarm in alarms if args.number in (None, alarm.number)]
        if args.number is not None and not wanted:
            numbers = ", ".join(str(alarm.number) for alarm in alarms) or "none"
            raise WrongUse(f"{args.address}: no alarm {args.number} in the journal (there are {numbers})")
        print(json.dumps(alarm_bundle(wanted, client.info), indent=1, ensure_ascii=False))
    return 0
