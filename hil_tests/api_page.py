"""The page of the SDK's public names, made of their signatures and docstrings.

``python -m hil_tests.api_page`` writes `docs/api.md`; with ``--check`` it says whether the page is of these sources.
"""

from __future__ import annotations

import argparse
import ast
import inspect
import re
import sys
import textwrap
from pathlib import Path

import host_sdk

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "api.md"
_WIDTH = 118
#: Title: the modules whose public names it has, in this order.
SECTIONS = {
    "Connecting": (
        "connecting",
        "client",
        "reconnect",
        "alarm",
        "band_alarm",
        "connection_state",
        "backoff",
        "transports.ble",
        "transports.serial",
    ),
    "What comes": ("models", "state", "timeline", "json_items", "desaturation"),
    "Recording": ("recording.timed", "recording.recorder", "recording.recovery", "recording.metadata"),
    "Words": ("wire_gen",),
    "Errors": ("errors",),
    "Addresses and transports": ("transports.address", "transports.opening", "transports.base"),
}
VIRTUAL_RADIO = "Stock bleak on a simulated air, of the extra `sim`."
_Definition = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef | ast.Assign | ast.AnnAssign


class Source:
    """One module of the SDK, as text."""

    def __init__(self, module: str) -> None:
        self.module = module
        path = ROOT / "host_sdk" / (module.replace(".", "/") + ".py")
        text = path.read_text(encoding="utf-8")
        self.lines = text.splitlines()
        self.tree = ast.parse(text)

    def public(self) -> list[str]:
        """Its public functions and classes."""
        kinds = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
        return [node.name for node in self.tree.body if isinstance(node, kinds) and not node.name.startswith("_")]

    def find(self, name: str) -> tuple[Source, _Definition]:
        """Where a name is defined: here, or in the module that it is imported from; of overloads the last one."""
        found: tuple[Source, _Definition] | None = None
        for node in self.tree.body:
            if isinstance(node, ast.ImportFrom) and node.module and any(alias.name == name for alias in node.names):
                parent = self.module.rpartition(".")[0] if node.level == 1 else ""
                return Source(f"{parent}.{node.module}".lstrip(".")).find(name)
            if name in _defines(node):
                assert isinstance(node, _Definition)
                found = (self, node)
        if found is None:
            raise KeyError(f"host_sdk/{self.module}: no {name}")
        return found

    def comment(self, line: int) -> str:
        """What a `#:` comment right above a line says."""
        said: list[str] = []
        while line >= 2 and self.lines[line - 2].strip().startswith("#:"):
            line -= 1
            said.insert(0, self.lines[line - 1].strip().removeprefix("#:").strip())
        return " ".join(said)


def _defines(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        return [node.name]
    if isinstance(node, ast.Assign):
        return [target.id for target in node.targets if isinstance(target, ast.Name)]
    return [node.target.id] if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) else []


def _paragraphs(text: str, indent: str = "") -> list[str]:
    """A docstring's paragraphs as lines of the page; what is code in it is fenced."""
    lines: list[str] = []
    for paragraph in re.split(r"\n\s*\n", text):
        body = textwrap.dedent(paragraph)
        if re.match(r"(async with|with|await|stop =|>>>)", body):
            lines += [f"{indent}{line}".rstrip() for line in ("```py", *body.splitlines(), "```", "")]
        else:
            words = " ".join(body.split())
            lines += [*textwrap.wrap(words, _WIDTH, initial_indent=indent, subsequent_indent=indent), ""]
    return lines


def _signature(node: ast.FunctionDef | ast.AsyncFunctionDef, method: bool) -> str:
    arguments = ast.unparse(node.args)
    if method:
        arguments = re.sub(r"^(self|cls)(, )?", "", arguments)
    returns = "" if node.returns is None or ast.unparse(node.returns) == "None" else f" -> {ast.unparse(node.returns)}"
    word = "await " if isinstance(node, ast.AsyncFunctionDef) else ""
    return f"{word}{node.name}({arguments}){returns}"


def _entry(code: str, doc: str) -> list[str]:
    """A point of a list."""
    text = f"`{code}`" + (f": {' '.join(doc.split())}" if doc else "")
    return textwrap.wrap(text, _WIDTH, initial_indent="- ", subsequent_indent="  ", break_on_hyphens=False)


def _code(text: str) -> list[str]:
    """A value, as code over as many lines as it takes."""
    code = textwrap.wrap(text, _WIDTH, subsequent_indent="    ", break_long_words=False)
    return [f"`{text}`", ""] if len(code) == 1 else ["```text", *code, "```", ""]


