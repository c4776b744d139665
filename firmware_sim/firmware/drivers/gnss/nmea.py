"""NMEA 0183 sentences of a GNSS receiver (RMC, GGA, GSA, VTG, of any talker), byte by byte and in integers.

A sentence counts only whole: from `$` to the check sum, every field of it well formed. Anything else changes nothing
but a counter.
"""

from micropython import const

from .fields import angle_mas, day_number, fixed, time_ms

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..wiring import Readable

    Value = int | None

#: What `Nmea.fix` has, each None where the receiver does not say: UTC ms of the day, days since 2000-01-01, degrees in
#: milliarcseconds (mas, north and east positive), mm/s, 0.01° from true north, dm above the geoid, 0.01, satellites,
#: 0 to 8 as in GGA, and 1 (none), 2 or 3 dimensions as in GSA.
TIME_MS = const(0)
DAY = const(1)
LATITUDE_MAS = const(2)
LONGITUDE_MAS = const(3)
SPEED_MM_S = const(4)
COURSE_CDEG = const(5)
ALTITUDE_DM = const(6)
HDOP_C = const(7)
SATELLITES = const(8)
QUALITY = const(9)
DIMENSIONS = const(10)
FIX_SIZE = const(11)

#: What `Nmea.counts` has: sentences that were used, or are of other kinds; check sums that were wrong; sentences that
#: ended before their check sum or were too long; fields that were malformed.
USED = const(0)
OTHER = const(1)
CHECKSUM_ERRORS = const(2)
TRUNCATED = const(3)
MALFORMED = const(4)

_DOLLAR = const(0x24)
_STAR = const(0x2A)
_COMMA = const(0x2C)
_SIZE = const(100)  # the standard has 82; receivers send longer ones
_FIELDS = const(28)
_KNOT_NUMERATOR = const(463)  # mm/s of 1/1000 knot
_KNOT_DENOMINATOR = const(900)
# state of the reader: bytes in the buffer, running check sum, what is awaited, check sum that was sent
_LENGTH = const(0)
_SUM = const(1)
_AWAITED = const(2)
_SENT = const(3)
_START = const(0)
_BODY = const(1)
_HIGH = const(2)
_LOW = const(3)


def _hex(byte: int) -> int:
    """Value of a hexadecimal digit, -1 where it is none."""
    if 0x30 <= byte <= 0x39:
        return byte - 0x30
    byte |= 0x20
    return byte - 0x57 if 0x61 <= byte <= 0x66 else -1


