"""Where the rules that find beats may be wrong."""

from array import array

from micropython import const

_RATE_HZ = const(250)  # frontends.ecg: RATE_HZ
#: Signal before and after an uncertain beat that becomes uncertain with it: 200 ms and 2 s.
_BEFORE_SAMPLES = const(_RATE_HZ * 200 // 1000)
_AFTER_SAMPLES = const(_RATE_HZ * 2000 // 1000)
#: P waves that are kept, and how near to one there is no complex (100 ms).
_KEPT = const(16)
_NEAR_SAMPLES = const(_RATE_HZ * 100 // 1000)


class UncertainSpan:
    """One span of signal, if there is `any`, in which beats are uncertain: from sample `begin` to before `end`."""

    def __init__(self) -> None:
        self._none = array("i", bytes(4 * _KEPT))
        self._at = 0
        self.restart(0)

    def restart(self, first: int) -> None:
        """Nothing is uncertain; signal begins at sample `first`."""
        #: Ratio of noise to the amplitude of beats (Q8) at the latest uncertain beat.
        self.noise_q8 = 0
        self.any = False
        self.begin = self.end = self._resolved = first
        for i in range(_KEPT):
            self._none[i] = first - _BEFORE_SAMPLES

    def mark(self, index: int) -> None:
        """It is uncertain whether there is a beat at sample `index`; nothing changes for what is resolved already."""
        if index < self._resolved:
            return
        begin = max(index - _BEFORE_SAMPLES, self._resolved)
        self.begin = min(self.begin, begin) if self.any else begin
        self.end = max(self.end, index + _AFTER_SAMPLES)
        self.any = True

    def rule_out(self, index: int) -> None:
        """There is a P wave at sample `index`, and no complex."""
        self._none[self._at] = index
        self._at = (self._at + 1) % _KEPT

    def is_ruled_out(self, index: int) -> bool:
        """Is a P wave near sample `index`?"""
        found = False
        for i in range(_KEPT):
            found = found or abs(self._none[i] - index) <= _NEAR_SAMPLES
        return found

    def resolve(self, until: int) -> None:
        """What lies before sample `until` is decided for good."""
        self._resolved = self.begin = max(self._resolved, until)
        self.any = self.end > self._resolved