def _decorators(node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> set[str]:
    return {ast.unparse(decorator).partition("(")[0] for decorator in node.decorator_list}


def _attributes(source: Source, node: ast.ClassDef) -> list[str]:
    """Public attributes that a constructor makes and a `#:` comment describes."""
    made = [member for member in node.body if isinstance(member, ast.FunctionDef) and member.name == "__init__"]
    lines: list[str] = []
    for statement in made[0].body if made else []:
        target = statement.targets[0] if isinstance(statement, ast.Assign) else getattr(statement, "target", None)
        if not isinstance(target, ast.Attribute) or ast.unparse(target.value) != "self" or target.attr.startswith("_"):
            continue
        if said := source.comment(statement.lineno):
            kind = f": {ast.unparse(statement.annotation)}" if isinstance(statement, ast.AnnAssign) else ""
            lines += _entry(target.attr + kind, said)
    return lines


def _members(source: Source, node: ast.ClassDef) -> list[str]:
    lines = _attributes(source, node)
    for member in node.body:
        if isinstance(member, ast.AnnAssign) and isinstance(member.target, ast.Name):
            name, kind = member.target.id, ast.unparse(member.annotation)
            if not name.startswith("_") and not kind.startswith("ClassVar"):
                lines += _entry(f"{name}: {kind}", source.comment(member.lineno))
        elif isinstance(member, ast.FunctionDef | ast.AsyncFunctionDef) and not member.name.startswith("_"):
            code = _signature(member, method=True)
            if "wire." in code:  # of the wire's messages, which programs do not see
                continue
            doc = (ast.get_docstring(member) or "").split("\n\n")
            plain = " ".join(part for part in doc if not re.match(r"\s*(async with|await|stop =)", part))
            made = "property" in _decorators(member)
            returns = f": {ast.unparse(member.returns)}" if member.returns else ""
            code = f"{member.name}{returns}" if made else code
            lines += _entry(code, plain)
    return lines


def _enumeration(node: ast.ClassDef) -> list[str]:
    names = [
        member.targets[0].id
        for member in node.body
        if isinstance(member, ast.Assign)
        if isinstance(member.targets[0], ast.Name)
    ]
    return textwrap.wrap(", ".join(f"`{name}`" for name in names), _WIDTH) if names else []


def _definition(name: str, module: str) -> list[str]:
    """The part of the page about one name."""
    source, node = Source(module).find(name)
    lines = [f"### `{name}`", ""]
    if isinstance(node, ast.Assign | ast.AnnAssign):
        said = source.comment(node.lineno)
        return [*lines, *(_paragraphs(said) if said else _code(ast.unparse(node.value or node)))]
    if isinstance(node, ast.ClassDef):
        lines += _paragraphs(ast.get_docstring(node) or "")
        bases = {ast.unparse(base) for base in node.bases}
        members = _enumeration(node) if bases & {"Enum", "IntEnum", "IntFlag"} else _members(source, node)
        return [*lines, *members, *([""] if members else [])]
    code = textwrap.wrap(_signature(node, method=False), _WIDTH, subsequent_indent="    ", break_long_words=False)
    return [*lines, "```text", *code, "```", "", *_paragraphs(ast.get_docstring(node) or "")]


def page() -> str:
    """The whole page."""
    homes = host_sdk._HOMES
    lines = ["# API", "", "Generated from the docstrings of `host_sdk` by `make gen`: do not edit.", ""]
    lines += ["What is here is imported from the top, as in `from host_sdk import connect`; `host_sdk.blocking` and"]
    lines += ["`host_sdk.virtual_radio` are modules of their own. How it is used: [sdk.md](sdk.md).", ""]
    for title, modules in SECTIONS.items():
        lines += [f"## {title}", ""]
        for module in modules:
            for name in (name for name, home in homes.items() if home == module):
                lines += _definition(name, module)
    lines += ["## `host_sdk.blocking`", ""]
    blocking = Source("blocking")
    lines += _paragraphs(ast.get_docstring(blocking.tree) or "")
    for name in blocking.public():
        lines += _definition(name, "blocking")
    lines += ["## `host_sdk.virtual_radio`", "", *_paragraphs(VIRTUAL_RADIO)]
    for module in ("virtual_radio.simulated", "virtual_radio.installing"):
        for name in Source(module).public():
            lines += _definition(name, module)
    return "\n".join(lines).rstrip() + "\n"


def main() -> int:
    """Write the page, or compare; 1 where it differs."""
    parser = argparse.ArgumentParser(prog="python -m hil_tests.api_page", description=inspect.getdoc(main))
    parser.add_argument("--check", action="store_true", help="only say whether it is of these sources")
    if not parser.parse_args().check:
        PAGE.write_text(page(), encoding="utf-8")
        return 0
    if PAGE.exists() and PAGE.read_text(encoding="utf-8") == page():
        return 0
    print(f"{PAGE.relative_to(ROOT)} is not of these sources: run `make gen`", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
