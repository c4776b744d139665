"""The memory that networks work in, as this package uses it."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    class Arena(Protocol):
        """See `nn.Arena`: between writing a network's input and the last look at its output it has one owner."""

        def is_free(self) -> bool:
            """Whether nobody has it."""

        def acquire(self, owner: object) -> None:
            """Take it for `owner`; an error where another has it."""

        def release(self, owner: object) -> None:
            """Give it back; nothing happens where `owner` does not have it."""
