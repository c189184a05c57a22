"""Entries of a sub-topology: batches of topics, and what a further kind of entry takes."""

import re
from contextlib import nullcontext

import attrs
import pytest

from streamz_core.codecs.plain import BYTES, INT
from streamz_core.compiler import entries
from streamz_core.compiler.bringing import RECORDS
from streamz_core.compiler.emitters import EMITTERS
from streamz_core.compiler.entries import Batch
from streamz_core.compiler.program import compile_sub
from streamz_core.errors import CodecError
from streamz_core.lines.flows import Flow
from streamz_core.lines.sides import Side
from streamz_core.topology import nodes as n
from streamz_core.topology.edges import Edge
from streamz_core.topology.patterns import with_topics
from streamz_core.topology.plan import make_plan
from streamz_core.topology.traits import TRAITS, Traits
from tests.compiler.harness import Task, ints, row, run, task_of
from tests.topology.graphs import Shop

TICK = 1
"""The port by which a timer of a node comes in."""


@attrs.define(eq=False, repr=False, kw_only=True)
class Every(n.StreamNode):
    """Passes records on; when it is told a time, it passes on that time as the value of "tick"."""


def every(lines, node, port, flow):
    if port == TICK:
        key, value = lines.fresh("key"), lines.fresh("value")
        lines.add(f"{key}, {value} = 'tick', {flow.timestamp}")
        flow = attrs.evolve(flow, key=Side(node.key, obj=key), value=Side(node.value, obj=value))
    lines.forward(flow)


@attrs.frozen
class Tick:
    node: str


class TickEntry:
    """No loop, no columns: one call is one record, and stream time stands still."""

    arguments = ("now",)
    topic, topic_of, offset, timestamps = "", "", "-1", ""
    brings, expires = RECORDS, None
    stream_time, depth = "", 0

    def __init__(self, node):
        self.key = Tick(node.name)
        self.name = f"tick_{node.name}"
        self.edges = (Edge(node, TICK),)
        self.node = node

    def begin(self, lines):
        nothing = Side(None, obj="None")
        return Flow(nothing, nothing, "now", "()")

    def around(self, text, used):
        return nullcontext()


@pytest.fixture
def ticking(monkeypatch):
    """A graph with a kind of entry that the library does not have."""

    def ticks(_, sub):
        return [TickEntry(node) for node in sub.nodes if isinstance(node, Every)]

    monkeypatch.setattr(entries, "KINDS", (*entries.KINDS, ticks))
    monkeypatch.setitem(TRAITS, Every, Traits())
    monkeypatch.setitem(EMITTERS, Every, every)
    shop = Shop()
    shop.to("out", shop.filter("some", shop.add(Every, "every", shop.stream("in"))))
    return shop


def test_an_entry_is_asked_for_by_its_key():
    shop = Shop()
    shop.join("joined", shop.stream("in"), shop.table("users"))
    assert set(task_of(shop).bound.entries) == {Batch("in"), Batch("users")}


@pytest.mark.parametrize("fused", [True, False])
def test_a_new_kind_of_entry_leads_through_the_same_steps(ticking, fused):
    task = task_of(ticking, fused=fused)
    task.run("in", [row("a", 1, 5), row("b", -1, 6)])
    task.bound.entries[Tick("every")](70)
    task.bound.entries[Tick("every")](-1)
    assert ints([one[:2] for one in task.commit()["out"]]) == [("a", 1), ("tick", 70)]


def test_an_argument_of_an_entry_is_no_name_for_anything_else(ticking):
    ticking.add(n.Peek, "now", ticking.nodes[1], fn=n.Func(lambda value: None, "now"))
    task = task_of(ticking)
    task.run("in", [row("a", 1, 5)])
    task.bound.entries[Tick("every")](70)
    assert ints([one[:2] for one in task.commit()["out"]]) == [("a", 1), ("tick", 70)]


