"""A fact about a kind stands once, beside the kind: nobody else asks which kind a thing is.

Whoever needs a new answer adds a column to the table of the kinds: topology/traits.py for nodes,
topology/windows.py for windows, KINDS in stores/ for stores.
"""

import ast
import inspect
from collections.abc import Iterator
from types import ModuleType

import pytest

from streamz_core.stores.kinds import KINDS
from streamz_core.topology import nodes, windows
from tests.tidy.house import PACKAGES, SENTENCE, complaints, gone, house, keeps


def kinds(module: ModuleType, base: type) -> set[str]:
    """The classes of a module that are kinds of `base`; what only is a `base` at all may be asked."""
    found = {name: each for name, each in vars(module).items() if inspect.isclass(each)}
    return {name for name, each in found.items() if issubclass(each, base) and each is not base}


# Module -> the kinds that it holds. A child may also be a hop: whether it is a Node is no question of kind.
NODE_KINDS = {
    nodes.__name__: kinds(nodes, nodes.Node),
    windows.__name__: kinds(windows, windows.Window),
}
STORE_KINDS = {*KINDS, "session", "versioned"}

# Who may ask a node what it is: the room that says so.
NODE_ROOMS = ("streamz_core/topology/",)
STORE_ROOMS = ("streamz_core/stores/",)

# Files that still ask, each with its reason.
ASKS_NODES: dict[str, str] = {}
ASKS_STORES: dict[str, str] = {}

ASKING = ("isinstance", "issubclass")


def rule_node_kinds(path: str, code: ast.Module) -> Iterator[str]:
    if not path.startswith(PACKAGES) or path.startswith(NODE_ROOMS) or path in ASKS_NODES:
        return
    yield from asked_of_nodes(code)


def asked_of_nodes(code: ast.Module) -> Iterator[str]:
    known = known_nodes(code)
    for node in ast.walk(code):
        for each in known & set(map(ast.unparse, answers(node))):
            yield (
                f"line {node.lineno}: asks whether something is a {each}: make that a column of "
                "topology/traits.py, a fact of the class, or a row of a table by kind"
            )


def known_nodes(code: ast.Module) -> set[str]:
    """How the file writes the kinds of nodes and windows: as it imported them."""
    found: set[str] = set()
    for node in ast.walk(code):
        if isinstance(node, ast.ImportFrom):
            for each in node.names:
                written = each.asname or each.name
                if each.name in NODE_KINDS.get(node.module or "", ()):
                    found.add(written)
                inside = NODE_KINDS.get(f"{node.module}.{each.name}", ())
                found |= {f"{written}.{name}" for name in inside}
    return found


def answers(node: ast.AST) -> Iterator[ast.AST]:
    """The expressions among which a kind is asked for: isinstance, `type(x) is`, `case Kind()`."""
    if isinstance(node, ast.Call) and ast.unparse(node.func) in ASKING and len(node.args) == 2:
        yield from ast.walk(node.args[1])
    if isinstance(node, ast.Compare):
        sides = [node.left, *node.comparators]
        if any(isinstance(each, ast.Call) and ast.unparse(each.func) == "type" for each in sides):
            yield from (part for each in sides for part in ast.walk(each))
    if isinstance(node, ast.MatchClass):
        yield node.cls


def rule_store_kinds(path: str, code: ast.Module) -> Iterator[str]:
    if not path.startswith(PACKAGES) or path.startswith(STORE_ROOMS) or path in ASKS_STORES:
        return
    yield from asked_of_stores(code)


def asked_of_stores(code: ast.Module) -> Iterator[str]:
    for node in ast.walk(code):
        parts = compared(node)
        asks = any(isinstance(each, ast.Attribute) and each.attr == "kind" for each in parts)
        words = {each.value for each in parts if isinstance(each, ast.Constant)} & STORE_KINDS
        if asks and words:
            yield (
                f"line {node.lineno}: asks whether a store is {', '.join(sorted(words))!r}: make that "
                "a column of KINDS in stores/"
            )


def compared(node: ast.AST) -> list[ast.AST]:
    if isinstance(node, ast.Compare):
        return [part for each in (node.left, *node.comparators) for part in ast.walk(each)]
    if isinstance(node, ast.Match):
        values = (each.pattern for each in node.cases)
        return [node.subject, *(part for each in values for part in ast.walk(each))]
    return []


CODE_RULES = (rule_node_kinds, rule_store_kinds)


def test_nobody_else_asks_for_kinds():
    keeps((), CODE_RULES)


def test_exceptions_are_needed():
    files = house()
    assert gone([*NODE_ROOMS, *STORE_ROOMS, *ASKS_NODES, *ASKS_STORES], files) == []
    for names, asked in ((ASKS_NODES, asked_of_nodes), (ASKS_STORES, asked_of_stores)):
        idle = [path for path in names if not list(asked(ast.parse(files.get(path, ""))))]
        assert idle == [], "these ask no more: their exceptions go"


N = "from streamz_core.topology import nodes as n\n"
F = "from streamz_core.topology.nodes import Filter, Sink as Exit, StoreSpec\n"
BAD = {
    "isinstance": (F + "isinstance(x, Filter)\n", "something is a Filter"),
    "one of several": (N + "isinstance(x, str | n.Map)\n", "something is a n.Map"),
    "in a tuple": (F + "isinstance(x, (int, Exit))\n", "something is a Exit"),
    "issubclass": (N + "issubclass(c, n.Sink)\n", "something is a n.Sink"),
    "type is": (N + "type(x) is n.Peek\n", "something is a n.Peek"),
    "type in": (F + "type(x) in (Filter, int)\n", "something is a Filter"),
    "case": (F + "match x:\n    case Filter(): pass\n", "something is a Filter"),
    "inside": (F + "def f():\n    return [x for x in y if isinstance(x, Filter)]\n", "line 4"),
    "store": ("spec.kind == 'window'\n", "a store is 'window'"),
    "other way": ("'plain' != a.spec.kind\n", "a store is 'plain'"),
    "window": (
        "from streamz_core.topology.windows import TimeWindows\nisinstance(w, TimeWindows)\n",
        "something is a TimeWindows",
    ),
    "several": ("s.kind in ('window', 'session')\n", "a store is 'session, window'"),
    "store's case": ("match s.kind:\n    case 'versioned': pass\n", "a store is 'versioned'"),
}
GOOD = {
    "a table": N + "EMITTERS = {n.Filter: 1}\nEMITTERS[type(node)]\n",
    "of the same name": "from os import Filter\nisinstance(x, Filter)\n",
    "no kind of node": F + "isinstance(x, StoreSpec)\n",
    "a node at all": N + "isinstance(x, n.Node)\n",
    "a window at all": "from streamz_core.topology.windows import Window\nisinstance(x, Window)\n",
    "another kind": "node.kind == 'count'\nspec.kind == other.kind\n",
    "a word": "name == 'window'\n",
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_example_is_refused(name):
    text, expected = BAD[name]
    (told,) = complaints("streamz_core/runtime/a.py", SENTENCE + text, (), CODE_RULES)
    assert expected in told
    assert complaints("tests/runtime/test_a.py", SENTENCE + text, (), CODE_RULES) == []
    here = STORE_ROOMS if "store" in expected else NODE_ROOMS
    assert complaints(f"{here[0]}a.py", SENTENCE + text, (), CODE_RULES) == []


@pytest.mark.parametrize("name", GOOD)
def test_a_good_example_passes(name):
    assert complaints("streamz_core/runtime/a.py", SENTENCE + GOOD[name], (), CODE_RULES) == []
