"""Where records are repartitioned, and under which names."""

import pytest

from streamz_core.codecs.plain import BYTES, INT, STR
from streamz_core.errors import TopologyError
from streamz_core.topology import nodes as n
from streamz_core.topology.edges import Edge, find_calling, find_edges
from tests.topology.graphs import Shop


def edges(shop):
    return find_edges("shop", shop.nodes)


def topics(shop):
    return [hop.topic for hop in edges(shop).hops]


def test_no_hop_where_the_key_stays():
    shop = Shop()
    shop.count("hits", shop.filter("some", shop.stream("clicks")))
    assert topics(shop) == []


@pytest.mark.parametrize("kind", [n.SelectKey, n.Map, n.FlatMap, n.Process])
def test_a_step_that_may_change_the_key_puts_a_hop_before_the_aggregate(kind):
    shop = Shop()
    changed = shop.add(kind, "changed", shop.stream("clicks"), fn=n.Func(str, "changed"))
    shop.count("hits", shop.filter("some", changed))
    assert topics(shop) == ["shop-hits-repartition"]


def test_process_values_and_flat_map_values_keep_the_key():
    shop = Shop()
    fn = n.Func(str, "f")
    kept = shop.add(n.ProcessValues, "kept", shop.stream("clicks"), fn=fn)
    shop.count("hits", shop.add(n.FlatMapValues, "flat", kept, fn=fn))
    assert topics(shop) == []


def test_process_values_does_not_mend_a_changed_key():
    shop = Shop()
    by = shop.rekey("by", shop.stream("clicks"))
    fn = n.Func(str, "f")
    shop.count("hits", shop.add(n.ProcessValues, "kept", by, fn=fn))
    assert topics(shop) == ["shop-hits-repartition"]


def test_one_re_keyed_side_of_a_merge_is_enough():
    shop = Shop()
    other = shop.rekey("by", shop.stream("other"))
    shop.count("hits", shop.add(n.Merge, "both", shop.stream("clicks"), other))
    assert topics(shop) == ["shop-hits-repartition"]


def test_names_come_from_the_grouping_the_join_the_table_the_step():
    shop = Shop()
    by = shop.rekey("by", shop.stream("clicks"))
    shop.count("hits", by, grouping="urls")
    shop.join("enriched", by, shop.table("users"))
    shop.add(n.ToTable, "last", by)
    shop.add(n.Repartition, "spread", by, partitions=7)
    found = edges(shop).hops
    assert [hop.name for hop in found] == ["urls", "enriched-left", "last", "spread"]
    assert [hop.step for hop in found] == ["urls", "enriched", "last", "spread"]
    assert [hop.partitions for hop in found] == [None, None, None, 7]


def test_aggregates_of_a_named_grouping_share_its_hop():
    shop = Shop()
    by = shop.rekey("by", shop.stream("clicks"))
    hits = shop.count("hits", by, grouping="urls")
    views = shop.count("views", by, grouping="urls")
    (hop,) = edges(shop).hops
    assert hop.readers == [Edge(hits), Edge(views)]
    assert len(edges(shop).children[by]) == 1


def test_one_name_on_two_streams_is_refused_and_both_are_named():
    shop = Shop()
    shop.count("hits", shop.rekey("a", shop.stream("clicks")), grouping="urls")
    shop.count("views", shop.rekey("b", shop.stream("other")), grouping="urls")
    with pytest.raises(TopologyError, match=r"views and hits both want .*shop-urls-repartition"):
        edges(shop)


def test_behind_a_repartition_the_stream_needs_no_other():
    shop = Shop()
    spread = shop.add(n.Repartition, "spread", shop.rekey("by", shop.stream("clicks")))
    shop.count("hits", spread)
    assert topics(shop) == ["shop-spread-repartition"]


def test_the_hop_of_a_join_writes_keys_as_the_table_does():
    shop = Shop()
    by = shop.add(n.SelectKey, "by", shop.stream("clicks"), fn=n.Func(str, "by"), key=BYTES)
    shop.join("enriched", by, shop.table("users"))
    (hop,) = edges(shop).hops
    assert (hop.key, hop.value) == (STR, INT)


def test_a_hop_without_a_codec_names_the_steps():
    shop = Shop()
    by = shop.add(n.SelectKey, "by", shop.stream("clicks"), fn=n.Func(str, "by"), value=None)
    shop.count("hits", by)
    with pytest.raises(TopologyError, match=r"hits: no value codec .* of by"):
        edges(shop)


def test_null_keys_pass_where_a_left_join_stands_downstream():
    shop = Shop()
    users = shop.table("users")
    spread = shop.add(n.Repartition, "spread", shop.rekey("by", shop.stream("clicks")))
    shop.join("enriched", shop.filter("some", spread), users, left=True)
    strict = shop.add(n.Repartition, "strict", shop.rekey("by2", shop.stream("other")))
    shop.join("inner", strict, users)
    assert {hop.name: hop.relaxed for hop in edges(shop).hops} == {"spread": True, "strict": False}


def test_one_relaxed_reader_relaxes_a_shared_hop():
    shop = Shop()
    by = shop.rekey("by", shop.stream("clicks"))
    first = shop.count("first", by, grouping="urls")
    shop.count("second", by, grouping="urls")
    again = shop.add(n.ToStream, "again", first)
    shop.join("enriched", again, shop.table("users"), left=True)
    assert [hop.relaxed for hop in edges(shop).hops] == [True]


def test_children_stand_in_order_of_declaration():
    shop = Shop()
    clicks = shop.stream("clicks")
    by = shop.rekey("by", clicks)
    first = shop.to("a", by)
    hits = shop.count("hits", by)
    last = shop.to("b", by)
    found = edges(shop)
    assert found.children[by] == [Edge(first), found.hops[0], Edge(last)]
    assert found.hops[0].readers == [Edge(hits)]


def test_a_table_hands_nothing_to_the_join_that_looks_into_it():
    shop = Shop()
    users = shop.table("users")
    shop.join("enriched", shop.stream("clicks"), users)
    assert edges(shop).children[users] == []


def test_functions_see_the_records_of_all_steps_above_them_but_not_through_a_hop():
    shop = Shop()
    source = shop.stream("clicks")
    merged = shop.add(n.Merge, "merged", source, source)
    look = shop.add(n.Peek, "look", merged, fn=n.Func(str, "look"))
    shop.to("out", look)
    shop.to("out", source)
    hopped = shop.add(n.Repartition, "hopped", shop.stream("other"))
    shop.add(n.Foreach, "end", hopped, fn=n.Func(str, "end"))
    found = find_calling(shop.nodes, edges(shop))
    assert [node.name for node in shop.nodes if node in found] == [
        *("clicks", "merged", "look"),
        *("hopped", "end"),
    ]
