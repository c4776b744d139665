"""The alarm of a device that has one."""

from ... import wire_gen as wire

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..session import Session


def get_alarm(session: "Session", back: int) -> "int | None":
    """Answer with the alarm as it is, or with a record of its journal."""
    requests = session.host.alarm_requests
    if requests is None:
        return wire.ERROR_UNSUPPORTED
    n = requests.write(session.buf, back, session.host.now_us())
    if not n:
        return wire.ERROR_BAD_VALUE
    session.reply(n)
    return None


def act_on_alarm(session: "Session", action: int, value: int) -> int:
    """Have it do something."""
    requests = session.host.alarm_requests
    if requests is None:
        return wire.ERROR_UNSUPPORTED
    return requests.act(action, value, session.host.now_us())
