"""The firmware's source as it is frozen and compiled for stock boards: the same lines, fewer names on the heap.

What only type checkers need, and `const` and viper's pointer types, which MicroPython's compiler knows itself, is left
out. MicroPython folds a constant only where it is defined; here every `NAME = const(…)` is folded wherever it is used,
and a public one is no name of its module any more. Methods that only say that a subclass has them are left out.
Each module gets a function `_drop_unused`, for `main` to call once it is at work and all objects are made: it deletes
constructors, functions that only constructors call, what of a class only these look at, and the names that none of the
module's other functions wants, and returns the tables of names of the module's classes. For that each class has its
own, as `_names`, where its docstring was.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_SPARED = (
    (r"^TYPE_CHECKING = False\nif TYPE_CHECKING:$", "\nif 0:"),
    (r"^from micropython import const$", ""),
    (r"^import micropython$", ""),
    (r"^from \.(\.viper|pointers) import [^(\n]*$", ""),
    (r"^from \.[a-z.]*scratch_use import works_in$", ""),
    (r"^ *@works_in\([^()\n]*\)$", ""),
    (r"\bworks_in\([^()\n]*\)\(([^()\n]+)\)", r"\1"),
)


#: What stands in a class, in place of its docstring: its own table of names.
_TABLE = "_names = locals()"
#: The check of who works where, which only tests need.
NOT_FROZEN = "scratch_use.py"
#: What only the helmet has: files and folders that would only take flash of a band.
HELMET_ONLY = (
    *("boards/helmet.py", "chains/crash_chain.py", "chains/impact_chain.py", "drivers/button.py", "drivers/gnss"),
    *("drivers/h3lis331dl.py", "drivers/modem", "drivers/sounder.py", "dsp/imu/crash.py", "roles/alarm_owner.py"),
    *("roles/alarm_requests.py", "roles/helmet.py", "roles/modem_carrier.py", "roles/phone_carrier.py"),
    *("services/alarm", "services/ble/band_link.py"),
)
#: What only CPython imports.
_OF_CPYTHON = ("nn/checked_pointers.py", "nn/hosted.py")
#: What a helmet has no use for.
BAND_ONLY = (
    *("boards/esp32s3.py", "boards/nrf52840.py", "boards/rp2350.py", "chains/ecg_chain.py", "chains/ppg_chain.py"),
    *("chains/pulses.py", "chains/skin_chain.py", "chains/wear.py", "drivers/max30101.py"),
    *("drivers/max30102_swapped.py", "dsp/contact_pressure.py", "dsp/ecg", "dsp/ppg", "dsp/wear.py", "networks", "nn"),
    "roles/band.py",
)
#: What an image of a role is frozen without.
_LEFT_OUT = {"band": HELMET_ONLY + _OF_CPYTHON, "helmet": BAND_ONLY + _OF_CPYTHON}
#: What an image with the kernels in C has no use for: the same in viper.
_IN_C_TOO = ("kernels/*_viper.py", "nn/kernels_*.py")


@dataclass
class _Module:
    """A module: its name (of which a package's is that of its folder), source and constants."""

    name: str
    package: list[str]
    tree: ast.Module
    text: str
    constants: dict[str, int]


def frozen_sources(folder: Path, kernels_in_c: bool = False, board: str = "", role: str = "band") -> dict[Path, str]:
    """Source to be frozen by path, of all files of the package in `folder` that a role has a use for; without viper's
    kernels for those in C.

    With a `board` there are no others. ValueError for a constant that cannot be folded, or whose name something else
    has as well.
    """
    files = {path.relative_to(folder): path for path in sorted(folder.rglob("*.py"))}
    paths = [path for file, path in files.items() if not _is_left_out(file, board, role)]
    modules = {path: _module(folder, path) for path in paths}
    by_name = {module.name: module for module in modules.values()}
    for module in modules.values():
        _evaluate(module, by_name)
    frozen = {
        path: module
        for path, module in modules.items()
        if path.name != NOT_FROZEN and not (kernels_in_c and _is_in_c_too(path.relative_to(folder)))
    }
    texts = {module.name: _spare(_folded(module, by_name)) for module in frozen.values()}
    trees = {name: ast.parse(text) for name, text in texts.items()}
    spent = _spent(trees)
    wanted = _wanted(by_name, trees, spent)
    used = {name for tree in trees.values() for name in _names_kept(tree, spent, False)}
    return {
        path.relative_to(folder): texts[module.name] + _dropping(trees[module.name], wanted[module.name], spent, used)
        for path, module in frozen.items()
    }


def _is_left_out(path: Path, board: str, role: str) -> bool:
    if board and path.parent.name == "boards" and path.stem not in (board, "__init__"):
        return True
    return any(path.is_relative_to(unused) for unused in _LEFT_OUT[role])


def _is_in_c_too(path: Path) -> bool:
    return any(path.match(pattern) for pattern in _IN_C_TOO)


def _module(folder: Path, path: Path) -> _Module:
    text = path.read_text(encoding="utf-8")
    parts = list(path.relative_to(folder).with_suffix("").parts)
    package = parts[:-1]
    name = ".".join(package if parts[-1] == "__init__" else parts)
    return _Module(name, package, ast.parse(text), text, {})


def _spare(text: str) -> str:
    for pattern, instead in _SPARED:
        text = re.sub(pattern, instead, text, flags=re.MULTILINE)
    return text


def _definitions(tree: ast.Module) -> Iterator[tuple[ast.Assign, str, ast.expr]]:
    """Statements `NAME = const(value)`."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and isinstance(node.targets[0], ast.Name):
            called = node.value.func
            if isinstance(called, ast.Name) and called.id == "const":
                yield node, node.targets[0].id, node.value.args[0]


def _imports(module: _Module) -> Iterator[tuple[ast.ImportFrom, str]]:
    """Imports out of the package, and the module or package that each is from; those for type checkers left out."""
    todo: list[ast.AST] = list(module.tree.body)
    while todo:
        node = todo.pop()
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            continue
        if isinstance(node, ast.ImportFrom) and node.level:
            home = module.package[: len(module.package) - node.level + 1]
            yield node, ".".join(home + (node.module.split(".") if node.module else []))
        todo += ast.iter_child_nodes(node)


def _evaluate(module: _Module, by_name: dict[str, _Module]) -> None:
    """Find the values of a module's constants, and before them of those that they are made of."""
    if module.constants:
        return
    known: dict[str, object] = {}
    for node, home in _imports(module):
        if home in by_name and home != module.name:
            for alias in node.names:
                if any(alias.name == name for _, name, _ in _definitions(by_name[home].tree)):
                    _evaluate(by_name[home], by_name)
                    known[alias.asname or alias.name] = by_name[home].constants.get(alias.name)
    for _, name, value in _definitions(module.tree):
        known[name] = eval(compile(ast.Expression(value), module.name, "eval"), {"__builtins__": {}}, known)
        if isinstance(known[name], int):
            module.constants[name] = int(known[name])  # type: ignore[call-overload]


def _folded(module: _Module, by_name: dict[str, _Module]) -> str:
    """The module's source with numbers for its public constants and for those of others."""
    public = {name: value for name, value in module.constants.items() if not name.startswith("_")}
    values = dict(public)
    edits: list[tuple[ast.expr | ast.stmt, str]] = []
    others: dict[str, dict[str, int]] = {}
    for node, home in _imports(module):
        constants = by_name[home].constants if home in by_name else {}
        kept = [alias for alias in node.names if alias.name not in constants]
        for alias in node.names:
            if alias.name in constants:
                values[alias.asname or alias.name] = constants[alias.name]
            elif f"{home}.{alias.name}".lstrip(".") in by_name:
                others[alias.asname or alias.name] = by_name[f"{home}.{alias.name}".lstrip(".")].constants
        if len(kept) < len(node.names):
            names = ", ".join(f"{a.name} as {a.asname}" if a.asname else a.name for a in kept)
            edits.append((node, f"from {'.' * node.level}{node.module or ''} import {names}" if kept else "pass"))
    edits += [(node, "pass") for node, name, _ in _definitions(module.tree) if name in public]
    edits += [
        (node, "pass") for node in ast.walk(module.tree) if isinstance(node, ast.FunctionDef) and _is_abstract(node)
    ]
    edits += [(docstring, _TABLE) for docstring in _docstrings(module.tree)]
    gone = {id(part) for node, _ in edits for part in ast.walk(node)}
    for part in ast.walk(module.tree):
        if id(part) in gone:
            continue
        if isinstance(part, ast.Name) and part.id in values:
            if not isinstance(part.ctx, ast.Load):
                raise ValueError(_taken(module, part.lineno, part.id))
            edits.append((part, f"({values[part.id]})"))
        elif isinstance(part, ast.arg) and part.arg in values:
            raise ValueError(_taken(module, part.lineno, part.arg))
        elif isinstance(part, ast.Attribute) and isinstance(part.value, ast.Name):
            value = others.get(part.value.id, {}).get(part.attr)
            if value is not None:
                edits.append((part, f"({value})"))
    return _edited(module.text, edits)


def _taken(module: _Module, line: int, name: str) -> str:
    return f"{module.name}, line {line}: {name} is a constant, in whose place its number stands; call this otherwise"


def _wanted(by_name: dict[str, _Module], trees: dict[str, ast.Module], spent: set[int]) -> dict[str, set[str]]:
    """By module the names that functions want which are not `spent`: its own, and others that have it as a whole."""
    wanted: dict[str, set[str]] = {name: set() for name in trees}
    for name, tree in trees.items():
        whole = {}
        for statement, home in _imports(by_name[name]):
            for alias in statement.names:
                other = f"{home}.{alias.name}".lstrip(".")
                if other in trees:
                    whole[alias.asname or alias.name] = other
        for function in ast.walk(tree):
            if isinstance(function, ast.FunctionDef | ast.Lambda) and id(function) not in spent:
                wanted[name] |= _loaded(function)
                for node in ast.walk(function):
                    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in whole:
                        wanted[whole[node.value.id]].add(node.attr)
    return wanted


def _spent(trees: dict[str, ast.Module]) -> set[int]:
    """Functions that have done their work once all objects are made, by `id`: constructors, and what only they call."""
    spent = {id(part) for tree in trees.values() for _, part in _methods(tree) if part.name == "__init__"}
    others = [part for tree in trees.values() for _, part in _methods(tree) if not part.name.startswith("__")]
    others += [part for tree in trees.values() for part in tree.body if isinstance(part, ast.FunctionDef)]
    while True:
        # what is called is spent with its caller, and what is had in another way may be kept and called later
        names = [name for tree in trees.values() for name in _names_kept(tree, spent)]
        called = {name for tree in trees.values() for name in _names_called(tree, spent)}
        found = {id(part) for part in others if part.name in called and part.name not in names} - spent
        if not found:
            return spent
        spent |= found


def _methods(tree: ast.Module) -> Iterator[tuple[str, ast.FunctionDef]]:
    """Classes but those of errors, which are made at any time, and their methods."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and not any(ast.unparse(base).endswith("Error") for base in node.bases):
            for part in node.body:
                if isinstance(part, ast.FunctionDef):
                    yield node.name, part


def _values(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Classes but those of errors, and what they are given beside methods."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and not any(ast.unparse(base).endswith("Error") for base in node.bases):
            for part in node.body:
                if isinstance(part, ast.Assign) and ast.unparse(part) != _TABLE and not _is_folded(part):
                    yield from ((node.name, target.id) for target in part.targets if isinstance(target, ast.Name))
                elif isinstance(part, ast.AnnAssign) and part.value and isinstance(part.target, ast.Name):
                    yield node.name, part.target.id


def _names_kept(tree: ast.Module, spent: set[int], and_kept: bool = True) -> Iterator[str]:
    """All that is named outside of `spent` functions, `and_kept`: and what these name without calling it at once."""
    todo: list[tuple[ast.AST, bool]] = [(tree, False)]
    while todo:
        node, is_spent = todo.pop()
        if isinstance(node, ast.FunctionDef | ast.Lambda):
            is_spent = id(node) in spent
        if is_spent and not and_kept:
            pass
        elif isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            yield node.id
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        parts = list(ast.iter_child_nodes(node))
        if is_spent and isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            parts[0] = node.func.value  # without its name, which is called
        elif is_spent and isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            del parts[0]
        todo += [(part, is_spent) for part in parts]


def _names_called(tree: ast.Module, spent: set[int]) -> Iterator[str]:
    """Functions that `spent` functions call."""
    for function in ast.walk(tree):
        if id(function) in spent:
            for node in ast.walk(function):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                    yield node.func.attr
                elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                    yield node.func.id


def _loaded(function: ast.FunctionDef | ast.Lambda) -> set[str]:
    """Names that a function looks at when it runs, which annotations are not."""
    hints = {id(part) for node in ast.walk(function) for hint in _hints(node) if hint for part in ast.walk(hint)}
    found = {node.id for node in ast.walk(function) if isinstance(node, ast.Name) and id(node) not in hints}
    if any(isinstance(node, ast.ImportFrom) for node in ast.walk(function)):  # which is relative to that
        found.add("__name__")
    return found


def _hints(node: ast.AST) -> tuple[ast.expr | None, ...]:
    if isinstance(node, ast.FunctionDef):
        return (node.returns,)
    return (node.annotation,) if isinstance(node, ast.arg | ast.AnnAssign) else ()


def _dropping(tree: ast.Module, wanted: set[str], spent: set[int], used: set[str]) -> str:
    """What follows a module's source: the function that deletes what it has in vain, and itself."""
    bound = {"_drop_unused"}
    for node in tree.body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            bound |= {alias.asname or alias.name for alias in node.names}
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            bound.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign) and not _is_folded(node):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            bound |= {part.id for target in targets for part in ast.walk(target) if isinstance(part, ast.Name)}
    names = sorted((bound | {"__name__"}) - wanted - {"*"})
    gone = [f"{name}.{part.name}" for name, part in _methods(tree) if id(part) in spent]
    gone += [f"{name}.{value}" for name, value in _values(tree) if value not in used] + names
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    tables = "".join(f"{node.name}._names, " for node in classes if ast.unparse(node.body[0]) == _TABLE)
    return f"def _drop_unused(): global {', '.join(names)}; tables = ({tables}); del {', '.join(gone)}; return tables"


