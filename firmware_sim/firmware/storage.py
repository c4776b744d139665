"""Small files that survive a restart, and two of them as copies of one thing."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable


class Storage:
    """Small files: a `put` that power loss cuts short leaves the old one.

    `open_file` and `rename` are the port's `open` and `os.rename`, which only the board may name.
    """

    def __init__(self, open_file: "Callable[..., Any]", rename: "Callable[[str, str], None]") -> None:
        self.open = open_file
        self.rename = rename

    def get(self, name: str) -> "bytes | None":
        """A file's bytes, None when there is none."""
        try:
            with self.open(name, "rb") as file:
                data: bytes = file.read()
                return data
        except OSError:
            return None

    def put(self, name: str, data: bytes) -> None:
        """Make or replace a file; OSError when it cannot be written."""
        fresh = name + ".new"
        with self.open(fresh, "wb") as file:
            file.write(data)
        self.rename(fresh, name)  # in one step on LittleFS


class VolatileStorage:
    """The same in memory, where nothing else keeps files: everything is as new after a restart."""

    def __init__(self) -> None:
        self._files: "dict[str, bytes]" = {}

    def get(self, name: str) -> "bytes | None":
        """A file's bytes, None when there is none."""
        return self._files.get(name)

    def put(self, name: str, data: bytes) -> None:
        """Make or replace a file."""
        self._files[name] = data


class FileSlots:
    """Slots 0 and 1 for two copies of something, each a file: a write to one leaves the other as it is."""

    def __init__(self, storage: "Storage | VolatileStorage", name: str) -> None:
        self._storage = storage
        self._names = (name + ".a", name + ".b")

    def read(self, slot: int) -> "bytes | None":
        """What was written there last, None where nothing was."""
        return self._storage.get(self._names[slot])

    def write(self, slot: int, data: bytes) -> None:
        """Write a copy over the one that is there; OSError where it cannot be, and that one may be lost."""
        self._storage.put(self._names[slot], data)

    def settle(self, slot: int, copy: "bytes | None") -> None:
        """A file reads the same each time."""
