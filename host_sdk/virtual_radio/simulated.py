"""A simulated device for code that knows only bleak."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from ..errors import AddressError, SimulatorError
from ..transports.address import parse_address
from ..transports.simulated import open_simulated
from ..transports.simulated_options import SimulatedOptions
from .installing import install, uninstall


@asynccontextmanager
async def simulated(address: str = "sim:") -> AsyncIterator[str]:
    """Start a device of a `sim:` address and have every BleakClient and BleakScanner use its radio; gives its name.

    Raises AddressError, SimulatorError.
    """
    parsed = parse_address(address)
    if parsed.scheme != "sim" or parsed.target:
        raise AddressError(f"address {address!r}: a device that is started here is sim: or sim:?wearer=af")
    try:
        options = SimulatedOptions.parse(parsed.options)
    except ValueError as error:
        raise AddressError(f"address {address!r}: {error}") from None
    device = await open_simulated(replace(options, link="ble"))
    try:
        if device.radio is None:
            raise SimulatorError(f"{address}: the simulated device has no radio")
        install(device.radio)
        yield device.info.name
    finally:
        uninstall()
        await device.close()