class Nmea:
    """Reads sentences into `fix`: what is known of the latest epoch, which begins with a new time in RMC or GGA."""

    def __init__(self) -> None:
        self.fix: "list[Value]" = [None] * FIX_SIZE
        self.counts = [0] * 5
        self._state = [0, 0, _START, 0]
        self._sentence = bytearray(_SIZE)
        self._starts = bytearray(_FIELDS + 1)
        self._fields = 0
        # whether a sentence of this epoch says that there is no fix
        self._refused = [False]

    def feed(self, byte: int) -> bool:
        """Take the next byte; whether it completed a sentence that was used."""
        state = self._state
        if byte == _DOLLAR:
            self._begin()
        elif state[_AWAITED] == _BODY:
            self._collect(byte)
        elif state[_AWAITED] == _HIGH:
            self._take_digit(byte, _LOW)
        elif state[_AWAITED] == _LOW:
            self._take_digit(byte, _START)
            return state[_SENT] >= 0 and self._end()
        return False

    def feed_all(self, data: "Readable", count: int) -> int:
        """Take `count` bytes; how many sentences were used."""
        used = 0
        for i in range(count):
            used += self.feed(data[i])
        return used

    def _begin(self) -> None:
        state = self._state
        if state[_AWAITED] != _START:
            self.counts[TRUNCATED] += 1
        state[_LENGTH] = state[_SUM] = state[_SENT] = 0
        state[_AWAITED] = _BODY

    def _collect(self, byte: int) -> None:
        state = self._state
        if byte == _STAR:
            state[_AWAITED] = _HIGH
        elif state[_LENGTH] == _SIZE or not 0x20 <= byte <= 0x7E:
            self.counts[TRUNCATED] += 1
            state[_AWAITED] = _START
        else:
            self._sentence[state[_LENGTH]] = byte
            state[_LENGTH] += 1
            state[_SUM] ^= byte

    def _take_digit(self, byte: int, then: int) -> None:
        state = self._state
        digit = _hex(byte)
        if digit < 0:
            self.counts[TRUNCATED] += 1
            state[_AWAITED] = _START
            state[_SENT] = -1
        else:
            state[_SENT] = state[_SENT] << 4 | digit
            state[_AWAITED] = then

    def _end(self) -> bool:
        """A sentence is whole: use it if its check sum is right and it is of a kind that is known."""
        state = self._state
        if state[_SENT] != state[_SUM]:
            self.counts[CHECKSUM_ERRORS] += 1
            return False
        try:
            self._split()
            outcome = USED if self._dispatch() else OTHER
        except ValueError:
            outcome = MALFORMED
        self.counts[outcome] += 1
        return outcome == USED

    def _split(self) -> None:
        """Note where each field begins, and behind the last one where a further one would."""
        starts, length = self._starts, self._state[_LENGTH]
        starts[0] = 0
        fields = 1
        for i in range(length):
            if self._sentence[i] == _COMMA:
                if fields == _FIELDS:
                    raise ValueError("too many fields")
                starts[fields] = i + 1
                fields += 1
        starts[fields] = length + 1
        self._fields = fields

    def _dispatch(self) -> bool:
        """Use a sentence by its kind; False for others. ValueError, with nothing changed, where it is malformed."""
        sentence = self._sentence
        if self._starts[1] != 6 or sentence[0] == 0x50:  # P: a vendor's own
            return False
        kind = sentence[2] << 16 | sentence[3] << 8 | sentence[4]
        if kind == 0x524D43:  # RMC
            self._use_rmc()
        elif kind == 0x474741:  # GGA
            self._use_gga()
        elif kind == 0x475341:  # GSA
            self._use_gsa()
        elif kind == 0x565447:  # VTG
            self._use_vtg()
        else:
            return False
        return True

    # ------------------------------------------------------------------ fields

    def _need(self, fields: int) -> None:
        if self._fields < fields:
            raise ValueError("fields are missing")

    def _end_of(self, field: int) -> int:
        return self._starts[field + 1] - 1

    def _letter(self, field: int) -> int:
        """The one character of a field, 0 where it is empty."""
        start, end = self._starts[field], self._end_of(field)
        if end - start > 1:
            raise ValueError("more than a letter")
        return self._sentence[start] if end > start else 0

    def _fixed(self, field: int, decimals: int, largest: int) -> "Value":
        return fixed(self._sentence, self._starts[field], self._end_of(field), decimals, largest)

    def _time(self, field: int) -> "Value":
        return time_ms(self._sentence, self._starts[field], self._end_of(field))

    def _angle(self, field: int, degree_digits: int, largest_deg: int, positive: int, negative: int) -> "Value":
        """An angle and, in the field behind it, its hemisphere."""
        mas = angle_mas(self._sentence, self._starts[field], self._end_of(field), degree_digits, largest_deg)
        if mas is None:
            return None
        hemisphere = self._letter(field + 1)
        if hemisphere == positive:
            return mas
        if hemisphere == negative:
            return -mas
        raise ValueError("no such hemisphere")

    def _speed(self, field: int) -> "Value":
        """Knots in mm/s."""
        milliknots = self._fixed(field, 3, 2_000_000)
        if milliknots is None:
            return None
        if milliknots < 0:
            raise ValueError("speed below zero")
        return milliknots * _KNOT_NUMERATOR // _KNOT_DENOMINATOR

    def _course(self, field: int) -> "Value":
        course = self._fixed(field, 2, 36_000)
        if course is None:
            return None
        if course < 0:
            raise ValueError("course below zero")
        return course % 36_000

    # ------------------------------------------------------------------ kinds

    def _use_rmc(self) -> None:
        self._need(10)
        time = self._time(1)
        status = self._letter(2)
        latitude = self._angle(3, 2, 90, 0x4E, 0x53)
        longitude = self._angle(5, 3, 180, 0x45, 0x57)
        speed = self._speed(7)
        course = self._course(8)
        day = day_number(self._sentence, self._starts[9], self._end_of(9))
        if status not in (0x41, 0x56):  # A, V
            raise ValueError("no such status")
        valid = status == 0x41 and not (self._fields > 12 and self._letter(12) == 0x4E)
        self._begin_epoch(time)
        fix = self.fix
        fix[DAY] = day
        self._set_position(valid, latitude, longitude)
        if valid:
            fix[SPEED_MM_S] = speed
            fix[COURSE_CDEG] = course

    def _use_gga(self) -> None:
        self._need(12)
        time = self._time(1)
        latitude = self._angle(2, 2, 90, 0x4E, 0x53)
        longitude = self._angle(4, 3, 180, 0x45, 0x57)
        quality = self._fixed(6, 0, 8)
        satellites = self._fixed(7, 0, 99)
        hdop = self._fixed(8, 2, 9999)
        altitude = self._fixed(9, 1, 1_000_000)
        if quality is None or quality < 0:
            raise ValueError("no quality")
        self._begin_epoch(time)
        fix = self.fix
        fix[QUALITY] = quality
        fix[SATELLITES] = satellites
        self._set_position(quality > 0, latitude, longitude)
        if quality:
            fix[HDOP_C] = hdop
            fix[ALTITUDE_DM] = altitude

    def _use_gsa(self) -> None:
        self._need(18)
        dimensions = self._fixed(2, 0, 3)
        hdop = self._fixed(16, 2, 9999)
        if not dimensions or dimensions < 0:
            raise ValueError("no such dimensions")
        fix = self.fix
        # one sentence a constellation: the best of an epoch counts
        fix[DIMENSIONS] = max(dimensions, fix[DIMENSIONS] or 0)
        if dimensions > 1 and fix[HDOP_C] is None:
            fix[HDOP_C] = hdop

    def _use_vtg(self) -> None:
        self._need(9)
        course = self._course(1)
        speed = self._speed(5)
        fix = self.fix
        if self._refused[0] or (self._fields > 9 and self._letter(9) == 0x4E):
            return
        if fix[SPEED_MM_S] is None:
            fix[SPEED_MM_S] = speed
        if fix[COURSE_CDEG] is None:
            fix[COURSE_CDEG] = course

    def _begin_epoch(self, time: "Value") -> None:
        """Forget the epoch before, where this is another one; without a time every sentence is one."""
        fix = self.fix
        if time is None or time != fix[TIME_MS]:
            for i in range(FIX_SIZE):
                fix[i] = None
            fix[TIME_MS] = time
            self._refused[0] = False

    def _set_position(self, valid: bool, latitude: "Value", longitude: "Value") -> None:
        """Of an epoch in which any sentence says that there is no fix, there is none."""
        fix = self.fix
        if not valid or latitude is None or longitude is None:
            self._refused[0] = True
        if self._refused[0]:
            fix[LATITUDE_MAS] = fix[LONGITUDE_MAS] = fix[SPEED_MM_S] = fix[COURSE_CDEG] = None
        else:
            fix[LATITUDE_MAS] = latitude
            fix[LONGITUDE_MAS] = longitude
