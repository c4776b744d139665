"""`vitalband log`, against a simulated device on a cable that can be pulled out."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path
from random import Random
from typing import Any

import pytest

from firmware_sim.chips.w25q64jv import SIZE
from firmware_sim.firmware import flash_regions as regions
from firmware_sim.firmware import wire_gen
from firmware_sim.targets.cpython import CpythonSimulation
from firmware_sim.testing.full_disk import largest_file
from firmware_sim.world.wearer import PRESETS, Wearer
from host_sdk import wire_gen as wire
from host_sdk.cli import log as log_command
from host_sdk.cli.main import main
from host_sdk.log.chunks import DATA_KINDS, Kind
from host_sdk.log.recordings import recordings
from host_sdk.log.salvage import salvage
from host_sdk.log.store_file import LogFile
from host_sdk.transports.base import Frame, Transport
from host_sdk.transports.framing import Deframer, wrap
from host_sdk.transports.opening import make_transport

_STEP_US = 20_000


class Band:
    """One device; the links of `cuts` end after so many frames of the log each, later ones last."""

    def __init__(self) -> None:
        self.simulation = CpythonSimulation(Wearer(PRESETS["resting"], seed=3))
        self.cuts: list[int] = []
        self.links = 0

    def wait(self, seconds: float) -> None:
        self.simulation.advance(self.simulation.clock.now + round(seconds * 1e6))

    def link(self, _address: object) -> Cable:
        self.links += 1
        return Cable(self.simulation, self.cuts.pop(0) if self.cuts else None)

    @property
    def acknowledged(self) -> int:
        return self.simulation.device.log.store.acknowledged

    @property
    def end(self) -> int:
        return self.simulation.device.log.store.next

    def dump(self) -> bytes:
        """The log's part of the chip."""
        return self.simulation.flash.cells.read(regions.LOG_AT, SIZE - regions.LOG_AT)

    def raw(self) -> set[bytes]:
        """Chunks on the chip."""
        return {chunk.raw for chunk in salvage(self.dump())}


class Cable(Transport):
    """The device's time passes while this is open."""

    def __init__(self, simulation: CpythonSimulation, cut_after: int | None) -> None:
        super().__init__()
        self._simulation = simulation
        self._uart = simulation.mcu.uart(0)
        self._left = cut_after
        self._task: asyncio.Task[None] | None = None

    @property
    def description(self) -> str:
        return "band"

    async def _open(self) -> None:
        self._uart.on_output = Deframer(self.counters, self._received, None).feed
        self._task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        while True:
            self._simulation.advance(self._simulation.clock.now + _STEP_US)
            await asyncio.sleep(0)

    def _received(self, raw: bytes) -> None:
        if self._left is not None and raw[0] == wire.LogData.TYPE:
            self._left -= 1
        if self._left is not None and self._left < 0:
            self._lose("pulled out")
            return
        self._deliver(raw)

    async def send(self, frame: Frame) -> None:
        self._uart.feed(wrap(frame.encode()))

    async def _close(self) -> None:
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
def band(monkeypatch: pytest.MonkeyPatch) -> Band:
    band = Band()
    monkeypatch.setattr("host_sdk.client.make_transport", band.link)
    monkeypatch.setattr(log_command, "_PAUSE_S", 0.0)
    return band


@pytest.fixture
def recorded(band: Band) -> Band:
    """It has recorded the ECG for half a minute, and does no more."""
    assert main(["log", "start", "band", "--results", "beats,events"]) == 0
    band.wait(30)
    assert main(["log", "stop", "band"]) == 0
    band.wait(1)
    return band


def called(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, dict[str, Any], str]:
    """(exit code, what it printed as JSON, what is on stderr)."""
    capsys.readouterr()
    code = main(["log", *map(str, arguments), "--json"])
    shown = capsys.readouterr()
    return code, json.loads(shown.out) if shown.out else {}, shown.err


