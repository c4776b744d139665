"""What is known of a device now: the latest reading of each kind, rhythm and status, and what happened lately."""

from __future__ import annotations

from collections import deque

from .models import Beat, Event, Gap, Item, LinkError, Reading, Rhythm, SampleBlock, Status
from .wire_gen import ReadingKind

#: Events, gaps and link errors that are kept.
RECENT = 5


class DeviceState:
    """Takes every item (`client.listen(state.update)`) and keeps the latest of each kind."""

    def __init__(self) -> None:
        #: The latest of each kind, with or without a value.
        self.readings: dict[ReadingKind, Reading] = {}
        #: The findings of the latest window.
        self.rhythm: Rhythm | None = None
        #: How the device was last.
        self.status: Status | None = None
        #: Beats that have come.
        self.beats: int = 0
        #: Samples of all streams that have come.
        self.samples: int = 0
        #: The last events, gaps and link errors.
        self.recent: deque[Event | Gap | LinkError] = deque(maxlen=RECENT)

    def update(self, item: Item) -> None:
        """Take what the client hands out."""
        if isinstance(item, SampleBlock):
            self.samples += len(item.counts)
        elif isinstance(item, Reading):
            self.readings[item.kind] = item
        elif isinstance(item, Beat):
            self.beats += 1
        elif isinstance(item, Rhythm):
            self.rhythm = item
        elif isinstance(item, Status):
            self.status = item
        else:
            self.recent.append(item)
