"""Numbers in cells, as programs and people write them."""

from __future__ import annotations

import re

#: A number as `plain_number` leaves it.
NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
#: What stands for a number that is not there: of pandas, R, Excel, Matlab, SAS and C libraries.
_ABSENT = {"", "-", "--", "---", ".", "?", "nan", "+nan", "-nan", "nan(ind)", "-nan(ind)", "na", "<na>", "nat", "n/a",
           "#n/a", "#n/a n/a", "#na", "#nv", "#div/0!", "#num!", "#value!", "null", "none", "missing", "inf", "+inf",
           "-inf", "infinity", "+infinity", "-infinity", "1.#ind", "-1.#ind", "1.#qnan", "-1.#qnan", "1.#inf",
           "-1.#inf"}  # fmt: skip
#: Fortran's exponents, and what is printed for a minus: U+2212, dashes, and the dash of Windows' Latin letters.
_FORTRAN = re.compile(r"(?<=[0-9.])[dD](?=[+-]?[0-9]+$)")
_MINUS = re.compile("(?:^|(?<=[eEdD]))[\u2212\u2013\ufe63\uff0d\x96]")
_LONGEST = 400


def plain_number(cell: str) -> str:
    """A cell without blanks and quotes; a number with U+2212 or as `1.5D+00` as Python writes it."""
    text = cell.strip().rstrip("\x1a").strip("\"'").strip()
    if len(text) > _LONGEST or text.isdecimal():
        return text
    return _MINUS.sub("-", _FORTRAN.sub("e", text))


def value_of(cell: str, decimal_comma: bool) -> float | None:
    """A cell's number, NaN where it says that there is none, None where it is neither."""
    text = plain_number(cell)
    if decimal_comma:
        text = text.replace(",", ".")
    if len(text) <= _LONGEST and NUMBER.fullmatch(text):
        return float(text)
    return float("nan") if text.lower() in _ABSENT or not text.strip("*") else None
