"""Whom to alarm: the setting `contacts`, names with their numbers and commas between them."""

from .incident import MOST_CONTACTS
from .sms_address import LONGEST_NUMBER

_DIGITS = "0123456789"
#: Spaces and hyphens that phones and word processors write for plain ones.
_SPACES = "\u00a0\u2007\u2009\u202f"
_HYPHENS = "\u2010\u2011\u2012\u2013\u2014\u2212"
_OF_NUMBERS = _DIGITS + "+ -/().\t" + _SPACES + _HYPHENS
#: The zero that is only dialled within the country, after the country's code.
_TRUNK = "(0)"
_LEAST_DIGITS = 3
#: Name of the contact that gets octets instead of a text.
_OF_DATA = "msd"


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


def data_number_in(text: str) -> str:
    """The number of the entry that is named `MSD`, an emergency centre's; empty where there is none."""
    for entry in text.replace(";", ",").split(","):
        if entry.strip().lower().startswith(_OF_DATA):
            rest = entry.strip()[len(_OF_DATA) :]
            if rest[:1] in _OF_NUMBERS:
                return _number_in(rest)
    return ""


def _number_in(entry: str) -> str:
    """The number at the end of an entry; empty where there is none, or where it is not sure where it begins.

    A wrong number is worse than none: a name with a digit ends where a plus or a zero begins the number.
    """
    start = len(entry)
    while start and entry[start - 1] in _OF_NUMBERS:
        start -= 1
    tail = entry[start:]
    plus = tail.rfind("+")
    before = entry[: start + plus] if plus >= 0 else entry[:start]
    digits = _digits_of(tail[plus + 1 :].replace(_TRUNK, "") if plus >= 0 else tail)
    if plus >= 0:
        sure = "+" not in before and not (before and before[-1] in _DIGITS)
    else:
        sure = not (_digits_of(before) and digits[:1] != "0") and not _begins_again(tail)
    if not sure:
        return ""
    if not _LEAST_DIGITS <= len(digits) <= LONGEST_NUMBER:
        return ""
    return "+" + digits if plus >= 0 else digits


def _digits_of(text: str) -> str:
    return "".join([character for character in text if character in _DIGITS])


def _begins_again(tail: str) -> bool:
    """Whether a zero begins a number behind one or two digits that may be of the name, as in `2 0170 1234567`."""
    for i in range(1, len(tail)):
        before = _digits_of(tail[:i])
        if tail[i] == "0" and tail[i - 1] not in _DIGITS and before and before[0] != "0":
            return len(before) < _LEAST_DIGITS
    return False
