"""The parsers that coverage-guided campaigns attack: how each takes bytes, and what it may raise."""

from __future__ import annotations

import logging
import struct
import warnings
from binascii import crc32
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from .mutation import BINARY, TEXT, Mutation

ROOT = Path(__file__).resolve().parents[2]
Parse = Callable[[bytes], object]


@dataclass(frozen=True)
class Parser:
    """A parser: `start` gives, in a folder of its own, what takes bytes, and inputs to begin with.

    What `start`'s function raises is a failure: typed errors it takes itself. `files` are patterns of its sources.
    """

    name: str
    start: Callable[[Path], tuple[Parse, list[bytes]]]
    files: tuple[str, ...]
    mutations: tuple[Mutation, ...] = BINARY

    def paths(self) -> list[Path]:
        """Its sources."""
        return sorted(path for pattern in self.files for path in ROOT.glob(pattern))


def _frames() -> list[bytes]:
    """Some of each type that a device sends."""
    from .frames import _sent

    by_type: dict[int, list[bytes]] = {}
    for frame in _sent():
        by_type.setdefault(frame[0], []).append(frame)
    return [frame for frames in by_type.values() for frame in frames[:5]]


def _wire(_folder: Path) -> tuple[Parse, list[bytes]]:
    from host_sdk import models_gen, wire_gen

    def parse(data: bytes) -> None:
        kind = wire_gen.MESSAGES.get(data[0]) if data else None
        if kind is None:
            return
        with suppress(wire_gen.WireError):
            message = kind.decode(data[3:])
            if "\ufffd" not in repr(message):  # what stands for text that is none takes more bytes than that
                assert kind.decode(message.encode()) == message, "does not decode to what it was encoded from"
            models_gen.result(message)

    return parse, _frames()


class _Uart:
    """Gives what is in it."""

    def __init__(self) -> None:
        self.data = b""

    def readinto(self, buffer: bytearray) -> int | None:
        """See `machine.UART`."""
        count = min(len(buffer), len(self.data))
        buffer[:count] = self.data[:count]
        self.data = self.data[count:]
        return count or None


def _serial(_folder: Path) -> tuple[Parse, list[bytes]]:
    from firmware_sim.firmware.services.serial.demultiplexer import Demultiplexer
    from host_sdk import wire_gen
    from host_sdk.transports.base import Frame, LinkCounters
    from host_sdk.transports.framing import Deframer, wrap

    requests = (wire_gen.GetInfo(1), wire_gen.TimeSync(5), wire_gen.Flush(3))
    frames = [Frame(each.TYPE, 3, each.encode()).encode() for each in requests]
    uart = _Uart()

    def parse(data: bytes) -> None:
        packets: list[bytes] = []
        device = Demultiplexer(
            uart, lambda buffer, n: packets.append(bytes(buffer[:n])), (lambda _: False,), lambda: None
        )
        uart.data = data
        while uart.data:
            device.poll()
        assert all(len(packet) <= 64 for packet in packets)
        # a whole frame behind whatever came is read by both
        uart.data = b"\0" + wrap(frames[0])
        device.poll()
        assert packets, "a whole packet was not read"
        came: list[bytes] = []
        host = Deframer(LinkCounters(), came.append, None)
        host.feed(data)
        host.feed(b"\0" + wrap(frames[0]))
        assert came[-1:] == [frames[0]], "a whole frame was not read"

    return parse, [b"".join(map(wrap, frames)), b"hello\r\n" + wrap(frames[1]), b"\x06\x09AAo=\n\x04\x14x\n"]


def _record(name: str, content: Callable[[Path], bytes]) -> Callable[[Path], tuple[Parse, list[bytes]]]:
    """A record of one file, opened and sampled."""

    def start(folder: Path) -> tuple[Parse, list[bytes]]:
        import numpy as np

        from firmware_sim.world.errors import SettingsError
        from firmware_sim.world.records import open_record
        from host_sdk.errors import VitalbandError

        warnings.simplefilter("error")
        logging.disable(logging.CRITICAL)
        path = folder / name

        def parse(data: bytes) -> None:
            path.write_bytes(data)
            with suppress(VitalbandError, SettingsError):
                world = open_record(path, strict=False)
                try:
                    for group in world.groups:
                        world.sample(group, np.arange(0.0, min(world.duration_s or 0.0, 4.0), 0.02))
                finally:
                    world.close()

        return parse, [content(folder)]

    return start


