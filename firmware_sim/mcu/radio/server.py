"""The air for other processes: each connection to a socket is one HCI controller on it."""

from __future__ import annotations

import asyncio
import socket

from bumble.transport.common import StreamPacketSink, StreamPacketSource

from .air import Air
from .controller import AirController
from .radio import Radio

CLOSE_TIMEOUT_S = 2.0


class _Port(StreamPacketSource):
    """One host on the other end of a socket."""

    def __init__(self, server: AirServer) -> None:
        super().__init__()
        self._server = server
        self.transport: asyncio.Transport | None = None
        self._controller: AirController | None = None
        self.closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        sock = transport.get_extra_info("socket")
        if sock is not None and sock.family in (socket.AF_INET, socket.AF_INET6):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.transport = transport
        name = f"port {self._server.opened}"
        self._server.add(self)
        self._controller = AirController(self._server.air, name, self, StreamPacketSink(transport))

    def pause_writing(self) -> None:
        if self._controller is not None:
            self._controller.set_receiving(False)

    def resume_writing(self) -> None:
        if self._controller is not None:
            self._controller.set_receiving(True)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._controller is not None:
            self._controller.unplug()
            # Whoever waited for it must not wait for a host that is gone.
            self._controller.set_receiving(True)
        self._server.remove(self)
        if not self.closed.done():
            self.closed.set_result(None)


class AirServer:
    """An `Air` behind a TCP port or a Unix socket. Start it with `start`, end it with `close`."""

    def __init__(self, air: Air) -> None:
        self.air = air
        self.opened = 0
        #: HCI transport for hosts: ``tcp-client:127.0.0.1:PORT`` or ``unix-client:PATH``.
        self.address = ""
        #: Where a TCP port is; empty and 0 on a Unix socket.
        self.host = ""
        self.port = 0
        self._ports: set[_Port] = set()
        self._server: asyncio.AbstractServer | None = None

    @classmethod
    async def start(
        cls, host: str = "127.0.0.1", port: int = 0, *, path: str | None = None, air: Air | None = None
    ) -> AirServer:
        """Serve an air (default: a new one) on a TCP port (0: any free) or a Unix socket; OSError when it is taken."""
        server = cls(air or Air())
        loop = asyncio.get_running_loop()
        if path is not None:
            listener = await loop.create_unix_server(lambda: _Port(server), path, start_serving=False)
            server.address = f"unix-client:{path}"
        else:
            listener = await loop.create_server(lambda: _Port(server), host, port, start_serving=False)
            server.host, server.port = listener.sockets[0].getsockname()[:2]
            server.address = f"tcp-client:{server.host}:{server.port}"
        server._server = listener
        try:
            await listener.start_serving()
        except BaseException:  # given up in its midst
            listener.close()
            raise
        return server

    def new_radio(self, address: str | None = None) -> Radio:
        """A radio on this air for a device in this process."""
        return Radio(self.air, address)

    def add(self, port: _Port) -> None:
        """A host came."""
        self.opened += 1
        self._ports.add(port)

    def remove(self, port: _Port) -> None:
        """A host went."""
        self._ports.discard(port)

    async def close(self) -> None:
        """Hang up on every host and free the socket; harmless when called again."""
        server, self._server = self._server, None
        if server is None:
            return
        server.close()
        ports = list(self._ports)
        for port in ports:
            if port.transport is not None:
                port.transport.close()
        if ports:
            _, late = await asyncio.wait({port.closed for port in ports}, timeout=CLOSE_TIMEOUT_S)
            for port in ports:
                if port.closed in late and port.transport is not None:
                    port.transport.abort()
        await server.wait_closed()
