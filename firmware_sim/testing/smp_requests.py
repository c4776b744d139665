"""One request to a command core, without a link."""

from __future__ import annotations

from ..firmware.services.smp.server import PENDING, SmpServer


def answered(server: SmpServer, frame: bytes, peer: object = None) -> bytes:
    """The response to a frame, made where the request lies, as links have it; no bytes where there is none."""
    room = memoryview(bytearray(max(server.longest, len(frame))))
    room[: len(frame)] = frame
    made = server.handle(room[: len(frame)], room[: server.longest], peer)
    while made == PENDING:
        made = server.go_on(room[: server.longest], peer)
    answer = bytes(room[:made])
    server.answered(peer)
    return answer
