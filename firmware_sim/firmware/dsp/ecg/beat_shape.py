"""Whether what passed for a beat has the shape of one, narrow or wide: how slow it is, and what no beat does.

- Slowness: a wide complex rises and falls steeply; a pulse wave rises slowly and falls slower still. It is a sum of
  logarithms: of the range of the complex over the change within 40 ms, of its steepest slope over the steepest of the
  other sign, of its amplitude over the change within one sample.
- A tone: its slopes are those of a sine. Restless: nearly so, as a fast tachycardia of slow complexes is, and walking.
- Alone: nothing as slow as a T follows and no P was found before. Every heart repolarises; bursts and knocks do not.
- Busy: it turns six times and more within 270 ms. Crowded: the same of narrow complexes that leave no rest between.
- A step: most of it is one step that stays, or nearly all of it comes from one sample to the next, as in an impulse.
- A rectangle: nearly all of it rises within 20 ms, and falls within 20 ms 40 ms and more from there.
- Twice: 150 to 350 ms behind a steep complex there is something nearly as steep, as no T wave is. T waves of twice the
  height of R come near, so where there is a P before it, it must be steeper.
- A mirror image of the beat before, as the edges of a square wave are behind a high-pass filter.
- A triangle: a tone whose slopes are all alike.

The weights were fitted to MIT-BIH, LUDB, QTDB, CinC 2017 and generated wide complexes against the pulse waves of BIDMC.
"""

import micropython
from micropython import const

from ...kernels import add_covariance, beat_amplitudes, cycle_shape, log2_q3
from ..fixed import isqrt
from .filters import MASK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from array import array

