"""The functions behind the overloads tell the truth: what help() shows is what can be said."""

import inspect

import pytest

from streamz_core.dsl.faces import calls
from streamz_core.dsl.faces.cogroups import CogroupedStreams, WindowedCogrouped
from streamz_core.dsl.faces.grouped import Grouped, WindowedGrouped
from streamz_core.dsl.faces.routes import Split
from streamz_core.dsl.faces.stream import Stream
from streamz_core.dsl.faces.table import Table
from streamz_core.dsl.faces.tables.groups import GroupedTable

FACES = (
    *(Stream, Table, Split, Grouped, WindowedGrouped, GroupedTable),
    *(CogroupedStreams, WindowedCogrouped),
)
METHODS = {
    f"{face.__name__}.{name}": method
    for face in FACES
    for name, method in inspect.getmembers(face, inspect.isfunction)
    if not name.startswith("_")
}
OPTIONS = {
    "name",
    "with_key",
    "with_keys",
    "with_context",
    "key",
    "value",
    "store",
    "stores",
    "materialized",
    "retention",
    "initial",
    "subtract",
    "pairs",
    "on",
    "merge",
    "emit",
    "headers",
    "how",
    "within",
    "by",
    "before",
    "after",
    "grace",
    "partitions",
    "clock",
    "start",
    "running",
    "partitioner",
    "label",
    "file",
    "concurrency",
    "timeout",
    "order",
    "size",
}


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
def test_every_option_is_named(method):
    parameters = inspect.signature(method).parameters.values()
    assert not [each for each in parameters if each.kind is each.VAR_KEYWORD]
    assert {each.name for each in parameters if each.kind is each.KEYWORD_ONLY} <= OPTIONS


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
def test_every_option_of_its_own_is_told(method):
    """Those of all operators stand in the docstring of the class."""
    general = {
        "name",
        "with_key",
        "store",
        "stores",
        "materialized",
        "retention",
        "initial",
        "emit",
        "headers",
    }
    parameters = inspect.signature(method).parameters.values()
    own = {each.name for each in parameters if each.kind is each.KEYWORD_ONLY} - general
    assert not [name for name in own if f"`{name}" not in method.__doc__]


def test_what_type_checkers_are_told_is_what_can_be_said():
    """An option of a shape that no method takes would be refused when the program runs."""
    shapes = [each for each in vars(calls).values() if hasattr(each, "__required_keys__")]
    said = {name for shape in shapes for name in shape.__annotations__}
    taken = {name for method in METHODS.values() for name in inspect.signature(method).parameters}
    assert said
    assert said <= taken
