"""Tables by another key, and their aggregates."""

from __future__ import annotations

import pytest
from attrs import frozen

from streamz_core.codecs.carried.changes import change_codec
from streamz_core.codecs.plain import INT, STR
from streamz_core.dsl.builder import Builder
from streamz_core.dsl.declared.topics import memory
from streamz_core.dsl.faces.table import Table, TableStep
from streamz_core.dsl.faces.tables.groups import GroupedTable, GroupedTableStep
from streamz_core.errors import TopologyError
from streamz_core.topology import nodes as n
from streamz_core.topology.plan import make_plan


@frozen
class Total:
    number: int = 0

    def add(self, number: int) -> Total:
        return Total(self.number + number)

    def remove(self, number: int) -> Total:
        return Total(self.number - number)


@pytest.fixture
def app():
    return Builder("shop")


@pytest.fixture
def ages(app):
    return app.table("ages", key=str, value=int)


@pytest.fixture
def decades(ages):
    @ages.group_by
    def decades(age: int) -> int:
        return age // 10

    return decades


def built(app, name):
    return {node.name: node for node in app.build().nodes}[name]


def test_a_grouping_is_a_method_and_a_decorator_and_stays_callable(app, ages, decades):
    by_name = ages.group_by(str, key=str, name="by-name")
    pairs = ages.group_by(with_key=True, pairs=True)(lambda key, age: (age, key))
    assert all(isinstance(one, GroupedTableStep) for one in (decades, by_name, pairs))
    assert decades(42) == 4
    decades.count(name="per-decade")
    pairs.count(name="names")
    plain, paired = built(app, "per-decade").parents[0], built(app, "names").parents[0]
    assert (plain.key, plain.value, plain.pairs) == (INT, change_codec(INT), False)
    assert (paired.fn.with_key, paired.pairs) == (True, True)


def test_a_named_grouping_names_the_topic_and_others_their_aggregates(app, ages, decades):
    decades.count(name="per-decade")
    decades.count(name="again")
    ages.group_by(lambda age: age, key=int).count(name="each")
    plan = make_plan(app.build())
    assert [hop.topic for hop in plan.hops] == [
        "shop-decades-repartition",
        "shop-each-repartition",
    ]


def test_aggregates_are_methods_and_decorators(app, decades):
    counts = decades.count(name="counts", materialized=memory())

    @decades.reduce(subtract=lambda held, age: held - age)
    def summed(held: int, age: int) -> int:
        return held + age

    @decades.aggregate(initial=list[int], subtract=lambda key, held, age: held, with_key=True)
    def listed(decade: int, held: list[int], age: int) -> list[int]:
        return [*held, age]

    totals = decades.aggregate(Total)
    assert type(counts) is Table
    assert all(isinstance(step, TableStep) for step in (summed, listed, totals))
    assert summed(1, 2) == 3
    nodes = {name: built(app, name) for name in ("counts", "summed", "listed", "Total")}
    assert all(type(node) is n.TableAggregate for node in nodes.values())
    assert {name: node.kind for name, node in nodes.items()} == {
        "counts": "count",
        "summed": "reduce",
        "listed": "aggregate",
        "Total": "aggregate",
    }
    assert (nodes["counts"].fn, nodes["counts"].subtract) == (None, None)
    assert nodes["summed"].subtract.call(5, 2) == 3
    assert nodes["summed"].value is INT, "that of the values"
    assert nodes["listed"].subtract.with_key
    assert nodes["Total"].fn.call(Total(1), 2) == Total(3)
    assert nodes["Total"].subtract.call(Total(3), 2) == Total(1)
    assert nodes["Total"].initial is Total
    assert nodes["counts"].store.memory
    assert all(node.store.name == name for name, node in nodes.items())


def test_what_takes_nothing_out_is_refused(decades):
    with pytest.raises(TopologyError, match=r"sums.aggregate: rows of a table .* subtract="):
        decades.aggregate(lambda total, age: total, initial=int, name="sums")
    with pytest.raises(TopologyError, match=r"a class with add\(value\) and remove\(value\)"):
        decades.aggregate(int)


def test_functions_must_take_what_they_are_called_with(decades):
    with pytest.raises(TopologyError, match=r"sums.reduce, subtract=: .* does not take"):
        decades.reduce(lambda held, age: held, subtract=lambda held: held, name="sums")


def test_an_aggregate_needs_a_name(decades):
    with pytest.raises(TopologyError, match="has none"):
        decades.count()
    with pytest.raises(TopologyError, match="has none"):
        decades.reduce(lambda held, age: held, subtract=lambda held, age: held)


def test_values_are_those_of_the_table_unless_pairs_are_given(ages):
    with pytest.raises(TopologyError, match="value= goes with pairs=True"):
        ages.group_by(lambda age: age, value=int)


def test_values_must_have_a_codec(app):
    table = app.table("ages", key=str, value=int).map_values(lambda age: object(), name="odd")
    grouped: GroupedTable = table.group_by(lambda age: "a", value=None, key=str, name="g")
    grouped.reduce(lambda held, one: held, subtract=lambda held, one: held, name="r", value=STR)
    assert built(app, "r").value is STR
    assert built(app, "r").parents[0].value.value.name == built(app, "odd").value.name
