"""What the codecs and drivers of the alarm make of chance; runs on CPython and MicroPython, and must give the same."""

from array import array
from binascii import crc32

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable


class Chance:
    """Reproducible numbers."""

    def __init__(self, seed: int) -> None:
        self._state = seed * 77 % 65537 or 1

    def number(self, low: int, high: int) -> int:
        """Within [low, high]."""
        self._state = self._state * 75 % 65537
        return low + self._state % (high - low + 1)

    def octets(self, n: int) -> bytearray:
        """Any bytes."""
        return bytearray([self.number(0, 255) for _ in range(n)])


class Port:
    """A UART with both ends in one hand."""

    def __init__(self) -> None:
        self.incoming = bytearray()
        self.sent = bytearray()

    def any(self) -> int:
        """See `machine.UART`."""
        return len(self.incoming)

    def readinto(self, buf: bytearray) -> "int | None":
        """See `machine.UART`."""
        count = min(len(buf), len(self.incoming))
        buf[:count] = self.incoming[:count]
        self.incoming = self.incoming[count:]
        return count or None

    def write(self, buf: "bytes | bytearray | memoryview") -> int:
        """See `machine.UART`."""
        self.sent += buf
        return len(buf)


def sentence(body: str) -> bytes:
    """An NMEA sentence with its check sum."""
    check = 0
    for byte in body.encode():
        check ^= byte
    return f"${body}*{check:02X}\r\n".encode()


def drive(second: int, chance: Chance) -> bytes:
    """What a receiver sends in one second of a drive."""
    clock = f"{9 + second // 3600:02d}{second // 60 % 60:02d}{second % 60:02d}.00"
    at = f"4807.{38247 + second * 7 % 50000:05d},N,01131.{chance.number(0, 99999):05d},E"
    knots = f"{chance.number(0, 60)}.{chance.number(0, 999):03d}"
    seen, hdop, altitude = chance.number(4, 12), chance.number(0, 9), chance.number(0, 900)
    gga = f"GNGGA,{clock},{at},1,{seen:02d},1.{hdop},{altitude}.4,M,46.9,M,,"
    rmc = f"GNRMC,{clock},A,{at},{knots},{chance.number(0, 359)}.4,301126,,,A"
    gsa = "GPGSA,A,3,04,05,,09,12,,,24,,,,,2.5,1.3,2.1"
    return sentence(gga) + sentence(gsa) + sentence(rmc)


def nmea(module: "Any") -> "list[Any]":
    """A drive whose bytes are damaged now and then."""
    chance, port, seen = Chance(3), Port(), 0
    gnss = module.Gnss(port)
    for second in range(120):
        data = bytearray(drive(second, chance))
        for _ in range(chance.number(0, 3)):
            data[chance.number(0, len(data) - 1)] = chance.number(0, 255)
        port.incoming += data
        gnss.poll(second * 1000)
        seen = crc32(str((gnss.position, gnss.nmea.fix, gnss.state(second * 1000))).encode(), seen)
    return [seen, gnss.nmea.counts]


def sms(encoding: "Any", decoding: "Any") -> "list[Any]":
    """Texts of all alphabets and octets through the encoder and the decoder, and octets that are no message."""
    chance, encoder, message, seen = Chance(5), encoding.SmsEncoder(), decoding.SmsDecoder(), 0
    for i in range(60):
        text = "".join([chr(chance.number(32, (126, 0x3FF, 0xD7FF)[i % 3])) for _ in range(chance.number(0, 200))])
        parts = encoder.begin_data("+4915112345", text.encode()[:900]) if i % 4 == 3 else encoder.begin("112", text, i)
        for part in range(parts):
            octets = encoder.write_part(part)
            seen = crc32(encoder.pdu[: octets + 1], seen)
            address = 5 + (encoder.pdu[3] + 1) // 2
            stamp = b"\x62\x11\x03\x21\x43\x05\x40"
            pdu = bytes((0, encoder.pdu[1] & 0x40)) + encoder.pdu[3 : address + 2] + stamp + encoder.pdu[address + 3 :]
            message.read(pdu)
            seen = crc32((message.text or "").encode() + (message.data or b""), seen)
    refused = 0
    for _ in range(300):
        try:
            message.read(bytes((0, chance.number(0, 3))) + chance.octets(chance.number(0, 60)))
        except ValueError:
            refused += 1
    return [seen, refused]


