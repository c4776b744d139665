"""Each finding at its limit, from measures and beats set by hand."""

from __future__ import annotations

from array import array

import pytest

from firmware_sim.firmware import wire_gen as wire
from firmware_sim.firmware.dsp.ecg.rhythm import LIMITS, RUNS, Rhythm
from firmware_sim.firmware.dsp.result import Beat, EcgWindow


def _window(rate: int = 700, irregularity: int | None = 5, alternans_uv: int | None = None) -> EcgWindow:
    window = EcgWindow()
    window.heart_rate.set(rate, 90)
    window.irregularity = irregularity
    window.alternans_uv = alternans_uv
    return window


def _beats(rhythm: Rhythm, *beats: tuple[int, int, int], wide: bool = False, quality: int = 90) -> None:
    """Add beats: kind, RR in ms, QRS width in samples."""
    for number, (kind, rr_ms, width) in enumerate(beats):
        beat = Beat()
        beat.kind, beat.rr_ms, beat.quality = kind, rr_ms, quality
        beat.r = 1000 * number
        beat.qrs_on, beat.qrs_off = beat.r - 10, beat.r - 10 + width
        rhythm.add(beat, wide)


def _limits(sex: int = 0, slow_bpm: int = 50, fast_bpm: int = 100) -> array[int]:
    return array("H", (sex, 10 * slow_bpm, 10 * fast_bpm))


def _flags(window: EcgWindow, *beats: tuple[int, int, int], sex: int = 0, careful: bool = False) -> int:
    rhythm = Rhythm(array("i", [0] * RUNS))
    _beats(rhythm, *beats)
    return rhythm.flags(window, _limits(sex), careful)


N, V, PACED = wire.BEAT_KIND_NORMAL, wire.BEAT_KIND_VENTRICULAR, wire.BEAT_KIND_PACED
EARLY = wire.BEAT_KIND_PREMATURE_SUPRAVENTRICULAR


@pytest.mark.parametrize(
    ("name", "value", "flag"),
    [
        ("pr", 2000, 0),
        ("pr", 2001, wire.RHYTHM_FIRST_DEGREE_AV_BLOCK),
        ("pr", 1200, 0),
        ("pr", 1199, wire.RHYTHM_SHORT_PR),
        ("qrs", 1199, 0),
        ("qrs", 1200, wire.RHYTHM_WIDE_QRS),
        ("qtc_fridericia", 3401, 0),
        ("qtc_fridericia", 3400, wire.RHYTHM_SHORT_QTC),
    ],
)
def test_an_interval_at_its_limit(name: str, value: int, flag: int) -> None:
    window = _window()
    getattr(window, name).set(value, 90)
    assert _flags(window) == flag
    assert _flags(window, careful=True) == 0


@pytest.mark.parametrize(("sex", "limit"), [(wire.SEX_UNKNOWN, 4600), (wire.SEX_FEMALE, 4600), (wire.SEX_MALE, 4500)])
def test_long_qtc_depends_on_the_sex(sex: int, limit: int) -> None:
    window = _window()
    for value, flag in ((limit - 1, 0), (limit, wire.RHYTHM_LONG_QTC)):
        window.qtc_fridericia.set(value, 90)
        assert _flags(window, sex=sex) == flag


@pytest.mark.parametrize(("rate", "irregularity"), [(390, 5), (1210, 5), (800, 60)])
def test_qtc_is_not_judged_where_the_formula_does_not_hold(rate: int, irregularity: int) -> None:
    window = _window(rate, irregularity)
    window.qtc_fridericia.set(5200, 90)
    assert not _flags(window) & (wire.RHYTHM_LONG_QTC | wire.RHYTHM_SHORT_QTC)


@pytest.mark.parametrize(
    ("rate", "flag"), [(499, wire.RHYTHM_BRADYCARDIA), (500, 0), (1000, 0), (1001, wire.RHYTHM_TACHYCARDIA)]
)
def test_the_rate_at_its_limits(rate: int, flag: int) -> None:
    assert _flags(_window(rate)) == flag


@pytest.mark.parametrize(
    ("rate", "flag"), [(399, wire.RHYTHM_BRADYCARDIA), (400, 0), (1400, 0), (1401, wire.RHYTHM_TACHYCARDIA)]
)
def test_the_rate_at_limits_that_were_set(rate: int, flag: int) -> None:
    rhythm = Rhythm(array("i", [0] * RUNS))
    assert rhythm.flags(_window(rate), _limits(slow_bpm=40, fast_bpm=140), False) == flag


def test_the_limits_of_a_pipeline_are_the_defaults_of_the_settings() -> None:
    defaults = {name: row[2] for name, row in zip(wire.SETTING_NAMES, wire.SETTINGS, strict=True)}
    set_to = (defaults["wearer_sex"], 10 * defaults["slow_rate"], 10 * defaults["fast_rate"])
    assert set_to == LIMITS


@pytest.mark.parametrize(
    ("irregularity", "rr_ms", "flag"),
    [
        (10, 2000, 0),
        (10, 2004, wire.RHYTHM_PAUSE),
        (None, 2004, wire.RHYTHM_PAUSE),
        (60, 2900, wire.RHYTHM_IRREGULAR),
        (60, 3004, wire.RHYTHM_IRREGULAR | wire.RHYTHM_PAUSE),
    ],
)
def test_a_pause_is_longer_in_fibrillation(irregularity: int | None, rr_ms: int, flag: int) -> None:
    assert _flags(_window(irregularity=irregularity), (N, 800, 22), (N, rr_ms, 22)) == flag


