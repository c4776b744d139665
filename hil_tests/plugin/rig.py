"""Boards for tests: one test at a time on each, its self-test first, a power cycle for one that does not answer."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from .board_locks import BoardLock, lock_board
from .inventory import Board
from .power import BoardPower, RigError

_LOCK_S = 300.0
_ANSWER_S = 10.0
_KEY = pytest.StashKey["Rig"]()


class Rig:
    """The boards as this process has found them."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        #: Boards that have shown that they work, and those of which a test that has them leaves that open.
        self._fit: set[str] = set()
        self._suspects: set[str] = set()
        #: Board: what is wrong with it.
        self.broken: dict[str, str] = {}

    @contextmanager
    def board(self, boards: tuple[Board, ...], needs: frozenset[str]) -> Iterator[Board]:
        """A board that has what a test needs, for this test alone; RigError where none works."""
        able = [board for board in boards if needs <= board.capabilities]
        while True:
            with self._locked([board for board in able if board.name not in self.broken]) as (board, lock):
                if board is None or lock is None:
                    raise RigError("; ".join(f"{b.name}: {self.broken.get(b.name, 'is in use')}" for b in able))
                if self._works(board, lock):
                    self._suspects.discard(board.name)
                    lock.note_used()
                    yield board
                    if board.name not in self._suspects:
                        lock.note_fit()
                    return

    def suspect(self, board: Board) -> None:
        """A test failed on it, or switched it: whoever has it next lets it show first that it works."""
        self._suspects.add(board.name)

    def give_up(self, board: Board, wrong: str) -> None:
        """It is of no use any more: its tests are errors from now on."""
        self.suspect(board)
        self.broken[board.name] = wrong

    def _works(self, board: Board, lock: BoardLock) -> bool:
        """Self-test of a board that has not shown yet that it works; one that does not answer has its power cycled."""
        if board.name in self._fit and lock.was_fit:
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

    @contextmanager
    def _locked(self, boards: list[Board]) -> Iterator[tuple[Board | None, BoardLock | None]]:
        """The first board that no other process has; waits for one. None where there are none, or none gets free."""
        deadline = time.monotonic() + _LOCK_S
        while boards:
            for board in list(boards):
                try:
                    lock = lock_board(board)
                except RigError as error:
                    self.broken[board.name] = str(error)
                    boards.remove(board)
                    continue
                if lock is not None:
                    with lock:
                        yield board, lock
                    return
            if time.monotonic() > deadline:
                break
            time.sleep(0.2)
        yield None, None


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
