"""The log on the device's flash."""

from ... import wire_gen as wire

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..session import Session


def get_log(session: "Session", flush: int) -> "int | None":
    """Answer with its state."""
    host = session.host
    if flush:
        host.log.flush(host.now_us())
    session.reply(host.log.write_status(session.buf, 0))
    return None


def pull_log(session: "Session", first: int, end: int) -> int:
    """Send chunks of it, behind everything else."""
    error = session.host.log_pull.begin(session, first, end)
    if error == wire.ERROR_NONE:
        session.pull()
    return error


def acknowledge_log(session: "Session", end: int, check: int) -> int:
    """The host has what is before `end`."""
    return session.host.log.acknowledge(end, check)


def erase_log(session: "Session", end: int) -> int:
    """Erase all of it."""
    return session.host.log.erase(end)


def set_log(session: "Session", mode: int, streams: int, results: int) -> int:
    """Record so from now on, also after a restart."""
    return session.host.set_log(mode, streams, results)


def schedule_log(session: "Session", *plan: int) -> int:
    """Record at these times, where the mode is to."""
    return session.host.schedule_log(plan)


def set_log_key(session: "Session", high: int, low: int) -> int:
    """Encrypt what is recorded from now on."""
    key = high.to_bytes(8, "big") + low.to_bytes(8, "big") if high or low else b""
    return session.host.log.set_key(key)


def trigger_log(session: "Session", for_s: int) -> int:
    """Record for so many seconds from now on."""
    host = session.host
    if host.log.state >= wire.LOG_STATE_NO_FLASH:
        return wire.ERROR_NOT_STORED
    host.log.trigger.hold(host.now_us() + 1_000_000 * for_s)
    return wire.ERROR_NONE
