"""`vitalband log`: the log that a device keeps on its own flash."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Callable, Coroutine
from dataclasses import asdict
from pathlib import Path
from typing import Any

from .. import wire_gen as wire
from ..client import RECORDED_RESULTS, Client
from ..errors import ConnectionLost, LogError, RequestRefused, ResponseTimeout
from ..log.chunks import Chunk
from ..log.recordings import Recording, recordings, serial_in
from ..log.salvage import salvage
from ..log.sealing import discard_key, keys_folder, new_key
from ..log.store_file import LogFile, serial_of, sound_chunks
from ..log.sync import Pulled, pull
from .choices import add_wait, streams
from .log_times import When, when
from .output import one_line, print_json

#: Links in a row that bring nothing of a log.
_MOST_VAIN = 20
_MOST_S = 0xFFFF
_FOR_S = 60
_PAUSE_S = 1.0
#: Whose a salvaged file is where nothing says it.
_NOBODYS = "salvaged"
_NO_FLASH = "has no flash to record to, or none that works"
_RESULTS = {"beats": wire.Results.BEATS, "readings": wire.Results.READINGS, "events": wire.Results.EVENTS}


def command(subparsers: Any) -> None:
    """Register the command."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "log",
        help="a device records by itself: start, trigger, stop, pull, list, erase",
        description="The log on a device's own flash. What is pulled lies in a file, from which `vitalband record "
        "log:FILE` makes WFDB, EDF+ or CSV.",
    )
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    _add(actions, "status", "how full it is, and what it does", _status)
    starting = _add(actions, "start", "record from now on, also when nobody is connected", _start)
    starting.add_argument(
        "--when",
        type=when,
        default=When(wire.LogMode.ALWAYS),
        metavar="WHEN",
        help="always (default), worn, alarm (10 s before one to 10 s after it), every:MIN (minutes, from midnight UTC "
        "on), or times of day as 07:30,22:00 (of this computer)",
    )
    starting.add_argument(
        "--for", dest="for_s", type=_seconds, metavar="S", help="seconds of each recording of a schedule (default: 60)"
    )
    starting.add_argument(
        "--streams",
        type=_streams,
        default=frozenset([wire.Stream.ECG]),
        metavar="NAMES",
        help="signals that are recorded, as ecg,accel, or none (default: ecg)",
    )
    starting.add_argument(
        "--results",
        type=_results,
        default=RECORDED_RESULTS,
        metavar="NAMES",
        help="of beats,readings,events, or none (default: all three)",
    )
    encrypting = _add(actions, "encrypt", "encrypt what it records from now on", _encrypt)
    encrypting.add_argument("--off", action="store_true", help="no more")
    trigger = _add(actions, "trigger", "record for a while from now on, whatever was set", _trigger)
    trigger.add_argument(
        "--for", dest="for_s", type=_seconds, default=60, metavar="S", help="seconds (default: 60); 0 ends it"
    )
    _add(actions, "stop", "record no more; what was recorded stays", _stop)
    pulling = _add(actions, "pull", "bring home what is new, verified, into a file", _pull)
    pulling.add_argument("--out", type=Path, required=True, metavar="FILE", help="made, or gone on with")
    _add(actions, "erase", "erase what was pulled; refused while there is more", _erase)
    listing = actions.add_parser("list", help="the recordings in a pulled file")
    listing.add_argument("file", type=Path, metavar="FILE", help="what `pull` or `salvage` wrote")
    listing.set_defaults(handler=_list)
    saving = actions.add_parser("salvage", help="read a damaged dump of the flash, or a damaged file")
    saving.add_argument(
        "file", type=Path, metavar="DUMP", help="bytes of the chip, whole or from a sector on; or what `pull` wrote"
    )
    saving.add_argument("--out", type=Path, required=True, metavar="FILE", help="what could be read, as pulled")
    saving.add_argument("--serial-number", metavar="SERIAL", help="of its device, where nothing in it says so any more")
    saving.set_defaults(handler=_salvage)
    for action in (listing, saving):
        action.add_argument("--json", action="store_true", help="print one JSON object a line")


