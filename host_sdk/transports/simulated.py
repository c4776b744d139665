"""Simulated devices: the contract their providers keep, and how one is started.

A provider is an entry point of the group ``vitalband.simulators``; its name is the target (``cpython`` is the
default, ``?target=NAME`` picks another). The SDK finds it by name and imports nothing of it.

``async open_device(options: SimulatedOptions) -> SimulatedDevice``

`SimulatedOptions` holds what the SDK gives a meaning to, typed and checked; `extra` is the provider's own. It raises
`ValueError` for what it does not know or cannot use, and for a record that is damaged or of the wrong kind; `OSError`
for one that cannot be read. The message is one line that names what and where; it becomes a `SimulatorError` or
`RecordError` here.

Time of a device opened with `pace` None: it stands still except that it answers what is written to its serial port
(virtual time moves on as little as that needs). `run_to_end` then starts the record and plays all of it, and time
stands still again. So a host subscribes first, asks for a flush at the end and misses nothing. With any other pace the
device runs from `open_device` on.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from importlib.metadata import entry_points
from typing import Protocol, cast

from ..errors import RecordError, SimulatorError
from ..extras import check_versions, missing_extra
from ..reasons import one_line
from ..waiting import within
from .simulated_options import SimulatedOptions

GROUP = "vitalband.simulators"
OPEN_TIMEOUT_S = 30.0
_log = logging.getLogger(__name__)


class SimSerial(Protocol):
    """The device's serial port, the host's end of the cable."""

    #: Called in the event loop with every piece the device sends; set by the host, None: nobody listens.
    on_data: Callable[[bytes], None] | None

    def write(self, data: bytes) -> None:
        """Bytes from the host to the device's UART."""
        ...


class SimulatedInfo(Protocol):
    """What is known of a simulated device from outside. Read anew after `run_to_end`: figures may settle then."""

    @property
    def name(self) -> str:
        """Name it advertises over BLE."""
        ...

    @property
    def groups(self) -> frozenset[str]:
        """Groups of signals that its world has: ``ecg``, ``ppg``, ``motion``, ``skin``."""
        ...

    @property
    def record(self) -> str | None:
        """Record it replays as parent folder and name (``ludb/4``); None: synthetic wearer."""
        ...

    @property
    def channel(self) -> str | None:
        """Name of the record's channel at the ECG electrodes; None where there is none."""
        ...

    @property
    def ecg_fs(self) -> float | None:
        """Samples a second of the record's ECG; None where there is none."""
        ...

    @property
    def has_light_level(self) -> bool:
        """Whether the record's light came with its level; true where there is no record, or none of light."""
        ...

    @property
    def record_error(self) -> str | None:
        """What is wrong with the record, on one line, when its good part is replayed all the same; None: nothing."""
        ...

    @property
    def duration_s(self) -> float | None:
        """Seconds that are replayed (end - start); None: endless."""
        ...

    @property
    def record_start_us(self) -> int:
        """Device tick at record time 0 (below zero where `start_s` is later): record time = (tick - this) / 1e6.

        The chips' own delays count as part of it, so that an event's tick gives the record time of its peak.
        """
        ...


class SimulatedDevice(Protocol):
    """A running simulated device."""

    #: Called once in the event loop when the device stops by itself: None at its world's end, else what it died of.
    on_stopped: Callable[[BaseException | None], None] | None

    @property
    def info(self) -> SimulatedInfo:
        """What is known of it from outside."""
        ...

    @property
    def radio(self) -> str | None:
        """HCI transport of a virtual radio in reach of it (``tcp-client:127.0.0.1:PORT``), None: no radio."""
        ...

    @property
    def serial_port(self) -> SimSerial | None:
        """Its serial port, None: not fitted."""
        ...

    async def run_to_end(self) -> None:
        """Start the record and play all of it; returns when the last byte went out. Requests are answered afterwards.

        Only with ``pace=max`` and a record. It lets the event loop run at least every 50 ms of real time.
        Raises what the device died of.
        """
        ...

    async def close(self) -> None:
        """Stop and free everything; harmless when called again."""
        ...


OpenDevice = Callable[[SimulatedOptions], Awaitable[SimulatedDevice]]


def find_provider(target: str) -> OpenDevice:
    """The provider of a target; raises SimulatorError where none is installed, MissingExtra where it lacks packages."""
    check_versions("sim", "bleak")
    found = {entry.name: entry for entry in entry_points(group=GROUP)}
    if target not in found:
        known = ", ".join(sorted(found)) or "none"
        raise SimulatorError(f"no simulator for target {target!r} (installed: {known})")
    try:
        return cast(OpenDevice, found[target].load())
    except (ImportError, AttributeError) as error:
        missing = missing_extra(error) if isinstance(error, ImportError) else None
        if missing is not None:
            raise missing from error
        raise SimulatorError(f"simulator {target!r} cannot be loaded: {error}") from error


async def open_simulated(options: SimulatedOptions) -> SimulatedDevice:
    """Start a simulated device; raises RecordError or SimulatorError with what was wrong."""
    provider = find_provider(options.target)
    _log.debug("starting %s", options)
    failure = SimulatorError if options.record is None else RecordError
    opening = asyncio.ensure_future(provider(options))
    try:
        return await within(opening, OPEN_TIMEOUT_S)
    except asyncio.CancelledError:
        if not opening.cancelled() and opening.exception() is None:  # it came up just then, and nobody will have it
            await opening.result().close()
        raise
    except asyncio.TimeoutError:
        raise SimulatorError(f"the simulated device did not start within {OPEN_TIMEOUT_S:.0f} s") from None
    except (RecordError, ValueError, OSError, EOFError) as error:
        raise failure(one_line(error)) from error
