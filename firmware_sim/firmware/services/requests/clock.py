"""Device time and the calendar."""

from ... import wire_gen as wire

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..session import Session


def time_sync(session: "Session", host_us: int) -> None:
    """Answer with device time beside the host's."""
    session.time_was_requested()
    session.reply(wire.pack_time(session.buf, 0, host_us, session.host.now_us()))


def set_time(session: "Session", unix_ms: int) -> int:
    """Set the calendar."""
    return wire.ERROR_NONE if session.host.set_time(unix_ms, session.link) else wire.ERROR_BAD_VALUE
