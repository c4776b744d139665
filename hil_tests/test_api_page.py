"""The page of the API is of the sources, and has every public name with what it says of itself."""

from __future__ import annotations

import ast
import re

import pytest

import host_sdk

from .api_page import PAGE, SECTIONS, Source, page


def test_the_page_is_of_these_sources() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run `make gen`"


def test_every_public_name_has_its_part() -> None:
    titles = [line.split("`")[1] for line in page().splitlines() if line.startswith("### ")]
    public = set(host_sdk.__all__) - {"__version__", *host_sdk._MODULES}
    assert set(titles) >= public
    assert {home for name, home in host_sdk._HOMES.items() if name in public} == {
        module for modules in SECTIONS.values() for module in modules
    }


@pytest.mark.parametrize("name", sorted(set(host_sdk._HOMES) - {"UNIT_SYMBOLS", "Item", "Listener"}))
def test_each_says_what_it_is(name: str) -> None:
    source, node = Source(host_sdk._HOMES[name]).find(name)
    assert isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
    assert ast.get_docstring(node)
    assert source.module


def test_attributes_that_a_constructor_makes_are_listed() -> None:
    lines = page().splitlines()
    assert "- `lost: VitalbandError | None`: Why the link went away; None while it has not." in lines
    assert "- `readings: dict[ReadingKind, Reading]`: The latest of each kind, with or without a value." in lines


def test_a_long_value_is_whole() -> None:
    assert ast.literal_eval(_value_of("UNIT_SYMBOLS")) == {
        f"Unit.{u.name}": s for u, s in host_sdk.UNIT_SYMBOLS.items()
    }


def _value_of(name: str) -> str:
    """The value that the page gives of a name, its keys in quotes."""
    code = page().split(f"### `{name}`\n\n```text\n")[1].split("```")[0]
    return re.sub(r"(Unit\.\w+)", r"'\1'", code)
