"""A device for programs without an event loop."""

from __future__ import annotations

import asyncio
import gc
import signal
import subprocess
import sys
import threading
import time
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from firmware_sim.testing.interrupts import heed
from host_sdk import (
    AddressError,
    Beat,
    ConnectionLost,
    LinkError,
    LinkErrorKind,
    Reading,
    ReadingKind,
    RecordingError,
    ResponseTimeout,
    SampleBlock,
    Stream,
    VitalbandError,
    WrongUse,
    blocking,
)
from host_sdk import wire_gen as wire
from host_sdk.transports import simulated
from host_sdk.transports.simulated_options import SimulatedOptions

from .fake_device import FakeDevice, FakePort, FakeSimulated, beat, ramp, reading

BLOCKS = 6000  # more than may wait for a program


def first_items(device: FakeDevice) -> None:
    device.say(*(ramp(Stream.ECG, 25 * n, 25, n) for n in range(4)), beat(1, 30))
    device.say(reading(wire.ReadingKind.HEART_RATE, None, 9_000_000, wire.Reason.LEAD_OFF))
    device.say(reading(wire.ReadingKind.HEART_RATE, 712, 10_000_000))


class Talkative(FakeDevice):
    """Says what there is as soon as somebody subscribes to anything."""

    def receive(self, raw: bytes) -> None:
        before = self.subscribed
        super().receive(raw)
        if self.subscribed != before and self.subscribed != (0, 0):
            first_items(self)


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[FakeSimulated]:
    devices: list[FakeSimulated] = []

    async def open_device(options: SimulatedOptions) -> FakeSimulated:
        device = FakeSimulated(first_items)
        if options.record is None:
            device.device = Talkative(lambda raw: None)
            device.serial_port = FakePort(device.device)
        devices.append(device)
        return device

    monkeypatch.setattr(simulated, "find_provider", lambda target: open_device)
    return devices


def threads() -> set[str]:
    return {thread.name for thread in threading.enumerate() if thread.name.startswith("device ")}


@pytest.mark.parametrize("reconnect", [False, True])
def test_connect_read_iterate_and_close(made: list[FakeSimulated], reconnect: bool) -> None:
    with blocking.connect("sim:?link=serial", reconnect=reconnect) as device:
        assert device.info.model == "fake"
        assert Stream.ECG in device.streams
        assert device.read(ReadingKind.HEART_RATE, timeout_s=5).value == 71.2
        device.subscribe("ecg")
        got = list(device.items(seconds=0.3))
        assert device.sync_time() == device.clock
        device.set_wearer(wire.Sex.FEMALE)
        device.set_time()
        device.flush(["ecg"])
        assert device.timelines[Stream.ECG].received > 0
    assert not any(isinstance(item, SampleBlock) for item in got)  # it was said before these items began
    assert made[0].closed
    assert threads() == set()
    device.close()
    for call in (device.sync_time, lambda: next(device.items())):
        with pytest.raises(WrongUse, match=r"device sim:\?link=serial: closed"):
            call()


async def test_it_works_where_a_loop_runs_as_in_a_notebook(made: list[FakeSimulated]) -> None:
    with blocking.connect("sim:?link=serial") as device:
        assert device.read(ReadingKind.HEART_RATE, timeout_s=5).value == 71.2


def test_a_record_is_played_by_whoever_reads_it(made: list[FakeSimulated], tmp_path: Path) -> None:
    with blocking.connect("replay:db/1") as device:
        assert [type(item) for item in device.items()] == [SampleBlock] * 4 + [Beat, Reading, Reading]
        assert list(device.items()) == []
    with blocking.connect("replay:db/1") as device:
        assert device.record(tmp_path / "csv", "csv").state == "complete"
    assert (tmp_path / "csv" / "ecg.csv").read_text().count("\n") == 101


def test_a_recording_of_a_live_device_for_some_time(made: list[FakeSimulated], tmp_path: Path) -> None:
    with blocking.connect("sim:?link=serial") as device:
        began = time.monotonic()
        threading.Timer(0.1, device.subscribe, ["ecg"]).start()  # whereupon it says something
        metadata = device.record(tmp_path / "wfdb", seconds=2)
        assert time.monotonic() - began > 1.95
        assert metadata.state == "complete"
        assert sum(metadata.rows.values()) > 0


def test_a_length_of_time_that_is_none_records_nothing(made: list[FakeSimulated], tmp_path: Path) -> None:
    with blocking.connect("sim:?link=serial") as device:
        for seconds in (-5.0, 0.0, float("nan")):
            with pytest.raises(WrongUse, match="is no length of time to record"):
                device.record(tmp_path / "r", seconds=seconds)
    assert not (tmp_path / "r").exists()


def test_a_reading_by_its_word_is_wrong_use_at_once(made: list[FakeSimulated]) -> None:
    with blocking.connect("sim:?link=serial") as device:
        with pytest.raises(WrongUse, match=r"^'heart_rate' is no ReadingKind; they are HEART_RATE, "):
            device.read("heart_rate")  # type: ignore[arg-type]
        assert made[0].device.subscribed is None


