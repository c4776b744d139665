"""Links that carry uploads to nobody: a pty, and a bumble peripheral, that acknowledge each part at once.

`python -m hil_tests.bench.bare_links serial|ble` prints where it is as a JSON line, and serves until its input ends.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tty
from binascii import a2b_base64, b2a_base64, crc_hqx
from typing import Any

import cbor2
from bumble.core import UUID, AdvertisingData
from bumble.device import Connection, Device
from bumble.gatt import Characteristic, CharacteristicValue, Service
from bumble.hci import Address
from bumble.transport import open_transport

from firmware_sim.mcu.radio import AirServer

NAME = "bare"
_SERVICE = "8d53dc1d-1db7-4cd3-868b-8a527460aa84"
_CHARACTERISTIC = "da2e7828-fbce-4e01-ae9e-261174997c48"
_HEADER = 8
_READ_BYTES = 65536
_IN_LINE = 90
_UPLOAD, _PARAMETERS = (1, 1), (0, 6)


class Acknowledger:
    """Answers parts of an upload with how far it is, and the question for parameters."""

    def __init__(self, buffer_bytes: int) -> None:
        self._buffer_bytes = buffer_bytes

    def answer(self, frame: bytes) -> bytes:
        """The response to one request."""
        group, command = int.from_bytes(frame[4:6], "big"), frame[7]
        body: dict[str, Any] = {"rc": 8}
        if (group, command) == _UPLOAD:
            request = cbor2.loads(frame[_HEADER:])
            body = {"off": request["off"] + len(request["data"])}
        elif (group, command) == _PARAMETERS:
            body = {"buf_size": self._buffer_bytes, "buf_count": 1}
        payload = cbor2.dumps(body)
        return bytes((frame[0] | 1, 0)) + len(payload).to_bytes(2, "big") + frame[4:8] + payload


def _serve_pty(acknowledger: Acknowledger) -> None:
    """Read lines of SMP for ever."""
    master, slave = os.openpty()
    tty.setraw(slave)
    print(json.dumps({"port": os.ttyname(slave)}), flush=True)
    waiting, data = b"", b""
    while True:
        waiting += os.read(master, _READ_BYTES)
        *lines, waiting = waiting.split(b"\n")
        for line in lines:
            part = a2b_base64(line[2:])
            data = part if line.startswith(b"\x06\x09") else data + part
            if len(data) >= 2 and len(data) == 2 + int.from_bytes(data[:2], "big"):
                os.write(master, _lines(acknowledger.answer(data[2:-2])))


def _lines(frame: bytes) -> bytes:
    data = (len(frame) + 2).to_bytes(2, "big") + frame + crc_hqx(frame, 0).to_bytes(2, "big")
    parts = range(0, len(data), _IN_LINE)
    return b"".join((b"\x04\x14" if at else b"\x06\x09") + b2a_base64(data[at : at + _IN_LINE]) for at in parts)


async def _serve_ble(acknowledger: Acknowledger) -> None:
    """Be a peripheral on an air of its own."""
    air = await AirServer.start()
    async with await open_transport(air.address) as hci:
        device = Device.with_hci(NAME, Address("F0:F1:F2:F3:F4:F5"), hci.source, hci.sink)
        frame = bytearray()

        def on_write(connection: Connection, piece: bytes) -> None:
            frame.extend(piece)
            if len(frame) >= _HEADER and len(frame) >= _HEADER + int.from_bytes(frame[2:4], "big"):
                response = acknowledger.answer(bytes(frame))
                frame.clear()
                connection.device.sending = asyncio.create_task(  # type: ignore[attr-defined]
                    device.notify_subscriber(connection, characteristic, response)
                )

        characteristic: Characteristic[bytes] = Characteristic(
            UUID(_CHARACTERISTIC),
            Characteristic.Properties.WRITE_WITHOUT_RESPONSE | Characteristic.Properties.NOTIFY,
            Characteristic.WRITEABLE,
            CharacteristicValue(write=on_write),
        )
        device.add_service(Service(UUID(_SERVICE), [characteristic]))
        await device.power_on()
        advert = bytes(AdvertisingData([(AdvertisingData.COMPLETE_LOCAL_NAME, NAME.encode())]))
        await device.start_advertising(advertising_data=advert, auto_restart=True)
        print(json.dumps({"radio": air.address}), flush=True)
        await asyncio.get_running_loop().create_future()


def main() -> None:
    """Serve."""
    link, buffer_bytes = sys.argv[1:]
    acknowledger = Acknowledger(int(buffer_bytes))
    if link == "serial":
        _serve_pty(acknowledger)
    else:
        asyncio.run(_serve_ble(acknowledger))


if __name__ == "__main__":
    main()
