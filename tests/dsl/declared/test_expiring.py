"""Rows that go when nobody wrote them: what can be said, and what is refused."""

import pytest

from streamz_core import App, TopologyError, expiring, memory, tumbling
from streamz_core.topology.plan import make_plan


def kept(app, name):
    spec = make_plan(app.build()).stores[name]
    return spec.kind, spec.ttl_ms, spec.memory


def test_every_table_that_keeps_rows_may_let_them_go():
    app, asked = App("shop"), {"materialized": expiring("1h")}
    users = app.table("users", key=str, value=int, **asked)
    users.filter(bool, name="some", **asked)
    clicks = app.stream("clicks", key=str, value=int)
    clicks.to_table(name="last", **asked)
    clicks.group_by_key().count(name="n", **asked)
    users.group_by(str, key=str).count(name="m", materialized=expiring("1h", memory=True))
    for name in ("users", "some", "last", "n", "m"):
        assert kept(app, name) == ("expiring", 3_600_000, name == "m")


def test_a_store_of_a_function_may_as_well():
    app = App("shop")
    last = app.store("last", key=str, value=int, ttl="500ms")
    app.stream("in", key=str, value=int).map_values(lambda v, s: v, store=last, value=int)
    assert kept(app, "last") == ("ttl", 500, False)


@pytest.mark.parametrize("span", ["0s", 0])
def test_nothing_is_no_time_to_stay(span):
    with pytest.raises(
        TopologyError, match=r"the ttl of expiring\(\) is .*; rows stay for at least 1 ms"
    ):
        expiring(span)
    with pytest.raises(
        TopologyError, match=r"store 'last': ttl is .*; rows stay for at least 1 ms"
    ):
        App("shop").store("last", key=str, value=int, ttl=span)


def test_what_is_kept_otherwise_does_not_expire():
    app = App("shop")
    windows = app.stream("in", key=str, value=int).group_by_key().window(tumbling("1m"))
    with pytest.raises(TopologyError, match="windows are kept until they cannot change"):
        windows.count(name="n", materialized=expiring("1h"))
    with pytest.raises(TopologyError, match="leave one of them out"):
        app.store("last", key=str, value=int, ttl="1h", versioned="1h")
    with pytest.raises(TopologyError, match=r"a global table is always kept"):
        app.global_table("rates", key=str, value=int, materialized=expiring("1h"))


def test_it_is_a_value():
    assert expiring("1h") == expiring(3600) != expiring("1h", memory=True)
    assert hash(expiring("1h")) == hash(expiring(3600))
    assert expiring("1s") != memory()
    assert repr(expiring("1s", memory=True)) == 'expiring("1000ms", memory=True)'
