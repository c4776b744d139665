"""Group 8, files: against the package `smp`, over the driver and littlefs, with refusals as Zephyr words them."""

from __future__ import annotations

import zlib
from hashlib import sha256
from random import Random
from typing import Any

import cbor2
import pytest
from smp import file_management as files

from firmware_sim.firmware.flash_regions import FILES_BYTES, SECTOR
from firmware_sim.firmware.flash_storage import FlashStorage
from firmware_sim.firmware.services.smp.file_group import FileGroup
from firmware_sim.firmware.services.smp.server import PENDING, SmpServer
from firmware_sim.mcu.littlefs import VfsLfs2
from firmware_sim.testing.flash_rig import FlashRig as Flash
from firmware_sim.testing.smp_requests import answered

DATA = Random(8).randbytes(20_000)
NAME = "/files/curve.bin"


class Host:
    """The group of one device, and its clients."""

    def __init__(self, flash: Flash | None = None) -> None:
        self.flash = flash or Flash()
        self.files = FlashStorage(self.flash.driver, VfsLfs2)
        self.now_ms = 0
        self.server = SmpServer()
        self.group = FileGroup(self.files, self.server, lambda: self.now_ms, sha256)
        self.server.add(self.group)

    def call(self, request: Any, peer: object = 1) -> Any:
        return cbor2.loads(answered(self.server, request.BYTES, peer)[8:])

    def old(self, request: Any) -> Any:
        """The answer to the same request of version 1, without its reason."""
        frame = bytes((request.BYTES[0] & 7,)) + request.BYTES[1:]
        answer = cbor2.loads(answered(self.server, frame, 1)[8:])
        answer.pop("rsn", None)
        return answer

    def upload(self, data: bytes, name: str = NAME, begin: int = 0, end: int | None = None, peer: object = 1) -> Any:
        answer: Any = {"off": begin}
        stop = len(data) if end is None else end
        while answer.get("off", stop) < stop or (not data and answer == {"off": begin}):
            at = answer["off"]
            part = data[at : min(at + 600, stop)]
            answer = self.call(
                files.FileUploadRequest(name=name, off=at, data=part, len=None if at else len(data)), peer
            )
            if not data:
                break
        return answer

    def download(self, name: str = NAME, peer: object = 1) -> bytes:
        got, length = b"", 0
        while True:
            answer = self.call(files.FileDownloadRequest(name=name, off=len(got)), peer)
            if not got:
                length = answer["len"]
            got += bytes(answer["data"])
            if len(got) == length:
                return got

    def length(self, name: str = NAME) -> Any:
        return self.call(files.FileStatusRequest(name=name)).get("len")


def refused(group_code: int) -> dict[str, Any]:
    return {"err": {"group": 8, "rc": group_code}}


@pytest.mark.parametrize("length", [1, 32, 600, 4095, 4096, 4097, 20_000])
def test_what_was_uploaded_is_downloaded_and_outlives_a_restart(length: int) -> None:
    host = Host()
    assert host.upload(DATA[:length]) == {"off": length}
    assert host.download() == DATA[:length]
    again = Host(host.flash)
    assert again.length() == length
    assert again.download() == DATA[:length]


def test_a_file_is_replaced_and_emptied() -> None:
    host = Host()
    host.upload(DATA)
    host.upload(DATA[5:705])
    assert host.download() == DATA[5:705]
    assert host.upload(b"") == {"off": 0}
    assert host.length() == 0
    assert host.download() == b""


def test_sums_are_those_of_other_programs() -> None:
    host = Host()
    host.upload(DATA)
    supported = host.call(files.SupportedFileHashChecksumTypesRequest())
    assert supported == {"types": {"crc32": {"format": 0, "size": 4}, "sha256": {"format": 1, "size": 32}}}
    answer = host.call(files.FileHashChecksumRequest(name=NAME))
    assert answer == {"type": "crc32", "len": len(DATA), "output": zlib.crc32(DATA)}
    answer = host.call(files.FileHashChecksumRequest(name=NAME, type="sha256", off=7, len=5000))
    assert answer == {"type": "sha256", "off": 7, "len": 5000, "output": sha256(DATA[7:5007]).digest()}
    answer = host.call(files.FileHashChecksumRequest(name=NAME, type="crc32", off=19_990, len=5000))
    assert answer == {"type": "crc32", "off": 19_990, "len": 10, "output": zlib.crc32(DATA[-10:])}


