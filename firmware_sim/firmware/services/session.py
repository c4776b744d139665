"""One host on one link: its requests, what it wants, and what still waits for it."""

from array import array
from struct import unpack_from

import micropython
from micropython import const

from .. import wire_gen as wire
from ..frame_ring import FrameRing, Reader
from .link import FrameReceiver
from .requests import AFTER_QUEUED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Protocol

    from .link import Link
    from .log.pull import LogPull
    from .log.recorder import LogRecorder

    #: By type of the request.
    Handlers = dict[int, Callable[..., int | None]]

    class AlarmHost(Protocol):
        """What requests need of an alarm."""

        def write(self, buf: bytearray, back: int, now_us: int) -> int:
            """Pack `alarm`; 0 where there is no such record."""
            ...

        def act(self, action: int, value: int, now_us: int) -> int:
            """Do what a host wants; an error code."""
            ...

    class Host(Protocol):
        """What a session needs of the device it speaks for."""

        samples: FrameRing
        results: FrameRing
        log: LogRecorder
        log_pull: LogPull
        #: None on devices without an alarm.
        alarm_requests: AlarmHost | None
        #: Room for one frame and `FRAME_ROOM` more, for whoever has one to send now.
        frame: bytearray

        def now_us(self) -> int:
            """Device time."""

        def write_info(self, buf: bytearray, seq: int) -> int:
            """Pack `info`."""

        def write_status(self, buf: bytearray, seq: int, session: "Session") -> int:
            """Pack `status` as this session's link has it."""

        def write_stream_info(self, buf: bytearray, seq: int, stream: int) -> int:
            """Pack `stream_info`; 0 where there is no such stream."""

        def set_time(self, unix_ms: int, by: object) -> bool:
            """Set the calendar for the link `by`; False: not a time."""

        def set_wearer(self, sex: int) -> int:
            """Keep in mind who wears the device; an error code."""

        def set_log(self, mode: int, streams: int, results: int) -> int:
            """Record so from now on; an error code."""

        def schedule_log(self, plan: tuple[int, ...]) -> int:
            """Record at these times, as `services.log.trigger.PLAN` has them; an error code."""

        def flush(self, streams: int) -> None:
            """The signals of these streams have ended: queue the results of what is there."""

        def subscription_changed(self) -> None:
            """Some session wants something else now."""


#: Bytes that a link may use behind a frame.
FRAME_ROOM = const(4)
_SEQ = const(0)
_WAITING = const(1)
# Seconds since the host asked for the time, and how many of them may pass (0: it never asked).
_SINCE = const(2)
_LEASE = const(3)
_ENDLESS = const(0xFFFF)  # it asked once
_LEAST_LEASE_S = const(60)
# What waits to be queued as an answer: the status, acknowledgements.
_STATUS = const(1)
_ACKS = const(2)
# Chunks of the log that are sent when there is nothing else.
_PULL = const(4)
# Answers that wait; a host that floods requests loses its oldest questions.
_REPLIES = const(14)  # wire: REPLY_FRAMES
_REPLY_BYTES = const(277)  # wire: REPLY_BYTES
_KEPT = const(4)  # wire: KEPT_COMMANDS
# Readers, in the order in which they are served.
_ANSWERS = const(0)
_RESULTS = const(1)
_SAMPLES = const(2)
_HEAD = const(2)  # frame_ring: HEAD


def _kept(entries: "tuple[Any, ...]", entry: "tuple[Any, ...]") -> "tuple[Any, ...]":
    """The newest entries with this one."""
    return (entries + (entry,))[-_KEPT:]  # noqa: RUF005 - MicroPython has no star there


