"""Runs MicroPython's own tests of two devices (`tests/multi_bluetooth`) on MicroPython itself, one core an instance.

A script runs as it is. What instances say to each other are files of their flash, which are looked at while they wait.
"""

from __future__ import annotations

import ast
import asyncio
from typing import Any

from firmware_sim.mcu import Clock, Mcu
from firmware_sim.mcu.radio import AirServer
from firmware_sim.targets.qemu.core import Core
from firmware_sim.targets.qemu.machines import image_of

_HEAP = 512 * 1024
_STEP_US = 1000
_LIMIT_S = 200.0
_SCRIPT, _NAMES, _NEXT, _DONE = "script.py", "names", "next", "done"
_SENT, _RECEIVED = "sent-", "received-"
#: As MicroPython's runner has it, a UUID as other ports print it, and `BLE` a class that says what it can.
_BEFORE = f"""
import bluetooth
import os
import time
from bridged.values import Uuid

def _uuid_text(uuid):
    octets = list(reversed(bytes(uuid)))
    digits = "".join(["%02x" % octet for octet in octets])
    if len(octets) == 2:
        return "UUID(0x%s)" % digits
    return "UUID('%s')" % "-".join([digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]])

Uuid.__str__ = Uuid.__repr__ = _uuid_text

_the_ble = bluetooth.BLE()

class _Ble:
    gap_pair = True

    def __new__(cls):
        return _the_ble

bluetooth.BLE = _Ble

class multitest:
    def _leave(name, text=""):
        with open(name, "w") as file:
            file.write(text)

    @staticmethod
    def globals(**values):
        globals().update(values)
        multitest._leave("{_NAMES}", repr(values))

    @staticmethod
    def next():
        multitest._leave("{_NEXT}")

    @staticmethod
    def broadcast(message):
        multitest._leave("{_SENT}" + message.encode().hex())

    @staticmethod
    def wait(message):
        while "{_RECEIVED}" + message.encode().hex() not in os.listdir():
            time.sleep_ms(1)

"""
_AFTER = f"""
instance%d()
multitest._leave("{_DONE}")
while True:
    time.sleep_ms(1000)
"""


class _Instance:
    """One core and its script."""

    def __init__(self, number: int, server: AirServer, target: str) -> None:
        self.number = number
        self.radio = server.new_radio()
        self.core: Core | None = None
        self._image = image_of(target)
        self._clock = Clock()
        self.mcu = Mcu(self._clock, seed=40 + number, radio=self.radio)

    async def run(self, source: str, names: dict[str, Any]) -> None:
        """Let it run from its start to its end; raises what it dies of."""
        given = "".join(f"{name} = {value!r}\n" for name, value in names.items())
        script = _BEFORE + given + source + _AFTER % self.number
        self.mcu.files.write(_SCRIPT, script.encode())
        self.core = core = Core(self._image, self.mcu, _HEAP)
        core.begin("script", _SCRIPT)
        while _DONE not in self.mcu.files.names():
            assert core.waiting is not None
            due = self._clock.now + core.waiting[1]
            while self._clock.now < due:
                self._clock.run_until(min(due, self._clock.now + _STEP_US))
                await asyncio.sleep(0.001)
            core.resume()

    def printed(self) -> str:
        """What its script has printed."""
        return "" if self.core is None else self.core.process.log.read_text().replace("\r\n", "\n")

    async def close(self) -> None:
        """End it."""
        if self.core is not None:
            self.core.close()
        await self.radio.power_off()


class _Run:
    def __init__(self, source: str, instances: list[_Instance]) -> None:
        self._source = source
        self._instances = instances
        self._turns = [asyncio.Event() for _ in instances]
        self._turns[0].set()
        self._begun = 0

    async def play(self, instance: _Instance) -> None:
        """One instance's part, once those before it say so."""
        await self._turns[instance.number].wait()
        names: dict[str, Any] = {}
        for other in self._instances:
            if _NAMES in other.mcu.files.names():
                names |= ast.literal_eval(other.mcu.files.read(_NAMES).decode())
        await instance.run(self._source, names)

    async def pass_on(self) -> None:
        """What one sends the others receive, for ever."""
        while True:
            for instance in self._instances:
                for name in instance.mcu.files.names():
                    if name == _NEXT:
                        instance.mcu.files.remove(name)
                        self._begun += 1
                        if self._begun < len(self._turns):  # the last one says it, too
                            self._turns[self._begun].set()
                    elif name.startswith(_SENT):
                        for other in self._instances:
                            other.mcu.files.write(_RECEIVED + name[len(_SENT) :], b"")
            await asyncio.sleep(0.001)


async def run(source: str, target: str, count: int = 2) -> str:
    """What the instances of a script print on a target, as its `.exp` file has it; raises what they die of."""
    server = await AirServer.start()
    instances = [_Instance(number, server, target) for number in range(count)]
    playing = _Run(source, instances)
    passing = asyncio.create_task(playing.pass_on())
    try:
        for instance in instances:
            await instance.radio.power_on()
        played = asyncio.gather(*(playing.play(instance) for instance in instances))
        # what fails in between must not look like a message that never came
        await asyncio.wait((played, passing), timeout=_LIMIT_S, return_when=asyncio.FIRST_COMPLETED)
        if passing.done():
            passing.result()
        await asyncio.wait_for(played, 0)
        return "".join(f"--- instance{each.number} ---\n{each.printed()}" for each in instances)
    finally:
        passing.cancel()
        for instance in instances:
            await instance.close()
        await server.close()