@pytest.mark.parametrize("how", ["the link", "the supply", "the client", "closed"])
def test_an_upload_goes_on_where_the_file_ends(how: str) -> None:
    host = Host()
    assert host.upload(DATA, end=9000) == {"off": 9000}
    if how == "the client":
        for _ in range(21):
            host.now_ms += 500
            host.group.poll()
    elif how == "closed":
        assert host.call(files.FileCloseRequest(), peer=2) == {}
    elif how == "the supply":
        assert host.length() == 9000
        host.upload(DATA, begin=9000, end=12_000)
        host = Host(host.flash)  # of one that went on every answered part is on flash
    begin = host.length()
    assert begin == (12_000 if how == "the supply" else 9000)
    assert host.upload(DATA, begin=begin, peer=3) == {"off": len(DATA)}
    assert host.download() == DATA


def test_a_part_that_comes_twice_counts_once() -> None:
    host = Host()
    for at in range(0, 2400, 600):
        for _ in range(2):
            request = files.FileUploadRequest(
                name=NAME, off=at, data=DATA[at : at + 600], len=3000 if at == 0 else None
            )
            assert host.call(request) == {"off": at + 600}
    assert host.call(files.FileUploadRequest(name=NAME, off=2999, data=b"x")) == {"off": 2400}
    assert host.upload(DATA[:3000], begin=2400) == {"off": 3000}
    assert host.download() == DATA[:3000]


def test_two_uploaders_at_once() -> None:
    host = Host()
    host.upload(DATA, end=1200, peer=1)
    other = files.FileUploadRequest(name="/files/other", off=0, data=b"x", len=1)
    assert host.call(other, peer=2) == {"rc": 10, "rsn": "another upload is under way"}
    assert host.call(files.FileDownloadRequest(name=NAME, off=0), peer=2)["len"] == 1200
    host.now_ms += 9_000
    assert host.upload(DATA, begin=1200, end=1800, peer=1) == {"off": 1800}
    host.now_ms += 10_001
    assert host.call(other, peer=2) == {"off": 1}
    assert host.length() == 1800


@pytest.mark.parametrize(("length", "sent"), [(0, 1), (2, 3), (599, 600), (FILES_BYTES, 5)])
def test_a_first_part_that_is_refused_leaves_the_file_as_it_was(length: int, sent: int) -> None:
    host = Host()
    host.upload(DATA[:700])
    assert host.call(files.FileUploadRequest(name=NAME, off=0, data=DATA[-sent:], len=length)) == refused(10)
    assert host.download() == DATA[:700]
    assert host.call(files.FileUploadRequest(name=NAME, off=0, data=DATA[-sent:], len=sent)) == {"off": sent}
    assert host.download() == DATA[-sent:]


@pytest.mark.parametrize(
    ("request_", "old", "new"),
    [
        (files.FileStatusRequest(name="/files/none"), {"rc": 5}, refused(3)),
        (files.FileHashChecksumRequest(name="/files/none"), {"rc": 5}, refused(3)),
        (files.FileDownloadRequest(name="/files/none", off=0), {"rc": 5}, refused(3)),
        (files.FileUploadRequest(name="/files/none", off=5, data=b"x"), {"rc": 5}, refused(3)),
        (files.FileUploadRequest(name=NAME, off=7, data=b"x"), {"rc": 1}, refused(11)),
        (files.FileDownloadRequest(name=NAME, off=701), {"rc": 1}, refused(12)),
        (files.FileHashChecksumRequest(name=NAME, off=700), {"rc": 1}, refused(12)),
        (files.FileHashChecksumRequest(name="/files/empty"), {"rc": 1}, refused(16)),
        (files.FileUploadRequest(name=NAME, off=0, data=b"xx", len=1), {"rc": 1}, refused(10)),
        (files.FileUploadRequest(name=NAME, off=0, data=b"xx", len=FILES_BYTES), {"rc": 1}, refused(10)),
    ],
)
def test_refusals_have_the_forms_that_zephyr_gives_them(request_: Any, old: Any, new: Any) -> None:
    host = Host()
    host.upload(DATA[:700])
    host.upload(b"", "/files/empty")
    assert host.old(request_) == old
    answer = host.call(request_)
    assert answer == new


