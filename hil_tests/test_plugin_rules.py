"""The plugin's markers, measurements, baseline and reports, in pytest runs that are not the project's own."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from .test_plugin import run_pytest

HEAD = "import pytest\n"


def failed_output(folder: Path, code: str) -> str:
    """What a run says of tests of which some fail."""
    result = run_pytest(folder, code)
    assert result.returncode == pytest.ExitCode.TESTS_FAILED, result.stdout
    return result.stdout


@pytest.mark.parametrize(
    ("mark", "said"),
    [
        ("needs('teleport')", "needs(teleport): no target and no board of the inventory has that"),
        ("quarantine(until='2026-01-01', why='#12')", "quarantine expired on 2026-01-01: mend the test or the device"),
        ("quarantine(until='soon', why='#12')", "quarantine(until='soon'): is no day"),
        ("quarantine(until='2999-01-01')", "quarantine needs until='YYYY-MM-DD' and why='...'"),
        ("quarantine(until='2999-01-01', why='')", "quarantine needs until='YYYY-MM-DD' and why='...'"),
        ("quarantine('2999-01-01', why='#12')", "quarantine needs until='YYYY-MM-DD' and why='...'"),
    ],
)
def test_a_marker_that_would_hide_a_test_for_ever_is_an_error(mark: str, said: str, tmp_path: Path) -> None:
    output = failed_output(tmp_path, f"{HEAD}@pytest.mark.{mark}\ndef test_one():\n    pass\n")
    assert said in output
    assert "1 error" in output


def test_a_test_in_quarantine_may_fail_and_may_pass(tmp_path: Path) -> None:
    tomorrow = datetime.date.today() + datetime.timedelta(days=2)
    mark = f"@pytest.mark.quarantine(until='{tomorrow}', why='#12')\n"
    code = f"{HEAD}{mark}def test_fails():\n    assert 0\n\n{mark}def test_passes():\n    pass\n"
    result = run_pytest(tmp_path, code, "-o", "xfail_strict=true")
    assert result.returncode == 0, result.stdout
    assert "1 xfailed, 1 xpassed" in result.stdout


def test_what_only_a_board_can_is_skipped_here_and_an_error_where_no_board_of_the_rig_can(tmp_path: Path) -> None:
    code = f"{HEAD}@pytest.mark.needs('board', 'jtag')\ndef test_one():\n    pass\n\ndef test_two():\n    pass\n"
    result = run_pytest(tmp_path, code)
    assert result.returncode == 0, result.stdout
    assert "1 passed, 1 skipped" in result.stdout
    (tmp_path / "rig.yaml").write_text("boards:\n  a: {serial: /dev/none}\n")
    result = run_pytest(tmp_path, code, "--inventory", "rig.yaml")
    assert "1 passed, 1 error" in result.stdout
    (tmp_path / "rig.yaml").write_text("boards:\n  a: {serial: /dev/none, capabilities: [jtag]}\n")
    result = run_pytest(tmp_path, code, "--inventory", "rig.yaml")
    assert "1 passed, 1 skipped" in result.stdout


MEASURED = """
def test_measured(measure):
    measure("latency_ms", {latency}, max=100)
    measure("rate_hz", 50, min=10, lower_is_better=False)
