"""The NMEA parser against pynmeagps, and the receiver's driver against what receivers do wrong."""

from __future__ import annotations

import random
from datetime import date

import pynmeagps
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_sim.firmware.drivers.gnss import nmea as n
from firmware_sim.firmware.drivers.gnss import receiver as r
from firmware_sim.testing.alarm_cases import Port, sentence

TALKERS = ("GP", "GN", "GL", "GA", "GB", "BD", "QZ")


def parsed(data: bytes) -> n.Nmea:
    parser = n.Nmea()
    parser.feed_all(data, len(data))
    return parser


def mas(degrees: float) -> int:
    return round(degrees * 3_600_000)


def rmc(
    clock: str = "120000.00", at: str = "4807.03800,N,01131.00000,E", status: str = "A", talker: str = "GN"
) -> bytes:
    return sentence(f"{talker}RMC,{clock},{status},{at},19.439,084.40,301126,,,A")


def gga(clock: str = "120000.00", at: str = "4807.03800,N,01131.00000,E", quality: int = 1) -> bytes:
    return sentence(f"GNGGA,{clock},{at},{quality},08,0.94,545.4,M,46.9,M,,")


# ---------------------------------------------------------------------- against the oracle


@given(
    lat=st.floats(-89.999, 89.999), lon=st.floats(-179.999, 179.999), speed=st.floats(0, 300),
    course=st.floats(0, 359.9), day=st.dates(date(2000, 1, 1), date(2099, 12, 31)), ms=st.integers(0, 86_399_999),
    talker=st.sampled_from(TALKERS[:6]),
)  # fmt: skip
def test_rmc_is_what_pynmeagps_reads(
    lat: float, lon: float, speed: float, course: float, day: date, ms: int, talker: str
) -> None:
    def angle(value: float, width: int) -> str:
        minutes = min(round(abs(value) * 60 * 1e5), 89 * 6000 * 10**5)
        return f"{minutes // 6_000_000:0{width}d}{minutes % 6_000_000 / 1e5:08.5f}"

    at = f"{angle(lat, 2)},{'N' if lat >= 0 else 'S'},{angle(lon, 3)},{'E' if lon >= 0 else 'W'}"
    clock = f"{ms // 3_600_000:02d}{ms // 60_000 % 60:02d}{ms % 60_000 / 1000:06.3f}"
    raw = sentence(f"{talker}RMC,{clock},A,{at},{speed:.3f},{course:.2f},{day:%d%m%y},,,A")
    fix, oracle = parsed(raw).fix, pynmeagps.NMEAReader.parse(raw)
    assert fix[n.LATITUDE_MAS] == pytest.approx(oracle.lat * 3.6e6, abs=0.6)
    assert fix[n.LONGITUDE_MAS] == pytest.approx(oracle.lon * 3.6e6, abs=0.6)
    assert fix[n.SPEED_MM_S] == pytest.approx(oracle.spd * 514.444, abs=1.0)
    assert fix[n.COURSE_CDEG] == pytest.approx(oracle.cog * 100, abs=0.6)
    assert fix[n.DAY] == (oracle.date.replace(year=2000 + oracle.date.year % 100) - date(2000, 1, 1)).days
    at_time = oracle.time
    assert (
        fix[n.TIME_MS]
        == ((at_time.hour * 60 + at_time.minute) * 60 + at_time.second) * 1000 + at_time.microsecond // 1000
    )


@pytest.mark.parametrize("talker", TALKERS)
def test_an_epoch_of_every_talker_is_what_pynmeagps_reads(talker: str) -> None:
    bodies = [
        "GGA,120000.00,3351.65100,S,15112.34000,E,2,11,1.25,-12.3,M,19.6,M,,",
        "GSA,A,3,04,05,,09,12,,,24,,,,,2.5,1.3,2.1",
        "RMC,120000.00,A,3351.65100,S,15112.34000,E,,,290228,,,D", "VTG,054.7,T,034.4,M,005.5,N,010.2,K,D",
    ]  # fmt: skip
    frames = [sentence(talker + body) for body in bodies]
    parser = parsed(b"".join(frames))
    position, _, _, track = (pynmeagps.NMEAReader.parse(frame) for frame in frames)
    assert parser.counts == [4, 0, 0, 0, 0]
    fix = parser.fix
    assert (fix[n.QUALITY], fix[n.SATELLITES], fix[n.DIMENSIONS]) == (position.quality, position.numSV, 3)
    assert (fix[n.HDOP_C], fix[n.ALTITUDE_DM]) == (round(position.HDOP * 100), round(position.alt * 10))
    assert fix[n.SPEED_MM_S] == pytest.approx(track.sogn * 514.444, abs=1)
    assert fix[n.COURSE_CDEG] == round(track.cogt * 100)
    assert fix[n.LATITUDE_MAS] == pytest.approx(mas(position.lat), abs=1)
    assert (fix[n.LATITUDE_MAS] or 0) < 0
    assert fix[n.DAY] == (date(2028, 2, 29) - date(2000, 1, 1)).days


