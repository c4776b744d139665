"""The motion signal cut into segments of 1/8 s: what every later decision looks at."""

from array import array

import micropython
from micropython import const

from ...kernels import add_motion, mean_vector, root

_RATE_HZ = const(104)  # frontends.imu: RATE_HZ
#: Segments a second, and samples of a segment.
PER_S = const(8)
SEGMENT_SAMPLES = const(_RATE_HZ // PER_S)
#: Segments kept (8 s), a power of two: an impact is judged by the 45 latest.
KEPT = const(64)
MASK = const(KEPT - 1)
#: Values of |a| kept for the cadence: one for 4 samples, 4.9 s, a power of two.
LEVELS = const(128)
LEVEL_RATE_HZ = const(_RATE_HZ // 4)
_MAX_SQUARE = const((1 << 30) - 1)
#: Squares of dynamic acceleration are summed in 1/64 (halved, then 1/16), so that 13 of them stay within 31 bits.
_SHIFT = const(6)
#: Indices in the state of `add_motion`.
_SAMPLES = const(0)
_LEVELS_TAKEN = const(1)
_GRAVITY = const(2)
_SUMS = const(5)
_TURNS = const(8)
_ENERGY = const(11)
_LARGEST = const(12)
_SMALLEST = const(13)
_RUN = const(14)
_LONGEST = const(15)
_CLIPPED = const(17)
_PEAK = const(18)
_LATEST = const(22)
_CHANGED = const(25)
_STATE = const(26)
#: Indices in the mean of an `Attitude`.
X = const(0)
Y = const(1)
Z = const(2)
MAGNITUDE = const(3)


class Segments:
    """Features of the last 8 s, one value a segment of 13 samples; ring index is `segment & MASK`.

    `x`, `y`, `z`: mean acceleration (mg). `peak`, `low`: extremes of |a| (mg), `peak_at` the sample of the first
    (from the segment's first), `peak_x`, `peak_y`, `peak_z` its acceleration (0.976 mg).
    `moved`: RMS of acceleration beside gravity (mg). `turned`: rotation (0.1 degrees). `free_fall`: longest weightless
    run that reached into the segment (samples).
    `level`: |a| (0.976 mg), one value for 4 samples.
    Squares are of half LSB (0.976 mg), so that three of them at full scale stay within 31 bits.
    """

    def __init__(self) -> None:
        self.x = array("h", bytes(2 * KEPT))
        self.y = array("h", bytes(2 * KEPT))
        self.z = array("h", bytes(2 * KEPT))
        self.peak = array("h", bytes(2 * KEPT))
        self.low = array("h", bytes(2 * KEPT))
        self.moved = array("h", bytes(2 * KEPT))
        self.turned = array("h", bytes(2 * KEPT))
        self.free_fall = array("h", bytes(2 * KEPT))
        self.peak_at = array("b", bytes(KEPT))
        self.peak_x = array("h", bytes(2 * KEPT))
        self.peak_y = array("h", bytes(2 * KEPT))
        self.peak_z = array("h", bytes(2 * KEPT))
        self.level = array("h", bytes(2 * LEVELS))
        #: Segments closed, samples taken, and levels taken by the end of the latest segment.
        self.count = 0
        self.samples = 0
        self.levels = 0
        # as `add_motion` has it
        self._state = array("i", bytes(4 * _STATE))

    def restart(self) -> None:
        """Forget everything: the signal begins anew."""
        self.count = 0
        self.samples = 0
        self.levels = 0
        for i in range(_STATE):
            self._state[i] = 0

    @micropython.native
    def add(self, accel: "array[int]", gyro: "array[int]", start: int, n: int) -> None:
        """Take samples `start` to `start + n` of both; they must not pass the end of the segment."""
        state = self._state
        if not self.samples % SEGMENT_SAMPLES:
            self._begin(accel, start)
        add_motion(accel, gyro, start, n, self.level, state)
        self.samples = state[_SAMPLES]
        if not self.samples % SEGMENT_SAMPLES:
            self._close(SEGMENT_SAMPLES)

    def end_second(self) -> int:
        """Since the last call, the axes that changed (1: x, 2: y, 4: z), and 8 times the samples at full scale."""
        state = self._state
        seen = state[_CHANGED] | state[_CLIPPED] << 3
        state[_CHANGED] = 0
        state[_CLIPPED] = 0
        return seen

    def peak_index(self, segment: int) -> int:
        """Sample of the largest |a| of a segment."""
        return SEGMENT_SAMPLES * segment + self.peak_at[segment & MASK]

    def finish(self) -> None:
        """The signal has ended: close the segment that has begun with what is there; only `restart` goes on."""
        if self.samples % SEGMENT_SAMPLES:
            self._close(self.samples % SEGMENT_SAMPLES)

    def _begin(self, accel: "array[int]", start: int) -> None:
        """Begin a segment; with the first sample ever, gravity is taken to be what it shows."""
        state = self._state
        state[_LONGEST] = state[_RUN]
        state[_SMALLEST] = _MAX_SQUARE
        state[_LARGEST] = -1
        if not self.samples:
            for k in range(3):
                state[_GRAVITY + k] = accel[3 * start + k] << 4
                state[_LATEST + k] = accel[3 * start + k]

    @micropython.native
    def _close(self, n: int) -> None:
        """The segment has its `n` samples."""
        at = self.count & MASK
        state = self._state
        self.x[at] = state[_SUMS] * 976 // (1000 * n)
        self.y[at] = state[_SUMS + 1] * 976 // (1000 * n)
        self.z[at] = state[_SUMS + 2] * 976 // (1000 * n)
        self.peak[at] = root(state[_LARGEST]) * 976 // 1000
        self.low[at] = root(state[_SMALLEST]) * 976 // 1000
        self.moved[at] = _root_mean(state[_ENERGY] // n)
        # 70 m°/s over 1/8 s, in 0.1°, of the mean rate; 1/4 of the sums keeps the squares within 31 bits
        rx = state[_TURNS] // (4 * SEGMENT_SAMPLES)
        ry = state[_TURNS + 1] // (4 * SEGMENT_SAMPLES)
        rz = state[_TURNS + 2] // (4 * SEGMENT_SAMPLES)
        self.turned[at] = root(rx * rx + ry * ry + rz * rz) * 7 // 20
        self.free_fall[at] = max(state[_LONGEST], state[_RUN])
        self.peak_at[at] = state[_PEAK] - SEGMENT_SAMPLES * self.count
        self.peak_x[at] = state[_PEAK + 1]
        self.peak_y[at] = state[_PEAK + 2]
        self.peak_z[at] = state[_PEAK + 3]
        for k in range(_SUMS, _ENERGY + 1):
            state[k] = 0
        self.count += 1
        self.levels = state[_LEVELS_TAKEN]


def _root_mean(square: int) -> int:
    """RMS (mg, at most what an `h` holds) of a mean square in 64 squared half LSB, within 31 bits."""
    rms = root(square << _SHIFT) if square < 1 << 23 else root(square) << (_SHIFT >> 1)
    return min(32767, rms * 976 // 1000)


class Attitude:
    """Mean acceleration (mg) over some segments: where gravity points when little else acts."""

    def __init__(self) -> None:
        #: x, y, z and magnitude.
        self.mean = array("i", bytes(4 * 4))

    def take(self, segments: "Segments", start: int, end: int) -> None:
        """Mean over segments `start` to `end` (more than none)."""
        mean = self.mean
        mean_vector(segments.x, segments.y, segments.z, start, end, MASK, mean)
        x, y, z, _ = mean
        mean[MAGNITUDE] = root(x * x + y * y + z * z)

    def along(self, x: int, y: int, z: int) -> int:
        """Part (mg) of a vector along this one; 0 when there is no direction."""
        mean = self.mean
        if not mean[MAGNITUDE]:
            return 0
        return (x * mean[X] + y * mean[Y] + z * mean[Z]) // mean[MAGNITUDE]

    def cosine(self, other: "Attitude") -> int:
        """Cosine of the angle to another attitude in 1/1000; 1000 when one has no direction."""
        x, y, z, magnitude = other.mean
        if not self.mean[MAGNITUDE] or not magnitude:
            return 1000
        return self.along(x, y, z) * 1000 // magnitude