"""


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ("'latency_ms', 120, max=100", "latency_ms is 120 ms, and must be 100 or less"),
        ("'rate_hz', 3, min=10", "rate_hz is 3 Hz, and must be 10 or more"),
        ("'loss', 3, unit='dB', max=1", "loss is 3 dB, and must be 1 or less"),
        ("'loss', 3", "loss has no unit"),
        ("'latency_ms', float('nan')", "latency_ms is nan, which is no measurement"),
        ("'latency_ms', 3, max=float('nan')", "latency_ms has max nan, which is no limit"),
        ("'latency_ms', 3, min=float('-inf')", "latency_ms has min -inf, which is no limit"),
        ("'latency_ms', 3, tolerance=float('inf')", "latency_ms has tolerance inf, which is no limit"),
        ("'latency_ms', 3, tolerance=-1", "latency_ms has tolerance -1, which is under 0"),
        ("'latency_ms', 3, min=5, max=4", "latency_ms has min 5 over max 4"),
        ("'latency_ms', 'fast'", "could not convert string to float"),
    ],
)
def test_a_measurement_beyond_its_limits_fails_the_test(call: str, said: str, tmp_path: Path) -> None:
    assert said in failed_output(tmp_path, f"def test_one(measure):\n    measure({call})\n")


def test_all_measurements_of_a_test_are_made_before_it_fails(tmp_path: Path) -> None:
    code = (
        "def test_one(measure):\n    measure('a_ms', 2, max=1)\n    measure('b_ms', 3, max=1)\n    measure('c_ms', 1)\n"
    )
    result = run_pytest(tmp_path, code)
    assert "a_ms is 2 ms" in result.stdout
    assert "b_ms is 3 ms" in result.stdout
    assert "test_user.py::test_one: c_ms = 1 ms" in result.stdout
    result = run_pytest(tmp_path, "def test_one(measure):\n    measure('a_ms', 2)\n    measure('a_ms', 3)\n")
    assert "a_ms is measured twice in one test" in result.stdout


def test_a_run_is_compared_with_a_baseline(tmp_path: Path) -> None:
    first = run_pytest(tmp_path, MEASURED.format(latency=50), "--save-baseline", "base.json")
    assert first.returncode == 0, first.stdout
    kept = json.loads((tmp_path / "base.json").read_text())
    assert kept["test_user.py::test_measured"]["latency_ms"] == {"unit": "ms", "value": 50.0}
    for latency, code in ((54, 0), (20, 0), (56, 1)):
        result = run_pytest(tmp_path, MEASURED.format(latency=latency), "--baseline", "base.json")
        assert result.returncode == code, result.stdout
    assert "latency_ms is 56 ms, and was 50 in the baseline (may be 10% worse)" in result.stdout


def test_another_unit_is_not_compared_with_the_baseline_s(tmp_path: Path) -> None:
    (tmp_path / "base.json").write_text('{"test_user.py::test_one": {"lag": {"value": 5, "unit": "s"}}}')
    code = "def test_one(measure):\n    measure('lag', 4, unit='ms')\n"
    result = run_pytest(tmp_path, code, "--baseline", "base.json")
    assert "lag is in ms, and in the baseline in s" in result.stdout


def test_what_failed_is_no_baseline(tmp_path: Path) -> None:
    (tmp_path / "base.json").write_text('{"test_user.py::test_one": {"a_ms": {"value": 5, "unit": "ms"}}}')
    code = "{}def test_{}(measure):\n    measure('a_ms', 9)\n    assert {}\n\n"
    mark = "import pytest\n\n@pytest.mark.quarantine(until='2999-01-01', why='x')\n"
    text = code.format("", "one", 0) + code.format("", "two", 1) + code.format(mark, "three", 0)
    result = run_pytest(tmp_path, text, "--save-baseline", "base.json")
    assert "1 failed, 1 passed, 1 xfailed" in result.stdout
    kept = json.loads((tmp_path / "base.json").read_text())
    values = {name.partition("::")[2]: test["a_ms"]["value"] for name, test in kept.items()}
    assert values == {"test_one": 5, "test_two": 9}


UNWRITABLE = ("hil-html=file/x", "hil-html=folder", "save-baseline=file/x", "save-baseline=folder", "artifacts=file")


@pytest.mark.parametrize("option", [*UNWRITABLE, "junitxml=file/x"])  # pytest itself refuses folders there
def test_what_cannot_be_written_is_said_before_any_test(option: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("kept")
    (tmp_path / "folder").mkdir()
    result = run_pytest(tmp_path, "def test_one():\n    print('it ran')\n", f"--{option}", "-s")
    assert result.returncode == pytest.ExitCode.USAGE_ERROR, result.stdout
    assert "cannot be written: " in result.stderr
    assert "it ran" not in result.stdout
    assert "Traceback" not in result.stderr
    assert (tmp_path / "file").read_text() == "kept"


def test_a_disk_that_is_full_at_the_end_fails_the_run_and_is_said(tmp_path: Path) -> None:
    code = MEASURED.format(latency=50)
    result = run_pytest(tmp_path, code, "--hil-html", "/dev/full", "--save-baseline", "new/base.json")
    assert result.returncode == pytest.ExitCode.USAGE_ERROR
    assert "cannot be written: No space left on device" in result.stdout
    assert "latency_ms = 50 ms" in result.stdout
    assert (tmp_path / "new/base.json").exists()


def test_a_folder_has_nothing_of_an_earlier_run(tmp_path: Path) -> None:
    code = "def test_one(artifacts, {}):\n    assert not list(artifacts.iterdir())\n    (artifacts / 'x').touch()\n"
    for fixture in ("measure", "request"):
        result = run_pytest(tmp_path, code.format(fixture), "--artifacts", "kept")
        assert result.returncode == 0, result.stdout


@pytest.mark.parametrize("option", ["--baseline", "--save-baseline"])
@pytest.mark.parametrize(
    "content",
    [None, "{", "[]", '{"t": {"a_ms": 3}}']
    + [f'{{"t": {{"a_ms": {{"value": {value}}}}}}}' for value in ('"x"', "NaN", "-Infinity", "1e999", "true", "null")],
)
def test_a_baseline_that_is_none_is_a_usage_error(content: str | None, option: str, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / "base.json").write_text(content)
    elif option == "--save-baseline":
        return  # it is to be made
    result = run_pytest(tmp_path, MEASURED.format(latency=50), option, "base.json")
    assert result.returncode == pytest.ExitCode.USAGE_ERROR, result.stdout
    assert "base.json: is no baseline" in result.stderr
    assert "Traceback" not in result.stderr


def test_reports_say_what_the_run_was_of(tmp_path: Path) -> None:
    code = MEASURED.format(latency=50) + "\ndef test_fails():\n    assert 1 == 2, '<b>'\n"
    result = run_pytest(tmp_path, code, "--hil-html", "run.html", "--junitxml", "run.xml")
    assert result.returncode == pytest.ExitCode.TESTS_FAILED
    suite = ElementTree.parse(tmp_path / "run.xml").getroot()[0]
    properties = {each.get("name"): each.get("value") for each in suite.findall("properties/property")}
    assert {"firmware_sha256", "models_sha256", "dut"} <= set(properties)
    assert len(str(properties["firmware_sha256"])) == 64
    of_test = suite.findall("testcase[@name='test_measured']/properties/property")
    assert json.loads(str(of_test[0].get("value")))["value"] == 50
    page = (tmp_path / "run.html").read_text()
    assert "1 failed, 1 passed" in page
    assert "latency_ms = 50 ms (max 100)" in page
    assert "<b>" not in page
    assert "src=" not in page
    assert "http" not in page


def test_the_flake_rate_is_of_runs_on_the_same_sources(tmp_path: Path) -> None:
    code = "import os\n\ndef test_one(artifacts, request):\n    request.node.user_properties.append(('dut', 'x'))\n"
    code += "    assert 'FAILS' not in os.environ\n"
    options = ("-p", "cacheprovider")
    result = run_pytest(tmp_path, code, *options)
    assert "flake rate: 0 of 1 tests in 1 runs (0.0 %)" in result.stdout
    result = run_pytest(tmp_path, code.replace("'FAILS' not in", "'PATH' not in"), *options)
    assert "flake rate: 1 of 1 tests in 2 runs (100.0 %): test_user.py::test_one" in result.stdout
