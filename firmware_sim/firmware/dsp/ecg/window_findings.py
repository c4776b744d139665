"""What a window that can be trusted says: intervals, how irregular its beats are, and the findings of its rhythm."""

import micropython
from micropython import const

from ...wire_gen import (
    BEAT_KIND_NORMAL,
    BEAT_KIND_PREMATURE_SUPRAVENTRICULAR,
    BEAT_KIND_VENTRICULAR,
    REASON_AV_CONDUCTION,
    REASON_FLUTTER_WAVES,
    REASON_MAINS,
    REASON_NOISE,
    REASON_POOR_CONTACT,
    REASON_UNCERTAIN,
    RHYTHM_ATRIAL_FLUTTER,
    RHYTHM_AV_BLOCK_COMPLETE,
    RHYTHM_AV_BLOCK_SECOND_DEGREE,
    RHYTHM_FREQUENT_ECTOPY,
    RHYTHM_LONG_QTC,
    RHYTHM_P_WITHOUT_QRS,
    RHYTHM_PAUSE,
    RHYTHM_SHORT_QTC,
    RHYTHM_WIDE_COMPLEX_TACHYCARDIA,
)
from .alternans import Alternans
from .intervals import RR, add_caution, caution_edges
from .quality import AMPLITUDE, CAUTION_UNDER, REASON, RHYTHM_FROM
from .regularity import Regularity
from .rhythm import is_irregular, tachycardia_flag

TYPE_CHECKING = False
if TYPE_CHECKING:
    from array import array

    from ..result import Beat, EcgWindow, Measure
    from .atrial import AtrialWaves
    from .contact import Contact
    from .mains import Mains
    from .quality import EcgQuality
    from .rhythm import Rhythm
    from .window_statistics import Statistics

#: What is found by shapes of beats, or by waves between them.
_OF_SHAPES = (
    RHYTHM_FREQUENT_ECTOPY
    | RHYTHM_WIDE_COMPLEX_TACHYCARDIA
    | RHYTHM_AV_BLOCK_SECOND_DEGREE
    | RHYTHM_AV_BLOCK_COMPLETE
    | RHYTHM_P_WITHOUT_QRS
)
#: RR (ms) under which in a rhythm of wide complexes a P wave cannot be told from the last T wave.
_FAST_MS = const(460)