def msd(module: "Any", vitals: "Any") -> "list[Any]":
    """Messages with chance in every field, decoded and encoded again, and octets that are none."""
    chance, codec, again, seen = Chance(7), vitals.VitalsData(), module.Msd(), 0
    for i in range(60):
        made = module.Msd()
        made.identifier = chance.number(0, 255)
        made.vin = "WVWZZZ1JZ3W%06d" % chance.number(0, 99999) if i % 3 else None
        made.time_s = 1_800_000_000 + chance.number(0, 60000)
        made.position = chance.number(-30000, 30000) * 10_000, chance.number(-30000, 30000) * 20_000
        made.direction_deg = chance.number(0, 359)
        made.recent_1 = (chance.number(-512, 511), chance.number(-512, 511)) if i & 1 else None
        made.oid = (1, 2, chance.number(0, 60000)) if i & 2 else None
        values = {name: chance.number(least, min(most, least + 60000)) for name, least, most in vitals.FIELDS}
        made.data = codec.write(values) if i & 2 else b""
        data = made.encode()
        again.decode(data)
        assert again.encode() == data
        assert codec.read(codec.write(values)) == values
        seen = crc32(data, seen)
    refused = 0
    for _ in range(200):
        try:
            again.decode(b"\x02" + chance.octets(chance.number(0, 80)))
        except ValueError:
            refused += 1
    return [seen, refused]


def modem(module: "Any") -> "list[Any]":
    """A modem that answers at random: right, with errors, garbage, nothing, or what nobody requested."""
    chance, port, seen = Chance(11), Port(), 0
    made = module.Modem(port, "1234")
    answers = (
        b"+CPIN: READY", b"+CREG: 1,1", b"+CEREG: 0,5", b"+CSQ: 17,99", b"+CMGS: 7", b"+CMS ERROR: 38", b"ERROR",
        b"RDY", b"+CMT: ,5\r\n00040591", b"\x80\xff", b"+CREG: 5", b"> ", b"AT+CREG?", b"RING", b"+CPIN: SIM PIN",
    )  # fmt: skip
    for i in range(1500):
        if made.outbox.state not in (1, 2):
            made.outbox.put(b"\x00" + chance.octets(20), 20)
        if chance.number(0, 2):
            port.incoming += b"\r\n" + answers[chance.number(0, 14)] + b"\r\n"
            port.incoming += b"\r\nOK\r\n" if chance.number(0, 5) else b"\r\n> "
        made.poll(i * 150)
        made.next_message()
        seen = crc32(port.sent + bytes((made.state, made.outbox.state, made.signal or 0)), seen)
        port.sent = bytearray()
    return [seen, made.restarts, made.channel.reader.garbage, made.channel.messages.lost]


class Wires:
    """An H3LIS331DL of which only the answers are there: SPI, two pins and a clock in one."""

    IRQ_RISING = 1

    def __init__(self, chance: Chance) -> None:
        self.chance = chance
        self.now = self.level = 0
        self.written = bytearray()
        self.handler: Any = None

    def __call__(self, level: int) -> None:
        """A pin that is driven."""

    def value(self) -> int:
        """See `machine.Pin`."""
        return self.level

    def irq(self, handler: "Any" = None, trigger: int = 0, hard: bool = False) -> None:
        """See `machine.Pin`."""
        self.handler = handler

    def write(self, buf: bytes) -> None:
        """See `machine.SPI`."""
        self.written += buf

    def write_readinto(self, request: bytes, answer: bytearray) -> None:
        """See `machine.SPI`: chance, but for the registers that the driver checks."""
        answer[:] = self.chance.octets(len(answer))
        if len(answer) == 2:
            answer[1] = 0x32 if request[0] & 0x3F == 0x0F else 0x90


def impact(driver: "Any", ticks: "Any") -> "list[Any]":
    """Samples of chance, in blocks of chance, some of them lost."""
    chance, seen = Chance(13), 0
    wires = Wires(chance)
    made = driver.H3lis331dl(
        wires, wires, wires, ticks.Ticks(lambda: wires.now, lambda a, b: a - b, lambda ms: None, lambda us: None)
    )
    made.configure()
    made.start()
    out = array("h", bytes(6 * 300))
    for _ in range(60):
        for _ in range(chance.number(0, 300)):
            wires.now += 1000
            wires.handler(wires)
        count = made.read(out, chance.number(0, 300))
        seen = crc32(str((count, list(out[: 3 * count]), made.tick_us, made.saturated)).encode(), seen)
    made.stop()
    return [seen, made.overruns, crc32(wires.written)]


