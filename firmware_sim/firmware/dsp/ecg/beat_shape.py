"""Whether what passed for a beat has the shape of one, narrow or wide: how slow it is, and what no beat does.

- Slowness: a wide complex rises and falls steeply; a pulse wave rises slowly and falls slower still. It is a sum of
  logarithms: of the range of the complex over the change within 40 ms, of its steepest slope over the steepest of the
  other sign, of its amplitude over the change within one sample.
- A tone: its slopes are those of a sine. Restless: nearly so, as a fast tachycardia of slow complexes is, and walking.
- Alone: nothing as slow as a T follows and no P was found before. Every heart repolarises; bursts and knocks do not.
- Busy: it turns six times and more within 270 ms. Crowded: the same of narrow complexes that leave no rest between.
- A step: most of it is one step that stays, or nearly all of it comes from one sample to the next, as in an impulse.

The weights were fitted to MIT-BIH, LUDB, QTDB, CinC 2017 and generated wide complexes against the pulse waves of BIDMC.
"""

import micropython
from micropython import const

from ...kernels import beat_amplitudes, cycle_shape, log2_q3
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
_BUSY_TURNS = const(6)
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
def observe(uv: "array[int]", r: int, rr_ms: "int | None", has_p: bool, out: "array[int]") -> None:
    """Describe the beat at position `r` of the ring `uv` in `out`, which has room for ten words."""
    beat_amplitudes(uv, MASK, r, out)
    amplitude = max(out[0], 1)
    slowness = log_ratio_q3(out[1], out[2]) + (log_ratio_q3(amplitude, out[3]) * _SAMPLE_Q5 >> 5)
    step = out[4] * 10 > amplitude * 7 or out[3] * 8 > amplitude * 7
    sample = out[3]
    cycle_shape(uv, MASK, r, _USUAL_RR_SAMPLES if rr_ms is None else rr_ms * _RATE_HZ // 1000, out)
    steepest = max(out[0], out[1])
    slowness += log_ratio_q3(steepest, min(out[0], out[1])) * _SIDES_Q5 >> 5
    ratio = _NARROW_RATIO if steepest * 16 >= out[2] * _NARROW_Q4 else _ALONE_RATIO
    fault = 0
    if step:
        fault = _STEP
    elif steepest * 16 < out[2] * _TONE_Q4:
        fault = _TONE
    elif not has_p and out[4] * (_RINGING_RATIO if out[3] >= _RINGING_TURNS else ratio) < amplitude:
        fault = _ALONE
    elif steepest * 16 < out[2] * _RESTLESS_Q4 and sample * 11 < amplitude * 2:
        fault = RESTLESS
    elif out[3] >= _BUSY_TURNS:
        # narrow complexes leave a heart some rest
        fault = CROWDED if steepest * 16 < out[2] * _RESTLESS_Q4 else BUSY
    rr = 0 if rr_ms is None else rr_ms * _RATE_HZ // 1000
    mean = out[2]
    out[HEIGHT] = amplitude
    out[SLOWNESS] = min(slowness, _SLOWEST)
    out[FAULT] = fault
    wide = 0 < rr < _FAST_SAMPLES and steepest * 16 * _RATE_HZ < mean * rr * (_WIDE_SLOPES + 10 * slowness)
    out[WIDE] = 1 if wide else 0
