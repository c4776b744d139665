"""Faults, and what every expectation is."""

from __future__ import annotations

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

#: A number of a quality up to here says itself that it may not be so.
MAX_DOUBTED_QUALITY = 30


@dataclass(frozen=True)
class Fault:
    """One thing that is not right; `category` of CATEGORIES."""

    category: str
    what: str


class Expectation(ABC):
    """Something that a result must fulfil."""

    @abstractmethod
    def faults(self, result: DeviceResult) -> Iterator[Fault]:
        """What is wrong with a result; nothing where it is right."""