# ---------------------------------------------------------------------- damaged sentences


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("GNRMC,250000.00,A,4807.038,N,01131.000,E,1.0,2.0,301126,,,A", "hour"),
        ("GNRMC,120000.00,A,9107.038,N,01131.000,E,1.0,2.0,301126,,,A", "latitude"),
        ("GNRMC,120000.00,A,4867.038,N,01131.000,E,1.0,2.0,301126,,,A", "minutes"),
        ("GNRMC,120000.00,A,4807.038,X,01131.000,E,1.0,2.0,301126,,,A", "hemisphere"),
        ("GNRMC,120000.00,A,4807.038,,01131.000,E,1.0,2.0,301126,,,A", "no hemisphere"),
        ("GNRMC,120000.00,A,48 7.038,N,01131.000,E,1.0,2.0,301126,,,A", "blank"),
        ("GNRMC,120000.00,Q,4807.038,N,01131.000,E,1.0,2.0,301126,,,A", "status"),
        ("GNRMC,120000.00,A,4807.038,N,01131.000,E,-1.0,2.0,301126,,,A", "speed"),
        ("GNRMC,120000.00,A,4807.038,N,01131.000,E,1.0,2.0,310226,,,A", "day"),
        ("GNRMC,120000.00,A,4807.038,N,01131.000,E,1.0,2.0,011326,,,A", "month"),
        ("GNRMC,120000.00,A,4807.038,N,01131.000,E,1.0,2.0", "fields"),
        ("GNRMC,120000.00,A,4807.038,N,01131.000,E,1..0,2.0,301126,,,A", "dots"),
        ("GNRMC,12:00:00,A,4807.038,N,01131.000,E,1.0,2.0,301126,,,A", "time"),
        ("GNRMC,120000.00,A,4807038,N,01131.000,E,1.0,2.0,301126,,,A", "no dot"),
        ("GNGGA,120000.00,4807.038,N,01131.000,E,9,08,0.9,545.4,M,46.9,M,,", "quality"),
        ("GNGGA,120000.00,4807.038,N,01131.000,E,1,08,0.9,999999.4,M,46.9,M,,", "altitude"),
        ("GNGGA,120000.00,4807.038,N,01131.000,E,1,0x,0.9,545.4,M,46.9,M,,", "satellites"),
        ("GNGSA,A,4,04,05,,09,12,,,24,,,,,2.5,1.3,2.1", "dimensions"),
        ("GNVTG,-54.7,T,034.4,M,005.5,N,010.2,K,A", "course"),
        ("GNRMC" + ",1" * 30, "too many fields"),
    ],
)
def test_a_malformed_field_is_counted_and_changes_nothing(body: str, why: str) -> None:
    parser = parsed(rmc() + gga())
    before = list(parser.fix)
    raw = sentence(body)
    assert parser.feed_all(raw, len(raw)) == 0, why
    assert parser.fix == before
    assert parser.counts[n.MALFORMED] == 1
    assert parser.feed_all(rmc("120001.00"), len(rmc())) == 1


@given(at=st.integers(1, 60), byte=st.integers(0, 255))
def test_one_damaged_byte_never_changes_the_fix(at: int, byte: int) -> None:
    parser = parsed(rmc())
    before = list(parser.fix)
    raw = bytearray(rmc("130000.00", at="5007.03800,S,00131.00000,W"))
    if raw[at] == byte or (byte ^ raw[at] == 0x20 and at > len(raw) - 5):
        return
    raw[at] = byte
    parser.feed_all(raw, len(raw))
    assert parser.fix == before
    assert sum(parser.counts) >= 1


