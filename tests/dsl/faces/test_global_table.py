"""How a global table is declared, joined and shown; what is refused, and by which words."""

from collections.abc import Iterator, Mapping, MutableMapping

import pytest

from streamz_core.app import App
from streamz_core.dsl.declared.topics import memory
from streamz_core.dsl.declared.versions import versioned
from streamz_core.errors import TopologyError
from streamz_core.operators.processors.context import Context
from streamz_core.record import Record
from streamz_core.topology.plan import make_plan


@pytest.fixture
def app():
    return App("shop")


@pytest.fixture
def users(app):
    return app.global_table("users", key=str, value=str)


@pytest.fixture
def lines(app):
    return app.stream("lines", key=str, value=str)


def test_it_is_shown_beside_the_sub_topologies(app, users, lines):
    lines.join(users, lambda line, name: name, on=lambda line: line, name="named").to("out")
    assert make_plan(app.build()).describe().splitlines()[1:] == [
        "   Sub-topology: 0 (lines)",
        "    Source: lines (topics: [lines])",
        "      --> named",
        "    Processor: named (stores: [])",
        "      --> named.to",
        "      <-- lines",
        "    Sink: named.to (topic: out)",
        "      <-- named",
        "",
        "   Sub-topology: 1 for global store users (will not generate tasks)",
        "    Source: users (topics: [users], stores: [users])",
        "      --> none",
    ]


def test_its_store_is_nobodys_and_has_no_changelog(app):
    app.global_table("users", key=str, value=str, name="held")
    app.stream("lines", key=str, value=str).group_by_key().count(name="total")
    plan = make_plan(app.build())
    assert list(plan.stores) == ["total"]
    assert list(plan.everywhere) == ["held"]
    assert plan.readable == ["held", "total"]
    assert plan.store("held").kind == "timestamped"
    assert plan.store("nothing") is None
    assert [sub.name for sub in plan.subs] == ["total"]


def test_it_may_stand_twice_and_has_to_agree(app, users):
    assert app.global_table("users")._draft is users._draft
    for options in ({"name": "other"}, {"materialized": memory()}):
        with pytest.raises(TopologyError, match=r"app.global_table\('users'\) stands twice"):
            app.global_table("users", **options)
    for wrong in (5, True, versioned("1h")):
        with pytest.raises(
            TopologyError, match=r"users: materialized=.*; a global table is always"
        ):
            App("other").global_table("users", materialized=wrong)


def test_a_topic_enters_an_app_once(app, users):
    app.table("users", key=str, value=str)
    with pytest.raises(TopologyError, match="the topic 'users' is read by"):
        app.build()


def test_a_store_of_its_name_is_refused(app, users, lines):
    lines.group_by_key().count(name="users")
    with pytest.raises(TopologyError, match="both named 'users'"):
        app.build()


def test_what_cannot_be_joined_is_told(app, users, lines):
    with pytest.raises(TopologyError, match=r"lines.join: say on=fn\(value\)"):
        lines.join(users, lambda line, name: name)
    with pytest.raises(TopologyError, match="how='outer'; it can be 'inner' or 'left'"):
        lines.join(users, lambda line, name: name, on=lambda line: line, how="outer")
    with pytest.raises(TopologyError, match="are of joins of two streams; users is a table"):
        lines.join(users, lambda line, name: name, on=lambda line: line, within="1s")
    with pytest.raises(
        TopologyError, match=r"on=: .*does not take what it is called with, \(value"
    ):
        lines.join(users, lambda line, name: name, on=lambda: "x")
    with pytest.raises(TopologyError, match=r"\(key, key of the row, left, right\)"):
        lines.join(users, lambda line, name: name, on=lambda key, line: line, with_keys=True)
    table = app.table("ages", key=str, value=int)
    with pytest.raises(TopologyError, match="on= and with_keys= are of joins with a global table"):
        lines.join(table, lambda line, age: age, on=lambda line: line)
    with pytest.raises(TopologyError, match="are of joins with a global table; lines is a stream"):
        lines.join(lines, lambda one, other: one, within="1s", with_keys=True)


def test_keys_of_another_type_are_refused_where_they_are_said(app, users, lines):
    def by_length(line: str) -> int:
        return len(line)

    lines.join(users, lambda line, name: name, on=by_length, name="named").to("out", value=str)
    with pytest.raises(TopologyError, match="the key of named is written as int, that of users"):
        app.build()


def test_the_function_is_a_decorator_too(app, users, lines):
    @lines.join(users, on=lambda line: line, how="left")
    def named(line: str, name: str | None) -> str:
        return name or line

    named.to("out")
    assert named("a", None) == "a"
    with app.test() as t:
        t.topic("users").send("a", "Ann")
        t.topic("lines").send("k", "a")
        t.topic("lines").send("k", "b")
        assert [one.value for one in t.topic("out").records()] == ["Ann", "b"]
        assert dict(t.store("users")) == {"a": "Ann"}


def test_functions_read_it_beside_stores_of_their_own(app, users, lines):
    seen = app.store("seen", key=str, value=int)

    @lines.flat_map_values(stores=[seen, users.store])
    def named(line: str, seen: MutableMapping[str, int], users: Mapping[str, str]) -> list[str]:
        seen[line] = seen.get(line, 0) + 1
        return [f"{users[line]} {seen[line]} of {len(users)}"] if line in users else []

    @lines.process_values(store=users.store)
    def everybody(
        record: Record[str, str], ctx: Context, users: Mapping[str, str]
    ) -> Iterator[Record[str, str]]:
        yield record.with_value(",".join(users))

    named.to("out")
    everybody.to("all")
    plan = make_plan(app.build())
    assert list(plan.stores) == ["seen"]
    assert [spec.name for spec in plan.subs[0].stores] == ["seen"]
    assert named("a", {}, {"a": "Ann"}) == ["Ann 1 of 1"]
    with app.test(partitions=2, workers=2) as t:
        for name in ("b", "a"):
            t.topic("users").send(name, name.upper())
        for key in ("x", "y"):
            t.topic("lines").send(key, "a")
        t.topic("lines").send("x", "nobody")
        assert sorted(one.value for one in t.topic("out").records())[:1] == ["A 1 of 2"]
        assert {one.value for one in t.topic("all").records()} == {"a,b"}


def test_a_store_of_another_apps_table_is_refused(users):
    other = App("other").stream("lines", key=str, value=str)
    with pytest.raises(TopologyError, match="users is no store of the app 'other'"):
        other.map_values(lambda line, users: line, store=users.store)
