"""The debug link: what only a simulated device can do, as JSON lines over TCP. It never meets the product protocol.

Requests are objects with a `cmd`; each is answered by one object with `ok`:

- `state`: virtual time, resets, heap used and budget, connected centrals
- `truth` with `start` and `end` (s): the synthetic wearer's ground truth, null for a record
- `drop_radio`: every BLE link is lost as by going out of range
- `reset`: the reset button
- `energy`: of each chip its state and current (mA), and by state how long it was there (s) and its charge (mA s)
- `fault` with `component` and `fault` (`firmware_sim.faults.COMPONENTS`, `FAULTS`), `start` and `stop` (s; from now on,
  for ever): what goes wrong with a chip or the radio; an error says why a component cannot have it
"""

from __future__ import annotations

import asyncio
import dataclasses
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..faults import fitted, inject
from .qemu.errors import EmulatorError
from .simulation import BEGIN_US

if TYPE_CHECKING:
    from .provider import LocalDevice

_LONGEST_LINE = 4096
#: What takes so long to tell that the device would stand still meanwhile is refused.
_LONGEST_TRUTH_S = 86_400.0


class DebugLink:
    """Serves the debug requests of one device."""

    def __init__(self, device: LocalDevice) -> None:
        self._device = device
        self._server: asyncio.Server | None = None
        self._clients: set[asyncio.StreamWriter] = set()
        self.host = ""
        self.port = 0
        self._commands: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
            "state": self._state,
            "truth": self._truth,
            "drop_radio": self._drop_radio,
            "reset": self._reset,
            "energy": self._energy,
            "fault": self._fault,
        }

    @classmethod
    async def start(cls, device: LocalDevice, host: str = "127.0.0.1", port: int = 0) -> DebugLink:
        """Listen; port 0 takes any free one."""
        link = cls(device)
        link._server = await asyncio.start_server(link._serve, host, port, limit=_LONGEST_LINE)
        link.host, link.port = link._server.sockets[0].getsockname()[:2]
        return link

    async def close(self) -> None:
        """Stop listening and hang up."""
        if self._server is not None:
            self._server.close()
            for writer in list(self._clients):
                writer.close()
            await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._clients.add(writer)
        try:
            while line := await reader.readline():
                writer.write(json.dumps(self.answer(line)).encode() + b"\n")
                await writer.drain()
        except (ConnectionError, ValueError):  # ValueError: a line longer than the limit
            pass
        finally:
            self._clients.discard(writer)
            writer.close()

    def answer(self, line: bytes) -> dict[str, Any]:
        """Answer to one request line; whatever is in it, an object."""
        try:
            request = json.loads(line)
            handler = self._commands[request["cmd"]]
        except (ValueError, KeyError, TypeError, RecursionError):
            return {"ok": False, "error": f"not a request; commands are {', '.join(self._commands)}"}
        try:
            return {"ok": True, **handler(request)}
        except (ValueError, KeyError, TypeError, OverflowError, EmulatorError) as error:
            return {"ok": False, "error": f"{request['cmd']}: {error}"}

    def _state(self, _request: dict[str, Any]) -> dict[str, Any]:
        simulation = self._device.simulation
        used, budget = simulation.heap()
        return {
            "time_s": simulation.now_s,
            "resets": simulation.mcu.resets,
            "heap_used": used,
            "heap_budget": budget,
        }

    def _truth(self, request: dict[str, Any]) -> dict[str, Any]:
        truth = getattr(self._device.simulation.world, "truth", None)
        if truth is None:
            return {"truth": None}
        start, end = float(request["start"]), float(request["end"])
        if not 0 <= start <= end <= start + _LONGEST_TRUTH_S:
            raise ValueError(f"from {start:g} s to {end:g} s is not within a day")
        return {"truth": dataclasses.asdict(truth(start, end))}

    def _drop_radio(self, _request: dict[str, Any]) -> dict[str, Any]:
        radio = self._device.simulation.radio
        return {"links": radio.drop_links() if radio else 0}

    def _reset(self, _request: dict[str, Any]) -> dict[str, Any]:
        self._device.simulation.reset()
        return {}

    def _energy(self, _request: dict[str, Any]) -> dict[str, Any]:
        simulation = self._device.simulation
        chips = {name: chip.draw for name, chip in fitted(simulation.mcu).items() if hasattr(chip, "draw")}
        return {
            "time_s": simulation.now_s,
            "chips": {
                name: {
                    "state": draw.state,
                    "ma": draw.now_ma,
                    "charges": {state: dataclasses.asdict(charge) for state, charge in draw.charges().items()},
                }
                for name, draw in chips.items()
            },
        }

    def _fault(self, request: dict[str, Any]) -> dict[str, Any]:
        simulation = self._device.simulation
        begin_s = BEGIN_US / 1e6
        start, stop = float(request.get("start", simulation.now_s)), float(request.get("stop", "inf"))
        inject(simulation, str(request["component"]), str(request["fault"]), start + begin_s, stop + begin_s)
        return {"start": start}
