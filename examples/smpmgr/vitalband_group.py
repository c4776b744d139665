"""A plugin of smpmgr for a vitalband's own management group: what the device measured last.

`pip install smpmgr`, then, with the port that `vitalband sim` names (or `--ble NAME` in place of `--port PORT`):
`smpmgr --plugin-path=examples/smpmgr --port PORT vitalband readings`.
"""

import asyncio
from enum import IntEnum
from typing import Any, cast

import typer
from smp import error, message
from smpmgr.common import Options, connect_with_spinner, get_smpclient, smp_request

GROUP = 100
#: Name and scale of each kind of reading (docs/protocol.md): number = value / scale.
KINDS = {
    1: ("heart_rate", 10), 2: ("rr", 1), 3: ("pr", 10), 4: ("qrs", 10), 5: ("qt", 10), 6: ("qtc_bazett", 10),
    7: ("qtc_fridericia", 10), 8: ("qtc_framingham", 10), 9: ("qtc_hodges", 10), 16: ("pulse_rate", 10),
    17: ("spo2", 10), 18: ("perfusion_index", 100), 19: ("respiration_rate", 10), 20: ("skin_temperature", 100),
    21: ("wear", 1), 22: ("pulse_irregularity", 10), 23: ("pulse_interval", 10), 32: ("activity", 1),
    33: ("posture", 1), 48: ("battery", 10),
}  # fmt: skip

app = typer.Typer(name="vitalband", help="The vitalband's own group (100)")


class VitalbandError(IntEnum):
    """The group's own refusals: it has none."""

    OK = 0


class ErrorV1(error.ErrorV1):
    """A refusal of SMP version 1."""

    _GROUP_ID = GROUP


def _error_v2() -> Any:
    """In a function, because pydantic looks up the module of what stands outside, which a plugin is not."""
    return error.ErrorV2[VitalbandError]


class ErrorV2(_error_v2()):  # type: ignore[misc]
    """A refusal of SMP version 2."""

    _GROUP_ID = GROUP


class ReadingsResponse(message.ReadResponse):
    """Of each kind: number, value or null, quality (0 to 100), reason (0: none), age in ms."""

    _GROUP_ID = GROUP
    _COMMAND_ID = 0

    readings: list[tuple[int, int | None, int, int, int]]


class ReadingsRequest(message.ReadRequest):
    """Asks for the latest readings."""

    _GROUP_ID = GROUP
    _COMMAND_ID = 0
    _Response = ReadingsResponse
    _ErrorV1 = ErrorV1
    _ErrorV2 = ErrorV2


@app.command()  # type: ignore[untyped-decorator]
def readings(ctx: typer.Context) -> None:
    """What the device measured last: name, number, quality, age, and the number of a reason where there is one."""
    client = get_smpclient(cast("Options", ctx.obj))

    async def run() -> Any:
        await connect_with_spinner(client)
        return await smp_request(client, cast("Any", ReadingsRequest()))

    answer = asyncio.run(run())
    if not isinstance(answer, ReadingsResponse):
        typer.echo(f"refused: {answer}")
        raise typer.Exit(code=1)
    for kind, value, quality, reason, age_ms in answer.readings:
        name, scale = KINDS.get(kind, (f"kind {kind}", 1))
        number = "-" if value is None else f"{value / scale:g}"
        why = f"  reason {reason}" if reason else ""
        typer.echo(f"{name:20} {number:>8}  quality {quality:3}  {age_ms / 1000:6.1f} s ago{why}")
