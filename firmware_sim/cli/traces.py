"""Files of what goes on at a simulated device: what its console says, and its HCI packets as btsnoop."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO, TextIO

from bumble.snoop import BtSnooper, Snooper

from host_sdk.transports.base import LinkCounters
from host_sdk.transports.framing import Deframer

from ..mcu.radio import Radio
from ..targets.provider import SerialPort


class _Capture(BtSnooper):
    """Packets are in the file as soon as they were sent: a device may be killed."""

    def __init__(self, output: BinaryIO) -> None:
        super().__init__(output)
        output.flush()

    def snoop(self, hci_packet: bytes, direction: Snooper.Direction) -> None:
        """Write a packet."""
        super().snoop(hci_packet, direction)
        self.output.flush()


class Traces:
    """Open files of one device, to which its starts append; OSError for those that cannot be written."""

    def __init__(self) -> None:
        self._console: TextIO | None = None
        self._capture: BinaryIO | None = None

    def capture(self, path: Path, radio: Radio) -> None:
        """Write the packets between the device's host and controller: what Wireshark opens."""
        self._capture = path.open("wb")
        radio.snooper = _Capture(self._capture)

    def console(self, path: Path, port: SerialPort) -> None:
        """Write the text that the device sends between its frames, beside what is at the port already."""
        self._console = path.open("a", encoding="utf-8")
        text = Deframer(LinkCounters(), lambda _frame: None, self._say)
        before = port.on_data

        def both(data: bytes) -> None:
            text.feed(data)
            if before is not None:
                before(data)

        port.on_data = both

    def _say(self, text: str) -> None:
        if self._console is not None and not self._console.closed:
            self._console.write(text)
            self._console.flush()

    def close(self) -> None:
        """No more."""
        for file in (self._console, self._capture):
            if file is not None:
                file.close()
