"""Questions to the device and their answers: matched, repeated when lost, never waited for without end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from . import wire_gen as wire
from .errors import ConnectionLost, RequestRefused, ResponseTimeout, VitalbandError, WrongUse, WrongVersion
from .slots import Slots
from .transports.base import Frame, Transport
from .waiting import within

ATTEMPTS = 3
Matches = Callable[[wire.AnyMessage], bool]
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Pending:
    seq: int
    request_type: int
    matches: Matches
    answer: asyncio.Future[wire.AnyMessage]


class Requester:
    """Sends requests over a transport; `handle` is given every message that comes.

    A device keeps few answers, so only as many requests are on their way as it has room for, questions of a type one by
    one; the others wait in order.
    """

    def __init__(self, transport: Transport, timeout_s: float) -> None:
        self._transport = transport
        self._timeout_s = self.timeout_s = timeout_s
        self._seq = 0
        self._pending: list[_Pending] = []
        self._commands, self._questions = self._room()
        # answers that have come
        self._handled = 0
        # the loop whose turns bring the answers
        self._loop: asyncio.AbstractEventLoop | None = None

    def begin(self) -> None:
        """A connection is being made, in the event loop that runs now."""
        self._loop = asyncio.get_running_loop()
        self._commands, self._questions = self._room()

    @property
    def loop_is_over(self) -> bool:
        """Whether the event loop of the connection has ended, and with it all that ran there."""
        return self._loop is not None and self._loop.is_closed()

    def check_loop(self) -> None:
        """Raise WrongUse in another event loop than that of the connection."""
        try:
            here = asyncio.get_running_loop()
        except RuntimeError:  # none: nothing can be waited for here
            return
        if self._loop not in (None, here):
            raise WrongUse(f"{self._transport.description}: was connected in another event loop; connect in this one")

    @staticmethod
    def _room() -> tuple[Slots, dict[int, Slots]]:
        return Slots(wire.KEPT_COMMANDS), {kind.TYPE: Slots(1) for kind in (wire.GetInfo, wire.TimeSync)}

    async def request(self, request: wire.AnyMessage, matches: Matches) -> wire.AnyMessage:
        """Answer to a request; raises RequestRefused, ResponseTimeout, ConnectionLost.

        A request without an answer is repeated with the same number, by which the device knows it: it is done once.
        """
        async with self.turn(type(request)):
            return await self.request_in_turn(request, matches)

    @asynccontextmanager
    async def turn(self, kind: type[wire.AnyMessage]) -> AsyncIterator[None]:
        """Room for a request of a kind, for `request_in_turn`; raises ResponseTimeout where nothing is answered."""
        self.check_loop()
        self._loop = asyncio.get_running_loop()
        slots = self._questions.get(kind.TYPE, self._commands)
        turn = slots.join()
        try:
            await self._wait_for(turn, kind)
            yield
        finally:
            slots.leave(turn)

    async def _wait_for(self, turn: asyncio.Future[None], kind: type[wire.AnyMessage]) -> None:
        while not turn.done():
            handled = self._handled
            await asyncio.wait([turn], timeout=self._timeout_s)
            if not turn.done() and handled == self._handled:
                raise self._timed_out(kind)
        turn.result()

    def _timed_out(self, kind: type[wire.AnyMessage]) -> ResponseTimeout:
        where = self._transport.description
        return ResponseTimeout(f"{where}: no answer to {kind.__name__} within {self._timeout_s:g} s")

    async def request_in_turn(self, request: wire.AnyMessage, matches: Matches) -> wire.AnyMessage:
        """Answer to a request whose turn it is; raises as `request` does."""
        answer: asyncio.Future[wire.AnyMessage] = asyncio.get_running_loop().create_future()
        frame = Frame(request.TYPE, self._seq, self._encoded(request))
        self._seq = (self._seq + 1) & 0xFFFF
        pending = _Pending(frame.seq, request.TYPE, matches, answer)
        self._pending.append(pending)
        try:
            for _ in range(ATTEMPTS):
                await self._send(frame, answer)
                done, _ = await asyncio.wait([answer], timeout=self._timeout_s / ATTEMPTS)
                if done:
                    return answer.result()
                _log.debug("%s: no answer to %s yet", self._transport.description, type(request).__name__)
        finally:
            self._pending.remove(pending)
            if answer.done() and not answer.cancelled():
                answer.exception()  # seen, also where the sending failed first
            answer.cancel()
        raise self._timed_out(type(request))

    def _encoded(self, request: wire.AnyMessage) -> bytes:
        try:
            return request.encode()
        except wire.WireError as error:
            raise WrongUse(f"{self._transport.description}: nothing that a device can be asked: {error}") from error

    async def command(self, request: wire.AnyMessage) -> None:
        """Request that is answered by ack alone."""
        await self.request(request, lambda _message: False)

    def handle(self, message: wire.AnyMessage) -> None:
        """Give a message to whoever waits for it."""
        self._handled += 1
        for pending in list(self._pending):
            if pending.answer.done():
                continue
            if isinstance(message, wire.Ack):
                self._handle_ack(pending, message)
            elif pending.matches(message):
                pending.answer.set_result(message)

    def fail(self, error: Exception) -> None:
        """The link is gone: nothing more will be answered."""
        for pending in self._pending:
            if not pending.answer.done():
                pending.answer.set_exception(error)
        for slots in (self._commands, *self._questions.values()):
            slots.fail(error)

    def _handle_ack(self, pending: _Pending, ack: wire.Ack) -> None:
        if ack.request != pending.request_type or ack.request_seq != pending.seq:
            return
        if ack.error is wire.Error.NONE:
            pending.answer.set_result(ack)
        else:
            pending.answer.set_exception(_refusal(self._transport.description, pending.request_type, ack.error))

    async def _send(self, frame: Frame, answer: asyncio.Future[wire.AnyMessage]) -> None:
        """Send; raises ConnectionLost, and nothing where meanwhile there is an answer, or the reason why none comes."""
        try:
            await within(self._transport.send(frame), self._timeout_s)
        except Exception as error:
            if answer.done():
                return
            if isinstance(error, asyncio.TimeoutError):
                raise ConnectionLost(f"{self._transport.description}: the link takes nothing") from None
            if isinstance(error, VitalbandError):
                raise
            what = f"{type(error).__name__}: {' '.join(str(error).split())}"
            raise ConnectionLost(f"{self._transport.description}: {what}") from error


def _refusal(where: str, request_type: int, error: wire.Error) -> Exception:
    name = wire.MESSAGES[request_type].__name__
    reason = error.name.lower().replace("_", " ")
    if error is wire.Error.UNSUPPORTED_VERSION:
        return WrongVersion(f"{where}: refuses protocol version {wire.PROTOCOL_VERSION} of this SDK")
    return RequestRefused(f"{where}: refused {name}: {reason}", int(error))
