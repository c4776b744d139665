"""Whether the accelerometer gives what a worn one can: not nothing, not one value, not full scale, gravity of 1 g.

Whatever the wearer does, acceleration less gravity is a change of velocity, so that over 3 s the mean of |a| stays near
1 g or above, and the mean of a, unless it turns, near 1 g. Free fall lasts under 1.5 s. At rest |a| is 1 g.
"""

from micropython import const

from ... import wire_gen as wire
from ...kernels import ring_max, ring_mean, ring_min
from .segments import LEVELS, MAGNITUDE, MASK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from array import array

    from .segments import Attitude, Segments

_RATE_HZ = const(104)  # frontends.imu: RATE_HZ
#: Segments of a second and of 3 s, values of |a| of 3 s.
_SECOND_SEGMENTS = const(8)
_SPAN_SEGMENTS = const(24)
_SPAN_LEVELS = const(78)
#: Axes that change in every second, as `Segments.end_second` has them.
_ALL_AXES = const(7)
#: Largest |a| of 3 s in which the sensor gives nothing, and of a second in which it gives the same all the time.
_NOTHING_MG = const(5)
_ONE_VALUE_NOTHING_MG = const(20)
#: Clipped samples from which on a second is refused: no impact lasts a quarter of it.
_MIN_CLIPPED_SAMPLES = const(_RATE_HZ // 4)
#: Seconds without a change of one bit that make an axis stuck. The LSM6DSO's noise (data sheet: 110 µg/√Hz at 16 g, so
#: 0.8 mg or 1.6 LSB) leaves all axes as they are from one sample to the next in 1 of 180.
_STUCK_S = const(5)
#: Added to the seconds of an axis that is stuck until it changes.
_UNTIL_CHANGED_S = const(1 << 20)
#: Mean dynamic acceleration of the other axes that one axis cannot miss all of; coarse sensors at rest have less.
_MIN_SHARED_MG = const(12)
#: Mean |a| over 3 s below which gravity is not in it: 1.5 s of free fall leave half of it.
_MIN_LEVEL_MG = const(450)
#: Mean acceleration that is gravity in too small a unit: it has a size and most of |a|.
_MIN_SMALL_GRAVITY_MG = const(60)
#: Mean acceleration that nobody bears for 3 s, and without turning.
_UNBEARABLE_MG = const(6000)
_MAX_STRAIGHT_MG = const(3500)
_STRAIGHT_X10 = const(3600)
#: Rest: mean dynamic acceleration and rotation (0.1 degrees) in 3 s, and what gravity is then.
_REST_MG = const(25)
_REST_X10 = const(150)
_MIN_GRAVITY_MG = const(700)
_MAX_GRAVITY_MG = const(1300)
#: Mean acceleration, rotation and least |a| of a movement without gravity.
_MAX_MEAN_MG = const(250)
_NO_TURN_X10 = const(1800)
_MAX_LOW_MG = const(300)
#: Length of the state, and indices in it: reason why the sensor cannot be trusted, the part of it that is about
#: gravity, the longest of the seconds that follow: those without a change of x, y and z.
STATE = const(6)
REASON = const(0)
_GRAVITY = const(1)
_LONGEST_S = const(2)
_SAME_S = const(3)


def update(now: "array[int]", segments: "Segments") -> int:
    """Take the second that ended into the state `now`; reason why it is no signal, or none that moves with the wearer.

    `now[REASON]` is 0 where the sensor can be trusted.
    """
    seen = segments.end_second()
    reason = 0
    if seen != _ALL_AXES or now[_LONGEST_S]:
        for k in range(3):
            now[_SAME_S + k] = 0 if seen & (1 << k) else now[_SAME_S + k] + 1
        now[_LONGEST_S] = max(now[_SAME_S], now[_SAME_S + 1], now[_SAME_S + 2])
        reason = _judge(now, segments, seen)
    now[REASON] = reason
    return reason


def _judge(now: "array[int]", segments: "Segments", seen: int) -> int:
    if not seen & _ALL_AXES:
        largest = ring_max(segments.peak, segments.count - _SECOND_SEGMENTS, segments.count, MASK)
        if largest < _ONE_VALUE_NOTHING_MG:
            return wire.REASON_NO_SIGNAL
    if seen >> 3 >= _MIN_CLIPPED_SAMPLES:
        return wire.REASON_SATURATED
    return wire.REASON_STUCK if now[_LONGEST_S] >= _STUCK_S and _is_stuck(now, segments) else 0


def _is_stuck(now: "array[int]", segments: "Segments") -> bool:
    """All axes repeat one value, or one does while others show movement; then it is until it changes."""
    if now[_LONGEST_S] >= _UNTIL_CHANGED_S:
        return True
    if min(now[_SAME_S], now[_SAME_S + 1], now[_SAME_S + 2]) >= _STUCK_S:
        return True
    if ring_mean(segments.moved, segments.count - _SPAN_SEGMENTS, segments.count, MASK) < _MIN_SHARED_MG:
        return False
    for k in range(_SAME_S, STATE):
        if now[k] >= _STUCK_S:
            now[k] += _UNTIL_CHANGED_S
    return True


def find_gravity(now: "array[int]", segments: "Segments", attitude: "Attitude", found: bool) -> int:
    """Reason why it is not gravity that it shows; `found`: the posture's mean acceleration is about 1 g.

    At least 3 s of segments must be there. A reason stays until gravity is found. `attitude` is overwritten.
    """
    if found:
        now[_GRAVITY] = 0
        return 0
    now[_GRAVITY] = _look(segments, attitude) or now[_GRAVITY]
    now[REASON] = now[_GRAVITY]
    return now[REASON]


def _look(segments: "Segments", attitude: "Attitude") -> int:
    first = segments.count - _SPAN_SEGMENTS
    if ring_max(segments.peak, first, segments.count, MASK) < _NOTHING_MG:
        return wire.REASON_NO_SIGNAL
    attitude.take(segments, first, segments.count)
    size = attitude.mean[MAGNITUDE]
    level = ring_mean(segments.level, segments.levels - _SPAN_LEVELS, segments.levels, LEVELS - 1)
    if level < _MIN_LEVEL_MG:
        small = size >= _MIN_SMALL_GRAVITY_MG and 2 * size >= level
        return wire.REASON_WRONG_SCALE if small else wire.REASON_NO_GRAVITY
    turned = _SPAN_SEGMENTS * ring_mean(segments.turned, first, segments.count, MASK)
    if size > _UNBEARABLE_MG or (size > _MAX_STRAIGHT_MG and turned < _STRAIGHT_X10):
        return wire.REASON_WRONG_SCALE
    if ring_mean(segments.moved, first, segments.count, MASK) < _REST_MG and turned < _REST_X10:
        return 0 if _MIN_GRAVITY_MG <= size <= _MAX_GRAVITY_MG else wire.REASON_WRONG_SCALE
    if size < _MAX_MEAN_MG and turned < _NO_TURN_X10:
        return wire.REASON_NO_GRAVITY if ring_min(segments.low, first, segments.count, MASK) < _MAX_LOW_MG else 0
    return 0
