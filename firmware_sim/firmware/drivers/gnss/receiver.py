"""A GNSS receiver on a UART: the latest position that can be trusted, its age, and why there is no newer one."""

from micropython import const

from .nmea import FIX_SIZE, LATITUDE_MAS, LONGITUDE_MAS, TIME_MS, Nmea

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..wiring import UART

#: What `Gnss.state` is: the position is of now; no byte arrives; bytes arrive, but no sentence; the receiver has no
#: fix; its time stands still, goes back or comes late; its position is too far from the one before.
FIX = const(0)
SILENT = const(1)
GARBAGE = const(2)
NO_FIX = const(3)
STALE = const(4)
JUMP = const(5)

_CHUNK = const(64)
_OLD_MS = const(3000)  # after so long without news the state says why
_DAY_MS = const(86_400_000)
_HALF_DAY_MS = const(43_200_000)
_LATE_MS = const(2000)  # later than the soonest by so much is old
_SET_ANEW_MS = const(60_000)  # times that stay old for so long are of a receiver whose clock was set
_FASTEST_M_S = const(150)
_SLACK_M = const(100)  # what a position may be off by
#: Epochs in a row that must agree with each other before a position that is far from the one before is believed.
_AGREEING = const(10)
#: cos in Q10 for each 10° of latitude.
_COSINE_Q10 = (1024, 1008, 962, 887, 784, 658, 512, 350, 178, 0)
# moments, ms of the device: of the latest byte, sentence, epoch with a newer time, and position
_BYTE = const(0)
_SENTENCE = const(1)
_EPOCH = const(2)
_POSITION = const(3)


