"""Bumble's errors and identifiers as bleak has them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from bleak.exc import BleakError, BleakGATTProtocolError
from bleak.uuids import normalize_uuid_str
from bumble import att, core
from bumble.core import UUID

from ..reasons import one_line

#: ATT errors that pairing cures: insufficient authentication, insufficient encryption.
NEEDS_PAIRING = (att.ATT_INSUFFICIENT_AUTHENTICATION_ERROR, att.ATT_INSUFFICIENT_ENCRYPTION_ERROR)


def uuid_text(uuid: UUID) -> str:
    """A UUID as bleak writes it: 128 bits, lower case."""
    return normalize_uuid_str(uuid.to_hex_str("-" if len(uuid.uuid_bytes) == 16 else ""))


@contextmanager
def translated(what: str) -> Iterator[None]:
    """Raise bleak's errors for bumble's; asyncio.TimeoutError stays, as bleak's own backends have it."""
    try:
        yield
    except (BleakError, asyncio.TimeoutError):
        raise  # from Python 3.11 on a TimeoutError is an OSError
    except att.ATT_Error as error:
        raise BleakGATTProtocolError(int(error.error_code)) from error
    except core.TimeoutError as error:
        raise asyncio.TimeoutError(f"{what}: {one_line(error)}") from error
    except (core.BaseBumbleError, OSError) as error:
        raise BleakError(f"{what}: {one_line(error)}") from error
