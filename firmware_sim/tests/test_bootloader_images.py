"""Images of MCUboot's format: as imgtool makes them, and none that was changed in any bit is trusted."""

from __future__ import annotations

import hashlib
import struct
import subprocess
import sys
from pathlib import Path
from random import Random
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from smpclient.mcuboot import IMAGE_TLV, ImageInfo

from firmware_sim.bootloader import keys
from firmware_sim.bootloader.errors import ImageRefusedError, Refusal
from firmware_sim.bootloader.image import AREA, BOARD, HEADER, KEYHASH, SECURITY_COUNTER, SHA256, read_image
from firmware_sim.bootloader.signing import sign
from firmware_sim.bootloader.verification import Trust, verify
from firmware_sim.testing.boot_rig import image, key

VERSION = (1, 2, 3, 4)
TRUST = Trust((key().public_key(),), "reference")
GOOD = image(VERSION, Random(1).randbytes(300), counter=5)


def is_trusted(data: bytes, trust: Trust = TRUST) -> bool:
    try:
        verify(read_image(data), trust)
    except ImageRefusedError:
        return False
    return True


def refusal(data: bytes, trust: Trust = TRUST) -> Refusal:
    with pytest.raises(ImageRefusedError) as caught:
        verify(read_image(data), trust)
    return caught.value.refusal


# ------------------------------------------------------------------ imgtool, unmodified


def imgtool(*arguments: object) -> str:
    command = [sys.executable, "-W", "ignore", "-m", "imgtool.main", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture
def files(tmp_path: Path) -> Path:
    pytest.importorskip("imgtool", reason="imgtool is of the extra `test`")
    pem = key().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "key.pem").write_bytes(pem)
    (tmp_path / "payload.bin").write_bytes(Random(2).randbytes(3000))
    return tmp_path


def test_imgtool_verifies_what_is_signed_here(files: Path) -> None:
    (files / "ours.img").write_bytes(GOOD)
    assert "validated" in imgtool("verify", "--key", files / "key.pem", files / "ours.img")
    described = imgtool("dumpinfo", files / "ours.img")
    assert "1.2.3+4" in described
    assert "ED25519" in described


def test_smpclient_reads_what_is_signed_here(tmp_path: Path) -> None:
    path = tmp_path / "ours.img"
    path.write_bytes(GOOD)
    info = ImageInfo.load_file(str(path))
    assert info.get_tlv(IMAGE_TLV.SHA256).value == read_image(GOOD).digest
    assert (info.header.ver.major, info.header.ver.build_num) == (1, 4)


@pytest.mark.parametrize("kind", ["ed25519", "ecdsa-p256"])
@pytest.mark.parametrize("header", [32, 0x200])
def test_what_imgtool_signs_is_trusted(files: Path, kind: str, header: int) -> None:
    path = files / "key.pem"
    if kind != "ed25519":
        path = files / "other.pem"
        imgtool("keygen", "-k", path, "-t", kind)
    imgtool("getpub", "-k", path, "-e", "pem", "-o", files / "public.pem")
    arguments = ("--header-size", header, "--pad-header", "--slot-size", 0x100000, "--align", 8, "-v", "1.2.3+4")
    extras = ("-s", 5, "--custom-tlv", "0x00a0", "reference")
    imgtool("sign", "-k", path, *arguments, *extras, files / "payload.bin", files / "theirs.img")
    data = (files / "theirs.img").read_bytes()
    trust = Trust((key(3).public_key(), keys.public_key(files / "public.pem")), "reference")
    found = read_image(data)
    verify(found, trust)
    assert found.payload == (files / "payload.bin").read_bytes()
    assert (found.version, found.security_counter, found.size) == (VERSION, 5, len(data))
    assert refusal(data, Trust(trust.keys[:1], "reference")) is Refusal.KEY
    if header == 32 and kind == "ed25519":
        payload = found.payload
        assert data == sign(payload, key(), version=VERSION, board="reference", security_counter=5, header_bytes=32)


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        (("--custom-tlv", "0x00a0", "reference", "--custom-tlv", "0x00a1", "x"), Refusal.TLV),
        (("--custom-tlv", "0x00a0", "reference", "-d", "(1, 1.2.3+0)"), Refusal.TLV),
        (("--custom-tlv", "0x00a0", "reference", "--boot-record", "app"), Refusal.TLV),
        (("--custom-tlv", "0x00a0", "reference", "--non-bootable"), Refusal.MALFORMED),
        (("--custom-tlv", "0x00a0", "reference", "-L", "0x2000"), Refusal.MALFORMED),
        (("--custom-tlv", "0x00a0", "reference", "--public-key-format", "full"), Refusal.TLV),
        (("--custom-tlv", "0x00a0", "reference", "--pure"), Refusal.TLV),
        (("-s", 1), Refusal.BOARD),
    ],
)
def test_what_imgtool_can_say_and_the_bootloader_does_not_know_is_refused(
    files: Path, what: tuple[Any, ...], expected: Refusal
) -> None:
    arguments = ("--header-size", 32, "--pad-header", "--slot-size", 0x100000, "--align", 8, "-v", "1.2.3+4")
    imgtool("sign", "-k", files / "key.pem", *arguments, *what, files / "payload.bin", files / "theirs.img")
    assert refusal((files / "theirs.img").read_bytes()) is expected


