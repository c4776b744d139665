"""Who a recording is of, and in which fold that person is."""

from __future__ import annotations

import zlib

#: Digits of a MIT-BIH record's number, in a QT Database name that is a piece of one.
_MITDB_DIGITS = 3


def person_of(name: str) -> str:
    """Who a recording SET/RECORD is of; recordings that may be of one person count as that person's.

    QT Database pieces of MIT-BIH recordings are of the person there; European ST-T recordings whose names share
    three digits may come from one tape.
    """
    folder, stem = name.split("/")
    if stem.startswith("sele"):
        return f"edb-{stem[4:7]}"
    digits = stem.removeprefix("sel")
    if folder in ("qtdb", "mitdb") and len(digits) == _MITDB_DIGITS and digits[0] in "12":
        return f"mitdb-{digits}"
    return f"{folder}-{stem}"


def fold_of(person: str, folds: int) -> int:
    """One of `folds`, the same for all recordings of a person, on every machine."""
    return zlib.crc32(person.encode()) % folds
