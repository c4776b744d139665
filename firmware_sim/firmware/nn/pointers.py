"""`ptr8` and `ptr32`: viper's own where it compiles, which needs no names for them; checked ones on CPython."""

import sys

TYPE_CHECKING = False
if not TYPE_CHECKING and sys.implementation.name == "micropython":
    ptr8 = ptr32 = None
else:
    from .checked_pointers import ptr8, ptr32

__all__ = ("ptr8", "ptr32")
