"""Recordings that are encrypted on the flash: what the device seals the SDK opens, and nobody without the key."""

from __future__ import annotations

import json
import os
import struct
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.cmac import CMAC
from hypothesis import given
from hypothesis import strategies as st

from firmware_sim.chips.w25q64jv import SIZE
from firmware_sim.firmware import flash_regions as regions
from firmware_sim.firmware import wire_gen as firmware_wire
from firmware_sim.firmware.services.log.layout import CHUNK_HEAD_BYTES, SEAL_BYTES, new_chunk
from firmware_sim.firmware.services.log.sealing import Sealer
from firmware_sim.mcu.cryptolib import aes
from host_sdk import wire_gen as wire
from host_sdk.cli.main import main
from host_sdk.errors import LogError
from host_sdk.log.aes import Aes
from host_sdk.log.chunks import Kind
from host_sdk.log.sealing import LogKey, cmac, key_of, new_key

from .serial_host import Serial
from .test_log_command import Band, band, called  # noqa: F401 - fixtures
from .test_log_recorder import in_file, pulled, record, recorded, split, status, wearing, within
from .test_log_trigger import publish_event

_KEY = LogKey(bytes(range(16)))


class Files:
    """Storage in memory."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}

    def get(self, name: str) -> bytes | None:
        return self.files.get(name)

    def put(self, name: str, data: bytes) -> None:
        self.files[name] = data


@pytest.fixture(autouse=True)
def keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "keys"
    monkeypatch.setenv("VITALBAND_KEYS", str(folder))
    key_of.cache_clear()
    return folder


def keep(folder: Path, key: LogKey = _KEY) -> None:
    folder.mkdir(exist_ok=True)
    (folder / f"{key.id:08x}.key").write_text(key.raw.hex())


def set_key(host: Serial, key: LogKey | None = _KEY) -> wire.Error:
    raw = bytes(16) if key is None else key.raw
    high, low = struct.unpack(">QQ", raw)
    host.request(wire.SetLogKey(high, low))
    return host.all(wire.Ack)[-1].error


@given(st.binary(min_size=16, max_size=16), st.binary(min_size=16, max_size=16), st.binary(max_size=70))
def test_blocks_and_cmac_are_those_of_another_implementation(key: bytes, block: bytes, message: bytes) -> None:
    encryptor = Cipher(algorithms.AES(key), modes.ECB()).encryptor()
    assert Aes(key).encrypt(block) == encryptor.update(block)
    other = CMAC(algorithms.AES(key))
    other.update(message)
    assert cmac(Aes(key), message) == other.finalize()


@pytest.mark.parametrize("count", [4, 5, 19, 20, 21, 240, 244, 248, 250, 252, 253, 500, 508, 512, 1326])
def test_what_a_device_seals_is_opened_whatever_its_length(count: int) -> None:
    sealer = Sealer(aes, Files())
    sealer.set_key(_KEY.raw)
    assert sealer.key_id == _KEY.id
    payload = os.urandom(count)
    seen = set()
    for number in range(3):
        chunk = new_chunk(1342)
        chunk[CHUNK_HEAD_BYTES : CHUNK_HEAD_BYTES + count] = payload
        length = sealer.seal(chunk, count, 5_000_000_000 + number, 7)
        assert length == count + SEAL_BYTES
        sealed = bytes(chunk[CHUNK_HEAD_BYTES : CHUNK_HEAD_BYTES + length])
        seen.add(sealed)
        assert _KEY.open(sealed, 5_000_000_000 + number) == payload
        with pytest.raises(LogError, match="CMAC is wrong"):
            _KEY.open(sealed, 5_000_000_003)
        sealer.open(chunk, count)
        assert chunk[CHUNK_HEAD_BYTES : CHUNK_HEAD_BYTES + count] == payload
    assert len(seen) == 3  # each with a nonce of its own


def test_no_byte_can_be_changed() -> None:
    sealer = Sealer(aes, Files())
    sealer.set_key(_KEY.raw)
    chunk = new_chunk(1342)
    length = sealer.seal(chunk, 40, 1, 1)
    sealed = bytes(chunk[CHUNK_HEAD_BYTES : CHUNK_HEAD_BYTES + length])
    for at in range(length):
        with pytest.raises(LogError, match="CMAC is wrong"):
            _KEY.open(sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :], 1)
    with pytest.raises(LogError, match="too short"):
        _KEY.open(sealed[:19], 1)


def test_a_recording_is_sealed_and_read_with_the_key(tmp_path: Path, keys: Path) -> None:
    keep(keys)
    host = wearing()
    host.request(wire.Subscribe(1, wire.Results.ALL))
    assert set_key(host) is wire.Error.NONE
    record(host)
    host.wait(30)
    assert status(host).state is wire.LogState.RECORDING
    chunks = pulled(host)
    assert {chunk.kind for chunk in chunks} == {Kind.START, Kind.SEALED_DATA}
    (messages,) = recorded(tmp_path / "log", chunks)
    samples, results = split(messages)
    live_samples, live_results = split(host.got, 1)
    assert samples == within(samples, live_samples)
    assert results == within(results, live_results)
    assert len(samples) > 250
    nonces = [chunk.payload[-16:-8] for chunk in chunks if chunk.kind == Kind.SEALED_DATA]
    assert len(set(nonces)) == len(nonces)
    # what is on the chip compresses no better than noise would
    dump = host.simulation.flash.cells.read(regions.LOG_AT, SIZE - regions.LOG_AT)
    assert _KEY.raw not in dump


def test_over_a_restart_the_key_stays_and_no_nonce_comes_twice(tmp_path: Path, keys: Path) -> None:
    keep(keys)
    host = wearing()
    set_key(host)
    record(host)
    host.wait(12)
    status(host)
    host.simulation.reset()
    host.wait(12)
    status(host)
    chunks = pulled(host)
    nonces = [chunk.payload[-16:-8] for chunk in chunks if chunk.kind == Kind.SEALED_DATA]
    assert len(set(nonces)) == len(nonces) > 4
    assert len(recorded(tmp_path / "log", chunks)) == 2


def test_a_key_that_comes_or_goes_begins_another_recording(tmp_path: Path, keys: Path) -> None:
    keep(keys)
    host = wearing()
    record(host)
    for key in (_KEY, None):
        host.wait(8)
        assert set_key(host, key) is wire.Error.NONE
    host.wait(8)
    status(host)
    file, found = in_file(tmp_path / "log", pulled(host))
    file.close()
    assert [recording.key_id for recording in found] == [0, _KEY.id, 0]
    blocks = [len(split(messages)[0]) for messages in recorded(tmp_path / "again", pulled(host))]
    assert min(blocks) > 60


def test_what_was_kept_before_an_alarm_is_sealed_too(tmp_path: Path, keys: Path) -> None:
    keep(keys)
    host = wearing()
    set_key(host)
    record(host, wire.LogMode.ALARM)
    host.wait(25)
    alarm_us = publish_event(host, 2)
    host.wait(13)
    chunks = pulled(host)
    assert {chunk.kind for chunk in chunks} == {Kind.START, Kind.SEALED_DATA}
    (messages,) = recorded(tmp_path / "log", chunks)
    samples = [m for m in split(messages)[0] if isinstance(m, wire.Samples)]
    assert samples[0].tick_us < alarm_us - 10_000_000
    assert [m.seq for m in samples] == list(range(samples[0].seq, samples[0].seq + len(samples)))


def test_a_busy_flash_leaves_a_chunk_as_it_was(tmp_path: Path, keys: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keep(keys)
    host = wearing()
    host.request(wire.Subscribe(1, wire.Results(0)))
    set_key(host)
    record(host, results=0)
    host.wait(5)
    store = host.simulation.device.log.store
    append = store.append
    calls = 0

    def busy(*args: object) -> int:
        nonlocal calls
        calls += 1
        return -1 if calls % 3 else append(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(store, "append", busy)
    host.wait(30)
    monkeypatch.setattr(store, "append", append)
    status(host)
    (messages,) = recorded(tmp_path / "log", pulled(host))
    samples, _ = split(messages)
    assert calls > 10
    assert samples == within(samples, split(host.got, 1)[0])
    assert len(samples) > 300


def test_a_board_without_aes_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    host = wearing()
    monkeypatch.setattr(host.simulation.device.log, "_sealer", None)
    assert set_key(host) is wire.Error.UNSUPPORTED
    record(host)
    host.wait(8)
    assert {chunk.kind for chunk in pulled(host)} <= {Kind.START, Kind.DATA}


def test_the_command_names_a_board_without_aes(
    band: Band,  # noqa: F811
    keys: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(band.simulation.device.log, "_sealer", None)
    code, said, errors = called(capsys, "encrypt", "band")
    assert (code, said) == (1, {})
    assert errors == "vitalband log: band: its board cannot encrypt, it has no AES\n"
    assert not list(keys.glob("????????.key")), "a key that no device has"


@pytest.mark.parametrize("code", ["ERROR_BUSY", "ERROR_NOT_STORED", "ERROR_BAD_VALUE"])
def test_a_key_that_the_device_refuses_is_left_only_where_it_may_have_it(
    band: Band,  # noqa: F811
    keys: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    code: str,
) -> None:
    monkeypatch.setattr(band.simulation.device.log, "set_key", lambda _key: getattr(firmware_wire, code))
    exit_code, said, errors = called(capsys, "encrypt", "band")
    assert (exit_code, said) == (1, {})
    assert errors.startswith("vitalband log: band: ")
    left = list(keys.glob("????????.key"))
    if code == "ERROR_NOT_STORED":
        assert len(left) == 1
        assert "could not store the key, and encrypts as before; the key stays in" in errors
        _, _, errors = called(capsys, "encrypt", "--off", "band")
        assert errors == "vitalband log: band: could not store that, and encrypts as before\n"
    else:
        assert not left


def test_a_device_without_flash_leaves_no_key(
    band: Band,  # noqa: F811
    keys: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    band.simulation.flash.powered = False
    band.simulation.reset()
    band.wait(1)
    code, said, errors = called(capsys, "encrypt", "band")
    assert (code, said, errors) == (1, {}, "vitalband log: band: has no flash to record to, or none that works\n")
    assert not list(keys.glob("????????.key"))


def test_the_command_makes_a_key_and_a_lost_one_is_a_line(
    band: Band,  # noqa: F811
    keys: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    code, said, errors = called(capsys, "encrypt", "band")
    assert (code, errors) == (0, "")
    (path,) = keys.glob("*.key")  # beside it may lie the key that images are signed with
    assert path.name == f"{said['key']}.key"
    if os.name == "posix":
        assert path.stat().st_mode & 0o077 == 0
    assert main(["log", "start", "band"]) == 0
    band.wait(12)
    assert main(["log", "stop", "band"]) == 0
    band.wait(1)
    file = tmp_path / "log"
    assert main(["log", "pull", "band", "--out", str(file)]) == 0
    capsys.readouterr()
    assert main(["log", "list", str(file), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["key"] == said["key"]
    assert main(["record", f"log:{file}", "--out", str(tmp_path / "one")]) == 0
    key_of.cache_clear()
    path.rename(path.with_suffix(".lost"))
    capsys.readouterr()
    assert main(["record", f"log:{file}", "--out", str(tmp_path / "other")]) == 1
    errors = capsys.readouterr().err
    assert f"encrypted with key {said['key']}, which is not in" in errors
    assert not (tmp_path / "other").exists()
    for damaged, out in ((b"no key", "third"), (b"\xf7" * 32, "damaged")):
        path.write_bytes(damaged)
        assert main(["record", f"log:{file}", "--out", str(tmp_path / out)]) == 1
        assert "32 hexadecimal digits" in capsys.readouterr().err
        assert not (tmp_path / out).exists()
    path.write_text("00" * 16)
    assert main(["record", f"log:{file}", "--out", str(tmp_path / "fourth")]) == 1
    assert "is key" in capsys.readouterr().err
    assert called(capsys, "encrypt", "band", "--off") == (0, {"key": None}, "")


def test_a_key_that_cannot_be_kept_is_given_to_no_device(
    band: Band,  # noqa: F811
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("VITALBAND_KEYS", str(tmp_path / "file"))
    code, _, errors = called(capsys, "encrypt", "band")
    assert code == 1
    assert str(tmp_path / "file") in errors
    assert band.simulation.device.log._key_id() == 0
    with pytest.raises(LogError, match="it has 16"):
        LogKey(bytes(15))


def test_new_keys_differ(keys: Path) -> None:
    assert new_key().raw != new_key().raw
    assert len(list(keys.iterdir())) == 2
