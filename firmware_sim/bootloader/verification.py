"""Whether an image may be started: its TLVs, digest, key, signature, board and counters."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ..firmware.services.image_slot import version_text
from .errors import ImageRefusedError, Refusal
from .image import BOARD, ECDSA_SIG, ED25519, KEYHASH, SECURITY_COUNTER, SHA256, Image, Version

PublicKey = Ed25519PublicKey | EllipticCurvePublicKey
#: The unprotected TLVs that an image has, all of them and in this order: digest, key, signature. What no signature
#: covers must not be able to say anything.
_CHAINS = ((SHA256, KEYHASH, ED25519), (SHA256, KEYHASH, ECDSA_SIG))
_PROTECTED_BYTES = {SECURITY_COUNTER: 4, BOARD: None}


@dataclass(frozen=True)
class Trust:
    """What a device's bootloader knows: the keys it trusts, and what its board and core are called."""

    keys: tuple[PublicKey, ...]
    board: str

    def __post_init__(self) -> None:
        for key in self.keys:
            if not isinstance(key, Ed25519PublicKey) and not isinstance(key.curve, SECP256R1):
                raise ValueError(f"a key on {key.curve.name}: ed25519 or P-256 is needed")


@dataclass(frozen=True)
class Running:
    """What an image must not be older than."""

    version: Version = (0, 0, 0, 0)
    security_counter: int = 0

    @classmethod
    def of(cls, image: Image) -> Running:
        """The figures of an image."""
        return cls(image.version, image.security_counter)


def key_hash(key: PublicKey) -> bytes:
    """What the TLV KEYHASH holds: SHA-256 of the key as imgtool embeds it."""
    return hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).digest()


def verify(image: Image, trust: Trust) -> None:
    """ImageRefusedError unless `image` is signed by a trusted key for this board."""
    kinds = tuple(kind for kind, _ in image.tlvs)
    if kinds not in _CHAINS:
        raise ImageRefusedError(Refusal.TLV, f"unprotected TLVs {_listed(kinds)}, not digest, key hash and signature")
    _check_protected(image)
    digest, hashed_key, signature = (value for _, value in image.tlvs)
    computed = hashlib.sha256(image.signed).digest()
    if computed != digest:
        raise ImageRefusedError(Refusal.DIGEST, "the digest is of another content")
    key = next((key for key in trust.keys if key_hash(key) == hashed_key), None)
    if key is None:
        raise ImageRefusedError(Refusal.KEY, f"signed by an unknown key ({hashed_key[:4].hex()}…)")
    _check_signature(key, kinds[2], signature, computed)
    board = (image.protected_value(BOARD) or b"").decode(errors="replace")
    if board != trust.board:
        raise ImageRefusedError(Refusal.BOARD, f"made for {board or 'no board'}, not for {trust.board}")


def check_not_older(image: Image, running: Running) -> None:
    """ImageRefusedError where an image is older than what runs: its security counter or version is lower."""
    if image.security_counter < running.security_counter:
        what = f"security counter {image.security_counter} is below {running.security_counter}"
        raise ImageRefusedError(Refusal.SECURITY_COUNTER, what)
    if image.version < running.version:
        what = f"version {image.version_text} is older than {version_text(running.version)}"
        raise ImageRefusedError(Refusal.VERSION, what)


def _listed(kinds: tuple[int, ...]) -> str:
    return ", ".join(f"0x{kind:04x}" for kind in kinds) or "none"


def _check_protected(image: Image) -> None:
    kinds = [kind for kind, _ in image.protected]
    if len(set(kinds)) < len(kinds) or not set(kinds) <= set(_PROTECTED_BYTES):
        raise ImageRefusedError(Refusal.TLV, f"protected TLVs {_listed(tuple(kinds))}: unknown, or one twice")
    for kind, value in image.protected:
        count = _PROTECTED_BYTES[kind]
        if count is not None and len(value) != count:
            raise ImageRefusedError(Refusal.TLV, f"protected TLV 0x{kind:04x} of {len(value)} bytes, not {count}")


def _check_signature(key: PublicKey, kind: int, signature: bytes, digest: bytes) -> None:
    try:
        if isinstance(key, Ed25519PublicKey) and kind == ED25519:
            return key.verify(signature, digest)
        if isinstance(key, EllipticCurvePublicKey) and kind == ECDSA_SIG:
            return key.verify(signature, digest, ECDSA(Prehashed(hashes.SHA256())))
    except InvalidSignature:
        raise ImageRefusedError(Refusal.SIGNATURE, "the signature does not fit") from None
    raise ImageRefusedError(Refusal.SIGNATURE, f"signature 0x{kind:04x} is not of that kind of key")
