"""The modem's driver against the simulated modem, and what modems do wrong."""

from __future__ import annotations

import random
from collections.abc import Callable
from io import StringIO

import pytest
from smspdudecoder.fields import SMSSubmit

from firmware_sim.chips.modem import Modem as Chip
from firmware_sim.chips.modem import Network, SimCard
from firmware_sim.firmware.drivers.modem import at_channel as at
from firmware_sim.firmware.drivers.modem import modem as driver
from firmware_sim.firmware.drivers.modem import outbox as box
from firmware_sim.firmware.drivers.modem.lines import LINE, PROMPT, LineQueue, LineReader
from firmware_sim.firmware.services.alarm import sms_decoder
from firmware_sim.firmware.services.alarm.sms_encoder import SmsEncoder
from firmware_sim.mcu import Clock, Mcu
from firmware_sim.mcu.modules import modules_of
from firmware_sim.testing.alarm_cases import Port

NUMBER = "+491701234567"
TICK_MS = 20


class Rig:
    """The driver on a UART of an MCU, and the chip at its other end."""

    def __init__(self, pin: str = "", **chip: object) -> None:
        self.clock = Clock()
        self.mcu = Mcu(self.clock)
        self.chip = Chip(self.clock, **({"sim": SimCard()} | chip))  # type: ignore[arg-type]
        self.mcu.uart(2).attach(self.chip)
        uart = modules_of(self.mcu)["machine"].UART(2, 115200, rxbuf=1024)
        self.modem = driver.Modem(uart, pin)
        self.encoder = SmsEncoder()

    @property
    def now_ms(self) -> int:
        return self.clock.now // 1000

    def run(self, seconds: float) -> None:
        for _ in range(round(seconds * 1000 / TICK_MS)):
            self.clock.run_until(self.clock.now + TICK_MS * 1000)
            self.modem.poll(self.now_ms)

    def run_until(self, done: Callable[[], bool], within_s: float = 120.0) -> float:
        """Seconds until something is so."""
        start = self.clock.now
        while not done():
            assert self.clock.now - start < within_s * 1e6, "it never came"
            self.run(TICK_MS / 1000)
        return (self.clock.now - start) / 1e6

    def ready(self) -> Rig:
        self.run_until(lambda: self.modem.state == driver.READY)
        return self

    def put(self, text: str = "Help, I fell") -> None:
        self.encoder.begin(NUMBER, text)
        octets = self.encoder.write_part(0)
        self.modem.outbox.put(self.encoder.pdu[: octets + 1], octets)

    def outcome(self, within_s: float = 120.0) -> int:
        """What becomes of the message."""
        outbox = self.modem.outbox
        self.run_until(lambda: outbox.state not in (box.QUEUED, box.SENDING), within_s)
        return outbox.state

    def texts(self) -> list[str]:
        """Messages that the network took, as an independent decoder reads them."""
        return [SMSSubmit.decode(StringIO(sent.pdu.hex().upper()))["user_data"]["data"] for sent in self.chip.sent]


# ---------------------------------------------------------------------- from power-up to a message


@pytest.mark.parametrize("lte", [True, False])
def test_a_message_is_sent_and_its_delivery_reported(lte: bool) -> None:
    rig = Rig(lte=lte).ready()
    assert not rig.modem.roaming
    rig.run(1)
    assert rig.modem.signal == 20
    rig.put()
    assert rig.run_until(lambda: rig.modem.outbox.state == box.SENT) < 3.0
    assert rig.texts() == ["Help, I fell"]
    assert rig.modem.outbox.reference == rig.chip.sent[0].reference == 1
    rig.run(4)
    pdu = rig.modem.next_message()
    assert pdu is not None
    report = sms_decoder.SmsDecoder()
    assert report.read(pdu) == sms_decoder.STATUS_REPORT
    assert (report.reference, report.number, report.outcome) == (1, NUMBER, sms_decoder.DELIVERED)
    assert rig.modem.next_message() is None


def test_messages_that_come_are_handed_on() -> None:
    rig = Rig().ready()
    pdu = bytes.fromhex("07911326040000F0040B911346610089F60000208062917314080CC8F71D14969741F977FD07")
    rig.chip.deliver(pdu)
    rig.run(1)
    assert rig.modem.next_message() == pdu


def test_a_plain_text_is_sent_in_text_mode_and_pdus_after_it() -> None:
    rig = Rig().ready()
    rig.modem.outbox.put_text(NUMBER, "Help, I fell!")
    assert rig.outcome() == box.SENT
    assert (rig.chip.sent[0].number, rig.chip.sent[0].text) == (NUMBER, "Help, I fell!")
    rig.put("again")
    assert rig.outcome() == box.SENT
    assert rig.chip.sent[1].pdu


