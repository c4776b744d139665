"""Sessions: requests, subscriptions, back-pressure, and hostile frames."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_sim.firmware import wire_gen as wire
from firmware_sim.firmware.frame_ring import FrameRing
from firmware_sim.firmware.services.link import Link
from firmware_sim.firmware.services.requests.table import HANDLERS
from firmware_sim.firmware.services.session import FRAME_ROOM, Session
from host_sdk import wire_gen as sdk


class FakeLink(Link):
    """A link that keeps what it is given, as long as it has room."""

    def __init__(self, limit: int = 244) -> None:
        super().__init__()
        self.limit = limit
        self.up = True
        self.room = 1000
        self.sent: list[bytes] = []

    def send(self, buf: bytearray, n: int) -> bool:
        if self.room <= 0:
            return False
        self.room -= 1
        self.sent.append(bytes(buf[:n]))
        return True


class FakeLog:
    """A log without flash, in the place of both the recorder and the pull."""

    def flush(self, now_us: int) -> None:
        pass

    def write_status(self, buf: bytearray, seq: int) -> int:
        return wire.pack_log_status(buf, seq, wire.LOG_STATE_NO_FLASH, 0, 0, 0, 0, 0, 0, 0, 0, 0, None)

    def acknowledge(self, end: int, check: int) -> int:
        return wire.ERROR_NOT_STORED

    def erase(self, end: int) -> int:
        return wire.ERROR_NOT_STORED

    def begin(self, session: Session, first: int, end: int) -> int:
        return wire.ERROR_NONE

    def send(self, session: Session) -> bool:
        return True

    def end(self, session: Session) -> None:
        pass


class FakeHost:
    """A device with one stream, and no flash."""

    log: Any = FakeLog()
    log_pull: Any = FakeLog()
    alarm_requests: Any = None

    def __init__(self) -> None:
        self.frame = bytearray(wire.LONGEST_FRAME + FRAME_ROOM)
        self.samples = FrameRing(8, 8 * 182, True)
        self.results = FrameRing(8, 8 * 48)
        self.time = 0
        self.unix_ms = 0
        self.sex = 0
        self.changes = 0
        self.flushed: list[int] = []
        self.last_results = 0

    def now_us(self) -> int:
        return self.time

    def write_info(self, buf: bytearray, seq: int) -> int:
        return wire.pack_info(buf, seq, wire.PROTOCOL_VERSION, 1, 7, b"s", b"m", b"f")

    def write_stream_info(self, buf: bytearray, seq: int, stream: int) -> int:
        return 0 if stream else wire.pack_stream_info(buf, seq, 0, 1, 3, wire.UNIT_MV, 250_000, 48_081)

    def write_status(self, buf: bytearray, seq: int, session: Session) -> int:
        return wire.pack_status(
            buf, seq, self.time, 1, session.backlog_ms(self.time), session.dropped_blocks, 0, 0, None, None, None, None
        )

    def set_time(self, unix_ms: int, by: object) -> bool:
        self.unix_ms = unix_ms
        return unix_ms > 0

    def set_wearer(self, sex: int) -> int:
        self.sex = sex
        return wire.ERROR_NONE if sex <= wire.SEX_MALE else wire.ERROR_BAD_VALUE

    def set_log(self, mode: int, streams: int, results: int) -> int:
        return wire.ERROR_NOT_STORED

    def schedule_log(self, plan: tuple[int, ...]) -> int:
        return wire.ERROR_NOT_STORED

    def flush(self, streams: int) -> None:
        self.flushed.append(streams)
        for number in range(self.last_results):
            n = wire.pack_event(self.frame, 0, number, self.time, wire.EVENT_KIND_FALL, 1, 3000)
            self.results.put(self.frame, n, wire.TOPIC_EVENTS)

    def subscription_changed(self) -> None:
        self.changes += 1

    def block(self, number: int) -> None:
        """One block of one sample, stamped `number` ms."""
        slot = bytearray(24)
        n = wire.pack_samples(slot, 0, 0, number, number, number * 1000, 0)
        slot[n : n + 3] = b"abc"
        self.samples.put(slot, n + 3, 1, number * 1000)


def request(message: sdk.Message, seq: int = 5) -> memoryview:
    return memoryview(bytes([message.TYPE, seq & 0xFF, seq >> 8]) + message.encode())


def decoded(frames: list[bytes]) -> list[sdk.AnyMessage]:
    return [sdk.MESSAGES[f[0]].decode(f[3:]) for f in frames]


@pytest.fixture
def host() -> FakeHost:
    return FakeHost()


@pytest.fixture
def link() -> FakeLink:
    return FakeLink()


@pytest.fixture
def session(host: FakeHost, link: FakeLink) -> Session:
    return Session(link, host, HANDLERS)


def test_get_info_is_answered_with_info_and_streams(session: Session, link: FakeLink) -> None:
    session.on_frame(request(sdk.GetInfo(sdk.PROTOCOL_VERSION)))
    session.poll()
    info, stream = decoded(link.sent)
    assert isinstance(info, sdk.Info)
    assert info.boot_id == 7
    assert isinstance(stream, sdk.StreamInfo)
    assert stream.rate_mhz == 250_000
    assert [f[1] for f in link.sent] == [0, 1]


@pytest.mark.parametrize(
    ("frame", "error"),
    [
        (request(sdk.GetInfo(99)), sdk.Error.UNSUPPORTED_VERSION),
        (memoryview(b"\x7e\x05\x00xx"), sdk.Error.UNKNOWN_TYPE),
        (memoryview(b"\x41\x05\x00\x01"), sdk.Error.BAD_LENGTH),
        (memoryview(b"\x41"), sdk.Error.BAD_LENGTH),
        (request(sdk.Subscribe(1 << len(sdk.Stream), sdk.Results(0))), sdk.Error.BAD_VALUE),
        (request(sdk.Subscribe(0, sdk.Results(0x8000))), sdk.Error.BAD_VALUE),
        (request(sdk.SetTime(0)), sdk.Error.BAD_VALUE),
        (memoryview(b"\x44\x05\x00\x03"), sdk.Error.BAD_VALUE),
    ],
)
def test_refusals(session: Session, link: FakeLink, frame: memoryview, error: sdk.Error) -> None:
    session.on_frame(frame)
    session.poll()
    (ack,) = decoded(link.sent)
    assert isinstance(ack, sdk.Ack)
    assert ack.error == error


def test_the_wearer_is_stored(session: Session, host: FakeHost, link: FakeLink) -> None:
    session.on_frame(request(sdk.SetWearer(sdk.Sex.FEMALE)))
    session.poll()
    (ack,) = decoded(link.sent)
    assert isinstance(ack, sdk.Ack)
    assert ack.error is sdk.Error.NONE
    assert host.sex == sdk.Sex.FEMALE


def test_flush_reaches_the_device_and_is_acknowledged(session: Session, host: FakeHost, link: FakeLink) -> None:
    session.on_frame(request(sdk.Flush(5)))
    session.poll()
    assert decoded(link.sent) == [sdk.Ack(sdk.Flush.TYPE, 5, sdk.Error.NONE)]
    assert host.flushed == [5]


def test_the_ack_of_flush_comes_after_what_was_queued(session: Session, host: FakeHost, link: FakeLink) -> None:
    session.on_frame(request(sdk.Subscribe(1, sdk.Results.EVENTS)))
    session.poll()
    link.sent.clear()
    host.block(0)
    host.last_results = 3
    session.on_frame(request(sdk.Flush(1), 6))
    link.room = 2
    session.poll()
    host.block(1)  # what comes later is not waited for
    link.room = 100
    session.poll()
    session.poll()
    kinds = [frame[0] for frame in link.sent]
    assert kinds[:5] == [sdk.Event.TYPE] * 3 + [sdk.Samples.TYPE] * 2
    assert decoded(link.sent)[5:] == [sdk.Ack(sdk.Flush.TYPE, 6, sdk.Error.NONE)]


def test_flush_is_acknowledged_where_its_results_gave_way(session: Session, host: FakeHost, link: FakeLink) -> None:
    session.on_frame(request(sdk.Subscribe(0, sdk.Results.EVENTS)))
    session.poll()
    link.sent.clear()
    host.last_results = 8
    for seq in range(6):
        session.on_frame(request(sdk.Flush(1), seq))
    link.room = 0
    session.poll()
    link.room = 2
    session.poll()
    # four of six are kept; the last waits for its own results, which still are there
    acks = [sdk.Ack(sdk.Flush.TYPE, seq, sdk.Error.NONE) for seq in range(2, 6)]
    assert decoded(link.sent) == acks[:2]
    link.room = 100
    session.poll()
    session.poll()
    assert decoded(link.sent)[2] == acks[2]
    assert [frame[0] for frame in link.sent[3:-1]] == [sdk.Event.TYPE] * 8
    assert decoded(link.sent)[-1] == acks[3]


def test_a_flush_of_a_host_that_went_is_not_acknowledged_to_the_next(
    session: Session, host: FakeHost, link: FakeLink
) -> None:
    session.on_frame(request(sdk.Subscribe(0, sdk.Results.EVENTS)))
    host.last_results = 1
    session.on_frame(request(sdk.Flush(1)))
    session.on_down()
    session.poll()
    assert link.sent == []


def test_a_repeated_flush_is_done_once_and_acknowledged_again(session: Session, host: FakeHost, link: FakeLink) -> None:
    session.on_frame(request(sdk.GetInfo(sdk.PROTOCOL_VERSION), 0))
    session.on_frame(request(sdk.Subscribe(1, sdk.Results.EVENTS), 1))
    session.poll()
    link.sent.clear()
    link.room = 1
    host.last_results = 2
    for _ in range(2):  # the second one while the first waits for its results
        session.on_frame(request(sdk.Flush(1), 2))
        session.poll()
    link.room = 100
    session.poll()
    acks = [sdk.Ack(sdk.Flush.TYPE, 2, sdk.Error.NONE)]
    assert [frame[0] for frame in link.sent] == [sdk.Event.TYPE] * 2 + [sdk.Ack.TYPE]
    session.on_frame(request(sdk.Flush(1), 2))
    session.poll()
    assert decoded(link.sent[2:]) == acks * 2
    assert host.flushed == [1]
    session.on_frame(request(sdk.Flush(1), 3))
    assert host.flushed == [1, 1]


def test_no_repeated_command_is_done_twice(session: Session, host: FakeHost, link: FakeLink) -> None:
    commands: list[sdk.Message] = [
        sdk.SetTime(1000),
        sdk.SetWearer(sdk.Sex.MALE),
        sdk.Subscribe(1, sdk.Results(0)),
        sdk.Flush(1),
    ]
    for seq, command in enumerate(commands):
        session.on_frame(request(command, seq))
    session.poll()
    host.unix_ms, host.sex = 5000, sdk.Sex.FEMALE  # as another host has set them since
    first = decoded(link.sent)
    link.sent.clear()
    for seq, command in enumerate(commands):
        session.on_frame(request(command, seq))
    session.poll()
    assert decoded(link.sent) == first
    assert (host.unix_ms, host.sex, host.changes, host.flushed) == (5000, sdk.Sex.FEMALE, 1, [1])


def test_a_host_that_begins_repeats_nothing(session: Session, host: FakeHost, link: FakeLink) -> None:
    """Numbers begin anew where another program opens the same cable."""
    for _ in range(2):
        session.on_frame(request(sdk.GetInfo(sdk.PROTOCOL_VERSION), 0))
        session.on_frame(request(sdk.Flush(1), 1))
    session.on_down()
    session.on_frame(request(sdk.Flush(1), 1))
    session.on_frame(request(sdk.Flush(3), 1))  # the same number alone does not make it the same
    assert host.flushed == [1, 1, 1, 3]


def test_what_was_refused_is_tried_again(session: Session, link: FakeLink) -> None:
    link.limit = 20
    session.on_frame(request(sdk.Subscribe(1, sdk.Results(0))))
    link.limit = 244
    session.on_frame(request(sdk.Subscribe(1, sdk.Results(0))))
    session.poll()
    errors = [ack.error for ack in decoded(link.sent) if isinstance(ack, sdk.Ack)]
    assert errors == [sdk.Error.MTU_TOO_SMALL, sdk.Error.NONE]


def test_a_flush_by_one_host_gives_its_results_to_all(host: FakeHost) -> None:
    links = [FakeLink(), FakeLink()]
    sessions = [Session(link, host, HANDLERS) for link in links]
    for each in sessions:
        each.on_frame(request(sdk.Subscribe(0, sdk.Results.EVENTS), 1))
    host.last_results = 2
    sessions[0].on_frame(request(sdk.Flush(1), 2))
    for each in sessions:
        each.poll()
    assert [[frame[0] for frame in link.sent[1:]] for link in links] == [
        [sdk.Event.TYPE] * 2 + [sdk.Ack.TYPE],
        [sdk.Event.TYPE] * 2,
    ]


def test_flush_of_no_known_stream_is_refused(session: Session, host: FakeHost, link: FakeLink) -> None:
    session.on_frame(request(sdk.Flush(1 << len(sdk.Stream))))
    session.poll()
    assert decoded(link.sent) == [sdk.Ack(sdk.Flush.TYPE, 5, sdk.Error.BAD_VALUE)]
    assert host.flushed == []


def test_every_request_of_the_wire_has_a_handler() -> None:
    from_host = {kind for kind in sdk.MESSAGES if kind >= sdk.GetInfo.TYPE}
    assert set(HANDLERS) == from_host


def test_a_new_request_is_a_handler_more(monkeypatch: pytest.MonkeyPatch, host: FakeHost, link: FakeLink) -> None:
    """As `make gen` would have it after a new entry of the schema: type 0x7E, one byte."""
    blinks = []

    def blink(session: Session, times: int) -> int:
        blinks.append((session, times))
        return wire.ERROR_NONE if times else wire.ERROR_BAD_VALUE

    known = wire.unpack_request
    monkeypatch.setattr(
        wire, "unpack_request", lambda kind, payload: tuple(payload) if kind == 0x7E else known(kind, payload)
    )
    session = Session(link, host, {**HANDLERS, 0x7E: blink})
    for frame in (b"\x7e\x05\x00\x03", b"\x7e\x06\x00\x00"):
        session.on_frame(memoryview(frame))
    session.on_frame(request(sdk.TimeSync(42)))
    session.poll()
    assert blinks == [(session, 3), (session, 0)]
    assert decoded(link.sent) == [
        sdk.Ack(0x7E, 5, sdk.Error.NONE),
        sdk.Ack(0x7E, 6, sdk.Error.BAD_VALUE),
        sdk.Time(42, 0),
    ]


def test_a_link_too_narrow_gets_no_subscription(host: FakeHost) -> None:
    link = FakeLink(limit=20)
    session = Session(link, host, HANDLERS)
    session.on_frame(request(sdk.Subscribe(1, sdk.Results(0))))
    session.poll()
    assert decoded(link.sent) == [sdk.Ack(0x41, 5, sdk.Error.MTU_TOO_SMALL)]
    assert session.streams == 0


def test_only_what_is_wanted_is_sent_and_from_now_on(session: Session, host: FakeHost, link: FakeLink) -> None:
    host.block(0)
    session.on_frame(request(sdk.Subscribe(1, sdk.Results(0))))
    host.block(1)
    session.poll()
    ack, block = decoded(link.sent)
    assert ack == sdk.Ack(0x41, 5, sdk.Error.NONE)
    assert isinstance(block, sdk.Samples)
    assert (block.seq, block.data) == (1, b"abc")
    session.on_frame(request(sdk.Subscribe(0, sdk.Results(0))))
    host.block(2)
    session.poll()
    assert len(link.sent) == 3


def test_a_full_link_loses_nothing_until_the_ring_is_full(session: Session, host: FakeHost, link: FakeLink) -> None:
    session.on_frame(request(sdk.Subscribe(1, sdk.Results(0))))
    session.poll()
    link.room = 0
    for number in range(8):
        host.block(number)
        session.poll()
    host.time = 8000
    assert session.backlog_ms(host.time) == 8
    link.room = 100
    session.poll()
    assert [m.seq for m in decoded(link.sent[1:]) if isinstance(m, sdk.Samples)] == list(range(8))
    assert [f[1] for f in link.sent] == list(range(9))
    assert session.dropped_blocks == 0


def test_past_that_the_oldest_give_way_and_are_counted(session: Session, host: FakeHost, link: FakeLink) -> None:
    session.on_frame(request(sdk.Subscribe(1, sdk.Results(0))))
    session.poll()
    link.room = 0
    for number in range(11):
        host.block(number)
        session.poll()
    link.room = 100
    session.poll()
    assert [m.seq for m in decoded(link.sent[1:]) if isinstance(m, sdk.Samples)] == list(range(3, 11))
    assert session.dropped_blocks == 3


def test_going_down_ends_the_subscription(session: Session, host: FakeHost, link: FakeLink) -> None:
    session.on_frame(request(sdk.Subscribe(1, sdk.Results.ALL)))
    session.on_down()
    host.block(0)
    session.every_second()
    link.sent.clear()
    session.poll()
    assert link.sent == []
    assert host.changes == 2


def seconds(session: Session, count: int) -> None:
    for _ in range(count):
        session.every_second()


def begin(session: Session) -> None:
    """As an SDK does: who is it, what time is it, send me this."""
    for message in (sdk.GetInfo(sdk.PROTOCOL_VERSION), sdk.TimeSync(1), sdk.Subscribe(1, sdk.Results.ALL)):
        session.on_frame(request(message))


@pytest.mark.parametrize(("pause", "lease"), [(2, 60), (7, 60), (10, 80), (500, 4000)])
def test_on_a_cable_a_host_that_requested_time_and_stops_is_gone(
    session: Session, link: FakeLink, pause: int, lease: int
) -> None:
    link.ends_unseen = True
    begin(session)
    for _ in range(20):
        seconds(session, pause)
        session.on_frame(request(sdk.TimeSync(2)))
    seconds(session, lease)
    assert session.streams == 1
    seconds(session, 1)
    assert session.streams == 0
    begin(session)  # the next one
    assert session.streams == 1
    seconds(session, 100_000)
    assert session.streams == 1


def test_the_longest_pause_counts(session: Session, link: FakeLink) -> None:
    link.ends_unseen = True
    begin(session)
    for pause in (100, 1, 0, 1):
        seconds(session, pause)
        session.on_frame(request(sdk.TimeSync(2)))
    seconds(session, 800)
    assert session.streams == 1
    seconds(session, 1)
    assert session.streams == 0


@pytest.mark.parametrize("questions", [0, 1])
def test_a_host_that_never_repeats_the_request_is_not_expected_to(
    session: Session, link: FakeLink, questions: int
) -> None:
    """Whoever replays hours of a record within seconds does not."""
    link.ends_unseen = True
    session.on_frame(request(sdk.Subscribe(1, sdk.Results.ALL)))
    for _ in range(questions):
        session.on_frame(request(sdk.TimeSync(1)))
    seconds(session, 100_000)
    assert session.streams == 1


def test_a_radio_says_itself_who_has_gone(session: Session, link: FakeLink) -> None:
    begin(session)
    for _ in range(3):
        seconds(session, 10)
        session.on_frame(request(sdk.TimeSync(2)))
    seconds(session, 1000)
    assert session.streams == 1


def test_status_never_makes_an_answer_give_way(session: Session, host: FakeHost, link: FakeLink) -> None:
    """All that a host may wait for at once is still there after a minute of a link that takes nothing."""
    session.on_frame(request(sdk.Subscribe(1, sdk.Results.ALL), 0))
    session.poll()
    link.sent.clear()
    link.room = 0
    session.on_frame(request(sdk.GetInfo(sdk.PROTOCOL_VERSION), 1))
    session.on_frame(request(sdk.TimeSync(42), 2))
    for seq in range(3, 3 + wire.KEPT_COMMANDS):
        session.on_frame(request(sdk.SetWearer(sdk.Sex.MALE), seq))
    for second in range(60):
        host.time = second * 1_000_000
        session.every_second()
        session.poll()
    link.room = 100
    for _ in range(2):
        session.poll()
    sent = decoded(link.sent)
    assert [type(message) for message in sent[:3]] == [sdk.Info, sdk.StreamInfo, sdk.Time]
    assert [m.request_seq for m in sent if isinstance(m, sdk.Ack)] == list(range(3, 3 + wire.KEPT_COMMANDS))
    (status,) = [message for message in sent if isinstance(message, sdk.Status)]
    assert status.tick_us == host.time


def test_a_status_goes_before_samples_that_wait(session: Session, host: FakeHost, link: FakeLink) -> None:
    session.on_frame(request(sdk.Subscribe(1, sdk.Results.STATUS)))
    session.poll()
    host.block(0)
    session.every_second()
    session.poll()
    assert [frame[0] for frame in link.sent] == [sdk.Ack.TYPE, sdk.Status.TYPE, sdk.Samples.TYPE]


def test_status_has_the_figures_of_its_own_link(session: Session, host: FakeHost, link: FakeLink) -> None:
    session.on_frame(request(sdk.Subscribe(0, sdk.Results.STATUS)))
    session.every_second()
    session.poll()  # the acknowledgement, and behind it the status
    session.poll()
    status = decoded(link.sent)[1]
    assert isinstance(status, sdk.Status)
    assert (status.battery_permille, status.heap_free, status.dropped_blocks) == (None, None, 0)


@given(st.lists(st.binary(max_size=70), max_size=30))
def test_any_frames_are_survived(frames: list[bytes]) -> None:
    host, link = FakeHost(), FakeLink()
    session = Session(link, host, HANDLERS)
    for frame in frames:
        session.on_frame(memoryview(frame))
        session.poll()
    for sent in link.sent:
        sdk.MESSAGES[sent[0]].decode(sent[3:])
    link.sent.clear()
    session.on_frame(request(sdk.TimeSync(42)))
    session.poll()
    assert any(m == sdk.Time(42, 0) for m in decoded(link.sent))


def test_only_frames_that_were_wanted_count_as_dropped(host: FakeHost, link: FakeLink, session: Session) -> None:
    session.on_frame(request(sdk.Subscribe(1, sdk.Results(0))))
    session.poll()
    link.room = 0
    for number in range(8):
        host.block(number)
        host.samples.put(bytearray(3), 3, 2, number * 1000)  # a stream that another session wants
    assert session.dropped_blocks == 4
    assert session.backlog_ms(10_000) == 10 - 4