def test_only_what_brings_times_moves_the_time_of_the_task(ticking):
    seen = []

    def look(record, context):
        seen.append((context.stream_time, context.topic, context.offset))

    source = ticking.nodes[1]
    ticking.add(n.Process, "look", source, fn=n.Func(look, "look"))
    task = task_of(ticking)
    task.run("in", [row("a", 1, 5)], offset=3)
    task.bound.entries[Tick("every")](70)
    assert seen == [(5, "in", 3), (5, "", -1)]
    assert task.bound.position() == {"task": 5}


def test_only_the_columns_that_are_used_are_looped_over():
    shop = Shop()
    shop.add(n.Peek, "look", shop.stream("in"), fn=n.Func(lambda value: None, "look"))
    text = task_of(shop).program.text
    assert "for value in follow(decode_column(" in text
    shop = Shop()
    shop.stream("in")
    assert "for _ in follow(keys):" in task_of(shop).program.text
    assert run(shop, "in", [row("a", 1)]) == []


BAD_KEY = (b"\xff", INT.encode(1), 0, ())
BAD_VALUE = (b"k", b"12345", 0, ())


def passing():
    shop = Shop()
    shop.to("out", shop.stream("in"))
    return shop


def counting():
    shop = Shop()
    shop.count("hits", shop.stream("in"))
    return shop


def reading():
    shop = Shop()
    shop.table("in", store="kept")
    return shop


@pytest.mark.parametrize("make", [passing, counting, reading])
@pytest.mark.parametrize("bad, side", [(BAD_KEY, "key"), (BAD_VALUE, "value")])
def test_bytes_that_no_step_reads_are_looked_at_before_any_record(make, bad, side):
    task = task_of(make())
    with pytest.raises(CodecError) as raised:
        task.run("in", [row("a", 1), bad])
    assert raised.value.side == side
    assert not any(task.outputs.values())
    assert all(store.collect().keys == [] for store in task.stores.values())


def test_what_is_read_anyway_is_not_looked_at_twice():
    shop = Shop()
    kept = shop.add(n.Filter, "f", shop.stream("in"), fn=n.Func(bool, "f"))
    shop.to("out", kept)
    text = task_of(shop).program.text
    assert "validate_all_str, keys, 'key'" in text
    assert "validate_all_int" not in text


def test_nothing_is_asked_of_bytes_nor_of_what_this_app_wrote():
    shop = Shop()
    shop.to("out", shop.stream("in", key=BYTES, value=BYTES))
    assert "validate" not in task_of(shop).program.text
    shop = Shop()
    shop.count("hits", shop.rekey("other", shop.stream("in")))
    plan = make_plan(shop.graph())
    behind = next(sub for sub in plan.subs if sub.inputs[0].hop is not None)
    assert "validate" not in compile_sub(plan, behind).text


def test_what_an_extractor_has_read_is_not_looked_at_again():
    shop = Shop()
    shop.to("out", shop.stream("in", extractor=lambda record, _: 0))
    assert "validate" not in task_of(shop).program.text


@pytest.mark.parametrize("fused", [True, False])
def test_all_topics_of_a_pattern_have_one_function(fused):
    shop = Shop()
    orders = shop.add(n.Source, "orders", topics=(), pattern=re.compile("orders-.*"))
    shop.to("out", shop.add(n.Merge, "all", orders))
    graph = shop.graph()
    plan = make_plan(with_topics(graph, {orders: ["orders-a", "orders-b"]}))
    task = Task(plan, plan.subs[0], fused=fused)
    assert task.program.text.count("def on_orders(") == 1
    for number, topic in enumerate(["orders-a", "orders-b", "orders-a"]):
        task.run(topic, [row("k", number)])
    assert ints(row[:2] for row in task.commit()["out"]) == [("k", 0), ("k", 1), ("k", 2)]
    assert Batch("orders-c") not in task.bound.entries