class Findings:
    """What beats before a window, atria, hum and contact add to its statistics."""

    def __init__(self, atrial: "AtrialWaves", mains: "Mains", contact: "Contact", quality: "EcgQuality") -> None:
        self._contact = contact
        self._atrial = atrial
        self._mains = mains
        self._quality = quality
        self._regularity = Regularity()
        self._alternans = Alternans()

    @micropython.native
    def add(self, beat: "Beat", uv: "array[int]", conducted: bool) -> None:
        """Take a beat of the signal in the ring `uv`; its `rr_ms` is None where that is no rate."""
        has_p = conducted or beat.p_peak is not None
        ectopic = beat.kind in (BEAT_KIND_VENTRICULAR, BEAT_KIND_PREMATURE_SUPRAVENTRICULAR)
        self._regularity.add(beat.rr_ms, ectopic, has_p, beat.quality)
        self._alternans.add(uv, beat.r, beat.rr_ms, beat.kind == BEAT_KIND_NORMAL)

    def forget(self) -> None:
        """Beats before this point say nothing about those after."""
        self._regularity.forget()
        self._alternans.forget()

    def fill(self, window: "EcgWindow", statistics: "Statistics", limits: "array[int]") -> None:
        """Set what a `window` that can be trusted says; its quality is set already. `limits` as `rhythm` has them."""
        quality = window.quality
        blur = self._mains.blur(self._quality.state[AMPLITUDE], self._contact.rough_uv())
        poor = statistics.intervals.has_poor_contact()
        careful = blur == REASON_MAINS or quality < CAUTION_UNDER
        uncertain = quality < RHYTHM_FROM
        if uncertain:
            # false beats among the right ones look like fibrillation
            self._regularity.keep_agreeing(window.beats)
        atrial = self._atrial
        atrial.judge(statistics.start, window.end)
        irregularity = self._regularity.irregularity()
        # waves that do not know of beats, in a rhythm that is no fibrillation: they hide P, too
        tremor = atrial.flutter.free and not (is_irregular(irregularity) and self._regularity.turns())
        if tremor:
            atrial.flags = 0
            careful = True
            blur = REASON_NOISE
        # atria whose waves come regularly do not fibrillate
        regular = tremor or atrial.regular
        window.irregularity = irregularity * 3 >> 3 if regular and irregularity is not None else irregularity
        alternans = self._alternans.microvolts()
        window.alternans_uv = None if careful or poor else alternans
        irregular = not uncertain and is_irregular(window.irregularity)
        flutter = atrial.flags == RHYTHM_ATRIAL_FLUTTER
        # flutter waves may be as sharp as a jump of the electrode
        poor = poor and not flutter
        careful = careful or poor
        statistics.intervals.fill(window, quality, irregular, flutter)
        if statistics.rhythm.lacks_beats() and not irregular:
            for measure in (window.heart_rate, window.rr):
                measure.refuse(REASON_UNCERTAIN)
        if statistics.rhythm.has_wide_beats(irregular) and (window.rr.value or _FAST_MS) < _FAST_MS:
            # what stands before the complex may be the T wave of the last
            window.pr.refuse(REASON_UNCERTAIN)
        if atrial.changing:
            window.pr.refuse(REASON_AV_CONDUCTION)
        if flutter:
            window.pr.refuse(REASON_FLUTTER_WAVES)
            for measure in _repolarisation(window):
                measure.refuse(REASON_FLUTTER_WAVES)
        elif atrial.flutter.may_hide:
            for measure in _repolarisation(window):
                measure.add_caution(REASON_FLUTTER_WAVES)
        if poor:
            add_caution(window, REASON_POOR_CONTACT)
        elif quality < CAUTION_UNDER:
            add_caution(window, self._mains.cause(self._quality.state[REASON]))
        elif blur:
            caution_edges(window, blur)
        window.flags = self._flags(window, statistics.rhythm, limits, careful, flutter)
        if poor:
            window.flags = window.flags & ~(_OF_SHAPES | RHYTHM_PAUSE) | statistics.rhythm.sure_pause(irregular)
        elif tremor:
            # it changes the shapes of beats as well
            window.flags &= ~RHYTHM_FREQUENT_ECTOPY
        elif statistics.shapes_vary():
            window.flags &= ~_OF_SHAPES
        if window.flags & RHYTHM_WIDE_COMPLEX_TACHYCARDIA and window.heart_rate.value is None:
            window.flags |= tachycardia_flag(statistics.intervals.series.twice_median(RR), limits)

    def _flags(self, window: "EcgWindow", rhythm: "Rhythm", limits: "array[int]", careful: bool, flutter: bool) -> int:
        """Flags of a window whose measures are set."""
        flags = rhythm.flags(window, limits, careful, flutter, self._atrial.changing)
        if window.quality < RHYTHM_FROM and window.heart_rate.value is None:
            # beats of which not even the rate is known are no finding
            flags = 0
        # flutter waves pass for noise themselves
        if not careful or (flutter and self._atrial.flutter.sure):
            flags |= self._atrial.flags
        if flags & RHYTHM_WIDE_COMPLEX_TACHYCARDIA:
            # beside ventricular runs P waves without a complex are no block
            flags &= ~(RHYTHM_AV_BLOCK_SECOND_DEGREE | RHYTHM_AV_BLOCK_COMPLETE | RHYTHM_P_WITHOUT_QRS)
        if flags & RHYTHM_AV_BLOCK_SECOND_DEGREE and rhythm.hides_blocks(window.beats):
            flags &= ~(RHYTHM_AV_BLOCK_SECOND_DEGREE | RHYTHM_P_WITHOUT_QRS)
        if flags & RHYTHM_AV_BLOCK_SECOND_DEGREE:
            # RR changes at once, and QT follows in minutes
            flags &= ~(RHYTHM_LONG_QTC | RHYTHM_SHORT_QTC)
        return flags


def _repolarisation(window: "EcgWindow") -> "tuple[Measure, ...]":
    """What hangs on T, which cannot be told from flutter waves."""
    return (window.qt, window.qtc_bazett, window.qtc_fridericia, window.qtc_framingham, window.qtc_hodges)