def shown(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    """What it prints for people."""
    capsys.readouterr()
    assert main(["log", *map(str, arguments)]) == 0
    return capsys.readouterr().out


def test_from_the_first_command_to_an_edf_file(band: Band, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "band.vblog"
    assert shown(capsys, "status", "band") == "off: 0 chunks to pull, 5628 KiB free\n"
    assert "records from now on: ecg, accel, beats, readings, events" in shown(
        capsys, "start", "band", "--streams", "ecg,accel"
    )
    band.wait(20)
    status = shown(capsys, "status", "band").splitlines()
    assert status[0].startswith("recording: ")
    assert status[1].endswith(" h more as it has recorded")
    assert shown(capsys, "stop", "band") == "band: records no more\n"
    band.wait(1)
    pulled = shown(capsys, "pull", "band", "--out", file)
    assert pulled == f"{file}: {band.end} chunks more, {band.end} in all\n"
    (line,) = shown(capsys, "list", file).splitlines()
    assert line.endswith(" s  ecg, accel")
    assert "time not set" not in line
    assert shown(capsys, "erase", "band") == f"everything before chunk {band.end} is being erased\n"
    assert shown(capsys, "status", "band").startswith("erasing: 0 chunks to pull")
    assert main(["record", f"log:{file}", "--out", str(tmp_path / "walk"), "--format", "edf"]) == 0
    assert (tmp_path / "walk" / "recording.edf").stat().st_size > 10_000


@pytest.mark.parametrize("chunk", [0, 3, -1])
def test_a_bit_that_flipped_in_the_file_is_mended_by_the_next_pull(
    recorded: Band, tmp_path: Path, capsys: pytest.CaptureFixture[str], chunk: int
) -> None:
    file = tmp_path / "log"
    assert main(["log", "pull", "band", "--out", str(file)]) == 0
    with LogFile(file) as kept:
        raw = list(kept.chunks())[chunk].raw
    data = bytearray(file.read_bytes())
    data[data.index(raw) + len(raw) // 2] ^= 1
    file.write_bytes(data)
    code, printed, errors = called(capsys, "list", file)
    assert (code, printed) == (1, {})
    assert errors.startswith(f"vitalband log: {file}: chunk ")
    assert errors.endswith("`vitalband log salvage` makes a file of all that is sound\n")
    assert main(["record", f"log:{file}", "--out", str(tmp_path / "walk")]) == 1
    assert f"{file}: chunk " in capsys.readouterr().err
    code, done, errors = called(capsys, "pull", "band", "--out", file)
    assert (code, errors, done["new"], done["missing"], done["damaged"]) == (0, "", 1, [], [])
    with LogFile(file) as kept:
        assert {each.raw for each in kept.chunks()} == recorded.raw()
    assert called(capsys, "list", file)[0] == 0


@pytest.mark.parametrize("encrypted", [False, True])
@pytest.mark.parametrize("sectors", [8, 30])
def test_a_log_that_is_full_drops_the_oldest_says_how_much_and_is_read_from_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, sectors: int, encrypted: bool
) -> None:
    """One recording that is longer than the ring: its first start is the first to go."""
    monkeypatch.setattr(regions, "log_sectors", lambda _: sectors)
    monkeypatch.setenv("VITALBAND_KEYS", str(tmp_path / "keys"))
    band, file = Band(), tmp_path / "log"
    monkeypatch.setattr("host_sdk.client.make_transport", band.link)
    if encrypted:
        assert main(["log", "encrypt", "band"]) == 0
    # the calendar is set somewhere in between: host's time less device's
    least_s = time.time()
    most_s = -band.simulation.clock.now / 1e6
    assert main(["log", "start", "band", "--streams", "ecg,accel"]) == 0
    least_s -= band.simulation.clock.now / 1e6
    most_s += time.time()
    band.wait(10 * sectors)
    assert main(["log", "stop", "band"]) == 0
    band.wait(1)
    oldest, dropped = band.simulation.device.log.store.oldest, band.simulation.device.log.store.dropped()
    assert oldest == dropped > band.end // 3
    assert f"\n  {dropped} chunks dropped\n" in shown(capsys, "status", "band")
    assert called(capsys, "status", "band")[1]["dropped"] == dropped
    pulled = shown(capsys, "pull", "band", "--out", file)
    assert pulled.endswith(f"\n  {dropped} chunks had made room before: the log was full\n")
    assert "room before" not in shown(capsys, "pull", "band", "--out", file), "it was said, and what is there is home"
    _, listed, _ = called(capsys, "list", file)
    with LogFile(file) as kept:
        (recording,) = recordings(kept)
        numbers = [chunk.number for chunk in kept.chunks() if chunk.kind in DATA_KINDS]
        assert recording.numbers == numbers, "all that is there is of it"
        began = kept.chunk(numbers[0]).tick_us
        seqs = [
            wire.Samples.decode(frame.payload).seq
            for frame in recording.frames(kept)
            if frame.type == wire.Samples.TYPE and frame.payload[0] == wire.Stream.ECG
        ]
    assert seqs == list(range(seqs[0], seqs[0] + len(seqs)))
    assert seqs[0] > 0
    assert recording.tick_us == began
    assert recording.began is not None
    assert least_s - 2 < recording.began.timestamp() - began / 1e6 < most_s + 2
    assert listed["chunks"] == len(numbers)
    assert main(["record", f"log:{file}", "--out", str(tmp_path / "walk"), "--format", "edf"]) == 0
    assert "accel" in capsys.readouterr().out


def test_a_long_recording_that_is_pulled_now_and_then_stays_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(regions, "log_sectors", lambda _: 10)
    band, file = Band(), tmp_path / "log"
    monkeypatch.setattr("host_sdk.client.make_transport", band.link)
    assert main(["log", "start", "band"]) == 0
    for _ in range(4):
        band.wait(40)
        assert main(["log", "pull", "band", "--out", str(file)]) == 0
    capsys.readouterr()
    assert main(["log", "list", str(file)]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert line.split()[0] == "0"
    with LogFile(file) as kept:
        (recording,) = recordings(kept)
        starts = [chunk.number for chunk in kept.chunks() if chunk.kind == Kind.START]
        assert len(starts) > 3
        assert sorted([*starts, *recording.numbers]) == kept.numbers == list(range(len(kept)))
    assert main(["log", "stop", "band"]) == 0
    assert main(["log", "start", "band"]) == 0
    band.wait(5)
    assert main(["log", "pull", "band", "--out", str(file)]) == 0
    with LogFile(file) as kept:
        assert len(recordings(kept)) == 2, "one that was asked for anew is another one"


@pytest.mark.parametrize("action", ["start", "stop", "status", "erase"])
def test_a_file_refuses_what_only_a_device_can_do(
    recorded: Band, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, action: str
) -> None:
    file = tmp_path / "log"
    assert called(capsys, "pull", "band", "--out", file)[0] == 0
    monkeypatch.setattr("host_sdk.client.make_transport", make_transport)
    code, printed, errors = called(capsys, action, f"log:{file}")
    assert (code, printed) == (1, {})
    assert errors.startswith(f"vitalband log: log {file}: refused ")


def test_status_as_json_has_what_the_device_says(recorded: Band, capsys: pytest.CaptureFixture[str]) -> None:
    code, status, errors = called(capsys, "status", "band")
    assert (code, errors) == (0, "")
    assert (status.pop("state"), status.pop("end"), status.pop("dropped")) == ("off", recorded.end, 0)
    assert status.pop("mode") == "off"
    assert set(status) == {"oldest", "acknowledged", "capacity", "free", "left_s", "lost_frames", "bad_sectors"}
    assert status["capacity"] > status["free"] > status["capacity"] - 40_000


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), {"mode": "always", "streams": ["ecg"], "results": ["beats", "readings", "events"]}),
        (("--when", "worn", "--results", "none"), {"mode": "worn", "streams": ["ecg"], "results": []}),
        (("--when", "alarm"), {"mode": "alarm", "streams": ["ecg"], "results": ["beats", "readings", "events"]}),
        (
            ("--when", "every:10", "--for", "30", "--results", "none"),
            {"mode": "schedule", "streams": ["ecg"], "results": []},
        ),
        (
            ("--streams", "none", "--results", "events,beats"),
            {"mode": "always", "streams": [], "results": ["beats", "events"]},
        ),
    ],
)
def test_start_says_what_it_records(
    band: Band, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], said: dict[str, Any]
) -> None:
    assert called(capsys, "start", "band", *arguments) == (0, said, "")
    assert called(capsys, "stop", "band") == (0, {"mode": "off"}, "")


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("--streams", "none", "--results", "none"), "nothing to record"),
        (("--streams", "ppg_green"), "has no stream ppg_green"),
        (("--streams", "eeg"), "no stream 'eeg'"),
        (("--results", "beats,status"), "no result 'status'"),
        (("--results", ""), "no result ''"),
        (("--when", "never"), "'never' is none of always, worn, alarm"),
        (("--when", "every:0"), "1 to 1440 minutes"),
        (("--when", "24:00"), "'24:00' is none of"),
        (("--when", "1:00,2:00,3:00,4:00,5:00"), "keeps 4 at most"),
        (("--when", "every:10", "--for", "70000"), "no whole number of seconds up to 65535"),
        (("--when", "every:10", "--for", "0"), "longer than nothing"),
        (("--for", "60"), "--for is of a schedule"),
    ],
)
def test_what_cannot_be_recorded_is_refused_in_a_line(
    band: Band, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], why: str
) -> None:
    try:
        code, printed, errors = called(capsys, "start", "band", *arguments)
    except SystemExit as usage:
        code, printed, errors = int(str(usage.code)), {}, capsys.readouterr().err
    assert code != 0
    assert printed == {}
    assert why in errors.splitlines()[-1]
    band.wait(3)
    assert band.end == 0


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="this system has no time zone of a process")
def test_times_of_day_are_those_of_this_computer(band: Band, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "XYZ-5:30")
    time.tzset()
    try:
        assert main(["log", "start", "band", "--when", "07:30,2:15", "--for", "90"]) == 0
    finally:
        monkeypatch.undo()
        time.tzset()
    settings = band.simulation.device.settings
    numbers = (wire_gen.SETTING_LOG_TIME_1, wire_gen.SETTING_LOG_TIME_2, wire_gen.SETTING_LOG_TIME_3)
    assert [settings.get(number) for number in numbers] == [120, 1245, 1440]
    assert (settings.get(wire_gen.SETTING_LOG_EVERY), settings.get(wire_gen.SETTING_LOG_FOR)) == (0, 90)


