"""The thresholds that docs/ecg.md restates are those of the code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import firmware_sim
from firmware_sim.firmware.dsp.ecg import (
    alternans,
    atrial_period,
    beat_maker,
    beat_shape,
    conduction,
    contact,
    delineation,
    flutter,
    intervals,
    pacing,
    pipeline,
    qrs,
    qrs_verifier,
    quality,
    regularity,
    rhythm,
    rr_history,
    template,
    uncertain_span,
    uncertainty,
    window,
    window_statistics,
)
from firmware_sim.firmware.frontends.ecg_gen import LSB_NANO, RATE_HZ
from firmware_sim.firmware.kernels import pacing_viper

PAGE = Path(firmware_sim.__file__).parents[1] / "docs/ecg.md"
_WORDS = {2: "two", 3: "three", 4: "four", 5: "five", 6: "six", 8: "eight", 11: "eleven"}
_PARTS = {2: "one half", 3: "a third", 4: "a quarter", 10: "a tenth"}
_EIGHTHS = ("", "⅛", "¼", "⅜", "½", "⅝", "¾", "⅞")


def _q8(*values: int) -> list[str]:
    """Ratios and probabilities in Q8, to two decimals."""
    return [f"{round(value / 256, 2):g}" for value in values]


def _ms(*samples: int) -> list[str]:
    return [f"{1000 * n / RATE_HZ:g}" for n in samples]


def _s(*samples: int) -> list[str]:
    return [f"{n / RATE_HZ:g}" for n in samples]


def _ms_q3(*samples: int) -> list[str]:
    return [f"{125 * n / RATE_HZ:g}" for n in samples]


def _tenths(*values: int) -> list[str]:
    return [f"{value / 10:g}" for value in values]


def _uv(counts: int) -> list[str]:
    return [f"{counts * LSB_NANO / 1e6:.0f}"]


def _octaves(threshold_q3: int, slope_q2: int) -> list[str]:
    """A threshold (logarithm, Q3) as a ratio, and points (Q2 an eighth of an octave) an octave."""
    return [f"{2 ** (threshold_q3 / 8):.3g}", str(slope_q2 * 2)]


#: A phrase of the page, and the numbers in it as the code has them.
STATED: list[tuple[str, list[str] | list[int]]] = [
    ("under {} or over {} of the usual amplitude", _q8(qrs._MIN_BEAT_Q8, qrs._MAX_BEAT_Q8)),
    ("sooner than {} or later than {} of the usual RR", _q8(qrs._MIN_RR_Q8, qrs._MAX_RR_Q8)),
    ("noise candidates above {} of the beats' amplitude", [_PARTS[256 // qrs._MAX_NOISE_Q8]]),
    ("more than {} of a beat's amplitude", _q8(qrs._MAX_REJECTED_Q8)),
    ("{} usual RR without a beat", _q8(qrs._MAX_RR_Q8)),
    ("reaches {} seconds further", [_WORDS[uncertain_span._AFTER_SAMPLES // RATE_HZ]]),
    ("of signal, {} s of it behind them", _s(qrs_verifier.RIGHT_SAMPLES)),
    ("probability under {} ({} where noise is under {} of the beats",
     _q8(qrs_verifier.MIN_BEAT_Q8, qrs_verifier.MIN_QUIET_Q8, qrs_verifier.QUIET_NOISE_Q8)),
    ("where it is {} and no beat is within 200 ms", _q8(qrs_verifier.SURE_Q8)),
    ("verifies beats saw it with {} and more", _q8(qrs_verifier.SURE_Q8)),
    ("| certain | {} s |", _s(pipeline._READY_SAMPLES)),
    ("the first {} of a shape", [template._SINGLE_BEATS]),
    ("running mean every {} s", _s(template._AGAIN_SAMPLES)),
    ("averaged, {} the latest", [_PARTS[delineation._MEAN_RUNS]]),
    ("more than {} % early", [round(100 - 100 * rr_history._PREMATURE_Q8 / 256)]),
    ("at most one in {} seconds", [_WORDS[beat_maker._SINGLE_SAMPLES // RATE_HZ]]),
    ("network's probability is {} (`dsp/ecg/delineation.py`)", [_PARTS[256 // delineation._EDGE_Q8]]),
    ("takes {} steps of {} ms", [_WORDS[beat_maker.SLICES], *_ms(pipeline._STEP)]),
    ("probability is under {} at its maximum", _q8(delineation._MIN_WAVE_Q8)),
    ("under {} where the last RR intervals", _q8(rr_history._MIN_P_IRREGULAR_Q8)),
    ("change by more than {} on average", [_PARTS[rr_history._IRREGULAR_DIVISOR]]),
    ("under {} where fewer than {} intervals are known",
     [*_q8(rr_history._MIN_P_UNKNOWN_Q8), _WORDS[rr_history._RHYTHM_KNOWN]]),
    ("as P under {}", _q8(delineation._MIN_WAVE_Q8)),
    ("is over {} ms (PR), {} ms (QRS) or {} ms (QT)", _tenths(*uncertainty.LIMITS_TENTHS_MS)),
    ("less certain than {} bpm is", _tenths(uncertainty.RATE_LIMIT_BPM_X10)),
    ("to fall from {} to {}", _q8(delineation._INSIDE_Q8, delineation._OUTSIDE_Q8)),
    ("(from {}, {} and {} ms on)", _ms_q3(*intervals._CLEAR_Q3)),
    ("interquartile ranges over {}, {} and {} ms", _tenths(*intervals.MAX_SPREAD_TENTHS_MS)),
    ("probability under {} where it fits the rhythm, {} where it comes early, {} between",
     _q8(rr_history._MIN_QRS_Q8, rr_history._MIN_EARLY_QRS_Q8, rr_history._MIN_BETWEEN_QRS_Q8)),
    ("a top {} µV above the samples {} before and {} after",
     [*_uv(pacing_viper._MIN_AMPLITUDE_COUNTS), *[_WORDS[pacing_viper._FOOT]] * 2]),
    ("{} times what goes on in the {} ms before and the {} ms after it",
     [f"{pacing_viper._MIN_RATIO_Q4 / 16:g}", *_ms(pacing_viper._BEFORE, pacing_viper._AFTER)]),
    ("*sure* from {} times on", [pacing._SURE_Q4 // 16]),
    ("at most {}{} samples ({} ms)",
     [str(pacing._SHARP_Q3 // 8), _EIGHTHS[pacing._SHARP_Q3 % 8], *_ms_q3(pacing._SHARP_Q3)]),
    ("the QRS onset lies {} ms after it at most", _ms(pacing._BEFORE_ON_SAMPLES)),
    ("or up to {} ms before, where a blurred", _ms(pacing._AFTER_ON_SAMPLES)),
    ("R at most {} ms after it", _ms(pacing._BEFORE_R_SAMPLES)),
    ("what comes {} to {} ms after the spike",
     _ms(pacing._REST_FROM_SAMPLES, pacing._REST_FROM_SAMPLES + pacing._REST_SAMPLES - 1)),
    ("an eighth, {} µV at most", [pacing._REST_UV]),
    ("({} ms in their distance from R", _ms(pacing._JITTER_SAMPLES)),
    ("{} where certain (sharp, {} times its surroundings), {} where sure, {} or {} otherwise",
     [pacing._TRUST_CERTAIN, pacing._CERTAIN_Q4 // 16, pacing._TRUST_SURE, pacing._TRUST_SHARP, pacing._TRUST_WEAK]),
    ("From {} on beats are paced", [pacing._TRUST_NEEDED]),
    ("in steps of {} ms that look {} ms ahead", _ms(pipeline._STEP, pipeline._STAGE - pipeline._STEP)),
    ("**{} and more**: measured", [quality.CAUTION_UNDER]),
    ("**{} to {}**: measured with caution", [quality.RHYTHM_FROM, quality.CAUTION_UNDER - 1]),
    ("**{} to {}**: the same; irregularity is that of beats that agree with those before by {} and more",
     [quality.REFUSED_UNDER, quality.RHYTHM_FROM - 1, regularity._AGREEING]),
    ("**under {}**: refused", [quality.REFUSED_UNDER]),
    ("the median beat | {} | {}, {} at most |",
     [*_octaves(quality._BETWEEN_THRESHOLD_Q3, quality._BETWEEN_SLOPE_Q2), str(quality._BETWEEN_MOST)]),
    ("that of a beat | {} | {}; from {} on refused |",
     [*_octaves(quality._CROWD_THRESHOLD_Q3, quality._CROWD_SLOPE_Q2),
      _octaves(quality._CROWD_THRESHOLD_Q3 + quality._CROWD_SURE, 0)[0]]),
    ("amplitudes from their median | {} | {}, {} at most |",
     [*_octaves(quality._AMPLITUDES_THRESHOLD_Q3, quality._AMPLITUDES_SLOPE_Q2), str(quality._AMPLITUDES_MOST)]),
    ("against their median | {} | {}, {} at most |",
     [*_octaves(quality._RHYTHM_THRESHOLD_Q3, quality._RHYTHM_SLOPE_Q2), str(quality._RHYTHM_MOST)]),
    ("under {} of 100 | half of what lacks", [quality._AGREEING]),
    ("slowness of the median beat, octaves (below) | over {} | {} |",
     [quality._SLOW_THRESHOLD_Q3 // 8, quality._SLOW_SLOPE_Q2 * 2]),
    ("their mean agreement under {} of 100 | | {} for each", [quality.STEADY, quality._RESTLESS_POINTS]),
    ("{}/32 of the steepest slope", [beat_shape._SIDES_Q5]),
    ("{}/32 of the amplitude over", [beat_shape._SAMPLE_Q5]),
    ("under {}/16 of the mean slope", [beat_shape._TONE_Q4]),
    ("**Restless**: under {}/16", [beat_shape._RESTLESS_Q4]),
    ("under 1/{} of the amplitude (1/{} where the steepest slope is {}/16 of the mean slope",
     [beat_shape._ALONE_RATIO, beat_shape._NARROW_RATIO, beat_shape._NARROW_Q4]),
    ("1/{} where it turns {} times)", [str(beat_shape._RINGING_RATIO), _WORDS[beat_shape._RINGING_TURNS]]),
    ("(their agreement is under {} %)", [quality._UNLIKE]),
    ("**busy**: {} turns", [_WORDS[beat_shape._BUSY_TURNS]]),
    ("up to {} % of the points for noise are forgiven, and {} % more for each of 100 that the mean agreement is over "
     "{}",
     [quality._FORGIVEN, quality._STEADY_FORGIVEN, quality.STEADY]),
    ("`no_signal` (under {} µV", _uv(window_statistics._FLAT_COUNTS)),
    ("`too_few_beats` (fewer than {}, or a median RR above {} s,",
     [_WORDS[window._MIN_BEATS], f"{window._SLOWEST_MS / 1000:g}"]),
    ("at least {} RR intervals among the last {} beats",
     [_WORDS[regularity._MIN_DIFFERENCES + 1], str(regularity._DEPTH)]),
    ("less {} over their number", [_WORDS[regularity._FORETOLD_BY_CHANCE >> 10]]),
    ("under {} eighths of the median", [_WORDS[regularity._BETWEEN_Q3]]),
    ("`first_degree_av_block` \\*: PR > {} ms", _tenths(rhythm._PR_LONG_TENTHS_MS)),
    ("`short_pr` \\*: PR < {} ms", _tenths(rhythm._PR_SHORT_TENTHS_MS)),
    ("`wide_qrs` \\*: QRS ≥ {} ms", _tenths(rhythm._QRS_WIDE_TENTHS_MS)),
    ("≥ {} ms, in men ≥ {} ms; {} ms where",
     _tenths(rhythm._QTC_LONG_TENTHS_MS, rhythm._QTC_LONG_MALE_TENTHS_MS, rhythm._QTC_LONG_TENTHS_MS)),
    ("rate under {} or over {} bpm", _tenths(rhythm._QTC_SLOWEST_BPM_X10, rhythm._QTC_FASTEST_BPM_X10)),
    ("Fridericia ≤ {} ms", _tenths(rhythm._QTC_SHORT_TENTHS_MS)),
    ("mean rate < {} bpm", _tenths(rhythm.LIMITS[1])),
    ("mean rate > {} bpm", _tenths(rhythm.LIMITS[2])),
    ("RR > {} s; with irregularity ≥ {}, RR > {} s",
     [rhythm._PAUSE_MS // 1000, rhythm._IRREGULAR, rhythm._PAUSE_IRREGULAR_MS // 1000]),
    ("{} or more ectopic beats", [_WORDS[rhythm._FREQUENT_BEATS]]),
    ("{} or more beats in a row", [_WORDS[rhythm._IN_A_ROW_BEATS]]),
    ("(\\*) have a QRS ≥ {} ms, each within {} ms", [*_ms(rhythm._WIDE_SAMPLES), str(rhythm._FAST_MS)]),
    ("beats differ by ≥ {} µV", [rhythm._ALTERNANS_UV]),
    ("fewer than {} changes", [alternans._MIN_CHANGES]),
    ("normal, {} to {} bpm, RR within {} %",
     [60_000 // alternans._MAX_RR_MS, 60_000 // alternans._MIN_RR_MS, 100 // alternans._STEADY_DIVISOR]),
    ("from 12 µV and from {} of the", _q8(conduction._SMALL_Q8)),
    ("followed by a period of {} to {} s", _s(atrial_period._SHORTEST_PERIOD, atrial_period._LONGEST_PERIOD)),
    ("distances from P to R vary by {} ms or more, not in a few beats alone (interquartile range over {} ms)",
     _ms(conduction._WIDE_RANGE, conduction._STEADY_RANGE)),
    ("Of lags from {} to {} ms", _ms(flutter._STEP * flutter._FIRST_LAG, flutter._STEP * flutter._LAST_LAG)),
    ("RR over {} s and 2.45 lags and more: by {}, and by {} both together",
     [*_s(flutter._THREE_RR), *_q8(flutter._MIN_Q8, flutter._MIN_BOTH_Q8)]),
    ("**pause**: no complex for {} s", _s(window._PAUSE_SAMPLES)),
    ("**asystole**: no complex for {} s", _s(window._ASYSTOLE_SAMPLES)),
    ("The window ends {} s after the last R", _s(window._AFTER_R_SAMPLES)),
    ("It ends {} s before the next R", _s(window._BEFORE_R_SAMPLES)),
    ("at a rail of the converter, for {} ms", _ms(contact._RAILED_BLOCKS * contact._BLOCK)),
    ("a level within 2.5 µV for {} ms", _ms(contact._LEVEL_BLOCKS * contact._BLOCK)),
    ("and {} times the usual one, with", [_WORDS[contact._MAINS_RATIO]]),
    ("for {} s and one and a half usual RR; before the first beats {} s",
     _s(contact._MIN_SILENCE_SAMPLES, contact._UNKNOWN_SILENCE_SAMPLES)),
    ("no complex after it for {} s", _s(contact._MIN_JUMP_SAMPLES)),
    ("and {} times the usual one, and more than half a beat's", [_WORDS[contact._NOISE_RATIO]]),
]  # fmt: skip


@pytest.fixture(scope="module")
def page() -> str:
    """The text, in one line."""
    return re.sub(r"\s+", " ", PAGE.read_text(encoding="utf-8"))


@pytest.mark.parametrize(("phrase", "numbers"), STATED, ids=[phrase for phrase, _ in STATED])
def test_a_threshold_is_that_of_the_code(page: str, phrase: str, numbers: list[str] | list[int]) -> None:
    assert phrase.count("{}") == len(numbers)
    assert phrase.format(*numbers) in page
