"""Boards for tests: one test at a time on each, its self-test first, a power cycle for one that does not answer."""

from __future__ import annotations

import hashlib
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest

from .inventory import Board
from .power import BoardPower, RigError

_LOCK_S = 300.0
_ANSWER_S = 10.0
_KEY = pytest.StashKey["Rig"]()


class Rig:
    """The boards as this process has found them."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._fit: set[str] = set()
        #: Board: what is wrong with it.
        self.broken: dict[str, str] = {}

    @contextmanager
    def board(self, boards: tuple[Board, ...], needs: frozenset[str]) -> Iterator[Board]:
        """A board that has what a test needs, for this test alone; RigError where none works."""
        able = [board for board in boards if needs <= board.capabilities]
        while True:
            with _locked([board for board in able if board.name not in self.broken]) as board:
                if board is None:
                    raise RigError("; ".join(f"{b.name}: {self.broken.get(b.name, 'is in use')}" for b in able))
                if self._works(board):
                    yield board
                    return

    def suspect(self, board: Board) -> None:
        """A test failed on it: it shows that it works before the next one."""
        self._fit.discard(board.name)

    def _works(self, board: Board) -> bool:
        """Self-test of a board that has not shown yet that it works; one that does not answer has its power cycled."""
        if board.name in self._fit:
            return True
        wrong = self_test(board)
        if wrong is not None and board.power.switch != "none":
            try:
                BoardPower(board.power, self._config, board.name).cycle()
                wrong = self_test(board)
            except RigError as error:
                wrong = f"{wrong}; {error}"
        if wrong is not None:
            self.broken[board.name] = wrong
            return False
        self._fit.add(board.name)
        return True


def rig_of(config: pytest.Config) -> Rig:
    """The rig of this process."""
    return config.stash.setdefault(_KEY, Rig(config))


def self_test(board: Board) -> str | None:
    """What is wrong with a board: each of its links answers, and says what the inventory says. None: nothing."""
    from host_sdk import blocking
    from host_sdk.errors import VitalbandError

    for address in (board.serial, board.ble):
        if address is None:
            continue
        try:
            with blocking.connect(address, wait_s=_ANSWER_S) as device:
                model = device.info.model
        except VitalbandError as error:
            return f"{address} does not answer: {error}"
        if board.model is not None and model != board.model:
            return f"{address} is {model}, and the inventory says {board.model}"
    return None


@contextmanager
def _locked(boards: list[Board]) -> Iterator[Board | None]:
    """The first board that no other process has; waits for one. None where there are none, or none gets free."""
    deadline = time.monotonic() + _LOCK_S
    while boards:
        for board in boards:
            lock = _lock(board)
            if lock is not None:
                with lock:
                    yield board
                return
        if time.monotonic() > deadline:
            break
        time.sleep(0.2)
    yield None


def _lock(board: Board) -> IO[bytes] | None:
    """An open file that holds the board; None where another process has it."""
    identity = hashlib.sha256(f"{board.serial} {board.ble}".encode()).hexdigest()[:16]
    lock = (Path(tempfile.gettempdir()) / f"vitalband-board-{identity}.lock").open("ab")
    if os.name == "nt":  # no locks of this kind: workers there must have boards of their own
        return lock
    import fcntl

    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        return None
    return lock
