"""`vitalband record`: a device's data on disk, in a format that other tools open."""

from __future__ import annotations

import argparse
import asyncio
import shutil
import sys
import textwrap
from contextlib import suppress
from typing import Any

from ..attach import AttachOptions, attach
from ..client import Client
from ..errors import RecordingError, VitalbandError
from ..models import Item
from ..recording.metadata import Metadata
from ..recording.metadata_checks import FORMATS
from ..recording.recorder import Recorder
from ..recording.recovery import recover_recording
from ..waiting import within
from .choices import add_wait, duration, folder, streams
from .output import one_line, print_json
from .signals import stop_signal

_REFRESH_S = 1.0


def command(subparsers: Any) -> None:
    """Register the command."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "record",
        help="record a device as WFDB, EDF+ or CSV",
        description="Record samples, beats, readings and events of a device until Ctrl-C, --duration, or the source's "
        "end; SIGTERM and SIGHUP end it in the same way. What was lost on the way is marked as a gap, never made up; "
        "what the device recorded to its own log meanwhile (`vitalband log start`) is filled in from there. "
        "A record (replay:PATH) is replayed as fast as it will go: replay:PATH?pace=real takes its own time, &start=S "
        "and &end=S a part of it.",
    )
    parser.add_argument(
        "address", metavar="ADDRESS", nargs="?", help="sim:, sim:tcp:…, ble:…, serial:…, replay:…, log:…"
    )
    parser.add_argument("--out", type=folder, required=True, metavar="DIR", help="folder for the recording")
    parser.add_argument("--format", choices=FORMATS, default="wfdb", help="default: wfdb")
    add_wait(parser)
    parser.add_argument("--duration", type=duration, metavar="S", help="stop after S seconds by the clock")
    parser.add_argument("--signals", type=streams, metavar="NAMES", help="only these, as ecg,ppg (default: all)")
    parser.add_argument("--overwrite", action="store_true", help="replace a recording that is there")
    parser.add_argument(
        "--recover", action="store_true", help="finish the recording of a killed process in DIR instead"
    )
    parser.add_argument("--json", action="store_true", help="print what was recorded as one JSON object")
    parser.set_defaults(handler=run)


def run(args: argparse.Namespace) -> int:
    """Run the command; 0 when the recording is complete as asked."""
    if args.recover:
        if args.address is not None:
            raise RecordingError("--recover takes no device, only --out")
        _report(args, recover_recording(args.out))
        return 0
    if args.address is None:
        raise RecordingError("needs the address of a device")
    session = _Session(args)
    failure: VitalbandError | None = None
    try:
        asyncio.run(session.run())
    except VitalbandError as error:
        failure = error
        raise
    finally:
        metadata = session.close(failure)
    if metadata is None or not metadata.streams:
        raise RecordingError(f"{args.address}: no samples came")
    if metadata.error is not None:
        raise RecordingError(f"{args.out}: {metadata.error}")
    return 0


class _Session:
    """One recording, over as many connections as it takes."""

    def __init__(self, args: argparse.Namespace) -> None:
        self._args = args
        self._recorder: Recorder | None = None
        self._failed = asyncio.Event()

    async def run(self) -> None:
        """Record until it is over; raises what ended it before."""
        options = AttachOptions(
            on_item=self._on_item,
            on_client=self._begin,
            on_trouble=lambda text: print(f"vitalband record: {one_line(text)}", file=sys.stderr),
            streams=self._args.signals,
            duration_s=self._args.duration,
            wait_s=self._args.wait,
            fill=True,
        )
        attached = asyncio.ensure_future(attach(self._args.address, options))
        keeping = asyncio.ensure_future(self._keep_true())
        stopped = stop_signal()
        try:
            waiting: list[asyncio.Future[Any]] = [attached, keeping, stopped]
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (attached, keeping):
                if not task.done():
                    task.cancel()
            await asyncio.gather(attached, keeping, return_exceptions=True)
        if self._recorder is not None and self._recorder.failed is not None:
            raise self._recorder.failed
        if keeping.done() and not keeping.cancelled():
            keeping.result()
        if not stopped.done():
            attached.result()
        elif self._args.duration is not None:
            raise RecordingError(f"stopped by {stopped.result().name} before {self._args.duration:g} s were over")

    def close(self, failure: VitalbandError | None) -> Metadata | None:
        """Finish the files and say what is in them; raises RecordingError where they cannot be finished."""
        if self._recorder is None:
            return None
        try:
            self._recorder.close(failure)
        finally:
            _report(self._args, self._recorder.metadata)
        return self._recorder.metadata

    def _begin(self, client: Client) -> None:
        if self._recorder is None:
            self._recorder = Recorder(
                self._args.out,
                self._args.format,
                overwrite=self._args.overwrite,
                device=client.info,
                address=self._args.address,
                clock=client.clock,
                on_failed=lambda _: self._failed.set(),
            )

    def _on_item(self, item: Item) -> None:
        """Write an item; a disk that takes no more ends the recording, not the device's link in mid-air."""
        if self._recorder is not None and self._recorder.failed is None:
            with suppress(RecordingError):  # `run` raises what failed
                self._recorder.add(item)

    async def _keep_true(self) -> None:
        """Also while nothing comes, what is on disk is true; ends when the recording has failed."""
        while not self._failed.is_set():
            if self._recorder is not None:
                with suppress(RecordingError):  # `run` raises what failed
                    self._recorder.refresh()
            with suppress(asyncio.TimeoutError):
                await within(self._failed.wait(), _REFRESH_S)


def _report(args: argparse.Namespace, metadata: Metadata) -> None:
    streams_object = {
        name: {
            "samples": stream.samples,
            "lost": stream.lost,
            "gaps": stream.gaps,
            "filled": stream.filled_samples,
            "measured_hz": stream.measured_hz,
        }
        for name, stream in metadata.streams.items()
    }
    if args.json:
        head = {"out": str(args.out), "format": metadata.format, "state": metadata.state, "error": metadata.error}
        print_json({**head, "streams": streams_object, "rows": metadata.rows, "files": metadata.files})
        return
    files = f"{args.out} ({metadata.format}, {metadata.state}): {', '.join(metadata.files)}"
    width = shutil.get_terminal_size().columns
    print(textwrap.fill(files, width, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False))
    for name, stream in metadata.streams.items():
        rate = "" if stream.measured_hz is None else f" at {stream.measured_hz:.2f} Hz"
        filled = f", {stream.filled_samples} from its log" if stream.filled else ""
        gaps = f"{_count(stream.gaps, 'gaps')} ({stream.lost} lost{filled})"
        print(f"  {name}: {_count(stream.samples, 'samples')}{rate}, {gaps}")
    print("  " + ", ".join(_count(rows, name.removesuffix(".csv")) for name, rows in metadata.rows.items()))


def _count(number: int, things: str) -> str:
    """So many of them: `1 beat`, `2 beats`."""
    return f"{number} {things.removesuffix('s') if number == 1 else things}"
