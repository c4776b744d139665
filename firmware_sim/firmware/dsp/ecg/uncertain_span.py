"""Where the rules that find beats may be wrong."""

from micropython import const

_RATE_HZ = const(250)  # frontends.ecg: RATE_HZ
#: Signal before and after an uncertain beat that becomes uncertain with it: 200 ms and 2 s.
_BEFORE_SAMPLES = const(_RATE_HZ * 200 // 1000)
_AFTER_SAMPLES = const(_RATE_HZ * 2000 // 1000)


class UncertainSpan:
    """One span of signal, if there is `any`, in which beats are uncertain: from sample `begin` to before `end`."""

    def __init__(self) -> None:
        self.restart(0)

    def restart(self, first: int) -> None:
        """Nothing is uncertain; signal begins at sample `first`."""
        #: Ratio of noise to the amplitude of beats (Q8) at the latest uncertain beat.
        self.noise_q8 = 0
        self.any = False
        self.begin = self.end = self._resolved = first

    def mark(self, index: int) -> None:
        """It is uncertain whether there is a beat at sample `index`; nothing changes for what is resolved already."""
        if index < self._resolved:
            return
        begin = max(index - _BEFORE_SAMPLES, self._resolved)
        self.begin = min(self.begin, begin) if self.any else begin
        self.end = max(self.end, index + _AFTER_SAMPLES)
        self.any = True

    def resolve(self, until: int) -> None:
        """What lies before sample `until` is decided for good."""
        self._resolved = self.begin = max(self._resolved, until)
        self.any = self.end > self._resolved