@pytest.mark.parametrize(
    ("status", "state", "roaming"),
    [(0, driver.SEARCHING, False), (2, driver.SEARCHING, False), (3, driver.DENIED, False), (5, driver.READY, True)],
)
def test_registration(status: int, state: int, roaming: bool) -> None:
    rig = Rig(network=Network(registration=status, lte=status))
    rig.run(12)
    assert (rig.modem.state, rig.modem.roaming) == (state, roaming)
    rig.chip.register(1)
    assert rig.run_until(lambda: rig.modem.state == driver.READY) < 1.0 + 5.0 * (state == driver.READY)
    rig.run(6)
    assert not rig.modem.roaming


def test_a_network_that_is_lost_for_ten_minutes_gets_the_message_once_it_is_back() -> None:
    rig = Rig().ready()
    rig.chip.register(2)
    rig.run(7)
    rig.put()
    rig.run(600)
    assert (rig.modem.state, rig.modem.outbox.state, rig.modem.outbox.attempts) == (driver.SEARCHING, box.QUEUED, 0)
    rig.chip.register(5)
    assert rig.outcome(3.0) == box.SENT
    assert rig.texts() == ["Help, I fell"]


@pytest.mark.parametrize(("signal", "known"), [(0, 0), (31, 31), (99, None)])
def test_signal(signal: int, known: int | None) -> None:
    rig = Rig(network=Network(signal=signal)).ready()
    rig.run(6)
    assert rig.modem.signal == known


# ---------------------------------------------------------------------- SIM card


def test_no_sim_card_and_one_that_is_put_in() -> None:
    rig = Rig(sim=None)
    rig.run(20)
    assert rig.modem.state == driver.NO_SIM
    rig.chip.sim = SimCard()
    rig.run_until(lambda: rig.modem.state == driver.READY, 70)


def test_a_pin_is_given_also_after_the_modem_has_started_anew() -> None:
    rig = Rig(pin="1234", sim=SimCard(pin="1234")).ready()
    rig.chip.restart()
    rig.run(15)
    rig.run_until(lambda: rig.modem.state == driver.READY)
    assert rig.modem.restarts == 1


@pytest.mark.parametrize(("pin", "left"), [("", 3), ("9999", 2)])
def test_a_pin_that_is_missing_or_wrong_never_locks_the_card(pin: str, left: int) -> None:
    sim = SimCard(pin="1234")
    rig = Rig(pin=pin, sim=sim)
    rig.run(300)
    assert rig.modem.state == driver.PIN_WANTED
    rig.chip.restart()
    rig.run(60)
    assert sim.attempts == left


def test_a_card_that_wants_its_puk() -> None:
    rig = Rig(pin="1234", sim=SimCard(pin="1234", attempts=0))
    rig.run(30)
    assert rig.modem.state == driver.PIN_WANTED


def test_a_card_that_is_lost_while_it_works() -> None:
    rig = Rig().ready()
    sim, rig.chip.sim = rig.chip.sim, None
    rig.chip.say("+CPIN: NOT INSERTED")
    rig.run(3)
    assert rig.modem.state == driver.NO_SIM
    rig.chip.sim = sim
    rig.run_until(lambda: rig.modem.state == driver.READY, 70)


# ---------------------------------------------------------------------- what goes wrong with a message


@pytest.mark.parametrize("code", [38, 42, 331, 500, -1])
def test_a_temporary_refusal_is_tried_again_later_and_later(code: int) -> None:
    rig = Rig().ready()
    rig.chip.network.refuses = code
    rig.put()
    rig.run(40)
    outbox = rig.modem.outbox
    assert (outbox.state in (box.QUEUED, box.SENDING), outbox.error) == (True, code)
    assert 3 <= outbox.attempts <= 5
    rig.chip.network.refuses = None
    assert rig.outcome(70) == box.SENT
    assert rig.texts() == ["Help, I fell"]


@pytest.mark.parametrize("code", [1, 21, 50, 330])
def test_a_refusal_for_good_is_final(code: int) -> None:
    rig = Rig(network=Network(refuses=code)).ready()
    rig.put()
    assert rig.outcome() == box.REFUSED
    assert (rig.modem.outbox.error, rig.modem.outbox.attempts, rig.chip.sent) == (code, 1, [])
    rig.chip.network.refuses = None
    rig.put("another")
    assert rig.outcome() == box.SENT


