"""The log, attacked: pieces, chunks and dumps of a device that recorded, half of it encrypted, at what reads them."""

from __future__ import annotations

import logging
import struct
from binascii import crc32
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from random import Random

from firmware_sim.chips.w25q64jv import SIZE
from firmware_sim.firmware import flash_regions as regions
from firmware_sim.firmware import wire_gen as device_wire
from firmware_sim.targets.cpython import CpythonSimulation
from firmware_sim.world.wearer import PRESETS, Wearer
from host_sdk import wire_gen as wire
from host_sdk.errors import LogError
from host_sdk.log.assembly import Assembly
from host_sdk.log.chunks import DATA_KINDS, Chunk, Kind, frames_of
from host_sdk.log.recordings import Recording
from host_sdk.log.salvage import SECTOR, salvage
from host_sdk.log.sealing import LogKey
from host_sdk.transports.base import Frame

from .campaign import Campaign, Files
from .mutation import BINARY, mutated

#: Things an input: pieces of chunks, chunks, and now and then a sector.
PARTS = 500
_PIECE = 167
_CRC_BYTES = 4
#: A chunk's kind, payload bytes and time; the number of its recording's start stands behind them.
_HEAD = struct.Struct("<BHQ")
_KEY = LogKey(bytes(range(16)))
_ITEM = struct.Struct("<BIIH")
_PIECES, _CHUNK, _DUMP = range(3)


class LogAttack:
    """Bytes of a recorded log, mutated; a check is made right again as a rule, so that what is in it counts."""

    def __init__(self, _folder: Path) -> None:
        logging.disable(logging.CRITICAL)
        self._dump = _recorded()
        self._chunks = list(salvage(self._dump))
        self._sealed = {chunk.raw for chunk in self._chunks if chunk.kind == Kind.SEALED_DATA}

    def input(self, chance: Random) -> Files:
        """Items one behind the other: kind, number, sector, length, bytes."""
        return {"log.bin": b"".join(self._item(chance) for _ in range(PARTS))}

    def _item(self, chance: Random) -> bytes:
        chunk = chance.choice(self._chunks)
        kind = chance.choice((_PIECES, _CHUNK, _CHUNK, _CHUNK)) if chance.randrange(100) else _DUMP
        if kind == _DUMP:
            at = chance.randrange(len(self._dump) // SECTOR) * SECTOR
            raw = mutated(chance, self._dump[at : at + SECTOR], BINARY)
        elif kind == _PIECES:
            raw = mutated(chance, chunk.raw, BINARY)
        else:
            raw = _damaged(chance, chunk)
        return _ITEM.pack(kind, chunk.number, chunk.sector, len(raw)) + raw

    def attempt(self, files: Files) -> Counter[str]:
        """Read them all; nothing but LogError may come of it, and nothing encrypted that was changed is opened."""
        raw, at = files["log.bin"], 0
        outcomes: Counter[str] = Counter()
        while at < len(raw):
            kind, number, sector, length = _ITEM.unpack_from(raw, at)
            at += _ITEM.size + length
            outcomes[self._read(kind, number, sector, raw[at - length : at])] += 1
        return outcomes

    def _read(self, kind: int, number: int, sector: int, raw: bytes) -> str:
        try:
            if kind == _DUMP:
                return f"{min(1, sum(self._decode(chunk) for chunk in salvage(raw)))} of a dump"
            if kind == _PIECES:
                return self._assemble(number, sector, raw)
            self._decode(Chunk.parse(number, sector, raw))
        except LogError as error:
            assert "\n" not in str(error)
            return "refused"
        return "read"

    def _assemble(self, number: int, sector: int, raw: bytes) -> str:
        came: list[Chunk] = []
        assembly = Assembly(number, number + 1, came.append)
        for at in range(0, len(raw), _PIECE):
            assembly.take(wire.LogData(number, sector, at, len(raw), raw[at : at + _PIECE]))
        assert assembly._failure is None
        return "assembled" if came else "left out"

    def _decode(self, chunk: Chunk) -> bool:
        frames: Iterable[Frame] = ()
        if chunk.kind == Kind.START:
            frames = Recording.of(chunk).head
        elif chunk.kind in DATA_KINDS:
            if chunk.kind == Kind.SEALED_DATA:
                opened = chunk.opened(_KEY)
                assert chunk.raw[:-_CRC_BYTES] in {raw[:-_CRC_BYTES] for raw in self._sealed}, "opened, but changed"
                chunk = opened
            frames = frames_of(chunk)
        for frame in frames:
            kind = wire.MESSAGES.get(frame.type)
            with suppress(wire.WireError):
                kind and kind.decode(frame.payload)
        return True


def _damaged(chance: Random, chunk: Chunk) -> bytes:
    """A chunk with faults in its payload, or anywhere; its length and its check are right as a rule."""
    if chance.randrange(4) == 0:
        body = bytearray(mutated(chance, chunk.raw[:-_CRC_BYTES], BINARY))
    else:
        body = bytearray(chunk.raw[: _HEAD.size] + mutated(chance, chunk.payload, BINARY))
    if chance.randrange(8) and len(body) >= _HEAD.size:
        struct.pack_into("<H", body, 1, len(body) - _HEAD.size)
        if chance.randrange(16) == 0:
            body[0] = chance.choice((1, 2, 3, 4, 255))
    check = crc32(body, chunk.sector) if chance.randrange(8) else chance.randrange(1 << 32)
    return bytes(body) + struct.pack("<I", check)


def _recorded() -> bytes:
    """The log's sectors of a device that recorded everything for a while, then encrypted."""
    simulation = CpythonSimulation(Wearer(PRESETS["walking"], seed=1))
    role = simulation.device
    streams = (1 << len(wire.Stream)) - 1
    results = int(wire.Results.BEATS | wire.Results.READINGS | wire.Results.EVENTS)
    for key in (b"", _KEY.raw):
        assert role.log.set_key(key) == device_wire.ERROR_NONE
        assert role.set_log(device_wire.LOG_MODE_ALWAYS, streams, results) == device_wire.ERROR_NONE
        simulation.advance(simulation.clock.now + 20_000_000)
    role.set_log(device_wire.LOG_MODE_OFF, 0, 0)
    simulation.advance(simulation.clock.now + 2_000_000)
    used = (role.log.store.newest_sequence + 1) * SECTOR
    return simulation.flash.cells.read(regions.LOG_AT, min(used, SIZE - regions.LOG_AT))


LOGS = Campaign("logs", LogAttack, PARTS)