def test_what_begins_only_after_the_erasing_says_so(
    recorded: Band, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "erased" not in shown(capsys, "trigger", "band", "--for", "5")
    assert shown(capsys, "trigger", "band", "--for", "0") == "band: the recording on request ends\n"
    main(["log", "stop", "band"])
    recorded.wait(1)
    shown(capsys, "pull", "band", "--out", tmp_path / "log")
    shown(capsys, "erase", "band")
    for action in (["start", "band"], ["trigger", "band", "--for", "5"]):
        first, second = shown(capsys, *action).splitlines()
        assert first.startswith("band: records ")
        assert second.startswith("  not before the log is erased")
    assert len(shown(capsys, "trigger", "band", "--for", "0").splitlines()) == 1


def test_a_schedule_is_printed_with_its_length(band: Band, capsys: pytest.CaptureFixture[str]) -> None:
    assert shown(capsys, "start", "band", "--when", "every:10").startswith("band: records every 10 min for 60 s: ecg")
    printed = shown(capsys, "start", "band", "--when", "every:10", "--for", "5")
    assert printed.startswith("band: records every 10 min for 5 s: ecg")


def test_a_recording_that_is_not_in_the_file_is_refused_with_those_that_are(
    recorded: Band, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "log"
    shown(capsys, "pull", "band", "--out", file)
    with LogFile(file) as pulled:
        (number,) = (recording.start for recording in recordings(pulled))
    assert main(["record", f"log:{file}?recording={number + 9}", "--out", str(tmp_path / "none")]) == 1
    assert capsys.readouterr().err.endswith(f"no recording {number + 9}, only {number}\n")
    assert main(["record", f"log:{file}?recording={number}", "--out", str(tmp_path / "walk")]) == 0


def test_a_recording_on_request(band: Band, capsys: pytest.CaptureFixture[str]) -> None:
    assert called(capsys, "trigger", "band", "--for", "5") == (0, {"for_s": 5}, "")
    band.wait(2)
    code, status, _ = called(capsys, "status", "band")
    assert (code, status["state"], status["mode"]) == (0, "recording", "off")
    band.wait(5)
    assert called(capsys, "status", "band")[1]["state"] == "off"
    assert band.end > 0


@pytest.mark.parametrize("seed", range(3))
def test_a_link_that_is_lost_again_and_again_brings_every_chunk_once(
    recorded: Band, tmp_path: Path, capsys: pytest.CaptureFixture[str], seed: int
) -> None:
    chance = Random(seed)
    recorded.cuts = [chance.randrange(1, 25) for _ in range(6)]
    recorded.links = 0
    code, done, errors = called(capsys, "pull", "band", "--out", tmp_path / "log")
    assert (code, done["chunks"], done["missing"]) == (0, recorded.end, [])
    assert recorded.links == 7
    assert errors.count("pulled out; trying again") == 6
    with LogFile(tmp_path / "log") as file:
        chunks = list(file.chunks())
    assert [chunk.number for chunk in chunks] == list(range(recorded.end))
    assert {chunk.raw for chunk in chunks} == recorded.raw()
    assert recorded.acknowledged == recorded.end


def test_a_log_of_another_chip_is_not_pulled_into_the_file(
    recorded: Band, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "log"
    assert called(capsys, "pull", "band", "--out", file)[0] == 0
    before = file.read_bytes()
    recorded.simulation = (younger := Band()).simulation
    assert main(["log", "start", "band", "--results", "beats,events"]) == 0
    recorded.wait(45)
    assert main(["log", "stop", "band"]) == 0
    recorded.wait(1)
    code, _, errors = called(capsys, "pull", "band", "--out", file)
    assert code == 1
    assert f"{file}: chunk " in errors
    assert "is another one in the device's log; it began anew, as on another chip: pull into another file" in errors
    assert (file.read_bytes(), younger.acknowledged) == (before, 0)
    code, done, _ = called(capsys, "pull", "band", "--out", tmp_path / "another")
    assert (code, done["chunks"], younger.acknowledged) == (0, younger.end, younger.end)


def test_a_pull_that_was_given_up_goes_on_in_the_same_file(
    recorded: Band, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recorded.cuts = [0] * 19 + [20] + [0] * 20
    recorded.links = 0
    code, _, errors = called(capsys, "pull", "band", "--out", tmp_path / "log")
    assert (code, recorded.links) == (1, 40)
    assert errors.splitlines()[-1] == "vitalband log: 20 links in a row brought nothing more: band: pulled out"
    with LogFile(tmp_path / "log") as file:
        there = len(file)
    assert 0 < there < recorded.end
    assert recorded.acknowledged == 0
    _, done, _ = called(capsys, "pull", "band", "--out", tmp_path / "log")
    assert (done["new"], done["chunks"]) == (recorded.end - there, recorded.end)
    _, again, _ = called(capsys, "pull", "band", "--out", tmp_path / "log")
    assert (again["new"], again["chunks"]) == (0, recorded.end)


def test_nothing_is_erased_before_it_was_pulled(
    recorded: Band, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = recorded.raw()
    code, _, errors = called(capsys, "erase", "band")
    assert code != 0
    assert errors == "vitalband log: band: has more than was pulled: first `vitalband log pull`\n"
    recorded.wait(5)
    assert recorded.raw() == before
    called(capsys, "pull", "band", "--out", tmp_path / "log")
    main(["log", "start", "band"])
    recorded.wait(5)
    code, _, errors = called(capsys, "erase", "band")
    assert code != 0
    assert "first `vitalband log stop` and then `vitalband log pull`" in errors
    assert recorded.raw() >= before
    main(["log", "stop", "band"])
    recorded.wait(1)
    called(capsys, "pull", "band", "--out", tmp_path / "log")
    assert called(capsys, "erase", "band") == (0, {"erased_before": recorded.end}, "")
    status = called(capsys, "status", "band")[1]
    assert (status["state"], status["oldest"]) == ("erasing", recorded.end)


@pytest.mark.parametrize("size", [0, 10, 500, 5000])
def test_a_disk_that_is_full_is_said_and_nothing_is_acknowledged(
    recorded: Band, tmp_path: Path, capsys: pytest.CaptureFixture[str], size: int
) -> None:
    capsys.readouterr()
    with largest_file(size):
        code = main(["log", "pull", "band", "--out", str(tmp_path / "log")])
    errors = capsys.readouterr().err
    assert code != 0
    assert errors == f"vitalband log: {tmp_path / 'log'}: File too large\n"
    assert recorded.acknowledged == 0
    code, done, _ = called(capsys, "pull", "band", "--out", tmp_path / "log")
    assert (code, done["chunks"]) == (0, recorded.end)
    with LogFile(tmp_path / "log") as file:
        assert {chunk.raw for chunk in file.chunks()} == recorded.raw()
    assert recorded.acknowledged == recorded.end


def test_nothing_recorded_is_an_empty_answer(band: Band, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "log"
    assert called(capsys, "pull", "band", "--out", file) == (
        0,
        {"out": str(file), "chunks": 0, "new": 0, "missing": [], "damaged": [], "dropped": 0},
        "",
    )
    assert called(capsys, "list", file) == (0, {}, "")
    assert called(capsys, "erase", "band") == (0, {"erased_before": 0}, "")


def test_a_device_without_flash_says_so(band: Band, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    band.simulation.flash.power_off()
    band.simulation.reset()
    assert shown(capsys, "status", "band") == "no flash: 0 chunks to pull, 0 KiB free\n"
    for action in ("start", "stop"):
        code, _, errors = called(capsys, action, "band")
        assert code != 0
        assert errors == "vitalband log: band: has no flash to record to, or none that works\n"
    code, _, errors = called(capsys, "pull", "band", "--out", tmp_path / "log")
    assert (code, errors) == (1, "vitalband log: band: has no flash to record to, or none that works\n")
    assert not (tmp_path / "log").exists()
    assert called(capsys, "erase", "band")[0] != 0


@pytest.mark.parametrize("dies_after", [0, 1, 40])
def test_a_chip_that_dies_is_said_by_a_pull_which_goes_on_when_it_is_back(
    recorded: Band, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, dies_after: int
) -> None:
    chip, file, left = recorded.simulation.flash, tmp_path / "log", [dies_after]
    received = Cable._received

    def receive(cable: Cable, raw: bytes) -> None:
        if raw[0] == wire.LogData.TYPE:
            left[0] -= 1
        if left[0] < 0 or not dies_after:
            chip.powered = False
        received(cable, raw)

    monkeypatch.setattr(Cable, "_received", receive)
    began_us = recorded.simulation.clock.now
    code, _, errors = called(capsys, "pull", "band", "--out", file)
    assert (code, errors) == (1, f"vitalband log: band: its flash chip does not answer; {file} has what came\n")
    assert recorded.simulation.clock.now - began_us < 3_000_000
    assert recorded.acknowledged == 0
    assert shown(capsys, "status", "band").startswith("failed: ")
    monkeypatch.setattr(Cable, "_received", received)
    chip.power_on()
    recorded.wait(2.1)
    assert called(capsys, "pull", "band", "--out", file)[0] == 0
    with LogFile(file) as pulled:
        assert {pulled.chunk(number).raw for number in pulled.numbers} == recorded.raw()


@pytest.mark.parametrize("seed", range(3))
def test_a_damaged_dump_gives_a_file_of_what_can_be_read(
    recorded: Band, tmp_path: Path, capsys: pytest.CaptureFixture[str], seed: int
) -> None:
    chance = Random(seed)
    dump = bytearray(recorded.dump())
    at = chance.randrange(4096, 3 * 4096)
    dump[at : at + 300] = chance.randbytes(300)
    (tmp_path / "dump").write_bytes(dump)
    code, done, errors = called(capsys, "salvage", tmp_path / "dump", "--out", tmp_path / "log")
    assert (code, errors) == (0, "")
    assert recorded.end - 4 <= done["chunks"] < recorded.end
    with LogFile(tmp_path / "log") as file:
        assert {chunk.raw for chunk in file.chunks()} < recorded.raw()
        (recording,) = recordings(file)
    _, listed, _ = called(capsys, "list", tmp_path / "log")
    assert (listed["recording"], listed["chunks"]) == (recording.start, len(recording.numbers))
    code, _, errors = called(capsys, "salvage", tmp_path / "dump", "--out", tmp_path / "log")
    assert code != 0
    assert errors.endswith("is there already\n")


def test_what_is_no_dump_and_no_file_is_said_in_a_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "text").write_text("hello")
    for arguments, why in (
        (("salvage", tmp_path / "text", "--out", tmp_path / "new"), "no chunk of a log can be read in it"),
        (("salvage", tmp_path / "nothing", "--out", tmp_path / "new"), "No such file or directory"),
        (("list", tmp_path / "text"), "no file of a device's log"),
        (("list", tmp_path / "nothing"), "there is no such file"),
        (("list", tmp_path), "Is a directory"),
    ):
        code, printed, errors = called(capsys, *arguments)
        assert (code != 0, printed) == (True, {})
        assert errors.endswith(f": {why}\n")
    assert not (tmp_path / "new").exists()
    assert (tmp_path / "text").read_text() == "hello"