def test_an_unsigned_image_is_refused(files: Path) -> None:
    arguments = ("--header-size", 32, "--pad-header", "--slot-size", 0x100000, "--align", 8, "-v", "1.2.3+4")
    imgtool("sign", *arguments, files / "payload.bin", files / "theirs.img")
    assert refusal((files / "theirs.img").read_bytes()) is Refusal.TLV


# ------------------------------------------------------------------ damage


def test_the_image_that_others_are_made_of_is_trusted() -> None:
    assert is_trusted(GOOD)
    assert is_trusted(GOOD + b"\xff" * 100), "what follows in the slot is not the image's"


def test_every_single_bit_that_flips_is_noticed() -> None:
    for bit in range(len(GOOD) * 8):
        data = bytearray(GOOD)
        data[bit >> 3] ^= 1 << (bit & 7)
        assert not is_trusted(bytes(data)), f"bit {bit & 7} of byte {bit >> 3}"


def mutated(random: Random) -> bytes:
    """GOOD with bytes overwritten, inserted, removed, moved or repeated."""
    data = bytearray(GOOD)
    for _ in range(random.randint(1, 4)):
        at, count = random.randrange(len(data)), random.randint(1, 16)
        kind = random.randrange(5)
        part = bytes(data[at : at + count])
        if kind == 0:
            data[at : at + count] = random.randbytes(len(part))
        elif kind == 1:
            data[at:at] = random.randbytes(count)
        elif kind == 2:
            del data[at : at + count]
        elif kind == 3:
            to = random.randrange(len(data))
            data[to : to + len(part)] = part
        else:
            data[at:at] = part
    return bytes(data)


def accepted(count: int, seed: int) -> list[bytes]:
    """Mutations that are trusted though what an image is made of is not GOOD's."""
    random = Random(seed)
    mutations = (mutated(random) for _ in range(count))
    return [data for data in mutations if data[: len(GOOD)] != GOOD and is_trusted(data)]


def test_mutations_of_several_bytes_are_noticed() -> None:
    assert accepted(5_000, 1) == []


@pytest.mark.slow
def test_100_000_mutations_of_several_bytes_are_noticed() -> None:
    assert accepted(100_000, 2) == []


def test_lengths_that_lead_out_of_the_image_are_malformed() -> None:
    end = read_image(GOOD).size
    for at, form in ((8, "<H"), (10, "<H"), (12, "<I"), (end - 142, "<H")):
        for value in (0, 1, 31, 0xFFFF, 0xFFFFFFFF):
            data = bytearray(GOOD)
            struct.pack_into(form, data, at, value & (0xFFFF if form == "<H" else 0xFFFFFFFF))
            assert not is_trusted(bytes(data))
    for length in range(end):
        assert refusal(GOOD[:length]) in (Refusal.MALFORMED, Refusal.SIGNATURE, Refusal.TLV), length


