"""The order of a beat's fiducials: what violates it was not found."""

from micropython import const

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..result import Beat

_RATE_HZ = const(250)  # frontends.ecg: RATE_HZ
#: No ventricles are excited in less (30 ms, rounded up).
_MIN_QRS_SAMPLES = const((_RATE_HZ * 30 + 999) // 1000)


def keep_order(beat: "Beat") -> None:
    """Make absent what is not p_on <= p_peak <= p_off <= qrs_on < r < qrs_off <= t_on <= t_peak <= t_off.

    Without a QRS of 30 ms and more about R there is neither P nor T: they were looked for at its sides.
    """
    on = beat.qrs_on
    off = beat.qrs_off
    if on is None or off is None or not on < beat.r < off or off - on < _MIN_QRS_SAMPLES:
        beat.qrs_on = beat.qrs_off = None
        _forget_p(beat)
        _forget_t(beat)
        return
    if not _in_order(beat.p_on, beat.p_peak, beat.p_off) or (beat.p_off or 0) > on:
        _forget_p(beat)
    if not _in_order(beat.t_on, beat.t_peak, beat.t_off) or (beat.t_on or off) < off:
        _forget_t(beat)


def _in_order(onset: "int | None", peak: "int | None", end: "int | None") -> bool:
    """Whether all three are there, one after the other."""
    return onset is not None and peak is not None and end is not None and onset <= peak <= end


def _forget_p(beat: "Beat") -> None:
    beat.p_on = beat.p_peak = beat.p_off = None


def _forget_t(beat: "Beat") -> None:
    beat.t_on = beat.t_peak = beat.t_off = None
