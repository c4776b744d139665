"""A simulated device answers as Zephyr's own server does, by stored answers; and a phone app's sequence."""

from __future__ import annotations

import json
from ast import literal_eval
from hashlib import sha256
from pathlib import Path
from typing import Any

import cbor2
import pytest
from smp import statistics_management

from firmware_sim.bootloader.image import read_image
from firmware_sim.bootloader.signing import sign
from firmware_sim.firmware.version import VERSION
from firmware_sim.images.package import board_of
from firmware_sim.targets.cpython import CpythonSimulation
from firmware_sim.targets.image_boot import device_key, own_payload
from firmware_sim.testing.smp_cable import READ, WRITE, SmpCable
from firmware_sim.testing.smp_requests import answered
from firmware_sim.world.wearer import PRESETS, Wearer
from host_sdk.wire_gen import READINGS, ReadingKind

from .test_update import server_of

STORED = json.loads(Path(__file__).with_name("zephyr_answers.json").read_text(encoding="utf-8"))
SEQUENCE = 77
_KINDS = {"int": int, "list": list}


@pytest.fixture(scope="module")
def cable() -> SmpCable:
    return started()


def started() -> SmpCable:
    cable = SmpCable(CpythonSimulation(Wearer(PRESETS["resting"], seed=0)))
    cable.settle()
    return cable


def plain(value: Any) -> Any:
    """A stored value, with its bytes."""
    if isinstance(value, dict):
        return bytes.fromhex(value["hex"]) if set(value) == {"hex"} else {k: plain(v) for k, v in value.items()}
    return value


def answer_to(cable: SmpCable, vector: dict[str, Any], version: int) -> tuple[bytes, Any]:
    """(header, body) of the answer to a stored request of SMP version 1 (0) or 2 (1)."""
    operation = READ if "read" in vector else WRITE
    group, command = vector["read" if "read" in vector else "write"]
    payload = bytes.fromhex(vector["payload"]) if "payload" in vector else cbor2.dumps(plain(vector["body"]))
    head = bytes((version << 3 | operation, 0)) + len(payload).to_bytes(2, "big") + group.to_bytes(2, "big")
    server = server_of(cable)
    frame = answered(server, head + bytes((SEQUENCE, command)) + payload, "the test")
    return frame[:8], cbor2.loads(frame[8:])


@pytest.mark.parametrize("version", [0, 1])
@pytest.mark.parametrize("vector", STORED["vectors"], ids=lambda vector: str(vector["what"]))
def test_answers_are_those_of_zephyr(cable: SmpCable, vector: dict[str, Any], version: int) -> None:
    head, body = answer_to(cable, vector, version)
    expected = dict(vector["new"] if version and "new" in vector else vector["old"])
    if expected.pop("...", None) is not None:
        body = {key: body[key] for key in expected}
    assert body == expected
    operation = 0 if "read" in vector else 2
    assert head[0] == version << 3 | operation | 1
    assert int.from_bytes(head[2:4], "big") == len(cbor2.dumps(answer_to(cable, vector, version)[1]))
    assert (int.from_bytes(head[4:6], "big"), head[7]) == tuple(vector["read" if "read" in vector else "write"])
    assert head[6] == SEQUENCE


@pytest.mark.parametrize("shape", STORED["shapes"], ids=lambda shape: str(shape["what"]))
def test_answers_have_the_shape_of_zephyr_s(cable: SmpCable, shape: dict[str, Any]) -> None:
    _, body = answer_to(cable, shape, 1)
    assert set(body) == set(shape["answer"])
    for name, expected in shape["answer"].items():
        if isinstance(expected, list):
            assert [set(item) for item in body[name]] == [set(keys) for keys in expected]
        elif isinstance(expected, str):
            assert isinstance(body[name], _KINDS[expected])
        else:
            assert body[name] == expected


def test_groups_have_the_names_of_zephyr_s(cable: SmpCable) -> None:
    named = {group["group"]: group["name"] for group in cable.request(10, 3, READ, {})["groups"]}
    known = {number: name for number, name in named.items() if number < 64}
    assert known == {number: name for number, name in _group_names().items() if number in known}
    assert {0, 1, 2, 3, 10, 63} <= set(known)


def _group_names() -> dict[int, str]:
    return {int(number): name for number, name in STORED["group_names"].items()}


