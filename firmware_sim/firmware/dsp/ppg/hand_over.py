"""Who answers for the pulse rate: single beats at rest, the tracker in motion, and after it until both agree."""

from micropython import const

from ...wire_gen import REASON_MOTION, REASON_NO_PULSE_WAVE, REASON_NOISE, REASON_TRACKED, REASON_UNCERTAIN
from .uncertainty import PULSE_LIMIT_X10, tracked_u95

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..result import Measure
    from .motion_tracker import MotionTracker

#: The most that beats and tracker differ (percent) to be one rate, and uncertainty (0.1/min) of a tracker that answers
#: instead of beats after motion. Limits: own. The first is two bins of the tracker at 100/min, the second that under
#: which motion begins with a rate at rest.
_SAME_PERCENT = const(6)
_SURE_X10 = const(50)  # dsp.ppg.pipeline: _CERTAIN_X10
#: Percent of the power of waves in their mean from which on they are one wave, and not light that steps move as well.
_ONE_WAVE_PERCENT = const(90)
#: Highest quality where they contradict each other, for one of both is the rate of steps, and where both may be.
_CONTRADICTED_QUALITY = const(30)  # dsp.result: UNCERTAIN_QUALITY


def hand_over(rate: "Measure", tracker: "MotionTracker", moving: bool, coherence: int) -> bool:
    """Let the tracker answer in `rate`, which is that of the beats, where it knows better: True where it does.

    Its numbers have the reason `tracked`, or `no_pulse_wave` where what it follows may be movement alone. `coherence`:
    percent of the power of waves between beats in their mean.
    """
    trust = tracker.trust
    if not trust:
        return False
    uncertain = tracker.pulse_uncertain
    tracked = tracker.rate_x10
    u95 = tracked_u95(trust)
    if not moving and (uncertain or not (u95 < _SURE_X10 and _is_uncertain(rate, tracked))):
        return False
    if moving and tracker.sees_none:
        rate.refuse(REASON_MOTION)
        return True
    if moving and coherence >= _ONE_WAVE_PERCENT and rate.value is not None and rate.u95 < _SURE_X10:
        if _agree(rate.value, tracked):
            if u95 > PULSE_LIMIT_X10:
                return uncertain and _limit_trust(rate, rate.value)
        elif _is_harmonic(rate.value, tracked):
            rate.set(rate.value, min(rate.quality, _CONTRADICTED_QUALITY), rate.reason, PULSE_LIMIT_X10)
            return True
        else:
            trust = min(trust, _CONTRADICTED_QUALITY)
    if u95 > PULSE_LIMIT_X10:
        rate.refuse(REASON_MOTION)
    else:
        rate.set(tracked, trust, REASON_TRACKED, u95)
        if uncertain:
            _limit_trust(rate, tracked)
    return True


def _limit_trust(rate: "Measure", value: int) -> bool:
    """What `rate` has, this value, may be that of steps: True."""
    rate.set(value, min(rate.quality, _CONTRADICTED_QUALITY), REASON_NO_PULSE_WAVE, PULSE_LIMIT_X10)
    return True


def _is_uncertain(rate: "Measure", tracked: int) -> bool:
    """Have the beats no rate, for noise alone, or another one that is less certain?"""
    value = rate.value
    if value is None:
        return rate.reason in (REASON_MOTION, REASON_NOISE, REASON_UNCERTAIN)
    return rate.u95 > _SURE_X10 and not _agree(value, tracked)


def _is_harmonic(rate: int, tracked: int) -> bool:
    """Is one of both twice or three times the other?"""
    two, three = 2 * rate, 3 * rate
    return _agree(two, tracked) or _agree(three, tracked) or _agree(rate, 2 * tracked) or _agree(rate, 3 * tracked)


def _agree(rate: int, tracked: int) -> bool:
    """Are they one rate?"""
    return abs(rate - tracked) * 100 <= tracked * _SAME_PERCENT