def rebuilt(*tlvs: tuple[int, bytes], protected: tuple[tuple[int, bytes], ...] = ((BOARD, b"reference"),)) -> bytes:
    """An image with these TLVs, signed as it is by the trusted key."""

    def area(magic: int, parts: tuple[tuple[int, bytes], ...]) -> bytes:
        body = b"".join(AREA.pack(kind, len(value)) + value for kind, value in parts)
        return AREA.pack(magic, 4 + len(body)) + body

    fenced = area(0x6908, protected) if protected else b""
    signed = HEADER.pack(0x96F3B83D, 0, 32, len(fenced), 3, 0, *VERSION, 0) + b"abc" + fenced
    digest = hashlib.sha256(signed).digest()
    good = {SHA256: digest, 0x24: key().sign(digest), KEYHASH: read_image(GOOD).tlvs[1][1]}
    return signed + area(0x6907, tuple((kind, good.get(kind, b"") if value == b"*" else value) for kind, value in tlvs))


ALL = ((SHA256, b"*"), (KEYHASH, b"*"), (0x24, b"*"))


def test_tlvs_are_all_there_once_and_in_order() -> None:
    assert is_trusted(rebuilt(*ALL))
    for tlvs in (ALL[:1], ALL[:2], ALL[1:], ALL[::-1], (*ALL, (0x50, b"\1\0\0\0")), (*ALL, ALL[2]), ()):
        assert refusal(rebuilt(*tlvs)) is Refusal.TLV
    assert refusal(rebuilt(ALL[0], (KEYHASH, b""), ALL[2])) is Refusal.KEY
    assert refusal(rebuilt(ALL[0], ALL[1], (0x22, key().sign(b"")))) is Refusal.SIGNATURE


def test_protected_tlvs_are_known_and_there_once() -> None:
    board, counter = (BOARD, b"reference"), (SECURITY_COUNTER, bytes(4))
    assert is_trusted(rebuilt(*ALL, protected=(counter, board)))
    for protected in ((board, board), (board, (0x40, bytes(8))), (board, (SECURITY_COUNTER, bytes(3)))):
        assert refusal(rebuilt(*ALL, protected=protected)) is Refusal.TLV
    assert refusal(rebuilt(*ALL, protected=())) is Refusal.BOARD


# ------------------------------------------------------------------ keys


def test_a_key_of_another_kind_is_no_key(tmp_path: Path) -> None:
    other = ec.generate_private_key(ec.SECP384R1())
    with pytest.raises(ValueError, match="secp384r1"):
        Trust((other.public_key(),), "reference")
    path = tmp_path / "key.pem"
    path.write_bytes(other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    with pytest.raises(ValueError, match="ed25519"):
        keys.signing_key(path)
    path.write_bytes(other.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    with pytest.raises(ValueError, match=str(path)):
        keys.signing_key(path)


def test_this_computers_key_is_made_once_and_is_private(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VITALBAND_KEYS", str(tmp_path / "own"))
    first = keys.signing_key()
    assert first.private_bytes_raw() == keys.signing_key().private_bytes_raw()
    path = tmp_path / "own" / keys.NAME
    assert path.stat().st_mode & 0o077 == 0
    assert [p.name for p in path.parent.iterdir()] == [keys.NAME]


@pytest.mark.parametrize("version", [(256, 0, 0, 0), (0, 0, 65536, 0), (-1, 0, 0, 0)])
def test_a_version_without_room_is_an_error(version: tuple[int, int, int, int]) -> None:
    with pytest.raises(ValueError, match="version"):
        sign(b"", key(), version=version, board="reference", security_counter=0)
    with pytest.raises(ValueError, match="security counter"):
        sign(b"", key(), version=VERSION, board="reference", security_counter=1 << 32)
