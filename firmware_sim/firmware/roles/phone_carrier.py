"""The wearer's phone: a host that asks for the alarm again and again, and says which of them it has sent on."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable


class PhoneCarrier:
    """A `services.alarm.escalation.Phone`."""

    def __init__(self) -> None:
        #: Whether a host is there that takes alarms; set by whoever knows.
        self.is_there: "Callable[[], bool] | None" = None
        # number of the alarm that it has sent on last, and of that whose retraction; 0: none
        self._taken = [0, 0]

    def is_up(self) -> bool:
        """See `Phone`."""
        return self.is_there is not None and self.is_there()

    def offer(self, number: int, retracted: bool) -> None:
        """See `Phone`: it asks by itself."""

    def has_taken(self, number: int, retracted: bool) -> bool:
        """See `Phone`."""
        return self._taken[retracted] == number

    def take(self, number: int, retracted: bool) -> None:
        """The host says that it has sent an alarm on, or its retraction."""
        self._taken[retracted] = number
