"""Several grouped streams that become one table."""

import pytest

from streamz_core import session, tumbling
from streamz_core.codecs.plain import INT, STR
from streamz_core.dsl.builder import Builder
from streamz_core.dsl.declared.topics import memory
from streamz_core.dsl.faces.cogroups import CogroupedStep, CogroupedStreams
from streamz_core.dsl.faces.table import Table
from streamz_core.errors import TopologyError
from streamz_core.topology import nodes as n
from streamz_core.topology.plan import make_plan


@pytest.fixture
def app():
    return Builder("shop")


@pytest.fixture
def clicks(app):
    return app.stream("clicks", key=str, value=str)


@pytest.fixture
def orders(app):
    return app.stream("orders", key=str, value=int)


def built(app, name):
    return {node.name: node for node in app.build().nodes}[name]


def added(total: int, order: int) -> int:
    return total + order


def test_each_stream_has_its_function_and_the_table_one_store(app, clicks, orders):
    @clicks.group_by_key().cogroup
    def clicked(total: int, click: str) -> int:
        return total + len(click)

    @clicked.cogroup(orders.group_by(lambda order: "k", key=str, name="all"), with_key=True)
    def ordered(key, total, order):
        return total + order

    table = ordered.aggregate(initial=int, name="sums", materialized=memory())
    assert isinstance(clicked, CogroupedStep)
    assert isinstance(ordered, CogroupedStreams)
    assert type(table) is Table
    assert (clicked(1, "ab"), ordered("k", 1, 2)) == (3, 3)
    node = built(app, "sums")
    assert type(node) is n.Cogroup
    assert [fn.with_key for fn in node.fns] == [False, True]
    assert (node.groupings, node.inputs) == ((None, "all"), ("clicks", "all"))
    assert (node.key, node.value, node.initial) == (STR, INT, int)
    assert (node.store.name, node.store.memory, node.window) == ("sums", True, None)
    assert [hop.topic for hop in make_plan(app.build()).hops] == ["shop-all-repartition"]


def test_windows_come_behind_all_streams(app, clicks, orders):
    together = clicks.group_by_key().cogroup(lambda total, click: total + 1)
    together = together.cogroup(orders.group_by_key(), added)
    together.window(tumbling("1m")).aggregate(initial=int, name="minutes", retention="1h")
    together.window(session("1m")).aggregate(
        initial=int, name="sessions", merge=lambda one, other: one + other
    )
    minutes, sessions = built(app, "minutes"), built(app, "sessions")
    assert (minutes.window.size_ms, minutes.store.retention_ms) == (60_000, 3_600_000)
    assert sessions.merge.call(1, 2) == 3
    with pytest.raises(TopologyError, match="say merge="):
        together.window(session("1m")).aggregate(initial=int, name="unmerged")


def test_the_accumulator_is_what_is_said_or_what_any_function_or_the_first_value_tells(
    app, clicks, orders
):
    together = clicks.group_by_key().cogroup(lambda total, click: total)
    together.aggregate(initial=list, name="said", value=str)
    together.aggregate(initial=int, name="first")
    together.cogroup(orders.group_by_key(), added).aggregate(initial=lambda: 0, name="told")
    assert [built(app, name).value for name in ("said", "first", "told")] == [STR, INT, INT]


def test_keys_must_be_written_alike(app, clicks):
    numbers = app.stream("numbers", key=int, value=int)
    together = clicks.group_by_key().cogroup(lambda total, click: total)
    together.cogroup(numbers.group_by_key(), added).aggregate(initial=int, name="sums")
    with pytest.raises(
        TopologyError, match=r"sums: the key of clicks is written as str, that of nu"
    ):
        app.build()


def test_what_cannot_be_together_is_told(app, clicks, orders):
    together = clicks.group_by_key().cogroup(lambda total, click: total)
    table = app.table("users", key=str, value=str)
    for other in (orders, orders.group_by_key().window(tumbling("1m")), table.group_by(len)):
        with pytest.raises(TopologyError, match=r"clicks.cogroup: .* is no grouped stream"):
            together.cogroup(other, added)
    with pytest.raises(TopologyError, match=r"orders.cogroup: .* does not take what it is called"):
        together.cogroup(orders.group_by_key(), lambda total: total)
    with pytest.raises(TopologyError, match=r"clicks.cogroup: window\(5\)"):
        together.window(5)
    with pytest.raises(TopologyError, match="has none"):
        together.aggregate(initial=int)
    again = clicks.group_by_key()
    with pytest.raises(TopologyError, match="two of its streams are both known as 'clicks'"):
        together.cogroup(again, lambda total, click: total).aggregate(initial=int, name="twice")


def test_streams_that_are_partitioned_anew_need_a_topic_each(app, clicks, orders):
    together = clicks.group_by(lambda click: len(click) % 3, key=int).cogroup(added)
    together = together.cogroup(orders.group_by(lambda order: order, key=int), added)
    together.aggregate(initial=int, name="sums")
    with pytest.raises(
        TopologyError, match="both want the repartition topic shop-sums-repartition"
    ):
        make_plan(app.build())
