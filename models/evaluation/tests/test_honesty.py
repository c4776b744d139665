"""`vitalband evaluate honesty`: its generator, its expectations, and what the device reaches today."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from host_sdk.cli.main import main
from host_sdk.replay import EcgResult, EcgWindow, Intervals, PpgResult, ReplayedBeat, SeriesPoint, WindowReading
from models.evaluation.core.errors import CaseError, DataSetError, EvaluationError
from models.evaluation.honesty.baseline import COMMITTED, read_baseline, update_baseline, worse, write_baseline
from models.evaluation.honesty.dataset import HonestyDataSet
from models.evaluation.honesty.ecg.rhythm import conduct_groups, conduct_one_in, sinus
from models.evaluation.honesty.ecg.shapes import narrow, t_wave
from models.evaluation.honesty.ecg.waves import Wave, add_waves
from models.evaluation.honesty.expectations.base import INVENTED, MISSED, REFUSED, WRONG, Expectation, Number
from models.evaluation.honesty.expectations.ecg_beats import BeatKinds, InOrder, NoBeats
from models.evaluation.honesty.expectations.ecg_values import AsClean, Interval, Rate
from models.evaluation.honesty.expectations.ecg_windows import (
    Finding,
    NoFinding,
    Nothing,
    OnlyFindings,
    Reason,
)
from models.evaluation.honesty.expectations.imu import AllOrNone, Class, Event, NoClass, OnlyEvents, State, Works
from models.evaluation.honesty.expectations.ppg import NoReadings, Within
from models.evaluation.honesty.kinds import KINDS, find_kinds
from models.evaluation.honesty.result import DeviceResult, MotionEvent
from models.evaluation.honesty.situation import NORMAL, PARTS
from models.evaluation.honesty.tables import numbers_table
from models.evaluation.honesty.uncertainty import overconfident

#: A kind or two of each concern, run in the fast tests.
QUICK = (
    "ecg_standstill_end", "ecg_standstill_middle_p_waves", "ecg_lead_off_level", "ecg_lead_off_nan",
    "ecg_sinus_arrhythmia", "ecg_wenckebach", "ecg_flutter_4_to_1", "ecg_fibrillation", "ecg_vt_upstroke_40_80",
    "ecg_paced_spikes", "ecg_mains_50_hz_weak", "ecg_from_noise_bursts", "ecg_from_rectangles", "ecg_from_sine",
    "ecg_adult", "ecg_lead_V1", "ecg_low_voltage", "ecg_t_inverted", "ppg_from_desk_lamp", "ppg_from_dark",
    "ppg_equal_colours", "ppg_finger", "ppg_low_perfusion", "imu_zero", "imu_falls", "imu_equal_impacts", "imu_runs",
)  # fmt: skip
HR = "hr_bpm"


def window(end: float, *flags: str, reason: str | None = None, beats: int = 10, **values: Any) -> EcgWindow:
    """Ten seconds; `values` are numbers, or (number, quality, reason)."""
    readings = {name: WindowReading(*got) if isinstance(got, tuple) else WindowReading(got, 90, None)
                for name, got in values.items()}  # fmt: skip
    return EcgWindow(end, 10.0, beats, 90, reason, flags, None, readings)


def ecg(*windows: EcgWindow, beats: tuple[tuple[float, str], ...] = ()) -> DeviceResult:
    marked = tuple(ReplayedBeat(t, None, None, None, None, None, None, None, None, kind) for t, kind in beats)
    intervals = Intervals(None, None, None, {}, None, 0, None)
    return DeviceResult(ecg=EcgResult(250.0, marked, intervals, (), None, None, windows))


def beat_alone(beat: ReplayedBeat) -> DeviceResult:
    result = ecg().ecg
    assert result is not None
    return DeviceResult(ecg=replace(result, beats=(beat,)))


def light(**series: tuple[tuple[float, float | None, int], ...]) -> DeviceResult:
    def points(name: str) -> tuple[SeriesPoint, ...]:
        got = series.get(name, ())
        return tuple(SeriesPoint(t, value, quality, "noise" if value is None else None) for t, value, quality in got)

    return DeviceResult(ppg=PpgResult(points("pulse"), points("spo2"), points("resp")))


def sure(value: float, u95: float | None) -> tuple[float, int, None, float | None]:
    """A reading with its expanded uncertainty."""
    return value, 90, None, u95


def beyond(expectation: Expectation, result: DeviceResult) -> list[bool]:
    return [number.is_outside for number in expectation.numbers(result)]


def found(expectation: Expectation, result: DeviceResult) -> list[str]:
    return [fault.category for fault in expectation.faults(result)]


# ------------------------------------------------------------------ generator


def test_a_wave_has_the_ends_and_the_peak_that_it_is_given() -> None:
    trace = np.zeros(1000)
    add_waves(trace, 1000.0, [Wave(0.1, 0.15, 0.3, 0.5)])
    assert np.flatnonzero(trace).min() == 101
    assert np.flatnonzero(trace).max() == 299
    assert int(trace.argmax()) == 150
    assert trace.max() == pytest.approx(0.5)


def test_blocks_drop_complexes_and_keep_p_waves() -> None:
    p = sinus(np.random.default_rng(1), 60.0, 75.0, 0.0)
    shape = narrow(-0.1, 1.0, -0.2, 0.09, t_wave(0.3, 0.16))
    groups = conduct_groups(p, (0.18, 0.26, 0.30), shape, 0.38)
    assert len(groups) == pytest.approx(0.75 * len(p), abs=1)
    assert [round(beat.onset - at, 3) for beat, at in zip(groups, p, strict=False)][:3] == [0.18, 0.26, 0.30]
    assert len(conduct_one_in(p, 2, 0.16, shape, 0.4)) == pytest.approx(len(p) / 2, abs=1)


def test_same_seed_same_record_and_another_seed_another() -> None:
    for kind in KINDS.values():
        first, again, other = kind.draw(1, 0), kind.draw(1, 0), kind.draw(2, 0)
        assert first.about == again.about
        assert first.expectations == again.expectations
        for one, two in zip(first.channels, again.channels, strict=True):
            np.testing.assert_array_equal(one.values, two.values)
        same = all(np.array_equal(one.values, two.values, equal_nan=True)
                   for one, two in zip(first.channels, other.channels, strict=False))  # fmt: skip
        assert kind.name in ("imu_zero", "imu_nan", "imu_railed") or not same, kind.name


def test_every_sensor_and_part_has_kinds_and_normal_ones_are_forty() -> None:
    assert {(kind.sensor, kind.part) for kind in KINDS.values()} == {
        (s, p) for s in ("ecg", "ppg", "imu") for p in PARTS
    }
    assert sum(kind.part == NORMAL for kind in KINDS.values()) >= 40


def test_saying_nothing_at_all_is_wrong_of_every_normal_record() -> None:
    refused = tuple(window(end, reason="noise", beats=0) for end in (10.0, 20.0, 30.0, 40.0))
    silent = tuple((float(t), None, 0) for t in range(8, 49))
    results = {"ecg": ecg(*refused), "ppg": light(pulse=silent, spo2=silent), "imu": DeviceResult()}
    for kind in (kind for kind in KINDS.values() if kind.part == NORMAL):
        result = results[kind.sensor]
        categories = {c for expectation in kind.draw(1, 0).expectations for c in found(expectation, result)}
        assert REFUSED in categories, kind.name


# ------------------------------------------------------------------ expectations

SIXTY = tuple(float(t) for t in range(41))


@pytest.mark.parametrize(
    ("result", "faults"),
    [
        (ecg(window(20.0, hr_bpm=60.0)), []),
        (ecg(window(20.0, hr_bpm=64.5)), []),
        (ecg(window(20.0, hr_bpm=70.0)), [INVENTED]),
        (ecg(window(20.0, hr_bpm=(70.0, 30, None))), []),
        (ecg(window(20.0, reason="noise")), [REFUSED]),
        (ecg(window(20.0, "bradycardia", hr_bpm=60.0)), [WRONG]),
        (ecg(window(20.0, "tachycardia", hr_bpm=60.0)), [WRONG]),
    ],
)
def test_heart_rate(result: DeviceResult, faults: list[str]) -> None:
    assert found(Rate(SIXTY), result) == faults


def test_heart_rate_is_that_of_the_good_stretches() -> None:
    onsets = tuple(t for t in SIXTY if not 12 < t < 18)
    rate = Rate(onsets, ((12.5, 17.5),))
    assert found(rate, ecg(window(20.0, hr_bpm=60.0))) == []
    assert found(rate, ecg(window(20.0, reason="lead_off"))) == []
    assert found(rate, ecg(window(20.0, "bradycardia", hr_bpm=35.0))) == [INVENTED, WRONG]
    assert found(rate, ecg(window(40.0, reason="noise"))) == [REFUSED]


def test_no_heart_rate_where_no_beat_is() -> None:
    assert found(Rate((1.0, 2.0, 3.0)), ecg(window(30.0, hr_bpm=60.0))) == [INVENTED]
    assert found(Rate((1.0, 2.0, 3.0)), ecg(window(30.0, reason="too_few_beats"))) == []


def test_slow_and_fast_hearts_must_be_reported() -> None:
    slow, fast = tuple(np.arange(0.0, 41, 1.5)), tuple(np.arange(0.0, 41, 0.4))
    assert found(Rate(slow), ecg(window(20.0, hr_bpm=40.0))) == [MISSED]
    assert found(Rate(slow), ecg(window(20.0, "bradycardia", hr_bpm=40.0))) == []
    assert found(Rate(fast), ecg(window(20.0, hr_bpm=150.0))) == [MISSED]
    assert found(Rate(fast), ecg(window(20.0, "tachycardia", hr_bpm=150.0))) == []


def test_intervals() -> None:
    qt = Interval("qt_ms", 400.0, 31.0, required=True)
    assert found(qt, ecg(window(10.0, qt_ms=420.0))) == []
    assert found(qt, ecg(window(10.0, qt_ms=440.0))) == [INVENTED]
    assert found(qt, ecg(window(10.0, qt_ms=(440.0, 90, "inconsistent")))) == []
    assert found(qt, ecg(window(10.0, qt_ms=(None, 0, "no_t_wave")))) == [REFUSED]
    assert found(Interval("pr_ms", None), ecg(window(10.0, pr_ms=160.0))) == [INVENTED]
    assert found(Interval("pr_ms", None), ecg(window(10.0, pr_ms=(None, 0, "no_p_wave")))) == []


def test_intervals_as_in_the_clean_record() -> None:
    clean = ecg(window(10.0, qrs_ms=90.0))
    near, far = (DeviceResult(ecg=ecg(window(10.0, qrs_ms=value)).ecg, clean=clean) for value in (97.0, 99.0))
    assert found(AsClean(8.0), near) == []
    assert found(AsClean(8.0), far) == [INVENTED]


def test_findings_of_windows() -> None:
    result = ecg(window(10.0), window(20.0, "pause"), window(30.0))
    assert found(Finding(("pause", "asystole"), ((12.0, 18.0),)), result) == []
    assert found(Finding(("pause",), ((21.0, 29.0),)), result) == [MISSED]
    assert found(Finding(("pause",), ((10.0, 30.0),), each=True), result) == [MISSED]
    assert found(Finding(("atrial_flutter",)), result) == [MISSED]
    assert found(OnlyFindings(("pause",)), result) == []
    assert found(OnlyFindings(spans=((0.0, 21.0),)), result) == [WRONG]
    assert found(NoFinding(("pause",), ((12.0, 13.0),)), result) == [WRONG]
    assert found(NoFinding(("pause",), ((22.0, 23.0),)), result) == []


def test_reasons_and_beats_where_nothing_is() -> None:
    gap = ((10.0, 20.0),)
    assert found(Reason(("lead_off",), gap), ecg(window(20.0, reason="lead_off"))) == []
    assert found(Reason(("lead_off",), gap), ecg(window(20.0, reason="too_few_beats"))) == [MISSED]
    assert found(NoBeats(gap), ecg(beats=((9.0, "N"), (15.0, "V"), (16.0, "N")))) == [WRONG]
    assert found(NoBeats(gap), ecg(beats=((9.0, "N"), (21.0, "N")))) == []


def test_nothing_from_nothing() -> None:
    assert found(Nothing(), ecg(window(10.0, reason="noise"))) == []
    assert found(Nothing(), ecg(window(10.0, hr_bpm=(72.0, 30, "noise")))) == []
    assert found(Nothing(), ecg(window(10.0, hr_bpm=(72.0, 31, "noise")))) == [INVENTED]
    assert found(Nothing(), ecg(window(10.0, qt_ms=(400.0, 5, "noise")))) == [INVENTED]
    assert found(Nothing(), ecg(window(10.0, "pause"))) == [WRONG]
    assert found(Nothing(findings=("pause",)), ecg(window(10.0, "pause"))) == []


def test_kinds_of_beats() -> None:
    truth = BeatKinds(tuple((float(t), "V" if t % 2 else "N") for t in range(40)))
    right = tuple((t + 0.05, kind) for t, kind in truth.beats)
    assert found(truth, ecg(beats=right)) == []
    assert found(truth, ecg(beats=tuple((t, "N") for t, _ in right))) == [MISSED]
    assert found(truth, ecg(beats=tuple((t, "V") for t, _ in right))) == [WRONG]
    assert found(truth, ecg(beats=tuple((t, "Q" if kind == "N" else kind) for t, kind in right))) == []
    extra = tuple((t + 0.5, "N") for t, _ in right[:5])
    assert found(truth, ecg(beats=tuple(sorted(right + extra)))) == [WRONG]


def test_fiducials_out_of_order() -> None:
    plain = ReplayedBeat(1.0, None, None, None, None, None, None, None, None, "N")
    first = replace(plain, p_on=0.8, p_peak=0.85, p_off=0.9, qrs_on=0.95, qrs_off=1.05)
    for wrong in (
        replace(first, p_off=0.96),
        replace(first, qrs_off=1.0),
        replace(first, qrs_on=1.01),
        replace(first, t_on=1.04),
        replace(first, p_peak=None, p_on=0.91),
    ):
        assert found(InOrder(), beat_alone(wrong)) == [WRONG], wrong
    for right in (first, plain, replace(first, p_off=0.95), replace(first, t_on=1.05)):
        assert found(InOrder(), beat_alone(right)) == [], right


def test_light() -> None:
    pulse = Within("pulse", 67, 77, required=0.9)
    good, wrong = (20.0, 72.0, 90), (21.0, 144.0, 90)
    assert found(pulse, light(pulse=(good,))) == []
    assert found(pulse, light(pulse=(good, wrong))) == [INVENTED]
    assert found(pulse, light(pulse=(good, (21.0, 144.0, 30)))) == []
    assert found(pulse, light(pulse=(good, (21.0, None, 0)))) == [REFUSED]
    assert found(NoReadings(), light(pulse=(good,), spo2=((20.0, 97.0, 20),))) == [INVENTED]


def test_motion() -> None:
    fell = DeviceResult(events=(MotionEvent(15.0, "fall", 5.0),))
    assert found(Event(("fall",), 14.5), fell) == []
    assert found(Event(("fall",), 20.0), fell) == [MISSED]
    assert found(OnlyEvents(), fell) == [WRONG]
    assert found(OnlyEvents(("fall",), (15.0,)), fell) == []
    impacts = tuple(MotionEvent(float(t), "impact", 4.0) for t in (5, 7, 9))
    assert found(AllOrNone((5.0, 7.0, 9.0)), DeviceResult(events=impacts)) == []
    assert found(AllOrNone((5.0, 7.0, 9.0)), DeviceResult(events=impacts[:2])) == [WRONG]
    assert found(AllOrNone((5.0, 7.0, 9.0)), DeviceResult()) == []
    assert found(State(("stuck",)), DeviceResult(states=frozenset({"stuck"}))) == []
    assert found(State(("stuck",)), DeviceResult()) == [MISSED]
    assert found(Works(), DeviceResult(states=frozenset({"sensor_fault"}))) == [REFUSED]


def test_classes_of_motion() -> None:
    def walks(*choices: str | None) -> DeviceResult:
        return DeviceResult(activity=tuple(SeriesPoint(10.0 + k, None, 90, None, choice)
                                           for k, choice in enumerate(choices)))  # fmt: skip

    walking = Class("activity", ("walking",), fraction=0.6)
    assert found(walking, walks("walking", "walking", "still")) == []
    assert found(walking, walks("walking", "still", "still")) == [WRONG]
    assert found(walking, walks("walking", None, None)) == [REFUSED]
    assert found(walking, DeviceResult()) == [REFUSED]
    assert found(NoClass(), walks(None)) == []
    assert found(NoClass(), walks("still")) == [INVENTED]
    assert found(NoClass(("posture",)), walks("still")) == []


# ------------------------------------------------------------------ uncertainty


def test_a_number_is_beyond_what_its_uncertainty_and_that_of_the_truth_explain() -> None:
    assert not Number("qt_ms", -20.0, 20.0).is_outside
    assert Number("qt_ms", -20.1, 20.0).is_outside
    assert not Number("qt_ms", 25.0, 20.0, 15.0).is_outside
    assert Number("qt_ms", 25.1, 20.0, 15.0).is_outside


def test_numbers_whose_truth_is_known_are_compared_with_their_uncertainty() -> None:
    windows = ecg(window(20.0, hr_bpm=sure(61.0, 0.5), qt_ms=sure(380.0, 30.0)),
                  window(30.0, hr_bpm=sure(60.3, 0.5), qt_ms=(None, 0, "noise")),
                  window(40.0, hr_bpm=sure(70.0, None), qt_ms=sure(431.0, 30.0)))  # fmt: skip
    assert beyond(Rate(SIXTY), windows) == [True, False]
    assert beyond(Interval("qt_ms", 400.0, 31.0), windows) == [False, True]
    assert beyond(Interval("qt_ms", 400.0, 31.0, spans=((0.0, 21.0),)), windows) == [False]
    assert beyond(Interval("qt_ms", None), windows) == []
    assert beyond(NoBeats(((0.0, 9.0),)), windows) == []


def test_numbers_from_light_are_compared_once_in_ten_seconds() -> None:
    pulse = tuple(SeriesPoint(20.0 + k, 62.0, 90, None, None, 1.5) for k in range(20))
    result = DeviceResult(ppg=PpgResult(pulse, (), ()))
    assert beyond(Within("pulse", 0, 200, truth=60.0), result) == [True, True]
    assert beyond(Within("pulse", 0, 200, feet=tuple(k * 60 / 61 for k in range(40))), result) == [False, False]
    assert beyond(Within("pulse", 0, 200), result) == []


@pytest.mark.parametrize(
    ("numbers", "outside", "more_than_chance"),
    [(4, 1, False), (4, 2, False), (4, 3, True), (16, 3, False), (16, 4, True), (200, 16, False), (200, 19, True)],
)
def test_far_more_than_five_per_cent_are_overconfident(numbers: int, outside: int, more_than_chance: bool) -> None:
    assert overconfident({HR: [numbers, outside]}) == ([HR] if more_than_chance else [])


def test_kinds_with_numbers_beyond_are_listed_and_all_readings_together() -> None:
    numbers = {
        "ecg_adult": {HR: [4, 0]},
        "ecg_paced": {HR: [4, 3], "qt_ms": [4, 1]},
        "all": {HR: [8, 3], "qt_ms": [4, 1]},
    }
    assert numbers_table({"vitalband": {"numbers": numbers}}).rows == [
        ("ecg_paced", HR, "4", "3", "75", "overconfident"),
        ("ecg_paced", "qt_ms", "4", "1", "25", ""),
        ("all", HR, "8", "3", "38", ""),
        ("all", "qt_ms", "4", "1", "25", ""),
    ]


# ------------------------------------------------------------------ the command


def test_a_fault_more_than_in_the_baseline_is_named() -> None:
    baseline = {"seed": 1, "per_kind": 2, "kinds": {"ecg_adult": {"wrong": 1}}}
    assert worse(baseline, baseline) == []
    assert worse({**baseline, "kinds": {"ecg_adult": {}}}, baseline) == []
    more = {**baseline, "kinds": {"ecg_adult": {"wrong": 2, "missed": 1, "overconfident": 1}, "ecg_lead_I": {}}}
    assert worse(more, baseline) == [
        "ecg_adult: 2 records wrong, 1 in the baseline",
        "ecg_adult: 1 records missed, 0 in the baseline",
        "ecg_adult: 1 readings overconfident, 0 in the baseline",
        "ecg_lead_I has no baseline",
    ]
    with pytest.raises(EvaluationError, match="of seed 1, the report of 3"):
        worse({**baseline, "seed": 3}, baseline)


def test_a_baseline_of_some_kinds_leaves_the_others(tmp_path: Path) -> None:
    path = tmp_path / "baseline.json"
    write_baseline({"seed": 1, "per_kind": 2, "kinds": {"ecg_lead_I": {"wrong": 1}, "no_such": {"wrong": 1}}}, path)
    found = {"seed": 1, "per_kind": 2, "kinds": {"ecg_adult": {"missed": 1}}}
    update_baseline(found, path, KINDS)
    assert read_baseline(path)["kinds"] == {"ecg_adult": {"missed": 1}, "ecg_lead_I": {"wrong": 1}}
    update_baseline({**found, "seed": 3}, path, KINDS)
    assert read_baseline(path) == {**found, "seed": 3}


def test_a_baseline_comes_back_as_it_was_written(tmp_path: Path) -> None:
    known = read_baseline(COMMITTED)
    write_baseline(known, tmp_path / "baseline.json")
    assert (tmp_path / "baseline.json").read_bytes() == COMMITTED.read_bytes()
    assert set(known["kinds"]) == set(KINDS)
    (tmp_path / "other.json").write_text("[]", encoding="utf-8")
    with pytest.raises(EvaluationError, match="is no baseline"):
        read_baseline(tmp_path / "other.json")


def test_what_is_not_there_is_named() -> None:
    with pytest.raises(DataSetError, match="'ecg_nothing'"):
        HonestyDataSet(["ecg_nothing"], 1, 1)
    with pytest.raises(CaseError, match="ecg_adult: no record"):
        HonestyDataSet([], 1, 1).cases("ecg_adult", ())


def test_records_are_saved_and_replay(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("evaluate", "honesty", "--kind", "imu_desk", "ecg_mains_50_hz_weak", "--per-kind", "1", "--jobs", "1")
    assert main([*words, "--seed", "5", "--save", str(tmp_path), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["command"] == "vitalband evaluate honesty --seed 5 --per-kind 1 --kind imu_desk ecg_mains_50_hz_weak"
    listed = json.loads((tmp_path / "list.json").read_text(encoding="utf-8"))
    assert [each["sensor"] for each in listed] == ["ecg", "imu"]
    assert sorted(path.name for path in tmp_path.glob("*.npz")) == [
        "ecg_mains_50_hz_weak-0_clean.npz",
        "ecg_mains_50_hz_weak-0_situation.npz",
        "imu_desk-0_normal.npz",
    ]
    assert main(["replay", str(tmp_path / listed[0]["record"]), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["ecg"]["beats"]


def test_the_tables_fit_eighty_columns(capsys: pytest.CaptureFixture[str]) -> None:
    kinds = ("imu_m_s2_called_g", "ecg_standstill_middle_p_waves")
    assert main(["evaluate", "honesty", "--kind", *kinds, "--per-kind", "1", "--jobs", "1"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith("ecg_standstill_middle_p_waves  1") for line in lines)
    assert max(len(line) for line in lines) <= 80
    assert any(line.split()[:2] == ["all", HR] for line in lines)


def _compare(kinds: tuple[str, ...], jobs: str) -> int:
    words = ["evaluate", "honesty", "--per-kind", "1", "--baseline", str(COMMITTED), "--jobs", jobs]
    return main([*words, *(("--kind", *kinds) if kinds else ())])


def test_no_more_faults_than_before(capsys: pytest.CaptureFixture[str]) -> None:
    assert _compare(QUICK, "1") == 0, capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_no_more_faults_than_before_of_any_kind(capsys: pytest.CaptureFixture[str]) -> None:
    assert _compare((), "2") == 0, capsys.readouterr().err


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("ecg_lead_off", r"'ecg_lead_off', of \d+; did you mean ecg_lead_off\*\?$"),
        ("ecg_lead_of_rail", r"; did you mean ecg_lead_off_rail"),
        ("x", r"; the first is ecg_standstill_end$"),
    ],
)
def test_a_kind_that_is_none_says_what_was_meant(pattern: str, said: str) -> None:
    with pytest.raises(DataSetError, match=said):
        find_kinds([pattern])


@pytest.mark.parametrize(("signal", "kinds"), [("ecg", "ecg"), ("ppg", "ppg"), ("motion", "imu")])
def test_a_signal_s_own_kinds_are_a_data_set_of_it(
    signal: str, kinds: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(HonestyDataSet, "records", lambda of: [f"{name}-0" for name in of.kinds])
    monkeypatch.setattr(HonestyDataSet, "replayable", _unreadable)
    words = ["evaluate", signal, "--dataset", "honesty", "--limit", "2", "--jobs", "1", "--json"]
    assert main(words) == 1
    report = json.loads(capsys.readouterr().out)
    assert (report["signal"], report["dataset"], report["records"]) == ("honesty", "honesty", 2)
    assert f"--kind {kinds}_*" in report["command"]
    assert all(each["record"].startswith(f"{kinds}_") for each in report["methods"]["vitalband"]["failed"])


def _unreadable(*_: object) -> Any:
    raise CaseError("not now")


def test_generated_records_have_no_peers(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", "ppg", "--dataset", "honesty", "--peer", "heartpy"]) == 1
    assert "judged of the device alone" in capsys.readouterr().err