@pytest.mark.parametrize("code", [302, 304])
def test_what_the_modem_does_not_understand_is_final_the_third_time(code: int) -> None:
    rig = Rig(network=Network(refuses=code)).ready()
    rig.put()
    assert rig.outcome() == box.REFUSED
    assert (rig.modem.outbox.error, rig.modem.outbox.attempts) == (code, 3)


def test_a_message_without_an_answer_may_have_been_sent() -> None:
    rig = Rig(network=Network(answers=False)).ready()
    rig.put()
    assert rig.outcome() == box.UNKNOWN
    assert len(rig.chip.sent) == 1


def test_a_network_timeout_may_have_been_sent() -> None:
    rig = Rig(network=Network(refuses=332)).ready()
    rig.put()
    assert rig.outcome() == box.UNKNOWN


def test_a_message_can_be_taken_back_until_it_is_handed_over() -> None:
    rig = Rig(network=Network(registration=2, lte=2))
    rig.run(10)
    rig.put()
    with pytest.raises(ValueError, match="on its way"):
        rig.put()
    assert rig.modem.outbox.cancel()
    assert not rig.modem.outbox.cancel()
    rig.chip.register(1)
    rig.run(10)
    assert rig.chip.sent == []


def _restart_at(rig: Rig, wanted: str) -> None:
    """Run until a command comes, and have the modem start anew in its midst."""
    rig.run_until(lambda: any(command.startswith(wanted) for command in rig.chip.commands))
    rig.chip.restart()


def test_a_restart_before_the_text_was_handed_over_sends_it_once() -> None:
    rig = Rig().ready()
    rig.put()
    _restart_at(rig, "AT+CMGS")
    assert rig.outcome() == box.SENT
    assert rig.texts() == ["Help, I fell"]
    assert rig.modem.restarts == 1


def test_a_restart_behind_the_text_is_not_known_and_not_sent_again() -> None:
    rig = Rig().ready()
    rig.put()
    rig.run_until(lambda: rig.modem.channel.committed)
    rig.chip.restart()
    assert rig.outcome() == box.UNKNOWN
    rig.run(60)
    assert rig.texts() == []
    assert rig.modem.state == driver.READY


def test_a_restart_at_every_step_never_loses_or_doubles_a_message() -> None:
    """The modem starts anew at each 20 ms of the 1.2 s that a message takes."""
    outcomes = []
    for step in range(60):
        rig = Rig().ready()
        rig.put()
        rig.run(step * TICK_MS / 1000)
        rig.chip.restart()
        outcome = rig.outcome()
        rig.run(30)
        assert rig.modem.state == driver.READY
        sent = len(rig.chip.sent)
        assert (outcome == box.SENT and sent == 1) or (outcome == box.UNKNOWN and sent <= 1), step
        outcomes.append(outcome)
    assert set(outcomes) == {box.SENT, box.UNKNOWN}


class Lossy:
    """A cable that loses one byte: the `at`-th in one direction, counted from now."""

    def __init__(self, rig: Rig, at: int, to_chip: bool) -> None:
        self.left = at
        self.lost = False
        port, chip = rig.mcu.uart(2), rig.chip
        if to_chip:
            port.on_output = lambda data: chip.receive(self._pass(data))
        else:
            chip.send = lambda data: port.feed(self._pass(data))

    def _pass(self, data: bytes) -> bytes:
        at, self.left = self.left, self.left - len(data)
        if 0 <= at < len(data):
            self.lost = True
            return data[:at] + data[at + 1 :]
        return data


@pytest.mark.parametrize("to_chip", [True, False])
def test_a_byte_lost_at_any_position_never_loses_or_doubles_a_message(to_chip: bool) -> None:
    outcomes = []
    for position in range(200):
        rig = Rig().ready()
        rig.put()
        cable = Lossy(rig, position, to_chip)
        outcome = rig.outcome()
        if not cable.lost:
            break
        rig.run(10)
        sent = len(rig.chip.sent)
        assert (outcome == box.SENT and sent == 1) or (outcome == box.UNKNOWN and sent <= 1), position
        assert set(rig.texts()) <= {"Help, I fell"}
        outcomes.append(outcome)
        rig.put("and after it")
        assert rig.outcome() == box.SENT
    assert len(outcomes) > (60 if to_chip else 20)
    assert outcomes.count(box.SENT) > len(outcomes) // 2


# ---------------------------------------------------------------------- what goes wrong with the modem