def test_statistics_are_counters_of_the_device_by_name(cable: SmpCable) -> None:
    server = server_of(cable)
    device: Any = cable.simulation
    listed = answered(server, statistics_management.ListOfGroupsRequest().BYTES)
    names = statistics_management.ListOfGroupsResponse.loads(listed).stat_list
    assert names == ("device", "links", "flash", "log")
    counted = {}
    for name in names:
        answer = answered(server, statistics_management.GroupDataRequest(name=name).BYTES)
        data = statistics_management.GroupDataResponse.loads(answer)
        assert data.name == name
        counted[name] = data.fields
    assert counted["device"]["boots"] == device.device.boots
    assert counted["links"]["bad_smp_frames"] == server.bad_frames()
    assert counted["flash"]["bytes"] == device.device.board.flash.size > 0
    assert counted["log"]["state"] == device.device.log.state


# ------------------------------------------------------------------ our own group


def test_the_device_s_own_group_has_the_latest_readings(cable: SmpCable) -> None:
    cable.simulation.advance(cable.simulation.clock.now + 15_000_000)
    _, body = answer_to(cable, {"read": [100, 0], "body": {}}, 1)
    found = {kind: rest for kind, *rest in body["readings"]}
    device: Any = cable.simulation
    vitals = device.device.vitals
    measured = [kind for kind in ReadingKind if vitals.tick_us(kind)]
    assert list(found) == sorted(measured)
    for kind, (value, quality, reason, age_ms) in found.items():
        assert (value, quality, reason) == (vitals.value(kind), vitals.quality(kind), vitals.reason(kind))
        assert 0 <= age_ms <= 15_000
    assert found[ReadingKind.HEART_RATE][0] is not None


def test_smpmgr_s_plugin_knows_every_reading_by_its_name_and_scale() -> None:
    text = (Path(__file__).resolve().parents[2] / "examples/smpmgr/vitalband_group.py").read_text(encoding="utf-8")
    table = text[text.index("KINDS = ") + len("KINDS = ") :]
    kinds = literal_eval(table[: table.index("}") + 1])
    assert kinds == {int(kind): (kind.name.lower(), READINGS[kind].scale) for kind in ReadingKind}


# ------------------------------------------------------------------ nRF Connect Device Manager


def phone_upload(cable: SmpCable, data: bytes, version: int) -> int:
    """Parts as the app makes them: as long as `params` allows, with `image` and `sha` in the first; how many."""
    buffer = cable.request(0, 6, READ, {}, version)["buf_size"]
    at = parts = 0
    while at < len(data):
        body: dict[str, Any] = {"data": b"", "off": at}
        if at == 0:
            body |= {"len": len(data), "image": 0, "sha": sha256(data).digest()}
        body["data"] = data[at : at + buffer - 8 - len(cbor2.dumps(body)) - 2]
        answer = cable.request(1, 1, WRITE, body, version)
        assert answer["off"] == at + len(body["data"])
        at, parts = answer["off"], parts + 1
    assert answer["match"] is True
    return parts


def phone_update(cable: SmpCable, data: bytes, version: int) -> int:
    """What the app does to test and confirm an image; parts that it had to upload."""
    assert cable.request(0, 6, READ, {}, version)["buf_count"] == 1, "it sends one part at a time then"
    assert cable.request(0, 8, READ, {}, version) == {"bootloader": "MCUboot"}
    assert cable.request(0, 8, READ, {"query": "mode"}, version)["mode"] == 1
    digest = read_image(data).digest
    images = {image["hash"]: image for image in cable.request(1, 0, READ, {}, version)["images"]}
    if digest in images and images[digest]["active"]:
        return 0
    parts = 0 if digest in images else phone_upload(cable, data, version)
    marked = cable.request(1, 0, WRITE, {"confirm": False, "hash": digest}, version)
    assert marked["images"][1]["pending"] is True
    cable.restart()
    now = cable.request(1, 0, READ, {}, version)["images"]
    assert (now[0]["hash"], now[0]["active"], now[0]["confirmed"]) == (digest, True, False)
    confirmed = cable.request(1, 0, WRITE, {"confirm": True, "hash": digest}, version)
    assert confirmed["images"][0]["confirmed"] is True
    return parts


@pytest.mark.parametrize("version", [0, 1])
def test_a_phone_app_s_sequence_updates_and_sends_nothing_twice(version: int) -> None:
    cable = started()
    data = sign(own_payload(), device_key(), version=(9, 0, 0, 0), board=board_of("cpython"), security_counter=0)
    assert phone_update(cable, data, version) > 100
    assert cable.version() == VERSION
    assert phone_update(cable, data, version) == 0
    again = cable.states()
    assert [state["version"] for state in again] == ["9.0.0", VERSION]


def test_a_phone_app_that_was_closed_after_its_upload_does_not_upload_again() -> None:
    cable = started()
    data = sign(own_payload(), device_key(), version=(9, 0, 0, 0), board=board_of("cpython"), security_counter=0)
    phone_upload(cable, data, 1)
    assert phone_update(cable, data, 1) == 0
    assert cable.states()[0]["version"] == "9.0.0"
