from __future__ import annotations

import re
from typing import Any

import pytest

from host_sdk import Client, ReconnectingClient
from host_sdk.errors import AddressError
from host_sdk.transports.address import parse_address


@pytest.mark.parametrize(
    ("text", "scheme", "target", "options"),
    [
        ("sim:", "sim", "", {}),
        ("sim:?link=serial&seed=3", "sim", "", {"link": "serial", "seed": "3"}),
        ("sim:tcp:127.0.0.1:7300", "sim", "tcp:127.0.0.1:7300", {}),
        ("sim:tcp:[::1]:7300", "sim", "tcp:[::1]:7300", {}),
        ("ble:vitalband-1", "ble", "vitalband-1", {}),
        ("ble:AA:BB:CC:DD:EE:FF", "ble", "AA:BB:CC:DD:EE:FF", {}),
        ("serial:/dev/ttyACM0", "serial", "/dev/ttyACM0", {}),
        ("serial:/dev/ttyACM0?baud=115200", "serial", "/dev/ttyACM0", {"baud": "115200"}),
        ("serial:socket://host:99", "serial", "socket://host:99", {}),
        ("serial:loop://?logging=debug", "serial", "loop://?logging=debug", {}),
        ("replay:mitdb/100", "replay", "mitdb/100", {}),
        ("replay:a b?.hea", "replay", "a b?.hea", {}),
        ("replay:mitdb/100?channel=MLII&start=10", "replay", "mitdb/100", {"channel": "MLII", "start": "10"}),
        ("sim:?record=a%26b", "sim", "", {"record": "a&b"}),
    ],
)
def test_good_addresses(text: str, scheme: str, target: str, options: dict[str, str]) -> None:
    address = parse_address(text)
    assert (address.scheme, address.target, dict(address.options)) == (scheme, target, options)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "foo",
        "usb:1",
        "sim:tcp:host",
        "sim:tcp:host:0",
        "sim:tcp:host:70000",
        "sim:udp:host:7",
        "sim:?link=wifi",
        "sim:?link",
        "ble:",
        "ble:x?colour=red",
        "ble:x?timeout=soon",
        "serial:",
        "serial:/dev/tty?baud=fast",
        "serial:/dev/tty?parity=odd",
        "replay:",
    ],
)
def test_bad_addresses_are_named(text: str) -> None:
    with pytest.raises(AddressError, match="address"):
        parse_address(text)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("COM3", "serial:COM3"),
        ("com12", "serial:com12"),
        ("/dev/ttyACM0", "serial:/dev/ttyACM0"),
        ("/dev/cu.usbmodem1101", "serial:/dev/cu.usbmodem1101"),
        ("socket://127.0.0.1:7000", "serial:socket://127.0.0.1:7000"),
        ("AA:BB:CC:DD:EE:FF", "ble:AA:BB:CC:DD:EE:FF"),
        ("aa-bb-cc-dd-ee-ff", "ble:aa-bb-cc-dd-ee-ff"),
        ("12345678-1234-1234-1234-123456789ABC", "ble:12345678-1234-1234-1234-123456789ABC"),
        ("tcp:127.0.0.1:7300", "sim:tcp:127.0.0.1:7300"),
        ("localhost:7300", "sim:tcp:localhost:7300"),
        ("[::1]:7300", "sim:tcp:[::1]:7300"),
        ("SIM:", "sim:"),
        ("sim", "sim:"),
        ("Serial:/dev/ttyACM0", "serial:/dev/ttyACM0"),
        ("reply:mitdb/100", "replay:mitdb/100"),
        ("mitdb/100.hea", "replay:mitdb/100.hea"),
        ("vitalband-0CC7", "ble:vitalband-0CC7"),
    ],
)
def test_what_was_probably_meant_is_said_and_is_an_address(text: str, meant: str) -> None:
    with pytest.raises(AddressError, match=re.escape(f"did you mean {meant}?")):
        parse_address(text)
    assert str(parse_address(meant)) == meant


@pytest.mark.parametrize("text", ["", "foo", "usb:1", "my device", "3", "http://127.0.0.1"])
def test_nothing_is_guessed_of_what_could_be_anything(text: str) -> None:
    with pytest.raises(AddressError) as caught:
        parse_address(text)
    assert "did you mean" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "link", "starts"),
    [
        ("ble:vitalband-1", "ble", False),
        ("serial:/dev/ttyACM0", "serial", False),
        ("sim:tcp:127.0.0.1:4711", "ble", False),
        ("sim:tcp:127.0.0.1:4711?link=serial", "serial", False),
        ("sim:", "ble", True),
        ("sim:?link=serial", "serial", True),
        ("replay:mitdb/100", "serial", True),
    ],
)
def test_an_address_says_its_link_and_whether_it_starts_a_device(text: str, link: str, starts: bool) -> None:
    address = parse_address(text)
    assert (address.link, address.starts_device) == (link, starts)


def test_host_and_port() -> None:
    assert parse_address("sim:tcp:[::1]:7300").host_port == ("::1", 7300)
    assert parse_address("sim:").host_port is None


@pytest.mark.parametrize("address", [None, 5, b"sim:", ["sim:"]])
def test_what_is_no_text_is_no_address(address: Any) -> None:
    with pytest.raises(AddressError, match="must be text"):
        parse_address(address)
    for kind in (Client, ReconnectingClient):
        with pytest.raises(AddressError, match="must be text"):
            kind(address)


def test_an_option_that_stands_there_twice_is_named() -> None:
    with pytest.raises(AddressError, match="option 'pace' stands there twice"):
        parse_address("sim:?pace=20&wearer=af&pace=5")