def distance_m(latitude: int, longitude: int, latitude_2: int, longitude_2: int) -> int:
    """Metres between two positions (mas), at most a tenth too long; for distances of less than a quarter of the globe.

    30.9 m are one second of arc; the meridian at 180° is no border.
    """
    east = abs(longitude_2 - longitude)
    if east > 648_000_000:
        east = 1_296_000_000 - east
    tenth, part = divmod(abs(latitude) // 3_600_000, 10)
    cosine = _COSINE_Q10[tenth]
    if part:
        cosine += (_COSINE_Q10[tenth + 1] - cosine) * part // 10
    dx = (east // 32 >> 10) * cosine + ((east // 32 & 1023) * cosine >> 10)
    dy = abs(latitude_2 - latitude) // 32
    return max(dx, dy) + min(dx, dy) * 3 // 8


class Gnss:
    """Polls the UART; `position` is a copy of the epoch (`nmea.TIME_MS` ...) that was believed last.

    A position is believed if its time is later than that of the one before and comes no later than others did, and its
    distance is what 150 m/s allow in that time. After a jump the new position is believed once ten epochs in a row
    agree with each other.
    """

    def __init__(self, uart: "UART", now_ms: int = 0) -> None:
        self.nmea = Nmea()
        self.position: "list[int | None]" = [None] * FIX_SIZE
        self._uart = uart
        self._chunk = bytearray(_CHUNK)
        self._moments = [now_ms] * 4
        self._epoch: "list[int | None]" = [None, None, None]  # time, latitude and longitude of the latest epoch
        self._agreeing = [0]
        self._soonest = [0]  # device time less time of day (ms, of a day) of what came soonest
        self._reason = [NO_FIX]

    def poll(self, now_ms: int) -> bool:
        """Read what has come; whether there is a new position."""
        moments, chunk = self._moments, self._chunk
        new = False
        count = self._uart.readinto(chunk) if self._uart.any() else None
        while count:
            moments[_BYTE] = now_ms
            for i in range(count):
                if self.nmea.feed(chunk[i]):
                    moments[_SENTENCE] = now_ms
                    new = self._take(now_ms) or new
            count = self._uart.readinto(chunk) if self._uart.any() else None
        return new

    def state(self, now_ms: int) -> int:
        """`FIX`, or why there is no position of the last 3 s."""
        moments = self._moments
        if now_ms - moments[_BYTE] >= _OLD_MS:
            return SILENT
        if now_ms - moments[_SENTENCE] >= _OLD_MS:
            return GARBAGE
        if self.position[TIME_MS] is not None and now_ms - moments[_POSITION] < _OLD_MS:
            return FIX
        if self._epoch[0] is not None and now_ms - moments[_EPOCH] >= _OLD_MS:
            return STALE
        return self._reason[0]

    def age_ms(self, now_ms: int) -> "int | None":
        """How old `position` is, None where there never was one."""
        return None if self.position[TIME_MS] is None else now_ms - self._moments[_POSITION]

    def _take(self, now_ms: int) -> bool:
        """Judge the epoch as far as it is known; whether its position is believed."""
        fix, epoch = self.nmea.fix, self._epoch
        time, latitude, longitude = fix[TIME_MS], fix[LATITUDE_MAS], fix[LONGITUDE_MAS]
        if time is None or latitude is None or longitude is None:
            self._withdraw(now_ms, time)
            return False
        if time == epoch[0]:
            return self._refresh(fix)
        if epoch[0] is None:
            self._soonest[0] = (now_ms - time) % _DAY_MS
        elif self._is_old(now_ms, time, epoch[0]):
            return False
        self._count_agreeing(time, latitude, longitude)
        epoch[0], epoch[1], epoch[2] = time, latitude, longitude
        self._moments[_EPOCH] = now_ms
        if not self._is_near(now_ms, latitude, longitude) and self._agreeing[0] < _AGREEING:
            self._reason[0] = JUMP
            return False
        self._moments[_POSITION] = now_ms
        self._copy(fix)
        return True

    def _withdraw(self, now_ms: int, time: "int | None") -> None:
        """There is no fix; nor was one, where another sentence of the same epoch had a position."""
        self._reason[0] = NO_FIX
        self._moments[_EPOCH] = now_ms
        if time is not None and time == self.position[TIME_MS]:
            self._moments[_POSITION] = now_ms - _OLD_MS

    def _refresh(self, fix: "list[int | None]") -> bool:
        """A further sentence of an epoch whose position was believed completes it."""
        if self.position[TIME_MS] == fix[TIME_MS] and self._epoch[1] == fix[LATITUDE_MAS]:
            self._copy(fix)
        return False

    def _copy(self, fix: "list[int | None]") -> None:
        position = self.position
        for i in range(FIX_SIZE):
            position[i] = fix[i]

    def _is_old(self, now_ms: int, time: int, before: int) -> bool:
        """Whether a time is an earlier one, or comes late, and the receiver's clock has hardly been set."""
        lag = (now_ms - time) % _DAY_MS
        excess = (lag - self._soonest[0] + _HALF_DAY_MS) % _DAY_MS - _HALF_DAY_MS
        old = excess > _LATE_MS or (time - before) % _DAY_MS > _HALF_DAY_MS
        if old and now_ms - self._moments[_EPOCH] < _SET_ANEW_MS:
            return True
        # by a millisecond a second the device's clock may be fast
        self._soonest[0] = lag if old or excess <= 0 else (self._soonest[0] + 1) % _DAY_MS
        return False

    def _is_near(self, now_ms: int, latitude: int, longitude: int) -> bool:
        """Whether a position can be reached from the one believed last."""
        there, here = self.position[LATITUDE_MAS], self.position[LONGITUDE_MAS]
        if there is None or here is None:
            return True
        elapsed_s = (now_ms - self._moments[_POSITION]) // 1000 + 1
        return distance_m(latitude, longitude, there, here) <= elapsed_s * _FASTEST_M_S + _SLACK_M

    def _count_agreeing(self, time: int, latitude: int, longitude: int) -> None:
        before, latitude_before, longitude_before = self._epoch
        if before is None or latitude_before is None or longitude_before is None:
            return
        elapsed_s = (time - before) % _DAY_MS // 1000 + 1
        near = distance_m(latitude, longitude, latitude_before, longitude_before) <= elapsed_s * _FASTEST_M_S
        self._agreeing[0] = self._agreeing[0] + 1 if near else 0
