"""SMP to one device by its address, over stock `smpclient`: what goes wrong becomes one family of errors."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import Any

import serial
from smpclient import SMPClient
from smpclient.exceptions import SMPUploadError, SMPValidationException
from smpclient.generics import error
from smpclient.requests.os_management import ResetWrite
from smpclient.transport import SMPTransport
from smpclient.transport.ble import SMPBLETransport
from smpclient.transport.serial import SMPSerialTransport

from ..errors import AddressError, ConnectError, ConnectionLost, ProtocolError, ResponseTimeout
from ..reasons import one_line, reason
from ..transports.address import DEFAULT_BAUD, Address
from ..transports.ble import Backend, radio_reason, scan
from ..transports.serial import meaning
from ..transports.sim_ble import virtual_backend
from .errors import FlashRefused, NotSupported

CONNECT_S = 15.0
RESPONSE_S = 5.0
_SCAN_S = 3.0
_RETRY_S = 0.5
_LONGEST_WORDS = 80
#: Answers to parts of one upload after which the device has no more than before.
_MOST_VAIN = 200
#: SMP's error of a group or command that is not there.
_ENOTSUP = 8
#: What a link that goes, or a late or torn answer, raises: each of the packages below its own, and smpclient a
#: RuntimeError where its wait for an answer is cancelled.
_LOST = Exception
# its own words are for who asks for them
logging.getLogger("smpclient").addHandler(logging.NullHandler())


class ManagedDevice:
    """A device that speaks SMP, at `ble:`, `serial:` or `sim:tcp:`; `open` it, and `close` it at last."""

    def __init__(self, address: Address) -> None:
        if address.scheme == "log" or address.starts_device:
            raise AddressError(f"address '{address}': flashing needs a device that is there: ble:, serial: or sim:tcp:")
        self._address = address
        self._client: SMPClient | None = None
        self._uninstall: Callable[[], None] = lambda: None

    async def open(self) -> None:
        """Connect; ConnectError where that fails."""
        if self._address.scheme == "serial":
            self._check_port()
        transport, target = await self._transport()
        client = SMPClient(transport, target, timeout_s=RESPONSE_S)
        try:
            await asyncio.wait_for(client.connect(CONNECT_S), CONNECT_S + RESPONSE_S)
        except _LOST as lost:
            with suppress(Exception):
                await asyncio.wait_for(client.disconnect(), RESPONSE_S)
            raise ConnectError(f"{self._address}: {self._words(lost)}") from lost
        self._client = client

    def _check_port(self) -> None:
        """ConnectError, at once, where there is no such port or another program has it."""
        try:
            serial.Serial(self._address.target, exclusive=True).close()
        except (serial.SerialException, OSError, ValueError) as error:
            raise ConnectError(f"{self._address}: {meaning(error)}") from error

    async def _transport(self) -> tuple[SMPTransport, str]:
        """What carries the frames, and what it calls the device."""
        address = self._address
        if address.scheme == "serial":
            baud = int(address.options.get("baud", DEFAULT_BAUD))
            # two readers on one port would each get half of the bytes
            return SMPSerialTransport(baudrate=baud, exclusive=True), address.target
        if address.scheme == "sim":
            return SMPBLETransport(), await self._name_in_air()
        return SMPBLETransport(), address.target

    async def _name_in_air(self) -> str:
        """Name of the device in a simulator's air, which bleak uses from now on."""
        radio = f"tcp-client:{self._address.target.removeprefix('tcp:')}"
        backend = virtual_backend(radio)
        from ..virtual_radio import install, uninstall

        install(radio)
        self._uninstall = uninstall
        wanted = self._address.options.get("name")
        if wanted:
            return wanted
        names = [str(device.name) for device in await scan(_SCAN_S, backend) if device.is_vitalband]
        if len(names) != 1:
            raise ConnectError(f"{self._address}: {len(names)} devices are in this air; ?name=NAME says which")
        return names[0]

    async def reopen(self, patience_s: float) -> None:
        """Connect anew, as often as it takes; ConnectionLost when that did not work for so long."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + patience_s
        while True:
            await self.close()
            try:
                return await self.open()
            except ConnectError as error:
                if loop.time() > deadline:
                    raise ConnectionLost(f"{self._address}: gone for {patience_s:g} s; {one_line(error)}") from error
            await asyncio.sleep(_RETRY_S)

    async def close(self) -> None:
        """Hang up; harmless when called again."""
        client, self._client = self._client, None
        if client is not None:
            with suppress(Exception):
                await asyncio.wait_for(client.disconnect(), RESPONSE_S)
        self._uninstall()

    async def request(self, request: Any) -> Any:
        """The response; FlashRefused where the device refuses, ConnectionLost where none comes, ProtocolError."""
        if self._client is None:
            raise ConnectionLost(f"{self._address}: not open")
        try:
            response = await self._client.request(request, timeout_s=RESPONSE_S)
        except SMPValidationException as invalid:
            raise ProtocolError(f"{self._address}: an answer that is none") from invalid
        except _LOST as lost:
            raise ConnectionLost(f"{self._address}: {self._words(lost)}") from lost
        if error(response):
            refusal = NotSupported if getattr(response, "rc", None) == _ENOTSUP else FlashRefused
            raise refusal(f"refused: {_refusal(response)}")
        return response

    async def upload(self, data: bytes) -> AsyncIterator[int]:
        """Send an image, from where the device has it; bytes that are there. As `request`.

        ProtocolError where the device says that it has more than all, or goes back again and again.
        """
        if self._client is None:
            raise ConnectionLost(f"{self._address}: not open")
        try:
            before, vain = -1, 0
            async for offset in self._client.upload(data, first_timeout_s=RESPONSE_S, subsequent_timeout_s=RESPONSE_S):
                vain += offset <= before
                if not 0 <= offset <= len(data) or vain > _MOST_VAIN:
                    said = f"says that it has {offset} of {len(data)} bytes, and gets on no more"
                    raise ProtocolError(f"{self._address}: {said}")
                before = offset
                yield offset
        except ProtocolError:
            raise
        except SMPUploadError as refused:
            raise FlashRefused(
                f"the upload is refused: {_refusal(refused.args[0] if refused.args else None)}"
            ) from refused
        except _LOST as lost:
            raise ConnectionLost(f"{self._address}: {self._words(lost)}") from lost

    async def restart(self) -> None:
        """Have it start anew; its answer may get lost on the way."""
        with suppress(ConnectionLost, ResponseTimeout):
            await self.request(ResetWrite())

    def _words(self, lost: BaseException) -> str:
        """Why a link is lost, without the bytes that were on it: smpclient puts whole frames in its messages."""
        text = radio_reason(lost, Backend()) if self._address.scheme == "ble" else reason(lost)
        return text if len(text) <= _LONGEST_WORDS else f"the link broke off ({type(lost).__name__})"


def _refusal(response: Any) -> str:
    """What an error response says, for people."""
    found = getattr(response, "err", None)
    if found is not None:
        return f"{getattr(found.rc, 'name', found.rc)} (error {int(found.rc)} of group {int(found.group)})"
    rc = getattr(response, "rc", None)
    if rc is None:
        return one_line(response)
    reason = getattr(response, "rsn", None)
    return f"{reason or getattr(rc, 'name', rc)} (error {int(rc)})"
