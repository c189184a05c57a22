"""How large things may be: files, functions, classes, rooms."""

import ast
from collections.abc import Iterator

import pytest

from tests.tidy.house import PACKAGES, SENTENCE, complaints, gone, house, keeps, nothing, shipped

FILE_LINES, FUNCTION_LINES, ROOM_FILES, PUBLIC_METHODS, ATTRIBUTES = 600, 70, 14, 20, 12

# Classes that may have more methods: every operator is a method of a facade, every question to the
# machine one of the door, every question to the log one of the seam, every path one of the layout.
WIDE = (
    "streamz_core/app.py",
    "streamz_core/broker/backend.py",
    "streamz_core/broker/embedded.py",
    "streamz_core/dsl/",
    "streamz_core/env/",
    "streamz_core/log/chain/layout.py",
    "streamz_core/testing/simulator/",
)

# Classes that may have more attributes, each with its reason.
LOADED: dict[str, str] = {
    "streamz_core/log/records/state.py:State": "what all processes agree on, each attribute one thing that the chain tells",
    "streamz_core/testing/simulator/simulation.py:Simulation": "the state of a whole run, each attribute one fact of it",
}


def rule_size(path: str, text: str) -> Iterator[str]:
    lines = text.count("\n")
    if lines > FILE_LINES:
        yield f"{lines} lines (at most {FILE_LINES}): find the second thing this file does"


def rule_functions(_: str, code: ast.Module) -> Iterator[str]:
    for node in ast.walk(code):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or 0) - node.lineno + 1
            if lines > FUNCTION_LINES:
                yield f"line {node.lineno}: {node.name} has {lines} lines, at most {FUNCTION_LINES}"


def rule_methods(path: str, code: ast.Module) -> Iterator[str]:
    if path.startswith(WIDE) or not path.startswith(PACKAGES):
        return
    for node in classes(code):
        names = {each.name for each in node.body if isinstance(each, ast.FunctionDef)}
        public = sum(not name.startswith("_") for name in names)
        if public > PUBLIC_METHODS:
            yield f"line {node.lineno}: {node.name} has {public} public methods, at most 20"


def rule_attributes(path: str, code: ast.Module) -> Iterator[str]:
    """What a class sets on `self`: with more than a dozen it is two classes."""
    if not path.startswith(PACKAGES):
        return
    for node in classes(code):
        count = len(attributes(node))
        if count > ATTRIBUTES and f"{path}:{node.name}" not in LOADED:
            yield f"line {node.lineno}: {node.name} has {count} attributes, at most {ATTRIBUTES}"


def attributes(node: ast.ClassDef) -> set[str]:
    set_ = (each for each in ast.walk(node) if isinstance(each, ast.Attribute))
    return {
        each.attr
        for each in set_
        if isinstance(each.ctx, ast.Store) and ast.unparse(each.value) == "self"
    }


def classes(code: ast.Module) -> Iterator[ast.ClassDef]:
    return (node for node in ast.walk(code) if isinstance(node, ast.ClassDef))


def rule_rooms(paths: list[str]) -> Iterator[str]:
    """Of all modules: how many a room has, and that it is a package (else no tool sees it)."""
    rooms: dict[str, set[str]] = {}
    for path in paths:
        folder, _, name = path.rpartition("/")
        rooms.setdefault(folder, set()).add(name)
    for folder, names in sorted(rooms.items()):
        if "__init__.py" not in names:
            yield f"{folder}: no __init__.py"
        if len(names - {"__init__.py"}) > ROOM_FILES:
            yield f"{folder}: {len(names) - 1} files, at most {ROOM_FILES}: build a room in it"


RULES = (rule_size,)
CODE_RULES = (rule_functions, rule_methods, rule_attributes)


def test_nothing_is_too_large():
    keeps(RULES, CODE_RULES)
    nothing(rule_rooms(shipped(house())))


def test_exceptions_name_what_is_there():
    files = house()
    assert gone(WIDE, files) == []
    for name in LOADED:
        path, _, of = name.partition(":")
        found = [
            len(attributes(each))
            for each in classes(ast.parse(files.get(path, "")))
            if each.name == of
        ]
        assert found, f"{name} is gone, and its exception with it"
        assert found[0] > ATTRIBUTES, f"{name} needs no exception any more"


LONG = "def f():\n" + "    x = 1\n" * 70
METHODS = "class C:\n" + "".join(f"    def m{n}(self): ...\n" for n in range(21))
SETS = "class C:\n    def __init__(self):\n" + "".join(
    f"        self.a{n} = 1\n" for n in range(12)
)
ONE_MORE = "    def f(self):\n        for self.i, (self.a1, x) in []: self.a2 += x\n"
BAD = {
    "lines": ("streamz_core/log/a.py", "\n" * 600, "601 lines"),
    "long function": ("tests/test_a.py", LONG, "f has 71 lines"),
    "wide class": ("streamz_core/log/a.py", METHODS, "C has 21 public methods"),
    "loaded class": (
        "state/streamz_state/a.py",
        SETS + ONE_MORE,
        "C has 13 attributes, at most 12",
    ),
}
GOOD = {
    "facade": ("streamz_core/dsl/a.py", METHODS),
    "twelve": ("streamz_core/log/a.py", SETS),
    "of another": ("streamz_core/log/a.py", SETS + "    def f(self, o):\n        o.z = self.z\n"),
    "a test": ("tests/log/a.py", SETS + ONE_MORE),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_example_is_refused(name):
    path, text, expected = BAD[name]
    (told,) = complaints(path, SENTENCE + text, RULES, CODE_RULES)
    assert expected in told


@pytest.mark.parametrize("name", GOOD)
def test_a_good_example_passes(name):
    path, text = GOOD[name]
    assert complaints(path, SENTENCE + text, RULES, CODE_RULES) == []


def test_a_crowded_room_and_one_without_init_are_refused():
    room = [f"streamz_core/log/{name}.py" for name in "abcdefghijklmn"]
    assert list(rule_rooms(room)) == ["streamz_core/log: no __init__.py"]
    assert not list(rule_rooms([*room, "streamz_core/log/__init__.py"]))
    crowded = [*room, "streamz_core/log/__init__.py", "streamz_core/log/o.py"]
    assert "15 files, at most 14" in next(rule_rooms(crowded))
