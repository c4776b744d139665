"""Where the rules that find beats may be wrong."""

from micropython import const

#: A doubt spreads to this much signal before it, and to what comes within 2 s.
_BEFORE = const(50)
_AFTER = const(500)


class Doubt:
    """One stretch of signal in doubt, if there is `any`: from sample `since` until `until`."""

    def __init__(self) -> None:
        self.restart(0)

    def restart(self, first: int) -> None:
        """No doubt; signal begins at sample `first`."""
        #: 256ths of the beats' height that noise reached at the latest of them.
        self.noise = 0
        self.any = False
        self.since = self.until = self._settled = first

    def note(self, place: int) -> None:
        """It is doubtful whether there is a beat at sample `place`; too late for what was looked at."""
        if place < self._settled:
            return
        since = max(place - _BEFORE, self._settled)
        self.since = min(self.since, since) if self.any else since
        self.until = max(self.until, place + _AFTER)
        self.any = True

    def settle(self, until: int) -> None:
        """What lies before sample `until` was looked at."""
        self._settled = self.since = max(self._settled, until)
        self.any = self.until > self._settled