@pytest.mark.parametrize(
    ("command", "operation", "body"),
    [
        (0, 0, {"off": 0}),
        (0, 0, {"name": NAME}),
        (0, 0, {"name": NAME, "off": -1}),
        (0, 0, {"name": NAME, "off": 1 << 32}),
        (0, 0, {"name": 5, "off": 0}),
        (0, 0, {"name": "", "off": 0}),
        (0, 2, {"name": NAME, "off": 0, "data": b"x"}),
        (0, 2, {"name": NAME, "off": 0, "data": "x", "len": 1}),
        (0, 2, {"name": NAME, "off": 0, "data": b"x", "len": True}),
        (1, 0, {}),
        (2, 0, {"name": NAME, "len": 0}),
        (2, 0, {"name": NAME, "type": 1}),
    ],
)
def test_a_request_without_what_it_needs_has_one_refusal_in_both_forms(
    command: int, operation: int, body: dict[str, Any]
) -> None:
    host = Host()
    host.upload(DATA[:700])
    payload = cbor2.dumps(body)
    for version in (0, 1):
        head = bytes((version << 3 | operation, 0)) + len(payload).to_bytes(2, "big") + bytes((0, 8, 1, command))
        assert cbor2.loads(answered(host.server, head + payload, 1)[8:])["rc"] == 3
    assert host.download() == DATA[:700]


def test_a_sum_that_is_not_there() -> None:
    host = Host()
    payload = cbor2.dumps({"name": NAME, "type": "md5"})
    head = bytes((8, 0)) + len(payload).to_bytes(2, "big") + bytes((0, 8, 1, 2))
    assert cbor2.loads(answered(host.server, head + payload, 1)[8:]) == refused(13)


@pytest.mark.parametrize(
    "name",
    [
        *("/files/../bonds", "/files/..", "/files/.", "/files/", "/files", "/bonds", "bonds", "files/a", "/files/a/b"),
        *("/files//bonds", "/../bonds", "/files/a\\b", "/files/a\0b", "/files/a\nb", "/files/\x7f", "/FILES/a"),
        *("/files/a\x9b", "/files/\x80", "/files/\u202ea", "/files/a\u2028"),
        *("/settings.a", "/files/" + "x" * 65, "/files/" + "é" * 33),
    ],
)
def test_a_path_out_of_the_folder_is_refused_by_name_and_changes_nothing(name: str) -> None:
    host = Host()
    host.files.put("bonds", b"keys")
    host.upload(DATA[:700])
    before = host.flash.chip.operations
    for request in (
        files.FileUploadRequest(name=name, off=0, data=b"x", len=1),
        files.FileUploadRequest(name=name, off=4, data=b"x"),
        files.FileDownloadRequest(name=name, off=0),
        files.FileStatusRequest(name=name),
        files.FileHashChecksumRequest(name=name),
    ):
        assert host.old(request) == {"rc": 3}
        assert host.call(request) == refused(2)
    assert host.flash.chip.operations == before
    assert host.files.get("bonds") == b"keys"


def test_names_of_64_bytes_are_taken() -> None:
    host = Host()
    for name in ("x" * 64, "é" * 32, "..a", "a b", "-"):
        assert host.upload(DATA[:100], "/files/" + name) == {"off": 100}
        assert host.download("/files/" + name) == DATA[:100]


