"""From an address to the transport that reaches it."""

from __future__ import annotations

from collections.abc import Mapping

from ..errors import AddressError
from .address import DEFAULT_BAUD, Address, parse_address
from .base import OnConsole, Transport
from .ble import SCAN_TIMEOUT_S, SIMULATOR_HINT, BleTransport
from .log_file import LogFileTransport
from .serial import SerialTransport
from .sim_ble import SimBleTransport, virtual_backend
from .sim_serial import SimSerialTransport
from .simulated_options import SimulatedOptions


def make_transport(address: str | Address, on_console: OnConsole | None = None) -> Transport:
    """Transport for an address, not yet open; raises AddressError."""
    parsed = address if isinstance(address, Address) else parse_address(address)
    return _MAKERS[parsed.scheme](parsed, on_console)


def _make_sim(address: Address, on_console: OnConsole | None) -> Transport:
    remote = address.host_port
    serial = address.link == "serial"
    if remote is not None:
        return _make_remote(address, on_console) if serial else _make_remote_ble(address)
    options = _simulated(address, address.options)
    return SimSerialTransport(options, on_console) if serial else SimBleTransport(options)


def _make_remote(address: Address, on_console: OnConsole | None) -> Transport:
    _refuse_options(address, {"link"})
    url = f"socket://{address.target.removeprefix('tcp:')}"
    transport = SerialTransport(url, DEFAULT_BAUD, on_console, hint=SIMULATOR_HINT)
    transport.simulated = True
    return transport


def _make_remote_ble(address: Address) -> Transport:
    _refuse_options(address, {"link", "name"})
    radio = f"tcp-client:{address.target.removeprefix('tcp:')}"
    return BleTransport(address.options.get("name", ""), backend=virtual_backend(radio))


def _refuse_options(address: Address, known: set[str]) -> None:
    unknown = sorted(address.options.keys() - known)
    if unknown:
        raise AddressError(f"address '{address}': no option {unknown[0]!r} for a device that already runs")


def _make_ble(address: Address, _on_console: OnConsole | None) -> Transport:
    radio = address.options.get("radio")
    timeout_s = float(address.options.get("timeout", SCAN_TIMEOUT_S))
    backend = virtual_backend(radio) if radio else None
    return BleTransport(address.target, backend=backend, scan_timeout_s=timeout_s)


def _make_serial(address: Address, on_console: OnConsole | None) -> Transport:
    return SerialTransport(address.target, int(address.options.get("baud", DEFAULT_BAUD)), on_console)


def _make_replay(address: Address, on_console: OnConsole | None) -> Transport:
    options = {"pace": "max", **address.options, "record": address.target}
    return SimSerialTransport(_simulated(address, options), on_console)


def _make_log(address: Address, _on_console: OnConsole | None) -> Transport:
    number = address.options.get("recording")
    return LogFileTransport(address.target, None if number is None else int(number))


def _simulated(address: Address, options: Mapping[str, str]) -> SimulatedOptions:
    try:
        return SimulatedOptions.parse(options)
    except ValueError as error:
        raise AddressError(f"address '{address}': {error}") from None


_MAKERS = {"sim": _make_sim, "ble": _make_ble, "serial": _make_serial, "replay": _make_replay, "log": _make_log}
