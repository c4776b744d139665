"""Starts a simulated device by its bootloader: which firmware the image on its flash makes run.

A device that was never updated runs the firmware of this checkout, as one that a debugger flashes; slot 0 then has the
image of it, made when somebody looks at it.
"""

from __future__ import annotations

from functools import cache, partial
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ..bootloader.booting import Boot, Bootloader
from ..bootloader.errors import NoBootableImageError, NoFirmwareError
from ..bootloader.flash import SECTOR, ChipFlash
from ..bootloader.keys import signing_key
from ..bootloader.notes import Note, Outcome
from ..bootloader.recovery import Hardware, Recovery
from ..bootloader.signing import sign
from ..bootloader.verification import Trust
from ..chips.reference import REFERENCE
from ..chips.w25q64jv import W25q64jv
from ..firmware import version
from ..firmware.drivers.max17048 import Max17048
from ..firmware.identity import Identity
from ..firmware.roles.band import Band
from ..images.package import board_of, kept_package, version_of
from ..mcu import Mcu, modules_of

#: As many as the firmware has (`boards.reference`).
_UART_BYTES = 1024


@cache
def device_key() -> Ed25519PrivateKey:
    """The key whose images simulated devices trust: this computer's, or one of this process where none can be kept."""
    try:
        return signing_key()
    except (OSError, ValueError):
        return Ed25519PrivateKey.generate()


@cache
def own_payload(target: str = "cpython") -> bytes:
    """The firmware of this checkout as an image's payload."""
    return kept_package(target)


@cache
def factory_image(target: str = "cpython") -> bytes:
    """The image of it, as it comes from the factory."""
    return sign(own_payload(target), device_key(), version=version_of(), board=board_of(target), security_counter=0)


class ImageBoot:
    """The bootloader of one device. `start` says what runs, `last` what the bootloader did about it.

    `target` is one of `images.package.CORES`.
    """

    def __init__(self, mcu: Mcu, chip: W25q64jv, target: str = "cpython") -> None:
        self.last: Boot | None = None
        self._target = target
        self._mcu = mcu
        self._chip = chip
        self._flash = ChipFlash(chip, lambda us: mcu.clock.run_until(mcu.clock.now + us))
        trust = Trust((device_key().public_key(),), board_of(target))
        self._loader = Bootloader(self._flash, trust, self._charge)

    def start(self) -> bytes | None:
        """The payload that is to run; None: the firmware of this checkout. NoFirmwareError, OSError."""
        self.last = None
        if not self._flash.is_there():
            return None
        layout = self._loader.layout
        self._loader.notes.settle()
        never_used = self._loader.was_never_used()
        if never_used:
            cells = self._chip.cells
            cells.preset(layout.slot_0, layout.slot_bytes - SECTOR, partial(factory_image, self._target))
            if self._loader.notes.is_blank():
                cells.preset(layout.notes, SECTOR, Note(Outcome.NOTHING).packed)
        self._loader.check_recovery_request()
        if never_used and not self._loader.is_requested():
            return None
        self.last = self._loader.boot()
        payload = self.last.image.payload
        return None if payload == own_payload(self._target) else payload

    def recovery(self, nothing: NoFirmwareError) -> Recovery:
        """The console that has the cable now, because `nothing` is started."""
        machine: Any = modules_of(self._mcu)["machine"]
        uart = machine.UART(REFERENCE.uart_host, REFERENCE.uart_baud, rxbuf=_UART_BYTES)
        identity = Identity(version.MANUFACTURER, Band.MODEL, "recovery", self._mcu.unique_id, Band.NAME, 0)
        hardware = Hardware(uart, lambda: self._mcu.clock.now, machine.reset)
        waits = isinstance(nothing, NoBootableImageError)
        return Recovery(self._loader, hardware, identity, str(nothing), waits)

    def is_in_test(self) -> bool:
        """Whether what runs now is reverted at the next start."""
        return self.last is not None and self._loader.is_in_test()

    def _charge(self) -> int | None:
        """The battery's, in permille; None where the gauge does not answer."""
        machine: Any = modules_of(self._mcu)["machine"]
        try:
            return Max17048(machine.I2C(REFERENCE.i2c_sensors)).read()[1]
        except OSError:
            return None
