"""The key that images are signed with on this computer, made when it is first needed; it is in no repository."""

from __future__ import annotations

import os
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from .verification import PublicKey

NAME = "signing-ed25519.pem"


def key_folder() -> Path:
    """`$VITALBAND_KEYS`, or `vitalband` where this user's programs keep their data."""
    given = os.environ.get("VITALBAND_KEYS")
    base = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local/share"
    return Path(given) if given else Path(base) / "vitalband"


def signing_key(path: Path | None = None) -> Ed25519PrivateKey:
    """The private key in a PEM file, by default this computer's own; OSError, or ValueError where it holds none."""
    own = path is None
    path = path or key_folder() / NAME
    if own and not path.exists():
        _generate(path)
    try:
        key = load_pem_private_key(path.read_bytes(), None)
    except (ValueError, TypeError) as error:
        raise ValueError(f"{path}: no private key without a password ({error})") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise ValueError(f"{path}: images are signed by an ed25519 key")
    return key


def public_key(path: Path) -> PublicKey:
    """The public key in a PEM file; ValueError where it holds none."""
    key = load_pem_public_key(path.read_bytes())
    if not isinstance(key, PublicKey):
        raise ValueError(f"{path}: no key on ed25519 or P-256")
    return key


def _generate(path: Path) -> None:
    """Make a key that only this user can read; where two programs do so at once, the first one's counts."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(pem)
    try:
        os.link(fresh, path)
    except FileExistsError:
        pass
    finally:
        fresh.unlink()
