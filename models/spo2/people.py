"""Whose pairs are whose: a person under several spellings is one, and what is there again counts once."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from .pairs import Pair

#: Digits behind the point to which two ratios, and two references, are the same.
_RATIO_DIGITS, _REFERENCE_DIGITS = 4, 2
_Key = tuple[float, float]


@dataclass(frozen=True)
class Study:
    """The pairs that count, each with the name that its person was given first.

    `spellings` are other ways in which a name was written, `copies` people of whose pairs, or among whose pairs, more
    than half are those of that name's; `repeated` is how many pairs were there before.
    """

    pairs: tuple[Pair, ...]
    spellings: Mapping[str, tuple[str, ...]]
    copies: Mapping[str, tuple[str, ...]]
    repeated: int


def study_of(pairs: Sequence[Pair]) -> Study:
    """Pairs of people who are different people, as far as names and numbers tell."""
    names = [pair.person for pair in pairs]
    first: dict[str, str] = {}
    spelled = {name: first.setdefault(_plain(name), name) for name in dict.fromkeys(names)}
    by_person: dict[str, set[_Key]] = {}
    for pair in pairs:
        by_person.setdefault(spelled[pair.person], set()).add(_key(pair))
    owners = _owners(by_person)
    kept: dict[tuple[str, _Key], Pair] = {}
    for pair in pairs:
        owner = owners[spelled[pair.person]]
        kept.setdefault((owner, _key(pair)), replace(pair, person=owner))
    return Study(tuple(kept.values()), _grouped(spelled), _grouped(owners), len(pairs) - len(kept))


def _plain(name: str) -> str:
    """What is left of a name without case, accents, blanks and marks, and zeros before a number.

    >>> _plain(" Ann-Lee 07"), _plain("ANN_LEE7"), _plain("?")
    ('annlee7', 'annlee7', '?')
    """
    letters = unicodedata.normalize("NFKD", name).casefold()
    bare = "".join(letter for letter in letters if letter.isalnum())
    return re.sub(r"(?<!\d)0+(?=\d)", "", bare) or name


def _key(pair: Pair) -> _Key:
    return round(pair.ratio, _RATIO_DIGITS), round(pair.reference, _REFERENCE_DIGITS)


def _owners(by_person: Mapping[str, set[_Key]]) -> dict[str, str]:
    """For each person the first one whose pairs are mostly the same, over any number of copies between."""
    owners: dict[str, str] = {}
    for person, pairs in by_person.items():
        same = {owners[other] for other in owners if _mostly_the_same(pairs, by_person[other])}
        owners[person] = next((other for other in by_person if other in same), person)
        owners.update({other: owners[person] for other, owner in owners.items() if owner in same})
    return owners


def _mostly_the_same(one: set[_Key], other: set[_Key]) -> bool:
    return 2 * len(one & other) > min(len(one), len(other))


def _grouped(names: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """All other names of each that stands for them."""
    found: dict[str, tuple[str, ...]] = {}
    for name, of in names.items():
        if name != of:
            found[of] = (*found.get(of, ()), name)
    return found
