"""Management's two framings, lines of a cable and pieces of a radio link, against the package `smp` as a peer."""

from __future__ import annotations

from binascii import b2a_base64
from random import Random
from typing import Any

import cbor2
import pytest
from smp import packet

from firmware_sim.firmware.services.smp.fragments import SmpFragments
from firmware_sim.firmware.services.smp.lines import SmpLines, crc16
from firmware_sim.firmware.services.smp.server import Group, SmpServer
from firmware_sim.testing.smp_requests import answered

from .test_smp import Host, body, frame_of


class Uart:
    def __init__(self) -> None:
        self.sent = bytearray()

    def write(self, data: bytes | memoryview) -> int:
        self.sent += data
        return len(data)


def decoded(sent: bytes | bytearray) -> list[bytes]:
    """Frames that the package `smp` reads from what was written."""
    frames = []
    decoder = packet.decode()
    next(decoder)
    for line in bytes(sent).splitlines(keepends=True):
        try:
            decoder.send(line)
        except StopIteration as done:
            frames.append(done.value)
            decoder = packet.decode()
            next(decoder)
    return frames


@pytest.mark.parametrize("length", [0, 1, 70, 90, 91, 400, 700])
@pytest.mark.parametrize("line_length", [127, 64])
def test_lines_are_what_an_independent_framing_writes_and_reads(length: int, line_length: int) -> None:
    host = Host()
    uart = Uart()
    lines = SmpLines(uart, host.server)
    request = frame_of(cbor2.dumps({"d": "x" * length}))
    for line in packet.encode(request, line_length):
        assert lines.on_line(memoryview(line.rstrip(b"\n")))
    assert max(map(len, uart.sent.splitlines(keepends=True))) <= 127
    (answer,) = decoded(uart.sent)
    assert body(answer) == {"r": "x" * length}


def test_text_is_not_for_smp_and_a_damaged_frame_gets_no_answer() -> None:
    host = Host()
    uart = Uart()
    lines = SmpLines(uart, host.server)
    assert not lines.on_line(memoryview(b"?"))
    assert not lines.on_line(memoryview(b""))
    good = [line.rstrip(b"\n") for line in packet.encode(frame_of(cbor2.dumps({"d": "y" * 200})), 127)]
    random = Random(5)
    for _ in range(300):
        damaged = [bytearray(line) for line in good]
        line = random.choice(damaged)
        line[random.randrange(2, len(line))] ^= 1 << random.randrange(8)
        if damaged == good:
            continue
        for part in damaged:
            lines.on_line(memoryview(part))
    # bits of base64's padding mean nothing
    assert all(body(answer) == {"r": "y" * 200} for answer in decoded(uart.sent))
    assert len(decoded(uart.sent)) < 10
    assert host.server.bad_frames() > 280
    uart.sent.clear()
    lines.on_line(memoryview(good[1]))  # a continuation of nothing
    for whole in good:
        lines.on_line(memoryview(whole))
    assert [body(answer) for answer in decoded(uart.sent)] == [{"r": "y" * 200}]


def test_a_frame_that_claims_too_much_costs_no_memory() -> None:
    host = Host()
    lines = SmpLines(Uart(), host.server)
    lines.on_line(memoryview(b"\x06\x09" + b2a_base64(b"\xff\xff" + bytes(80), newline=False)))
    for _ in range(1000):
        lines.on_line(memoryview(b"\x04\x14" + b2a_base64(bytes(90), newline=False)))
    assert lines._n[0] == 0


def test_crc_of_the_catalogue() -> None:
    assert crc16(b"123456789") == 0x31C3


class Radio:
    """A peer whose link takes pieces of `limit` bytes, but not at the `refusing` calls."""

    def __init__(self, limit: int = 244, refusing: tuple[int, ...] = ()) -> None:
        self.limit = limit
        self.smp_rest = self.smp_idle = 0
        self.sent: list[bytes] = []
        self.is_closed = False
        self._refusing = refusing
        self._calls = 0

    def send_smp(self, data: memoryview) -> bool:
        self._calls += 1
        if self._calls - 1 in self._refusing:
            return False
        self.sent.append(bytes(data))
        return True

    def close(self) -> None:
        self.is_closed = True

    def answers(self) -> list[Any]:
        stream, found = b"".join(self.sent), []
        while stream:
            length = 8 + int.from_bytes(stream[2:4], "big")
            found.append(body(stream[:length]))
            stream = stream[length:]
        return found