def _docstrings(tree: ast.Module) -> Iterator[ast.stmt]:
    """The docstrings of classes."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and ast.get_docstring(node) is not None:
            yield node.body[0]


def _is_folded(node: ast.Assign | ast.AnnAssign) -> bool:
    """Whether it is `_NAME = const(…)`, which leaves no name."""
    return isinstance(node.value, ast.Call) and isinstance(node.value.func, ast.Name) and node.value.func.id == "const"


def _is_abstract(node: ast.FunctionDef) -> bool:
    """Whether a function does nothing but raise NotImplementedError; its decorators then count as its beginning."""
    last = node.body[-1]
    if len(node.body) > 2 or not isinstance(last, ast.Raise) or not isinstance(last.exc, ast.Name):
        return False
    if node.decorator_list:
        node.lineno = node.decorator_list[0].lineno
    return last.exc.id == "NotImplementedError"


def _edited(text: str, edits: list[tuple[ast.expr | ast.stmt, str]]) -> str:
    """The text with each node replaced, in as many lines as before."""
    lines = [line.encode() for line in text.split("\n")]
    for node, instead in sorted(edits, key=lambda edit: (edit[0].lineno, edit[0].col_offset), reverse=True):
        first, last = node.lineno - 1, (node.end_lineno or node.lineno) - 1
        whole = lines[first][: node.col_offset] + instead.encode() + lines[last][node.end_col_offset :]
        lines[first : last + 1] = [whole] + [b""] * (last - first)
    return b"\n".join(lines).decode()