def _csv(_folder: Path) -> bytes:
    from .records import _text

    return _text()["plain"][0][:2000]


def _edf(folder: Path) -> bytes:
    from .records import _edf as made

    return made(folder)["edf"][0]


def _flatbuffer(_folder: Path) -> tuple[Parse, list[bytes]]:
    import firmware_sim.targets.cpython  # noqa: F401 - puts tflite where firmware finds it
    from firmware_sim.firmware.nn.errors import ModelError
    from firmware_sim.firmware.nn.loading.prepare import prepare
    from firmware_sim.testing.tflite_cases import CASES, build

    def parse(data: bytes) -> None:
        with suppress(ModelError):
            prepare(data)

    return parse, [build(name) for name in sorted(CASES)[::8]]


def _scenario(folder: Path) -> tuple[Parse, list[bytes]]:
    from ..checked_yaml.errors import FileError
    from ..scenarios.loading import load

    path = folder / "s.yaml"

    def parse(data: bytes) -> None:
        path.write_bytes(data)
        with suppress(FileError):
            load(path)

    return parse, [each.read_bytes() for each in sorted((ROOT / "hil_tests/scenarios/gallery").glob("*.yaml"))[::4]]


def _smp(_folder: Path) -> tuple[Parse, list[bytes]]:
    from firmware_sim.firmware.services.smp.server import Group, SmpServer

    server = SmpServer()
    server.add(Group(0, "echo", (0, dict, dict, 1, None, lambda request: {"r": request})))
    out = bytearray(server.longest)

    def parse(data: bytes) -> None:
        frame = memoryview(bytearray(data[: server.longest]))
        length = server.handle(frame, memoryview(out))
        assert length == 0 or length == 8 + int.from_bytes(out[2:4], "big"), "a length that is not the response's"

    def request(command: int, payload: bytes) -> bytes:
        return struct.pack(">BBHHBB", 2, 0, len(payload), 0, 1, command) + payload

    maps = (b"\xa0", b"\xa1ad" + b"\x65hello", b"\xbfan\x81\x01al\x1a\0\1\0\0\xff", b"\xa1am\xa1an\x42ab")
    return parse, [request(command, payload) for command in (0, 1) for payload in maps]


def _nmea(_folder: Path) -> tuple[Parse, list[bytes]]:
    from firmware_sim.firmware.drivers.gnss.nmea import Nmea

    parser = Nmea()

    def parse(data: bytes) -> None:
        """Lines: each with the check sum that it should have, and once more as it is."""
        for line in data.split(b"\n")[:20]:
            check = 0
            for byte in line:
                check ^= byte
            whole = b"$" + line + b"*%02X\r\n" % check
            parser.feed_all(whole, len(whole))
        parser.feed_all(data, len(data))
        assert len(parser.fix) > 0

    clock, at = "120000.00", "3351.65100,S,15112.34000,E"
    return parse, [
        f"GPRMC,{clock},A,{at},19.439,084.40,301126,,,A\nGNGGA,{clock},{at},1,08,0.94,545.4,M,46.9,M,,".encode(),
        b"GPGSA,A,3,04,05,,09,12,,,24,,,,,2.5,1.3,2.1\nGPVTG,054.7,T,034.4,M,005.5,N,010.2,K,D",
    ]


