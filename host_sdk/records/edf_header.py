"""Headers of EDF, EDF+ and BDF files, checked, and the times at which the records of a discontinuous one begin."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from .source import format_error

_FIXED = 256
_BDF = b"\xffBIOSEMI"
#: How files begin.
MAGICS = (b"0       ", _BDF)
_NUMBER = re.compile(r"[+-]?(?:[0-9]+[.,]?[0-9]*|[.,][0-9]+)(?:[eE][+-]?[0-9]+)?")
#: A limit may have its unit behind it.
_LIMIT = re.compile(rf"({_NUMBER.pattern})\s*([^\s0-9].*)?")
_ONSET = re.compile(rb"([+-][0-9]+(?:\.[0-9]*)?)(?:\x15[0-9.]*)?\x14")
#: Width of each field, one after the other for all signals.
_FIELDS = {"label": 16, "transducer": 80, "unit": 8, "physical_min": 8, "physical_max": 8, "digital_min": 8,
           "digital_max": 8, "filter": 80, "samples": 8, "reserved": 32}  # fmt: skip
_LIMITS = ("physical_min", "physical_max", "digital_min", "digital_max")
_T = TypeVar("_T")


@dataclass(frozen=True)
class EdfSignalHeader:
    """One signal; `samples` a record, from byte `offset` of it on. A range is None where it says nothing."""

    label: str
    unit: str
    physical: tuple[float, float] | None
    digital: tuple[float, float] | None
    samples: int
    offset: int
    #: What the header says of the ranges, for people: `physical 0 to 0, digital -32768 to 32767`.
    said: str = ""

    @property
    def is_annotation(self) -> bool:
        """Whether it is text and no samples."""
        return self.label.casefold() in ("edf annotations", "bdf annotations")


@dataclass(frozen=True)
class EdfHeader:
    """What the header says; `records` None where the writer did not know."""

    begin: int
    sample_bytes: int
    discontinuous: bool
    records: int | None
    record_s: float
    record_bytes: int
    signals: tuple[EdfSignalHeader, ...]


def read_edf_header(path: Path) -> EdfHeader:
    """The header of a file; raises RecordFormatError naming the field that cannot be."""
    with path.open("rb") as file:
        fixed = file.read(_FIXED)
        if len(fixed) < _FIXED or not fixed.startswith((b"0", _BDF)):
            raise format_error(path, "not an EDF file")
        count = _number(path, "number of signals", fixed[252:256], int)
        if not 0 < count < 10000:
            raise format_error(path, f"has {count} signals")
        rest = file.read(_FIXED * count)
    if len(rest) < _FIXED * count:
        raise format_error(path, f"not an EDF file: its header ends before {count} signals are described")
    sample_bytes = 3 if fixed.startswith(_BDF) else 2
    signals = _signals(path, rest, count, sample_bytes)
    record_s = _number(path, "duration of a record", fixed[244:252], float)
    if not 0 < record_s <= 1e6:
        raise format_error(path, f"its records last {record_s:g} s, so its signals have no rate")
    # writers that were stopped leave both blank, or -1
    records = _number(path, "number of records", fixed[236:244], int) if _text(fixed[236:244]) else -1
    length = _number(path, "length of the header", fixed[184:192], int) if _text(fixed[184:192]) else 0
    return EdfHeader(
        begin=max(length, _FIXED * (count + 1)),
        sample_bytes=sample_bytes,
        discontinuous=fixed[192:197] in (b"EDF+D", b"BDF+D"),
        records=records if records >= 0 else None,
        record_s=record_s,
        record_bytes=sum(signal.samples for signal in signals) * sample_bytes,
        signals=signals,
    )


def record_onsets(records: NDArray[np.uint8], header: EdfHeader) -> NDArray[np.float64]:
    """Seconds at which each record (one a row) begins, NaN where it does not say so."""
    signal = next((signal for signal in header.signals if signal.is_annotation), None)
    onsets = np.full(len(records), np.nan)
    if signal is None:
        return onsets
    for number, record in enumerate(records):
        text = record[signal.offset : signal.offset + signal.samples * header.sample_bytes].tobytes()
        found = _ONSET.match(text)
        if found is not None:
            onsets[number] = float(found[1])
    return onsets


def _signals(path: Path, raw: bytes, count: int, sample_bytes: int) -> tuple[EdfSignalHeader, ...]:
    fields: dict[str, list[bytes]] = {}
    at = 0
    for name, width in _FIELDS.items():
        fields[name] = [raw[at + number * width : at + (number + 1) * width] for number in range(count)]
        at += count * width
    found: list[EdfSignalHeader] = []
    offset = 0
    for number in range(count):
        label = _text(fields["label"][number])
        samples = _number(path, f"samples a record of {label!r}", fields["samples"][number], int)
        if not 0 <= samples < 1 << 31:
            raise format_error(path, f"signal {label!r} has {samples} samples a record")
        limits = [_text(fields[name][number]) for name in _LIMITS]
        physical, unit = _physical(limits[:2], _text(fields["unit"][number]))
        said = "physical {!r} to {!r}, digital {!r} to {!r}".format(*limits)
        digital = _range(limits[2:])
        found.append(EdfSignalHeader(label, unit, physical, digital, samples, offset, said))
        offset += samples * sample_bytes
    return tuple(found)


def _text(raw: bytes) -> str:
    """A field's text: ASCII by the standard, UTF-8 or Latin-1 in life."""
    plain = raw.strip(b" \0\t\r\n")
    try:
        return plain.decode("utf-8")
    except UnicodeDecodeError:
        return plain.decode("latin-1")


def _physical(limits: list[str], unit: str) -> tuple[tuple[float, float] | None, str]:
    """The physical range and its unit, which may stand behind the limits; no range where two units are said."""
    parts = [_LIMIT.fullmatch(limit) for limit in limits]
    if not all(parts):
        return None, unit
    behind = {part[2].casefold(): part[2].strip() for part in parts if part and part[2]}
    behind.pop(unit.casefold(), None)
    if behind and (unit or len(behind) > 1):
        return None, unit
    return _range([part[1] for part in parts if part]), unit or next(iter(behind.values()), "")


def _range(limits: list[str]) -> tuple[float, float] | None:
    """A range that tells values apart; decimal commas are read."""
    if not all(_NUMBER.fullmatch(end) for end in limits):
        return None
    first, last = (float(end.replace(",", ".")) for end in limits)
    return (first, last) if first != last and np.isfinite([first, last]).all() else None


def _number(path: Path, name: str, raw: bytes, kind: Callable[[str], _T]) -> _T:
    text = _text(raw)
    if not _NUMBER.fullmatch(text):
        raise format_error(path, f"not an EDF file: its {name} is {text[:20]!r}")
    try:
        # some write 250.0 for 250
        return kind(re.sub(r"[.,]0*$", "", text) if kind is int else text.replace(",", "."))
    except ValueError:
        raise format_error(path, f"its {name} is {text!r}, no whole number") from None
