"""Boards of an inventory: simulated devices that somebody else has started stand for them."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from firmware_sim.cli.processes import SimProcess

from .checked_yaml.errors import FileError
from .plugin import board_locks
from .plugin.inventory import Board, PowerSpec, load_inventory
from .plugin.power import BoardPower, RigError
from .test_plugin import run_pytest

GOOD = "boards:\n  desk:\n    serial: /dev/a\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "1: is empty"),
        ("boards: {}\n", "1: boards: is empty"),
        ("bords: {}\n", "1: nothing is called 'bords'; did you mean boards?"),
        ("boards:\n- desk\n", "2: boards: ['desk'] is not a mapping"),
        ("boards:\n  desk: {}\n", "2: serial or ble is missing: nothing reaches it"),
        (GOOD + "    ports: 3\n", "4: boards.desk: nothing is called 'ports'"),
        (GOOD + "    capabilities: ecg\n", "4: boards.desk.capabilities: 'ecg' is not a list"),
        (GOOD + "    power: {switch: magic}\n", "4: boards.desk.power.switch: no 'magic'; there are none, manual"),
        (GOOD + "    power: {switch: uhubctl, hub: 1-1}\n", "4: uhubctl needs port"),
        (GOOD + "    power: {switch: relay, on: x}\n", "4: relay needs off"),
        (GOOD + "    power:\n      switch: manual\n      hub: 1-1\n", "6: manual has no hub"),
        (GOOD + "    power: {switch: none, off_s: 3}\n", "4: none has no off_s"),
        (GOOD + "    power:\n      switch: relay\n      on: 'x \"y'\n      off: z\n", "6: on is no command: no clos"),
        (GOOD + "    power:\n      switch: relay\n      on: x\n      off: ' '\n", "7: boards.desk.power.off: is blank"),
        (GOOD + "    power:\n      switch: relay\n      on: x\n      off: \"''\"\n", "7: off is no command: names no"),
        (GOOD + "    model: ' '\n", "4: boards.desk.model: is blank"),
        (GOOD + "    power: {}\n", "4: boards.desk.power: switch is missing"),
        (GOOD + "  shelf:\n    ble: A\n    serial: /dev/a\n", "6: shelf and desk have the same serial /dev/a"),
        (GOOD + "    serial: /dev/b\n", "4: 'serial' is there twice, first in line 3"),
    ],
)
def test_what_is_wrong_with_an_inventory_is_said_with_its_line(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "rig.yaml"
    path.write_text(text)
    with pytest.raises(FileError) as caught:
        load_inventory(path)
    assert any(line.removeprefix(f"{path}:").startswith(said) for line in str(caught.value).splitlines()), caught.value
    result = run_pytest(tmp_path, "def test_one():\n    pass\n", "--inventory", "rig.yaml")
    assert result.returncode == pytest.ExitCode.USAGE_ERROR
    assert said in result.stderr


def test_what_boards_can(tmp_path: Path) -> None:
    path = tmp_path / "rig.yaml"
    path.write_text(
        GOOD + "    capabilities: [ecg]\n    power: {switch: relay, on: 'relay 2 on', off: relay 2 off, off_s: 3}\n"
        "  shelf: {ble: 'C0:FF:EE:00:00:02'}\n"
    )
    boards = load_inventory(path)
    assert boards["desk"].capabilities == {"board", "serial", "ecg", "power"}
    assert boards["desk"].serial == "serial:/dev/a"
    assert boards["desk"].power == PowerSpec("relay", on=("relay", "2", "on"), off=("relay", "2", "off"), off_s=3)
    assert boards["shelf"].capabilities == {"board", "ble"}
    assert boards["shelf"].ble == "ble:C0:FF:EE:00:00:02"


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        (PowerSpec(), "nothing switches the power of desk"),
        (PowerSpec("manual"), "is switched by hand, and nobody is at this terminal"),
        (PowerSpec("relay", on=("no-such-relay",), off=("no-such-relay",)), "no-such-relay: "),
        (PowerSpec("relay", on=("false",), off=("false",)), "false ended with 1"),
    ],
)
def test_a_switch_that_does_not_switch_is_said(
    spec: PowerSpec, said: str, pytestconfig: pytest.Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "__stdin__", None)
    with pytest.raises(RigError, match=said):
        BoardPower(spec, pytestconfig, "desk").off()


ON_A_BOARD = """
import pytest

