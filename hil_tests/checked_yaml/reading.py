"""Reads and writes YAML 1.2, with the line of every key and value; by PyYAML's own rules, those of 1.1, `off` is a
boolean and `010` is eight.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from .errors import FileError, Problem

#: Names and numbers that lead from the top of a file to a value.
Steps = tuple[str | int, ...]
_LONGEST_FILE = 1 << 20
#: Numbers are smaller: no setting is larger, and what is no float fails where it is used.
_LARGEST = 1e15
_LONGEST_SHOWN = 40
#: Ends of lines other than LF, and the mark of a file's begin: PyYAML writes them as they are, and reads blanks.
_NOT_PLAIN = frozenset("\x85\u2028\u2029\ufeff")
#: The core schema of YAML 1.2, without octal and hexadecimal numbers, infinity and NaN.
_SCALARS = (
    ("null", r"^(?:~|null|)$", "~n\0"),
    ("bool", r"^(?:true|false)$", "tf"),
    ("int", r"^[-+]?[0-9]+$", "-+0123456789"),
    ("float", r"^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$", "-+0123456789."),
)


class _Loader(yaml.SafeLoader):
    """PyYAML's safe loader with the scalars of YAML 1.2."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 - as PyYAML has it


class _Dumper(yaml.SafeDumper):
    """PyYAML's safe dumper, which also quotes texts that are numbers by YAML 1.2 alone, as `09`."""


def _number(kind: type[int] | type[float]) -> Callable[[_Loader, yaml.Node], int | float]:
    """Reads a number as people mean it: by tens, and finite."""

    def construct(loader: _Loader, node: yaml.Node) -> int | float:
        text = str(loader.construct_scalar(node)) if isinstance(node, yaml.ScalarNode) else ""
        try:
            value = kind(text)
        except ValueError:
            value = math.inf
        if not -_LARGEST < value < _LARGEST:
            shown = text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"
            raise yaml.constructor.ConstructorError(None, None, f"{shown!r} is no number that can be", node.start_mark)
        return value

    return construct


for _tag, _pattern, _first in _SCALARS:
    for _kind in (_Loader, _Dumper):
        _kind.add_implicit_resolver(
            f"tag:yaml.org,2002:{_tag}", re.compile(_pattern), ["" if c == "\0" else c for c in _first]
        )
_Loader.add_constructor("tag:yaml.org,2002:int", _number(int))
_Loader.add_constructor("tag:yaml.org,2002:float", _number(float))


@dataclass(frozen=True)
class Document:
    """A file's content, and where each part of it stands."""

    path: Path
    data: Any
    #: Lines (from 1) of values, and of the keys of mappings.
    lines: dict[Steps, int] = field(repr=False)
    key_lines: dict[Steps, int] = field(repr=False)

    def line(self, *steps: str | int) -> int:
        """Where a value stands, or the nearest that is around it."""
        while steps and steps not in self.lines:
            steps = steps[:-1]
        return self.lines.get(steps, 1)

    def error(self, what: str, *steps: str | int) -> FileError:
        """What is wrong with a value."""
        return FileError(str(self.path), [Problem(self.line(*steps), what)])


def read(path: Path) -> Document:
    """A file's content; FileError for what is no YAML, has a key twice, or an alias."""
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise FileError(str(path), [Problem(1, f"is no text of UTF-8: {error.reason}")]) from None
    except OSError as error:
        raise FileError(str(path), [Problem(1, f"cannot be read: {error.strerror}")]) from None
    if len(text) > _LONGEST_FILE:
        raise FileError(str(path), [Problem(1, f"is longer than {_LONGEST_FILE} characters")])
    return parse(text, path)


def parse(text: str, path: Path) -> Document:
    """See `read`."""
    loader = None
    try:
        loader = _Loader(text)
        _refuse_aliases(text, path)
        node = loader.get_single_node()
        if node is None:
            raise FileError(str(path), [Problem(1, "is empty")])
        lines: dict[Steps, int] = {}
        key_lines: dict[Steps, int] = {}
        problems: list[Problem] = []
        _walk(node, (), lines, key_lines, problems)
        if problems:
            raise FileError(str(path), problems)
        return Document(path, loader.construct_document(node), lines, key_lines)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise FileError(str(path), [Problem(mark.line + 1 if mark else 1, _words(error))]) from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise FileError(str(path), [Problem(1, f"is no YAML: {' '.join(str(error).split())}")]) from None
    finally:
        if loader is not None:
            loader.dispose()


def written(data: Any) -> str:
    """Data as YAML, of which `parse` makes the same data."""
    text = _dumped(data, True)
    return text if _NOT_PLAIN.isdisjoint(text) else _dumped(data, False)


def _dumped(data: Any, allow_unicode: bool) -> str:
    text: str = yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=allow_unicode, width=120)
    return text


def _words(error: yaml.MarkedYAMLError) -> str:
    if isinstance(error, yaml.constructor.ConstructorError) and error.context is None:
        return str(error.problem)
    return f"is no YAML: {', '.join(part for part in (error.context, error.problem) if part)}"


def _refuse_aliases(text: str, path: Path) -> None:
    """With aliases a short file has endless content."""
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.AliasEvent):
            line = event.start_mark.line + 1 if event.start_mark else 1
            raise FileError(str(path), [Problem(line, f"aliases (*{event.anchor}) are not taken")])


def _walk(
    node: yaml.Node, steps: Steps, lines: dict[Steps, int], key_lines: dict[Steps, int], problems: list[Problem]
) -> None:
    """Note where every part of a node stands."""
    lines[steps] = node.start_mark.line + 1
    if isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            _walk(item, (*steps, index), lines, key_lines, problems)
    elif isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode) or key.tag != "tag:yaml.org,2002:str":
                problems.append(Problem(line, "a key must be a name"))
                continue
            inner = (*steps, key.value)
            if inner in key_lines:
                problems.append(Problem(line, f"{key.value!r} is there twice, first in line {key_lines[inner]}"))
            key_lines[inner] = line
            _walk(value, inner, lines, key_lines, problems)
