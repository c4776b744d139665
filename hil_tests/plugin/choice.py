"""What `--dut` and `--inventory` choose: a simulated target, or boards."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from .inventory import BOARD, Board, load_inventory

if TYPE_CHECKING:
    from host_sdk.transports.address import Address

#: The target of devices that are there.
DUT = "dut"
#: Any board of the inventory that a test can run on.
RIG = "rig"
#: Short names of targets.
_ALIASES = {"sim": "cpython"}
#: What every simulated device can.
SIMULATED = frozenset(
    {"simulated", "serial", "ble", "power", "faults", "truth", "scenario", "reset", "flash"}
    | {"ecg", "ppg", "motion", "skin"}
)
_KEY = pytest.StashKey["Choice"]()


@dataclass(frozen=True)
class Choice:
    """What tests run on."""

    #: What was asked for.
    text: str | None = None
    target: str = "cpython"
    boards: tuple[Board, ...] = ()
    inventory: dict[str, Board] = field(default_factory=dict)
    has_inventory: bool = False

    def lacking(self, needs: frozenset[str]) -> frozenset[str]:
        """What is missing on what was chosen; of boards, on the one that has most."""
        have = [board.capabilities for board in self.boards] if self.target == DUT else [SIMULATED]
        return min((needs - able for able in have), key=len, default=needs)

    def is_possible(self, needs: frozenset[str]) -> bool:
        """Whether there is any target or board at all that has it; without an inventory a board may have anything."""
        if needs <= SIMULATED or any(needs <= board.capabilities for board in self.inventory.values()):
            return True
        return BOARD in needs and not self.has_inventory


def choice_of(config: pytest.Config) -> Choice:
    """What the options choose; UsageError where that is nothing."""
    if _KEY not in config.stash:
        config.stash[_KEY] = _choose(config.getoption("--dut"), config.getoption("--inventory"))
    return config.stash[_KEY]


def _choose(text: str | None, inventory: str | None) -> Choice:
    boards = {} if inventory is None else _inventory(Path(inventory))
    return replace(_chosen(text, boards), has_inventory=inventory is not None)


def _chosen(text: str | None, boards: dict[str, Board]) -> Choice:
    if text is None:
        return Choice(inventory=boards)
    if text == RIG:
        if not boards:
            raise pytest.UsageError(f"--dut {RIG}: any board of the inventory, and there is no --inventory")
        return Choice(text, DUT, tuple(boards.values()), boards)
    if text in boards:
        return Choice(text, DUT, (boards[text],), boards)
    target = _target(text)
    if target is not None:
        return Choice(text, target, inventory=boards)
    board = board_at(text)
    return Choice(text, DUT, (board,), {**boards, board.name: board})


def _inventory(path: Path) -> dict[str, Board]:
    from host_sdk.errors import VitalbandError
    from host_sdk.extras import missing_extra

    try:
        return load_inventory(path)
    except VitalbandError as error:
        raise pytest.UsageError(f"--inventory: {error}") from None
    except ImportError as error:
        missing = missing_extra(error)
        if missing is None:
            raise
        raise pytest.UsageError(f"--inventory {missing}") from None


def _target(text: str) -> str | None:
    if ":" in text:
        return None
    from firmware_sim.targets.names import TARGETS

    name = _ALIASES.get(text, text)
    return name if name in TARGETS else None


def device_address(text: str) -> Address:
    """The address of a device that is there; UsageError for one that is none."""
    from host_sdk.errors import AddressError
    from host_sdk.transports.address import parse_address

    try:
        address = parse_address(text)
    except AddressError as error:
        hint = "" if ":" in text else "; nor is it a target or a board of the inventory"
        raise pytest.UsageError(f"--dut: {error}{hint}") from None
    if address.starts_device:
        raise pytest.UsageError(
            f"--dut {text}: starts a device for each client, and a test needs one that stays;"
            " `--dut sim` starts one for each test"
        )
    return address


def board_at(text: str) -> Board:
    """A board of which only its address is known; UsageError."""
    link = device_address(text).link
    return Board(
        text,
        serial=text if link == "serial" else None,
        ble=text if link == "ble" else None,
        capabilities=frozenset({BOARD, link}),
    )
