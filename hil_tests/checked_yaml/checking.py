"""Holds a file against its JSON schema; what is wrong is said in the file's own words, with its line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import Any

from jsonschema import Draft202012Validator, TypeChecker
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend

from .errors import FileError, Problem
from .reading import Document

_TYPES = {
    "object": "a mapping",
    "array": "a list",
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
}
_LONGEST_VALUE = 60


def _is_integer(_checker: TypeChecker, value: object) -> bool:
    """By JSON schema 5.0 is one, too; what counts by it would get a float."""
    return isinstance(value, int) and not isinstance(value, bool)


_Validator = extend(  # type: ignore[no-untyped-call]
    Draft202012Validator, type_checker=Draft202012Validator.TYPE_CHECKER.redefine("integer", _is_integer)
)


def check(document: Document, schema: Mapping[str, Any]) -> None:
    """Raise FileError with everything that the schema does not allow."""
    found = [
        problem for error in _Validator(schema).iter_errors(document.data) for problem in _problems(document, error)
    ]
    if found:
        raise FileError(str(document.path), found)


def _rule(error: ValidationError) -> Any:
    """What the schema says there."""
    return error.validator_value


def _value(error: ValidationError) -> Any:
    """What the file says there."""
    return error.instance


def _schema(error: ValidationError) -> Any:
    """The schema of a value."""
    return error.schema


def _problems(document: Document, error: ValidationError) -> list[Problem]:
    steps = tuple(error.absolute_path)
    if error.validator == "additionalProperties":
        return [_unknown(document, steps, name, _schema(error)) for name in _extra_names(error)]
    if error.validator == "anyOf" and error.context:
        # of the right type, and wrong within
        alternatives = [each for each in error.context if each.relative_path or each.validator != "type"]
        if alternatives:
            return _problems(document, max(alternatives, key=lambda each: len(each.relative_path)))
    where = _path(steps)
    return [Problem(document.line(*steps), f"{where}: {_words(error)}" if where else _words(error))]


def _extra_names(error: ValidationError) -> list[str]:
    known = _schema(error).get("properties", {})
    return [name for name in _value(error) if name not in known]


def _unknown(document: Document, steps: tuple[str | int, ...], name: str, schema: Mapping[str, Any]) -> Problem:
    known = sorted(schema.get("properties", {}))
    near = get_close_matches(name, known, 1)
    meant = f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}"
    where = f"{_path(steps)}: " if steps else ""
    return Problem(document.key_lines.get((*steps, name), 1), f"{where}nothing is called {name!r}; {meant}")


def _path(steps: tuple[str | int, ...]) -> str:
    """Where a value is, as it would be written in Python."""
    text = ""
    for step in steps:
        text += f"[{step}]" if isinstance(step, int) else f"{'.' if text else ''}{step}"
    return text


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}…"


def _type_words(error: ValidationError) -> str:
    wanted = _rule(error) if isinstance(_rule(error), list) else [_rule(error)]
    return f"{_shown(_value(error))} is not {' or '.join(_TYPES[name] for name in wanted if name in _TYPES)}"


def _enum_words(error: ValidationError) -> str:
    names = [str(name) for name in _rule(error)]
    near = get_close_matches(str(_value(error)), names, 1)
    meant = f"did you mean {near[0]}?" if near else f"there are {', '.join(names)}"
    return f"no {_shown(_value(error))}; {meant}"


def _one_of_words(error: ValidationError) -> str:
    names = [name for choice in _rule(error) for name in choice.get("required", [])]
    return f"one of {', '.join(names)} is needed, and no two of them"


def _missing_words(error: ValidationError) -> str:
    missing = [name for name in _rule(error) if name not in _value(error)]
    return f"{', '.join(missing)} is missing"


def _dependent_words(error: ValidationError) -> str:
    for name, needed in _rule(error).items():
        missing = [each for each in needed if name in _value(error) and each not in _value(error)]
        if missing:
            return f"{name} needs {', '.join(missing)}"
    return error.message


_WORDS: dict[str, Callable[[ValidationError], str]] = {
    "type": _type_words,
    "enum": _enum_words,
    "oneOf": _one_of_words,
    "required": _missing_words,
    "dependentRequired": _dependent_words,
    "minimum": lambda e: f"{_shown(_value(e))} is under {_rule(e):g}",
    "maximum": lambda e: f"{_shown(_value(e))} is over {_rule(e):g}",
    "exclusiveMaximum": lambda e: f"{_shown(_value(e))} is not under {_rule(e):g}",
    "exclusiveMinimum": lambda e: f"{_shown(_value(e))} is not over {_rule(e):g}",
    "minItems": lambda e: f"needs {_rule(e)} or more of them",
    "maxItems": lambda e: f"has more than {_rule(e)} of them",
    "minProperties": lambda e: "is empty",
    "minLength": lambda e: "is empty",
    "pattern": lambda e: "is blank",
    "anyOf": lambda e: f"{_shown(_value(e))} is none of what may stand here",
}


def _words(error: ValidationError) -> str:
    known = _WORDS.get(str(error.validator))
    return known(error) if known else error.message
