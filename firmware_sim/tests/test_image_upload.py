"""Uploads into a slot of a chip that fails now and then: what is said to be there is there, or it began anew."""

from __future__ import annotations

from hashlib import sha256
from random import Random
from types import SimpleNamespace
from typing import Any

import cbor2
import pytest

from firmware_sim.bootloader.flash import ChipFlash
from firmware_sim.firmware.services import image_slot
from firmware_sim.firmware.services.image_slot import ImageSlot
from firmware_sim.firmware.services.smp import image_group
from firmware_sim.firmware.services.smp.fragments import SmpFragments
from firmware_sim.firmware.services.smp.image_group import ImageGroup
from firmware_sim.firmware.services.smp.server import SmpServer
from firmware_sim.testing.boot_rig import BootRig, image
from firmware_sim.testing.smp_requests import answered

READ, WRITE = 0, 2
BROKEN = {"rc": 1, "rsn": "error 5 of the device"}
DATA = image((2, 0, 0, 0), Random(4).randbytes(4_300))
NEVER = 1 << 30


class FailingFlash(ChipFlash):
    """A chip whose operation of that number fails, and how: an error, or bits that are not kept."""

    def __init__(self, rig: BootRig) -> None:
        super().__init__(rig.chip, lambda us: rig.clock.run_until(rig.clock.now + us))
        self.operations = 0
        self.fails_at = NEVER
        #: So many operations from there on.
        self.times = 1
        self.keeps = True

    def _fails(self) -> bool:
        self.operations += 1
        return self.fails_at <= self.operations - 1 < self.fails_at + self.times

    def read(self, address: int, out: bytearray | memoryview) -> None:
        if self._fails():
            raise OSError(5)
        super().read(address, out)

    def wait(self, most_ms: int = 0) -> None:
        if self._fails():
            raise OSError(5)
        super().wait()

    def erase(self, address: int, size: int = 4096) -> None:
        if self._fails():
            raise OSError(5)
        super().erase(address, size)

    def program(self, address: int, data: bytes | bytearray | memoryview) -> None:
        failing = self._fails()
        if failing and self.keeps:
            raise OSError(5)
        super().program(address, bytes(bit | 0x10 for bit in data) if failing else data)


