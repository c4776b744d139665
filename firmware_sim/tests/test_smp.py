"""Management: the command core, against the packages `smp` and `cbor2` as independent peers."""

from __future__ import annotations

from typing import Any

import cbor2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from smp import enumeration_management, os_management, settings_management
from smp import zephyr_management as basic_management

from firmware_sim.firmware import wire_gen as wire
from firmware_sim.firmware.clock import DeviceClock
from firmware_sim.firmware.identity import Identity
from firmware_sim.firmware.services.smp.os_group import OsGroup
from firmware_sim.firmware.services.smp.server import ENUMERATION, Group, SmpServer
from firmware_sim.firmware.services.smp.settings_group import SettingsGroup
from firmware_sim.firmware.settings import Settings
from firmware_sim.testing.smp_requests import answered


class Calendar:
    def __init__(self) -> None:
        self.fields: tuple[int, ...] = (2000, 1, 1, 5, 0, 0, 0, 0)

    def datetime(self, fields: Any = None) -> Any:
        if fields is None:
            return self.fields
        self.fields = tuple(fields)
        return None


class Slots:
    def __init__(self) -> None:
        self.copies: dict[int, bytes] = {}
        self.full = False

    def read(self, slot: int) -> bytes | None:
        return self.copies.get(slot)

    def write(self, slot: int, data: bytes) -> None:
        if self.full:
            raise OSError(28)
        self.copies[slot] = data

    def settle(self, slot: int, copy: bytes | None) -> None: ...


class Host:
    """A device as the groups see it."""

    board_name = "reference"
    processor = "cortex-m3"

    def __init__(self) -> None:
        self.identity = Identity("vitalband", "ref", "0.1.0", bytes(range(8)), "vitalband", 1)
        self.clock = DeviceClock(Calendar())
        self.slots = Slots()
        self.settings = Settings(self.slots)
        self.resets: list[int] = []
        self.applied = 0
        self.server = SmpServer()
        settings = SettingsGroup(self.settings, wire.SETTINGS, wire.SETTING_NAMES, self.apply)
        self.server.add(OsGroup(self, self.server))
        self.server.add(settings)
        self.server.add(Group(*ENUMERATION, self.server))
        self.server.add(Group(63, "zephyr basic mgmt", (0, None, "erase"), settings))

    def apply(self) -> None:
        self.applied += 1

    def heap(self) -> tuple[int, int, int]:
        return 131072, 40000, 30000

    def tasks(self) -> dict[str, dict[str, int]]:
        return {"step": {"prio": 0, "tid": 0, "state": 2, "runtime": 1234}}

    def reset_in(self, ms: int) -> None:
        self.resets.append(ms)

    def request_recovery(self) -> None:
        raise AssertionError("there is no bootloader here")

    def call(self, request: Any) -> bytes:
        return self.raw(request.BYTES)

    def raw(self, frame: bytes) -> bytes:
        return answered(self.server, frame)


def frame_of(
    payload: bytes, *, group: int = 0, command: int = 0, operation: int = 2, version: int = 1, sequence: int = 9
) -> bytes:
    head = bytes((version << 3 | operation, 0)) + len(payload).to_bytes(2, "big") + group.to_bytes(2, "big")
    return head + bytes((sequence, command)) + payload


def body(response: bytes) -> Any:
    return cbor2.loads(response[8:])


@pytest.mark.parametrize("version", [0, 1])
def test_echo(version: int) -> None:
    host = Host()
    request = os_management.EchoWriteRequest(d="Grüße")
    assert os_management.EchoWriteResponse.loads(host.call(request)).r == "Grüße"
    for operation in (0, 2):
        answer = host.raw(frame_of(cbor2.dumps({"d": "x"}), operation=operation, version=version))
        assert body(answer) == {"r": "x"}
        assert answer[0] == version << 3 | operation + 1
        assert answer[6] == 9
    assert body(host.raw(frame_of(cbor2.dumps({}), version=version))) == {"r": ""}


