"""Who the device is and what it measures."""

from ... import wire_gen as wire

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..session import Session


def get_info(session: "Session", protocol: int) -> "int | None":
    """Answer with `info` and a `stream_info` for each stream that is there; a host begins with it."""
    if protocol != wire.PROTOCOL_VERSION:
        return wire.ERROR_UNSUPPORTED_VERSION
    session.begin()
    host, buf = session.host, session.buf
    session.reply(host.write_info(buf, 0))
    for stream in range(len(wire.STREAMS)):
        n = host.write_stream_info(buf, 0, stream)
        if n:
            session.reply(n)
    return None
