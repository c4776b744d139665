"""Cells of a NOR flash: bits that only fall until they are erased, and what a supply that fails leaves of an operation.

A cut leaves each bit that was to change either changed, unchanged or *unstable*: its charge is near the threshold, so
it reads differently each time, until it is programmed or erased for good. A sector that was erased more often than the
chip endures keeps bits at 0.
"""

from __future__ import annotations

import mmap
import os
import sys
import weakref
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

if sys.platform != "win32":
    import fcntl

ERASED = 0xFF
_WEAR = np.dtype("<u4")


class NorCells:
    """`size` bytes in sectors of `sector` bytes, addressed modulo the size.

    With `backing` the cells and the wear counters behind them are that file, made when it is not there; unstable bits
    do not outlive the object. `endurance` is in erases a sector.

    Raises ValueError where the file is of another size, OSError where another process has it.
    """

    def __init__(
        self, size: int, sector: int, seed: int = 0, endurance: int = 100_000, backing: Path | None = None
    ) -> None:
        self.size = size
        self.sector = sector
        self.endurance = endurance
        self._random = np.random.default_rng((seed, size))
        self._seed = seed
        length = size + size // sector * _WEAR.itemsize
        store: bytearray | mmap.mmap = bytearray(0 if backing else length)
        self._release: Callable[[], object] | None = None
        if backing:
            file = _open(backing, size, length)
            self._release = weakref.finalize(self, os.close, file)  # with it the lock is given back
            store = mmap.mmap(file, length)
        self._cells = np.frombuffer(store, np.uint8, size)
        #: Erases so far, by sector.
        self.wear: NDArray[np.uint32] = np.frombuffer(store, _WEAR, size // sector, size)
        if backing is None:
            self._cells[:] = ERASED
        # bits that are unstable, by address
        self._unstable: dict[int, int] = {}
        self._presets: list[tuple[int, int, Callable[[], bytes]]] = []

    def close(self) -> None:
        """Give the file back to other processes; harmless when called again."""
        if self._release is not None:
            self._release()

    def preset(self, address: int, count: int, content: Callable[[], bytes]) -> None:
        """Have `count` bytes begin with `content()`, and be erased behind it; it is called when they are touched."""
        self._presets.append((address, count, content))

    def _touch(self, address: int, count: int) -> None:
        for preset in [p for p in self._presets if p[0] < address + count and address < p[0] + p[1]]:
            self._presets.remove(preset)
            first, length, content = preset
            data = content()
            self._cells[first : first + length] = ERASED
            self._cells[first : first + len(data)] = np.frombuffer(data, np.uint8)

    def read(self, address: int, count: int) -> bytes:
        """Bytes from an address on, round the end of the chip."""
        first = address % self.size
        if self._presets:
            self._touch(first, count)
        out = bytearray(self._cells[first : first + count].tobytes())
        if self._unstable:
            self._shake(first, out)
        while len(out) < count:
            out += self.read(0, min(count - len(out), self.size))
        return bytes(out)

    def _shake(self, first: int, out: bytearray) -> None:
        for address, mask in self._unstable.items():
            if first <= address < first + len(out):
                at = address - first
                out[at] = out[at] & ~mask | int(self._random.integers(256)) & mask

    def program(self, address: int, data: bytes) -> None:
        """Let fall the bits that are 0 in `data`, within one sector."""
        self._touch(address, len(data))
        span = slice(address, address + len(data))
        self._cells[span] &= np.frombuffer(data, np.uint8)
        self._settle(address, data)

    def erase(self, address: int, count: int) -> None:
        """Raise all bits of whole sectors; those of worn ones that stay down stay."""
        self._touch(address, count)
        self._cells[address : address + count] = ERASED
        for at in [at for at in self._unstable if address <= at < address + count]:
            del self._unstable[at]
        for number in range(address // self.sector, (address + count) // self.sector):
            self.wear[number] += 1
            self._wear_out(number)

    def _wear_out(self, number: int) -> None:
        beyond = int(self.wear[number]) - self.endurance
        if beyond > 0:
            stuck = np.random.default_rng((self._seed, number)).permutation(self.sector * 8)
            # one bit in the first erase too many, then ever more
            for bit in stuck[: 1 + beyond * self.sector // max(self.endurance, 1)]:
                self._cells[number * self.sector + int(bit) // 8] &= ~(1 << (int(bit) & 7)) & 0xFF

    # ------------------------------------------------------------------ supply that fails

    def program_cut(self, address: int, data: bytes, fraction: float) -> None:
        """The supply fails when `fraction` (0 to 1) of a `program` is done."""
        self._touch(address, len(data))
        wanted = np.frombuffer(data, np.uint8)
        falling = self._cells[address : address + len(data)] & ~wanted
        fallen, unstable = self._torn(falling, fraction)
        self._cells[address : address + len(data)] &= ~fallen
        self._settle(address, bytes(~fallen))
        self._mark(address, unstable)

    def erase_cut(self, address: int, count: int, fraction: float) -> None:
        """The supply fails when `fraction` (0 to 1) of an `erase` is done.

        A chip first programs a sector's bits to 0, which takes a tenth of the time, so that none is erased too far.
        """
        self._touch(address, count)
        span = slice(address, address + count)
        if fraction < 0.1:
            fallen, unstable = self._torn(self._cells[span], fraction * 10)
            self._cells[span] &= ~fallen
        else:
            self._cells[span] = 0
            risen, unstable = self._torn(np.full(count, ERASED, np.uint8), (fraction - 0.1) / 0.9)
            self._cells[span] |= risen
        self._mark(address, unstable)
        self.wear[address // self.sector : (address + count) // self.sector] += 1

    def _torn(self, changing: NDArray[np.uint8], fraction: float) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """(bits that changed, bits that are unstable) of those that were to change."""
        bits = np.unpackbits(changing).astype(bool)
        luck = self._random.random(bits.size)
        done = np.packbits(bits & (luck < fraction))
        unstable = np.packbits(bits & (luck >= fraction) & (luck < fraction + min(fraction, 1 - fraction)))
        return done, unstable

    def _mark(self, address: int, unstable: NDArray[np.uint8]) -> None:
        for at in np.flatnonzero(unstable):
            first = address + int(at)
            self._unstable[first] = self._unstable.get(first, 0) | int(unstable[at])

    def _settle(self, address: int, data: bytes) -> None:
        """Bits that were programmed to 0 read 0 from now on."""
        for at in list(self._unstable):
            if address <= at < address + len(data):
                left = self._unstable.pop(at) & data[at - address]
                if left:
                    self._unstable[at] = left


def _open(path: Path, size: int, length: int) -> int:
    """The file, locked against other processes: erased cells, then wear counters of 0, when it was not there."""
    if not path.exists():
        fresh = path.with_name(path.name + ".new")
        fresh.write_bytes(bytes([ERASED]) * size + bytes(length - size))
        fresh.replace(path)
    file = os.open(path, os.O_RDWR)
    try:
        _lock(file, path)
        if path.stat().st_size != length:
            raise ValueError(f"{path}: {path.stat().st_size} bytes, a flash of {size} bytes has a file of {length}")
    except BaseException:
        os.close(file)
        raise
    return file


def _lock(file: int, path: Path) -> None:
    """OSError where another process has the file; a file system without locks lets everybody in."""
    if sys.platform == "win32":
        return
    try:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        what = "another simulated device lives there; end it, or choose another folder"
        raise OSError(f"{path.parent}: {what}") from None
    except OSError:  # as on some network drives
        return
    if os.fstat(file).st_ino != path.stat().st_ino:  # two were made at once, and this one lost
        raise OSError(f"{path.parent}: another simulated device came to live there just now")
