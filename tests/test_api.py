"""The public face: what it has is pinned in tests/fixtures/api.txt, each name in one place alone."""

import importlib
import inspect
import pkgutil

import pytest

import streamz_core
from tests.golden import api


def rooms():
    """Every package below the face: what their `__init__` hold could be imported from there too."""
    for each in pkgutil.walk_packages(streamz_core.__path__, "streamz_core."):
        if each.ispkg:
            yield importlib.import_module(each.name)


def elsewhere(module):
    """Public names that `module` gives too."""
    things = {name: getattr(streamz_core, name) for name in streamz_core.__all__}
    return [
        f"{module.__name__}.{name} is streamz_core.{public}"
        for name, value in vars(module).items()
        for public, thing in things.items()
        if value is thing
    ]


def test_a_public_name_is_imported_from_one_place():
    assert [told for room in rooms() for told in elsewhere(room)] == []


def test_a_second_place_is_seen():
    second = type(streamz_core)("second")
    second.Flow = streamz_core.Stream
    assert elsewhere(second) == ["second.Flow is streamz_core.Stream"]


def test_nothing_is_public_without_being_said():
    names = {name for name in vars(streamz_core) if not name.startswith("_")}
    loaded = {name for name in names if inspect.ismodule(getattr(streamz_core, name))}
    assert names - loaded - {"Any"} == set(streamz_core.__all__)
    assert streamz_core.__all__ == sorted(streamz_core.__all__)


@pytest.mark.parametrize(
    "name, line",
    [
        ("App", "    run(self, until: str | None=None, **overrides: Any) -> None"),
        ("Store", "    name: str"),
        ("Context", "    @property wall_time(self) -> int"),
        ("StorageFull", "class StorageFull(Retriable, StreamzError, Exception)"),
        ("sliding", "sliding(difference: Duration, *, grace: Duration=0) -> Window"),
    ],
)
def test_the_page_tells_what_is_there(name, line):
    assert line in api.told(name).splitlines()


def test_overloads_are_told_and_not_what_stands_behind_them():
    told = api.told("Stream")
    assert told.count("    filter(") == 7
    assert "**options: Any" not in told
    assert "_step" not in told
