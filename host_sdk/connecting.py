"""The way in: `async with connect(address) as client`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Literal, overload

from .client import Client
from .reconnect import ReconnectingClient


@overload
def connect(
    address: str, *, reconnect: Literal[False] = False, wait_s: float = 0.0
) -> AbstractAsyncContextManager[Client]: ...


@overload
def connect(
    address: str, *, reconnect: Literal[True], wait_s: float = 0.0
) -> AbstractAsyncContextManager[ReconnectingClient]: ...


def connect(
    address: str, *, reconnect: bool = False, wait_s: float = 0.0
) -> AbstractAsyncContextManager[Client] | AbstractAsyncContextManager[ReconnectingClient]:
    """Connected client of `sim:`, `sim:tcp:HOST:PORT`, `ble:NAME`, `serial:PORT` or `replay:PATH`, closed at the end.

    With `reconnect` a lost link is taken up again, with what was subscribed and set. A device that is not there yet is
    tried again for `wait_s` seconds. Raises AddressError, ConnectError, ProtocolError.

        async with host_sdk.connect("sim:") as client:
            await client.subscribe()
            async for item in client.items():
                print(item)
    """
    return _reconnecting(address, wait_s) if reconnect else _once(address, wait_s)


@asynccontextmanager
async def _once(address: str, wait_s: float) -> AsyncIterator[Client]:
    async with await Client.open(address, wait_s=wait_s) as client:
        yield client


@asynccontextmanager
async def _reconnecting(address: str, wait_s: float) -> AsyncIterator[ReconnectingClient]:
    async with await ReconnectingClient.open(address, wait_s=wait_s) as client:
        yield client
