"""OpenSignals (biosignalsplux, BITalino): a JSON object behind `#`, then counts between tabs.

The counts of an ECG become mV by what PLUX publishes of its sensors: supply, gain and bits of the converter.
"""

from __future__ import annotations

import json
import math
from typing import Any

from ..csv_head import Head
from ..description import Declared, Description
from ..source import format_error, numbered
from .export import Export

_FIRST = "opensignals text file format"
_LAST = "endofheader"
_LONGEST_HEAD = 40
#: Supply in V and gain of the ECG sensor.
_BITALINO, _PLUX = (3.3, 1100.0), (3.0, 1000.0)


def _recognises(head: Head) -> bool:
    first = head.texts[:1]
    return bool(first) and first[0].lstrip("# ").lower().startswith(_FIRST)


def _describe(head: Head) -> Description:
    texts = [text.lstrip("# ").strip() for text in head.texts[:_LONGEST_HEAD]]
    end = next((number for number, text in enumerate(texts) if text.lower().startswith(_LAST)), None)
    said = next((text for text in texts[:end] if text.startswith("{")), None)
    if end is None or said is None:
        raise format_error(head.path, "is of OpenSignals without the end of its header")
    channels: list[tuple[str, Declared]] = []
    first = 0
    for device in _devices(head, said):
        columns = device["column"]
        channels += _channels(device, first)
        first += len(columns)
    if not channels:
        raise format_error(head.path, "is of OpenSignals without a sensor")
    names = numbered(name for name, _ in channels)
    declared = tuple(
        Declared(name, each.unit, each.fs, each.column, each.scale, each.offset)
        for name, (_, each) in zip(names, channels, strict=True)
    )
    return Description(head.path, declared, "\t", decimal=".", time=None, skip=end + 1)


def _devices(head: Head, said: str) -> list[dict[str, Any]]:
    """What the header says of each device; raises RecordFormatError where that is not enough."""
    try:
        whole = json.loads(said)
    except (ValueError, RecursionError):
        raise format_error(head.path, "is of OpenSignals, and its header is no JSON that can be read") from None
    devices = list(whole.values()) if isinstance(whole, dict) else []
    for device in devices:
        lists = isinstance(device, dict) and all(isinstance(device.get(key), list) for key in ("column", "sensor"))
        fs = device.get("sampling rate") if lists else None
        if isinstance(fs, bool) or not isinstance(fs, int | float) or not 1e-3 <= fs <= 1e6:
            raise format_error(
                head.path, 'is of OpenSignals, and its header lacks "column", "sensor" or "sampling rate"'
            )
        if len(device["sensor"]) > len(device["column"]):
            raise format_error(head.path, "is of OpenSignals, and has more sensors than columns")
    return devices


def _channels(device: dict[str, Any], first: int) -> list[tuple[str, Declared]]:
    """The sensors of a device, whose columns begin at number `first`; they are its last ones."""
    sensors = [str(sensor) for sensor in device["sensor"]]
    begin = first + len(device["column"]) - len(sensors)
    bits = device.get("resolution")
    bits = bits[-len(sensors) :] if isinstance(bits, list) and len(bits) >= len(sensors) else [None] * len(sensors)
    fs = float(device["sampling rate"])
    found = []
    for number, (sensor, resolution) in enumerate(zip(sensors, bits, strict=True)):
        unit, scale, offset = _scale(device, sensor, resolution)
        found.append((sensor, Declared(sensor, unit, fs, begin + number, scale, offset)))
    return found


def _scale(device: dict[str, Any], sensor: str, bits: Any) -> tuple[str, float, float]:
    """Unit, factor and offset of a sensor's counts; none for one whose scale is not known."""
    if "ECG" not in sensor.upper():
        return "", 1.0, 0.0
    if device.get("convertedValues") == 1:
        return "mV", 1.0, 0.0
    if isinstance(bits, bool) or not isinstance(bits, int) or not 4 <= bits <= 32:
        return "", 1.0, 0.0
    supply_v, gain = _BITALINO if "bitalino" in str(device.get("device", "")).lower() else _PLUX
    span_mv = supply_v / gain * 1000.0
    return "mV", math.ldexp(span_mv, -bits), -span_mv / 2


EXPORT = Export("OpenSignals", _recognises, _describe)