def _at(_folder: Path) -> tuple[Parse, list[bytes]]:
    from firmware_sim.firmware.drivers.modem.at_channel import BUSY, IDLE, AtChannel
    from firmware_sim.testing.alarm_cases import Port

    def parse(data: bytes) -> None:
        port = Port()
        channel = AtChannel(port)
        begin, _, said = data.partition(b"|")
        channel.begin(b"AT+CMGS=20" if b"G" in begin else b"AT+CSQ", b"+C" if b"P" in begin else b"", 900, 0, begin)
        for now_ms in range(0, 600, 100):
            port.incoming += said[now_ms // 2 : now_ms // 2 + 50]
            if channel.poll(now_ms) > BUSY:
                break
            while channel.urcs.get() is not None or channel.messages.get() is not None:
                pass
        channel.poll(100_000)
        channel.poll(200_000)
        assert channel.poll(300_000) == IDLE, "it never ends"
        assert channel.is_free(400_000), "no command may begin any more"

    lines = (
        b"\r\nOK\r\n",
        b"\r\n+CSQ: 20,0\r\n\r\nOK\r\n",
        b"\r\n> \r\n+CMGS: 12\r\n\r\nOK\r\n",
        b"\r\n+CMS ERROR: 38\r\n",
    )
    more = (b"\r\n+CMT: ,23\r\n07911326040000F0040B911346610089F6\r\nRING\r\nOK\r\n", b"AT+CSQ\r\r\n+CME ERROR: 3\r\n")
    return parse, [begin + b"|" + line for begin in (b"P", b"GPA") for line in (*lines, *more)]


def _image(folder: Path) -> tuple[Parse, list[bytes]]:
    from firmware_sim.bootloader.errors import ImageRefusedError
    from firmware_sim.bootloader.image import read_image
    from firmware_sim.testing.boot_rig import image
    from host_sdk.flashing.image_file import ImageFileError, read_image_file

    path = folder / "image.bin"

    def parse(data: bytes) -> None:
        with suppress(ImageRefusedError):
            read_image(data)
        path.write_bytes(data)
        with suppress(ImageFileError):
            read_image_file(path)

    return parse, [image((1, 2, 3, 4), b"x" * 40), image((0, 9, 0, 0), b"y", counter=7)]


def _log(_folder: Path) -> tuple[Parse, list[bytes]]:
    from host_sdk.errors import LogError
    from host_sdk.log.chunks import Chunk, frames_of
    from host_sdk.log.recordings import Recording

    from .logs import LogAttack

    logging.disable(logging.CRITICAL)

    def parse(data: bytes) -> None:
        """A chunk without its check sum, which it gets."""
        body = bytearray(data)
        if len(body) >= 3:
            struct.pack_into("<H", body, 1, max(0, len(body) - 11) & 0xFFFF)
        with suppress(LogError):
            chunk = Chunk.parse(7, 3, bytes(body) + struct.pack("<I", crc32(body, 3)))
            with suppress(LogError):
                Recording.of(chunk)
            list(frames_of(chunk))

    chunks = LogAttack(_folder)._chunks
    return parse, [chunk.raw[:-4] for chunk in chunks[:: max(1, len(chunks) // 30)]]


_SMP, _GNSS = "firmware_sim/firmware/services/smp", "firmware_sim/firmware/drivers/gnss"
PARSERS: dict[str, Parser] = {
    each.name: each
    for each in (
        Parser("wire", _wire, ("host_sdk/wire_gen.py",)),
        Parser(
            "serial",
            _serial,
            ("firmware_sim/firmware/services/serial/demultiplexer.py", "host_sdk/transports/framing.py"),
        ),
        Parser("csv", _record("r.csv", _csv), ("host_sdk/records/csv_*.py", "host_sdk/records/headings.py"), TEXT),
        Parser("edf", _record("r.edf", _edf), ("host_sdk/records/edf_*.py",), TEXT),
        Parser("flatbuffer", _flatbuffer, ("firmware_sim/firmware/nn/loading/*.py",)),
        Parser("scenario", _scenario, ("hil_tests/scenarios/loading.py", "hil_tests/checked_yaml/*.py"), TEXT),
        Parser("smp", _smp, (f"{_SMP}/cbor.py", f"{_SMP}/server.py")),
        Parser(
            "nmea",
            _nmea,
            (f"{_GNSS}/nmea.py", f"{_GNSS}/fields.py"),
            TEXT,
        ),
        Parser(
            "at",
            _at,
            ("firmware_sim/firmware/drivers/modem/at_channel.py", "firmware_sim/firmware/drivers/modem/lines.py"),
            TEXT,
        ),
        Parser("image", _image, ("firmware_sim/bootloader/image.py", "host_sdk/flashing/image_file.py")),
        Parser("log", _log, ("host_sdk/log/chunks.py", "host_sdk/log/compression.py", "host_sdk/log/recordings.py")),
    )
}
