"""The wearer's phone: a host that asks for the alarm again and again, and says which of them it has sent on."""

from micropython import const

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable

#: Alarms that it is remembered of.
_NEWEST = const(4)


class PhoneCarrier:
    """A `services.alarm.escalation.Phone`."""

    def __init__(self) -> None:
        #: Whether a host is there that takes alarms; set by whoever knows.
        self.is_there: "Callable[[], bool] | None" = None
        self._taken: "list[tuple[int, bool]]" = []

    def is_up(self) -> bool:
        """See `Phone`."""
        return self.is_there is not None and self.is_there()

    def offer(self, number: int, retracted: bool) -> None:
        """See `Phone`: it asks by itself."""

    def has_taken(self, number: int, retracted: bool) -> bool:
        """See `Phone`."""
        return (number, retracted) in self._taken

    def take(self, number: int, retracted: bool) -> None:
        """The host says that it has sent an alarm on, or its retraction."""
        if (number, retracted) not in self._taken:
            self._taken.append((number, retracted))
            del self._taken[:-_NEWEST]
