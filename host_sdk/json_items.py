"""Items as JSON objects."""

from __future__ import annotations

import math
from typing import Any

from .models import Beat, Event, Gap, Item, LinkError, Reading, Rhythm, SampleBlock, Status
from .wire_gen import BEAT_KIND_SYMBOLS, UNIT_SYMBOLS


def item_object(item: Item) -> dict[str, Any]:
    """An item as an object; `t` is device time in seconds, absent numbers and samples without contact are null."""
    return {"type": _NAMES[type(item)], **_FIELDS[type(item)](item)}


def lower(member: Any) -> str | None:
    """Name of an enum's member, None for None."""
    return None if member is None else str(member.name).lower()


def seconds(tick_us: int) -> float:
    """Device time in seconds."""
    return round(tick_us / 1e6, 6)


def _samples(block: SampleBlock) -> dict[str, Any]:
    return {
        "stream": lower(block.stream),
        "t": seconds(block.tick_us),
        "first_index": block.first_index,
        "rate_hz": block.spec.rate_hz,
        "channels": list(block.spec.channels),
        "unit": block.spec.unit_symbol,
        "no_contact": block.no_contact,
        "saturated": block.saturated,
        "gain_changed": block.gain_changed,
        "late": block.late,
        "values": [[_number(value) for value in sample] for sample in block.values.tolist()],
    }


def _number(value: float) -> float | None:
    """A value as JSON has it, to seven digits; None for NaN, which JSON does not know."""
    return None if math.isnan(value) else float(f"{value:.7g}")


def _beat(beat: Beat) -> dict[str, Any]:
    head = {"t": seconds(beat.tick_us), "number": beat.number, "kind": BEAT_KIND_SYMBOLS[beat.kind]}
    marks = {name: getattr(beat, name) for name in Beat.FIDUCIALS}
    return {**head, "quality": beat.quality, "rr_ms": beat.rr_ms, "r": beat.r, **marks}


def _reading(reading: Reading) -> dict[str, Any]:
    return {
        "t": seconds(reading.tick_us),
        "span_s": reading.span_ms / 1000,
        "kind": lower(reading.kind),
        "value": reading.value,
        "u95": reading.u95,
        "unit": UNIT_SYMBOLS.get(reading.unit),
        "choice": lower(reading.choice),
        "quality": reading.quality,
        "reason": lower(reading.reason),
        "calibration": lower(reading.calibration),
    }


def _rhythm(rhythm: Rhythm) -> dict[str, Any]:
    return {
        "t": seconds(rhythm.tick_us),
        "span_s": rhythm.span_ms / 1000,
        "beats": rhythm.beats,
        "flags": rhythm.names,
        "irregularity": rhythm.irregularity,
        "alternans_uv": rhythm.alternans_uv,
        "quality": rhythm.quality,
        "reason": lower(rhythm.reason),
    }


def _event(event: Event) -> dict[str, Any]:
    head = {"t": seconds(event.tick_us), "number": event.number, "kind": lower(event.kind)}
    return {**head, "severity": event.severity, "peak_g": event.peak_g}


def _status(status: Status) -> dict[str, Any]:
    return {
        "t": seconds(status.tick_us),
        "sensors": sorted(stream.name.lower() for stream in status.sensors),
        "battery_percent": status.battery_percent,
        "battery_v": status.battery_v,
        "heap_free": status.heap_free,
        "cpu_percent": status.cpu_percent,
        "backlog_ms": status.backlog_ms,
        "dropped_blocks": status.dropped_blocks,
        "overruns": status.overruns,
        "bad_frames": status.bad_frames,
    }


def _gap(gap: Gap) -> dict[str, Any]:
    head = {"t": seconds(gap.end_tick_us), "stream": lower(gap.stream), "first_index": gap.first_index}
    return {**head, "samples": gap.samples, "duration_s": gap.duration_s}


def _link_error(error: LinkError) -> dict[str, Any]:
    return {"kind": error.kind.value, "stream": lower(error.stream), "detail": error.detail}


_NAMES: dict[type[Item], str] = {
    SampleBlock: "samples",
    Beat: "beat",
    Reading: "reading",
    Rhythm: "rhythm",
    Event: "event",
    Status: "status",
    Gap: "gap",
    LinkError: "link_error",
}
_FIELDS: dict[type[Item], Any] = {
    SampleBlock: _samples,
    Beat: _beat,
    Reading: _reading,
    Rhythm: _rhythm,
    Event: _event,
    Status: _status,
    Gap: _gap,
    LinkError: _link_error,
}
