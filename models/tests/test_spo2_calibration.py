"""`vitalband calibrate spo2`: tables of pairs, the fit, what it is worth on others, and curves as data."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from host_sdk.cli.main import main
from models.spo2.curve import Curve, load, load_all, render, save
from models.spo2.errors import CalibrationError, CurveError, PairsError
from models.spo2.fitting import calibrate
from models.spo2.pairs import Pair, read_pairs

OXIWEAR = load_all()["oxiwear"]


def study(people: int, each: int, spread: float = 0.0, seed: int = 1, bend: float = 0.0) -> list[Pair]:
    """Pairs on SpO2 = 110 - 30 R + `bend` R², and each person off by up to `spread` %."""
    rng = np.random.default_rng(seed)
    pairs: list[Pair] = []
    for person in range(people):
        off = spread * (2 * person / max(people - 1, 1) - 1)
        ratios = np.linspace(0.4, 1.3, each) + rng.uniform(-0.02, 0.02, each)
        pairs += [Pair(f"p{person}", float(ratio), 110 - 30 * ratio + bend * ratio**2 + off) for ratio in ratios]
    return pairs


def written(folder: Path, pairs: list[Pair], head: str = "person,ratio,sao2") -> Path:
    path = folder / "study.csv"
    rows = [f"{pair.person},{pair.ratio!r},{pair.reference!r}" for pair in pairs]
    path.write_text("\n".join(["# a study", head, "", *rows]) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize(("form", "bend"), [("line", 0.0), ("quadratic", 0.0), ("quadratic", 8.0)])
@pytest.mark.parametrize("seed", [1, 2])
def test_a_curve_is_found_again(form: str, bend: float, seed: int) -> None:
    found = calibrate(study(4, 20, seed=seed, bend=bend), form)
    assert found["coefficients_percent"] == pytest.approx([110, -30, bend], abs=0.001)
    assert found["fitted"]["arms"] == found["left_out"]["arms"] == pytest.approx(0.0, abs=0.001)


def test_arms_of_people_left_out_are_those_of_a_stranger() -> None:
    """Two groups 3 % off either way: the fit itself errs by 3, and by more on who was not in it."""
    found = calibrate(study(2, 30, spread=3.0), "line")
    assert found["fitted"]["arms"] == pytest.approx(3.0, abs=0.01)
    assert found["left_out"]["arms"] == pytest.approx(6.0, abs=0.01)
    assert found["left_out"]["by"] == "person"
    assert found["left_out"]["arms_95"] is None


@pytest.mark.parametrize("people", [10, 40])
def test_the_interval_holds_arms_and_narrows_with_people(people: int) -> None:
    found = calibrate(study(people, 20, spread=3.0), "line", seed=3)
    low, high = found["left_out"]["arms_95"]
    assert low < found["left_out"]["arms"] < high
    few = calibrate(study(5, 20, spread=3.0), "line", seed=3)["left_out"]["arms_95"]
    assert high - low < few[1] - few[0]
    assert found == calibrate(study(people, 20, spread=3.0), "line", seed=3)


def test_one_person_is_left_out_by_pairs_and_nothing_is_said_of_others() -> None:
    found = calibrate(study(1, 30), "line")
    assert found["left_out"]["by"] == "pair"
    assert found["left_out"]["arms_95"] is None
    assert found["lacks"] == ["1 of 10 people", "30 of 200 pairs"]


def test_enough_people_and_pairs_over_the_range_are_a_calibration() -> None:
    assert calibrate(study(10, 20), "line")["lacks"] == []
    assert calibrate(study(10, 20, spread=9.0), "line")["lacks"] == ["Arms 6.38 % over 4 %"]
    high_only = [pair for pair in study(12, 60) if pair.reference > 80]
    (lack,) = calibrate(high_only, "line")["lacks"]
    assert lack.endswith("of 70 to 100 %")


@pytest.mark.parametrize(
    ("pairs", "wrong"),
    [
        ([], "too few pairs there: 0 with 0"),
        (study(1, 3), "too few pairs there: 3 with 3"),
        ([Pair("a", 0.7, 90.0)] * 20, r"too few pairs there \(19 that were there before do not count\): 1 with 1"),
        ([Pair(pair.person, 2 - pair.ratio, pair.reference) for pair in study(3, 9)], "are red and infrared swapped"),
        ([*study(1, 20), *[Pair("p1", 0.8, 90.0)] * 9][17:], "without person p0: 1 with 1"),
    ],
)
def test_pairs_that_give_no_curve_are_refused(pairs: list[Pair], wrong: str) -> None:
    with pytest.raises(CalibrationError, match=wrong):
        calibrate(pairs, "line")


@pytest.mark.parametrize(
    ("text", "ratio"),
    [
        ("person,ratio,reference\nann,0.7,90\n", 0.7),
        ("Subject;SaO2;R\nann;90;0.7\n", 0.7),
        ("# made by hand\n\nperson\treading\tsao2\nann\t88.2\t90\n", 0.7),
        ("person,red_ac,red_dc,ir_ac,ir_dc,sao2,note\nann,70,10000,200,20000,90,calm\n", 0.7),
        ("person;ratio;sao2\nann;0,700;90,0\n", 0.7),
        ("person\tratio\tsao2\nann\t,7\t9,0e1\n", 0.7),
        ('person,ratio,sao2\nann,"0,7",90\n', 0.7),
        ("person;ratio;sao2\nann;7,0e-1;90.0\n", 0.7),
    ],
)
def test_ratios_are_given_in_several_ways(tmp_path: Path, text: str, ratio: float) -> None:
    path = tmp_path / "a.csv"
    path.write_text(text, encoding="utf-8")
    (pair,) = read_pairs(path, OXIWEAR).pairs
    assert (pair.person, pair.reference) == ("ann", 90.0)
    assert pair.ratio == pytest.approx(ratio)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1"])
def test_names_may_have_any_letters(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text("person,ratio,sao2\nJosé,0.7,90\n", encoding=encoding)
    (pair,) = read_pairs(path, OXIWEAR).pairs
    assert pair.person == "José"


def test_what_cannot_be_read_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wide = tmp_path / "wide.csv"
    wide.write_text("person,ratio,sao2\n", encoding="utf-16")
    cases = {
        tmp_path: "cannot be read: Is a directory",
        tmp_path / "no.csv": "cannot be read: No such file or directory",
        wide: "is in UTF-16; save it as UTF-8",
    }
    for path, words in cases.items():
        assert main(["calibrate", "spo2", str(path)]) == 1
        assert capsys.readouterr().err == f"vitalband calibrate: {path}: {words}\n"


def test_readings_at_an_end_of_the_scale_are_counted_and_left_out(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("person,reading,sao2\na,100.0,99\na,95,94\na,50,48\n", encoding="utf-8")
    table = read_pairs(path, OXIWEAR)
    assert (len(table.pairs), table.at_ends) == (1, 2)


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("", "no column 'person'"),
        ("person,ratio\na,0.7\n", "no column 'reference' or 'sao2'"),
        ("person,sao2\na,90\n", "none of `ratio`, `reading`"),
        ("person,ratio,reading,sao2\na,0.7,90,90\n", "several of `ratio`"),
        ("person,ratio,R,sao2\na,0.7,0.7,90\n", "column 'R' is there twice"),
        ("person,ratio,sao2\na,0.7,90\na,0.7\n", "line 3 has 2 cells"),
        ("person,ratio,sao2\na,0.7,90\n,0.7,91\n", "line 3, column person: is empty"),
        ("person,ratio,sao2\n#\n\na,x,90\n", "line 4, column ratio: 'x' is not a number"),
        ("person,ratio,sao2\na,nan,90\n", "line 2, column ratio: nan is not 0.1 to 5"),
        ("person,ratio,sao2\na,0.7,0.97\n", "line 2, column sao2: 0.97 is not 30 to 100; a fraction"),
        ("person,ratio,sao2\na,0.7,104\n", "line 2, column sao2: 104 is not 30 to 100"),
        ("person,red_ac,red_dc,ir_ac,ir_dc,sao2\na,1,9,0,9,90\n", "line 2, column ir_ac: 0 is not"),
        ("person,red_ac,red_dc,ir_ac,ir_dc,sao2\na,90,9,1,9,90\n", "their ratio 90 is not 0.1 to 5"),
        ("person,Red_AC,red_dc,ir_ac,IR_dc,sao2\na,90,9,1,9,90\n", "columns Red_AC, red_dc, ir_ac, IR_dc: their"),
        ("Subject,R,SaO2\n,0.7,91\n", "line 2, column Subject: is empty"),
        ("Subject,R,SaO2\na,0.7,1e400\n", "line 2, column SaO2: 1e400 is not 30 to 100"),
        ("Subject,R,SaO2\na,-1e400,90\n", "line 2, column R: -1e400 is not 0.1 to 5"),
        ("Subject,R,SaO2\na,1_0,90\n", "line 2, column R: '1_0' is not a number"),
        ("Subject;R;SaO2\na;0,7,1;90\n", "line 2, column R: '0,7,1' is not a number"),
        ("Subject;R;SaO2\na;1,234;90\n", "line 2, column R: '1,234' is not a number"),
        ("Subject;R;SaO2\n" + "a" * 200_000 + ";0,7;90\n", "line 2: field larger than field limit"),
        ('Subject;R;SaO2\n"a;0,7;90\nb;0,8;88\n', "line 2 has 1 cells, and the headings are 3"),
    ],
)
def test_a_table_that_is_wrong_is_refused_by_line_and_column(tmp_path: Path, text: str, wrong: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(PairsError, match=wrong):
        read_pairs(path, OXIWEAR)


def test_the_command_prints_a_table_of_80_columns(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["calibrate", "spo2", str(written(tmp_path, study(10, 20, spread=2.0)))]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[0].startswith("SpO2 in % = 110.0")
    assert lines[1] == "people 10, pairs 200"
    rows = {line[:24].strip(): line[24:].split() for line in lines if "curve" in line or "out" in line}
    assert float(rows["left one person out"][0]) == pytest.approx(1.42, abs=0.02)
    assert {f"curve {name}" for name in load_all()} <= set(rows)


def test_a_saved_curve_is_one_that_the_firmware_can_have(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table, file = written(tmp_path, study(10, 20, spread=2.0)), tmp_path / "mine.json"
    words = ["calibrate", "spo2", str(table), "--save", str(file), "--json"]
    assert main(words) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    curve = load(file)
    assert found["saved"] == {"file": str(file), "number": len(load_all()), "calibrated": True}
    at_0, slope, bend = (round(100 * value) for value in found["coefficients_percent"])
    assert curve.row() == (at_0, slope, bend, round(10 * found["reference"][0]), 28, 1)
    assert main(words) == 1
    assert "cannot be written (File exists)" in capsys.readouterr().err
    with pytest.raises(CurveError, match="must have high = 4, not 3"):
        render({**load_all(), "mine": curve})


@pytest.mark.parametrize(
    ("words", "wrong"),
    [
        (["--read-by", "nellcor"], "no curve 'nellcor'; there are oxiwear, textbook"),
        (["--save", "My Curve.json"], "a curve's file is called NAME.json"),
    ],
)
def test_wrong_options_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], wrong: str
) -> None:
    assert main(["calibrate", "spo2", str(written(tmp_path, study(3, 9))), *words]) == 1
    assert wrong in capsys.readouterr().err


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"coefficients_percent": [1, 2]}, "not three numbers"),
        ({"coefficients_percent": [110, -2500, 0]}, "not within ± 1000"),
        ({"calibrated": "yes"}, "has another type"),
        ({"colour": "red"}, "is no calibration curve"),
    ],
)
def test_a_curve_file_that_is_wrong_says_what(tmp_path: Path, change: dict[str, Any], wrong: str) -> None:
    path = tmp_path / "a.json"
    save(OXIWEAR, path)
    path.write_text(json.dumps({**json.loads(path.read_text(encoding="utf-8")), **change}), encoding="utf-8")
    with pytest.raises(CurveError, match=wrong):
        load(path)


def test_numbers_of_curves_follow_each_other(tmp_path: Path) -> None:
    save(OXIWEAR, tmp_path / "a.json")
    save(replace(OXIWEAR, number=2), tmp_path / "b.json")
    with pytest.raises(CurveError, match=r"numbers are \[0, 2\], not 0 to 1"):
        load_all(tmp_path)


@pytest.mark.parametrize("curve", load_all().values(), ids=list(load_all()))
def test_a_ratio_is_found_from_what_a_curve_says(curve: Curve) -> None:
    for ratio in (0.5, 0.8, 1.1):
        assert curve.ratio(curve.percent(ratio)) == pytest.approx(ratio)
    assert not curve.calibrated


def shuffled(people: list[Pair], copies: int, noise: float) -> list[Pair]:
    """Copies of people under other names, in another order, their ratios off by `noise` at most."""
    rng = np.random.default_rng(5)
    return [
        Pair(f"copy {n} of {pair.person}", pair.ratio + noise * rng.uniform(-1, 1), pair.reference)
        for n in range(copies)
        for pair in (people[k] for k in rng.permutation(len(people)))
    ]


@pytest.mark.parametrize("copies", [1, 3])
def test_copies_of_people_are_no_other_people(copies: int) -> None:
    """Arms, its interval and the number of people stay."""
    people = study(3, 70, spread=3.0)
    alone, found = calibrate(people, "line"), calibrate([*people, *shuffled(people, copies, 0.0)], "line")
    assert (found["people"], found["pairs"], found["repeated"]) == (3, 210, 210 * copies)
    assert {name: set(of) for name, of in found["copies"].items()} == {
        f"p{n}": {f"copy {k} of p{n}" for k in range(copies)} for n in range(3)
    }
    for name in ("fitted", "left_out", "lacks", "coefficients_percent"):
        assert found[name] == alone[name]
    assert found["lacks"] == ["3 of 10 people"]


@pytest.mark.parametrize("noise", [1e-9, 2e-6, 1e-5])
def test_copies_that_were_rounded_are_no_other_people(noise: float) -> None:
    people = study(3, 70, spread=3.0)
    found = calibrate([*people, *shuffled(people, 3, noise)], "line")
    assert found["people"] == 3
    assert found["pairs"] < 1.5 * len(people)
    assert found["left_out"]["arms"] == pytest.approx(calibrate(people, "line")["left_out"]["arms"], rel=0.02)


def test_two_pairs_as_twelve_people_are_no_study(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pairs = [Pair(f"p{n}", ratio, 110 - 30 * ratio) for n in range(12) for ratio in (0.5, 1.2)]
    assert main(["calibrate", "spo2", str(written(tmp_path, pairs))]) == 1
    assert "too few pairs there (22 that were there before do not count): 2 with 2" in capsys.readouterr().err


def test_one_pair_each_that_is_everybody_s_is_one_person() -> None:
    pairs = [Pair(f"p{n}", 0.4 + 0.1 * (n % 9), 110 - 30 * (0.4 + 0.1 * (n % 9))) for n in range(240)]
    found = calibrate(pairs, "line")
    assert (found["people"], found["pairs"]) == (9, 9)
    assert found["lacks"] == ["9 of 10 people", "9 of 200 pairs", "74 to 98 % of 70 to 100 %"]


@pytest.mark.parametrize("kept", [0.3, 0.7])
def test_who_has_mostly_another_s_pairs_is_no_other_person(kept: float) -> None:
    ann, ben = study(1, 40, seed=1), study(1, 40, seed=2)
    first = round(kept * 40)
    mixed = [Pair("ben", pair.ratio, pair.reference) for pair in [*ann[:first], *ben[first:]]]
    found = calibrate([*ann, *mixed], "line")
    assert found["people"] == (1 if kept > 0.5 else 2)
    assert found["pairs"] == (80 - first if kept > 0.5 else 80)


def test_people_with_coarse_numbers_stay_different_people() -> None:
    """As devices and oximeters show them: a ratio of two digits and whole percent."""
    coarse = [Pair(pair.person, round(pair.ratio, 2), round(pair.reference)) for pair in study(20, 25, spread=2.0)]
    found = calibrate(coarse, "line")
    assert (found["people"], found["copies"]) == (20, {})
    assert found["pairs"] == len({(pair.person, pair.ratio, pair.reference) for pair in coarse})


@pytest.mark.parametrize(
    "names",
    [
        ["Ann", "ann", "ANN"], ["Ann Lee", "ann  lee ", "Ann-Lee", "ann_lee"], ["José", "JOSÉ", "Jose"],
        ["7", "07", "007"], ["P1", "p01", "P-1"],
    ],
)  # fmt: skip
def test_spellings_of_a_name_are_one_person(
    names: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pairs = [replace(pair, person=names[n % len(names)]) for n, pair in enumerate(study(1, 40))]
    pairs += [replace(pair, person="other") for pair in study(1, 40, seed=2)]
    found = calibrate(pairs, "line")
    assert (found["people"], found["pairs"], found["repeated"]) == (2, 80, 0)
    assert found["spellings"] == {names[0]: names[1:]}
    assert main(["calibrate", "spo2", str(written(tmp_path, pairs))]) == 0
    out = capsys.readouterr().out
    assert out.splitlines()[1] == "people 2, pairs 80"
    assert "one person, also written" in out


@pytest.mark.parametrize("names", [["p1", "p11"], ["1", "10"], ["ann", "anna"], ["?", "!"], ["a1", "b1"]])
def test_different_names_are_different_people(names: list[str]) -> None:
    pairs = [replace(pair, person=name) for seed, name in enumerate(names) for pair in study(1, 40, seed=seed)]
    assert calibrate(pairs, "line")["people"] == len(names)


def test_what_counts_once_is_said_within_80_columns(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    people = study(2, 30, spread=2.0)
    copied = [replace(pair, person=f"copy number {n} of {pair.person}") for n in range(12) for pair in people]
    assert main(["calibrate", "spo2", str(written(tmp_path, [*people, *copied]))]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 80
    said = " ".join(line.strip() for line in lines)
    assert "people 2, pairs 60 mostly the same pairs, so counted as one person with p0: copy number 0 of p0" in said
    assert "and 4 more" in said
    assert "pairs that were there before and do not count: 720" in said
