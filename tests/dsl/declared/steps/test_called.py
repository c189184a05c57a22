"""What map_async and map_batch can be told, and what is refused."""

from functools import partial

import pytest

from streamz_core import App
from streamz_core.errors import TopologyError
from streamz_core.topology.nodes import MapAsync, MapBatch


async def ask(value: str) -> int:
    return len(value)


def many(values: list[str]) -> list[int]:
    return list(map(len, values))


@pytest.fixture
def app():
    return App("shop")


@pytest.fixture
def lines(app):
    return app.stream("in", key=str, value=str)


def node(app, kind):
    graph = app.build()
    (found,) = (each for each in graph.nodes if isinstance(each, kind))
    return found


def test_what_is_said_and_the_defaults(app, lines):
    lines.map_async(ask, concurrency=3, timeout="2s", order="key")
    found = node(app, MapAsync)
    assert (found.concurrency, found.timeout_ms, found.by_key) == (3, 2000, True)
    assert (found.name, found.value.name) == ("ask", "int")


def test_the_defaults(app, lines):
    lines.map_async(ask)
    found = node(app, MapAsync)
    assert (found.concurrency, found.timeout_ms, found.by_key) == (16, 60_000, False)


def test_a_batch_and_its_result(app, lines):
    lines.map_batch(many)
    found = node(app, MapBatch)
    assert (found.size, found.value.name) == (256, "int")


def test_any_time(app, lines):
    lines.map_async(partial(ask), name="asked", timeout=None, value=int)
    assert node(app, MapAsync).timeout_ms is None


@pytest.mark.parametrize(
    "said, told",
    [
        ({"concurrency": 0}, "concurrency=0; it is a whole number, 1 at least"),
        ({"concurrency": True}, "concurrency=True"),
        ({"concurrency": 1.5}, "concurrency=1.5"),
        ({"timeout": 0}, "timeout=0 leaves no time"),
        ({"timeout": "soon"}, "asked, timeout"),
        ({"order": "none"}, "order='none'; it takes 'all' or 'key'"),
    ],
)
def test_what_cannot_be_said_of_calls(lines, said, told):
    with pytest.raises(TopologyError) as error:
        lines.map_async(ask, name="asked", **said)
    assert told in str(error.value)


@pytest.mark.parametrize("size", [0, -1, "2", 2.0, False])
def test_what_is_no_size(lines, size):
    with pytest.raises(TopologyError, match="size="):
        lines.map_batch(many, size=size)


def test_only_async_functions_are_waited_for(lines):
    with pytest.raises(
        TopologyError, match=r"many is no async function.*say `async def`, or use map_values"
    ):
        lines.map_async(many)
    with pytest.raises(TopologyError, match="is async; map_async takes such functions"):
        lines.map_values(ask)
    with pytest.raises(TopologyError, match="is async; map_async takes such functions"):
        lines.map_batch(ask)


def test_a_function_that_takes_something_else(lines):
    async def two(key: str, value: str) -> str:
        return value

    with pytest.raises(TopologyError, match=r"\(value\).*with_key=True hands over the key too"):
        lines.map_async(two)
    lines.map_async(two, with_key=True)
    with pytest.raises(TopologyError, match="does not take what it is called with"):
        lines.map_batch(many, with_key=True)
