"""Short messages as PDUs: the encoder against smspdudecoder, the decoder against it and against the encoder."""

from __future__ import annotations

from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from smspdudecoder.codecs import GSM
from smspdudecoder.fields import SMSDeliver, SMSSubmit

from firmware_sim.firmware.services.alarm import gsm7
from firmware_sim.firmware.services.alarm import sms_decoder as d
from firmware_sim.firmware.services.alarm.sms_encoder import MOST_PARTS, OCTETS, UCS2, SmsEncoder

ALPHABET = "".join(sorted(set(GSM.ALPHABET) - {"\x1b"})) + "".join(GSM.ALPHABET_EXT.values())
NUMBER = "+491701234567"
STAMP = bytes.fromhex("62110321430540")  # 2026-11-30 12:34:50, an hour east
ANY = st.text(max_size=300)
PLAIN = st.text(st.sampled_from(ALPHABET), max_size=600)


def submitted(number: str, content: str | bytes, reference: int = 77) -> list[bytes]:
    """PDUs of a message."""
    encoder = SmsEncoder()
    begin = encoder.begin if isinstance(content, str) else encoder.begin_data
    parts = begin(number, content, reference)  # type: ignore[arg-type]
    made = []
    for part in range(parts):
        octets = encoder.write_part(part)
        made.append(bytes(encoder.pdu[: octets + 1]))
    return made


def delivered(pdu: bytes) -> bytes:
    """What a service centre makes of a submitted PDU for the one who gets it."""
    digits = (pdu[3] + 1) // 2
    address, rest = pdu[3 : 5 + digits], pdu[5 + digits :]
    return bytes((0, pdu[1] & 0x40 | 0x04)) + address + rest[:2] + STAMP + rest[3:]


def read(pdu: bytes) -> d.SmsDecoder:
    decoder = d.SmsDecoder()
    assert decoder.read(pdu) in (d.MESSAGE, d.STATUS_REPORT)
    return decoder


def oracle(pdu: bytes) -> dict[str, object]:
    decoded: dict[str, object] = SMSSubmit.decode(StringIO(pdu.hex().upper()))
    return decoded


