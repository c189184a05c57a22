"""The table of kinds of nodes: every kind has a row, and a row tells the truth about its class."""

import typing

import attrs
import pytest

from streamz_core.errors import TopologyError
from streamz_core.topology import nodes as n
from streamz_core.topology.plan import make_plan
from streamz_core.topology.traits import (
    TRAITS,
    Role,
    Rows,
    chooses_topics,
    extractor_of,
    functions_of,
    identity_of,
    ports_of,
    rekeyed,
    reset_of,
    stores_kept,
    topics_read,
    topics_written,
    traits_of,
)
from tests.topology.graphs import Shop

ABSTRACT = {n.Node, n.StreamNode, n.TableNode, n.Calling, n.Timed}
KINDS = [
    kind
    for kind in vars(n).values()
    if isinstance(kind, type) and issubclass(kind, n.Node) and kind not in ABSTRACT
]


def fields_with(kind, wanted):
    """Names of the fields of a kind whose type mentions a class."""
    hints = typing.get_type_hints(kind)
    own = [field.name for field in attrs.fields(kind)]
    return {
        name
        for name in own
        if hints[name] is wanted or any(arg is wanted for arg in typing.get_args(hints[name]))
    }


@attrs.define(eq=False, repr=False, kw_only=True)
class Unknown(n.StreamNode):
    fn: n.Func
    more: tuple[n.Func, ...] = ()


def test_there_is_a_row_for_every_kind_and_none_for_others():
    assert set(TRAITS) == set(KINDS)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_a_row_names_every_function_and_every_topic_of_its_kind(kind):
    traits = traits_of(kind)
    assert set(traits.functions) == fields_with(kind, n.Func)
    assert {*traits.reads, *traits.writes} == fields_with(kind, n.TopicRef)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_a_row_agrees_with_its_class(kind):
    traits = traits_of(kind)
    assert (traits.rows is not None) == issubclass(kind, n.TableNode)
    assert (traits.rows is Rows.STORED) == ("store" in {f.name for f in attrs.fields(kind)})
    assert (traits.role is Role.SOURCE) == bool(traits.reads)
    assert (traits.role is Role.SINK) == bool(traits.writes)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_a_row_names_every_store_besides_that_of_a_table(kind):
    of_tables = {"materialized", "store"}
    assert set(traits_of(kind).stores) == fields_with(kind, n.StoreSpec) - of_tables


def test_a_kind_without_a_row_is_an_error_that_says_where_it_belongs():
    shop = Shop()
    shop.add(Unknown, "odd", shop.stream("in"), fn=n.Func(str, "odd"))
    with pytest.raises(TopologyError, match=r"kind Unknown: give it a row in .*traits.py"):
        make_plan(shop.graph())


@pytest.mark.parametrize("above", [False, True])
def test_what_a_step_does_to_keys(above):
    assert rekeyed(n.Filter, above) is above
    assert rekeyed(n.SelectKey, above) is True
    assert rekeyed(n.ToTable, above) is False


def test_all_functions_of_a_node_are_found(monkeypatch):
    monkeypatch.setitem(
        TRAITS, Unknown, attrs.evolve(traits_of(n.Filter), functions=("fn", "more"))
    )
    fns = [n.Func(str, name) for name in "abc"]
    node = Unknown(name="odd", order=0, fn=fns[0], more=(fns[1], fns[2]))
    assert functions_of(node) == fns


def test_stores_of_a_node_are_its_own_and_those_of_its_functions():
    shop = Shop()
    spec = n.StoreSpec("seen", "plain")
    joined = shop.meet("joined", shop.stream("a"), shop.stream("b"), how="left")
    joined.fn.stores = (spec,)
    names = [one.name for one in stores_kept(joined)]
    assert names == ["joined-left", "joined-right", "joined-outer", "seen"]
    assert stores_kept(shop.stream("c")) == []


def test_topics_and_extractors_of_sources_and_sinks():
    shop = Shop()
    late = n.OffsetReset("latest")
    clicks = shop.stream("a", "b", extractor=max, reset=late)
    users = shop.table("users", "store")
    sink = shop.to("out", clicks)
    chosen = shop.add(n.Sink, "to", clicks, choose=n.Func(str, "choose"))
    assert [topic.name for topic in topics_read(clicks)] == ["a", "b"]
    assert [topic.name for topic in topics_written(sink)] == ["out"]
    assert [chooses_topics(node) for node in (clicks, sink, chosen)] == [False, False, True]
    assert [extractor_of(node) for node in (clicks, users, sink)] == [max, None, None]
    assert [reset_of(node) for node in (clicks, users, sink)] == [late, n.EARLIEST, n.EARLIEST]
    assert [identity_of(node) for node in (clicks, users, sink)] == ["a", "users", "to-out"]


def test_ports_are_numbered_by_the_parents_unless_those_are_alike():
    shop = Shop()
    clicks, users = shop.stream("clicks"), shop.table("users")
    both = shop.add(n.Merge, "both", clicks, clicks)
    joined = shop.join("joined", clicks, users)
    assert [(number, parent) for number, _, parent in ports_of(both)] == [(0, clicks), (0, clicks)]
    found = [(number, port.name, port.fed) for number, port, _ in ports_of(joined)]
    assert found == [(0, "left", True), (1, "right", False)]
