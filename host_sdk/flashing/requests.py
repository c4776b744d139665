"""Requests that stock `smpclient` does not have."""

from __future__ import annotations

from smp import message
from smp import os_management as os_messages
from smpclient.requests.os_management import BootloaderInformationRead


class LastBootResponse(message.ReadResponse):
    """What the bootloader did last, why it refused, and how the hash of that image begins (0.3.0 and newer)."""

    _GROUP_ID = os_messages.BootloaderInformationReadRequest._GROUP_ID
    _COMMAND_ID = os_messages.BootloaderInformationReadRequest._COMMAND_ID

    outcome: str
    refusal: str
    hash: bytes = b""


class LastBootRead(BootloaderInformationRead):
    """Bootloader info with the query `last`, which has to be given."""

    _Response = LastBootResponse  # type: ignore[assignment]
