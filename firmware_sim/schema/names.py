"""Whether generated code has every name once: two names of the schema may become one constant or class."""

from __future__ import annotations

import ast

from .errors import SchemaError


def check_names(path: str, text: str) -> None:
    """Raise SchemaError where a generated module is no Python, or gives a name to two things."""
    try:
        tree = ast.parse(text, path)
        compile(tree, path, "exec")
    except SyntaxError as error:
        raise SchemaError(f"{path}:{error.lineno}: would be no Python: {error.msg}") from error
    _check_body(path, tree.body)
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            _check_body(f"{path}: {node.name}", node.body)


def _check_body(where: str, body: list[ast.stmt]) -> None:
    seen: set[str] = set()
    for node in body:
        for name in _names(node):
            if name in seen:
                raise SchemaError(f"{where}: two names of the schema become {name!r}")
            seen.add(name)


def _names(node: ast.stmt) -> list[str]:
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        return [node.name]
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    return [target.id for target in targets if isinstance(target, ast.Name)]