def test_a_modem_that_hangs_is_set_up_again_once_it_answers() -> None:
    rig = Rig().ready()
    rig.chip.hangs = True
    rig.run(30)
    assert rig.modem.state == driver.ABSENT
    before = len(rig.chip.commands)
    rig.run(600)
    assert rig.modem.state == driver.ABSENT
    rig.chip.hangs = False
    rig.run_until(lambda: rig.modem.state == driver.READY, 70)
    assert len(rig.chip.commands) > before
    rig.put()
    assert rig.outcome() == box.SENT


def test_nothing_at_the_other_end_is_probed_less_and_less() -> None:
    port = Port()
    modem = driver.Modem(port)
    for ms in range(0, 600_000, 50):
        modem.poll(ms)
    assert modem.state == driver.ABSENT
    assert 10 <= port.sent.count(b"AT\r") <= 20
    assert modem.restarts == 0


def test_one_that_starts_anew_and_does_not_say_so_is_noticed_by_its_echo() -> None:
    rig = Rig().ready()
    rig.run(2)
    rig.chip._begin = lambda: setattr(rig.chip, "_running", True)  # type: ignore[method-assign]
    rig.chip.restart()
    rig.run(30)
    assert rig.modem.restarts == 1
    assert rig.modem.state == driver.READY
    assert rig.chip.commands.count("ATE0") == 2


@pytest.mark.parametrize("seed", range(6))
def test_garbage_and_urcs_at_any_moment_neither_lose_nor_double_a_message(seed: int) -> None:
    chance = random.Random(seed)
    rig = Rig().ready()
    for _ in range(5):
        rig.put()
        outbox, started = rig.modem.outbox, rig.clock.now
        while outbox.state in (box.QUEUED, box.SENDING) and rig.clock.now - started < 300e6:
            kind = chance.randrange(12)
            if kind == 0:
                rig.chip.send(chance.randbytes(chance.randrange(1, 30)).replace(b">", b"").replace(b"O", b""))
            elif kind == 1:
                rig.chip.say(chance.choice(("RING", "+CREG: 1", '+CMTI: "SM",3', "*PSUTTZ: 1", "OKAY", "> more")))
            rig.run(0.02 * chance.randrange(1, 8))
        assert outbox.state in (box.SENT, box.UNKNOWN)
    assert len(rig.chip.sent) == 5


def test_errors_to_everything_leave_it_not_ready_and_alive() -> None:
    rig = Rig()
    rig.chip._answer = lambda command: ["ERROR"]  # type: ignore[method-assign]
    rig.run(120)
    assert rig.modem.state in (driver.ABSENT, driver.STARTING)
    del rig.chip._answer
    rig.run_until(lambda: rig.modem.state == driver.READY, 130)


# ---------------------------------------------------------------------- the channel


def channel() -> tuple[Port, at.AtChannel]:
    port = Port()
    return port, at.AtChannel(port)


def test_an_ok_without_the_answer_is_an_old_one() -> None:
    port, made = channel()
    made.begin(b"AT+CSQ", b"+CSQ:", 1000, 0)
    port.incoming += b"\r\nOK\r\n"
    assert made.poll(1) == at.BUSY
    port.incoming += b"\r\n+CSQ: 7,99\r\n\r\nOK\r\n"
    assert made.poll(2) == at.OK
    assert bytes(made.answer[: made.answer_length]) == b"+CSQ: 7,99"
    assert made.poll(3) == at.IDLE


def test_an_answer_of_a_text_before_the_start_is_none_of_the_next_one() -> None:
    port, made = channel()
    made.begin(b"AT+CMGS=20", b"+CMGS:", 60_000, 0, b"0011")
    port.incoming += b"\r\n+CMGS: 1\r\n\r\nOK\r\n"
    assert made.poll(10) == at.BUSY
    port.incoming += b"\r\n> "
    assert made.poll(20) == at.BUSY
    assert made.committed
    port.incoming += b"\r\n+CMGS: 2\r\n\r\nOK\r\n"
    assert made.poll(30) == at.OK
    assert bytes(made.answer[: made.answer_length]) == b"+CMGS: 2"


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"ERROR", -1),
        (b"+CMS ERROR: 38", 38),
        (b"+CME ERROR: 10", 10),
        (b"+CME ERROR: SIM busy", -1),
        (b"+CMS ERROR:", -1),
    ],
)
def test_errors_and_their_codes(line: bytes, code: int) -> None:
    port, made = channel()
    made.begin(b"AT", b"", 1000, 0)
    port.incoming += b"\r\n" + line + b"\r\n"
    assert made.poll(1) == at.ERROR
    assert made.error == code


