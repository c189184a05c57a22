"""Partitions that the user chooses: one, several, none, or as the key says."""

from zlib import crc32

import pytest

from streamz_core.errors import Misuse
from streamz_core.operators.exits.placing import partitions_of
from streamz_core.topology import nodes as n
from streamz_core.topology.plan import make_plan
from tests.compiler.harness import Task, row
from tests.topology.graphs import Shop

WIDTH = 4


@pytest.mark.parametrize(
    "made, expected",
    [(None, None), (2, (2,)), ([], ()), ((3, 0), (3, 0)), ({1}, (1,)), ([2, 2], (2,))],
)
def test_what_may_be_given(made, expected):
    assert partitions_of(made, WIDTH, "out") == expected


@pytest.mark.parametrize("made", [4, -1, True, 1.0, "0", [0, 4], [None], "12"])
def test_what_is_no_partition_is_refused(made):
    with pytest.raises(Misuse, match=r"the partitioner of out gives .*a partition from 0 to 3"):
        partitions_of(made, WIDTH, "out")


def by_value(topic, key, value, partitions):
    """The value in digits says where to; 9 is left to the key, 8 goes nowhere."""
    assert partitions == WIDTH
    if value == 9:
        return None
    return [int(digit) for digit in str(value) if digit != "8"]


FN = n.Func(by_value, "by_value")


def to_topic(shop, source):
    shop.add(n.Sink, "to", source, topic=n.TopicRef("out"), partitioner=FN)


def to_chosen(shop, source):
    choose = n.Func(lambda value: "out", "choose")
    shop.add(n.Sink, "to", source, choose=choose, partitioner=FN)


def to_hop(shop, source):
    spread = shop.add(n.Repartition, "spread", source, partitioner=FN)
    shop.to("last", spread)


@pytest.mark.parametrize("fused", [True, False])
@pytest.mark.parametrize("write", [to_topic, to_chosen, to_hop])
def test_records_go_where_they_are_sent_with_their_headers(write, fused):
    shop = Shop()
    write(shop, shop.stream("in"))
    plan = make_plan(shop.graph())
    task = Task(plan, plan.home(shop.nodes[0]), fused=fused)
    tags = (("h", b"1"),)
    task.run("in", [row("a", 31, 1, tags), row("b", 9, 2), row("c", 8, 3), row("d", 3, 4)])
    (output,) = task.outputs.values()
    found = {part.partition: (part.timestamps, part.headers) for part in output.take(WIDTH)}
    own = crc32(b"b") % WIDTH
    assert {at: times for at, (times, _) in found.items()} == {
        at: [time for time, wheres in ((1, {1, 3}), (2, {own}), (4, {3})) if at in wheres]
        for at in {1, 3, own}
    }
    assert all(headers[0] == tags for times, headers in found.values() if times[0] == 1)
    assert [each for each in task.dropped if each.startswith("no-partition")]
    output.clear()
    assert output.take(WIDTH) == []


def test_what_a_partitioner_does_to_a_value_its_siblings_do_not_see():
    from streamz_core.codecs.annotation import codec_for

    def spoil(topic, key, value, partitions):
        value.append(1)

    shop = Shop()
    source = shop.stream("in", value=codec_for(list[int]))
    fn = n.Func(spoil, "spoil")
    shop.add(n.Sink, "to", source, topic=n.TopicRef("out"), partitioner=fn, value=source.value)
    shop.add(n.MapValues, "size", source, fn=n.Func(len, "size"), value=source.value)
    seen = []
    shop.add(n.Peek, "look", source, fn=n.Func(lambda value: seen.append(len(value)), "look"))
    plan = make_plan(shop.graph())
    task = Task(plan, plan.subs[0])
    task.run("in", [(b"a", source.value.encode([7]), 1, ())])
    assert seen == [1]
