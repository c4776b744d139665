"""Names as an alarm's message writes them, against the decompositions of Unicode."""

from __future__ import annotations

import unicodedata

import pytest

from firmware_sim.firmware.services.alarm.gsm7 import septets_of
from firmware_sim.firmware.services.alarm.latin import in_gsm7


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("Li", "Li"),
        ("Jörg Åse Ñandú", "Jörg Åse Ñandu"),
        ("Łukasz Żółć", "Lukasz Zolc"),
        ("Мария Щукина", "Mariya Shchukina"),
        ("Юрій Ґедзь", "Yuriy Gedz'"),
        ("Ђорђе", "Djordje"),
        ("Γιάννης Φώτης", "Giannis Fotis"),
        ("Nguyễn Thị Ánh", "Nguyen Thi Anh"),
        ("Şule Çağ İpek Ιdil", "Sule Çag Ipek Idil"),
        ("Ștefan Țuțea", "Stefan Tutea"),
        ("Þór Œuvre Straẞe", "Thor Oeuvre Straße"),
        ("D\u2019Arcy\u00a0Smith\u2011Li", "D'Arcy Smith-Li"),
        ("Ange\u0301lique", "Angelique"),
        ("two\nlines", "two lines"),
        ("李小龍", ""),
        ("€{}", ""),
    ],
)
def test_a_name_is_written_in_the_letters_of_a_message(name: str, written: str) -> None:
    assert in_gsm7(name) == written


def test_every_letter_with_accents_is_the_letter_without_them() -> None:
    judged = 0
    for code in (*range(0xC0, 0x250), *range(0x1E00, 0x1F00)):
        bare = unicodedata.normalize("NFD", chr(code))[0]
        if bare != chr(code) and bare.isascii() and septets_of(chr(code)) < 0 and in_gsm7(chr(code)):
            assert in_gsm7(chr(code)) == bare, hex(code)
            judged += 1
    assert judged > 330


def test_whatever_a_name_has_is_one_septet_a_character() -> None:
    for code in (*range(0x2200), 0x674E, 0x1F600):
        assert all(0 <= septets_of(character) < 128 for character in in_gsm7(chr(code))), hex(code)