def test_truncated_and_interleaved_sentences() -> None:
    whole = rmc("120001.00")
    parser = parsed(whole[:30] + gga() + whole[:20] + b"\r\n" + b"$" + b"A" * 150 + b"*00" + whole[:-4] + b"zz" + rmc())
    assert parser.counts[n.USED] == 2
    assert parser.counts[n.TRUNCATED] == 4
    assert parser.fix[n.TIME_MS] == 12 * 3_600_000


def test_other_sentences_are_counted_as_such() -> None:
    parser = parsed(sentence("GPGSV,1,1,00") + sentence("PUBX,00,1") + sentence("GPTXT,01,01,02,hello") + sentence(""))
    assert parser.counts == [0, 4, 0, 0, 0]
    assert parser.fix == [None] * n.FIX_SIZE


def test_lower_case_check_sums_and_any_chunks_are_as_good() -> None:
    raw = rmc() + gga()
    lower = raw[:-4] + raw[-4:].lower()
    assert parsed(lower).counts == parsed(raw).counts
    one, chance, rest = n.Nmea(), random.Random(1), raw
    while rest:
        size = chance.randint(1, 7)
        one.feed_all(rest[:size], len(rest[:size]))
        rest = rest[size:]
    assert one.fix == parsed(raw).fix


# ---------------------------------------------------------------------- epochs


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_an_epoch_in_which_one_sentence_has_no_fix_has_none(order: tuple[int, int]) -> None:
    both = (rmc(status="V"), gga())
    fix = parsed(b"".join(both[i] for i in order)).fix
    assert fix[n.LATITUDE_MAS] is fix[n.SPEED_MM_S] is None
    assert fix[n.TIME_MS] == 12 * 3_600_000
    both = (rmc(), gga(quality=0))
    assert parsed(b"".join(both[i] for i in order)).fix[n.LONGITUDE_MAS] is None


def test_a_new_epoch_forgets_what_it_does_not_have() -> None:
    parser = parsed(rmc() + gga() + gga("120001.00"))
    assert parser.fix[n.SPEED_MM_S] is None
    assert parser.fix[n.DAY] is None
    assert parser.fix[n.SATELLITES] == 8


def test_mode_not_valid_is_no_fix() -> None:
    raw = sentence("GNRMC,120000.00,A,4807.038,N,01131.000,E,1.0,2.0,301126,,,N")
    assert parsed(raw).fix[n.LATITUDE_MAS] is None


# ---------------------------------------------------------------------- the receiver


class Receiver:
    """The driver, its port, and a clock."""

    def __init__(self) -> None:
        self.port = Port()
        self.gnss = r.Gnss(self.port)
        self.now_ms = 0

    def second(self, *frames: bytes) -> tuple[bool, int]:
        """A second passes in which `frames` come; whether there is a new position, and the state."""
        self.now_ms += 1000
        self.port.incoming += b"".join(frames)
        new = self.gnss.poll(self.now_ms)
        return new, self.gnss.state(self.now_ms)


def clock(second: int) -> str:
    return f"{12 + second // 3600:02d}{second // 60 % 60:02d}{second % 60:02d}.00"


def test_states_from_silence_to_a_fix_and_back() -> None:
    rig = Receiver()
    assert [rig.second()[1] for _ in range(3)][-1] == r.SILENT
    assert [rig.second(b"\xff\x00garbage$GP")[1] for _ in range(3)][-1] == r.GARBAGE
    empty = sentence("GNRMC,,V,,,,,,,,,,N")
    assert rig.second(empty) == (False, r.NO_FIX)
    assert rig.gnss.age_ms(rig.now_ms) is None
    assert rig.second(rmc(clock(0)), gga(clock(0))) == (True, r.FIX)
    assert rig.gnss.position[n.SATELLITES] == 8
    assert [rig.second(empty)[1] for _ in range(3)] == [r.FIX, r.FIX, r.NO_FIX]
    assert rig.gnss.age_ms(rig.now_ms) == 3000
    assert rig.gnss.position[n.LATITUDE_MAS] == mas(48 + 7.038 / 60)