_RATE_HZ = const(250)  # frontends.ecg: RATE_HZ
#: Indices of what `observe` says: amplitude (µV), slowness (Q3) and which fault.
HEIGHT = const(0)
SLOWNESS = const(1)
FAULT = const(2)
#: Whether the complex of a fast rhythm is as slow as wide ones are, whatever its edges.
WIDE = const(3)
#: Faults, those from `NO_BEAT` on of what is no beat.
BUSY = const(1)
RESTLESS = const(2)
CROWDED = const(3)
NO_BEAT = const(4)
_TONE = const(4)
_ALONE = const(5)
_STEP = const(6)
_RECTANGLE = const(7)
#: Those from here on no heart has, however regular.
TEST_SIGNAL = const(8)
_MIRROR = const(8)
_TWICE = const(9)
_TRIANGLE = const(10)
#: The slowest that there is.
_SLOWEST = const(254)
#: Weights (Q5) of the slopes' ratio and of the steepest sample in the slowness.
_SIDES_Q5 = const(27)
_SAMPLE_Q5 = const(9)
#: RR while it is not known (0.8 s).
_USUAL_RR_SAMPLES = const(_RATE_HZ * 800 // 1000)
#: Steepest slope over the mean (Q4) under which a beat is a tone (a sine has 25, the slowest tachycardia 28), restless.
_TONE_Q4 = const(27)
_RESTLESS_Q4 = const(54)
#: That of a triangle has 16, and 20 where its corners are round.
_TRIANGLE_Q4 = const(22)
_BUSY_TURNS = const(6)
#: Edges of a rectangle: parts of the amplitude (Q4), and samples from each other (40 ms).
_EDGE_Q4 = const(13)
_EDGES_SAMPLES = const(_RATE_HZ * 40 // 1000)
#: Part (Q4) of the steepest slope that no T wave has, and none where there is a P before; of a complex of which so much
#: (Q4) comes within 20 ms.
_AS_STEEP_Q4 = const(11)
_STEEP_P_Q4 = const(14)
_STEEP_Q4 = const(10)
#: A mirror image: samples before R (60 ms) and in all (260 ms), bits that are left out, the correlation (Q8), the
#: variance of the one over that of the other at most, RR that is looked at (2 s).
_MIRROR_BEFORE = const(_RATE_HZ * 60 // 1000)
_MIRROR_SAMPLES = const(_RATE_HZ * 260 // 1000)
_MIRROR_SHIFT = const(3)
_MIRROR_Q8 = const(-247)
_MIRROR_RATIO = const(2)
_MIRROR_MOST_RR = const(_RATE_HZ * 2)
#: Beats whose heights at R are of one sign, and together more than a quarter of the amplitude, are no mirror images: in
#: 16 µV, so that their product is a small integer.
_POLARITY_SHIFT = const(4)
#: RR (500 ms) in which complexes are compared; steepest slope over the mean, for a second, less ten times the slowness:
#: narrow complexes have 190 and more.
_FAST_SAMPLES = const(_RATE_HZ * 500 // 1000)
_WIDE_SLOPES = const(150)
#: Amplitude over what follows from which on a beat is alone: of a complex so narrow (steepest slope over the mean, Q4),
#: after which a T wave may be nearly level; of others; and where it turns so often.
_NARROW_Q4 = const(170)
_NARROW_RATIO = const(40)
_ALONE_RATIO = const(30)
_RINGING_TURNS = const(4)
_RINGING_RATIO = const(16)


@micropython.native
def log_ratio_q3(part: int, whole: int) -> int:
    """Binary logarithm of `part` over `whole` in Q3; both of one unit, under 2^26; 0 counts as 1."""
    return log2_q3(max(part, 1) << 4) - log2_q3(max(whole, 1) << 4)


@micropython.native
def _is_mirror_image(uv: "array[int]", r: int, rr: int, out: "array[int]") -> bool:
    """Is the beat at position `r` what the one `rr` samples before was, upside down? Works in four words of `out`.

    `out` begins with the amplitude of the beat (µV).
    """
    if not 0 < rr < _MIRROR_MOST_RR:
        return False
    height = uv[r & MASK] - uv[(r - _MIRROR_BEFORE) & MASK] >> _POLARITY_SHIFT
    before = uv[(r - rr) & MASK] - uv[(r - rr - _MIRROR_BEFORE) & MASK] >> _POLARITY_SHIFT
    amplitude = out[0] >> _POLARITY_SHIFT
    if height * before > amplitude * amplitude >> 4:
        return False
    for i in range(4):
        out[i] = 0
    n = min(_MIRROR_SAMPLES, rr)
    add_covariance(uv, MASK, r - rr - _MIRROR_BEFORE, n, rr, _MIRROR_SHIFT, out)
    if out[0] >= 0 or max(out[1], out[2]) > _MIRROR_RATIO * min(out[1], out[2]):
        return False
    return out[0] // max(isqrt(out[1]) * isqrt(out[2]) >> 8, 1) <= _MIRROR_Q8


@micropython.native
def observe(uv: "array[int]", r: int, rr_ms: "int | None", has_p: bool, out: "array[int]") -> None:
    """Describe the beat at position `r` of the ring `uv` in `out`, which has room for ten words."""
    beat_amplitudes(uv, MASK, r, out)
    amplitude = max(out[0], 1)
    slowness = log_ratio_q3(out[1], out[2]) + (log_ratio_q3(amplitude, out[3]) * _SAMPLE_Q5 >> 5)
    step = out[4] * 10 > amplitude * 7 or out[3] * 8 > amplitude * 7
    sample = out[3]
    mirror = _is_mirror_image(uv, r, 0 if rr_ms is None else rr_ms * _RATE_HZ // 1000, out)
    cycle_shape(uv, MASK, r, _USUAL_RR_SAMPLES if rr_ms is None else rr_ms * _RATE_HZ // 1000, out)
    steepest = max(out[0], out[1])
    slowness += log_ratio_q3(steepest, min(out[0], out[1])) * _SIDES_Q5 >> 5
    rr = 0 if rr_ms is None else rr_ms * _RATE_HZ // 1000
    fast = 0 < rr < _FAST_SAMPLES
    ratio = _NARROW_RATIO if steepest * 16 >= out[2] * _NARROW_Q4 else _ALONE_RATIO
    if out[3] >= _RINGING_TURNS:
        # in a fast rhythm those are flutter waves, between which T may be level
        ratio = _NARROW_RATIO if fast else _RINGING_RATIO
    fault = 0
    if step:
        fault = _STEP
    elif mirror:
        fault = _MIRROR
    elif out[5] >= _EDGES_SAMPLES and min(out[0], out[1]) * 16 >= amplitude * _EDGE_Q4:
        fault = _RECTANGLE
    elif out[6] * 16 >= steepest * (_STEEP_P_Q4 if has_p else _AS_STEEP_Q4) and steepest * 16 >= amplitude * _STEEP_Q4:
        fault = _TWICE
    elif steepest * 16 < out[2] * _TONE_Q4:
        fault = _TRIANGLE if steepest * 16 < out[2] * _TRIANGLE_Q4 else _TONE
    elif not has_p and out[4] * ratio < amplitude:
        fault = _ALONE
    elif steepest * 16 < out[2] * _RESTLESS_Q4 and sample * 11 < amplitude * 2:
        fault = RESTLESS
    elif out[3] >= _BUSY_TURNS:
        # narrow complexes leave a heart some rest
        fault = CROWDED if steepest * 16 < out[2] * _RESTLESS_Q4 else BUSY
    mean = out[2]
    out[HEIGHT] = amplitude
    out[SLOWNESS] = min(slowness, _SLOWEST)
    out[FAULT] = fault
    wide = fast and steepest * 16 * _RATE_HZ < mean * rr * (_WIDE_SLOPES + 10 * slowness)
    out[WIDE] = 1 if wide else 0
