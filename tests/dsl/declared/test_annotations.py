"""Annotations that nobody may evaluate yet: really so since Python 3.14, by a stand-in before.

The functions are compiled from text: as 3.14 has them there, and under the __future__ import before,
where the same source would not even load without.
"""

import __future__

import importlib.util
import inspect
import sys
from enum import IntEnum
from functools import partial, wraps
from types import ModuleType, SimpleNamespace
from typing import ForwardRef, get_type_hints

import pytest

from streamz_core.codecs.annotation import codec_for
from streamz_core.dsl.builder import Builder
from streamz_core.dsl.declared import annotations, functions
from streamz_core.dsl.declared.functions import check_function, first_argument_type, result_type
from streamz_core.errors import TopologyError

LAZY = sys.version_info >= (3, 14)

SOURCE = """
from typing import TYPE_CHECKING

from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Iterator
    from nowhere import Nothing, nothing

def whole(value: Nothing) -> Later: ...
def several(value: nothing.Thing | None) -> Iterator[tuple[str, Later]]: ...
def optional(value: Nothing, other: Nothing = None) -> Later | None: ...
def said(value: int, other: Nothing) -> int: ...
def dangling(value: int) -> list[Nothing]: ...
def inside():
    class Inner: ...
    def make(value: Nothing) -> Inner: return Inner()
    return make, Inner

class Callable:
    def __init__(self, value: Nothing = None): ...
    def __call__(self, value: Nothing) -> Later: ...
    def method(self, value: Nothing) -> Later: ...

@frozen
class Later:
    url: str
"""


class Format(IntEnum):
    """As annotationlib's."""

    VALUE = 1
    FORWARDREF = 3
    STRING = 4


def evaluated(text, names, form):
    """One annotation, as 3.14 gives it."""
    if form == Format.STRING or not isinstance(text, str):
        return text
    try:
        said = SimpleNamespace(__annotations__={"said": text})
        return get_type_hints(said, globalns=names)["said"]
    except NameError:
        if form == Format.VALUE:
            raise
        return ForwardRef(text)


def load(monkeypatch, text, **names):
    """A module of that text."""
    module = ModuleType("lazy")
    vars(module).update(names)
    monkeypatch.setitem(sys.modules, "lazy", module)
    flags = 0 if LAZY else __future__.annotations.compiler_flag
    exec(compile(text, "lazy", "exec", flags, dont_inherit=True), vars(module))
    return module


@pytest.fixture
def lazy(monkeypatch):
    """The functions of SOURCE. Whoever looks at their annotations evaluates them, but for who asks for less."""
    module = load(monkeypatch, SOURCE)
    if not LAZY:
        stand_in(monkeypatch, vars(module))
    return module


def stand_in(monkeypatch, names):
    """Let the part of annotations.py that is for 3.14 stand, on what 3.14 would answer."""
    tell = inspect.signature

    def get_annotations(fn, *, format=Format.VALUE):
        found = getattr(fn, "__annotations__", {})
        return {name: evaluated(text, names, format) for name, text in found.items()}

    def signature(fn, *, annotation_format=Format.VALUE):
        found = tell(fn)
        for each in found.parameters.values():
            evaluated(each.annotation, names, annotation_format)
        return found

    library = SimpleNamespace(Format=Format, get_annotations=get_annotations)
    monkeypatch.setattr(inspect, "signature", signature)
    with monkeypatch.context() as patch:
        patch.setitem(sys.modules, "annotationlib", library)
        patch.setattr(sys, "version_info", (3, 14, 0, "final", 0))
        spec = importlib.util.spec_from_file_location("annotations_314", annotations.__file__)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    for name in ("signature", "hints", "written"):
        monkeypatch.setattr(functions, name, getattr(module, name))


def wrapped(fn):
    @wraps(fn)
    def inner(*args):
        return fn(*args)

    return inner


def test_looking_at_them_is_too_early(lazy):
    for fn in (lazy.whole, lazy.several, lazy.Callable, lazy.Callable().method):
        with pytest.raises(NameError, match=r"[Nn]othing"):
            inspect.signature(fn)


def test_a_step_takes_functions_of_every_kind(lazy):
    shapes = [
        lazy.whole,
        wrapped(lazy.whole),
        partial(lazy.optional, other=1),
        lazy.Callable(),
        lazy.Callable().method,
        lazy.Callable,
        len,
    ]
    for fn in shapes:
        check_function("step", fn, ("value",), many=False)
        with pytest.raises(TopologyError, match=r"step: .*too many positional|step: .*takes"):
            check_function("step", fn, ("key", "value", "more"), many=False)


def test_a_refusal_shows_them_as_written(lazy):
    with pytest.raises(TopologyError, match=r"step: optional\(value: 'Nothing', .*-> 'Later \| No"):
        check_function("step", lazy.optional, ("a", "b", "c"), many=False)


def test_types_are_found_by_the_time_they_are_needed(lazy):
    later = lazy.Later
    for fn in (lazy.whole, wrapped(lazy.whole), partial(lazy.whole, 1), lazy.Callable().method):
        assert result_type(fn, (), "step") is later
    assert result_type(lazy.Callable(), (), "step") is later
    assert result_type(lazy.optional, (), "step") == later | None
    assert result_type(lazy.several, ("each", 0), "step") is str
    assert result_type(lazy.several, ("each", 1), "step") is later
    assert first_argument_type(lazy.said, "step") is int


@pytest.mark.skipif(not LAZY, reason="before 3.14 a text does not know what surrounds it")
def test_a_class_of_an_enclosing_function_is_found(lazy):
    make, inner = lazy.inside()
    assert result_type(make, (), "step") is inner


def test_what_never_exists_is_told_with_the_step_and_as_written(lazy):
    told = r"n: its annotation 'list\[Nothing\]' cannot be resolved: .*'Nothing'.*TYPE_CHECKING"
    with pytest.raises(TopologyError, match=told):
        result_type(lazy.dangling, (), "n")
    with pytest.raises(TopologyError, match=r"n: its annotation 'Nothing' cannot be resolved"):
        first_argument_type(lazy.whole, "n")


JOB = """
from attrs import frozen

clicks = app.stream("clicks", key=str, value=int)

@clicks.map_values
def seen(click: Nothing) -> Seen: ...

@seen.group_by_key().aggregate
@frozen
class Total:
    number: int = 0
    def add(self, value: Nothing) -> Total: ...

def nobody() -> Crowd: ...

@seen.group_by_key().aggregate(initial=nobody)
def crowds(crowd, value: Nothing): ...

@clicks.map_values
def dangling(click: int) -> Nothing: ...

@frozen
class Seen:
    url: str
    before: Seen | None
    crowd: Crowd

@frozen
class Crowd:
    size: int = 0
"""


@pytest.mark.usefixtures("lazy")
def test_a_job_may_stand_above_its_classes(monkeypatch):
    app = Builder("shop")
    job = load(monkeypatch, JOB, app=app)
    codecs = {node.name: node.value for node in app.build().nodes}
    assert codecs["seen"] is codec_for(job.Seen)
    assert codecs["Total"] is codec_for(vars(job)["Total"].__wrapped__)
    assert codecs["crowds"] is codec_for(job.Crowd)
    value = job.Seen("/", job.Seen("/a", None, job.Crowd(1)), job.Crowd(2))
    assert codecs["seen"].decode(codecs["seen"].encode(value)) == value
    job.dangling.to("dangling")
    with pytest.raises(TopologyError, match=r"annotation 'Nothing' cannot be resolved"):
        app.build()
