"""tests/fixtures/api.txt: the public face as text: every name of it, with what it takes and gives.

Read from the source, not from the objects: that shows the overloads, and the same under every Python.
In which base class a method stands is nobody's business and is not shown.
"""

import ast
import inspect
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from types import GenericAlias

import streamz_core

HEAD = """\
The public face of streamz_core. Made by `./dev golden`. What is taken from here, or changed, breaks programs:
it is said in CHANGELOG.md.
"""
Function = ast.FunctionDef | ast.AsyncFunctionDef


def page() -> str:
    return HEAD + "".join(f"\n{told(name)}" for name in sorted(streamz_core.__all__))


def told(name: str) -> str:
    thing = getattr(streamz_core, name)
    if isinstance(thing, GenericAlias):
        return f"{name} = {thing!r}\n"
    if not inspect.isclass(thing):
        *overloads, found = (each for each in body(thing.__module__) if named(each, name))
        return "".join(f"{signature(each)}\n" for each in overloads or [found])
    bases = [each.__name__ for each in thing.__mro__[1:] if each is not object and public(each)]
    lines = [f"class {name}({', '.join(bases)})", *map(indented, members(thing))]
    return "\n".join(lines) + "\n"


def members(thing: type) -> Iterator[str]:
    """The fields in their order, then `__init__` and the public methods by name."""
    seen: dict[str, list[str]] = {}
    for each in thing.__mro__:
        if not each.__module__.startswith("streamz_core."):
            continue
        own: dict[str, list[str]] = {}
        for node in class_body(each):
            if isinstance(node, ast.AnnAssign) and shown(name := ast.unparse(node.target)):
                own.setdefault(name, []).append(ast.unparse(node))
            if isinstance(node, Function) and (shown(node.name) or node.name == "__init__"):
                told = own.setdefault(node.name, [])
                if not (told and "overload" not in decorators(node)):  # the one behind overloads
                    told.append(signature(node))
        seen = {**own, **seen}
    fields = {name for name, told in seen.items() if "(" not in told[0].split(":")[0]}
    for name in [*(name for name in seen if name in fields), *sorted(set(seen) - fields)]:
        yield from seen[name]


def signature(node: Function) -> str:
    marks = [f"@{each} " for each in decorators(node) if each not in ("overload", "override")]
    gives = f" -> {ast.unparse(node.returns)}" if node.returns else ""
    return f"{''.join(marks)}{node.name}({ast.unparse(node.args)}){gives}"


def decorators(node: Function) -> list[str]:
    return [ast.unparse(each) for each in node.decorator_list]


def shown(name: str) -> bool:
    return not name.startswith("_")


def public(base: type) -> bool:
    return base.__name__ in streamz_core.__all__ or base is Exception


def class_body(thing: type) -> list[ast.stmt]:
    (found,) = (each for each in body(thing.__module__) if named(each, thing.__name__))
    assert isinstance(found, ast.ClassDef)
    return found.body


@cache
def body(module: str) -> list[ast.stmt]:
    path = Path(inspect.getfile(import_module(module)))
    return ast.parse(path.read_text()).body


def named(node: ast.stmt, name: str) -> bool:
    return isinstance(node, ast.ClassDef | Function) and node.name == name


def indented(text: str) -> str:
    return f"    {text}"
