"""Entries of a sub-topology: batches of topics, and what a further kind of entry takes."""

from contextlib import nullcontext

import attrs
import pytest

from streamz_core.compiler import entries
from streamz_core.compiler.emitters import EMITTERS
from streamz_core.compiler.entries import Batch
from streamz_core.lines.flows import Flow
from streamz_core.lines.sides import Side
from streamz_core.topology import nodes as n
from streamz_core.topology.edges import Edge
from streamz_core.topology.traits import TRAITS, Traits
from tests.compiler.harness import ints, row, run, task_of
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
    topic, offset, timestamps = "", "-1", ""

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

    def ticks(sub):
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
    assert "for value in decode_column(" in text
    shop = Shop()
    shop.stream("in")
    assert "for _ in keys:" in task_of(shop).program.text
    assert run(shop, "in", [row("a", 1)]) == []
