from __future__ import annotations

import struct
from binascii import crc32
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unicodedata import bidirectional, category

import pytest

from firmware_sim.firmware import wire_gen as wire
from firmware_sim.firmware.settings import Settings, has_control
from firmware_sim.firmware.storage import FileSlots, Storage
from firmware_sim.mcu.files import Files

SEX = wire.SETTING_WEARER_SEX


class Flash(dict[int, bytes]):
    """Slots that lose power after `budget` bytes: what was being written is torn."""

    budget = 1 << 30

    def read(self, slot: int) -> bytes | None:
        return self.get(slot)

    def write(self, slot: int, data: bytes) -> None:
        self[slot] = bytes(data)[: self.budget]
        if len(data) > self.budget:
            raise OSError(5)

    def settle(self, slot: int, copy: bytes | None) -> None: ...


def test_defaults_where_nothing_is_stored() -> None:
    assert Settings(Flash()).get(SEX) == wire.SEX_UNKNOWN


def test_a_setting_survives_a_restart() -> None:
    flash = Flash()
    Settings(flash).set(SEX, wire.SEX_FEMALE)
    assert Settings(flash).get(SEX) == wire.SEX_FEMALE


@pytest.mark.parametrize("writes", range(1, 6))
def test_power_loss_at_any_byte_of_a_write_leaves_the_old_value_or_the_new(writes: int) -> None:
    """Each write of a row is cut at each byte; both copies come to be written."""
    length = len(written(1)[0])
    for budget in range(length + 1):
        flash = written(writes)
        before = Settings(flash).get(SEX)
        flash.budget = budget
        settings = Settings(flash)
        if budget < length:
            with pytest.raises(OSError, match="5"):
                settings.set(SEX, 3 - before)
            assert settings.get(SEX) == before
        else:
            settings.set(SEX, 3 - before)
        assert Settings(flash).get(SEX) == (before if budget < length else 3 - before)


def written(writes: int) -> Flash:
    """Storage after so many writes, female and male alternating."""
    flash = Flash()
    settings = Settings(flash)
    for number in range(writes):
        settings.set(SEX, wire.SEX_FEMALE if number % 2 else wire.SEX_MALE)
    return flash


