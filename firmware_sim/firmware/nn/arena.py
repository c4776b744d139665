"""The memory that networks work in: one can serve several, one after the other."""

from array import array


class Arena:
    """`size` bytes of activations and `words` 32-bit words for work.

    Between writing a network's input and the last look at its output nobody else may use the arena: whoever does so
    acquires it before and releases it after. An owner is any object, compared by identity.
    """

    def __init__(self, size: int, words: int, scratch: "array[int] | None" = None) -> None:
        """`scratch` is memory whose content means nothing to anybody between two calls: it serves, if it has `words`.

        Raises `UnsupportedError` if there is no room.
        """
        self.activations = _zeros("b", size)
        self.scratch = scratch if scratch is not None and len(scratch) >= words else _zeros("i", 4 * words)
        # MicroPython takes ten times as long to set an attribute as an item
        self._owner: "list[object]" = [None]

    def check(self, size: int, words: int) -> None:
        """Raise `UnsupportedError` where a network needs more than there is."""
        if len(self.activations) < size or len(self.scratch) < words:
            from .errors import UnsupportedError

            raise UnsupportedError(
                "an arena of %d bytes and %d words for a network that needs %d and %d"
                % (len(self.activations), len(self.scratch), size, words)
            )

    def is_free(self) -> bool:
        """Whether nobody has it."""
        return self._owner[0] is None

    def acquire(self, owner: object) -> None:
        """Take it for `owner`, who may have it already; `ArenaBusyError` where another has, and keeps it."""
        has = self._owner[0]
        if has is not None and has is not owner:
            from .errors import ArenaBusyError

            raise ArenaBusyError("%s has the arena that %s wants" % (has, owner))
        self._owner[0] = owner

    def release(self, owner: object) -> None:
        """Give it back; nothing happens where `owner` does not have it."""
        if self._owner[0] is owner:
            self._owner[0] = None


def _zeros(code: str, size: int) -> "array[int]":
    try:
        return array(code, bytes(size))
    except MemoryError:
        from .errors import UnsupportedError

        raise UnsupportedError("no room for an arena of %d bytes" % size) from None
