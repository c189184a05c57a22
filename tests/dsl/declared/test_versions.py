"""Tables that know what their rows were: what can be said, what needs it, what is refused."""

import pytest

from streamz_core import (
    App,
    TopologyError,
    memory,
    until_time_limit,
    versioned,
)
from streamz_core.dsl.declared.versions import is_versioned
from streamz_core.topology.plan import make_plan


def app_with(**more):
    app = App("shop")
    return app, app.table("users", key=str, value=int, **more)


def store_of(app, name):
    return make_plan(app.build()).stores[name]


def kept(spec):
    return spec.kind, spec.history_ms, spec.memory


def test_a_table_keeps_what_its_rows_were():
    app, _ = app_with(materialized=versioned("1h"))
    assert kept(store_of(app, "users")) == ("versioned", 3_600_000, False)
    app, _ = app_with(materialized=versioned("5s", memory=True))
    assert kept(store_of(app, "users")) == ("versioned", 5000, True)


def test_so_do_tables_made_of_streams_and_of_tables():
    app, users = app_with()
    history = {"materialized": versioned("1s")}
    clicks = app.stream("clicks", key=str, value=int)
    clicks.to_table(name="last", **history)
    clicks.group_by_key().count(name="count", **history)
    clicks.group_by_key().reduce(lambda old, new: old + new, name="sum", **history)
    clicks.group_by_key().cogroup(lambda a, v: a + v).aggregate(
        initial=int, name="all", value=int, **history
    )
    users.filter(bool, name="some", **history)
    users.map_values(lambda value: value, name="mapped", value=int, **history)
    other = app.table("others", key=str, value=int)
    users.join(other, lambda a, b: a + b, name="joined", value=int, **history)
    users.join(other, lambda a, b: a + b, on=str, name="referred", value=int, **history)
    users.group_by(str, key=str).count(name="by_value", **history)
    names = ("last", "count", "sum", "all", "some", "mapped", "joined", "referred", "by_value")
    assert {kept(store_of(app, name)) for name in names} == {("versioned", 1000, False)}


@pytest.mark.parametrize("history", ["-1s", "soon", None])
def test_a_history_is_a_span(history):
    with pytest.raises(TopologyError, match=r"the history of versioned"):
        versioned(history)


def test_how_it_was_asked_for_is_told():
    assert repr(versioned("1s")) == 'versioned("1000ms")'
    assert repr(versioned("1s", memory=True)) == 'versioned("1000ms", memory=True)'
    assert versioned("1s") == versioned(1.0) != versioned("2s")
    assert hash(versioned("1s")) == hash(versioned(1))


def test_a_table_that_stands_twice_has_one_history():
    app, _ = app_with(materialized=versioned("1s"))
    app.table("users", key=str, value=int, materialized=versioned("1s"))
    with pytest.raises(TopologyError, match="stands twice"):
        app.table("users", key=str, value=int, materialized=versioned("2s"))


def test_rows_that_follow_from_versions_have_versions():
    app, users = app_with(materialized=versioned("1s"))
    some = users.filter(bool).map_values(lambda value: value, value=int)
    plain = app.table("others", key=str, value=int, materialized=True)
    assert is_versioned(some._draft)
    assert not is_versioned(plain.filter(bool)._draft)
    assert not is_versioned(users.filter(bool, name="kept", materialized=True)._draft)
    assert not is_versioned(users.filter(bool, name="held", materialized=memory())._draft)
    assert not is_versioned(users.join(users, lambda a, b: a + b, value=int)._draft)
    assert not is_versioned(users.to_stream().to_table(name="again")._draft)


def test_what_is_held_back_has_no_versions():
    _, users = app_with(materialized=versioned("1s"))
    for table in (users, users.filter(bool)):
        with pytest.raises(TopologyError, match=r"late: the rows of .* have versions"):
            table.suppress(until_time_limit("1s"), name="late")
    kept = users.filter(bool, name="kept", materialized=True)
    kept.suppress(until_time_limit("1s"), name="late")


def join(app, table, grace="10ms", **more):
    return app.stream("clicks", key=str, value=int).join(
        table, lambda a, b: a, name="joined", value=int, grace=grace, **more
    )


def test_a_record_that_waits_is_kept_in_a_buffer():
    app, users = app_with(materialized=versioned("10ms"))
    join(app, users)
    node = app.build().nodes[-1]
    assert (node.grace_ms, node.buffer.name, node.buffer.kind) == (10, "joined-buffer", "waiting")
    assert "joined-buffer" in make_plan(app.build()).stores


def test_without_grace_nothing_is_kept():
    app, users = app_with(materialized=versioned("10ms"))
    join(app, users, grace=None)
    node = app.build().nodes[-1]
    assert (node.grace_ms, node.buffer) == (None, None)


@pytest.mark.parametrize("materialized", [None, True, memory()])
def test_who_waits_needs_a_table_that_knows_what_its_rows_were(materialized):
    app, users = app_with(materialized=materialized)
    with pytest.raises(TopologyError, match=r"users keeps only the latest: say materialized="):
        join(app, users)
    with pytest.raises(TopologyError, match="users keeps only the latest"):
        join(app, users.filter(bool))


def test_who_waits_needs_a_history_as_long():
    app, users = app_with(materialized=versioned("9ms"))
    with pytest.raises(TopologyError, match=r"waits for 10 ms, but users knows .* 9 ms only"):
        join(app, users.map_values(lambda value: value, value=int))
    with pytest.raises(TopologyError, match="counts keeps only the latest"):
        join(app, app.stream("more", key=str, value=int).group_by_key().count(name="counts"))


def test_a_grace_is_a_span():
    app, users = app_with(materialized=versioned("10ms"))
    with pytest.raises(TopologyError, match=r"clicks.join: grace is '-1s'"):
        join(app, users, grace="-1s")


def test_how_far_apart_is_of_two_streams():
    app, users = app_with(materialized=versioned("10ms"))
    with pytest.raises(TopologyError, match="of joins of two streams"):
        join(app, users, within="1s")


def test_a_declared_store_may_keep_what_its_rows_were():
    app = App("shop")
    prices = app.store("prices", key=str, value=int, versioned="1h")
    app.stream("clicks", key=str, value=int).map_values(
        lambda value, prices: value, store=prices, value=int
    )
    assert kept(store_of(app, "prices")) == ("versions", 3_600_000, False)
    with pytest.raises(TopologyError, match="store 'old': versioned is '-1h'"):
        app.store("old", key=str, value=int, versioned="-1h")
