"""The wearer's phone: a host that stands by for alarms, again and again, and says which of them it has sent on."""

from micropython import const

#: Longest time that a host stands by for without saying so again, s.
MOST_STAND_BY_S = const(60)


class PhoneCarrier:
    """A `services.alarm.escalation.Phone`; `poll` it every step."""

    def __init__(self) -> None:
        self._until_ms = 0
        self._is_up = False
        # number of the alarm that it has sent on last, and of that whose retraction; 0: none
        self._taken = [0, 0]

    def poll(self, now_ms: int) -> None:
        """A host that has not said that it stands by for a while is gone."""
        self._is_up = now_ms < self._until_ms

    def stand_by(self, seconds: int, now_ms: int) -> None:
        """A host takes alarms for so long from now on; 0: no more."""
        self._until_ms = now_ms + seconds * 1000
        self.poll(now_ms)

    def is_up(self) -> bool:
        """See `Phone`."""
        return self._is_up

    def offer(self, number: int, retracted: bool) -> None:
        """See `Phone`: it looks by itself."""

    def has_taken(self, number: int, retracted: bool) -> bool:
        """See `Phone`."""
        return self._taken[retracted] == number

    def take(self, number: int, retracted: bool) -> None:
        """The host says that it has sent an alarm on, or its retraction."""
        self._taken[retracted] = number