def _add(
    actions: Any, name: str, words: str, run: Callable[[Client, argparse.Namespace], Coroutine[Any, Any, int]]
) -> argparse.ArgumentParser:
    """An action on a device."""
    parser: argparse.ArgumentParser = actions.add_parser(name, help=words)
    parser.add_argument("address", metavar="ADDRESS", help="sim:tcp:…, ble:…, serial:…")
    add_wait(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(handler=lambda args: asyncio.run(_on_device(args, run)))
    return parser


async def _on_device(
    args: argparse.Namespace, run: Callable[[Client, argparse.Namespace], Coroutine[Any, Any, int]]
) -> int:
    """Run it, again and again where the link is lost: each time it goes on where it was, while it gets on."""
    wait_s, kept, vain = args.wait, 0, 0
    while True:
        try:
            async with await Client.open(args.address, wait_s=wait_s) as client:
                return await run(client, args)
        except (ConnectionLost, ResponseTimeout) as error:
            if args.action != "pull":
                raise
            before, kept = kept, args.out.stat().st_size if args.out.exists() else 0
            vain = 0 if kept > before else vain + 1
            if vain == _MOST_VAIN:
                raise type(error)(f"{vain} links in a row brought nothing more: {error}") from error
            print(f"vitalband log: {one_line(error)}; trying again", file=sys.stderr)
            wait_s = max(args.wait, 10.0)
            await asyncio.sleep(_PAUSE_S)


def _seconds(text: str) -> int:
    """A length of a recording, s."""
    if not text.isdecimal() or int(text) > _MOST_S:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number of seconds up to {_MOST_S}")
    return int(text)


def _streams(text: str) -> frozenset[wire.Stream]:
    """Streams by name, joined by commas, or `none`."""
    return frozenset() if text == "none" else streams(text)


def _results(text: str) -> wire.Results:
    """Results that are recorded, by name, joined by commas, or `none`."""
    chosen = wire.Results(0)
    for name in [] if text == "none" else text.split(","):
        if name.strip() not in _RESULTS:
            raise argparse.ArgumentTypeError(f"no result {name!r}; results are {', '.join(_RESULTS)}, joined by commas")
        chosen |= _RESULTS[name.strip()]
    return chosen


async def _start(client: Client, args: argparse.Namespace) -> int:
    """What it records has the time of this computer, so it gets that too."""
    if not args.streams and not args.results:
        raise LogError("nothing to record: neither --streams nor --results")
    mode = args.when.mode
    scheduled = mode is wire.LogMode.SCHEDULE
    if args.for_s is not None and (not scheduled or not args.for_s):
        raise LogError("--for is of a schedule, and longer than nothing: --when every:10 --for 60")
    await client.set_time()
    if scheduled:
        await _do(client.schedule_log(args.when.every_min, args.for_s or _FOR_S, args.when.times), args)
    await _do(client.set_log(mode, args.streams, args.results), args)
    names = [stream.name.lower() for stream in sorted(args.streams)]
    results = [name for name, result in _RESULTS.items() if result in args.results]
    if args.json:
        print_json({"mode": mode.name.lower(), "streams": names, "results": results})
    else:
        length = f" for {args.for_s or _FOR_S} s" if scheduled else ""
        print(f"{args.address}: records {args.when.words}{length}: {', '.join(names + results)}")
        await _say_if_erasing(client)
    return 0


async def _trigger(client: Client, args: argparse.Namespace) -> int:
    await _do(client.trigger_log(args.for_s), args)
    if args.json:
        print_json({"for_s": args.for_s})
    else:
        words = f"records for {args.for_s} s" if args.for_s else "the recording on request ends"
        print(f"{args.address}: {words}")
        if args.for_s:
            await _say_if_erasing(client)
    return 0


async def _say_if_erasing(client: Client) -> None:
    """What was asked for does not begin before that is done."""
    if (await client.log_status(flush=False)).state is wire.LogState.ERASING:
        print("  not before the log is erased, which takes 80 s for 5.5 MiB; `log status` says what it does")


async def _encrypt(client: Client, args: argparse.Namespace) -> int:
    """The key is kept here before the device gets it, or nobody could read what it records."""
    key = None if args.off else new_key()
    try:
        await client.set_log_key(key)
    except RequestRefused as refusal:
        has_flash = refusal.code == wire.Error.NOT_STORED and await _has_flash(client)
        may_have_it = has_flash and key is not None
        if key is not None and not may_have_it:
            discard_key(key)
        raise LogError(f"{args.address}: {_why_not_encrypted(refusal, has_flash, may_have_it)}") from refusal
    if args.json:
        print_json({"key": None if key is None else f"{key.id:08x}"})
    elif key is None:
        print(f"{args.address}: encrypts no more")
    else:
        print(f"{args.address}: encrypts with key {key.id:08x}, which is in {keys_folder()}")
    return 0


async def _has_flash(client: Client) -> bool:
    return (await client.log_status(flush=False)).state is not wire.LogState.NO_FLASH


def _why_not_encrypted(refusal: RequestRefused, has_flash: bool, may_have_it: bool) -> str:
    if refusal.code == wire.Error.UNSUPPORTED:
        return "its board cannot encrypt, it has no AES"
    if refusal.code == wire.Error.BUSY:
        return "its flash is busy with what it records; nothing was changed, try again"
    if may_have_it:  # its next start may find what this one could not store
        return f"could not store the key, and encrypts as before; the key stays in {keys_folder()}"
    if has_flash:
        return "could not store that, and encrypts as before"
    return _NO_FLASH if refusal.code == wire.Error.NOT_STORED else str(refusal)


async def _stop(client: Client, args: argparse.Namespace) -> int:
    await _do(client.set_log(wire.LogMode.OFF), args)
    if args.json:
        print_json({"mode": "off"})
    else:
        print(f"{args.address}: records no more")
    return 0


async def _do(request: Coroutine[Any, Any, None], args: argparse.Namespace) -> None:
    try:
        await request
    except RequestRefused as refusal:
        if refusal.code == wire.Error.NOT_STORED:
            raise LogError(f"{args.address}: {_NO_FLASH}") from refusal
        raise


async def _status(client: Client, args: argparse.Namespace) -> int:
    status = await client.log_status()
    _print_status(status, args.json)
    return 0


def _print_status(status: wire.LogStatus, as_json: bool) -> None:
    if as_json:
        print_json({**asdict(status), "state": status.state.name.lower(), "mode": status.mode.name.lower()})
        return
    waiting = max(status.end - max(status.acknowledged, status.oldest), 0)
    state = status.state.name.lower().replace("_", " ")
    mode = "" if status.mode in (wire.LogMode.OFF, wire.LogMode.ALWAYS) else f" ({status.mode.name.lower()})"
    print(f"{state}{mode}: {waiting} chunks to pull, {status.free // 1024} KiB free")
    if status.left_s is not None:
        print(f"  room for {status.left_s / 3600:.1f} h more as it has recorded")
    lost = {
        "chunks dropped": status.dropped,
        "frames not recorded": status.lost_frames,
        "bad sectors": status.bad_sectors,
    }
    for what, count in lost.items():
        if count:
            print(f"  {count} {what}")


async def _pull(client: Client, args: argparse.Namespace) -> int:
    if not await _has_flash(client):
        raise LogError(f"{args.address}: {_NO_FLASH}")
    with LogFile(args.out, client.info.serial_number) as file:
        try:
            done = await pull(client, file)
        except RequestRefused as refusal:
            if refusal.code != wire.Error.NOT_STORED:
                raise
            file.save()
            raise LogError(f"{args.address}: its flash chip does not answer; {args.out} has what came") from refusal
        _print_pulled(done, file, args)
    return 0


def _print_pulled(done: Pulled, file: LogFile, args: argparse.Namespace) -> None:
    if args.json:
        lacking = {"missing": list(done.missing), "damaged": list(done.damaged), "dropped": done.status.dropped}
        print_json({"out": str(args.out), "chunks": len(file), "new": done.new, **lacking})
        return
    print(f"{args.out}: {done.new} chunks more, {len(file)} in all")
    if done.status.dropped:
        print(f"  {done.status.dropped} chunks had made room before: the log was full")
    if done.missing:
        print(f"  {len(done.missing)} chunks are damaged on the device")
    if done.damaged:
        print(f"  {len(done.damaged)} chunks are damaged in this file, and the device has them no more")
        print("  `vitalband log salvage` makes a file without them")


async def _erase(client: Client, args: argparse.Namespace) -> int:
    status = await client.log_status()
    try:
        await client.erase_log(status.end)
    except RequestRefused as refusal:
        if refusal.code == wire.Error.NOT_VERIFIED:
            recording = status.state is wire.LogState.RECORDING
            first = "`vitalband log stop` and then " * recording + "`vitalband log pull`"
            raise LogError(f"{args.address}: has more than was pulled: first {first}") from refusal
        raise
    if args.json:
        print_json({"erased_before": status.end})
    else:
        print(f"everything before chunk {status.end} is being erased")
    return 0


def _list(args: argparse.Namespace) -> int:
    with LogFile(args.file) as file:
        for recording in recordings(file):
            _print_recording(recording, file, args.json)
    return 0


def _print_recording(recording: Recording, file: LogFile, as_json: bool) -> None:
    last = file.chunk(recording.numbers[-1]).tick_us if recording.numbers else recording.tick_us
    seconds = (last - recording.tick_us) / 1e6
    streams = [stream.name.lower() for stream in wire.Stream if recording.streams >> stream & 1]
    began = None if recording.began is None else recording.began.isoformat(timespec="seconds")
    key = f"{recording.key_id:08x}" if recording.key_id else None
    if as_json:
        head = {
            "recording": recording.start,
            "key": key,
            "boot_id": recording.boot_id,
            "began": began,
            "seconds": seconds,
        }
        print_json({**head, "streams": streams, "chunks": len(recording.numbers)})
        return
    when = began or "time not set"
    print(f"{recording.start:8}  {when:25}  {seconds:8.0f} s  {', '.join(streams)}{f'  (key {key})' if key else ''}")


def _salvage(args: argparse.Namespace) -> int:
    try:
        dump = args.file.read_bytes()
    except OSError as error:
        raise LogError(f"{args.file}: {error.strerror}") from error
    if args.out.exists():
        raise LogError(f"{args.out}: is there already")
    serial = serial_of(dump)
    chunks = [] if serial is not None else list(salvage(dump))
    chunks = chunks or list(sound_chunks(dump))
    if not chunks:
        raise LogError(f"{args.file}: no chunk of a log can be read in it")
    # what a check covers says it for sure; the beginning of a file has none
    serial = serial_in(chunks) or serial or args.serial_number
    count = _save_salvaged(args.out, chunks, serial or _NOBODYS)
    if args.json:
        print_json({"out": str(args.out), "chunks": count, "serial_number": serial})
        return 0
    print(f"{args.out}: {count} chunks could be read{f', of device {one_line(serial)}' if serial else ''}")
    if not serial:
        print("  of which device nothing says: pulling goes on into it if --serial-number does")
    return 0


def _save_salvaged(out: Path, chunks: list[Chunk], serial_number: str) -> int:
    """Number of chunks in the new file, which is there whole or not at all."""
    part = out.with_name(f"{out.name}.part")
    part.unlink(missing_ok=True)  # of one that was killed
    try:
        with LogFile(part, serial_number) as file:
            for chunk in chunks:
                file.add(chunk)
            file.save()
            count = len(file)
        part.rename(out)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    return count
