"""What a host wants to be sent, and that a signal has ended."""

from ... import wire_gen as wire
from . import AFTER_QUEUED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..session import Session


def subscribe(session: "Session", streams: int, results: int) -> int:
    """Send these streams and results from now on, and nothing else."""
    if streams & ~wire.STREAM_ALL or results & ~wire.TOPIC_ALL:
        return wire.ERROR_BAD_VALUE
    if (streams or results) and session.link.limit < wire.LONGEST_FRAME:
        return wire.ERROR_MTU_TOO_SMALL
    session.subscribe(streams, results)
    return wire.ERROR_NONE


def flush(session: "Session", streams: int) -> int:
    """The signals of these streams have ended: results of what is there, then the acknowledgement."""
    if streams & ~wire.STREAM_ALL:
        return wire.ERROR_BAD_VALUE
    session.host.flush(streams)
    return AFTER_QUEUED