def test_a_second_command_is_refused_and_a_late_answer_dropped() -> None:
    port, made = channel()
    made.begin(b"AT+CSQ", b"+CSQ:", 1000, 0)
    with pytest.raises(ValueError, match="under way"):
        made.begin(b"AT", b"", 1000, 0)
    assert made.poll(1000) == at.TIMEOUT
    assert not made.is_free(1400)
    port.incoming += b"\r\n+CSQ: 7,99\r\n\r\nOK\r\n"
    assert made.poll(1450) == at.IDLE
    assert made.urcs.get() is None
    assert made.is_free(1500)


def test_a_prompt_that_never_comes_is_escaped() -> None:
    port, made = channel()
    made.begin(b"AT+CMGS=20", b"+CMGS:", 5000, 0, b"00")
    assert made.poll(5000) == at.TIMEOUT
    assert port.sent == b"AT+CMGS=20\r\x1b"
    assert not made.committed


def test_a_uart_that_takes_a_few_bytes_at_a_time() -> None:
    class Slow(Port):
        def write(self, buf: bytes | bytearray | memoryview) -> int:
            return super().write(bytes(buf[:3]))

    port = Slow()
    made = at.AtChannel(port)
    made.begin(b"AT+CMGS=20", b"+CMGS:", 5000, 0, b"0011223344")
    for _ in range(10):
        port.incoming += b"\r\n> " if port.sent.endswith(b"\r") else b""
        made.poll(1)
    assert port.sent == b"AT+CMGS=20\r0011223344\x1a"


def test_a_pdu_that_is_none_is_dropped_and_the_line_looked_at() -> None:
    port, made = channel()
    port.incoming += b"\r\n+CMT: ,20\r\nRDY\r\n+CDS: 25\r\n0006\r\n"
    made.poll(1)
    assert made.urcs.get() == b"RDY"
    assert made.messages.get() == b"0006"


# ---------------------------------------------------------------------- lines


def lines_of(data: bytes) -> tuple[list[bytes], int, LineReader]:
    reader, found, prompts = LineReader(), [], 0
    for byte in data:
        kind = reader.feed(byte)
        if kind == LINE:
            found.append(bytes(reader.line[: reader.length]))
        prompts += kind == PROMPT
    return found, prompts, reader


@pytest.mark.parametrize(
    ("data", "lines", "garbage"),
    [
        (b"\r\nOK\r\n\r\n", [b"OK"], 0), (b"a\rb\nc\r\n", [b"a", b"b", b"c"], 0), (b"\x00\xffRDY\r\n", [b"RDY"], 2),
        (b"O\x80K\r\nOK\r\n", [b"OK"], 2), (b"x" * 401 + b"\r\nOK\r\n", [b"OK"], 1),
        (b"x" * 400 + b"\r\n", [b"x" * 400], 0),
    ],
)  # fmt: skip
def test_lines(data: bytes, lines: list[bytes], garbage: int) -> None:
    found, prompts, reader = lines_of(data)
    assert (found, prompts, reader.garbage) == (lines, 0, garbage)


def test_prompts() -> None:
    assert lines_of(b"\r\n> \r\nOK\r\n")[:2] == ([b"OK"], 1)
    assert lines_of(b"a> b\r\n")[:2] == ([b"a> b"], 0)


def test_a_queue_keeps_the_oldest_and_counts_what_it_loses() -> None:
    queue = LineQueue(20)
    for round_ in range(30):
        for i in range(4):
            queue.put(bytearray(b"line%d." % i), 5)
        assert [queue.get() for _ in range(3)] == [b"line0", b"line1", None]
        assert queue.lost == 2 * (round_ + 1)


# ---------------------------------------------------------------------- the outbox


@pytest.mark.parametrize(
    ("number", "text", "why"),
    [
        ("", "x", "number"),
        ("+49 1", "x", "number"),
        ("1" * 21, "x", "number"),
        ("112", "x" * 161, "161"),
        ("112", "50 €", "'â'|€"),
        ("112", "a@b", "'@'"),
    ],
)
def test_a_text_that_cannot_be_sent_is_refused(number: str, text: str, why: str) -> None:
    outbox = box.Outbox()
    with pytest.raises(ValueError, match=why):
        outbox.put_text(number, text)
    assert outbox.state == box.EMPTY


@pytest.mark.parametrize(("pdu", "octets"), [(b"", 0), (b"\x00", 1), (b"\x00\x11", 0), (bytes(177), 176)])
def test_a_pdu_that_is_none_is_refused(pdu: bytes, octets: int) -> None:
    with pytest.raises(ValueError, match="a PDU of"):
        box.Outbox().put(pdu, octets)
