"""The debug link of a simulated device in another process."""

from __future__ import annotations

import json
import socket
from typing import Any

from firmware_sim.cli.processes import SimProcess

_TIMEOUT_S = 20.0


def debug_request(device: SimProcess, **request: object) -> dict[str, Any]:
    """The reply to one request; TimeoutError or ConnectionError where none comes."""
    host, _, port = str(device.facts["debug"]).removeprefix("tcp:").rpartition(":")
    with socket.create_connection((host.strip("[]"), int(port)), timeout=_TIMEOUT_S) as connection:
        connection.sendall(json.dumps(request).encode() + b"\n")
        with connection.makefile("rb") as lines:
            reply = json.loads(lines.readline())
    assert isinstance(reply, dict)
    return reply
