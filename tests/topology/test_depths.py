"""How many answers what comes to a step has waited for."""

import pytest

from streamz_core import App, tumbling
from streamz_core.errors import TopologyError
from streamz_core.topology.plan import make_plan


async def ask(value: str) -> str:
    return value


def depths(app):
    """By name, of the steps that have one."""
    plan = make_plan(app.build())
    return {node.name: depth for node, depth in plan.depths.items()}


@pytest.fixture
def app():
    return App("shop")


@pytest.fixture
def lines(app):
    return app.stream("in", key=str, value=str)


def test_where_nobody_waits_nothing_has_a_depth(app, lines):
    lines.map_values(len, name="a", value=int).to("out")
    assert depths(app) == {}


def test_what_stands_behind_is_one_deeper(app, lines):
    first = lines.map_async(ask, name="first")
    second = first.map_async(ask, name="second")
    second.peek(print, name="seen")
    first.peek(print, name="beside")
    lines.peek(print, name="before")
    assert depths(app) == {"second": 1, "seen": 2, "beside": 1}


def test_two_that_come_together_wait_in_one_line(app, lines):
    one, two = lines.map_async(ask, name="one"), lines.map_async(ask, name="two")
    one.merge(two, name="both").map_async(ask, name="three").peek(print, name="seen")
    assert depths(app) == {"both": 1, "three": 1, "seen": 2}


def test_a_table_that_is_looked_up_behind(app, lines):
    users = app.table("users", key=str, value=str)
    shown = users.map_values(str.upper, name="shown", value=str)
    lines.map_async(ask, name="asked").join(
        shown, lambda a, b: a, name="joined", value=str, how="left"
    )
    assert depths(app) == {"users": 1, "shown": 1, "joined": 1}


def test_a_table_that_a_function_reads_behind(app, lines):
    users = app.table("users", key=str, value=str, materialized=True)
    asked = lines.map_async(ask, name="asked")
    asked.map_values(lambda value, rows: value, name="read", store=users.store, value=str)
    assert depths(app) == {"users": 1, "read": 1}


def test_who_writes_the_same_topic(app, lines):
    lines.map_async(ask, name="asked").to("out")
    lines.to("out", name="direct")
    lines.to("elsewhere", name="free")
    found = depths(app)
    assert set(found.values()) == {1}
    assert "direct" in found
    assert "free" not in found


def test_where_records_choose_their_topic_any_two_may_write_the_same(app, lines):
    lines.map_async(ask, name="asked").to(lambda value: value, name="chosen")
    lines.to("elsewhere", name="fixed")
    assert depths(app) == {"chosen": 1, "fixed": 1}


def test_a_hop_begins_anew(app, lines):
    lines.map_async(ask, name="asked").repartition(name="spread").peek(print, name="seen")
    assert depths(app) == {}


def test_one_store_in_front_and_behind_is_refused(app, lines):
    store = app.store("last", key=str, value=str)
    first = lines.flat_map_values(lambda v, s: [v], name="first", store=store, value=str)
    asked = first.map_async(ask, name="asked")
    asked.flat_map_values(lambda v, s: [v], name="second", store=store, value=str)
    with pytest.raises(
        TopologyError, match=r"second uses the store last behind asked.* and first uses"
    ):
        depths(app)


def test_two_that_wait_for_each_other_are_refused(app, lines):
    one, two = (app.store(name, key=str, value=str) for name in ("one", "two"))

    def using(stream, name, store):
        return stream.flat_map_values(lambda v, s: [v], name=name, store=store, value=str)

    using(using(lines, "a", one).map_async(ask, name="first"), "b", two)
    using(using(lines, "c", two).map_async(ask, name="second"), "d", one)
    with pytest.raises(TopologyError, match="whose answers come later"):
        depths(app)


def test_rows_that_expire_behind_are_refused(app, lines):
    seen = app.store("seen", key=str, value=str, ttl="1h")

    asked = lines.map_async(ask, name="asked")
    asked.flat_map_values(lambda v, s: [v], name="kept", store=seen, value=str)
    with pytest.raises(TopologyError, match="kept: the rows of seen expire by the stream time"):
        depths(app)


def test_rows_that_expire_in_front_are_not(app, lines):
    seen = app.store("seen", key=str, value=str, ttl="1h")
    first = lines.flat_map_values(lambda v, s: [v], name="first", store=seen, value=str)
    first.map_async(ask, name="asked").to("out")
    assert "first" not in depths(app)


def test_time_that_goes_on_without_records_is_refused(app):
    lines = app.stream("in", key=str, value=str, idle="1s")
    asked = lines.map_async(ask, name="asked")
    asked.group_by_key().window(tumbling("1s")).aggregate(
        lambda count, _: count + 1, initial=int, name="counts", emit="final", value=int
    )
    with pytest.raises(TopologyError, match=r"idle= needs to know .* answers of asked"):
        app.test()