def echo(text: str) -> bytes:
    return frame_of(cbor2.dumps({"d": text}))


def write(fragments: SmpFragments, peer: Radio, frame: bytes) -> None:
    for at in range(0, len(frame), peer.limit):
        fragments.on_write(peer, frame[at : at + peer.limit])


def poll(fragments: SmpFragments, peer: Radio, most: int = 200) -> None:
    """Step until the peer has nothing left to do."""
    for _ in range(most):
        if not fragments.poll(peer):
            return


@pytest.mark.parametrize("limit", [20, 61, 244])
def test_pieces_are_joined_and_answers_leave_in_pieces(limit: int) -> None:
    radio = Radio(limit, refusing=(0, 2, 5))
    server = Host().server
    fragments = SmpFragments(server)
    for i in range(3):
        write(fragments, radio, echo(str(i) * 150))
        poll(fragments, radio)
    assert radio.answers() == [{"r": str(i) * 150} for i in range(3)]
    assert max(map(len, radio.sent)) <= limit
    assert server.bad_frames() == 0


def test_a_flood_is_bounded_and_counted_and_the_next_request_is_answered() -> None:
    radio = Radio()
    server = Host().server
    fragments = SmpFragments(server)
    for _ in range(5000):
        fragments.on_write(radio, frame_of(b"", group=99))
    assert len(fragments._buffer) == 720
    assert server.bad_frames() >= 54
    poll(fragments, radio)
    radio.sent.clear()
    write(fragments, radio, echo("after it"))
    poll(fragments, radio)
    assert radio.answers() == [{"r": "after it"}]


@pytest.mark.parametrize("lost", [0, 1, 2])
def test_after_a_lost_piece_the_link_is_in_step_again_within_a_second(lost: int) -> None:
    radio = Radio()
    fragments = SmpFragments(Host().server)
    frame = echo("z" * 600)
    pieces = [frame[at : at + 244] for at in range(0, len(frame), 244)]
    for i, piece in enumerate(pieces):
        if i != lost:
            fragments.on_write(radio, piece)
    poll(fragments, radio)
    radio.sent.clear()
    write(fragments, radio, echo("again"))
    poll(fragments, radio)
    assert radio.answers() == [{"r": "again"}]


RESET = frame_of(b"", group=0, command=5, operation=2)


def claiming(length: int, payload: bytes) -> bytes:
    """An echo of sequence 0 that says it has `length` bytes behind its head."""
    return bytes((0x0A, 0)) + length.to_bytes(2, "big") + bytes(4) + payload


