"""What devices say is nothing that a terminal obeys."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest

from host_sdk.cli import scan
from host_sdk.cli.commands import _NOTES
from host_sdk.cli.main import main
from host_sdk.cli.output import one_line, print_json
from host_sdk.errors import ConnectError
from host_sdk.transports.ble import DiscoveredDevice

#: Clear the screen, its form of one character, delete, a line's end, a direction that turns.
NASTY = "a\x1b[2Jb\x9b2Jc\x7fd\ne\x85f\u202eg"


def is_harmless(text: str) -> bool:
    return all(line.isprintable() for line in text.split("\n"))


@pytest.mark.parametrize("text", [NASTY, "\ud800", "\U000e0001", 'plain Łukasz 日本 \\ " 😀'])
def test_json_is_one_line_of_printable_characters_and_means_the_same(
    text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    print_json({"name": text, text: 1})
    out = capsys.readouterr().out
    assert out.endswith("\n")
    assert out[:-1].isprintable()
    assert json.loads(out) == {"name": text, text: 1}
    assert one_line(text).isprintable()


@pytest.mark.parametrize("form", [[], ["--json"]])
def test_a_device_in_the_air_may_call_itself_anything(
    form: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    device: Any = None

    async def found(*_: Any) -> list[DiscoveredDevice]:
        return [DiscoveredDevice(NASTY, "AA:BB", -50, True, device)]

    monkeypatch.setattr(scan, "scan", found)
    monkeypatch.setattr(scan, "serial_ports", list)
    assert main(["scan", *form]) == 0
    out = capsys.readouterr().out
    assert "AA:BB" in out
    assert is_harmless(out)


def test_errors_and_notes_with_a_devices_words_are_harmless(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def failing(*_: Any) -> list[DiscoveredDevice]:
        raise ConnectError(f"{NASTY}: gone")

    monkeypatch.setattr(scan, "scan", failing)
    monkeypatch.setattr(scan, "serial_ports", list)
    assert main(["scan"]) == 1
    _NOTES.emit(logging.LogRecord("x", logging.WARNING, "", 0, "%s is odd", (NASTY,), None))
    said = capsys.readouterr().err
    assert ": gone" in said
    assert "is odd" in said
    assert is_harmless(said)
