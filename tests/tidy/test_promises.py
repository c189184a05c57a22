"""Every public name tells what it gives and how it fails: the docstring is the promise.

What a machine can check of that: there is a docstring of some words; what it takes is written out, but for settings; a function that raises an error of
this library, itself or through private functions beside it, names the error, or the class of the error's
family; a class may name an error once for all its methods.
"""

import ast
import inspect
import re
from collections.abc import Iterator, Mapping

import pytest

import streamz_core
from streamz_core import errors
from tests.golden.api import body, decorators, named

WORDS = 4
SETTINGS = {"settings", "overrides"}  # of which there is a table
ERRORS = {name: each for name, each in vars(errors).items() if inspect.isclass(each)}
Function = ast.FunctionDef | ast.AsyncFunctionDef


def rule_promises(name: str, node: ast.stmt, beside: list[ast.stmt]) -> Iterator[str]:
    """Of a public class or function: what it leaves unsaid. `beside`: the module it stands in."""
    if isinstance(node, Function):
        yield from unsaid(name, node, functions(beside), "")
        return
    assert isinstance(node, ast.ClassDef)
    told = ast.get_docstring(node) or ""
    if words(told) < WORDS:
        yield f"{name}: its docstring must say what it is, in {WORDS} words at least"
    known = {
        **functions(beside),
        **{f"self.{key}": each for key, each in functions(node.body).items()},
    }
    for method in functions(node.body).values():
        if not method.name.startswith("_"):
            yield from unsaid(f"{name}.{method.name}", method, known, told)


def unsaid(name: str, node: Function, known: Mapping[str, Function], shared: str) -> Iterator[str]:
    told = ast.get_docstring(node) or ""
    if words(told) < WORDS:
        yield f"{name}: its docstring must say what it gives, in {WORDS} words at least"
    rest = node.args.kwarg
    if rest is not None and rest.arg not in SETTINGS:
        yield f"{name}: of **{rest.arg} help() tells nothing; write out what it takes"
    for error in sorted(raised(node, known, set())):
        family = {each.__name__ for each in ERRORS[error].__mro__} & set(ERRORS)
        if not family & set(re.findall(r"\w+", f"{told} {shared}")):
            yield f"{name}: raises {error}; its docstring, or that of its class, must name it"


def functions(nodes: list[ast.stmt]) -> dict[str, Function]:
    """By name; of overloads the one behind them."""
    return {
        each.name: each
        for each in nodes
        if isinstance(each, Function) and "overload" not in decorators(each)
    }


def raised(node: Function, known: Mapping[str, Function], seen: set[str]) -> set[str]:
    """Names of our errors that it raises, itself or through what is private beside it."""
    found = set()
    for each in ast.walk(node):
        if isinstance(each, ast.Raise) and each.exc is not None:
            made = each.exc.func if isinstance(each.exc, ast.Call) else each.exc
            found |= {ast.unparse(made)} & set(ERRORS)
        called = ast.unparse(each.func) if isinstance(each, ast.Call) else ""
        private = called.removeprefix("self.").startswith("_")
        if private and called in known and called not in seen:
            seen.add(called)
            found |= raised(known[called], known, seen)
    return found


def words(text: str) -> int:
    return len(re.findall(r"\w+", text))


def face() -> Iterator[tuple[str, ast.stmt, list[ast.stmt]]]:
    """Every public name with what stands behind it here; a class with its bases."""
    for name in streamz_core.__all__:
        thing = getattr(streamz_core, name)
        for each in thing.__mro__ if inspect.isclass(thing) else [thing]:
            if each.__module__.startswith("streamz_core."):
                beside = body(each.__module__)
                *_, node = (one for one in beside if named(one, each.__name__))  # behind overloads
                yield each.__name__, node, beside


def test_the_face_keeps_its_promises():
    told = {each for one in face() for each in rule_promises(*one)}
    assert not told, "\n" + "\n".join(sorted(told))


def test_the_face_is_found():
    names = {name for name, _, _ in face()}
    assert {"App", "Builder", "Stream", "Table", "tumbling", "StreamzError"} <= names


def complaints(text):
    code = ast.parse(text)
    return [told for node in code.body for told in rule_promises(node.name, node, code.body)]


SAYS = '"""What it is, in some words."""'
THROUGH = f"""
class C:
    {SAYS}
    def f(self):
        {SAYS}
        self._g()
    def _g(self): self._h()
    def _h(self): raise Fenced from None
"""
BAD = {
    "no docstring": ("def f(): pass", "f: its docstring must say what it gives"),
    "its name again": ('def total(): """The total."""', "total: its docstring must say"),
    "a class": ("class C: pass", "C: its docstring must say what it is"),
    "a method": (f"class C:\n    {SAYS}\n    def f(self): pass", "C.f: its docstring must say"),
    "an overload alone": (
        f"class C:\n    {SAYS}\n    @overload\n    def f(self): {SAYS}\n    def f(self): pass",
        "C.f: its docstring must say",
    ),
    "an error": (f"def f():\n    {SAYS}\n    raise Misuse('x')", "f: raises Misuse"),
    "options that nobody names": (f"def f(**options): {SAYS}", "of **options help() tells"),
    "through another": (
        THROUGH,
        "C.f: raises Fenced",
    ),
    "another error": (
        'def f():\n    """Gives what is there, else Fenced."""\n    raise Corrupt("x")',
        "f: raises Corrupt",
    ),
}
GOOD = {
    "settings": f"def f(**settings): {SAYS}",
    "named": 'def f():\n    """What is there; Corrupt if not."""\n    raise Corrupt("x")',
    "its family": 'def f():\n    """Gives what is there; else Misuse."""\n    raise TopologyError("x")',
    "by the class": THROUGH.replace(SAYS, '"""What it is; if it cannot be: Fenced."""', 1),
    "of others": f"def f():\n    {SAYS}\n    raise KeyError",
    "private": f"class C:\n    {SAYS}\n    def _f(self): raise Misuse",
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_example_is_refused(name):
    text, expected = BAD[name]
    (told,) = complaints(text)
    assert expected in told


@pytest.mark.parametrize("name", GOOD)
def test_a_good_example_passes(name):
    assert complaints(GOOD[name]) == []
