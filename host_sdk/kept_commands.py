"""What a device was told to do, for those connections that come after."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from .client import Client
from .errors import ConnectionLost, ProtocolError, RequestRefused, WrongUse

Command = Callable[[Client], Awaitable[None]]


class KeptCommands:
    """The last command of each name that was not refused."""

    def __init__(self) -> None:
        self._kept: dict[str, Command] = {}

    async def give(self, name: str, command: Command, client: Client | None) -> None:
        """Keep a command, and give it to the client that is up, if any.

        Raises what it raises, and a refused one is not kept; where the link goes meanwhile it waits for the next one.
        """
        before = self._kept.pop(name, None)
        self._kept[name] = command
        if client is not None:
            try:
                await command(client)
            except ConnectionLost:
                return
            except (ProtocolError, RequestRefused, WrongUse):
                if self._kept.get(name) is command:  # nothing newer was asked for meanwhile
                    self._restore(name, before)
                raise

    def _restore(self, name: str, command: Command | None) -> None:
        """After a refusal: what the device still does is what later connections ask for."""
        del self._kept[name]
        if command is not None:
            self._kept[name] = command

    def forget(self, name: str) -> None:
        """Do not repeat it."""
        self._kept.pop(name, None)

    async def repeat(self, client: Client) -> None:
        """Give a new connection every command that is kept, those that are given meanwhile as well."""
        given: dict[str, Command] = {}
        while missing := [(name, command) for name, command in self._kept.items() if given.get(name) is not command]:
            for name, command in missing:
                await command(client)
                given[name] = command
