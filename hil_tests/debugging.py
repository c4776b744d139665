"""The debug link of a simulated device in another process."""

from __future__ import annotations

import json
import socket
from typing import Any

from firmware_sim.cli.processes import SimProcess

_ANSWER_S = 20.0


def ask(device: SimProcess, **request: object) -> dict[str, Any]:
    """Send one request and give the answer; TimeoutError or ConnectionError where none comes."""
    _, host, port = str(device.facts["debug"]).split(":")
    with socket.create_connection((host, int(port)), timeout=_ANSWER_S) as connection:
        connection.sendall(json.dumps(request).encode() + b"\n")
        with connection.makefile("rb") as lines:
            answer = json.loads(lines.readline())
    assert isinstance(answer, dict)
    return answer