def test_a_flash_that_is_full_refuses_with_its_room_and_keeps_what_is_there() -> None:
    host = Host()
    storage = host.files
    storage.put("bonds", b"keys")
    half = Random(1).randbytes(FILES_BYTES // 2)
    assert host.upload(half) == {"off": len(half)}
    room = host.files.room()
    request = files.FileUploadRequest(name="/files/b", off=0, data=b"x", len=room + 1)
    frame = bytes((request.BYTES[0] & 7,)) + request.BYTES[1:]
    refusal = cbor2.loads(answered(host.server, frame, 1)[8:])
    assert refusal == {"rc": 1, "rsn": f"{room + 1} bytes, there is room for {room}"}
    assert host.length("/files/b") is None
    rest = Random(2).randbytes(room - 3 * SECTOR)
    assert host.upload(rest, "/files/b") == {"off": len(rest)}
    # the firmware's own files have room still, also when another one comes in the place of the largest
    storage.put("bonds", b"other keys" * 200)
    assert storage.get("bonds") == b"other keys" * 200
    assert host.download() == half
    assert host.download("/files/b") == rest
    assert host.upload(b"", "/files/b") == {"off": 0}
    assert host.files.room() > room - 3 * SECTOR


def test_files_without_bytes_leave_the_firmware_its_room_too() -> None:
    host = Host()
    host.upload(b"1")
    assert host.upload(bytes(host.files.room() - SECTOR), "/files/big")["off"] > 0
    answer, count = {"off": 0}, 0
    while answer == {"off": 0}:
        name = f"/files/{count:03d}" + "x" * 58
        answer = host.call(files.FileUploadRequest(name=name, off=0, data=b"", len=0))
        count += 1
        assert count < 200
    assert answer == refused(10)
    assert host.old(files.FileUploadRequest(name=name, off=0, data=b"", len=0)) == {"rc": 1}
    assert host.length(name) is None
    assert host.files.system().statvfs("/")[3] >= 6
    assert host.upload(b"") == {"off": 0}, "one that is there can be emptied"
    assert host.upload(b"", "/files/big") == {"off": 0}
    assert host.upload(b"", name) == {"off": 0}


def test_a_chip_that_fails_is_named_and_the_next_upload_is_taken_when_it_works() -> None:
    host = Host()
    host.upload(DATA[:700], "/files/before")
    host.upload(DATA, end=6000)
    host.flash.chip.power_off()
    answer = host.upload(DATA, begin=6000)
    assert answer == {"rc": 1, "rsn": "the flash chip does not answer"}
    host.flash.chip.power_on()
    assert host.flash.driver.look()
    host.files.mounted[0] = None
    assert host.upload(DATA) == {"off": len(DATA)}
    assert host.download() == DATA
    assert host.download("/files/before") == DATA[:700]


@pytest.mark.parametrize("fraction", [0.0, 0.3, 0.7, 1.0])
def test_a_cut_in_any_operation_of_an_upload_leaves_all_other_files(fraction: float) -> None:
    operation = 0
    while True:
        host = Host(Flash(operation))
        host.files.put("bonds", b"keys")
        host.upload(DATA[:900], "/files/other")
        if not host.flash.cut(operation, fraction, lambda host=host: host.upload(DATA[:6000])):  # type: ignore[misc]
            assert operation > 20
            return
        again = Host(host.flash)
        assert again.files.get("bonds") == b"keys"
        assert again.download("/files/other") == DATA[:900]
        assert again.length() in (None, 0, 6000)
        assert again.upload(DATA[:6000]) == {"off": 6000}
        assert again.download() == DATA[:6000]
        operation += 3


@pytest.mark.parametrize("keeps", [True, False])
def test_whatever_program_or_erase_fails_a_part_that_is_sent_again_is_in_the_file_once(keeps: bool) -> None:
    data, operation, failing = DATA[:5_000], 0, True
    refusals = 0
    while failing:
        host = Host()
        driver, count = host.flash.driver, [0]

        def program(address: int, part: Any, inner: Any = driver.program, count: list[int] = count) -> None:
            count[0] += 1
            if count[0] - 1 == operation:  # noqa: B023
                if keeps:
                    raise OSError(5)
                part = bytes(byte | 0x10 for byte in part)
            inner(address, part)

        def erase(address: int, inner: Any = driver.erase, count: list[int] = count) -> None:
            count[0] += 1
            if count[0] - 1 == operation and keeps:  # noqa: B023
                raise OSError(5)
            inner(address)

        driver.program, driver.erase = program, erase  # type: ignore[method-assign, assignment]
        at = tries = 0
        while at < len(data):
            length = None if at else len(data)
            answer = host.call(files.FileUploadRequest(name=NAME, off=at, data=data[at : at + 600], len=length))
            if "off" in answer:
                at = answer["off"]
                continue
            refusals += 1
            tries += 1
            assert tries < 10
            if answer == refused(11):  # as a client that asks where the file ends
                at = host.length()
        failing = count[0] > operation
        assert host.download() == data, operation
        operation += 1
    assert operation > 20
    assert (refusals > 10) is keeps, "bits that are not kept littlefs itself writes elsewhere"


class Waiting:
    """A request that is answered in steps, of one peer."""

    def __init__(self, host: Host, request: Any, peer: object = 1) -> None:
        self._server, self._peer = host.server, peer
        self._room = memoryview(bytearray(host.server.longest))
        self._room[: len(request.BYTES)] = request.BYTES
        self.made = host.server.handle(self._room[: len(request.BYTES)], self._room, peer)

    def step(self) -> int:
        self.made = self._server.go_on(self._room, self._peer)
        return self.made

    def answer(self) -> Any:
        while self.made == PENDING:
            self.step()
        self._server.answered(self._peer)
        return cbor2.loads(bytes(self._room[8 : self.made]))


@pytest.mark.parametrize(("kind", "made"), [("crc32", zlib.crc32), ("sha256", lambda data: sha256(data).digest())])
def test_a_sum_is_made_in_steps_of_a_sector(kind: Any, made: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    host = Host()
    data = Random(9).randbytes(100_000)
    host.upload(data)
    read = [0]
    readblocks = FlashStorage.readblocks

    def counted(self: FlashStorage, block: int, buf: Any, offset: int = 0) -> int:
        read[0] += len(buf)
        return readblocks(self, block, buf, offset)

    monkeypatch.setattr(FlashStorage, "readblocks", counted)
    waiting = Waiting(host, files.FileHashChecksumRequest(name=NAME, type=kind, off=1000))
    steps = []
    while waiting.made == PENDING:
        steps.append(read[0])
        waiting.step()
        read[0] = 0
    assert len(steps) == 25
    assert max(steps) < 6000
    assert waiting.answer() == {"type": kind, "len": 99_000, "off": 1000, "output": made(data[1000:])}
    assert waiting.step() == 0, "it is answered once"


def test_between_steps_others_are_answered_or_refused_by_name_and_the_sum_goes_on() -> None:
    host = Host()
    host.upload(DATA)
    waiting = Waiting(host, files.FileHashChecksumRequest(name=NAME))
    busy = {"rc": 10, "rsn": "a sum is under way"}
    for peer in (1, 2):
        assert waiting.step() == PENDING
        other = files.FileHashChecksumRequest(name=NAME, type="sha256")
        assert host.call(other, peer) == busy
        assert host.call(files.SupportedFileHashChecksumTypesRequest(), peer)["types"]
        assert host.call(files.FileStatusRequest(name=NAME), peer) == {"len": len(DATA)}
        assert host.call(files.FileDownloadRequest(name=NAME, off=0), peer) == busy
        assert host.call(files.FileUploadRequest(name="/files/x", off=0, data=b"a", len=1), peer) == busy
        assert host.call(files.FileUploadRequest(name=NAME, off=len(DATA), data=b"a"), peer) == busy
        assert host.call(files.FileCloseRequest(), peer) == {}
    assert host.server.go_on(memoryview(bytearray(720)), 2) == 0, "it is none of theirs"
    assert waiting.answer()["output"] == zlib.crc32(DATA)
    assert host.call(files.FileStatusRequest(name="/files/x")) == refused(3)
    assert host.download(peer=2) == DATA


@pytest.mark.parametrize("steps", [0, 1, 3])
def test_who_requests_the_same_sum_again_gets_it_by_the_last_request(steps: int) -> None:
    host = Host()
    host.upload(DATA)
    waiting = Waiting(host, files.FileHashChecksumRequest(name=NAME, off=7))
    for _ in range(4):
        for _ in range(steps):
            if waiting.made == PENDING:
                waiting.step()
        if waiting.made != PENDING:
            break
        again = files.FileHashChecksumRequest(name=NAME, off=7)
        waiting = Waiting(host, again)
        assert waiting.made == PENDING
        assert Waiting(host, again, peer=2).made != PENDING, "another client's sum is another one"
    answer = waiting.answer()
    assert answer["output"] == zlib.crc32(DATA[7:])
    assert waiting._room[6] == again.header.sequence
    assert host.call(files.FileHashChecksumRequest(name=NAME), 2)["output"] == zlib.crc32(DATA)


def test_who_goes_leaves_no_sum_behind() -> None:
    host = Host()
    host.upload(DATA)
    waiting = Waiting(host, files.FileHashChecksumRequest(name=NAME))
    host.server.is_gone(2)
    assert waiting.step() == PENDING
    host.server.is_gone(1)
    assert waiting.step() == 0
    assert host.call(files.FileHashChecksumRequest(name=NAME), 2)["output"] == zlib.crc32(DATA)


def test_a_sum_that_nobody_goes_on_with_keeps_nobody_out() -> None:
    host = Host()
    host.upload(DATA)
    waiting = Waiting(host, files.FileHashChecksumRequest(name=NAME))
    assert waiting.step() == PENDING
    assert host.call(files.FileHashChecksumRequest(name=NAME), 2)["rc"] == 10
    host.now_ms += 10_000
    assert host.call(files.FileHashChecksumRequest(name=NAME), 2)["output"] == zlib.crc32(DATA)


@pytest.mark.parametrize("how", ["another's download", "another's sum", "its link", "a restart", "silence", "close"])
@pytest.mark.parametrize("part", [600, 37])
def test_an_upload_that_went_on_is_on_flash_when_it_is_answered_as_whole(how: str, part: int) -> None:
    host = Host()
    data = DATA[:9000]
    host.upload(DATA[:3000], "/files/other")
    host.upload(data, end=6000)
    if how == "another's download":
        host.call(files.FileDownloadRequest(name="/files/other", off=0), 2)
    elif how == "another's sum":
        host.call(files.FileHashChecksumRequest(name="/files/other"), 2)
    elif how == "its link":
        host.server.is_gone(1)
    elif how == "a restart":
        host.length()
        host = Host(host.flash)
    elif how == "silence":
        host.now_ms += 10_001
        host.group.poll()
    else:
        host.call(files.FileCloseRequest(), 2)
    at = 6000
    while at < len(data):
        answer = host.call(files.FileUploadRequest(name=NAME, off=at, data=data[at : at + part]), 3)
        assert answer == {"off": min(at + part, len(data))}
        at = answer["off"]
    assert Host(host.flash).download() == data
    other = files.FileUploadRequest(name="/files/next", off=0, data=b"x", len=1)
    if how != "a restart":
        assert host.call(other, 4) == {"off": 1}, "it is closed"


def test_of_an_upload_whose_length_nobody_knows_each_answered_part_is_on_flash() -> None:
    host = Host()
    host.upload(DATA[:1000])
    for at in range(1000, 8000, 500):
        part = files.FileUploadRequest(name=NAME, off=at, data=DATA[at : at + 500])
        assert host.call(part, 3) == {"off": at + 500}
        assert Host(host.flash).length() == at + 500
    assert Host(host.flash).download() == DATA[:8000]


def test_a_longer_upload_than_was_announced_before_it_was_broken_off_is_whole_too() -> None:
    host = Host()
    host.upload(DATA[:5000], end=3000)
    host.server.is_gone(1)
    assert host.upload(DATA[:7300], begin=3000, peer=2) == {"off": 7300}
    assert Host(host.flash).download() == DATA[:7300]


def test_a_client_that_sends_nothing_keeps_no_upload_open() -> None:
    host = Host()
    host.upload(DATA, end=1200, peer=1)
    for data, off in ((b"", 1200), (b"again", 600)) * 4:
        host.now_ms += 3000
        host.call(files.FileUploadRequest(name=NAME, off=off, data=data), 1)
        if host.now_ms >= 10_000:
            break
    assert host.call(files.FileUploadRequest(name="/files/other", off=0, data=b"x", len=1), 2) == {"off": 1}
    assert host.length() == 1200


@pytest.mark.parametrize("parts", [(b"",), (b"x",), (b"x", b"y"), (b"x" * 500, b"y" * 500, b"")])
@pytest.mark.parametrize("names", [("/files/z",), ("/files/z", "/files/y")])
def test_a_client_that_begins_again_and_again_keeps_no_upload_open(
    parts: tuple[bytes, ...], names: tuple[str, ...]
) -> None:
    host, answered_at = Host(), []
    for turn in range(8):
        off = 0
        for part in parts:
            name = names[turn % len(names)]
            request = files.FileUploadRequest(name=name, off=off, data=part, len=None if off else 2000)
            assert host.call(request, 1) in ({"off": off + len(part)}, {"rc": 10, "rsn": "another upload is under way"})
            off += len(part)
        for _ in range(18):
            host.now_ms += 500
            host.group.poll()
            if host.call(files.FileUploadRequest(name=NAME, off=0, data=b"a", len=1), 2) == {"off": 1}:
                answered_at.append(host.now_ms)
    assert len(answered_at) > 30, "it is let in again and again"
    assert answered_at[0] <= 10_500


def test_who_begins_again_and_gets_on_is_not_disturbed() -> None:
    host = Host()
    host.upload(DATA, end=1200, peer=1)
    host.now_ms += 9_000
    for at in range(0, len(DATA), 600):
        request = files.FileUploadRequest(name=NAME, off=at, data=DATA[at : at + 600], len=None if at else len(DATA))
        assert host.call(request, 1)["off"] == min(at + 600, len(DATA))
        host.now_ms += 100 if at < 1200 else 9_000
        host.group.poll()
        if at < len(DATA) - 600:
            assert host.call(files.FileUploadRequest(name="/files/b", off=0, data=b"a", len=1), 2)["rc"] == 10
    assert Host(host.flash).download() == DATA


@pytest.mark.parametrize("peer", [1, 2])
@pytest.mark.parametrize("how", ["its link", "silence", "another's download", "close"])
@pytest.mark.parametrize("whole", [9000, 20_600])
def test_whoever_goes_on_with_an_upload_of_whatever_length_has_on_flash_what_was_answered(
    how: str, peer: int, whole: int
) -> None:
    """The length that was announced may be another client's, also on the same link."""
    host = Host()
    data = DATA + DATA[:2000]
    host.upload(DATA[:700], "/files/other")
    host.upload(DATA, end=6000, peer=1)
    if how == "its link":
        host.server.is_gone(1)
    elif how == "silence":
        host.now_ms += 10_001
        host.group.poll()
    elif how == "another's download":
        host.call(files.FileDownloadRequest(name="/files/other", off=0), 3)
    elif how == "close":
        host.call(files.FileCloseRequest(), 3)
    assert host.length() == 6000
    for at in range(6000, whole, 500):
        end = min(at + 500, whole)
        request = files.FileUploadRequest(name=NAME, off=at, data=data[at:end])
        assert host.call(request, peer) == {"off": end}
        if end % 4000 == 0 or end == whole:
            assert Host(host.flash).length() == end
    assert Host(host.flash).download() == data[:whole]


@pytest.mark.parametrize("length", [7000, 20_000, 30_000, 0])
@pytest.mark.parametrize("by", [1, 2])
@pytest.mark.parametrize("between", ["nothing", "download", "sum", "status"])
def test_a_download_goes_on_with_no_other_file(length: int, by: int, between: str) -> None:
    host = Host()
    new = Random(5).randbytes(length)
    host.upload(DATA, "/files/other")
    host.upload(DATA)
    got = b""
    for _ in range(5):
        got += bytes(host.call(files.FileDownloadRequest(name=NAME, off=len(got)), 1)["data"])
    assert host.call(files.FileDownloadRequest(name="/files/other", off=0), 3)["len"] == len(DATA)
    if between == "download":
        host.call(files.FileDownloadRequest(name="/files/other", off=0), by)
    elif between == "sum":
        host.call(files.FileHashChecksumRequest(name="/files/other"), by)
    elif between == "status":
        host.length()
    host.upload(new, peer=by)
    answer = host.call(files.FileDownloadRequest(name=NAME, off=len(got)), 1)
    if (by, between) == (1, "download"):
        return  # it began another one
    assert answer == refused(11)
    old = host.old(files.FileDownloadRequest(name=NAME, off=len(got)))
    assert old == {"rc": 1}
    assert host.download() == new
    rest = host.call(files.FileDownloadRequest(name="/files/other", off=500), 3)
    assert DATA[500:].startswith(bytes(rest["data"])), "another file is the same still"
    host.server.is_gone(1)
    assert host.download() == new


def test_a_download_goes_on_with_a_file_that_grew_or_was_refused_another() -> None:
    host = Host()
    host.upload(DATA, end=9000)
    got = bytes(host.call(files.FileDownloadRequest(name=NAME, off=0), 2)["data"])
    host.upload(DATA, begin=9000)
    assert host.call(files.FileUploadRequest(name=NAME, off=0, data=b"xx", len=1), 1) == refused(10)
    host.call(files.FileDownloadRequest(name="/files/none", off=0), 2)
    while len(got) < 9000:
        got += bytes(host.call(files.FileDownloadRequest(name=NAME, off=len(got)), 2)["data"])
    assert DATA.startswith(got)


@pytest.mark.parametrize("request_", ["download", "status", "sum", "upload"])
def test_whatever_read_fails_a_download_that_goes_on_is_the_file(
    request_: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One read of the chip fails, anywhere: of the download itself, or of another request beside it."""
    readblocks, count, failing = FlashStorage.readblocks, [0], [-1]
    data = DATA[:4000]

    def read(self: FlashStorage, block: int, buf: Any, offset: int = 0) -> int:
        count[0] += 1
        return -5 if count[0] - 1 == failing[0] else readblocks(self, block, buf, offset)

    host = Host()
    host.upload(data)
    host.upload(data, "/files/other")
    monkeypatch.setattr(FlashStorage, "readblocks", read)
    beside: dict[str, Any] = {
        "status": lambda: files.FileStatusRequest(name="/files/other"),
        "sum": lambda: files.FileHashChecksumRequest(name="/files/other"),
        "upload": lambda: files.FileUploadRequest(name="/files/other", off=4000, data=b"x"),
    }
    errors = 0
    while failing[0] < count[0]:
        failing[0] += 1
        count[0] = 0
        host = Host(host.flash)
        got, tries = b"", 0
        while len(got) < len(data):
            if request_ in beside and tries % 2 == 1:
                host.call(beside[request_](), 2)
            answer = host.call(files.FileDownloadRequest(name=NAME, off=len(got)))
            errors += "data" not in answer
            got += bytes(answer.get("data", b""))
            tries += 1
            assert tries < 30
        assert got == data, failing[0]
        if failing[0] > 60:
            break
    assert errors or request_ != "download"


def test_a_chip_that_fails_during_a_sum_is_an_error_and_the_next_one_is_right(monkeypatch: pytest.MonkeyPatch) -> None:
    host = Host()
    host.upload(DATA)
    waiting = Waiting(host, files.FileHashChecksumRequest(name=NAME))
    assert waiting.step() == PENDING
    with monkeypatch.context() as chip:
        chip.setattr(FlashStorage, "readblocks", lambda *_: -5)
        assert "rc" in waiting.answer() or "err" in waiting.answer()
    assert host.call(files.FileHashChecksumRequest(name=NAME))["output"] == zlib.crc32(DATA)
