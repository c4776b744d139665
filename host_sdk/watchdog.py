"""Notices data that silently stops coming."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from .models import LinkError, LinkErrorKind
from .wire_gen import Stream


class Watchdog:
    """Says once per silence that the link, or a subscribed stream, has been quiet for too long.

    It is to be asked several times within `silence_s`: where it is not, nobody listened, and that is no silence.
    """

    def __init__(self, silence_s: float, now: Callable[[], float]) -> None:
        self._silence_s = silence_s
        self._now = now
        # None stands for the link as a whole.
        self._last: dict[Stream | None, float] = {}
        self._reported: set[Stream | None] = set()
        self._checked = now()

    def watch(self, streams: Iterable[Stream], link: bool) -> None:
        """Expect these from now on, and nothing else."""
        watched: set[Stream | None] = {*streams, *([None] if link else [])}
        self._checked = self._now()
        self._last = dict.fromkeys(watched, self._checked)
        self._reported.clear()

    def received(self, stream: Stream | None) -> None:
        """Something came: of a stream, or (None) of the link."""
        for key in (stream, None):
            if key in self._last:
                self._last[key] = self._now()
                self._reported.discard(key)

    def check(self) -> list[LinkError]:
        """What has fallen silent since the last look."""
        now = self._now()
        pause_s, self._checked = now - self._checked, now
        if pause_s > self._silence_s / 2:  # the program was busy, or the computer asleep: what came is still unread
            self._last = {key: min(now, last + pause_s) for key, last in self._last.items()}
        quiet = [key for key, last in self._last.items() if now - last >= self._silence_s and key not in self._reported]
        self._reported.update(quiet)
        return [self._error(key, now - self._last[key]) for key in quiet]

    def _error(self, stream: Stream | None, seconds: float) -> LinkError:
        what = "nothing" if stream is None else f"no samples of {stream.name.lower()}"
        return LinkError(LinkErrorKind.SILENT, f"{what} for {seconds:.1f} s", stream)