class Device:
    """Group 1 on two slots of a small chip."""

    def __init__(self) -> None:
        self.rig = BootRig()
        self.rig.put(0, image((1, 0, 0, 0)))
        self.flash = FailingFlash(self.rig)
        layout = self.rig.layout
        slots = tuple(ImageSlot(self.flash, at, layout.slot_bytes) for at in (layout.slot_0, layout.slot_1))
        self.server = SmpServer()
        self.group = ImageGroup(slots, self.server, lambda: self.rig.clock.now // 1000, lambda: 1000, sha256)  # type: ignore[arg-type]
        self.server.add(self.group)

    def request(self, command: int, operation: int, body: dict[str, Any], peer: str = "a link") -> Any:
        payload = cbor2.dumps(body)
        frame = bytes((0x08 | operation, 0)) + len(payload).to_bytes(2, "big") + bytes((0, 1, 9, command)) + payload
        return cbor2.loads(answered(self.server, frame, peer)[8:])

    def part(self, at: int, chunk: int, data: bytes = DATA) -> Any:
        return self.part_of("a link", at, chunk, data)

    def part_of(self, peer: str, at: int, chunk: int, data: bytes = DATA) -> Any:
        body: dict[str, Any] = {"off": at, "data": data[at : at + chunk]}
        if not at:
            body |= {"len": len(data), "sha": sha256(data).digest()}
        return self.request(1, WRITE, body, peer)

    def upload(self, chunk: int, retries: int = 40) -> tuple[Any, int]:
        """The last answer, as a client has it that sends a part again where it was refused; and the refusals."""
        at = refusals = 0
        while True:
            answer = self.part(at, chunk)
            if "off" not in answer:
                refusals += 1
                assert refusals < retries
                continue
            at = answer["off"]
            if at == len(DATA):
                return answer, refusals

    def in_slot(self) -> bytes:
        return self.rig.chip.cells.read(self.rig.layout.slot_1, len(DATA))

    def images(self) -> list[int]:
        return [state["slot"] for state in self.request(0, READ, {})["images"]]


def operations_of_an_upload(chunk: int) -> int:
    device = Device()
    assert device.upload(chunk) == ({"off": len(DATA), "match": True}, 0)
    return device.flash.operations


@pytest.mark.parametrize("keeps", [True, False])
@pytest.mark.parametrize("chunk", [256, 600])
def test_whatever_operation_fails_a_retry_ends_with_the_whole_file_in_the_slot(chunk: int, keeps: bool) -> None:
    noticed = 0
    for operation in range(operations_of_an_upload(chunk)):
        device = Device()
        device.flash.fails_at, device.flash.keeps = operation, keeps
        answer, refusals = device.upload(chunk)
        assert answer == {"off": len(DATA), "match": True}, operation
        assert device.in_slot() == DATA
        assert device.images() == [0, 1]
        noticed += refusals
    assert noticed >= operations_of_an_upload(chunk) - 1, "each failure is said once"


@pytest.mark.parametrize("at", [0, 256, 4096, 4352, len(DATA) - 1])
@pytest.mark.parametrize("chunk", [256, 600])
def test_a_page_that_never_keeps_its_bits_never_lets_an_upload_end(at: int, chunk: int) -> None:
    device = Device()
    address = device.rig.layout.slot_1 + at
    cells = device.rig.chip.cells
    program = cells.program
    bad = [True]

    def stuck(first: int, data: bytes) -> None:
        if bad[0] and first <= address < first + len(data):
            data = data[: address - first] + b"\xff" + data[address - first + 1 :]
        program(first, data)

    cells.program = stuck  # type: ignore[method-assign, assignment]
    offset = rounds = 0
    while rounds < 60:
        answer = device.part(offset, chunk)
        assert answer == BROKEN or answer["off"] < len(DATA)
        offset = answer.get("off", offset)
        rounds += answer == BROKEN
    assert device.part(len(DATA) - 1, 1) in (BROKEN, {"off": 0})
    assert device.images() == [0]
    bad[0] = False
    assert device.upload(chunk)[0] == {"off": len(DATA), "match": True}
    assert device.in_slot() == DATA


def test_a_chip_that_fails_for_good_refuses_each_part_and_is_no_image() -> None:
    device = Device()
    for at in range(0, 2000, 500):
        assert device.part(at, 500) == {"off": at + 500}
    device.flash.fails_at, device.flash.times = device.flash.operations, NEVER
    assert device.part(2000, 500) == {"off": 2500}, "it is written when that is out"
    assert device.part(2500, 500) == BROKEN
    assert device.part(2500, 500) == {"off": 0}
    assert device.part(0, 500) == BROKEN
    device.flash.fails_at = NEVER
    assert device.part(2000, 500) == {"off": 0}, "nor when it is well again"
    assert device.upload(500) == ({"off": len(DATA), "match": True}, 0)


def test_match_is_of_what_the_flash_has(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page whose check does not see what is wrong with it."""
    monkeypatch.setattr(image_slot, "crc32", lambda _data: 0)
    for operation in range(operations_of_an_upload(500)):
        device = Device()
        device.flash.fails_at, device.flash.keeps = operation, False
        answer, _ = device.upload(500)
        assert answer["match"] is (device.in_slot() == DATA)


def test_an_upload_of_another_link_ends_by_a_failure_too() -> None:
    device = Device()
    assert device.part(0, 500) == {"off": 500}
    device.rig.clock.run_until(device.rig.clock.now + 11_000_000)
    device.flash.fails_at = device.flash.operations
    payload = cbor2.dumps({"off": 0, "data": DATA[:64], "len": len(DATA), "sha": bytes(31) + b"\1"})
    frame = b"\x0a\x00" + len(payload).to_bytes(2, "big") + b"\x00\x01\x07\x01" + payload
    assert cbor2.loads(answered(device.server, frame, "another link")[8:]) == BROKEN
    assert device.part(500, 500) == {"off": 0}
    assert device.upload(500) == ({"off": len(DATA), "match": True}, 0)


def test_a_part_that_fails_behind_its_answer_is_reported_to_its_client_alone() -> None:
    device = Device()
    assert device.part(0, 500) == {"off": 500}
    device.flash.fails_at = device.flash.operations
    assert device.part(500, 500) == {"off": 1000}, "it is written when that is out"
    device.flash.fails_at = NEVER
    assert device.part_of("another link", 1000, 500) == {"off": 0}
    assert device.part(1000, 500) == BROKEN
    assert device.part(1000, 500) == {"off": 0}
    assert device.upload(500) == ({"off": len(DATA), "match": True}, 0)


def test_the_next_central_of_a_link_is_not_refused_by_what_failed_before_it() -> None:
    device = Device()
    fragments = SmpFragments(device.server)
    link: Any = SimpleNamespace(smp_rest=0, smp_idle=0)
    assert device.part_of(link, 0, 500) == {"off": 500}
    device.flash.fails_at = device.flash.operations
    assert device.part_of(link, 500, 500) == {"off": 1000}, "it is written when that is out"
    device.flash.fails_at = NEVER
    fragments.restart(SimpleNamespace(smp_rest=0, smp_idle=0))
    assert device.part_of(link, 1000, 500) == BROKEN, "another one went"
    assert device.part_of(link, 0, 500) == {"off": 500}
    device.flash.fails_at = device.flash.operations
    assert device.part_of(link, 500, 500) == {"off": 1000}
    device.flash.fails_at = NEVER
    fragments.restart(link)
    assert device.part_of(link, 1000, 500) == {"off": 0}


def test_an_upload_is_resumed_by_the_next_connection() -> None:
    device = Device()
    fragments = SmpFragments(device.server)
    link: Any = SimpleNamespace(smp_rest=0, smp_idle=0)
    for at in (0, 500):
        assert device.part_of(link, at, 500) == {"off": at + 500}
    fragments.restart(link)
    assert device.part_of(link, 0, 500) == {"off": 1000}


def test_another_client_begins_where_an_upload_has_failed() -> None:
    device = Device()
    assert device.part(0, 500) == {"off": 500}
    device.flash.fails_at = device.flash.operations
    assert device.part(500, 500) == {"off": 1000}
    device.flash.fails_at = NEVER
    for at in range(0, 1500, 500):
        assert device.part_of("another link", at, 500) == {"off": at + 500}
    assert device.part(1000, 500)["rc"] == 10, "another one has it"
    assert device.part_of("another link", 1500, 500) == {"off": 2000}


def test_an_erased_slot_knows_nothing_of_the_upload_that_failed_in_it() -> None:
    device = Device()
    assert device.part(0, 500) == {"off": 500}
    device.flash.fails_at = device.flash.operations
    assert device.part(500, 500) == {"off": 1000}, "it is written when that is out"
    device.flash.fails_at = NEVER
    assert device.request(5, WRITE, {}) == {}
    assert device.upload(500) == ({"off": len(DATA), "match": True}, 0)


def test_without_memory_for_a_part_an_upload_is_refused_and_the_slot_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    device = Device()
    assert device.upload(500) == ({"off": len(DATA), "match": True}, 0)

    def full(_size: int) -> bytearray:
        raise MemoryError

    monkeypatch.setattr(image_group, "bytearray", full, raising=False)
    assert device.part(0, 500)["rc"] == 2
    assert device.images() == [0, 1]
    assert device.in_slot() == DATA


@pytest.mark.parametrize(("at", "count"), [(500, 500), (1000, 0), (0, 500), (7, 3)])
def test_who_sends_nothing_new_keeps_no_upload(at: int, count: int) -> None:
    device = Device()
    for begin in (0, 500):
        assert device.part(begin, 500) == {"off": begin + 500}
    for _ in range(5):
        device.rig.clock.run_until(device.rig.clock.now + 3_000_000)
        assert device.part(at, count) == {"off": 1000}
        answer = device.part_of("another link", 0, 500, DATA[:-4] + b"else")
        if device.rig.clock.now > 10_500_000:
            break
        assert answer["rc"] == 10
    assert answer == {"off": 500}
    assert device.part(1000, 500)["rc"] == 10, "it is the other one's now"


def test_who_sends_a_little_now_and_then_goes_on() -> None:
    device = Device()
    assert device.part(0, 500) == {"off": 500}
    for begin in range(500, 1500, 100):
        device.rig.clock.run_until(device.rig.clock.now + 9_000_000)
        assert device.part_of("another link", 0, 500, DATA[:-4] + b"else")["rc"] == 10
        assert device.part(begin, 100) == {"off": begin + 100}
