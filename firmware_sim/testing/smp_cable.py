"""Management over a simulated device's serial cable, by the package `smp`; virtual time passes while it is waited."""

from __future__ import annotations

from binascii import a2b_base64, b2a_base64
from hashlib import sha256
from itertools import count
from typing import Any

import cbor2

from ..firmware.services.smp.lines import crc16
from ..targets.simulation import Simulation

_IN_LINE = 90
_STEP_US = 1_000
READ, WRITE = 0, 2


class SmpCable:
    """The host's end of the cable; `requests` of version 2 are answered by their map."""

    def __init__(self, simulation: Simulation) -> None:
        self.simulation = simulation
        #: Longest time that a request took to be answered, µs.
        self.slowest_us = 0
        self._sequence = count()
        self._out = bytearray()
        self._connect()

    def _connect(self) -> None:
        self.simulation.mcu.uart(0).on_output = self._out.extend

    def request(self, group: int, command: int, operation: int, body: dict[str, Any], version: int = 1) -> Any:
        """Answer to one request; TimeoutError after 5 s without one."""
        payload = cbor2.dumps(body)
        number = next(self._sequence) & 0xFF
        head = bytes((version << 3 | operation, 0)) + len(payload).to_bytes(2, "big") + group.to_bytes(2, "big")
        frame = head + bytes((number, command)) + payload
        data = (len(frame) + 2).to_bytes(2, "big") + frame + crc16(frame).to_bytes(2, "big")
        for at in range(0, len(data), _IN_LINE):
            self.simulation.mcu.uart(0).feed(
                (b"\x04\x14" if at else b"\x06\x09") + b2a_base64(data[at : at + _IN_LINE])
            )
        return self._answer(number)

    def _answer(self, number: int) -> Any:
        clock = self.simulation.clock
        began = clock.now
        while clock.now < began + 5_000_000:
            frame = self._frame()
            if frame is not None and frame[6] == number:
                self.slowest_us = max(self.slowest_us, clock.now - began)
                return cbor2.loads(frame[8:])
            self.simulation.advance(clock.now + _STEP_US)
        raise TimeoutError(f"no answer in 5 s to request {number}")

    def _frame(self) -> bytes | None:
        """The next frame out of the lines that came; whatever else came is dropped."""
        data = b""
        while b"\n" in self._out:
            at = self._out.index(b"\n")
            line = bytes(self._out[:at])
            heads = [line.rfind(b"\x06\x09"), line.rfind(b"\x04\x14")]
            if max(heads) < 0:
                del self._out[: at + 1]
                continue
            part = a2b_base64(line[max(heads) + 2 :])
            data = part if heads[0] > heads[1] else data + part
            del self._out[: at + 1]
            if len(data) >= 2 and len(data) >= 2 + int.from_bytes(data[:2], "big"):
                return data[2:-2]
        return None

    # ------------------------------------------------------------------ images

    def states(self) -> list[dict[str, Any]]:
        """Images by slot."""
        return list(self.request(1, 0, READ, {})["images"])

    def upload(self, data: bytes, *, first: int = 0, last: int | None = None, chunk: int = 500, **more: Any) -> Any:
        """Send an image from byte `first` to `last`; the last answer."""
        at, answer = first, None
        while at < (len(data) if last is None else last):
            body: dict[str, Any] = {"off": at, "data": data[at : at + chunk]}
            if at == 0:
                body |= {"len": len(data), "sha": sha256(data).digest(), **more}
            answer = self.request(1, 1, WRITE, body)
            if "off" not in answer or answer["off"] <= at:
                return answer
            at = answer["off"]
        return answer

    def mark(self, digest: bytes | None = None, *, confirm: bool = False) -> Any:
        """Test or confirm an image."""
        body: dict[str, Any] = {"confirm": confirm}
        return self.request(1, 0, WRITE, body if digest is None else body | {"hash": digest})

    def restart(self) -> None:
        """Have it start anew, and wait until it answers."""
        resets = self.simulation.mcu.resets
        self.request(0, 5, WRITE, {})
        while self.simulation.mcu.resets == resets:
            self.simulation.advance(self.simulation.clock.now + 100_000)
        self.settle()

    def settle(self) -> None:
        """Let a start be over."""
        self._out.clear()
        self.simulation.advance(self.simulation.clock.now + 1_000_000)
        self._out.clear()

    def booted(self) -> dict[str, str]:
        """What the bootloader did last, but for the image with which it did."""
        answer = dict(self.request(0, 8, READ, {"query": "last"}))
        answer.pop("hash", None)  # firmware before 0.3.0 has none
        return answer

    def version(self) -> str:
        """Version of the firmware that runs, by its own word."""
        return str(self.request(0, 7, READ, {"format": "v"})["output"])
