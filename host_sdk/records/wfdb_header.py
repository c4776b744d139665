"""WFDB headers, checked: what a reader may believe of them."""

from __future__ import annotations

import codecs
import re
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import wfdb
from wfdb.io import _signal as wfdb_signal

from ..errors import RecordNotFound
from .source import format_error, wrapped

_LONGEST = 16 << 20
#: Fields of the record line behind the name and before time and date, which nothing here uses.
_BEFORE_TIME = 3
#: Fields of a signal's line before its description.
_BEFORE_DESCRIPTION = 8
_MOST_SIGNALS = 1024
_FORMAT = re.compile(r"[0-9]+(x[0-9]+)?(:[0-9]+)?(\+[0-9]+)?")
_GAINS = (1e-15, 1e15)
_NUMBER = r"(?:[0-9]+\.?[0-9]*|\.[0-9]+)"
#: Names that `wfdb` knows, of records and of files.
_RECORD = re.compile(r"[-A-Za-z0-9_]+")
_FILE = re.compile(r"~|[-A-Za-z0-9_]+(?:\.[A-Za-z0-9_]+)?")
_NULL = "~"
_RATE = re.compile(rf"{_NUMBER}(?:Hz)?(?:/{_NUMBER}(?:\(-?{_NUMBER}\))?)?")


def read_header(path: Path) -> Any:
    """The header: a `wfdb.Record`, or a `wfdb.MultiRecord`; raises RecordNotFound, RecordFormatError."""
    if not path.is_file():
        raise RecordNotFound(f"{path}: no such WFDB header")
    lines = _lines(path)
    if not lines:
        raise format_error(path, "is empty")
    segmented = _is_segmented(lines)
    _check_rate(path, lines[0].split()[2:3])
    names = [_inside(path, line.split()[0], segmented) for line in lines[1:]]
    if not segmented:
        _check_signal_lines(path, lines[1:])
    try:
        header = _parsed(path, lines, names, segmented)
    except Exception as error:  # wfdb lets whatever its parsing meets come through
        raise wrapped(path, "not a WFDB header", error) from error
    if not header.n_sig:
        raise format_error(path, "has no signals")
    if not header.fs or header.fs <= 0:
        raise format_error(path, f"has no valid rate: {header.fs}")
    if isinstance(header, wfdb.MultiRecord):
        _check_segments(path, header)
    else:
        _named(header, lines[1:])
        _check_signals(path, header)
        header.file_name = [_there(path, name) for name in header.file_name]
    return header


def _there(path: Path, name: str) -> str:
    """A file's name as it is on the disk, where it differs by small and capital letters."""
    file = path.parent / name
    if name == _NULL or file.exists() or not file.parent.is_dir():
        return name
    same = (each.name for each in file.parent.iterdir() if each.name.casefold() == file.name.casefold())
    return name[: len(name) - len(file.name)] + next(same, file.name)


def _is_segmented(lines: list[str]) -> bool:
    """Whether a name like `r/3` says how many segments there are; `mitdb/100` is a record in a folder.

    A line of a segment has its name, without a point, and its length.
    """
    name = lines[0].split()[0]
    described = [line.split() for line in lines[1:]]
    signals = any(len(fields) > 2 or "." in fields[0].rpartition("/")[2] for fields in described)
    return re.fullmatch(r"[^/]+(/[^/]+)*/[0-9]+", name) is not None and not signals


def _inside(path: Path, name: str, segmented: bool) -> str:
    """A file's name, with `/` between folders; raises RecordFormatError for one that is not below the header's own."""
    plain = name.replace("\\", "/")
    if plain.startswith("/") or re.match(r"[A-Za-z]:", plain) or ".." in plain.split("/"):
        kind = "segment" if segmented else "signal file"
        raise format_error(path, f"names {name[:60]!r}; a {kind} lies beside its header or in a folder there")
    return plain.removeprefix("./")