def test_what_runs_and_how_much_memory_is_left() -> None:
    host = Host()
    tasks = os_management.TaskStatisticsReadResponse.loads(host.call(os_management.TaskStatisticsReadRequest()))
    assert tasks.tasks["step"].runtime == 1234
    parameters = os_management.MCUMgrParametersReadResponse.loads(
        host.call(os_management.MCUMgrParametersReadRequest())
    )
    assert (parameters.buf_size, parameters.buf_count) == (720, 1)
    pools = body(host.call(os_management.MemoryPoolStatisticsReadRequest()))
    assert pools == {"heap": {"blksiz": 1, "nblks": 131072, "nfree": 40000, "min": 30000}}


def test_date_and_time_are_unset_until_they_are_set() -> None:
    host = Host()
    read = os_management.DateTimeReadRequest()
    assert body(host.call(read)) == {"err": {"group": 0, "rc": 4}}
    write = os_management.DateTimeWriteRequest(datetime="2026-11-29T17:04:05.123456Z")
    assert body(host.call(write)) == {}
    answer = os_management.DateTimeReadResponse.loads(host.call(read))
    assert answer.datetime == "2026-11-29T17:04:05.123456"


@pytest.mark.parametrize(
    "text",
    [
        *("", "2026-11-29", "2026-02-30T00:00:00", "1999-01-01T00:00:00", "2026-11-29T17:04:xx"),
        *("2026-11-29T24:00:00", "2026-11-29T17:60:00", "2026-11-29T17:04:05."),
        *(
            f"2026-11-29T17:04:05{tail}"
            for tail in (
                "+99:99",
                "+24:00",
                "-01:60",
                "+1:00",
                "+01",
                "+0100",
                "01:00",
                ".Z",
                ".1234567890",
                "ZZ",
                " Z",
            )
        ),
    ],
)
def test_no_date_changes_nothing(text: str) -> None:
    host = Host()
    answer = body(host.raw(frame_of(cbor2.dumps({"datetime": text}), command=4)))
    assert answer["rc"] == 3
    assert host.clock.datetime()[0] == 2000


@pytest.mark.parametrize("tail", ["", "Z", "+01:00", "-05:30", "+23:59", "-00:00", ".5", ".123456789Z", ".5+14:00"])
def test_date_and_time_as_clients_write_them(tail: str) -> None:
    host = Host()
    assert body(host.raw(frame_of(cbor2.dumps({"datetime": "2026-11-29T17:04:05" + tail}), command=4))) == {}
    assert host.clock.datetime()[:3] == (2026, 11, 29)


def test_reset_answers_first() -> None:
    host = Host()
    assert body(host.call(os_management.ResetWriteRequest())) == {}
    assert host.resets == [250]
    assert body(host.raw(frame_of(cbor2.dumps({"boot_mode": 1}), command=5)))["rc"] == 3
    assert host.resets == [250]


@pytest.mark.parametrize(
    ("letters", "output"),
    [
        (None, "vitalband"),
        ("s", "vitalband"),
        ("nr", "vitalband-0607 0.1.0"),
        ("hi", "reference 0001020304050607"),
        ("a", "vitalband vitalband-0607 0.1.0 0.1.0 cortex-m3 cortex-m3 reference MicroPython"),
    ],
)
def test_information_by_letters(letters: str | None, output: str) -> None:
    request = os_management.OSApplicationInfoReadRequest(format=letters)
    assert os_management.OSApplicationInfoReadResponse.loads(Host().call(request)).output == output


def test_groups_are_enumerated() -> None:
    host = Host()
    listed = enumeration_management.ListOfGroupsResponse.loads(host.call(enumeration_management.ListOfGroupsRequest()))
    assert listed.groups == (0, 3, 10, 63)
    count = enumeration_management.GroupCountResponse.loads(host.call(enumeration_management.GroupCountRequest()))
    assert count.count == 4
    last = enumeration_management.GroupIdResponse.loads(host.call(enumeration_management.GroupIdRequest(index=3)))
    assert (last.group, last.end) == (63, True)
    details = enumeration_management.GroupDetailsResponse.loads(
        host.call(enumeration_management.GroupDetailsRequest(groups=(3, 77)))
    )
    assert [(group.group, group.name, group.handlers) for group in details.groups] == [(3, "settings mgmt", 4)]