@pytest.mark.parametrize("limit", [8, 9, 20, 61, 244, 512])
@pytest.mark.parametrize("length", [713, 720, 760, 1024, 3000, 65535])
def test_a_frame_that_is_too_long_is_refused_as_a_whole_and_none_of_it_is_a_request(limit: int, length: int) -> None:
    """Its rest is full of requests, at each beginning of a piece one."""
    host = Host()
    radio = Radio(limit)
    fragments = SmpFragments(host.server)
    frame = (claiming(length, b"") + RESET.ljust(limit, b"\0") * (length // limit + 1))[: 8 + length]
    for at in range(0, len(frame), limit):
        fragments.on_write(radio, frame[at : at + limit])
        assert not radio.sent
        if at % 7 == 0:
            fragments.poll(radio)
    poll(fragments, radio)
    assert radio.answers() == [{"rc": 7, "rsn": "720 bytes at most"}]
    assert host.server.bad_frames() == 1
    write(fragments, radio, echo("at once again"))
    poll(fragments, radio)
    assert radio.answers()[1:] == [{"r": "at once again"}]


def test_a_frame_that_is_too_long_and_ends_early_is_refused_when_its_peer_is_silent() -> None:
    radio = Radio()
    fragments = SmpFragments(Host().server)
    write(fragments, radio, claiming(5000, bytes(1000)))
    poll(fragments, radio)
    write(fragments, radio, echo("and on"))
    poll(fragments, radio)
    assert radio.answers() == [{"rc": 7, "rsn": "720 bytes at most"}, {"r": "and on"}]


@pytest.mark.parametrize("polls", [6, 20, 49])
@pytest.mark.parametrize("text", ["again", "z" * 600])
@pytest.mark.parametrize(
    "begun", [claiming(100, bytes(300)), claiming(60_000, bytes(3000)), claiming(6000, bytes(200)), claiming(713, b"")]
)
def test_a_peer_that_repeats_before_a_second_is_over_is_answered_within_ten(
    begun: bytes, text: str, polls: int
) -> None:
    """Polls are 20 ms apart; a link that is closed is there again at once."""
    radio = Radio()
    fragments = SmpFragments(Host().server)
    write(fragments, radio, begun)
    assert repeated(fragments, radio, text, polls) < 500, "ten seconds"


@pytest.mark.parametrize("polls", [6, 20, 49])
@pytest.mark.parametrize("text", ["again", "z" * 600])
def test_a_peer_that_repeats_before_a_second_is_over_fills_the_frame_that_it_had_begun(text: str, polls: int) -> None:
    """Pieces of a slow link look no different."""
    radio = Radio()
    fragments = SmpFragments(Host().server)
    write(fragments, radio, claiming(700, b""))
    assert repeated(fragments, radio, text, polls) < 500 + polls * (700 // len(echo(text)) + 1)


def repeated(fragments: SmpFragments, radio: Radio, text: str, polls: int) -> int:
    """Polls until an echo is answered that is written again after each `polls`."""
    waited = 0
    while {"r": text} not in radio.answers():
        write(fragments, radio, echo(text))
        for _ in range(polls):
            fragments.poll(radio)
        if radio.is_closed:
            radio.is_closed = False
            fragments.restart(radio)
        waited += polls
        assert waited < 5000
    return waited


#: A piece of 20 bytes that is a reset, and of a body one piece.
RESETS = bytes((2, 0, 0, 12, 0, 0, 9, 5)) + b"\xa1\x69abcdefghi\1"


@pytest.mark.parametrize("gap", [1, 3, 8, 15, 30, 49])
@pytest.mark.parametrize("pieces", [2, 20, 36])
def test_a_request_that_comes_slowly_is_answered_as_one_and_none_of_its_pieces_is_another(
    pieces: int, gap: int
) -> None:
    """Each piece of its text could be a request; polls are 20 ms apart."""
    host = Host()
    handled: list[int] = []
    handle = host.server.handle

    def seen(frame: memoryview, out: memoryview, peer: object = None) -> int:
        handled.append(len(frame))
        return handle(frame, out, peer)

    host.server.handle = seen  # type: ignore[method-assign]
    radio = Radio(20)
    fragments = SmpFragments(host.server)
    frame = claiming(20 * pieces - 8, bytes(12) + RESETS * (pieces - 1))
    for at in range(0, len(frame), 20):
        fragments.on_write(radio, frame[at : at + 20])
        for _ in range(gap):
            fragments.poll(radio)
    poll(fragments, radio)
    assert handled == [20 * pieces]
    assert host.server.bad_frames() == 0
    assert not radio.is_closed


@pytest.mark.parametrize("gap", [1, 3, 8, 15, 30, 49])
@pytest.mark.parametrize("begun", [claiming(713, b""), claiming(3000, b""), claiming(60, bytes(65))])
def test_what_follows_of_a_frame_that_cannot_be_had_is_no_request_however_slowly_it_comes(
    begun: bytes, gap: int
) -> None:
    host = Host()
    radio = Radio(20)
    fragments = SmpFragments(host.server)
    write(fragments, radio, begun)
    for _ in range(35):
        fragments.on_write(radio, RESETS)
        for _ in range(gap):
            fragments.poll(radio)
        assert all(answer.get("rc") == 7 for answer in radio.answers()), "but the refusal of what is too long"
        if radio.is_closed:
            break
    assert len(radio.answers()) <= 1


def test_a_peer_that_is_out_of_step_and_never_silent_loses_its_link() -> None:
    radio = Radio(20)
    fragments = SmpFragments(Host().server)
    write(fragments, radio, claiming(30, bytes(40)))
    waited = 0
    while not radio.is_closed:
        fragments.on_write(radio, RESETS)
        assert fragments.poll(radio)
        waited += 20
    assert waited == 4020
    assert not radio.sent
    fragments.restart(radio)
    write(fragments, radio, echo("anew"))
    poll(fragments, radio)
    assert radio.answers() == [{"r": "anew"}]


@pytest.mark.parametrize("first", [244, 20, 8])
def test_the_rest_of_a_frame_whose_beginning_was_dropped_is_no_request(first: int) -> None:
    """Another peer has the buffer, or the same one waits for an answer, and is done when the rest comes."""
    for same in (False, True):
        host = Host()
        fragments = SmpFragments(host.server)
        busy = Radio(244)
        late = busy if same else Radio(244)
        write(fragments, busy, echo("first"))
        dropped = claiming(400, b"").ljust(first, b"\0")
        fragments.on_write(late, dropped)
        poll(fragments, busy)
        assert busy.answers() == [{"r": "first"}]
        rest = RESET.ljust(408 - first, b"\0")
        for at in range(0, len(rest), 200):
            fragments.on_write(late, rest[at : at + 200])
            fragments.poll(late)
        late.sent.clear()
        poll(fragments, late)
        assert not late.sent
        assert host.server.bad_frames() == 1
        write(fragments, late, echo("in step"))
        poll(fragments, late)
        assert late.answers() == [{"r": "in step"}]


def test_two_frames_in_one_write_are_none_and_the_link_is_in_step_after_a_second() -> None:
    host = Host()
    radio = Radio()
    fragments = SmpFragments(host.server)
    fragments.on_write(radio, echo("one") + RESET)
    for _ in range(40):
        fragments.on_write(radio, RESET)
        assert fragments.poll(radio)
    assert not radio.sent
    poll(fragments, radio)
    write(fragments, radio, echo("two"))
    poll(fragments, radio)
    assert radio.answers() == [{"r": "two"}]


def test_any_cut_of_frames_into_pieces_runs_only_what_was_sent() -> None:
    """Seeded: frames of all lengths, pieces of any, polls anywhere; two peers at once."""
    for seed in range(300):
        chance = Random(seed)
        host = Host()
        fragments = SmpFragments(host.server)
        peers = [Radio(244), Radio(61)]
        queues = [[] for _ in peers]  # type: list[list[bytes]]
        for number, queue in enumerate(queues):
            for index in range(6):
                text = f"{number}.{index}."
                frame = echo(text + "x" * chance.choice((0, 5, 200, 600)))
                if chance.randrange(3) == 0:
                    length = chance.randrange(713, 2000)
                    frame = claiming(length, (RESET * 300)[:length])
                while frame:
                    count = chance.choice((8, 16, 61, 244))
                    queue.append(frame[:count])
                    frame = frame[count:]
        while any(queues):
            number = chance.randrange(2)
            if queues[number]:
                fragments.on_write(peers[number], queues[number].pop(0))
            if chance.randrange(3) == 0:
                fragments.poll(peers[chance.randrange(2)])
        for peer in peers:
            poll(fragments, peer)
        for number, peer in enumerate(peers):
            for answer in peer.answers():
                assert answer.get("rc") == 7 or answer["r"].startswith(f"{number}."), (seed, answer)


def test_what_comes_in_while_a_frame_is_worked_on_harms_neither() -> None:
    """The radio's interrupt may come between any two steps of `poll`: here while the answer is made and sent."""
    host = Host()
    fragments = SmpFragments(host.server)

    class Eager(Radio):
        def send_smp(self, data: memoryview) -> bool:
            fragments.on_write(self, echo("too early"))
            fragments.on_write(other, echo("not mine"))
            return super().send_smp(data)

    radio, other = Eager(40), Radio()
    write(fragments, radio, echo("first" * 30))
    poll(fragments, radio)
    assert radio.answers() == [{"r": "first" * 30}]
    assert not fragments.poll(other)
    assert host.server.bad_frames() == 2 * len(radio.sent)


def test_an_answer_that_leaves_slowly_is_not_that_of_another_link() -> None:
    server = Host().server
    fragments = SmpFragments(server)
    radio = Radio(40, refusing=(1, 2, 4))
    write(fragments, radio, echo("slow" * 40))
    for _ in range(10):
        fragments.poll(radio)
        assert answered(server, echo("cable" * 30))
    assert radio.answers() == [{"r": "slow" * 40}]


def test_one_peer_at_a_time_and_a_link_that_ended_is_forgotten() -> None:
    fragments = SmpFragments(Host().server)
    first, second = Radio(), Radio()
    fragments.on_write(first, echo("half" * 100)[:50])
    write(fragments, second, echo("dropped"))
    assert not fragments.poll(second)
    fragments.restart(second)
    assert fragments.poll(first)
    fragments.restart(first)
    write(fragments, second, echo("whole"))
    poll(fragments, second)
    assert second.answers() == [{"r": "whole"}]
    assert first.sent == []


@pytest.mark.parametrize("piece", [b"", b"\x0a", b"\0"], ids=["nothing", "of a long frame", "of a short frame"])
@pytest.mark.parametrize("begun", [b"", claiming(700, b""), claiming(700, bytes(300)), claiming(9000, bytes(20))])
@pytest.mark.parametrize("every", [8, 20, 45])
def test_a_peer_that_never_gets_on_keeps_nobody_out_for_ever(begun: bytes, piece: bytes, every: int) -> None:
    """Polls are 20 ms apart; what is turned away is written again after five seconds. Eight zeros are a request."""
    server = Host().server
    fragments = SmpFragments(server)
    idle, other = Radio(20), Radio()
    write(fragments, idle, begun)
    answers = 0
    for step in range(5 * 3000):
        if step % every == 0 and not idle.is_closed:
            fragments.on_write(idle, piece)
        if step % 250 == 0:
            write(fragments, other, echo("mine"))
        for peer in (idle, other):
            fragments.poll(peer)
        answers += len(other.sent)
        other.sent.clear()
    assert answers >= 40, "of 60"


def test_a_slow_peer_is_answered_where_nobody_else_waits_and_drops_what_takes_too_long_where_somebody_does() -> None:
    server = Host().server
    fragments = SmpFragments(server)
    slow, other = Radio(20), Radio()
    frame = echo("s" * 690)
    for waits in (False, True):
        for at in range(0, len(frame), 20):
            fragments.on_write(slow, frame[at : at + 20])
            if waits:
                write(fragments, other, echo("mine"))
            for _ in range(45):
                fragments.poll(slow)
                fragments.poll(other)
        poll(fragments, slow)
        assert slow.answers() == ([] if waits else [{"r": "s" * 690}])
        slow.sent.clear()
    assert {"r": "mine"} in other.answers()
    write(fragments, slow, echo("next"))
    poll(fragments, slow)
    assert slow.answers() == [{"r": "next"}], "the rest was dropped as the rest of one frame"
    assert not slow.is_closed


def test_a_peer_that_takes_no_answer_loses_its_link_where_another_one_waits() -> None:
    server = Host().server
    fragments = SmpFragments(server)
    deaf, other = Radio(20, refusing=tuple(range(3, 100_000))), Radio()
    write(fragments, deaf, echo("d" * 300))
    for _ in range(1000):
        fragments.poll(deaf)
    assert (deaf.is_closed, len(deaf.sent)) == (False, 3), "it harms nobody"
    for _ in range(2):
        write(fragments, other, echo("mine"))
        for _ in range(60):
            fragments.poll(deaf)
            fragments.poll(other)
    assert (deaf.is_closed, len(deaf.sent)) == (True, 3)
    assert other.answers() == [{"r": "mine"}]


def test_a_response_in_steps_may_take_long_though_another_one_waits() -> None:
    host = Host()
    Slow(host.server, 2000)
    fragments = SmpFragments(host.server)
    radio, other = Radio(), Radio()
    write(fragments, radio, frame_of(b"", group=Slow.NUMBER))
    for _ in range(2000):
        fragments.poll(radio)
        fragments.on_write(other, echo("mine"))
    poll(fragments, radio)
    assert (radio.answers(), radio.is_closed) == ([{"done": "w" * 300}], False)


@pytest.mark.parametrize("head", [b"\x0a\x00\xff\xff\x00\x00\x01\x00", b"\x0a\x00\x04\x00\x00\x00\x01\x00"])
def test_a_head_alone_of_a_frame_that_is_too_long_is_refused_after_a_second(head: bytes) -> None:
    radio = Radio()
    fragments = SmpFragments(Host().server)
    fragments.on_write(radio, head)
    poll(fragments, radio)
    write(fragments, radio, echo("next"))
    poll(fragments, radio)
    assert radio.answers() == [{"rc": 7, "rsn": "720 bytes at most"}, {"r": "next"}]


class Slow(Group):
    """A group whose one command is answered in `steps`."""

    NUMBER = 77

    def __init__(self, server: SmpServer, steps: int) -> None:
        self.left = steps
        super().__init__(self.NUMBER, "slow", (0, self._begin, self._begin))
        server.add(self)

    def _begin(self, request: dict[Any, Any]) -> Any:
        return self._step

    def _step(self) -> dict[str, Any] | None:
        self.left -= 1
        return None if self.left > 0 else {"done": "w" * 300}


def test_by_radio_a_response_in_steps_keeps_the_buffer_until_it_is_out() -> None:
    host = Host()
    slow = Slow(host.server, 5)
    fragments = SmpFragments(host.server)
    radio, other = Radio(limit=100), Radio()
    write(fragments, radio, frame_of(b"", group=Slow.NUMBER))
    for left in (4, 3, 2):
        assert fragments.poll(radio)
        assert slow.left == left
    bad = host.server.bad_frames()
    write(fragments, other, echo("meanwhile"))
    write(fragments, radio, echo("meanwhile"))
    assert host.server.bad_frames() == bad + 2
    assert not radio.sent
    poll(fragments, radio)
    assert radio.answers() == [{"done": "w" * 300}]
    poll(fragments, other)
    write(fragments, other, echo("then"))
    poll(fragments, other)
    assert other.answers() == [{"r": "then"}]


def test_a_peer_that_goes_during_a_response_in_steps_gives_the_buffer_back() -> None:
    host = Host()
    slow = Slow(host.server, 5)
    fragments = SmpFragments(host.server)
    radio, other = Radio(), Radio()
    write(fragments, radio, frame_of(b"", group=Slow.NUMBER))
    assert fragments.poll(radio)
    fragments.restart(radio)
    left = slow.left
    write(fragments, other, echo("then"))
    poll(fragments, other)
    poll(fragments, radio)
    assert (other.answers(), radio.sent, slow.left) == ([{"r": "then"}], [], left)


def test_on_a_cable_a_response_in_steps_is_written_when_it_is_there() -> None:
    host = Host()
    slow = Slow(host.server, 3)
    uart = Uart()
    lines = SmpLines(uart, host.server)
    lines.poll()
    for line in packet.encode(frame_of(b"", group=Slow.NUMBER), 127):
        assert lines.on_line(memoryview(line.rstrip(b"\n")))
    for left in (2, 1):
        lines.poll()
        assert (slow.left, bytes(uart.sent)) == (left, b"")
    lines.poll()
    (answer,) = decoded(uart.sent)
    assert body(answer) == {"done": "w" * 300}
    uart.sent.clear()
    lines.poll()
    assert not uart.sent


def lines_of(frame: bytes) -> list[memoryview]:
    return [memoryview(line.rstrip(b"\n")) for line in packet.encode(frame, 127)]


@pytest.mark.parametrize("text", ["short", "l" * 500])
def test_on_a_cable_what_is_requested_beside_a_response_in_steps_is_answered_and_harms_neither(text: str) -> None:
    host = Host()
    slow = Slow(host.server, 60)
    uart = Uart()
    lines = SmpLines(uart, host.server)
    for line in lines_of(frame_of(b"", group=Slow.NUMBER)):
        lines.on_line(line)
    beside = 0
    while slow.left > 20:
        assert beside < 60, "the steps go on"
        for line in lines_of(echo(text)):
            lines.on_line(line)
            lines.poll()
        beside += 1
        lines.poll()
    answers = [body(answer) for answer in decoded(uart.sent)]
    assert answers == [{"r": text}] * beside
    for _ in range(21):
        lines.poll()
    assert body(decoded(uart.sent)[-1]) == {"done": "w" * 300}
    assert host.server.bad_frames() == 0


def test_a_request_that_does_not_go_on_holds_a_response_in_steps_up_for_a_while() -> None:
    host = Host()
    slow = Slow(host.server, 3)
    uart = Uart()
    lines = SmpLines(uart, host.server)
    for line in lines_of(frame_of(b"", group=Slow.NUMBER)):
        lines.on_line(line)
    lines.on_line(lines_of(echo("l" * 500))[0])
    for _ in range(100):
        lines.poll()
        assert host.server.hurry[0], "or nobody polls any more"
    assert slow.left == 3
    for _ in range(200):
        lines.poll()
    assert [body(answer) for answer in decoded(uart.sent)] == [{"done": "w" * 300}]
    assert host.server.bad_frames() == 1
    uart.sent.clear()
    lines.on_line(lines_of(echo("l" * 500))[0])
    for _ in range(1000):
        lines.poll()
    for line in lines_of(echo("l" * 500))[1:]:
        lines.on_line(line)
    assert [body(answer) for answer in decoded(uart.sent)] == [{"r": "l" * 500}], "beside nothing it has time"
