"""The motion signal cut into steps of 1/8 s: what every later decision looks at."""

from array import array

from .fixed import isqrt

#: Samples a second, samples of a step, steps a second.
RATE = 104
STEP = 13
PER_S = 8
#: Steps kept (16 s), a power of two.
KEPT = 128
MASK = KEPT - 1
#: Values of |a| kept for the cadence: one for 4 samples, 4.9 s, a power of two.
LEVELS = 128
LEVEL_RATE = 26
#: Full scale of the accelerometer, LSB: from here a sample counts as clipped.
_FULL = 32700
#: Weightless under 0.3 g, squared half LSB (0.976 mg each).
_FLOAT2 = 307 * 307
_LONGEST = 30000
_MOST = (1 << 30) - 1
#: Squares of dynamic acceleration are summed in 1/64 (halved, then 1/16), so that 13 of them stay within 31 bits.
_SHIFT = 6


class Steps:
    """Features of the last 16 s, one value a step of 13 samples; ring index is `step & MASK`.

    `x`, `y`, `z`: mean acceleration (mg). `peak`, `low`: extremes of |a| (mg), `peak_at` the sample of the first,
    `peak_x`, `peak_y`, `peak_z` its acceleration (0.976 mg).
    `moved`: RMS of acceleration beside gravity (mg). `turned`: rotation (0.1 degrees). `floated`: longest weightless
    run that reached into the step (samples). `clipped`: samples at full scale.
    `level`: |a| (0.976 mg), one value for 4 samples.
    Squares are of half LSB (0.976 mg), so that three of them at full scale stay within 31 bits.
    """

    def __init__(self) -> None:
        self.x = array("h", [0] * KEPT)
        self.y = array("h", [0] * KEPT)
        self.z = array("h", [0] * KEPT)
        self.peak = array("h", [0] * KEPT)
        self.low = array("h", [0] * KEPT)
        self.moved = array("h", [0] * KEPT)
        self.turned = array("h", [0] * KEPT)
        self.floated = array("h", [0] * KEPT)
        self.clipped = array("b", [0] * KEPT)
        self.peak_at = array("i", [0] * KEPT)
        self.peak_x = array("h", [0] * KEPT)
        self.peak_y = array("h", [0] * KEPT)
        self.peak_z = array("h", [0] * KEPT)
        self.level = array("h", [0] * LEVELS)
        #: Steps closed, samples and levels taken.
        self.count = 0
        self.samples = 0
        self.levels = 0
        self._gravity = array("i", [0, 0, 0])
        self._sums = array("i", [0] * 7)
        self._high = 0
        self._least = 0
        self._run = 0
        self._longest = 0
        self._clips = 0
        self._level_sum = 0

    def add(self, accel: "array[int]", gyro: "array[int]", start: int, n: int) -> None:
        """Take samples `start` to `start + n` of both; they must not pass the end of the step."""
        if not self.samples % STEP:
            self._begin(accel, start)
        sx, sy, sz, rx, ry, rz, energy = self._sums
        gx, gy, gz = self._gravity
        at = self.samples
        high = self._high
        least = self._least
        run = self._run
        level_sum = self._level_sum
        for i in range(3 * start, 3 * (start + n), 3):
            x = accel[i] >> 1
            y = accel[i + 1] >> 1
            z = accel[i + 2] >> 1
            size = x * x + y * y + z * z
            if size > high:
                high = size
                self._mark(at, x, y, z)
            if size < least:
                least = size
            if size < _FLOAT2:
                run += 1
            elif run:
                self._float_ends(run)
                run = 0
            gx += x - (gx >> 5)
            gy += y - (gy >> 5)
            gz += z - (gz >> 5)
            dx = (x - (gx >> 5)) >> 1
            dy = (y - (gy >> 5)) >> 1
            dz = (z - (gz >> 5)) >> 1
            energy += (dx * dx + dy * dy + dz * dz) >> 4
            sx += x
            sy += y
            sz += z
            rx += gyro[i]
            ry += gyro[i + 1]
            rz += gyro[i + 2]
            level_sum += size >> 3
            at += 1
            if not at & 3:
                self.level[self.levels & (LEVELS - 1)] = isqrt(level_sum << 1)
                self.levels += 1
                level_sum = 0
        self._count_clips(accel, start, n, high)
        self._save(sx, sy, sz, rx, ry, rz, energy)
        self._keep_gravity(gx, gy, gz)
        self._high = high
        self._least = least
        self._run = run if run < _LONGEST else _LONGEST
        self._level_sum = level_sum
        self.samples = at
        if not at % STEP:
            self._close()

    def _begin(self, accel: "array[int]", start: int) -> None:
        """Begin a step; with the first sample ever, gravity is taken to be what it shows."""
        self._longest = self._run
        self._least = _MOST
        self._high = -1
        if not self.samples:
            self._keep_gravity(accel[3 * start] << 4, accel[3 * start + 1] << 4, accel[3 * start + 2] << 4)

    def _mark(self, at: int, x: int, y: int, z: int) -> None:
        """Note the step's greatest sample so far."""
        k = self.count & MASK
        self.peak_at[k] = at
        self.peak_x[k] = x
        self.peak_y[k] = y
        self.peak_z[k] = z

    def _keep_gravity(self, x: int, y: int, z: int) -> None:
        self._gravity[0] = x
        self._gravity[1] = y
        self._gravity[2] = z

    def _save(self, sx: int, sy: int, sz: int, rx: int, ry: int, rz: int, energy: int) -> None:
        sums = self._sums
        sums[0] = sx
        sums[1] = sy
        sums[2] = sz
        sums[3] = rx
        sums[4] = ry
        sums[5] = rz
        sums[6] = energy

    def _float_ends(self, run: int) -> None:
        if run > self._longest:
            self._longest = run

    def _count_clips(self, accel: "array[int]", start: int, n: int, high: int) -> None:
        if high < (_FULL >> 1) * (_FULL >> 1):
            return
        for i in range(start, start + n):
            if (
                max(accel[3 * i], accel[3 * i + 1], accel[3 * i + 2]) >= _FULL
                or min(accel[3 * i], accel[3 * i + 1], accel[3 * i + 2]) <= -_FULL
            ):
                self._clips += 1

    def _close(self) -> None:
        at = self.count & MASK
        sums = self._sums
        self.x[at] = sums[0] * 976 // (1000 * STEP)
        self.y[at] = sums[1] * 976 // (1000 * STEP)
        self.z[at] = sums[2] * 976 // (1000 * STEP)
        self.peak[at] = isqrt(self._high) * 976 // 1000
        self.low[at] = isqrt(self._least) * 976 // 1000
        self.moved[at] = _root_mean(sums[6] // STEP)
        # 70 m°/s over 1/8 s, in 0.1°, of the mean rate; 1/4 of the sums keeps the squares within 31 bits
        rx = sums[3] // (4 * STEP)
        ry = sums[4] // (4 * STEP)
        rz = sums[5] // (4 * STEP)
        self.turned[at] = isqrt(rx * rx + ry * ry + rz * rz) * 7 // 20
        self._float_ends(self._run)
        self.floated[at] = self._longest
        self.clipped[at] = self._clips
        self._clips = 0
        for i in range(7):
            sums[i] = 0
        self.count += 1


def _root_mean(square: int) -> int:
    """RMS (mg, at most what an `h` holds) of a mean square in 64 squared half LSB, within 31 bits."""
    root = isqrt(square << _SHIFT) if square < 1 << 23 else isqrt(square) << (_SHIFT >> 1)
    return min(32767, root * 976 // 1000)


def mean(values: "array[int]", start: int, end: int) -> int:
    """Mean of steps `start` to `end` (more than none, at most `KEPT`), rounded down."""
    total = 0
    for i in range(start, end):
        total += values[i & MASK]
    return total // (end - start)


def greatest(values: "array[int]", start: int, end: int) -> int:
    """Greatest of steps `start` to `end`; 0 for none."""
    best = 0
    for i in range(start, end):
        if values[i & MASK] > best:
            best = values[i & MASK]
    return best


def least(values: "array[int]", start: int, end: int) -> int:
    """Least of steps `start` to `end` (more than none)."""
    best = values[start & MASK]
    for i in range(start + 1, end):
        if values[i & MASK] < best:
            best = values[i & MASK]
    return best


class Attitude:
    """Mean acceleration (mg) over some steps: where gravity points when little else acts."""

    def __init__(self) -> None:
        self.x = 0
        self.y = 0
        self.z = 0
        self.size = 0

    def take(self, steps: "Steps", start: int, end: int) -> None:
        """Mean over steps `start` to `end` (more than none)."""
        self.x = mean(steps.x, start, end)
        self.y = mean(steps.y, start, end)
        self.z = mean(steps.z, start, end)
        self.size = isqrt(self.x * self.x + self.y * self.y + self.z * self.z)

    def along(self, x: int, y: int, z: int) -> int:
        """Part (mg) of a vector along this one; 0 when there is no direction."""
        if not self.size:
            return 0
        return (x * self.x + y * self.y + z * self.z) // self.size

    def cosine(self, other: "Attitude") -> int:
        """Cosine of the angle to another attitude in 1/1000; 1000 when one has no direction."""
        if not self.size or not other.size:
            return 1000
        return self.along(other.x, other.y, other.z) * 1000 // other.size
