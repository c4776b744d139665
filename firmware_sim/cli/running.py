"""Runs a simulated device for `vitalband sim`: radio, serial port and debug link, until it is over."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import errno
import json
import os
import secrets
import signal
import sys
import zlib
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from host_sdk.cli.choices import read_options
from host_sdk.cli.signals import stop_signal

from ..mcu.radio import AirServer
from ..targets.debug_link import DebugLink
from ..targets.provider import LocalDevice, build_world
from ..targets.pty_cable import PtyCable
from ..targets.settings import Settings
from ..targets.simulation import FLASH_FILE
from .traces import Traces

_TARGET_NAMES = {"cpython": "the simulated MCU", "qemu": "an emulated Cortex-M3"}


def _settings(args: argparse.Namespace) -> Settings:
    options = {"target": args.target, "pace": args.pace, "seed": str(args.seed or 0), "warm": str(args.warm)}
    if args.seed is None:
        options["identity"] = str(_identity(args))
    if args.record:
        options["record"] = args.record
    elif args.ride:
        options["ride"] = args.ride
    else:
        options["wearer"] = args.wearer
    if args.channel is not None:
        options["channel"] = args.channel
    if args.storage:
        options["storage"] = str(args.storage)
    if args.repl:
        options["run"] = "repl"
    return replace(Settings.parse(options), read=read_options(args))


def _identity(args: argparse.Namespace) -> int:
    """Of a device without a seed: the same where it lives at the same place, or else a new one."""
    lives_at = [str(path.absolute()) if path is not None else "" for path in (args.storage, args.serial_link)]
    if args.air_port:
        lives_at.append(str(args.air_port))
    return zlib.crc32("\n".join(lives_at).encode()) >> 3 if any(lives_at) else secrets.randbits(29)


async def run_device(args: argparse.Namespace) -> int:
    """Start the device, say where it is, wait for its end; 0 when it ended on request, else ValueError or OSError."""
    settings = _settings(args)
    world = build_world(settings)
    # whoever is told that it is ready may stop it
    stopping = stop_signal()
    async with contextlib.AsyncExitStack() as stack:
        with _listening("--air-port", args.host, args.air_port):
            air = await AirServer.start(host=args.host, port=args.air_port)
        stack.push_async_callback(air.close)
        device = LocalDevice(settings, world, air)
        stack.push_async_callback(device.close)
        traces = Traces()
        stack.callback(traces.close)
        cable = PtyCable(device.serial_port, args.serial_link)
        stack.callback(cable.close)
        if args.console is not None:
            traces.console(args.console, device.serial_port)
        if args.capture is not None and device.simulation.radio is not None:
            traces.capture(args.capture, device.simulation.radio)
        with _listening("--debug-port", args.host, args.debug_port):
            debug = await DebugLink.start(device, args.host, args.debug_port)
        stack.push_async_callback(debug.close)
        stopped: asyncio.Future[BaseException | None] = asyncio.get_running_loop().create_future()
        device.on_stopped = stopped.set_result
        await device.start()
        if device.info.record_error is not None:
            print(f"vitalband sim: {device.info.record_error}; its good part is replayed", file=sys.stderr)
        _say_recovery(args, device)
        _announce(args, device, air, cable, debug)
        error = await _until_done(stopped, stopping, args.duration)
    if error is not None:
        print(f"vitalband sim: the device died: {type(error).__name__}: {error}", file=sys.stderr)
        return 1
    return 0


@contextlib.contextmanager
def _listening(option: str, host: str, port: int) -> Iterator[None]:
    """Where nothing can listen, OSError says by which option, and what to do."""
    try:
        yield
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise OSError(
                f"{option} {port}: another program listens there; without it, any free port is taken"
            ) from None
        if error.errno in (errno.EACCES, errno.EPERM):
            raise OSError(f"{option} {port}: not allowed; ports from 1024 on are") from None
        words = os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror
        raise OSError(f"--host {host}: {words}; an address of this computer is wanted") from None


async def _until_done(
    stopped: asyncio.Future[BaseException | None], stopping: asyncio.Future[signal.Signals], duration: float | None
) -> BaseException | None:
    """Wait for the world's end, the time given, or a signal."""
    futures: list[asyncio.Future[Any]] = [stopped, stopping]
    await asyncio.wait(futures, timeout=duration, return_when=asyncio.FIRST_COMPLETED)
    return stopped.result() if stopped.done() else None


def _at(host: str, port: int) -> str:
    """Where something listens; an IPv6 address stands in brackets."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _say_recovery(args: argparse.Namespace, device: LocalDevice) -> None:
    """What to do with a device that has no firmware to start."""
    why = device.info.recovery
    if why is None:
        return
    where = "the storage" if args.storage is None else str(args.storage / FLASH_FILE)
    print(
        f"vitalband sim: {why}: the bootloader's recovery console has the serial port, for `vitalband flash`. If the "
        f"image is signed by another key ($VITALBAND_KEYS): without {where} the device begins anew, with an empty "
        "flash",
        file=sys.stderr,
    )


def _announce(args: argparse.Namespace, device: LocalDevice, air: AirServer, cable: PtyCable, debug: DebugLink) -> None:
    port = str(args.serial_link or cable.path)
    facts = {
        "event": "ready",
        "name": device.info.name,
        "ble": f"sim:tcp:{_at(air.host, air.port)}",
        "radio": air.address,
        "serial": f"serial:{port}",
        "debug": f"tcp:{_at(debug.host, debug.port)}",
        "target": args.target,
        "console": device.simulation.console,
        "groups": sorted(device.info.groups),
        "record": device.info.record,
        "wearer": None if args.record or args.ride else args.wearer,
        "ride": args.ride,
        "recovery": device.info.recovery,
    }
    if args.json:
        print(json.dumps(facts), flush=True)
        return
    target = _TARGET_NAMES.get(args.target, args.target)
    print(f"{facts['name']} is running on {target} ({facts['record'] or facts['ride'] or facts['wearer']})")
    print(f"  over BLE     vitalband stream {facts['ble']}")
    print(f"  over serial  vitalband stream {facts['serial']}")
    print(f"  debug link   {facts['debug']} (JSON lines)")
    if facts["console"]:
        print(f"  console      mpremote connect {facts['console']}")
    print("Ctrl-C stops it.", flush=True)
