"""`vitalband sim` and `vitalband demo`: what they refuse, in one line."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from firmware_sim.cli import demo
from firmware_sim.cli.processes import SimProcess
from firmware_sim.targets.cpython import CpythonSimulation
from firmware_sim.targets.simulation import FLASH_FILE
from firmware_sim.testing.slots import ruin
from firmware_sim.world.recorded import write_record
from firmware_sim.world.wearer import PRESETS, Wearer
from host_sdk import connect
from host_sdk.cli.main import main

LIMIT_S = 20.0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["sim", "--host", ""], "--host: no address"),
        (["sim", "--host", " "], "--host: no address"),
        *((["sim", "--duration", text], "is not a length of time") for text in ("-1", "0", "nan", "inf")),
        *((["sim", "--warm", text], "is not a time in seconds") for text in ("-1", "nan", "inf")),
        *((["demo", "--seconds", text], "is not a length of time") for text in ("-1", "0", "nan", "inf")),
        *(
            (["sim", option, "x"], f"argument {option}: 'x' is no number")
            for option in ("--air-port", "--warm", "--seed")
        ),
        (["sim", "--seed", "1.5"], "argument --seed: '1.5' is no whole number"),
        (["sim", "--air-port", "80000"], "argument --air-port: 80000 is not a port (0 to 65535)"),
    ],
)
def test_an_argument_that_cannot_be_is_refused(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main([words[0], f"{words[1]}={words[2]}"])
    assert end.value.code == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("option", ["--air-port", "--debug-port"])
def test_a_port_that_is_taken_is_named_by_its_option(option: str, capfd: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert main(["sim", option, port, "--duration", "1"]) == 1
    words = "another program listens there; without it, any free port is taken"
    assert capfd.readouterr().err == f"vitalband sim: {option} {port}: {words}\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--host", "192.0.2.1"], "--host 192.0.2.1: Cannot assign requested address; an address of this computer"),
        (["--serial-link", "{folder}/no/port"], "{folder}/no/port: No such file or directory, as a name of the serial"),
        (["--serial-link", "{folder}"], "{folder}: is there, and no link of ours"),
        (["--storage", "{folder}/file"], "{folder}/file: File exists"),
    ],
)
def test_what_keeps_a_simulator_from_starting_is_one_line(
    words: list[str], said: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    filled = [word.format(folder=tmp_path) for word in words]
    assert main(["sim", *filled, "--duration", "1"]) == 1
    (line,) = capfd.readouterr().err.splitlines()
    assert line.startswith(f"vitalband sim: {said.format(folder=tmp_path)}")
    assert "Errno" not in line


def test_a_demo_of_a_record_that_is_not_there(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", "nothere"]) == 1
    first, second = capfd.readouterr().err.splitlines()
    assert first.startswith("vitalband sim: nothere: no such record")
    assert second == "vitalband demo: the device did not start: vitalband sim ended with 1"


def test_a_demo_whose_record_is_over_too_early(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write_record(Wearer(PRESETS["resting"], seed=7), tmp_path / "short", duration_s=16.0)
    monkeypatch.setattr(demo, "RECORDINGS", tmp_path / "recordings")
    assert main(["demo", str(tmp_path / "short"), "--seconds", "3"]) == 1
    *_, last = capfd.readouterr().err.splitlines()
    assert last.startswith("vitalband demo: ")
    assert "was over before the demo, which takes" in last


def test_a_simulator_without_a_seed_is_another_device_each_time_unless_it_lives_somewhere(tmp_path: Path) -> None:
    def name(*arguments: str) -> str:
        with SimProcess(*arguments) as sim:
            return str(sim.facts["name"])

    assert len({name() for _ in range(3)}) > 1  # of 65536
    here = ("--storage", str(tmp_path / "flash"))
    assert name(*here) == name(*here) != name("--storage", str(tmp_path / "other"))
    link = ("--serial-link", str(tmp_path / "port"))
    assert name(*link) == name(*link)
    assert name("--seed", "0") == name("--seed", "0", *here)


def test_two_devices_do_not_live_in_one_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with SimProcess("--storage", str(tmp_path)):
        assert main(["sim", "--storage", str(tmp_path), "--duration", "1"]) == 1
        said = capsys.readouterr().err
        assert said == (
            f"vitalband sim: {tmp_path}: another simulated device lives there; end it, or choose another folder\n"
        )
    assert main(["sim", "--storage", str(tmp_path), "--duration", "0.1"]) == 0


def test_a_flash_that_nothing_can_be_started_from_is_said_in_a_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    simulation = CpythonSimulation(Wearer(PRESETS["resting"], seed=0), storage=tmp_path)
    ruin(simulation)
    simulation.close()
    assert main(["sim", "--storage", str(tmp_path), "--duration", "0.1", "--json"]) == 0
    out, said = capsys.readouterr()
    assert said.startswith("vitalband sim: neither slot holds an image")
    assert f"without {tmp_path / FLASH_FILE} the device begins anew" in said
    assert said.count("\n") == 1
    assert "neither slot" in json.loads(out)["recovery"]


@pytest.mark.parametrize(("words", "said"), [(["sim"], ""), (["-v", "sim"], "CCCD")])
def test_what_the_radio_s_library_says_of_strangers_is_for_who_wants_it(words: list[str], said: str) -> None:
    program = f"""
import logging
import firmware_sim.mcu.radio
from host_sdk.cli.commands import parse
parse({words!r})
logging.debug("its log lines make the root logger write to stderr")
logging.getLogger("bumble.gatt_server").warning("CCCD value not 2 bytes long")
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=LIMIT_S, check=True)
    assert said in done.stderr
    assert bool(done.stderr) == bool(said)


@pytest.mark.parametrize(("host", "written"), [("127.0.0.1", "127.0.0.1"), ("::1", "[::1]")])
async def test_a_simulator_is_found_where_it_says_that_it_listens(
    host: str, written: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with SimProcess("--host", host) as sim:
        assert sim.ble.startswith(f"sim:tcp:{written}:")
        debug_host, _, debug_port = str(sim.facts["debug"]).removeprefix("tcp:").rpartition(":")
        assert debug_host == written
        with socket.create_connection((host, int(debug_port)), timeout=LIMIT_S):
            pass
        async with connect(sim.ble) as client:
            assert f"virtual radio {written}:" in client.transport.description
        assert await asyncio.to_thread(main, ["scan", sim.ble, "--duration", "0.5"]) == 0
    assert sim.facts["name"] in capsys.readouterr().out


async def test_the_same_wearer_on_another_device() -> None:
    serial_numbers = set()
    for identity in ("1", "2", "1"):
        async with connect(f"sim:?link=serial&pace=20&identity={identity}") as client:
            serial_numbers.add(client.info.serial_number)
    assert len(serial_numbers) == 2


@contextmanager
def _heeded(which: signal.Signals) -> Iterator[None]:
    """What is started within heeds the signal, which a shell may have ignored for what it runs in its background."""
    before = signal.signal(which, signal.SIG_DFL)
    try:
        yield
    finally:
        signal.signal(which, before)


@pytest.mark.parametrize("which", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_simulator_that_is_stopped_takes_its_port_with_it(tmp_path: Path, which: signal.Signals) -> None:
    port = tmp_path / "port"
    with ExitStack() as stack:
        with _heeded(which):
            sim = stack.enter_context(SimProcess("--serial-link", str(port)))
        assert port.is_symlink()
        sim._process.send_signal(which)
        assert sim._process.wait(timeout=20) == 0
    assert not port.is_symlink()
