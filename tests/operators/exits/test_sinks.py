"""Sinks: into topics that are fixed, and into those that records choose."""

import pytest

from streamz_core.codecs.free import JSON
from streamz_core.codecs.plain import INT
from streamz_core.compiler.program import compile_sub
from streamz_core.errors import TopologyError
from streamz_core.topology import nodes as n
from streamz_core.topology.plan import make_plan
from tests.compiler.harness import ints, row, run, task_of
from tests.topology.graphs import Shop


def test_the_codec_of_the_step_goes_before_that_of_its_topic_and_of_the_records():
    for step, topic, expected in (
        (JSON, INT, b"7"),
        (None, JSON, b"7"),
        (None, None, INT.encode(7)),
    ):
        shop = Shop()
        source = shop.stream("in")
        ref = n.TopicRef("out", value=topic)
        shop.add(n.Sink, "to", source, topic=ref, value=step)
        assert run(shop, "in", [row("a", 7)]) == [(b"a", expected)]


def test_a_sink_that_knows_no_codec_is_refused_by_name():
    shop = Shop()
    mapped = shop.add(n.MapValues, "odd", shop.stream("in"), fn=n.Func(str, "odd"), value=None)
    shop.add(n.Sink, "to", mapped, topic=n.TopicRef("out"), value=None)
    plan = make_plan(shop.graph())
    with pytest.raises(TopologyError, match="to: no value codec"):
        compile_sub(plan, plan.subs[0])


def test_a_chosen_topic():
    shop = Shop()
    choose = n.Func(lambda key, value: f"{key}-{value % 2}", "choose", with_key=True)
    shop.add(n.Sink, "to", shop.stream("in"), choose=choose)
    task = task_of(shop)
    task.run("in", [row("a", 1), row("a", 2, 1, (("h", b"x"),)), row("a", 3)])
    found = task.commit()
    assert {topic: [one[2:] for one in rows] for topic, rows in found.items()} == {
        "a-1": [(0, ()), (0, ())],
        "a-0": [(1, (("h", b"x"),))],
    }


def test_a_chosen_topic_may_be_one_that_another_sink_writes():
    shop = Shop()
    source = shop.stream("in")
    more = shop.add(n.MapValues, "more", source, fn=n.Func(lambda value: value + 1, "more"))
    shop.to("out", more)
    shop.add(n.Sink, "to", more, choose=n.Func(lambda value: "out", "choose"))
    assert ints(run(shop, "in", [row("a", 1)])) == [("a", 2), ("a", 2)]
