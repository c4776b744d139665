"""R of beats that are found but not finished."""

from array import array

from micropython import const

_RATE_HZ = const(250)  # frontends.ecg: RATE_HZ
#: More than lie in the longest time that one may have to wait.
_CAPACITY = const(48)
#: No two beats lie this close together (200 ms).
REFRACTORY_SAMPLES = const(_RATE_HZ * 200 // 1000)


class PendingBeats:
    """Sample indices of R, the first `n` of `r`, in rising order."""

    def __init__(self) -> None:
        self.r = array("i", [0] * _CAPACITY)
        self.n = 0
        self._taken = 0

    def restart(self, first: int) -> None:
        """Forget all; those to come lie at or after sample `first`."""
        self.n = 0
        self._taken = first - REFRACTORY_SAMPLES

    def is_free(self, r: int) -> bool:
        """Is sample `r` behind what was taken, and at least 200 ms from all others?"""
        distance = r - self._taken
        for i in range(self.n):
            distance = min(distance, abs(r - self.r[i]))
        return distance >= REFRACTORY_SAMPLES

    def add(self, r: int) -> None:
        """Insert `r` in order, if it is free and there is room."""
        if self.n == _CAPACITY or not self.is_free(r):
            return
        i = self.n
        while i and self.r[i - 1] > r:
            self.r[i] = self.r[i - 1]
            i -= 1
        self.r[i] = r
        self.n += 1

    def take(self) -> int:
        """Remove the first one, which must be there, and return it."""
        self._taken = self.r[0]
        self.remove(0)
        return self._taken

    def drop_from(self, index: int) -> None:
        """Forget all at or after sample `index`."""
        while self.n and self.r[self.n - 1] >= index:
            self.n -= 1

    def remove(self, i: int) -> None:
        """Delete number `i`, as if it had never been there."""
        self.n -= 1
        for k in range(i, self.n):
            self.r[k] = self.r[k + 1]
