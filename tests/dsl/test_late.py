"""`.late`: of which steps, and what kind of stream it is."""

import pytest

from streamz_core import App, session, tumbling, unlimited
from streamz_core.codecs.plain import INT, STR
from streamz_core.errors import TopologyError
from streamz_core.topology.nodes import Late


@pytest.fixture
def app():
    return App("shop")


def late_nodes(app):
    return [node for node in app.build().nodes if isinstance(node, Late)]


def test_it_has_the_keys_and_values_that_came_and_is_one_stream(app):
    windows = app.stream("in", key=str, value=int).group_by_key().window(tumbling("1m"))
    counts = windows.count(name="counts")
    assert windows.late._draft is counts.late._draft
    (node,) = late_nodes(app)
    assert (node.name, node.key, node.value) == ("counts.late", STR, INT)
    assert node.parents[0].name == "counts"


def test_of_windows_it_is_that_of_their_first_aggregate(app):
    windows = app.stream("in", key=str, value=int).group_by_key().window(session("1m"))
    with pytest.raises(TopologyError, match=r"in.window.* there is none of these windows yet"):
        _ = windows.late

    @windows.reduce
    def first(one: int, other: int) -> int:
        return one + other

    windows.count(name="second")
    _ = windows.late
    assert late_nodes(app)[0].parents[0].name == "first"


def test_what_nothing_can_be_late_for_has_none(app):
    stream = app.stream("in", key=str, value=int)
    other = app.stream("other", key=str, value=int)
    met = stream.join(other, max, within="1s", how="outer", name="met")
    for made in (
        stream,
        stream.filter(bool),
        stream.group_by_key().count(name="counts"),
        stream.group_by_key().window(unlimited()).count(name="ever"),
        stream.to_table(name="rows"),
        met,
    ):
        with pytest.raises(TopologyError, match=r"\.late: nothing comes too late for it"):
            _ = made.late
    assert late_nodes(app) == []


def test_a_cogroup_has_one_if_the_values_are_alike(app):
    one = app.stream("one", key=str, value=int).group_by_key()
    two = app.stream("two", key=str, value=int).group_by_key()
    add = lambda total, value: total + value  # noqa: E731
    both = one.cogroup(add).cogroup(two, add).window(tumbling("10ms"))
    both.aggregate(initial=int, name="sums", value=int).late.to("late")
    with app.test() as t:
        for topic, time in (("one", 30), ("two", 5), ("one", 7), ("two", 40), ("two", 8)):
            t.topic(topic).send("a", time, timestamp=time)
        assert [one.value for one in t.topic("late").records()] == [7, 8]
        assert t.dropped() == {"late": 2}


def test_values_of_two_kinds_have_to_be_made_one(app):
    numbers = app.stream("numbers", key=str, value=int)
    words = app.stream("words", key=str, value=str)
    met = numbers.join(words, lambda n, w: f"{n}{w}", within="10ms", name="met", value=str)
    met.late.map_values(str, value=str).to("late")
    with app.test() as t:
        t.topic("numbers").send("a", 5, timestamp=5)
        t.topic("words").send("a", "w", timestamp=100)
        t.topic("words").send("a", "x", timestamp=50)
        t.topic("words").send("a", "near", timestamp=14)
        t.topic("numbers").send("b", 89, timestamp=89)
        t.topic("numbers").send("b", 90, timestamp=90)
        found = [(one.key, one.value, one.timestamp) for one in t.topic("late").records()]
        assert found == [("a", "x", 50), ("b", "89", 89)]
    met.late.to("raw")
    with pytest.raises(TopologyError, match="written differently: make one kind"):
        app.build()