def test_settings_are_read_written_deleted_and_reset() -> None:
    host = Host()
    name = "vitalband/wearer_sex"

    def read() -> bytes:
        answer = host.call(settings_management.ReadSettingRequest(name=name))
        return settings_management.ReadSettingResponse.loads(answer).val

    assert read() == b"\x00"
    assert body(host.call(settings_management.WriteSettingRequest(name=name, val=b"\x02"))) == {}
    assert read() == b"\x02"
    assert Settings(host.slots).get(wire.SETTING_WEARER_SEX) == 2
    assert body(host.call(settings_management.DeleteSettingRequest(name=name))) == {}
    assert read() == b"\x00"
    host.call(settings_management.WriteSettingRequest(name=name, val=b"\x01"))
    for request in (
        settings_management.CommitSettingsRequest(),
        settings_management.LoadSettingsRequest(),
        settings_management.SaveSettingsRequest(),
    ):
        assert body(host.call(request)) == {}
    assert body(host.call(basic_management.EraseStorageRequest())) == {}
    assert read() == b"\x00"
    assert host.applied == 4


@pytest.mark.parametrize(
    ("value", "rc"),
    [(b"\x03", 3), (b"", 3), (b"\x00\x00", 3)],
)
def test_a_setting_of_the_wrong_length_or_range_changes_nothing(value: bytes, rc: int) -> None:
    host = Host()
    request = settings_management.WriteSettingRequest(name="vitalband/wearer_sex", val=value)
    assert body(host.call(request))["rc"] == rc
    assert host.applied == 0
    assert host.slots.copies == {}


@pytest.mark.parametrize("version", [0, 1])
@pytest.mark.parametrize("name", ["wearer_sex", "device_name"])
@pytest.mark.parametrize("value", [2, "x", None, True, 1.5, [b"\0"], {"val": b"\0"}, "missing"])
def test_a_setting_of_the_wrong_type_is_refused_by_name_and_changes_nothing(
    value: object, name: str, version: int
) -> None:
    host = Host()
    request: dict[str, object] = {"name": f"vitalband/{name}"}
    if value != "missing":
        request["val"] = value
    answer = body(host.raw(frame_of(cbor2.dumps(request), group=3, operation=2, version=version)))
    assert answer["rc"] == 3
    assert answer["rsn"].startswith(("val is ", "no value begins with "))
    assert host.applied == 0
    assert host.slots.copies == {}


@pytest.mark.parametrize("name", ["device_name", "wearer_name", "contacts"])
def test_a_text_is_its_utf_8_and_gone_after_a_reset(name: str) -> None:
    host = Host()
    full, text = f"vitalband/{name}", "Zoë Ömer".encode()

    def read() -> bytes:
        answer = host.call(settings_management.ReadSettingRequest(name=full))
        return settings_management.ReadSettingResponse.loads(answer).val

    assert read() == b""
    assert body(host.call(settings_management.WriteSettingRequest(name=full, val=text))) == {}
    assert read() == text
    for wrong, reason in ((b"x" * 161, "161 bytes, not"), (b"\xff", "no UTF-8"), (b"a\x1bb", "a control character")):
        answer = body(host.call(settings_management.WriteSettingRequest(name=full, val=wrong)))
        assert answer["rc"] == 3
        assert reason in answer["rsn"]
    assert read() == text
    assert body(host.call(basic_management.EraseStorageRequest())) == {}
    assert read() == b""
    assert not any(text in copy for copy in host.slots.copies.values())


def test_a_setting_that_cannot_be_stored_says_so() -> None:
    host = Host()
    host.slots.full = True
    answer = body(host.call(settings_management.WriteSettingRequest(name="vitalband/wearer_sex", val=b"\x01")))
    assert answer == {"rc": 1, "rsn": "error 28 of the device"}
    assert host.settings.get(wire.SETTING_WEARER_SEX) == 0


