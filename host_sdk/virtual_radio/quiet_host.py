"""Bumble's host where callers give up and links go at any moment: nothing of that is left behind, or said on stderr."""

from __future__ import annotations

import asyncio
from typing import Any

from bumble import hci
from bumble.host import Host


class QuietHost(Host):
    """Commands end by themselves: the answer to one that nobody waits for any more is not taken for the next one's."""

    async def _send_command(self, command: Any, response_timeout: float | None = None) -> Any:
        return await asyncio.shield(super()._send_command(command, response_timeout))

    async def send_async_command(self, command: Any, *args: Any, **options: Any) -> hci.HCI_ErrorCode:
        """As bumble's; what concerns a link that has gone is cancelled, as bumble does with what waits for one."""
        try:
            return await super().send_async_command(command, *args, **options)
        except hci.HCI_Error:
            link = getattr(command, "connection_handle", None)
            if link is None or link in self.connections:
                raise
            raise asyncio.CancelledError from None

    def on_command_processed(self, event: Any) -> None:
        """An answer came."""
        if not self._has_given_up():
            super().on_command_processed(event)

    def on_transport_lost(self) -> None:
        """The radio went."""
        if self._has_given_up():
            self.pending_response = None
        super().on_transport_lost()  # type: ignore[no-untyped-call]

    def _has_given_up(self) -> bool:
        """Whether a loop that ends has cancelled what waits for the answer."""
        return self.pending_response is not None and self.pending_response.done()
