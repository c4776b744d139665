"""What is known of a device now, as a table for people."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from ..client import Client
from ..json_items import lower
from ..models import Event, Gap, Item, LinkError, Reading, SampleBlock
from ..state import DeviceState
from ..wire_gen import READINGS, UNIT_SYMBOLS, ReadingKind, Stream
from .output import with_u95
from .strip import Strip

#: Readings that people call otherwise than the schema does.
_LABELS = {
    ReadingKind.PR: "PR",
    ReadingKind.QRS: "QRS",
    ReadingKind.QT: "QT",
    ReadingKind.QTC_BAZETT: "QTc Bazett",
    ReadingKind.QTC_FRIDERICIA: "QTc Fridericia",
    ReadingKind.QTC_FRAMINGHAM: "QTc Framingham",
    ReadingKind.QTC_HODGES: "QTc Hodges",
    ReadingKind.PULSE_RATE: "pulse",
    ReadingKind.SPO2: "SpO2",
    ReadingKind.PERFUSION_INDEX: "perfusion",
    ReadingKind.RESPIRATION_RATE: "respiration",
}
#: The rate says it.
_HIDDEN = {ReadingKind.RR, ReadingKind.PULSE_INTERVAL}
_GOOD, _FAIR = 70, 40
_STRIP_LINES = 6
#: No clock of a device gains or loses so much; a simulation that does not keep to real time does.
_MOST_DRIFT_PPM = 10_000


class View:
    """The latest state of a device, drawn for people."""

    def __init__(self) -> None:
        self.client: Client | None = None
        self.state = DeviceState()
        #: The source has come to its end: the last numbers say more than what the sensors meet behind it.
        self.over = False
        self._numbers: dict[ReadingKind, Reading] = {}
        self._strip = Strip()

    def update(self, item: Item) -> None:
        """Take what the client hands out."""
        self.state.update(item)
        if isinstance(item, Reading) and item.value is not None:
            self._numbers[item.kind] = item
        if isinstance(item, SampleBlock) and item.stream is Stream.ECG and not item.late:
            self._strip.add(item)

    def brief(self, width: int) -> list[str]:
        """The main readings with quality `q` and reason, and what the rhythm has; further lines are indented.

        Lines are of at most `width`, but for a part that is longer.
        """
        kinds = (ReadingKind.HEART_RATE, ReadingKind.PR, ReadingKind.QRS, ReadingKind.QT, ReadingKind.QTC_FRIDERICIA)
        more = (ReadingKind.PULSE_RATE, ReadingKind.SPO2, ReadingKind.RESPIRATION_RATE, ReadingKind.ACTIVITY)
        got = self.state.readings
        cells = [_cell(got[kind]) for kind in (*kinds, *more) if kind in got]
        cells += self._findings()
        lines = _lines(cells or ["waiting for the first reading"], width - 2, " | ")
        return [lines[0], *(f"  {line}" for line in lines[1:])]

    def render(self, width: int) -> RenderableType:
        """Everything, for a terminal of that width."""
        parts: list[RenderableType] = [Text(self._headline(), style="bold")]
        if self._strip_wanted():
            parts += [Text(line, style="green") for line in self._strip.draw(max(20, min(width, 120)), _STRIP_LINES)]
        parts += [self._table(), *(Text(line, style="dim") for line in _lines(self._footer(), width))]
        parts += [Text(_note(item), style="yellow") for item in self.state.recent]
        return Group(*parts)

    def _strip_wanted(self) -> bool:
        return self.client is not None and Stream.ECG in self.client.streams

    def _headline(self) -> str:
        if self.client is None:
            return "connecting …"
        info = self.client.info
        return f"{info.model} {info.serial_number} ({info.firmware}) on {self.client.transport.description}"

    def _table(self) -> Table:
        table = Table(box=None, header_style="bold")
        for name, side in (("reading", "left"), ("value", "right"), ("quality", "right"), ("reason", "left")):
            table.add_column(name, justify="right" if side == "right" else "left")
        for kind in ReadingKind:
            reading = self.state.readings.get(kind)
            if reading is not None and kind not in _HIDDEN:
                self._add_row(table, reading)
        if self.state.rhythm is not None:
            reason = _words(lower(self.state.rhythm.reason))
            # a standstill and ventricular fibrillation are found in windows that have no numbers
            names = ", ".join(self._findings()) or ("–" if reason else "nothing found")
            table.add_row("rhythm", names, str(self.state.rhythm.quality), reason)
        return table

    def _findings(self) -> list[str]:
        return [_words(name) for name in self.state.rhythm.names] if self.state.rhythm is not None else []

    def _add_row(self, table: Table, reading: Reading) -> None:
        reason = _words(lower(reading.reason))
        shown = self._numbers.get(reading.kind, reading) if self.over else reading
        if shown is not reading and reading.value is None:
            reason = f"at {shown.tick_us / 1e6:.0f} s, then {reason or 'none'}"
            reading = shown
        table.add_row(_label(reading.kind), _value(reading), _quality(reading), _said(reading, reason))

    def _footer(self) -> list[str]:
        """Counts and rates; each stays on one line."""
        if self.client is None:
            return []
        rates = [
            f"{_words(stream.name)} {line.delivered_hz:.1f}/{line.spec.rate_hz:g} Hz, {line.gaps} gaps"
            for stream, line in self.client.timelines.items()
            if line.delivered_hz is not None
        ]
        parts = [f"beats {self.state.beats}", *rates]
        if self.state.status is not None:
            parts.append(f"backlog {self.state.status.backlog_ms} ms")
        clock = self.client.clock
        if clock is not None and clock.drift_ppm is not None:
            parts.append(_clock_words(clock.drift_ppm, self.client.transport.simulated))
        return parts


def _clock_words(drift_ppm: float, simulated: bool) -> str:
    """What the device's clock gains on ours; of a simulation, and where no clock gains so much, it is its pace.

    >>> _clock_words(12.3, False), _clock_words(-340.0, True), _clock_words(9e6, False)
    ('clock +12 ppm', 'pace 0.9997', 'pace 10')
    """
    if simulated or abs(drift_ppm) > _MOST_DRIFT_PPM:
        return f"pace {1 + drift_ppm / 1e6:.4g}"
    return f"clock {drift_ppm:+.0f} ppm"


def _lines(parts: list[str], width: int, between: str = " · ") -> list[str]:
    """Parts joined into lines of at most `width`; one that is longer has a line of its own.

    >>> _lines(["beats 35", "ecg 250.0/250 Hz, 0 gaps", "backlog 0 ms"], 40)
    ['beats 35 · ecg 250.0/250 Hz, 0 gaps', 'backlog 0 ms']
    """
    lines: list[str] = []
    for part in parts:
        if lines and len(lines[-1]) + len(between) + len(part) <= width:
            lines[-1] += between + part
        else:
            lines.append(part)
    return lines


def _words(name: str | None) -> str:
    return (name or "").lower().replace("_", " ")


def _label(kind: ReadingKind) -> str:
    return _LABELS.get(kind) or _words(kind.name)


def _value(reading: Reading) -> str:
    if reading.value is None:
        return "–"
    if reading.choice is not None:
        return _words(str(reading.choice.name))
    digits = 2 if READINGS[reading.kind].scale >= 100 else 0
    return f"{with_u95(reading.value, reading.u95, digits)} {UNIT_SYMBOLS.get(reading.unit, '')}".strip()


def _said(reading: Reading, reason: str) -> str:
    """What is to be said of a number: the reason, and that its curve is uncalibrated."""
    return ", ".join(filter(None, (reason, _words(lower(reading.calibration)))))


def _cell(reading: Reading) -> str:
    """A reading in few words, as `pulse 72 ± 2 bpm q 90`."""
    said = _said(reading, _words(lower(reading.reason)))
    return f"{_label(reading.kind)} {_value(reading)} q {reading.quality}" + (f", {said}" if said else "")


def _quality(reading: Reading) -> Text:
    style = "green" if reading.quality >= _GOOD else "yellow" if reading.quality >= _FAIR else "red"
    return Text(str(reading.quality), style=style)


def _note(item: Event | Gap | LinkError) -> str:
    if isinstance(item, Event):
        name = _words(item.kind.name)
        return f"{item.tick_us / 1e6:.1f} s: {name}, severity {item.severity}, {item.peak_g:.1f} g"
    if isinstance(item, Gap):
        name = _words(item.stream.name)
        return f"{item.end_tick_us / 1e6:.1f} s: gap of {item.duration_s:.2f} s in {name} ({item.samples} samples)"
    return f"link: {item.kind.value.replace('_', ' ')}: {item.detail}"
