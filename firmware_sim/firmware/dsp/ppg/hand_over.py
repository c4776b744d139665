"""Who answers for the pulse rate: single beats at rest, the tracker in motion, and after it until both agree."""

from micropython import const

from ...wire_gen import REASON_MOTION, REASON_NOISE, REASON_TRACKED, REASON_UNCERTAIN
from .uncertainty import PULSE_LIMIT_X10, tracked_u95

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..result import Measure
    from .motion_tracker import MotionTracker

#: After motion: the most that beats and tracker differ (percent) for beats to answer, and uncertainty (0.1/min) of a
#: tracker that answers instead. Limits: own. The first is two bins of the tracker at 100/min, the second that under
#: which motion begins with a rate at rest.
_SAME_PERCENT = const(6)
_SURE_X10 = const(50)  # dsp.ppg.pipeline: _CERTAIN_X10


def hand_over(rate: "Measure", tracker: "MotionTracker", moving: bool) -> bool:
    """Let the tracker answer in `rate`, which is that of the beats, where it knows better: True where it does.

    Its numbers have the reason `tracked`.
    """
    trust = tracker.trust
    if not trust:
        return False
    tracked = tracker.rate_x10
    u95 = tracked_u95(trust)
    if not moving and not (u95 < _SURE_X10 and _is_uncertain(rate, tracked)):
        return False
    if u95 > PULSE_LIMIT_X10:
        rate.refuse(REASON_MOTION)
    else:
        rate.set(tracked, trust, REASON_TRACKED, u95)
    return True


def _is_uncertain(rate: "Measure", tracked: int) -> bool:
    """Have the beats no rate, for noise alone, or another one that is less certain?"""
    value = rate.value
    if value is None:
        return rate.reason in (REASON_MOTION, REASON_NOISE, REASON_UNCERTAIN)
    return rate.u95 > _SURE_X10 and abs(value - tracked) * 100 > tracked * _SAME_PERCENT