def test_no_value_says_the_last_reason(made: list[FakeSimulated]) -> None:
    with blocking.connect("sim:?link=serial") as device:
        with pytest.raises(ResponseTimeout, match=r"^no spo2 within 0.2 s: none came$"):
            device.read(ReadingKind.SPO2, timeout_s=0.2)
        refused = reading(wire.ReadingKind.HEART_RATE, None, 1, wire.Reason.LEAD_OFF)
        device._thread.submit(_later(made[0].device, refused))
        with pytest.raises(ResponseTimeout, match=r"^no heart rate within 0.3 s: lead off$"):
            device.read(ReadingKind.HEART_RATE, timeout_s=0.3)


async def _later(device: FakeDevice, message: wire.AnyMessage) -> None:
    await asyncio.sleep(0.1)
    device.say(message)


def test_a_program_that_is_too_slow_gets_how_much_it_missed(made: list[FakeSimulated]) -> None:
    with blocking.connect("sim:?link=serial") as device:
        device.subscribe()
        reader = device.items(limit=10)
        device._thread.call(_say(made[0].device))
        got = []
        for item in reader:
            got.append(item)
            if isinstance(item, LinkError) and item.kind is LinkErrorKind.OVERFLOW:
                break
        assert len(got) < BLOCKS


async def _say(device: FakeDevice) -> None:
    device.say(*(ramp(Stream.ECG, 1000 + 25 * n, 25, n % 256) for n in range(BLOCKS)))


def test_listeners_run_in_the_device_s_thread_and_cannot_wait_for_it(made: list[FakeSimulated]) -> None:
    caught: list[Exception] = []
    ran_in: list[str] = []
    done = threading.Event()
    with blocking.connect("sim:?link=serial") as device:
        device.subscribe("ecg", wire.Results(0))

        def listener(_item: object) -> None:
            ran_in.append(threading.current_thread().name)
            try:
                device.sync_time()
            except WrongUse as error:
                caught.append(error)
            done.set()

        stop = device.listen(listener)
        device.subscribe()
        assert done.wait(5)
        stop()
    assert set(ran_in) == {"device sim:?link=serial"}
    assert "a listener runs in its thread and cannot wait for it" in str(caught[0])


def test_a_link_that_goes_away_ends_the_reading(made: list[FakeSimulated]) -> None:
    with blocking.connect("sim:?link=serial") as device:
        reader = device.items()
        on_stopped = made[0].on_stopped
        assert on_stopped is not None
        threading.Timer(0.2, device._thread._loop.call_soon_threadsafe, (on_stopped, RuntimeError("boom"))).start()
        with pytest.raises(ConnectionLost, match="the device died: boom"):
            list(reader)


def test_what_cannot_be_connected_leaves_no_thread() -> None:
    for address, kind in (("nowhere", AddressError), ("serial:/dev/no-such-port", VitalbandError)):
        with pytest.raises(kind):
            blocking.connect(address)
    assert threads() == set()


PROGRAM = """
import sys
from host_sdk import blocking
device = blocking.connect(sys.argv[1])
print("up", flush=True)
if sys.argv[2] == "items":
    for item in device.items():
        pass
elif sys.argv[2] == "record":
    device.record(sys.argv[3])
"""


@pytest.mark.parametrize("what", ["items", "record", "nothing"])
def test_ctrl_c_and_a_program_that_just_ends(tmp_path: Path, what: str) -> None:
    """In every case the link is closed: the device is told."""
    command = [sys.executable, "-c", PROGRAM, "sim:?link=serial", what, str(tmp_path / "walk")]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=heed
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        if what != "nothing":
            time.sleep(1.5)
            process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=20)
    if what == "nothing":
        assert (process.returncode, err) == (0, "")
        return
    assert process.returncode == -signal.SIGINT
    assert err.splitlines()[-1] == "KeyboardInterrupt"
    if what == "record":
        assert '"state": "complete"' in (tmp_path / "walk" / "recording.json").read_text()


def test_devices_in_threads_of_their_own_do_not_disturb_each_other() -> None:
    with ExitStack() as stack:
        devices = [stack.enter_context(blocking.connect("sim:?link=serial&pace=20")) for _ in range(3)]
        for device in devices:
            device.subscribe()
        counts = [len(list(device.items(seconds=2.0))) for device in devices]
        assert all(count > 0 for count in counts)
        assert [device.sync_time().uncertainty_us > 0 for device in devices] == [True, True, True]


def test_closed_by_another_thread(made: list[FakeSimulated], tmp_path: Path) -> None:
    device = blocking.connect("sim:?link=serial")
    closers = [threading.Timer(0.3, device.close) for _ in range(3)]
    for closer in closers:
        closer.start()
    with suppress(WrongUse, RecordingError):  # nothing may have come before the link ended
        device.record(tmp_path / "walk", "csv")
    for closer in closers:
        closer.join(10)
    assert not any(closer.is_alive() for closer in closers)
    assert '"state": "recording"' not in (tmp_path / "walk" / "recording.json").read_text()
    device.close()


def test_items_that_nobody_takes_do_not_go_on(made: list[FakeSimulated]) -> None:
    with blocking.connect("sim:?link=serial") as device:
        with pytest.raises(WrongUse, match="is no number of seconds"):
            device.items(seconds=float("nan"))
        device.items()
        gc.collect()
        running = device._thread.call(_running_pumps())
        assert running == 0


async def _running_pumps() -> int:
    """How many tasks of the loop hand items over, once the cancelled ones have ended."""
    for _ in range(5):
        await asyncio.sleep(0)
    return sum("Device._pump(" in repr(task) for task in asyncio.all_tasks())