def test_model(sdk, dut):
    assert sdk.info.model == "vitalband-ref"
    assert dut.name == "desk"

@pytest.mark.needs("faults")
def test_faults(dut):
    raise AssertionError

def test_debug(dut):
    dut.state()

def test_scenario(scenario):
    raise AssertionError

def test_power(power):
    raise AssertionError
"""


def test_a_board_of_the_inventory_shows_that_it_works_and_is_tested(tmp_path: Path) -> None:
    with SimProcess("--warm", "1") as sim:
        port = sim.serial.removeprefix("serial:")
        (tmp_path / "rig.yaml").write_text(f"boards:\n  desk: {{serial: {port}, model: vitalband-ref}}\n")
        result = run_pytest(tmp_path, ON_A_BOARD, "--inventory", "rig.yaml", "--dut", "rig", "--artifacts", "kept")
        assert result.returncode == 0, result.stdout
        assert "1 passed, 4 skipped" in result.stdout
        (folder,) = (tmp_path / "kept").glob("test_user.py_test_model-*")
        assert {"console.txt", "items.jsonl"} <= {path.name for path in folder.iterdir()}
        # a board that is not what it should be fails its tests, and each of them at once
        (tmp_path / "rig.yaml").write_text(f"boards:\n  desk: {{serial: {port}, model: another}}\n")
        code = "def test_one(dut):\n    pass\n\ndef test_two(dut):\n    pass\n\ndef test_three():\n    pass\n"
        result = run_pytest(tmp_path, code, "--inventory", "rig.yaml", "--dut", "desk")
        assert "1 passed, 2 errors" in result.stdout, result.stdout
        assert "is vitalband-ref, and the inventory says another" in result.stdout


def test_of_several_boards_those_that_work_are_used_each_by_one_test_at_a_time(tmp_path: Path) -> None:
    with SimProcess("--warm", "1") as first, SimProcess("--warm", "1") as second:
        ports = [sim.serial.removeprefix("serial:") for sim in (first, second)]
        boards = [f"  {name}: {{serial: {port}}}\n" for name, port in zip("abc", ["/dev/none", *ports], strict=True)]
        (tmp_path / "rig.yaml").write_text("boards:\n" + "".join(boards))
        code = "def test_two(duts):\n    assert [dut.name for dut in duts(2)] == ['b', 'c']\n\n"
        code += "def test_again(sdk, dut):\n    assert dut.name == 'b'\n\ndef test_three(duts):\n    duts(3)\n\n"
        code += "import pytest\n\n@pytest.mark.wearer('af')\ndef test_af(dut):\n    raise AssertionError\n\n"
        code += "@pytest.mark.fault('ecg', 'off')\ndef test_off(dut):\n    raise AssertionError\n"
        result = run_pytest(tmp_path, code, "--inventory", "rig.yaml", "--dut", "rig")
        assert "1 failed, 2 passed, 2 skipped" in result.stdout, result.stdout
        assert "rig: a: serial:/dev/none does not answer" in result.stdout


def test_a_board_is_fit_for_nobody_while_a_test_has_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    board = Board("desk", serial="serial:/dev/a")
    first = board_locks.lock_board(board)
    assert first is not None
    assert not first.was_fit
    assert board_locks.lock_board(board) is None
    with first:
        first.note_used()
        first.note_fit()
    for _ in range(2):  # who only looks changes nothing
        with board_locks.lock_board(board) or pytest.fail("is free") as lock:
            assert lock.was_fit
    with board_locks.lock_board(board) or pytest.fail("is free") as lock:
        lock.note_used()
    with board_locks.lock_board(board) or pytest.fail("is free") as lock:
        assert not lock.was_fit


def test_another_user_s_lock_file_is_used_or_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    board = Board("desk", serial="serial:/dev/a")
    path = board_locks.lock_path(board)
    real_open = os.open

    def refusing(*denied: int) -> Callable[..., int]:
        """Opens files as somebody may who is not their owner; root, who runs tests, may all."""

        def opened(name: object, flags: int, *more: int) -> int:
            if Path(str(name)) == path and flags & os.O_ACCMODE in denied:
                raise PermissionError(13, "Permission denied", str(name))
            return real_open(path if name == path else str(name), flags, *more)

        return opened

    path.write_bytes(b"fit")
    monkeypatch.setattr(os, "open", refusing(os.O_RDWR))
    with board_locks.lock_board(board) or pytest.fail("is free") as lock:
        assert lock.was_fit
        lock.note_used()  # cannot be noted, and is no error
        assert board_locks.lock_board(board) is None
    monkeypatch.setattr(os, "open", refusing(os.O_RDWR, os.O_RDONLY))
    with pytest.raises(RigError, match=r"vitalband-board-.*: is another user's: Permission denied"):
        board_locks.lock_board(board)
    monkeypatch.setattr(os, "open", real_open)
    path.unlink()
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(RigError, match="cannot be"):
        board_locks.lock_board(board)
    assert not (tmp_path / "elsewhere").exists()


def test_the_lock_file_is_for_all_users(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    before = os.umask(0o077)
    try:
        with board_locks.lock_board(Board("desk", ble="ble:A")) or pytest.fail("is free"):
            assert board_locks.lock_path(Board("shelf", ble="ble:A")).stat().st_mode & 0o777 == 0o666
    finally:
        os.umask(before)


SWITCH = """
import json, os, pathlib, signal, subprocess, sys, time
pid, link = pathlib.Path("pid"), pathlib.Path("tty").absolute()
if pid.exists():
    os.kill(int(pid.read_text()), signal.SIGTERM)
    pid.unlink()