@pytest.mark.parametrize(
    ("frame", "old", "new"),  # as Zephyr 4.4 answers
    [
        (frame_of(cbor2.dumps({}), group=99), {"rc": 8}, {"rc": 8}),
        (frame_of(cbor2.dumps({}), command=99), {"rc": 8}, {"rc": 8}),
        (frame_of(cbor2.dumps({}), command=5, operation=0), {"rc": 8}, {"rc": 8}),
        (frame_of(b"\xff"), {"rc": 3}, {"rc": 3}),
        (frame_of(b"\x01"), {"rc": 3}, {"rc": 3}),
        # text, bytes, an array, a map and a number that are longer than the frame
        (frame_of(b"\xa1\x61d\x79\x02\xc8abc"), {"rc": 3}, {"rc": 3}),
        (frame_of(b"\xa1\x61d\x7b" + b"\xff" * 8 + b"abc"), {"rc": 3}, {"rc": 3}),
        (frame_of(b"\xa1\x61d\x5a\x00\x01\x00\x00abc"), {"rc": 3}, {"rc": 3}),
        (frame_of(b"\xa1\x61d\x9a\x80\x00\x00\x00\x01"), {"rc": 3}, {"rc": 3}),
        (frame_of(b"\xbb\x00\x00\x00\x00\x00\x00\x00\x09\x61d\x01"), {"rc": 3}, {"rc": 3}),
        (frame_of(b"\xa1\x61d\x1b\x00"), {"rc": 3}, {"rc": 3}),
        (frame_of(cbor2.dumps({"format": "q"}), command=7, operation=0), {"rc": 3}, {"err": {"group": 0, "rc": 2}}),
        (
            frame_of(cbor2.dumps({"name": "x"}), group=3, operation=0),
            {"rc": 1},
            {"err": {"group": 3, "rc": 5}},
        ),
        (
            frame_of(cbor2.dumps({"index": 99}), group=10, command=2, operation=0),
            {"rc": 1},
            {"err": {"group": 10, "rc": 4}},
        ),
    ],
)
def test_refusals_have_the_forms_that_zephyr_gives_them(frame: bytes, old: Any, new: Any) -> None:
    host = Host()
    answer = body(host.raw(frame))
    answer.pop("rsn", None)
    assert answer == new
    version_1 = bytes((frame[0] & 7,)) + frame[1:]
    answer = body(host.raw(version_1))
    answer.pop("rsn", None)
    assert answer == old


def test_text_longer_than_the_frame_is_refused_with_both_lengths() -> None:
    answer = body(Host().raw(frame_of(b"\xa1\x61d\x79\x02\xc8abc")))
    assert answer == {"rc": 3, "rsn": "712 bytes said, 3 there"}


def test_a_version_that_is_too_new_is_refused_in_the_newest_form() -> None:
    answer = Host().raw(frame_of(cbor2.dumps({"d": "x"}), version=2))
    assert (answer[0] >> 3, body(answer)) == (1, {"rc": 13})


def test_a_negative_size_of_a_setting_is_refused() -> None:
    request = cbor2.dumps({"name": "vitalband/wearer_sex", "max_size": -1})
    assert body(Host().raw(frame_of(request, group=3, operation=0)))["rc"] == 3


def test_a_response_without_room_is_a_refusal() -> None:
    host = Host()
    answer = body(host.raw(frame_of(cbor2.dumps({"d": "x" * 706}))))
    assert answer == {"r": "x" * 706}
    server = SmpServer(64)
    server.add(Group(1, "long", (0, lambda request: {"r": "x" * 100}, None)))
    assert body(answered(server, frame_of(b"", group=1, operation=0))) == {"rc": 7}


def test_two_groups_of_one_number_are_refused() -> None:
    server = SmpServer()
    server.add(Group(1, "a", ()))
    with pytest.raises(ValueError, match="group 1 is there already"):
        server.add(Group(1, "b", ()))


@given(st.binary(max_size=60), st.integers(0, 255), st.integers(0, 70), st.integers(0, 9))
@settings(max_examples=300, deadline=None)
def test_any_frame_is_answered_by_a_frame_or_not_at_all(payload: bytes, kind: int, group: int, command: int) -> None:
    host = Host()
    frame = (
        bytes((kind, 0)) + len(payload).to_bytes(2, "big") + group.to_bytes(2, "big") + bytes((1, command)) + payload
    )
    answer = host.raw(frame)
    assert int.from_bytes(answer[2:4], "big") == len(answer) - 8
    assert answer[4:8] == frame[4:8]
    assert isinstance(body(answer), dict)
    assert host.raw(frame[:-1] if payload else frame[:5]) == b""
