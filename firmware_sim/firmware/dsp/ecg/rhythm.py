"""Findings of one window, by the definitions of the wire's rhythm flags; docs/ecg.md says whose they are."""

from array import array

from micropython import const

from ...wire_gen import (
    BEAT_KIND_PACED,
    BEAT_KIND_PREMATURE_SUPRAVENTRICULAR,
    BEAT_KIND_VENTRICULAR,
    RHYTHM_BRADYCARDIA,
    RHYTHM_FIRST_DEGREE_AV_BLOCK,
    RHYTHM_FREQUENT_ECTOPY,
    RHYTHM_IRREGULAR,
    RHYTHM_LONG_QTC,
    RHYTHM_PAUSE,
    RHYTHM_SHORT_PR,
    RHYTHM_SHORT_QTC,
    RHYTHM_T_WAVE_ALTERNANS,
    RHYTHM_TACHYCARDIA,
    RHYTHM_WIDE_COMPLEX_TACHYCARDIA,
    RHYTHM_WIDE_QRS,
    SEX_MALE,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..result import Beat, EcgWindow

_RATE_HZ = const(250)  # frontends.ecg: RATE_HZ
#: Irregularity from which fibrillation is suspected.
_IRREGULAR = const(50)
#: Longest RR (ms) that is no pause, and in fibrillation, where up to 2.8 s are usual.
_PAUSE_MS = const(2000)
_PAUSE_IRREGULAR_MS = const(3000)
#: Ectopic beats in a window that are frequent.
_FREQUENT_BEATS = const(3)
#: RR and QRS (120 ms) of a wide-complex tachycardia, and its beats in a row.
_FAST_MS = const(600)
_WIDE_SAMPLES = const(_RATE_HZ * 120 // 1000)
#: In a faster rhythm (RR under 500 ms) without P the ends of a wide complex are found up to 12 ms within it.
_FASTER_MS = const(500)
_WIDE_ALONE_SAMPLES = const(_RATE_HZ * 108 // 1000)
_IN_A_ROW_BEATS = const(3)
_SLOW_IN_A_ROW_BEATS = const(8)
#: Beats of a tachycardia are as far apart as the two before, within a quarter of that, and one of them is like another
#: (agreement with those before): electrode motion makes wide and fast ones, too.
_EVEN_SHIFT = const(2)
_LIKE_ONE = const(70)
#: Agreement of a beat with those before from which on a run of so many is one although its window is refused.
_LIKE = const(75)
_SURE_IN_A_ROW_BEATS = const(8)
#: RR over the one before (Q1), of a wide beat without P behind so many fast ventricular ones, from which on one may be
#: missed. With a P it is conducted, in a bundle branch block, and the pause behind ventricular beats is compensatory.
_BEFORE_GAP_BEATS = const(2)
_GAP_Q1 = const(3)
#: What is judged by the wearer's settings: sex as the wire has it (0 unknown), and the rates (0.1 bpm) beyond which a
#: heart is slow or fast. Until they are set:
LIMITS = (0, 500, 1000)
_SEX = const(0)
_SLOW = const(1)
_FAST = const(2)
#: Rates within which QTc by Fridericia is judged.
_QTC_SLOWEST_BPM_X10 = const(400)
_QTC_FASTEST_BPM_X10 = const(1200)
_PR_LONG_TENTHS_MS = const(2000)
_PR_SHORT_TENTHS_MS = const(1200)
_QRS_WIDE_TENTHS_MS = const(1200)
_QTC_LONG_TENTHS_MS = const(4600)
_QTC_LONG_MALE_TENTHS_MS = const(4500)
_QTC_SHORT_TENTHS_MS = const(3400)
#: Minimum alternation of the T wave.
_ALTERNANS_UV = const(47)

# In one array: beats counted by kind, the longest RR, the most fast beats in a row that are wide,
# that are ventricular, that are slow, and that are ventricular, like one another and regular; gaps in such runs; the
# longest rest beside a disturbance.
_EARLY = const(0)
_VENTRICULAR = const(1)
_LONGEST_MS = const(2)
_MOST_WIDE = const(3)
_MOST_VENTRICULAR = const(4)
_MOST_SLOW = const(5)
_MOST_SURE = const(6)
_GAPS = const(7)
_REST_MS = const(8)
_COUNTED = const(9)
#: Words of `runs` behind those in a row: the RR before (ms), and premature beats in a row, of which so many count:
#: more are a rate that changed at once.
_LAST_MS = const(4)
_EARLY_RUN = const(5)
#: Whether a beat of the first two runs was like others.
_LIKE_IN = const(6)
RUNS = const(8)
_EARLY_IN_A_ROW = const(2)


class Rhythm:
    """Collects beats, then names what stands out.

    `runs` counts fast beats in a row that are wide, ventricular, slow, and sure, from one window into the next,
    premature ones, and has the RR before.
    """

    def __init__(self, runs: "array[int]") -> None:
        self._runs = runs
        self._counted = array("i", bytes(4 * _COUNTED))

    def clear(self) -> None:
        """Begin a window."""
        for i in range(_COUNTED):
            self._counted[i] = 0

    def add(self, beat: "Beat", wide: bool) -> None:
        """Count a beat; `wide`: its shape is that of a wide complex."""
        counted = self._counted
        if beat.kind == BEAT_KIND_VENTRICULAR:
            counted[_VENTRICULAR] += 1
        early = beat.kind == BEAT_KIND_PREMATURE_SUPRAVENTRICULAR
        self._runs[_EARLY_RUN] = self._runs[_EARLY_RUN] + 1 if early else 0
        if 0 < self._runs[_EARLY_RUN] <= _EARLY_IN_A_ROW:
            counted[_EARLY] += 1
        rr_ms = beat.rr_ms or 0
        counted[_LONGEST_MS] = max(counted[_LONGEST_MS], rr_ms)
        fast = 0 < rr_ms < _FAST_MS
        last_ms = self._runs[_LAST_MS]
        is_wide = _is_wide(beat)
        if is_wide and beat.p_peak is None and self._runs[1] >= _BEFORE_GAP_BEATS and 2 * rr_ms > _GAP_Q1 * last_ms:
            counted[_GAPS] += 1
        even = not last_ms or abs(rr_ms - last_ms) << _EVEN_SHIFT <= last_ms
        for which in range(2):
            goes_on = beat.kind == BEAT_KIND_VENTRICULAR if which else is_wide
            self._count_similar(which, goes_on, fast and (even or self._runs[which] < 2), beat.quality >= _LIKE_ONE)
        self._count_run(2, fast and (is_wide or _may_be_wide(beat, wide)), fast)
        self._runs[_LAST_MS] = rr_ms
        repeats = fast and beat.quality >= _LIKE and abs(rr_ms - last_ms) << 3 <= last_ms
        self._count_run(3, beat.kind == BEAT_KIND_VENTRICULAR, repeats)

    def _count_run(self, which: int, goes_on: bool, fast: bool) -> None:
        runs = self._runs
        runs[which] = (runs[which] + 1 if fast else 1) if goes_on else 0
        at = _MOST_WIDE + which
        self._counted[at] = max(self._counted[at], runs[which])

    def count_rest(self, rest_ms: int) -> None:
        """Count `rest_ms` without a complex beside a disturbance."""
        self._counted[_REST_MS] = max(self._counted[_REST_MS], rest_ms)

    def sure_pause(self, irregular: bool) -> int:
        """Flag bit of a pause that no disturbance makes, in an `irregular` rhythm or another."""
        return RHYTHM_PAUSE if self._counted[_REST_MS] > (_PAUSE_IRREGULAR_MS if irregular else _PAUSE_MS) else 0

    def _count_similar(self, which: int, goes_on: bool, fast: bool, like: bool) -> None:
        """Count a run whose length counts from the first beat on that is `like` another."""
        runs = self._runs
        runs[which] = (runs[which] + 1 if fast else 1) if goes_on else 0
        if runs[which] < 2:
            runs[_LIKE_IN + which] = 0
        elif like:
            runs[_LIKE_IN + which] = 1
        if runs[_LIKE_IN + which]:
            self._counted[_MOST_WIDE + which] = max(self._counted[_MOST_WIDE + which], runs[which])

    def flags(
        self, window: "EcgWindow", limits: "array[int]", careful: bool, flutter: bool = False, changing: bool = False
    ) -> int:
        """Flag bits for a window whose measures are set; `careful`: say nothing that hangs on the edges of waves.

        `limits` are what `LIMITS` are.
        In `flutter` RR may vary as in fibrillation, and waves make complexes wider. `changing`: PR does, in a block.
        """
        irregular = is_irregular(window.irregularity)
        bits = self._beat_flags(irregular, flutter or changing) | _rate_flags(window, limits)
        if window.alternans_uv is not None and window.alternans_uv >= _ALTERNANS_UV:
            bits |= RHYTHM_T_WAVE_ALTERNANS
        if self.is_wide_tachycardia(careful or irregular, flutter):
            bits |= RHYTHM_WIDE_COMPLEX_TACHYCARDIA
        if careful:
            return bits
        return bits | _interval_flags(window) | _qtc_flags(window, limits[_SEX])

    def sure_flags(self) -> int:
        """Flag bits although nothing is measured: a long regular run of ventricular beats that are all alike."""
        sure = self._counted[_MOST_SURE] >= _SURE_IN_A_ROW_BEATS
        return RHYTHM_WIDE_COMPLEX_TACHYCARDIA | RHYTHM_TACHYCARDIA if sure else 0

    def is_wide_tachycardia(self, careful: bool, flutter: bool) -> bool:
        """Were there three wide beats, or if `careful` ventricular ones, in fast succession?

        Fibrillation with a bundle branch block is wide, fast and mostly no ventricular tachycardia. Eight slow ones
        count, too, but not in `flutter`.
        """
        if careful:
            return self._counted[_MOST_VENTRICULAR] >= _IN_A_ROW_BEATS
        slow = not flutter and self._counted[_MOST_SLOW] >= _SLOW_IN_A_ROW_BEATS
        return slow or self._counted[_MOST_WIDE] >= _IN_A_ROW_BEATS

    def has_wide_beats(self, careful: bool) -> bool:
        """Is it such a tachycardia, and are most of its beats not called ventricular?"""
        counted = self._counted
        return self.is_wide_tachycardia(careful, False) and counted[_VENTRICULAR] * 2 < counted[_MOST_SLOW]

    def lacks_beats(self) -> bool:
        """Has a run of ventricular beats gaps, as where the axis of a torsade turns and complexes vanish?"""
        return self._counted[_GAPS] > 0

    def hides_blocks(self, beats: int) -> bool:
        """Are a third of the `beats` ventricular? Each blocks the next P by itself, and its T may pass for one."""
        return 3 * self._counted[_VENTRICULAR] >= beats

    def _beat_flags(self, irregular: bool, uneven: bool) -> int:
        counted = self._counted
        bits = RHYTHM_IRREGULAR if irregular else 0
        if max(counted[_LONGEST_MS], counted[_REST_MS]) > (_PAUSE_IRREGULAR_MS if irregular else _PAUSE_MS):
            bits |= RHYTHM_PAUSE
        # in fibrillation and flutter every other narrow beat is early, and in Wenckebach's block those before a pause
        if counted[_VENTRICULAR] + (0 if irregular or uneven else counted[_EARLY]) >= _FREQUENT_BEATS:
            bits |= RHYTHM_FREQUENT_ECTOPY
        return bits


def tachycardia_flag(twice_rr_ms: int, limits: "array[int]") -> int:
    """Whether half of the beats come as fast as in a tachycardia; `twice_rr_ms` is twice the median RR."""
    return RHYTHM_TACHYCARDIA if twice_rr_ms and 1_200_000 // twice_rr_ms > limits[_FAST] else 0


def is_irregular(irregularity: "int | None") -> bool:
    """Whether fibrillation is suspected."""
    return irregularity is not None and irregularity >= _IRREGULAR


def _width(beat: "Beat") -> int:
    return 0 if beat.qrs_on is None or beat.qrs_off is None else beat.qrs_off - beat.qrs_on


def _is_wide(beat: "Beat") -> bool:
    if beat.kind == BEAT_KIND_PACED:
        return False
    return beat.kind == BEAT_KIND_VENTRICULAR or _width(beat) >= _WIDE_SAMPLES


def _may_be_wide(beat: "Beat", wide: bool) -> bool:
    """Is it wide by its shape, or nearly by its edges, in a fast rhythm without P?"""
    if beat.kind == BEAT_KIND_PACED or not 0 < (beat.rr_ms or 0) < _FASTER_MS:
        return False
    return wide or (beat.p_peak is None and _width(beat) >= _WIDE_ALONE_SAMPLES)


def _rate_flags(window: "EcgWindow", limits: "array[int]") -> int:
    rate = window.heart_rate.value
    if rate is None:
        return 0
    return (RHYTHM_BRADYCARDIA if rate < limits[_SLOW] else 0) | (RHYTHM_TACHYCARDIA if rate > limits[_FAST] else 0)


def _interval_flags(window: "EcgWindow") -> int:
    bits = 0
    pr = window.pr.value
    if pr is not None and pr > _PR_LONG_TENTHS_MS:
        bits |= RHYTHM_FIRST_DEGREE_AV_BLOCK
    if pr is not None and pr < _PR_SHORT_TENTHS_MS:
        bits |= RHYTHM_SHORT_PR
    if window.qrs.value is not None and window.qrs.value >= _QRS_WIDE_TENTHS_MS:
        bits |= RHYTHM_WIDE_QRS
    return bits


def _qtc_flags(window: "EcgWindow", sex: int) -> int:
    qtc = window.qtc_fridericia.value
    rate = window.heart_rate.value
    if qtc is None or rate is None or is_irregular(window.irregularity):
        return 0
    if not _QTC_SLOWEST_BPM_X10 <= rate <= _QTC_FASTEST_BPM_X10:
        return 0
    if qtc >= (_QTC_LONG_MALE_TENTHS_MS if sex == SEX_MALE else _QTC_LONG_TENTHS_MS):
        return RHYTHM_LONG_QTC
    return RHYTHM_SHORT_QTC if qtc <= _QTC_SHORT_TENTHS_MS else 0
