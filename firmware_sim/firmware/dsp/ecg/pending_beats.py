"""Places of R that wait to become beats."""

from array import array

from micropython import const

#: More than lie in the longest time that one may have to wait.
_MOST = const(48)
#: No two lie this close together (200 ms).
APART = const(50)


class Places:
    """Sample indices of R, the first `n` of `at`, in rising order."""

    def __init__(self) -> None:
        self.at = array("i", [0] * _MOST)
        self.n = 0
        self._taken = 0

    def restart(self, first: int) -> None:
        """Forget all; those to come lie at or after sample `first`."""
        self.n = 0
        self._taken = first - APART

    def is_free(self, r: int) -> bool:
        """Is sample `r` behind what was taken, and at least 200 ms from all others?"""
        apart = r - self._taken
        for i in range(self.n):
            apart = min(apart, abs(r - self.at[i]))
        return apart >= APART

    def add(self, r: int) -> None:
        """Add `r` where it belongs, if it is free and there is room."""
        if self.n == _MOST or not self.is_free(r):
            return
        i = self.n
        while i and self.at[i - 1] > r:
            self.at[i] = self.at[i - 1]
            i -= 1
        self.at[i] = r
        self.n += 1

    def take(self) -> int:
        """The first one, which must be there, and is gone then."""
        self._taken = self.at[0]
        self.remove(0)
        return self._taken

    def remove(self, i: int) -> None:
        """Take number `i` out, as if it had never been there."""
        self.n -= 1
        for k in range(i, self.n):
            self.at[k] = self.at[k + 1]
