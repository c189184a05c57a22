"""A step of several parents: each port has lines of its own, whatever stands in front of it."""

import attrs
import pytest

from streamz_core.compiler.emitters import EMITTERS
from streamz_core.lines.sides import Side
from streamz_core.topology import nodes as n
from streamz_core.topology.edges import Edge
from streamz_core.topology.partitions import resolve_partitions
from streamz_core.topology.plan import make_plan
from streamz_core.topology.traits import TRAITS, Keys, Port, Traits, When
from tests.compiler.harness import World, ints, row
from tests.topology.graphs import Shop


@attrs.define(eq=False, repr=False, kw_only=True)
class Pair(n.StreamNode):
    """Two sides of one key; what comes by port 1 is told by a last digit 1."""


def pair(lines, node, port, flow):
    value = lines.fresh("value")
    lines.add(f"{value} = {flow.value.obj(lines)} * 10 + {port}")
    lines.forward(attrs.evolve(flow, value=Side(node.value, obj=value)))


@pytest.fixture(autouse=True)
def _pairs(monkeypatch):
    ports = (Port("left", hop=When.REKEYED), Port("right", hop=When.REKEYED))
    traits = Traits(ports=ports, keys=Keys.PLACED, copartitioned=True)
    monkeypatch.setitem(TRAITS, Pair, traits)
    monkeypatch.setitem(EMITTERS, Pair, pair)


def joined(left, right):
    """A pair of two topics, re-keyed where that is said, with two steps behind it."""
    shop = Shop()
    one = shop.rekey("l", shop.stream("a")) if left else shop.stream("a")
    other = shop.rekey("r", shop.stream("b")) if right else shop.stream("b")
    both = shop.add(Pair, "both", one, other)
    shop.to("out", shop.filter("some", both))
    return shop


def sent(shop, *rows, fused=True):
    world = World(shop.graph(), fused=fused)
    for topic, one in rows:
        world.send(topic, one)
    world.run()
    return ints([one[:2] for topic, one in world.out if topic == "out"])


@pytest.mark.parametrize("fused", [True, False])
@pytest.mark.parametrize("right", [False, True])
@pytest.mark.parametrize("left", [False, True])
def test_each_side_has_its_lines_behind_no_hop_one_and_two(left, right, fused):
    shop = joined(left, right)
    hops = [hop.topic for hop in make_plan(shop.graph()).hops]
    assert hops == [
        topic
        for topic, there in (
            ("shop-both-left-repartition", left),
            ("shop-both-right-repartition", right),
        )
        if there
    ]
    got = sent(shop, ("a", row("k", 1, 1)), ("b", row("k", 2, 2)), fused=fused)
    keys = ("1" if left else "k", "2" if right else "k")
    assert got == [(keys[0], 10), (keys[1], 21)]


@pytest.mark.parametrize("fused", [True, False])
@pytest.mark.parametrize("moved", [False, True])
def test_one_parent_may_be_both_sides(moved, fused):
    shop = Shop()
    source = shop.rekey("by", shop.stream("in")) if moved else shop.stream("in")
    shop.to("out", shop.add(Pair, "both", source, source))
    plan = make_plan(shop.graph())
    assert [hop.readers[0].port for hop in plan.hops] == ([0, 1] if moved else [])
    if not moved:
        both = shop.nodes[1]
        assert plan.children[source] == [Edge(both, 0), Edge(both, 1)]
    key = "1" if moved else "a"
    assert sent(shop, ("in", row("a", 1)), fused=fused) == [(key, 10), (key, 11)]


def test_what_stands_behind_both_ports_is_written_once():
    shop = Shop()
    source = shop.stream("in")
    both = shop.add(Pair, "both", source, source)
    fn = n.Func(lambda value: value + 1, "more")
    shop.to("out", shop.add(n.MapValues, "more", both, fn=fn))
    world = World(shop.graph())
    (task,) = world.tasks.values()
    assert task.program.text.count(" more(") == 1 + 2, "one function, called by both ports"


def test_both_sides_must_be_partitioned_alike_through_their_hops():
    plan = make_plan(joined(left=True, right=False).graph())
    assert resolve_partitions(plan, {"a": 2, "b": 5}).hops == {"shop-both-left-repartition": 5}
    plan = make_plan(joined(left=True, right=True).graph())
    assert set(resolve_partitions(plan, {"a": 2, "b": 5}).hops.values()) == {5}


def test_further_parents_come_in_by_ports_like_the_last_one(monkeypatch):
    monkeypatch.setitem(TRAITS, Pair, Traits(ports=(Port(),)))
    shop = Shop()
    shop.to("out", shop.add(Pair, "both", *(shop.stream(topic) for topic in "abc")))
    rows = [(topic, row("k", 1, at)) for at, topic in enumerate("abc")]
    assert sent(shop, *rows) == [("k", 10), ("k", 11), ("k", 12)]


def test_parents_that_are_alike_share_one_port(monkeypatch):
    monkeypatch.setitem(TRAITS, Pair, Traits(alike=True))
    assert sent(joined(left=False, right=False), ("a", row("k", 1)), ("b", row("k", 2, 1))) == [
        ("k", 10),
        ("k", 20),
    ]
