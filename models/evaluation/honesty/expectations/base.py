"""Faults, and what every expectation is."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass

from ..result import DeviceResult

#: A number where there is none, or one that is not so, above quality 30.
INVENTED = "invented"
#: A finding, event or state that must be reported and is not.
MISSED = "missed"
#: A finding, beat or event that is not so.
WRONG = "wrong"
#: No number where the signal gives one.
REFUSED = "refused"
CATEGORIES = (INVENTED, MISSED, WRONG, REFUSED)
#: More numbers beyond their own expanded uncertainty than it allows: of all records of a kind together.
OVERCONFIDENT = "overconfident"

#: A number of a quality up to here says itself that it may not be so.
MAX_UNCERTAIN_QUALITY = 30


@dataclass(frozen=True)
class Fault:
    """One thing that is not right; `category` of CATEGORIES."""

    category: str
    what: str


@dataclass(frozen=True)
class Number:
    """How far a number is from what is true, its expanded uncertainty, and that of the truth, in one unit."""

    name: str
    error: float
    u95: float
    u95_of_truth: float = 0.0

    @property
    def is_outside(self) -> bool:
        """Whether it is further off than both uncertainties explain (ISO/IEC 17043: E_n > 1)."""
        return bool(abs(self.error) > math.hypot(self.u95, self.u95_of_truth))


class Expectation(ABC):
    """Something that a result must fulfil."""

    def numbers(self, result: DeviceResult) -> Iterator[Number]:
        """Numbers with an expanded uncertainty whose truth is known; none for most expectations."""
        return iter(())

    @abstractmethod
    def faults(self, result: DeviceResult) -> Iterator[Fault]:
        """What is wrong with a result; nothing where it is right."""
