"""The handler of each request."""

from ... import wire_gen as wire
from .alarm import act_on_alarm, get_alarm
from .clock import set_time, time_sync
from .info import get_info
from .log import acknowledge_log, erase_log, get_log, pull_log, schedule_log, set_log, set_log_key, trigger_log
from .streams import flush, subscribe
from .wearer import set_wearer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable

HANDLERS: "dict[int, Callable[..., int | None]]" = {
    wire.MSG_GET_INFO: get_info,
    wire.MSG_SUBSCRIBE: subscribe,
    wire.MSG_TIME_SYNC: time_sync,
    wire.MSG_SET_TIME: set_time,
    wire.MSG_SET_WEARER: set_wearer,
    wire.MSG_FLUSH: flush,
    wire.MSG_GET_LOG: get_log,
    wire.MSG_PULL_LOG: pull_log,
    wire.MSG_ACKNOWLEDGE_LOG: acknowledge_log,
    wire.MSG_ERASE_LOG: erase_log,
    wire.MSG_SET_LOG: set_log,
    wire.MSG_SCHEDULE_LOG: schedule_log,
    wire.MSG_TRIGGER_LOG: trigger_log,
    wire.MSG_SET_LOG_KEY: set_log_key,
    wire.MSG_GET_ALARM: get_alarm,
    wire.MSG_ACT_ON_ALARM: act_on_alarm,
}
