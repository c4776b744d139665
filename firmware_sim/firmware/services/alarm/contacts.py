"""Whom to alarm: the setting `contacts`, names with their numbers and commas between them."""

from .incident import MOST_CONTACTS
from .sms_address import LONGEST_NUMBER

_DIGITS = "0123456789"
_OF_NUMBERS = _DIGITS + "+ -/().\t"
_LEAST_DIGITS = 3


def numbers_in(text: str) -> "tuple[tuple[str, ...], int]":
    """Numbers of up to four contacts (digits, with a plus before them where it was there), and how many entries have
    none, or are too many."""
    numbers: "list[str]" = []
    refused = 0
    for entry in text.replace(";", ",").split(","):
        number = _number_in(entry)
        if not number:
            refused += 1 if entry.strip() else 0
        elif number not in numbers:
            if len(numbers) < MOST_CONTACTS:
                numbers.append(number)
            else:
                refused += 1
    return tuple(numbers), refused


def _number_in(entry: str) -> str:
    """The number at the end of an entry; empty where there is none."""
    start = len(entry)
    while start and entry[start - 1] in _OF_NUMBERS:
        start -= 1
    tail = entry[start:]
    plus = tail.rfind("+")
    digits = "".join([character for character in tail[plus + 1 :] if character in _DIGITS])
    if not _LEAST_DIGITS <= len(digits) <= LONGEST_NUMBER:
        return ""
    return "+" + digits if plus >= 0 else digits
