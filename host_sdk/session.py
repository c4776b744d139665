"""What outlives one connection: which start of the device it was, and where each stream stood."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable

from .models import Beat, Event, Gap, LinkError, LinkErrorKind, Reading, SampleBlock, StreamSpec
from .models_gen import Result
from .timeline import ClockSync, StreamTimeline
from .wire_gen import Stream

#: Results that are remembered: some 20 minutes.
_REMEMBERED = 20_000


class Session:
    """Timelines of a device over as many connections as it takes, so that what was missed in between is a gap."""

    def __init__(self) -> None:
        self.timelines: dict[Stream, StreamTimeline] = {}
        self.clock = ClockSync()
        self._boot_id: int | None = None
        self._subscribed: frozenset[Stream] = frozenset()
        self._had: OrderedDict[tuple[object, ...], None] = OrderedDict()

    def relink(self) -> None:
        """A new link is being made."""
        for timeline in self.timelines.values():
            timeline.relink()

    def begin(self, boot_id: int) -> LinkError | None:
        """A connection came up; says when the device began anew since the last one."""
        known = self._boot_id
        if known not in (None, boot_id):
            self.rebase()
        self._boot_id = boot_id
        if known in (None, boot_id):
            return None
        return LinkError(LinkErrorKind.DEVICE_RESTARTED, f"boot {known:08x} became {boot_id:08x}")

    def rebase(self) -> None:
        """The device began anew, which is reported once: its clock and its streams do not go on where they were."""
        self._boot_id = None
        self.clock = ClockSync()
        self._had.clear()
        for timeline in self.timelines.values():
            timeline.rebase()

    @property
    def gaps(self) -> frozenset[tuple[Stream, int, int]]:
        """Stream, first sample and the one behind the last of gaps that may still be filled."""
        found = ((stream, first, stop) for stream, line in self.timelines.items() for first, stop in line.open_gaps)
        return frozenset(found)

    def is_new(self, result: Result) -> bool:
        """Whether a result was not had before; it is from now on."""
        number = (
            result.number if isinstance(result, Beat | Event) else result.kind if isinstance(result, Reading) else None
        )
        key = (type(result), result.tick_us, number)
        if key in self._had:
            return False
        self._had[key] = None
        if len(self._had) > _REMEMBERED:
            self._had.popitem(last=False)
        return True

    def add(self, spec: StreamSpec) -> None:
        """A stream as the device describes it."""
        if spec.stream not in self.timelines or self.timelines[spec.stream].spec != spec:
            self.timelines[spec.stream] = StreamTimeline(spec)

    def subscribe(self, streams: Iterable[Stream]) -> None:
        """These are wanted now: what was not sent because nobody wanted it is no gap."""
        wanted = frozenset(streams)
        for stream in wanted - self._subscribed:
            if stream in self.timelines:
                self.timelines[stream].rebase()
        self._subscribed = wanted

    def accept(self, block: SampleBlock) -> tuple[SampleBlock | None, Gap | LinkError | None]:
        """The new part of a block, and what was noticed before it."""
        fresh, noticed = self.timelines[block.stream].accept(block)
        if isinstance(noticed, LinkError) and noticed.kind is LinkErrorKind.DEVICE_RESTARTED:
            self.rebase()
            fresh, _ = self.timelines[block.stream].accept(block)
        return fresh, noticed