class Network:
    """Takes messages, refuses them or says nothing, by chance; and a phone that is up by chance."""

    def __init__(self, chance: Chance) -> None:
        self.chance = chance
        self.sent = b""
        self.reference = self.attempts = 0
        self.left = 0

    def is_ready(self) -> bool:
        """See `escalation.Carrier`."""
        return self.chance.number(0, 3) > 0

    is_up = is_ready

    def send(self, number: str, text: str) -> None:
        """See `escalation.Carrier`."""
        self.sent += number.encode() + text.encode()
        self.left, self.attempts = self.chance.number(0, 9), 1

    def outcome(self) -> int:
        """See `escalation.Carrier`."""
        self.left -= 1
        if self.left > 0:
            self.attempts += self.chance.number(0, 3) == 0
            return 0
        self.reference += 1
        return (2, 2, 4, 1)[self.chance.number(0, 3)]

    def withdraw(self) -> bool:
        """See `escalation.Carrier`."""
        return self.chance.number(0, 1) == 0

    def next_report(self) -> "tuple[str, int, bool] | None":
        """See `escalation.Carrier`."""
        return None if self.chance.number(0, 5) else ("112", self.reference & 0xFF, self.chance.number(0, 2) > 0)

    def offer(self, number: int, retracted: bool) -> None:
        """See `escalation.Phone`."""
        self.sent += b"%d" % number

    def has_taken(self, number: int, retracted: bool) -> bool:
        """See `escalation.Phone`."""
        return self.chance.number(0, 9) == 0