class Session(FrameReceiver):
    """Answers requests of one link and feeds it from the rings."""

    def __init__(self, link: "Link", host: "Host", handlers: "Handlers") -> None:
        self.link = link
        self.host = host
        self._handlers = handlers
        # Answers wait in the first when the link is full.
        answers = FrameRing(_REPLIES, _REPLY_BYTES, by_topic=False)
        self._readers = (Reader(answers), Reader(host.results), Reader(host.samples))
        self._readers[_ANSWERS].subscribe(1)
        # Sequence number of the next frame, what waits, and the host's signs of life. MicroPython takes ten times as
        # long to set an attribute as an item.
        self._state = array("H", bytes(8))
        #: Room to pack an answer in.
        self.buf = host.frame
        # the last commands that were done: (frame, answer of the handler)
        self._done: "tuple[tuple[bytes, int], ...]" = ()
        # what is acknowledged later: (type, sequence number, number of the next result, of the next block)
        self._held: "tuple[tuple[int, int, int, int], ...]" = ()

    @property
    def streams(self) -> int:
        """Mask of the streams it wants."""
        return self._readers[_SAMPLES].topics

    @property
    def dropped_blocks(self) -> int:
        """Frames that gave way to newer ones before this link took them."""
        return self._readers[_SAMPLES].dropped + self._readers[_RESULTS].dropped

    def on_down(self) -> None:
        """The link went: forget what the host wanted."""
        for reader in self._readers:
            reader.restart()
        self._readers[_ANSWERS].subscribe(1)
        self.begin()
        if self._state[_WAITING] & _PULL:
            self._state[_WAITING] &= ~_PULL
            self.host.log_pull.end(self)
        self.host.subscription_changed()

    def begin(self) -> None:
        """A host begins, maybe another one on the same cable: what it says is no repetition."""
        self._done = ()
        self._held = ()
        self._state[_LEASE] = 0

    def time_was_requested(self) -> None:
        """A sign of life. Who asks again and again, and then does not for long, has gone, also where no link says so.

        How long depends on the longest time between two questions: time may run faster than the host's.
        """
        state = self._state
        if not state[_LEASE]:
            state[_LEASE] = _ENDLESS
        else:
            lease = max(_LEAST_LEASE_S, 8 * state[_SINCE])
            if state[_LEASE] < _ENDLESS:
                lease = max(lease, state[_LEASE])
            state[_LEASE] = min(lease, _ENDLESS)
        state[_SINCE] = 0

    def on_frame(self, frame: memoryview) -> None:
        """Handle one received frame; whatever is in it, the answer is a frame and the device goes on."""
        if len(frame) < wire.HEADER_BYTES:
            self._ack(0, 0, wire.ERROR_BAD_LENGTH)
            return
        kind, seq = unpack_from("<BH", frame)
        request = bytes(frame)
        answer = self._known_answer(request)
        if answer is None:
            answer = self._request(kind, frame[wire.HEADER_BYTES :])
            if answer is not None and answer <= wire.ERROR_NONE:
                self._done = _kept(self._done, (request, answer))
        if answer == AFTER_QUEUED:
            self._hold(kind, seq)
        elif answer is not None:
            self._ack(kind, seq, answer)

    def subscribe(self, streams: int, results: int) -> None:
        """Want these streams and results from now on."""
        self._readers[_SAMPLES].subscribe(streams)
        self._readers[_RESULTS].subscribe(results)
        self.host.subscription_changed()

    @micropython.native
    def poll(self) -> None:
        """Send what waits, until the link takes no more; not to be called while it is down."""
        state = self._state
        if state[_WAITING]:
            self._put_waiting()
        for reader in self._readers:
            if reader.next[0] != reader.ring.state[_HEAD] and not self._drain(reader):
                return
        if state[_WAITING]:  # with what has just been sent, not a step later
            self._put_waiting()
            if self._drain(self._readers[_ANSWERS]) and state[_WAITING] & _PULL and self.host.log_pull.send(self):
                state[_WAITING] &= ~_PULL

    def pull(self) -> None:
        """Chunks of the log are to be sent from now on."""
        self._state[_WAITING] |= _PULL

    def send_now(self, n: int) -> bool:
        """Send the first `n` bytes of `buf` with the link's next number; False: the link takes no more."""
        buf = self.buf
        state = self._state
        seq = state[_SEQ]
        buf[1] = seq & 0xFF
        buf[2] = seq >> 8
        if not self.link.send(buf, n):
            return False
        state[_SEQ] = (seq + 1) & 0xFFFF
        return True

    def backlog_ms(self, now_us: int) -> int:
        """Age of the oldest block that waits for this link."""
        number = self._readers[_SAMPLES].peek()
        return 0 if number is None else max(0, now_us - self.host.samples.stamp(number)) // 1000

    @micropython.native
    def _drain(self, reader: Reader) -> bool:
        """Send what `reader` wants, with the link's sequence numbers; False: the link took no more."""
        buf = self.buf
        state = self._state
        while True:
            number = reader.peek()
            if number is None:
                return True
            n = reader.ring.copy(number, buf)
            seq = state[_SEQ]
            buf[1] = seq & 0xFF
            buf[2] = seq >> 8
            if not self.link.send(buf, n):
                return False
            state[_SEQ] = (seq + 1) & 0xFFFF
            reader.next[0] = number + 1

    @micropython.native
    def every_second(self) -> None:
        """Send a status as soon as no answer waits before it, if the host wants them; notice one that has gone."""
        state = self._state
        state[_WAITING] |= _STATUS
        if state[_LEASE] and self.link.ends_unseen:
            since = min(state[_SINCE] + 1, _ENDLESS)
            state[_SINCE] = since
            if since > state[_LEASE]:
                self.on_down()

    @micropython.native
    def _put_waiting(self) -> None:
        """Queue the acknowledgements whose time has come; the status only where no answer waits to give way to it."""
        state = self._state
        if state[_WAITING] & _ACKS:
            self._ack_passed()
        replies = self._readers[_ANSWERS]
        if state[_WAITING] & _STATUS and replies.next[0] == replies.ring.state[_HEAD]:
            state[_WAITING] &= ~_STATUS
            if self._readers[_RESULTS].topics & wire.TOPIC_STATUS:
                self.reply(self.host.write_status(self.buf, 0, self))

    def reply(self, n: int) -> None:
        """Queue the first `n` bytes of `buf` as an answer."""
        self._readers[_ANSWERS].ring.put(self.buf, n, 1)

    def _ack(self, kind: int, seq: int, error: int) -> None:
        self.reply(wire.pack_ack(self.buf, 0, kind, seq, error))

    def _known_answer(self, request: bytes) -> "int | None":
        """What a command was answered when this very frame came before; None: it did not come lately."""
        for frame, answer in self._done:
            if frame == request:
                return answer
        return None

    def _hold(self, kind: int, seq: int) -> None:
        """Acknowledge later, unless that is to be done already."""
        for held in self._held:
            if held[0] == kind and held[1] == seq:
                return
        passed = (kind, seq, self._readers[_RESULTS].ring.state[_HEAD], self._readers[_SAMPLES].ring.state[_HEAD])
        self._held = _kept(self._held, passed)
        self._state[_WAITING] |= _ACKS

    def _ack_passed(self) -> None:
        """Acknowledge what waited for frames that have been sent by now, have given way or are not wanted."""
        self._readers[_RESULTS].peek()
        self._readers[_SAMPLES].peek()
        while self._held:
            kind, seq, result, block = self._held[0]
            if self._readers[_RESULTS].next[0] < result or self._readers[_SAMPLES].next[0] < block:
                return
            self._held = self._held[1:]
            self._ack(kind, seq, wire.ERROR_NONE)
        self._state[_WAITING] &= ~_ACKS

    def _request(self, kind: int, payload: memoryview) -> "int | None":
        """Do a request; returns what its handler answers, or why it is none."""
        try:
            fields = wire.unpack_request(kind, payload)
        except wire.WireError as refusal:
            error: int = refusal.args[0]
            return error
        return self._handlers[kind](self, *fields)