def test_repeated_and_old_sentences_are_stale() -> None:
    rig = Receiver()
    rig.second(rmc(clock(10)))
    assert [rig.second(rmc(clock(10)))[1] for _ in range(4)][-1] == r.STALE
    assert rig.second(rmc(clock(20))) == (True, r.FIX)
    replayed = [rig.second(rmc(clock(11 + i), at="4808.00000,N,01131.00000,E")) for i in range(5)]
    assert not any(new for new, _ in replayed)
    assert replayed[-1][1] == r.STALE
    assert rig.second(rmc(clock(27))) == (True, r.FIX)


def test_a_clock_that_was_set_back_is_believed_after_a_minute() -> None:
    rig = Receiver()
    rig.second(rmc(clock(3000)))
    believed = [rig.second(rmc(clock(i)))[0] for i in range(70)]
    assert not any(believed[:58])
    assert all(believed[61:])


def test_sentences_that_all_come_late_are_stale_until_it_lasts() -> None:
    rig = Receiver()
    for second in range(5):
        assert rig.second(rmc(clock(second))) == (True, r.FIX)
    outcomes = [rig.second(rmc(clock(second))) for second in range(100, 110)]  # its clock is set forward
    assert all(new for new, _ in outcomes)
    late = [rig.second(rmc(clock(107 + i))) for i in range(70)]  # and then all come three seconds late
    assert late[5] == (False, r.STALE)
    assert not any(new for new, _ in late[:58])
    assert all(new for new, _ in late[61:])


@pytest.mark.parametrize("ppm", [-500, 500])
def test_a_device_clock_that_is_off_and_polls_that_are_late_are_no_late_sentences(ppm: int) -> None:
    rig = Receiver()
    for second in range(3000):
        rig.now_ms = 1000 * second + second * ppm // 1000 + (0, 700, 1500)[second % 3] - 1000
        assert rig.second(rmc(clock(second)))[0], second


def test_midnight_is_no_step_back() -> None:
    rig = Receiver()
    assert rig.second(rmc("235959.00")) == (True, r.FIX)
    assert rig.second(rmc("000000.00")) == (True, r.FIX)


def test_a_jump_of_10_km_is_not_believed_until_it_lasts() -> None:
    rig, far = Receiver(), "4812.50000,N,01131.00000,E"
    rig.second(rmc(clock(0)))
    assert rig.second(rmc(clock(1), at=far))[0] is False
    assert rig.second(rmc(clock(2))) == (True, r.FIX)
    outcomes = [rig.second(rmc(clock(3 + i), at=far)) for i in range(14)]
    assert outcomes[5] == (False, r.JUMP)
    assert [new for new, _ in outcomes].index(True) == 10
    assert all(new for new, _ in outcomes[10:])


def test_two_positions_in_turn_are_never_both_believed() -> None:
    rig, far = Receiver(), "4812.50000,N,01131.00000,E"
    rig.second(rmc(clock(0)))
    outcomes = [rig.second(rmc(clock(1 + i), **({"at": far} if i % 2 else {})))[0] for i in range(30)]
    assert outcomes == [i % 2 == 0 for i in range(30)]


def test_a_fast_ride_and_a_tunnel_are_no_jumps() -> None:
    rig = Receiver()
    for second in range(20):  # 83 m/s northwards
        minutes = 7_00000 + second * 4500
        assert rig.second(rmc(clock(second), at=f"48{minutes // 10**5:02d}.{minutes % 10**5:05d},N,01131.00000,E"))[0]
    for _ in range(60):
        rig.second()
    assert rig.second(rmc(clock(81), at="4809.50000,N,01131.00000,E")) == (True, r.FIX)


@pytest.mark.parametrize(
    ("here", "there", "metres"),
    [
        ((48.0, 11.0), (48.0, 11.0), 0), ((48.0, 11.0), (48.1, 11.0), 11_119), ((48.0, 11.0), (48.0, 11.1), 7_440),
        ((0.0, 179.9), (0.0, -179.9), 22_239), ((-33.9, 18.4), (-33.8, 18.5), 14_445),
        ((75.0, 10.0), (75.0, 11.0), 28_779),
        ((89.9, 0.0), (90.0, 0.0), 11_119), ((90.0, 5.0), (90.0, 6.0), 0),
    ],
)  # fmt: skip
def test_distance(here: tuple[float, float], there: tuple[float, float], metres: int) -> None:
    found = r.distance_m(*(mas(value) for value in (*here, *there)))
    assert metres * 0.99 <= found <= metres * 1.1
