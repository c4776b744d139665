"""Scenario files: what is wrong in them is said with its line, and nothing of them is run."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_sim.faults import COMPONENTS, FAULTS

from .checked_yaml.errors import FileError
from .checked_yaml.reading import parse, read
from .checked_yaml.reading import written as written_yaml
from .scenarios import schema
from .scenarios.loading import load

GOOD = "about: x\nduration_s: 20\nexpect:\n- {reading: heart_rate}\n"
GALLERY = sorted((Path(__file__).parent / "scenarios/gallery").glob("*.yaml"))


def written(folder: Path, text: str | bytes) -> Path:
    path = folder / "s.yaml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def problems(folder: Path, text: str | bytes) -> list[str]:
    with pytest.raises(FileError) as caught:
        load(written(folder, text))
    return [line.removeprefix(f"{folder}/s.yaml:") for line in str(caught.value).splitlines()]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "1: is empty"),
        ("about: [", "1: is no YAML: while parsing a flow node, expected the node content"),
        ("about: x\nabout: y\n", "2: 'about' is there twice, first in line 1"),
        ("about: x\nb: &a [1]\nc: *a\n", "3: aliases (*a) are not taken"),
        ("1: x\n", "1: a key must be a name"),
        ("- x\n", "1: ['x'] is not a mapping"),
        (b"\xff\xfe", "1: is no text of UTF-8: invalid start byte"),
        ("[" * 2000 + "]" * 2000, "1: is no YAML: "),
        ("about: x\n", "1: expect is missing"),
        (GOOD + "sed: 3\n", "5: nothing is called 'sed'; did you mean seed?"),
        (GOOD + "seed: -1\n", "5: seed: -1 is under 0"),
        (GOOD + "seed: 1.5\n", "5: seed: 1.5 is not a whole number"),
        (GOOD + "seed: true\n", "5: seed: True is not a whole number"),
        (GOOD.replace("20", "0"), "2: duration_s: 0 is not over 0"),
        (GOOD.replace("20", ".inf"), "2: duration_s: '.inf' is not a number"),
        (GOOD.replace("20", "90000"), "2: duration_s: 90000 is over 86400"),
        ("about: x\nexpect: [{reading: rr}]\n", "1: duration_s is missing: a wearer has no end"),
        (GOOD + "wearer:\n  preset: sleeping\n", "6: wearer.preset: no 'sleeping'; there are "),
        (
            GOOD + "wearer:\n  heart_rate: 60\n",
            "6: wearer: nothing is called 'heart_rate'; did you mean heart_rate_bpm?",
        ),
        (GOOD + "wearer:\n  qrs_ms: 500\n", "6: wearer.qrs_ms: 500 is over 200"),
        (GOOD + "wearer:\n  spo2_percent: [[0, 97], [10, 20]]\n", "6: wearer.spo2_percent[1][1]: 20 is under 50"),
        (GOOD + "wearer:\n  spo2_percent: [[9, 97], [1, 90]]\n", "6: spo2_percent: the corners of a profile"),
        (GOOD + "wearer: {pause_s: 0.2}\n", "5: pause_s is 0.2, must be 0 (none) or 1 to 10"),
        (GOOD + "place: {skin_c: 3}\nwearer: {skin_c: 30}\n", "5: skin_c is also set under wearer"),
        (GOOD + "record: {path: x}\nwearer: {}\n", "6: wearer is of a synthetic wearer, and there is a record"),
        (GOOD + "record: {channel: II}\n", "5: record: path is missing"),
        (GOOD + "ride:\n- {motion: swim}\n", "6: ride[0].motion: no 'swim'; there are still, walk, run"),
        (GOOD + "ride:\n- {motion: walk, from_s: 9, to_s: 9}\n", "6: from 9 s to 9 s is no time"),
        (GOOD + "ride:\n- {motion: walk}\n- {motion: run, from_s: 3}\n", "6: motion run at 3.0 s begins before walk"),
        (GOOD + "ride:\n- {motion: fall, peak_g: 1}\n", "6: ride[0].peak_g: 1 is under 2"),
        (GOOD + "faults:\n- {component: heart, fault: off}\n", "6: faults[0].component: no 'heart'; there are ecg, "),
        (GOOD + "faults:\n- {component: ecg}\n", "6: faults[0]: component needs fault"),
        (GOOD + "faults:\n- {from_s: 3}\n", "6: faults[0]: one of component, signal, link is needed"),
        (GOOD + "faults:\n- {link: torn}\n", "6: faults[0].link: no 'torn'; there are off, loss, noise, duplication"),
        (GOOD + "faults:\n- {link: off, ratio: 0.5}\n", "6: link off has no ratio"),
        (GOOD + "faults:\n- {link: loss, level: 1}\n", "6: link loss has no level"),
        (GOOD + "faults:\n- {link: latency, ratio: 0.5}\n", "6: link latency has no ratio"),
        (GOOD + "faults:\n- {link: latency, delay_s: 2}\n", "6: faults[0].delay_s: 2 is over 1"),
        (GOOD + "faults:\n- {link: loss, ratio: 0}\n", "6: faults[0].ratio: 0 is not over 0"),
        (GOOD + "faults:\n- {link: loss, from_s: 20}\n", "6: from 20 s to 20 s is no time"),
        (GOOD + "faults:\n- {link: loss, component: ecg}\n", "6: faults[0]: "),
        (GOOD + "faults:\n- {component: flash, fault: slow}\n", "6: flash cannot be slow: it has no clock of its own"),
        (GOOD + "faults:\n- {component: radio, fault: off}\n", "6: radio cannot be off: scenarios run over the cable"),
        (GOOD + "faults:\n- {component: supply, fault: brown_out}\n", "6: supply brown_out resets the device: resets"),
        (GOOD + "resets: [3, 2]\n", "5: from 3 to 2 is nothing"),
        (GOOD + "resets: -1\n", "5: resets: -1 is under 0"),
        (GOOD + "faults:\n- {component: ecg, fault: off, level: 1}\n", "6: ecg cannot be off: it has no level"),
        (GOOD + "faults:\n- {component: ecg, fault: off, from_s: 20}\n", "6: from 20 s to 20 s is no time"),
        (GOOD + "faults:\n- {signal: noise, group: ecg}\n", "6: noise needs snr_db"),
        (GOOD + "faults:\n- {signal: not_worn, colour: red}\n", "6: not_worn has no colour"),
        (GOOD + "actions:\n- {at_s: 5, do: dance}\n", "6: actions[0].do: no 'dance'; there are reset"),
        (GOOD + "actions:\n- {at_s: 20, do: reset}\n", "6: at 20 s the scenario is over"),
        (GOOD + "- {reading: hr}\n", "5: expect[1].reading: no 'hr'; "),
        (
            GOOD + "- {reading: rr, event: fall}\n",
            "5: expect[1]: one of reading, event, finding, beat, alarm, message, current",
        ),
        (GOOD + "- {current: heart, at_most_ma: 1}\n", "5: expect[1].current: no 'heart'; "),
        (GOOD + "- {current: light}\n", "5: a current needs one of at_least_ma, at_most_ma, lasts_h"),
        (GOOD + "- {current: light, lasts_h: 3}\n", "5: lasts_h is of the device"),
        (GOOD + "- {current: light, at_most_ma: 1, count: 2}\n", "5: a current has no count"),
        (GOOD + "- {current: light, at_most_ma: 1, at_least_ma: 2}\n", "5: at_least_ma 2 and at_most_ma 1 is nothing"),
        (GOOD + "- {event: fall, at_most_ma: 1}\n", "5: expect[1]: at_most_ma needs current"),
        (GOOD + "- {event: fall, between: [1, 2]}\n", "5: expect[1]: between needs reading"),
        (GOOD + "- {reading: rr, between: [2, 1]}\n", "5: between 2 and 1 is nothing"),
        (GOOD + "- {reading: rr, between: [2]}\n", "5: expect[1].between: needs 2 or more of them"),
        (GOOD + "- {reading: rr, is: still}\n", "5: rr is no class, not still"),
        (GOOD + "- {reading: wear, is: still}\n", "5: wear is one of not_worn, poor_contact, worn"),
        (GOOD + "- {reading: battery, near_truth: 1}\n", "5: near_truth is of a wearer's heart_rate, rr"),
        (GOOD + "- {reading: rr, reason: because}\n", "5: expect[1].reason: no 'because'; did you mean paused?"),
        (GOOD + "- {reading: rr, reason: [noise, 3]}\n", "5: expect[1].reason[1]: no 3; there are lead_off"),
        (GOOD + "- {reading: rr, reason: noise, between: [1, 2]}\n", "5: between is of numbers, and with a reason"),
        (GOOD + "- {reading: rr, reason: noise, near_truth: 3}\n", "5: near_truth is of numbers, and with a reason"),
        (GOOD + "- {reading: wear, reason: noise, is: worn}\n", "5: is is of numbers, and with a reason"),
        (GOOD + "- {reading: rr, reason: noise, answered_at_most: 0.5}\n", "5: answered_at_most is of numbers"),
        (GOOD + "- reading: rr\n  reason: noise\n  answered_at_least: 0.5\n", "7: answered_at_least is of numbers"),
        (GOOD + "- {reading: rr, count: 0, between: [1, 2]}\n", "5: between is of readings, and none may come"),
        (GOOD + "- {reading: rr, at_most: 0, reason: noise}\n", "5: reason is of readings, and none may come"),
        (GOOD + "- {reading: rr, answered_at_most: 0, near_truth: 3}\n", "5: near_truth is of readings, and none may"),
        (GOOD + "- {event: fall, at_least: 0}\n", "5: at_least 0 is always so"),
        (GOOD + "- {event: fall, at_least: 3, at_most: 2}\n", "5: at_least 3 and at_most 2 is nothing"),
        (GOOD + "- {reading: rr, answered_at_least: 0}\n", "5: expect[1].answered_at_least: 0 is not over 0"),
        (GOOD + "- {reading: rr, answered_at_most: 1}\n", "5: expect[1].answered_at_most: 1 is not under 1"),
        (GOOD + "- {reading: rr, answered_at_least: 0.9, answered_at_most: 0.1}\n", "5: answered_at_least 0.9 and"),
        (GOOD + "place: {skin_c: 30}\nrecord: {path: x}\n", "5: skin_c is around a synthetic wearer, and there is"),
        (GOOD + "seed: 5.0\n", "5: seed: 5.0 is not a whole number"),
        (GOOD + "seed: 1e3\n", "5: seed: 1000.0 is not a whole number"),
        (GOOD + "wearer: {\n  mains_mv: 1e999}\n", "6: '1e999' is no number that can be"),
        (GOOD + f"\n\nseed: {'9' * 5000}\n", f"7: '{'9' * 40}…' is no number that can be"),
        (GOOD + "seed: !!int x\n", "5: 'x' is no number that can be"),
        (GOOD + "seed: !!float [1]\n", "5: '' is no number that can be"),
        (GOOD.replace("about: x", "about: ' '"), "1: about: is blank"),
        (GOOD + "- {event: fall, count: 1, at_most: 2}\n", "5: count, and at_least or at_most beside it"),
        (GOOD + "- {event: fall, from_s: 30}\n", "5: from 30 s to 20 s is no time"),
        (GOOD + "- {event: fall, from_s: 30, to_s: 40}\n", "5: begins at 30 s, and the scenario is over after 20 s"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(text: str | bytes, said: str, tmp_path: Path) -> None:
    found = problems(tmp_path, text)
    assert any(line.startswith(said) for line in found), found
    assert all("Traceback" not in line and len(line) < 500 for line in found)


def test_all_that_is_wrong_is_said_at_once_in_the_order_of_lines(tmp_path: Path) -> None:
    found = problems(tmp_path, GOOD + "faults:\n- {component: flash, fault: slow}\nactions:\n- {at_s: 90, do: reset}\n")
    assert [line.partition(":")[0] for line in found] == ["6", "8"]


def test_a_file_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"gone\.yaml:1: cannot be read: No such file"):
        load(tmp_path / "gone.yaml")


@pytest.mark.parametrize("word", ["off", "on", "no", "yes", "1:30", "2026-11-30", "0x10", ".nan"])
def test_words_stay_words(word: str, tmp_path: Path) -> None:
    """By YAML 1.1 these would be booleans, numbers or dates."""
    assert read(written(tmp_path, f"a: {word}\n")).data == {"a": word}


@pytest.mark.parametrize(
    ("written_as", "value"),
    [("010", 10), ("09", 9), ("-08", -8), ("+7", 7), ("00", 0), ("010.5", 10.5), ("1e3", 1e3), (".5", 0.5), ("5.", 5)],
)
def test_numbers_are_what_people_mean(written_as: str, value: float, tmp_path: Path) -> None:
    """By YAML 1.1 a leading zero means eights."""
    data = read(written(tmp_path, f"a: {written_as}\n")).data
    assert data == {"a": value}
    assert type(data["a"]) is type(value) or written_as == "5."


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(10**12), 10**12) | st.floats(-1e12, 1e12) | st.text(max_size=8)
        | st.sampled_from(["09", "010", "1e3", "off", "0o7", "0x1", "~", "null", ".5", "-", "1:30", "# a", "- b"]),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
        max_leaves=8,
    )
)  # fmt: skip
@settings(deadline=None, max_examples=300)
def test_what_is_written_is_read_back(value: object) -> None:
    assert parse(written_yaml({"a": value}), Path("a")).data == {"a": value}


def test_off_is_a_fault(tmp_path: Path) -> None:
    scenario = load(written(tmp_path, GOOD + "faults:\n- {component: ecg, fault: off, from_s: 3, to_s: 9}\n"))
    (fault,) = scenario.component_faults
    assert (fault.component, fault.fault, fault.start_s, fault.stop_s) == ("ecg", "off", 3.0, 9.0)


def test_the_schema_s_file_is_what_it_is_made_of() -> None:
    """Where it is not: `make gen`."""
    assert schema.PATH.read_text(encoding="utf-8") == schema.text()
    fault = schema.scenario_schema()["properties"]["faults"]["items"]["properties"]
    assert fault["component"]["enum"] == list(COMPONENTS)
    assert fault["fault"]["enum"] == list(FAULTS)


def test_the_gallery_is_large_and_names_its_schema() -> None:
    assert len(GALLERY) >= 25
    for path in GALLERY:
        first = path.read_text(encoding="utf-8").splitlines()[0]
        assert first == "# yaml-language-server: $schema=../scenario.schema.json"
        assert (path.parent / first.partition("$schema=")[2]).samefile(schema.PATH)
