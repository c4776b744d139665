"""Fixtures of the devices under test: simulated ones, or those that `--dut` names."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from .artifacts import leave
from .choice import DUT, choice_of
from .dut import BoardDut, Dut, SimulatedDut
from .given_device import SKIPPED
from .inventory import Board
from .markers import needs_of
from .outcomes import has_failed
from .power import RigError
from .rig import Rig, rig_of

if TYPE_CHECKING:
    from firmware_sim.cli.processes import SimProcess

#: Property of a report: what the test ran on.
ON = "dut"


@pytest.fixture
def target(request: pytest.FixtureRequest) -> str:
    """What runs the firmware: a simulated target, unless a test is parametrised with others, or `dut` for boards."""
    return choice_of(request.config).target


class Duts:
    """Devices for one test, each with a radio, ports and a folder of its own."""

    def __init__(self, request: pytest.FixtureRequest, target: str, folder: Path, stack: ExitStack) -> None:
        self._item: pytest.Item = request.node
        self._config = request.config
        self._target = target
        self._folder = folder
        #: Below pytest's temporary folder: names of sockets and ports are short there.
        self._state: Path = request.getfixturevalue("tmp_path") / "state"
        self._state.mkdir()
        self._stack = stack
        self.made: list[Dut] = []

    def __call__(self, count: int = 1) -> list[Dut]:
        """So many more; a test that wants more boards than there are is an error of the rig."""
        if count < 1:
            raise ValueError(f"{count} devices are none")
        return [self._new() for _ in range(count)]

    def _new(self) -> Dut:
        number = len(self.made)
        folder = self._folder if not number else self._folder / f"dut-{number + 1}"
        folder.mkdir(exist_ok=True)
        made = self._board(folder) if self._target == DUT else self._simulated(folder, number)
        self.made.append(made)
        self._item.user_properties.append((ON, made.name))
        return made

    def _board(self, folder: Path) -> Dut:
        rig, choice = rig_of(self._config), choice_of(self._config)
        used = {dut.name for dut in self.made}
        boards = tuple(board for board in choice.boards if board.name not in used)
        board = self._free_board(rig, boards)
        dut = BoardDut(board, folder, self._config)

        def done() -> None:
            leave(dut, self._item)
            try:
                is_alone = dut.restore()
            except RigError as error:
                rig.give_up(board, f"was left off: {error}")
                return
            if not is_alone or has_failed(self._item) or self._item.get_closest_marker("resets") is not None:
                rig.suspect(board)

        self._stack.callback(done)
        return dut

    def _free_board(self, rig: Rig, boards: tuple[Board, ...]) -> Board:
        """A board for this test alone; the test is an error where there is none."""
        try:
            return self._stack.enter_context(rig.board(boards, needs_of(self._item)))
        except RigError as error:
            wrong = str(error) or f"no board is left beside {', '.join(dut.name for dut in self.made)}"
        pytest.fail(f"rig: {wrong}", pytrace=False)

    def _simulated(self, folder: Path, number: int) -> Dut:
        from ..targets import need

        need(self._target)
        name = self._target if not number else f"{self._target} {number + 1}"
        state = self._state / str(number)
        state.mkdir()
        dut = SimulatedDut(name, self._target, folder, state, _wearer_options(self._item, number))
        may_reset = self._item.get_closest_marker("resets") is not None
        self._stack.callback(dut.close, may_reset)
        self._stack.callback(leave, dut, self._item)
        dut.start()
        for marker in self._item.iter_markers("fault"):
            _inject(dut, *marker.args, **marker.kwargs)
        return dut


def _wearer_options(item: pytest.Item, number: int) -> list[str]:
    """Options of `vitalband sim` by the marker `wearer`: by default somebody at rest has worn it for a while."""

    def options(preset: str = "resting", *, warm: float = 12, seed: int = 3, pace: float = 1) -> list[str]:
        return ["--wearer", preset, "--seed", str(seed + number), "--warm", f"{warm:g}", "--pace", f"{pace:g}"]

    marker = item.get_closest_marker("wearer")
    return options() if marker is None else options(*marker.args, **marker.kwargs)


def _inject(dut: SimulatedDut, component: str, fault: str, *, from_s: float = 0.0, to_s: float = math.inf) -> None:
    """Let a fault begin `from_s` from now on."""
    now = dut.state()["time_s"]
    dut.disturbed = True
    dut.debug(cmd="fault", component=component, fault=fault, start=now + from_s, stop=now + to_s)


@pytest.fixture
def duts(request: pytest.FixtureRequest, target: str, artifacts: Path) -> Iterator[Duts]:
    """Several devices: `first, second = duts(2)`."""
    with ExitStack() as stack:
        yield Duts(request, target, artifacts, stack)


@pytest.fixture
def dut(duts: Duts) -> Dut:
    """The device under test."""
    return duts()[0]


@pytest.fixture
def device(target: str, request: pytest.FixtureRequest) -> SimProcess:
    """The process of a simulated device under test; other devices would not survive what is done to it."""
    if target == DUT:
        given = choice_of(request.config).text
        pytest.skip(f"{SKIPPED}{given}: this test does to a device what only a simulated one survives")
    dut: Any = request.getfixturevalue("dut")
    assert isinstance(dut, SimulatedDut)
    return dut.process


@pytest.fixture(params=["ble", "serial"])
def address(request: pytest.FixtureRequest, target: str) -> str:
    """The device under test over each of its links; with --dut over those that it has."""
    choice = choice_of(request.config)
    if target == DUT and not any(getattr(board, request.param) for board in choice.boards):
        pytest.skip(f"{SKIPPED}{choice.text} is no {request.param} link")
    dut: Dut = request.getfixturevalue("dut")
    found: str | None = getattr(dut, request.param)
    if found is None:
        pytest.skip(f"{SKIPPED}{dut.name} is no {request.param} link")
    return found