def test_a_flipped_bit_anywhere_falls_back_to_the_copy_before() -> None:
    newest = max(written(3), key=lambda slot: written(3)[slot][4:6])
    for bit in range(8 * len(written(3)[newest])):
        flash = written(3)
        damaged = bytearray(flash[newest])
        damaged[bit // 8] ^= 1 << bit % 8
        flash[newest] = bytes(damaged)
        assert Settings(flash).get(SEX) == wire.SEX_FEMALE


@pytest.mark.parametrize("rubbish", [b"", b"VBS", bytes(64), b"\xff" * 64])
def test_rubbish_in_both_copies_gives_defaults_and_can_be_written_over(rubbish: bytes) -> None:
    flash = Flash({0: rubbish, 1: rubbish})
    settings = Settings(flash)
    assert settings.get(SEX) == wire.SEX_UNKNOWN
    settings.set(SEX, wire.SEX_MALE)
    assert Settings(flash).get(SEX) == wire.SEX_MALE


@pytest.mark.parametrize("value", [-1, 3, 255, 1 << 40])
def test_refuses_a_value_out_of_range_and_changes_nothing(value: int) -> None:
    flash = written(1)
    settings = Settings(flash)
    with pytest.raises(ValueError, match=r"setting 1: .* is not 0 to 2"):
        settings.set(SEX, value)
    assert flash == written(1)
    assert settings.get(SEX) == wire.SEX_MALE


def test_refuses_a_setting_that_is_not_there() -> None:
    settings = Settings(Flash())
    with pytest.raises(KeyError):
        settings.get(200)
    with pytest.raises(KeyError):
        settings.set(200, 1)


def copy(*records: tuple[int, bytes], generation: int = 7) -> bytes:
    body = struct.pack("<3sBH", b"VBS", 1, generation)
    body += b"".join(bytes((number, len(data))) + data for number, data in records)
    return body + struct.pack("<I", crc32(body))


def test_keeps_records_of_a_newer_firmware() -> None:
    flash = Flash({0: copy((200, b"later"), (SEX, b"\x01"))})
    Settings(flash).set(SEX, wire.SEX_MALE)
    assert copy((SEX, b"\x02"), (200, b"later"), generation=8) in flash.values()


#: Copies as firmware 0.1.0 wrote them, format 1, and what they must be read as for good.
WRITTEN = [
    ("564253010000010101ada2463a", {"wearer_sex": 1}),
    ("564253010500010102020105030102a028be7b", {"wearer_sex": 2, "light_period": 5, "spo2_curve": 2}),
    ("56425301ffff02013c98910974", {"wearer_sex": 0, "light_period": 60, "spo2_curve": 0}),
]


@pytest.mark.parametrize(("raw", "values"), WRITTEN)
def test_what_the_first_release_wrote_is_read_for_good(raw: str, values: dict[str, int]) -> None:
    numbers = dict(zip(wire.SETTING_NAMES, (row[0] for row in wire.SETTINGS), strict=True))
    flash = Flash({1: bytes.fromhex(raw)})
    settings = Settings(flash)
    assert {name: settings.get(numbers[name]) for name in values} == values
    assert settings.text(wire.SETTING_DEVICE_NAME) == ""
    # what a later firmware adds goes beside it
    settings.write(wire.SETTING_WEARER_NAME, b"Ann")
    later = Settings(flash)
    assert {name: later.get(numbers[name]) for name in values} == values
    assert later.text(wire.SETTING_WEARER_NAME) == "Ann"


@pytest.mark.parametrize(
    ("form", "record", "value"),
    [("<H", b"\x07", 7), ("<I", b"\x01\x02", 513), ("<H", b"\x01\x02\x03", 9), ("<H", b"", 9)],
)
def test_a_number_that_became_wider_is_read_as_it_was(
    monkeypatch: pytest.MonkeyPatch, form: str, record: bytes, value: int
) -> None:
    monkeypatch.setattr("firmware_sim.firmware.settings.SETTINGS", ((9, form, 9, 0, 1000),))
    assert Settings(Flash({0: copy((9, record))})).get(9) == value


@pytest.mark.parametrize("record", [b"", b"\x01\x00", b"\x07"])
def test_a_record_of_another_width_or_range_reads_as_the_default(record: bytes) -> None:
    assert Settings(Flash({1: copy((SEX, record))})).get(SEX) == 0


def test_the_generation_wraps() -> None:
    flash = Flash({1: copy((SEX, b"\x01"), generation=0xFFFF)})
    Settings(flash).set(SEX, wire.SEX_MALE)
    assert Settings(flash).get(SEX) == wire.SEX_MALE


def test_the_same_value_again_is_not_written() -> None:
    flash = written(1)
    Settings(flash).set(SEX, wire.SEX_MALE)
    assert flash == written(1)


def test_reset_forgets_everything() -> None:
    flash = written(2)
    Settings(flash).reset()
    assert Settings(flash).get(SEX) == wire.SEX_UNKNOWN


@pytest.mark.parametrize("raw", ["é" * 20, "a b", "x" * 40, ""])
def test_a_text_survives_a_restart(raw: str) -> None:
    flash = Flash()
    settings = Settings(flash)
    settings.write(wire.SETTING_WEARER_NAME, raw.encode())
    for each in (settings, Settings(flash)):
        assert each.text(wire.SETTING_WEARER_NAME) == raw
        assert each.read(wire.SETTING_WEARER_NAME) == raw.encode()


CONTROLS = ["\0", "\n", "\x1b", "\x1f", "\x7f", "\x80", "\x9b", "\x9f", "\u2028", "\u202e", "\u2066", "\u2069"]


@pytest.mark.parametrize(
    ("raw", "fault"),
    [
        (b"x" * 41, "41 bytes, not 40 at most"),
        (b"\xc3", "no UTF-8"),
        *((f"{before}{control}b".encode(), "a control character") for control in CONTROLS for before in ("", "a", "Ł")),
    ],
)
def test_a_text_that_cannot_be_is_refused_and_reads_as_none(raw: bytes, fault: str) -> None:
    flash = Flash()
    settings = Settings(flash)
    with pytest.raises(ValueError, match=f"setting 5: {fault}"):
        settings.write(wire.SETTING_WEARER_NAME, raw)
    assert flash == {}
    assert Settings(Flash({0: copy((wire.SETTING_WEARER_NAME, raw))})).text(wire.SETTING_WEARER_NAME) == ""


@pytest.mark.parametrize("number", [spec[0] for spec in wire.SETTINGS if not spec[1]])
def test_no_text_takes_a_control_character(number: int) -> None:
    settings = Settings(Flash())
    for control in CONTROLS:
        with pytest.raises(ValueError, match="a control character"):
            settings.write(number, f"a{control}".encode())
    for text in ("", "a b", "é", "Łukasz", "Мария", "\xa0", "日本", "\u2027\u202f\u2065\u206a", "😀", "¢\xa0"):
        settings.write(number, text.encode())
        assert settings.text(number) == text


def test_control_characters_are_those_of_unicode_and_what_breaks_or_turns_lines() -> None:
    turns = ("LRE", "RLE", "PDF", "LRO", "RLO", "LRI", "RLI", "FSI", "PDI")
    for code in range(0x11000):
        if not 0xD800 <= code < 0xE000:
            character = chr(code)
            is_one = category(character) in ("Cc", "Zl", "Zp") or bidirectional(character) in turns
            assert has_control(f"x{character}x".encode()) == is_one, hex(code)


def test_forgetting_one_leaves_the_others() -> None:
    flash = written(1)
    settings = Settings(flash)
    settings.write(wire.SETTING_CONTACTS, b"+49 30 1234")
    settings.forget(SEX)
    settings.forget(SEX)
    assert Settings(flash).get(SEX) == 0
    assert Settings(flash).text(wire.SETTING_CONTACTS) == "+49 30 1234"
    with pytest.raises(KeyError):
        settings.forget(200)


def test_after_a_reset_nothing_is_left_in_either_copy() -> None:
    flash = Flash()
    settings = Settings(flash)
    settings.write(wire.SETTING_CONTACTS, b"+49 30 1234")
    settings.forget(wire.SETTING_CONTACTS)
    settings.reset()
    assert not any(b"1234" in each for each in flash.values())


class PowerCutError(Exception):
    """The supply failed."""


class Supply:
    """Flash files whose every byte and rename is an operation; the supply fails in the midst of one of them."""

    def __init__(self, files: Files) -> None:
        self.files = files
        #: Operations until it fails.
        self.left = 1 << 30

    def _operation(self) -> None:
        if not self.left:
            raise PowerCutError
        self.left -= 1

    def open(self, name: str, mode: str) -> Any:
        return self.files.open(name, mode) if mode == "rb" else _Torn(self, name)

    def rename(self, old: str, new: str) -> None:
        self._operation()
        self.files.rename(old, new)


class _Torn:
    """A file that is written byte by byte."""

    def __init__(self, supply: Supply, name: str) -> None:
        supply._operation()
        self._supply, self._name, self._data = supply, name, b""
        supply.files.write(name, b"")

    def __enter__(self) -> _Torn:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def write(self, data: bytes) -> None:
        for byte in data:
            self._supply._operation()
            self._data += bytes((byte,))
            self._supply.files.write(self._name, self._data)


def _state(settings: Settings) -> tuple[object, ...]:
    return tuple(settings.text(number) if not form else settings.get(number) for number, form, *_ in wire.SETTINGS)


CHANGES: tuple[Callable[[Settings], None], ...] = (
    lambda settings: settings.set(SEX, wire.SEX_FEMALE),
    lambda settings: settings.write(wire.SETTING_DEVICE_NAME, b"Ann's"),
    lambda settings: settings.write(wire.SETTING_CONTACTS, "Jörg +49 30 1234, Dr. Li +49 30 99".encode()),
    lambda settings: settings.set(wire.SETTING_LIGHT_PERIOD, 30),
    lambda settings: settings.forget(wire.SETTING_CONTACTS),
    lambda settings: settings.set(SEX, wire.SEX_MALE),
    lambda settings: settings.reset(),
    lambda settings: settings.write(wire.SETTING_WEARER_NAME, b"Li"),
)


@pytest.mark.parametrize("in_folder", [False, True])
def test_the_supply_may_fail_in_any_operation_of_the_files(tmp_path: Path, in_folder: bool) -> None:
    """Every change at every byte and rename: afterwards settings are the old or the new, and can be set again."""
    cuts, step = 0, 11 if in_folder else 1  # a computer's files are slow
    for change in range(len(CHANGES)):
        operations = 0
        while True:
            folder = tmp_path / f"{change}-{operations}" if in_folder else None
            supply = Supply(Files(folder))
            storage = Storage(supply.open, supply.rename)
            settings = Settings(FileSlots(storage, "settings"))
            for before in CHANGES[:change]:
                before(settings)
            old = _state(settings)
            supply.left = operations
            try:
                CHANGES[change](settings)
            except PowerCutError:
                cuts += 1
            else:
                break
            supply.left = 1 << 30
            found = Settings(FileSlots(storage, "settings"))
            assert _state(found) in (old, _after(change))
            CHANGES[change](found)
            assert _state(Settings(FileSlots(storage, "settings"))) == _after(change)
            operations += step
        assert operations > 10
    assert cuts > (20 if in_folder else 200)


def _after(change: int) -> tuple[object, ...]:
    settings = Settings(Flash())
    for each in CHANGES[: change + 1]:
        each(settings)
    return _state(settings)
