"""Brings the log of a device home: what is missing is pulled, kept, and only then acknowledged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from .. import wire_gen as wire
from ..errors import LogError, RequestRefused
from ..timeline import SequenceCheck
from .chunks import Chunk
from .status import check_status
from .store_file import LogFile

#: Chunks that so many rounds in a row do not bring, in which the link lost nothing, are damaged on the device.
_VAIN_ROUNDS = 2
#: Over a link on which so many rounds in a row bring nothing, no more will come.
_FRUITLESS_ROUNDS = 20
_ATTEMPTS = 20
_ANEW = "it began anew, as on another chip: pull into another file"


class Device(Protocol):
    """What the sync needs of a client."""

    @property
    def sequence(self) -> SequenceCheck:
        """What the link has lost."""
        ...

    async def log_status(self, *, flush: bool = True) -> wire.LogStatus:
        """How the log is."""
        ...

    async def pull_log(self, first: int, end: int, on_chunk: Callable[[Chunk], object]) -> None:
        """Chunks from `first` on before `end`."""

    async def acknowledge_log(self, end: int, check: int) -> None:
        """They are kept here."""


@dataclass(frozen=True, slots=True)
class Pulled:
    """What a sync brought: how many chunks are new in the file, and which are not in it.

    `missing` are damaged on the device, `damaged` in the file, and gone from the device.
    """

    status: wire.LogStatus
    new: int
    missing: tuple[int, ...]
    damaged: tuple[int, ...] = ()


async def pull(
    device: Device, file: LogFile, on_progress: Callable[[int, int], object] = lambda _done, _all: None
) -> Pulled:
    """Pull all that the file has not yet, and have the device note that it is kept.

    It goes on where another one stopped, at any moment. A chunk that is damaged in the file is pulled again, and what
    came is read back before the device is answered for. `on_progress` is given how many chunks of how many have come.
    Raises LogError where the file is of another log than the device's, of which one chunk is compared, where the link
    is too bad for a whole chunk, and where the disk does not keep what is written; RequestRefused, ConnectionLost,
    ProtocolError.
    """
    status = await device.log_status()
    check_status(status, "the device")
    if file.numbers and file.numbers[-1] >= status.end:
        last = file.numbers[-1]
        raise LogError(f"{file.path}: has chunk {last}, but the device's log ends before {status.end}; {_ANEW}")
    file.leave_out_damaged()
    await _check_same_log(device, file, status)
    added: list[int] = []
    wanted = sum(map(len, _missing(file, status)))

    def take(chunk: Chunk) -> None:
        if status.oldest <= chunk.number < status.end and chunk.number not in file:
            file.add(chunk)
            added.append(chunk.number)
            on_progress(len(added), wanted)

    vain = fruitless = 0
    while vain < _VAIN_ROUNDS and (missing := _missing(file, status)):
        if fruitless == _FRUITLESS_ROUNDS:
            file.save()
            count = sum(map(len, missing))
            raise LogError(f"{file.path}: {count} chunks do not come whole over this link; the others are kept")
        known, lost = len(file), device.sequence.lost
        for run in missing:
            await device.pull_log(run.start, run.stop, take)
        fruitless = fruitless + 1 if len(file) == known else 0
        vain = vain + 1 if fruitless and device.sequence.lost == lost else 0
    file.save()
    for number in added:
        file.chunk(number)
    await _acknowledge(device, file, status)
    unread = tuple(number for run in _missing(file, status) for number in run)
    gone = tuple(number for number in file.damaged if number < status.oldest)
    return Pulled(status, len(added), unread, gone)


async def _check_same_log(device: Device, file: LogFile, status: wire.LogStatus) -> None:
    """LogError unless the newest chunk that both have, of those that come whole, is the same in both.

    Numbers alone do not say it: a log that began anew may be longer by now. Where the device has dropped all that the
    file has, there is nothing to compare.
    """
    common = [number for number in file.numbers if number >= status.oldest]
    if not common:
        return
    for attempt in range(_FRUITLESS_ROUNDS):
        number = common[-1 - attempt % len(common)]
        came: list[Chunk] = []
        await device.pull_log(number, number + 1, came.append)
        for chunk in came:
            if chunk.number == number:
                if chunk.raw != file.chunk(number).raw:
                    raise LogError(f"{file.path}: chunk {number} is another one in the device's log; {_ANEW}")
                return
    raise LogError(
        f"{file.path}: of the chunks that the device has too none comes whole, so nothing says that its log is the "
        "same: pull into another file"
    )


def _missing(file: LogFile, status: wire.LogStatus) -> list[range]:
    """Runs of consecutive numbers that the device has and the file has not."""
    runs: list[range] = []
    begin = status.oldest
    for number in [each for each in file.numbers if begin <= each < status.end] + [status.end]:
        if begin < number:
            runs.append(range(begin, number))
        begin = number + 1
    return runs


async def _acknowledge(device: Device, file: LogFile, status: wire.LogStatus) -> None:
    kept = [number for number in file.numbers if number < status.end]
    if not kept or status.acknowledged >= status.end:
        return
    check = file.chunk(kept[-1]).check
    for attempt in range(_ATTEMPTS):
        try:
            await device.acknowledge_log(status.end, check)
        except RequestRefused as refusal:
            if refusal.code != wire.Error.BUSY or attempt == _ATTEMPTS - 1:
                raise
        else:
            return