def alarm(import_module: "Callable[[str], Any]") -> "list[Any]":
    """Accidents, calls, what the wearer does and restarts, by chance."""
    chance, seen, counts = Chance(17), 0, [0] * 10
    network, journal = Network(chance), import_module("services.alarm.journal").AlarmJournal(None)
    contacts = import_module("services.alarm.contacts").numbers_in("Li 112, Bo +49301234, ?")[0]
    machine = import_module("services.alarm.machine")
    escalation = import_module("services.alarm.escalation")
    made: Any = None
    sender: Any = None
    for i in range(4000):
        now = i * 500
        if made is None or chance.number(0, 99) == 0:
            made = machine.AlarmMachine(journal, lambda now=now: 1_796_000_000 + now // 1000, 10, now)
            sender = escalation.Escalation(made, network, network, contacts, "Jörg Łukasz Мария ώ李ạ", now)
            made.allow(0, now)
        act = chance.number(0, 60)
        if act < 2:
            made.begin_countdown(chance.number(1, 7), chance.number(0, 4), now)
            made.incident.set_fact(chance.number(0, 9), chance.number(-500, 65000))
        elif act < 4:
            made.suspect(2, 3, act == 2, now)
        elif act < 9:
            (made.drop, made.call_help, made.poll, made.poll, made.poll)[act - 4](now)
        elif act < 11:
            (made.cancel, made.close)[act - 9](35, now)
        elif act == 11:
            made.mute(1, now)
        made.poll(now)
        sender.poll(now)
        counts[made.state] += 1
        if journal.latest:
            seen = crc32(journal.latest, seen)
    return [seen, crc32(network.sent), counts]


class Pressed:
    """A button that is pressed at once."""

    def __init__(self) -> None:
        self.press = self.began_ms = 0

    def poll(self, now_ms: int) -> int:
        """See `Button`."""
        press, self.press = self.press, 0
        if press:
            self.began_ms = now_ms
        return press


class Parts:
    """What an alarm's owner needs of a board: a receiver that has a speed, a button, nothing that sounds."""

    flash = None

    def __init__(self, size: int) -> None:
        self.position: list[int | None] = [None] * size
        self.button = Pressed()
        self.modem: Any = None
        self.gnss = self.sounder = self

    def now_us(self) -> int:
        """See `boards.reference.Board`."""
        return 0

    def poll(self, now_ms: int) -> None:
        """See `Gnss` and `Sounder`."""

    def sound(self, period_ms: int, now_ms: int) -> None:
        """See `Sounder`."""

    def state(self, now_ms: int) -> int:
        """See `Gnss`: now and then it has no fix."""
        return 0 if now_ms % 9000 < 8000 else 3

    def age_ms(self, now_ms: int) -> int:
        """See `Gnss`."""
        return now_ms % 1000

    def datetime(self) -> "tuple[int, ...]":
        """See `machine.RTC`."""
        return (2026, 11, 30, 0, 12, 0, 0, 0)

    def get(self, number: int) -> int:
        """See `Settings`: the profile of a bicycle, or a countdown of so many seconds."""
        return 3 if number == 18 else 5

    def text(self, number: int) -> str:
        """See `Settings`."""
        return "Li 112"


class Motion:
    """Motion of a rider, of chance: rides, is struck now and then, lies or rides on."""

    works = True

    def __init__(self, chance: Chance, pipeline: "Any", crash: "Any") -> None:
        self.chance = chance
        self.dsp = pipeline.ImuPipeline()
        self.segments = self.dsp.segments
        self.crash = crash.CrashDetector(self.segments)
        self.accel = array("h", bytes(2 * 3 * 13))
        self.gyro = array("h", bytes(2 * 3 * 13))
        self.lying = 0
        self.peak = 0

    def advance(self) -> None:
        """An eighth of a second."""
        chance = self.chance
        if chance.number(0, 150) == 0:
            self.lying = chance.number(0, 1) * 200
            self.peak = chance.number(5, 120) * 1000
        self.lying = max(0, self.lying - 1)
        axis = 2 if self.lying else 1
        noise = 12 if self.lying else 260
        for i in range(39):
            self.accel[i] = (2049 if i % 3 == axis else 0) + chance.number(-noise, noise)
            self.gyro[i] = chance.number(-30, 30)
        self.dsp.push(self.accel, self.gyro, 13)
        while self.dsp.next_event() or self.dsp.next_window():
            pass

    def take_event(self) -> None:
        """See `CrashChain`."""

    def take_peak(self) -> int:
        """See `ImpactChain`."""
        peak, self.peak = self.peak, 0
        return peak

    def compare(self, own_mg: int, other_mg: int, now_us: int) -> None:
        """See `ImpactChain`."""


def owner(import_module: "Callable[[str], Any]") -> "list[Any]":
    """Rides with impacts, crashes, presses of the button: what the owner makes of them, and the modem is sent."""
    wire, nmea = import_module("wire_gen"), import_module("drivers.gnss.nmea")
    chance, port, seen, counts = Chance(19), Port(), 0, [0] * 10
    parts = Parts(nmea.FIX_SIZE)
    parts.modem = import_module("drivers.modem.modem").Modem(port)
    motion = Motion(chance, import_module("dsp.imu.pipeline"), import_module("dsp.imu.crash"))
    vitals = import_module("vitals").Vitals()
    vitals.fitted[wire.STREAM_ACCEL] = 1
    clock = import_module("clock").DeviceClock(parts)
    made = import_module("roles.alarm_owner").AlarmOwner(parts, clock, vitals, parts, motion, motion, None)
    for i in range(4000):
        motion.advance()
        parts.position[nmea.SPEED_MM_S] = 0 if motion.lying else 9000
        parts.position[nmea.LATITUDE_MAS] = 173_000_000 + i
        parts.position[nmea.LONGITUDE_MAS] = -i
        if chance.number(0, 59) == 0:
            parts.button.press = 1 + (chance.number(0, 5) == 0)
        vitals.motion_mg[0] = motion.dsp.motion_mg
        made.poll(i * 125_000)
        counts[made.machine.state] += 1
        record = made.journal.latest
        seen = crc32(bytes(record) if record else b"", seen)
    return [seen, crc32(port.sent), counts]


def results(import_module: "Callable[[str], Any]") -> "dict[str, list[Any]]":
    """By part, with modules of the firmware as `import_module("drivers.gnss.receiver")` gives them."""
    return {
        "nmea": nmea(import_module("drivers.gnss.receiver")),
        "impact": impact(import_module("drivers.h3lis331dl"), import_module("drivers.ticks")),
        "sms": sms(import_module("services.alarm.sms_encoder"), import_module("services.alarm.sms_decoder")),
        "alarm": alarm(import_module),
        "owner": owner(import_module),
        "modem": modem(import_module("drivers.modem.modem")),
        "msd": msd(import_module("services.alarm.msd"), import_module("services.alarm.vitals_data")),
    }