def test_early_narrow_beats_count_unless_fibrillation_makes_them() -> None:
    beats = ((EARLY, 500, 22), (EARLY, 500, 22), (V, 700, 40))
    assert _flags(_window(), *beats) == wire.RHYTHM_FREQUENT_ECTOPY
    assert _flags(_window(irregularity=70), *beats) == wire.RHYTHM_IRREGULAR
    assert _flags(_window(), *beats[:2]) == 0


@pytest.mark.parametrize(
    ("beats", "plain", "careful"),
    [
        (((V, 900, 40), (V, 400, 40), (V, 400, 40)), True, True),
        (((N, 500, 34), (N, 500, 34), (N, 500, 34)), True, False),
        (((N, 500, 28), (N, 500, 28), (N, 500, 28)), False, False),
        (((V, 900, 40), (V, 400, 40), (N, 400, 22), (V, 400, 40)), False, False),
        (((V, 700, 40), (V, 700, 40), (V, 700, 40)), False, False),
        (((PACED, 500, 40), (PACED, 500, 40), (PACED, 500, 40)), False, False),
    ],
)
def test_wide_complex_tachycardia(beats: tuple[tuple[int, int, int], ...], plain: bool, careful: bool) -> None:
    for uncertain, expected in ((False, plain), (True, careful)):
        flags = _flags(_window(), *beats, careful=uncertain)
        assert bool(flags & wire.RHYTHM_WIDE_COMPLEX_TACHYCARDIA) == expected


@pytest.mark.parametrize("rr_ms", [(400, 400, 400), (400, 320, 400), (300, 370, 300), (520, 400, 310)])
@pytest.mark.parametrize(("quality", "found"), [(40, False), (69, False), (70, True)])
def test_a_wide_complex_tachycardia_has_beats_like_one_another(
    rr_ms: tuple[int, ...], quality: int, found: bool
) -> None:
    rhythm = Rhythm(array("i", [0] * RUNS))
    _beats(rhythm, (V, 900, 40), *[(V, rr, 40) for rr in rr_ms], quality=40)
    assert not rhythm.flags(_window(), _limits(), False) & wire.RHYTHM_WIDE_COMPLEX_TACHYCARDIA
    _beats(rhythm, (V, rr_ms[-1], 40), quality=quality)
    assert bool(rhythm.flags(_window(), _limits(), False) & wire.RHYTHM_WIDE_COMPLEX_TACHYCARDIA) == found


@pytest.mark.parametrize("rr_ms", [(544, 272, 416), (236, 452, 560), (288, 396, 204), (220, 444, 300)])
def test_complexes_at_any_distance_are_movement_and_no_tachycardia(rr_ms: tuple[int, ...]) -> None:
    assert not _flags(_window(), (V, 900, 40), *[(V, rr, 40) for rr in rr_ms]) & wire.RHYTHM_WIDE_COMPLEX_TACHYCARDIA


def test_in_fibrillation_only_ventricular_beats_make_a_wide_complex_tachycardia() -> None:
    window = _window(irregularity=80)
    wide = [(N, 500, 34)] * 4
    assert not _flags(window, *wide) & wire.RHYTHM_WIDE_COMPLEX_TACHYCARDIA
    assert _flags(window, *[(V, 500, 34)] * 4) & wire.RHYTHM_WIDE_COMPLEX_TACHYCARDIA


@pytest.mark.parametrize(
    ("rr_ms", "quality", "beats", "found"),
    [((400, 410), 90, 8, True), ((400, 410), 90, 7, False), ((400, 410), 70, 12, False), ((400, 480), 90, 12, False)],
)
def test_a_long_regular_run_of_like_beats_needs_no_measured_window(
    rr_ms: tuple[int, int], quality: int, beats: int, found: bool
) -> None:
    rhythm = Rhythm(array("i", [0] * RUNS))
    for number in range(beats):
        beat = Beat()
        beat.kind, beat.rr_ms, beat.quality = V, rr_ms[number % 2], quality
        rhythm.add(beat, True)
    expected = wire.RHYTHM_WIDE_COMPLEX_TACHYCARDIA | wire.RHYTHM_TACHYCARDIA
    assert rhythm.sure_flags() == (expected if found else 0)


def test_a_run_goes_on_in_the_next_window() -> None:
    runs = array("i", [0] * RUNS)
    first, second = Rhythm(runs), Rhythm(runs)
    _beats(first, (V, 900, 40), (V, 400, 40))
    _beats(second, (V, 400, 40))
    assert not first.flags(_window(), _limits(), False) & wire.RHYTHM_WIDE_COMPLEX_TACHYCARDIA
    assert second.flags(_window(), _limits(), False) & wire.RHYTHM_WIDE_COMPLEX_TACHYCARDIA


@pytest.mark.parametrize(("uv", "flag"), [(46, 0), (47, wire.RHYTHM_T_WAVE_ALTERNANS), (None, 0)])
def test_alternans_at_its_limit(uv: int | None, flag: int) -> None:
    assert _flags(_window(alternans_uv=uv)) == flag


@pytest.mark.parametrize(
    ("rr_ms", "beats", "flag"), [(480, 8, wire.RHYTHM_WIDE_COMPLEX_TACHYCARDIA), (480, 7, 0), (520, 12, 0)]
)
def test_eight_slow_complexes_in_fast_succession_are_wide(rr_ms: int, beats: int, flag: int) -> None:
    for width, slow in ((27, False), (20, True)):
        rhythm = Rhythm(array("i", [0] * RUNS))
        _beats(rhythm, *[(N, rr_ms, width)] * beats, wide=slow and rr_ms < 500)
        assert rhythm.flags(_window(), _limits(), False) == flag
        assert rhythm.flags(_window(), _limits(), False, flutter=True) == 0
        assert rhythm.flags(_window(), _limits(), True) == 0