if sys.argv[1] == "on":
    words = [sys.executable, "-m", "host_sdk.cli.main", "sim", "--json", "--serial-link", str(link)]
    sim = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True)
    sim.stdout.readline()
    pid.write_text(str(sim.pid))
"""


@pytest.mark.slow
def test_a_wedged_board_is_power_cycled_and_its_tests_run(tmp_path: Path) -> None:
    (tmp_path / "switch.py").write_text(SWITCH)
    relay = f"{{switch: relay, on: {sys.executable} switch.py on, off: {sys.executable} switch.py off, off_s: 0}}"
    (tmp_path / "rig.yaml").write_text(f"boards:\n  desk:\n    serial: {tmp_path}/tty\n    power: {relay}\n")
    # what a passing test left switched off is on for the next one, whatever that test looks at
    code = "def test_one(sdk):\n    assert sdk.info.model\n\ndef test_two(power, dut):\n    power.off()\n\n"
    code += "def test_three(dut):\n    import os\n    assert os.path.exists('pid')\n\n"
    code += "def test_four(sdk, power):\n    assert sdk.info.model\n    power.cycle()\n"
    try:
        result = run_pytest(tmp_path, code, "--inventory", "rig.yaml", "--dut", "desk")
        assert result.returncode == 0, result.stdout
        assert "4 passed" in result.stdout
    finally:
        subprocess.run([sys.executable, "switch.py", "off"], cwd=tmp_path, timeout=60, check=False)


def test_a_board_that_was_left_off_and_cannot_be_switched_on_is_no_false_success(tmp_path: Path) -> None:
    """Its switch breaks: the next test is an error, though it looks at nothing."""
    with SimProcess("--warm", "1") as sim:
        port = sim.serial.removeprefix("serial:")
        (tmp_path / "switch.py").write_text(
            f"import os, sys\nif sys.argv[1] == 'on':\n    sys.exit(3)\nos.kill({sim.pid}, 15)\n"
        )
        relay = f"{{switch: relay, on: {sys.executable} switch.py on, off: {sys.executable} switch.py off}}"
        (tmp_path / "rig.yaml").write_text(f"boards:\n  desk:\n    serial: {port}\n    power: {relay}\n")
        code = "def test_one(power, dut):\n    power.off()\n\ndef test_two(dut):\n    pass\n"
        result = run_pytest(tmp_path, code, "--inventory", "rig.yaml", "--dut", "desk")
        assert "1 passed, 1 error" in result.stdout, result.stdout
        assert "rig: desk: was left off: " in result.stdout
        assert "switch.py on ended with 3" in result.stdout
