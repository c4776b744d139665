from __future__ import annotations

import struct
from binascii import crc32

import pytest

from firmware_sim.firmware import wire_gen as wire
from firmware_sim.firmware.settings import Settings

SEX = wire.SETTING_WEARER_SEX


class Flash(dict[str, bytes]):
    """Storage that loses power after `budget` bytes: what was being written is torn."""

    budget = 1 << 30

    def put(self, name: str, data: bytes) -> None:
        self[name] = bytes(data)[: self.budget]
        if len(data) > self.budget:
            raise OSError(5)


def test_defaults_where_nothing_is_stored() -> None:
    assert Settings(Flash()).get(SEX) == wire.SEX_UNKNOWN  # type: ignore[arg-type]


def test_a_setting_survives_a_restart() -> None:
    flash = Flash()
    Settings(flash).set(SEX, wire.SEX_FEMALE)  # type: ignore[arg-type]
    assert Settings(flash).get(SEX) == wire.SEX_FEMALE  # type: ignore[arg-type]


@pytest.mark.parametrize("writes", range(1, 6))
def test_power_loss_at_any_byte_of_a_write_leaves_the_old_value_or_the_new(writes: int) -> None:
    """Each write of a row is cut at each byte; both copies come to be written."""
    length = len(written(1)["settings.a"])
    for budget in range(length + 1):
        flash = written(writes)
        before = Settings(flash).get(SEX)  # type: ignore[arg-type]
        flash.budget = budget
        settings = Settings(flash)  # type: ignore[arg-type]
        if budget < length:
            with pytest.raises(OSError, match="5"):
                settings.set(SEX, 3 - before)
            assert settings.get(SEX) == before
        else:
            settings.set(SEX, 3 - before)
        assert Settings(flash).get(SEX) == (before if budget < length else 3 - before)  # type: ignore[arg-type]


def written(writes: int) -> Flash:
    """Storage after so many writes, female and male alternating."""
    flash = Flash()
    settings = Settings(flash)  # type: ignore[arg-type]
    for number in range(writes):
        settings.set(SEX, wire.SEX_FEMALE if number % 2 else wire.SEX_MALE)
    return flash


def test_a_flipped_bit_anywhere_falls_back_to_the_copy_before() -> None:
    newest = max(written(3), key=lambda name: written(3)[name][4:6])
    for bit in range(8 * len(written(3)[newest])):
        flash = written(3)
        damaged = bytearray(flash[newest])
        damaged[bit // 8] ^= 1 << bit % 8
        flash[newest] = bytes(damaged)
        assert Settings(flash).get(SEX) == wire.SEX_FEMALE  # type: ignore[arg-type]


@pytest.mark.parametrize("rubbish", [b"", b"VBS", bytes(64), b"\xff" * 64])
def test_rubbish_in_both_copies_gives_defaults_and_can_be_written_over(rubbish: bytes) -> None:
    flash = Flash({"settings.a": rubbish, "settings.b": rubbish})
    settings = Settings(flash)  # type: ignore[arg-type]
    assert settings.get(SEX) == wire.SEX_UNKNOWN
    settings.set(SEX, wire.SEX_MALE)
    assert Settings(flash).get(SEX) == wire.SEX_MALE  # type: ignore[arg-type]


@pytest.mark.parametrize("value", [-1, 3, 255, 1 << 40])
def test_refuses_a_value_out_of_range_and_changes_nothing(value: int) -> None:
    flash = written(1)
    settings = Settings(flash)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"setting 1: .* is not 0 to 2"):
        settings.set(SEX, value)
    assert flash == written(1)
    assert settings.get(SEX) == wire.SEX_MALE


def test_refuses_a_setting_that_is_not_there() -> None:
    settings = Settings(Flash())  # type: ignore[arg-type]
    with pytest.raises(KeyError):
        settings.get(200)
    with pytest.raises(KeyError):
        settings.set(200, 1)


def copy(*records: tuple[int, bytes], generation: int = 7) -> bytes:
    body = struct.pack("<3sBH", b"VBS", 1, generation)
    body += b"".join(bytes((number, len(data))) + data for number, data in records)
    return body + struct.pack("<I", crc32(body))


def test_keeps_records_of_a_newer_firmware() -> None:
    flash = Flash({"settings.a": copy((200, b"later"), (SEX, b"\x01"))})
    Settings(flash).set(SEX, wire.SEX_MALE)  # type: ignore[arg-type]
    assert copy((SEX, b"\x02"), (200, b"later"), generation=8) in flash.values()


@pytest.mark.parametrize("record", [b"", b"\x01\x00", b"\x07"])
def test_a_record_of_another_width_or_range_reads_as_the_default(record: bytes) -> None:
    assert Settings(Flash({"settings.b": copy((SEX, record))})).get(SEX) == 0  # type: ignore[arg-type]


def test_the_generation_wraps() -> None:
    flash = Flash({"settings.b": copy((SEX, b"\x01"), generation=0xFFFF)})
    Settings(flash).set(SEX, wire.SEX_MALE)  # type: ignore[arg-type]
    assert Settings(flash).get(SEX) == wire.SEX_MALE  # type: ignore[arg-type]


def test_the_same_value_again_is_not_written() -> None:
    flash = written(1)
    Settings(flash).set(SEX, wire.SEX_MALE)  # type: ignore[arg-type]
    assert flash == written(1)


def test_reset_forgets_everything() -> None:
    flash = written(2)
    Settings(flash).reset()  # type: ignore[arg-type]
    assert Settings(flash).get(SEX) == wire.SEX_UNKNOWN  # type: ignore[arg-type]