def content_of(pdu: bytes) -> object:
    content = oracle(pdu)["user_data"]["data"]  # type: ignore[index]
    if pdu[6 + (pdu[3] + 1) // 2] != 0:
        return content
    # the oracle takes seven spare bits behind a character of the extension table for an @
    septets, header = pdu[8 + (pdu[3] + 1) // 2], 7 if pdu[1] & 0x40 else 0
    units = [2 if character in GSM.ALPHABET_EXT.values() else 1 for character in content]
    return content[:-1] if sum(units) > septets - header else content


def surrogates(text: str) -> list[str]:
    """Halves of UTF-16: what the oracle shows of characters beyond UCS-2."""
    raw = text.encode("utf-16-be", "surrogatepass")
    return [raw[i : i + 2].hex() for i in range(0, len(raw), 2)]


# ---------------------------------------------------------------------- encoder


@given(text=PLAIN)
def test_gsm_7_is_what_smspdudecoder_reads(text: str) -> None:
    pdus = submitted(NUMBER, text)
    assert "".join(str(content_of(pdu)) for pdu in pdus) == text
    assert all(len(pdu) <= 176 and oracle(pdu)["dcs"] == {"encoding": "gsm"} for pdu in pdus)
    septets = sum(2 if char in GSM.ALPHABET_EXT.values() else 1 for char in text)
    assert (len(pdus) == 1) == (septets <= 160)


@given(text=ANY)
def test_any_text_comes_through_encoder_and_decoder(text: str) -> None:
    parts, whole = d.Parts(), None
    for pdu in submitted(NUMBER, text):
        message = read(delivered(pdu))
        whole = parts.add(message)
    assert whole == text


@given(text=st.text(st.characters(max_codepoint=0xFFFF, exclude_categories=["Cs"]), min_size=1, max_size=300))
def test_ucs_2_is_what_smspdudecoder_reads(text: str) -> None:
    text += "\u4e8b"
    pdus = submitted(NUMBER, text)
    assert "".join(str(content_of(pdu)) for pdu in pdus) == text
    assert all(oracle(pdu)["dcs"] == {"encoding": "ucs2"} for pdu in pdus)


@given(data=st.binary(max_size=600))
def test_octets_are_what_smspdudecoder_reads(data: bytes) -> None:
    pdus = submitted(NUMBER, data)
    assert b"".join(bytes(content_of(pdu)) for pdu in pdus) == data  # type: ignore[call-overload]
    assert (len(pdus) == 1) == (len(data) <= 140)
    messages = [read(delivered(pdu)) for pdu in pdus]
    assert b"".join(m.data or b"" for m in messages) == data


@pytest.mark.parametrize(
    ("content", "parts", "coding"),
    [
        ("a" * 160, 1, 0), ("a" * 161, 2, 0), ("a" * 306, 2, 0), ("a" * 307, 3, 0), ("€" * 80, 1, 0), ("€" * 81, 2, 0),
        ("é" * 160, 1, 0), ("ê" * 70, 1, UCS2), ("ê" * 71, 2, UCS2), ("ê" * 134, 2, UCS2), ("😀" * 35, 1, UCS2),
        ("😀" * 36, 2, UCS2), (bytes(140), 1, OCTETS), (bytes(141), 2, OCTETS), (bytes(268), 2, OCTETS), ("", 1, 0),
        ("\x1b", 1, UCS2),
    ],
)  # fmt: skip
def test_parts_and_coding(content: str | bytes, parts: int, coding: int) -> None:
    encoder = SmsEncoder()
    begin = encoder.begin if isinstance(content, str) else encoder.begin_data
    assert begin(NUMBER, content) == parts  # type: ignore[arg-type]
    assert (encoder.parts, encoder.coding) == (parts, coding)


@pytest.mark.parametrize("text", ["a" * 152 + "€" * 20, "ê" * 66 + "😀" * 20])
def test_no_character_is_cut_in_two(text: str) -> None:
    halves = [surrogates(str(content_of(pdu))) for pdu in submitted(NUMBER, text)]
    assert len(halves) == 2
    assert [half for part in halves for half in part] == surrogates(text)
    assert not halves[0][-1].startswith(("d8", "d9", "da", "db"))


def test_header_reference_and_report() -> None:
    first, second = (oracle(pdu) for pdu in submitted(NUMBER, "x" * 200, reference=200))
    assert first["header"] == second["header"]
    assert first["header"] | {"vpf": 2} == {  # type: ignore[operator]
        "rp": False, "udhi": True, "srr": True, "vpf": 2, "rd": False, "mti": "submit",
    }  # fmt: skip
    elements = [part["user_data"]["header"]["elements"][0]["data"] for part in (first, second)]  # type: ignore[index]
    assert elements == [{"reference": 200, "parts_count": 2, "part_number": i} for i in (1, 2)]
    assert first["validity-hours"] == 24
    encoder = SmsEncoder()
    encoder.begin(NUMBER, "x", report=False)
    encoder.write_part(0)
    assert encoder.pdu[1] & 0x20 == 0


@pytest.mark.parametrize("number", ["+491701234567", "112", "0170123456", "+1", "12345678901234567890", "*100#", "abc"])
def test_numbers(number: str) -> None:
    (pdu,) = submitted(number, "x")
    message = read(delivered(pdu))
    assert message.number == number
    if number.strip("+").isdigit():
        recipient = oracle(pdu)["recipient"]
        assert recipient["number"] == number.strip("+")  # type: ignore[index]
        assert (recipient["toa"]["ton"] == "international") == (number[0] == "+")  # type: ignore[index]


@pytest.mark.parametrize("number", ["", "+", "1" * 21, "0170-123", "+49 170", "12d", "１２"])
def test_a_bad_number_is_refused_and_changes_nothing(number: str) -> None:
    encoder = SmsEncoder()
    encoder.begin(NUMBER, "first")
    before = bytes(encoder.pdu[: encoder.write_part(0) + 1])
    with pytest.raises(ValueError, match=r"number .*digit"):
        encoder.begin(number, "second")
    assert bytes(encoder.pdu[: encoder.write_part(0) + 1]) == before


def test_a_text_that_is_too_long_is_refused() -> None:
    encoder = SmsEncoder()
    assert encoder.begin(NUMBER, "a" * 153 * MOST_PARTS) == MOST_PARTS
    with pytest.raises(ValueError, match="more than 8 parts"):
        encoder.begin(NUMBER, "a" * (153 * MOST_PARTS + 1))
    assert encoder.parts == MOST_PARTS
    with pytest.raises(ValueError, match="part 8 of 8"):
        encoder.write_part(8)


# ---------------------------------------------------------------------- decoder


@pytest.mark.parametrize(
    "pdu",
    [
        "07912299976758F2040C9122897779526200002060911134040005C8329BFD06",
        "0791448720003023240DD0E474D81C0EBB010000111011315214000BE474D81C0EBB5DE3771B",
        "07911326040000F0040B911346610089F60000208062917314080CC8F71D14969741F977FD07",
    ],
)
def test_messages_of_networks_are_what_smspdudecoder_reads(pdu: str) -> None:
    message = read(bytes.fromhex(pdu))
    found = SMSDeliver.decode(StringIO(pdu))
    assert message.text == found["user_data"]["data"]
    assert message.number.strip("+") == found["sender"]["number"].rstrip("@")  # of its spare bits
    stamp = found["scts"]
    assert message.time[:6] == (stamp.year, stamp.month, stamp.day, stamp.hour, stamp.minute, stamp.second)
    assert message.time[6] * 60 == stamp.utcoffset().total_seconds()


@pytest.mark.parametrize(
    ("status", "outcome"),
    [(0x00, d.DELIVERED), (0x1F, d.DELIVERED), (0x20, d.TRYING), (0x3F, d.TRYING), (0x40, d.FAILED), (0x63, d.FAILED)],
)
def test_status_reports(status: int, outcome: int) -> None:
    report = read(bytes.fromhex("0006c70c91947110325476") + STAMP * 2 + bytes((status,)))  # fmt: skip
    assert report.kind == d.STATUS_REPORT
    assert (report.reference, report.number, report.status) == (0xC7, "+491701234567", status)
    assert report.outcome == outcome
    assert report.time == (2026, 11, 30, 12, 34, 50, 60)


def test_parts_in_any_order_twice_and_of_several_senders() -> None:
    one, other = submitted(NUMBER, "1" * 400, 5), submitted("+33123", "2" * 400, 5)
    parts = d.Parts()
    order = [one[2], other[0], one[0], one[0], other[2], one[1], other[1]]
    texts = [parts.add(read(delivered(pdu))) for pdu in order]
    assert texts == [None, None, None, None, None, "1" * 400, "2" * 400]
    assert not parts._waiting


def test_of_messages_that_never_end_four_are_kept() -> None:
    parts = d.Parts()
    for reference in range(20):
        message = read(delivered(submitted(NUMBER, "1" * 400, reference)[0]))
        parts.add(message)
    assert len(parts._waiting) == 4


def test_sixteen_bit_references_and_lone_surrogates() -> None:
    header = bytes((6, 0x08, 4, 0x12, 0x34, 2, 1))
    text = bytes.fromhex("0041d83d0042de00")
    pdu = bytes.fromhex("00440c919471103254760008") + STAMP + bytes((len(header + text),)) + header + text
    message = read(pdu)
    assert (message.reference, message.part, message.parts) == (0x1234, 1, 2)
    assert message.text == "A\ufffdB\ufffd"


@pytest.mark.parametrize(
    ("pdu", "why"),
    [
        ("", "ends early"), ("00", "ends early"), ("0001", "neither"), ("0003", "neither"), ("07911326", "ends early"),
        ("0004ff91", "255 digits"), ("00040c91947110325476", "ends early"),
        ("00040c91f471103254760000" + STAMP.hex() + "00", "no digit in a number"),
        ("00040c919471103254760020" + STAMP.hex() + "00", "compressed"),
        ("00040c919471103254760000" + "ff110321430540" + "00", "no digit in a time"),
        ("00040c919471103254760000" + "62310321430540" + "00", "no such time"),
        ("00040c919471103254760004" + STAMP.hex() + "0501020304", "5 octets of text, 4"),
        ("00040c919471103254760004" + STAMP.hex() + "ff" + "00" * 255, "255 octets"),
        ("00440c919471103254760004" + STAMP.hex() + "020500", "header of 6"),
        ("00440c919471103254760004" + STAMP.hex() + "04030003ff", "ends early"),
        ("00440c919471103254760004" + STAMP.hex() + "0403240101", "national"),
    ],
)  # fmt: skip
def test_malformed_messages_are_refused_by_name(pdu: str, why: str) -> None:
    decoder = read(delivered(submitted(NUMBER, "before")[0]))
    with pytest.raises(ValueError, match=why):
        decoder.read(bytes.fromhex(pdu))
    assert (decoder.kind, decoder.text, decoder.data) == (d.NOTHING, None, None)


@given(data=st.binary(max_size=200))
def test_any_octets_are_a_message_or_refused(data: bytes) -> None:
    try:
        read(data)
    except ValueError as error:
        assert str(error)


# ---------------------------------------------------------------------- alphabet


def test_the_alphabet_is_smspdudecoder_s() -> None:
    for septet, character in enumerate(GSM.ALPHABET):
        if character != "\x1b":
            assert gsm7.septets_of(character) == septet
    for septet, character in GSM.ALPHABET_EXT.items():
        assert gsm7.septets_of(character) == gsm7.ESCAPE << 8 | septet
    assert gsm7.septets_of("\x1b") == gsm7.septets_of("ê") == -1


def test_an_unknown_escape_is_the_plain_character() -> None:
    out = bytearray(8)
    for i, septet in enumerate((0x1B, 0x41, 0x1B, 0x1B, 0x65)):
        gsm7.put_septet(out, 3 + 7 * i, septet)
    assert gsm7.decode(out, 3, 5) == "A e"
