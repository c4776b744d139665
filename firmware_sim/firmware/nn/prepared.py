"""Prepared forms of networks, which lie in flash: see `Network`, and `models.freeze`, which writes them."""

from array import array

from .arena import Arena

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Callable

    from .network import Form, Words

_WORD = 4


def readable(form: "Form", address: "Callable[[Words], int]") -> "Form":
    """The form as it is where all its words lie aligned, as kernels need them; else with copies that do.

    Where constants lie is up to how the firmware was built; `address` tells it.
    """
    names, macs, starts, steps, needs = form
    for _, params, table in steps:
        if address(params) % _WORD or (table and address(table) % _WORD):
            copies = tuple([(name, array("i", params), array("i", table)) for name, params, table in steps])
            return names, macs, starts, copies, needs
    return form


def arena_for(forms: "Sequence[Form]", scratch: "array[int] | None" = None) -> Arena:
    """An arena that each of these networks can work in; `scratch` as it has it."""
    size = words = 0
    for _, _, _, _, needs in forms:
        both = array("i", needs)
        size = max(size, both[0])
        words = max(words, both[1])
    return Arena(size, words, scratch)
