"""The words of the resource, read from the code: its fields, and the reasons of its conditions."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args, get_origin

from pydantic import BaseModel
from pydantic.alias_generators import to_camel

import sigopt_operator.api
from sigopt_operator.plan.trouble import OUR_CODES

PACKAGE = Path(sigopt_operator.api.__file__).parents[1]
USUAL = frozenset({"NotStarted", "InProgress", "Deleting", "Ready", "Degraded"})
"""Reasons that say how far a part is; resource.md has them."""


def known_paths(model: type[BaseModel], prefix: str) -> set[str]:
    """Every field of a model and of those in it, such as `status.pools[].name`."""
    found = {f"{prefix}.{to_camel(name)}" for name in model.model_computed_fields}
    for name, field in model.model_fields.items():
        path = f"{prefix}.{to_camel(name)}"
        found.add(path)
        for inner, suffix in _models(field.annotation):
            found |= known_paths(inner, path + suffix)
    return found


def _models(annotation: Any) -> Iterator[tuple[type[BaseModel], str]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation, ""
    suffix = "[]" if get_origin(annotation) is tuple else ""
    for argument in get_args(annotation):
        yield from ((model, suffix + rest) for model, rest in _models(argument))


def reasons() -> set[str]:
    """Every reason for which something is wrong, as the code gives it to a condition."""
    rooms = ("plan", "aws", "status", "cluster", "observe", "reconcile")
    files = (path for room in rooms for path in (PACKAGE / room).rglob("*.py"))
    found = {reason for path in files for reason in reasons_in(path)}
    return (found | set(OUR_CODES)) - USUAL


def reasons_in(path: Path) -> set[str]:
    """Those that one module gives."""
    tree = ast.parse(path.read_text())
    return {reason for node in ast.walk(tree) for reason in _reasons(node)}


def _reasons(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Call(
            func=ast.Name(id="Blocked" | "Fault" | "_unusable"), args=[ast.Constant(str(word)), *_]
        ):
            yield word
        case ast.Call(func=ast.Name(id="Told"), args=[_, _, ast.Constant(str(word)), *_]):
            yield word
        # A problem that preflight found: reason and message.
        case ast.Yield(value=ast.Tuple(elts=[ast.Constant(str(word)), _])):
            yield word
        case ast.FunctionDef(name="reason"):
            yield from _returned(node)


def _returned(function: ast.FunctionDef) -> Iterator[str]:
    for node in ast.walk(function):
        match node:
            case ast.Return(
                value=ast.Constant(str(word)) | ast.IfExp(orelse=ast.Constant(str(word)))
            ):
                yield word