def _check_rate(path: Path, field: list[str]) -> None:
    """What `wfdb` would take for another rate, or for none; one that is left out is 250 Hz by the format."""
    if field and not _RATE.fullmatch(field[0]):
        raise format_error(path, f"has no valid rate: {field[0][:60]!r}")


def _parsed(path: Path, lines: list[str], names: list[str], segmented: bool) -> Any:
    """What `wfdb` makes of a header, also of names that it refuses (`rec.v1`, `db/100`) and of a date that is none."""
    name, *rest = lines[0].split()
    bare, slash, segments = name.rpartition("/") if segmented else (name, "", "")
    plain = [line.split()[0] for line in lines[1:]] == names and all(map(_FILE.fullmatch, names))
    if (
        plain
        and _RECORD.fullmatch(bare)
        and path.suffix == ".hea"
        and not path.read_bytes().startswith(codecs.BOM_UTF8)
    ):
        try:
            return wfdb.rdheader(str(path.with_suffix("")))
        except ValueError:
            if len(rest) <= _BEFORE_TIME:
                raise
    rest = rest[:_BEFORE_TIME]
    called = f"record{slash}{segments}"
    known = [_NULL if each == _NULL else f"s{number}" for number, each in enumerate(names)]
    others = [re.sub(r"^\S+", each, line) for each, line in zip(known, lines[1:], strict=True)]
    with TemporaryDirectory() as folder:
        file = Path(folder) / "record.hea"
        file.write_text("\n".join([" ".join([called, *rest]), *others]), encoding="ascii", errors="ignore")
        header = wfdb.rdheader(str(file.with_suffix("")))
    if segmented:
        header.seg_name = names
    else:
        header.file_name = names
    return header


def _named(header: Any, lines: list[str]) -> None:
    """Descriptions with letters that `wfdb` leaves out."""
    for number, line in enumerate(lines):
        fields = line.split(None, _BEFORE_DESCRIPTION)
        if not line.isascii() and len(fields) > _BEFORE_DESCRIPTION and number < len(header.sig_name or ()):
            header.sig_name[number] = fields[-1].strip()


def _lines(path: Path) -> list[str]:
    """Lines that are no comments."""
    if path.stat().st_size > _LONGEST:
        raise format_error(path, f"has more than {_LONGEST >> 20} MB, no header has")
    raw = path.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("latin-1")
    lines = (line.strip() for line in re.split(r"[\r\n]+", text))
    return [line for line in lines if line and not line.startswith("#")]


def _check_signal_lines(path: Path, lines: list[str]) -> None:
    """What `wfdb` would pass over, or name badly."""
    if len(lines) > _MOST_SIGNALS:
        raise format_error(path, f"describes {len(lines)} signals, more than {_MOST_SIGNALS}")
    for number, line in enumerate(lines):
        fields = line.split()
        if len(fields) > 1 and not _FORMAT.fullmatch(fields[1]):
            raise format_error(path, f"signal {number} has the format {fields[1][:60]!r}, which is none")


def _check_signals(path: Path, header: Any) -> None:
    if not header.sig_name or len(header.sig_name) != header.n_sig:
        raise format_error(path, f"says {header.n_sig} signals but describes {len(header.sig_name or [])}")
    for number in range(header.n_sig):
        fmt, gain = header.fmt[number], header.adc_gain[number]
        if fmt not in wfdb_signal.BYTES_PER_SAMPLE and header.file_name[number] != "~":
            raise format_error(path, f"unknown signal format {fmt!r}")
        if not header.samps_per_frame[number]:
            raise format_error(path, f"signal {number} has no samples in a frame (format {fmt}x0)")
        if gain is not None and not _GAINS[0] <= abs(gain) <= _GAINS[1]:
            raise format_error(path, f"signal {number} has the gain {gain:g}, which no converter has")


def _check_segments(path: Path, header: Any) -> None:
    listed = len(header.seg_name or [])
    if not listed or listed != header.n_seg:
        raise format_error(path, f"says {header.n_seg} segments but lists {listed}")
