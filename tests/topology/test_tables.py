"""Materialisation and old values, decided as Kafka does."""

import attrs
import pytest

from streamz_core.codecs.plain import INT, STR
from streamz_core.topology import nodes as n
from streamz_core.topology.tables import decide_tables
from streamz_core.topology.traits import TRAITS, Old, Port, Rows, Traits
from tests.topology.graphs import Shop


def store_of(decided, node):
    return decided[node].store and decided[node].store.name


def test_a_source_table_that_nobody_looks_into_has_no_store():
    shop = Shop()
    users = shop.table("users")
    assert store_of(decide_tables(shop.nodes), users) is None


def test_a_join_gives_a_source_table_a_hidden_store_named_by_its_topic():
    shop = Shop()
    users = shop.table("users")
    shop.join("enriched", shop.stream("clicks"), users)
    decided = decide_tables(shop.nodes)
    assert store_of(decided, users) == "users"
    assert not decided[users].sends_old


def test_a_join_behind_a_filter_stores_the_source_and_not_the_filter():
    shop = Shop()
    users = shop.table("users")
    adults = shop.filter("adults", users)
    shop.join("enriched", shop.stream("clicks"), adults)
    decided = decide_tables(shop.nodes)
    assert store_of(decided, users) == "users"
    assert store_of(decided, adults) is None


def test_a_join_with_a_materialised_filter_needs_nothing_above_it():
    shop = Shop()
    users = shop.table("users")
    adults = shop.filter("adults", users, store="adults-store")
    shop.join("enriched", shop.stream("clicks"), adults)
    decided = decide_tables(shop.nodes)
    assert store_of(decided, users) is None
    assert store_of(decided, adults) == "adults-store"


def test_a_filter_takes_old_values_from_a_table_that_has_a_store():
    shop = Shop()
    users = shop.table("users", store="u")
    adults = shop.filter("adults", users)
    decided = decide_tables(shop.nodes)
    assert decided[users].sends_old
    assert decided[adults].sends_old


def test_a_filter_causes_no_store_to_get_old_values():
    shop = Shop()
    users = shop.table("users")
    adults = shop.filter("adults", users)
    decided = decide_tables(shop.nodes)
    assert store_of(decided, users) is None
    assert not decided[adults].sends_old


def test_a_store_that_a_later_join_causes_comes_too_late_for_a_filter():
    shop = Shop()
    users = shop.table("users")
    adults = shop.filter("adults", users)
    shop.join("enriched", shop.stream("clicks"), users)
    decided = decide_tables(shop.nodes)
    assert store_of(decided, users) == "users"
    assert not decided[adults].sends_old


def test_the_wish_for_old_values_goes_through_tables_without_stores():
    shop = Shop()
    total = shop.count("total", shop.stream("clicks"))
    some = shop.filter("some", total)
    few = shop.filter("few", some)
    decided = decide_tables(shop.nodes)
    assert [decided[node].sends_old for node in (total, some, few)] == [True, True, True]


def test_an_aggregate_that_nobody_asks_sends_no_old_values():
    shop = Shop()
    total = shop.count("total", shop.stream("clicks"))
    shop.to("out", total)
    decided = decide_tables(shop.nodes)
    assert store_of(decided, total) == "total"
    assert not decided[total].sends_old


@pytest.mark.parametrize(
    "how, asked", [("inner", [False, False]), ("left", [True, False]), ("outer", [True, True])]
)
def test_a_join_of_tables_stores_both_and_asks_outer_sides_for_old_values(how, asked):
    shop = Shop()
    left, right = shop.table("left"), shop.table("right")
    joined = shop.join_tables("joined", left, right, how=how)
    decided = decide_tables(shop.nodes)
    assert [store_of(decided, one) for one in (left, right, joined)] == ["left", "right", None]
    assert [decided[one].sends_old for one in (left, right, joined)] == [*asked, False]


def test_the_wish_for_old_values_goes_through_a_join_even_past_its_store():
    shop = Shop()
    left, right = shop.table("left"), shop.table("right")
    some = shop.filter("some", left)
    joined = shop.join_tables("joined", some, right, store="kept")
    last = shop.filter("last", joined)
    decided = decide_tables(shop.nodes)
    assert all(decided[one].sends_old for one in (left, right, some, joined, last))
    assert store_of(decided, joined) == "kept"


def test_a_join_of_tables_is_looked_up_in_its_own_store_if_it_has_one():
    for store, needed in (("", ["left", "right"]), ("kept", ["left", "right"])):
        shop = Shop()
        left, right = shop.table("left"), shop.table("right")
        joined = shop.join_tables("joined", left, right, store=store)
        shop.join("enriched", shop.stream("clicks"), joined)
        decided = decide_tables(shop.nodes)
        assert [store_of(decided, one) for one in (left, right)] == needed
        assert store_of(decided, joined) == (store or None)


@attrs.define(eq=False, repr=False, kw_only=True)
class Both(n.TableNode):
    """A table that follows from two others."""


@pytest.fixture
def both(monkeypatch):
    port = Port(looks_up=True, old=Old.NEEDED)
    traits = Traits(ports=(port, port), rows=Rows.DERIVED, copartitioned=True)
    monkeypatch.setitem(TRAITS, Both, traits)
    shop = Shop()
    left, right = shop.table("left"), shop.table("right")
    return shop, left, right, shop.add(Both, "both", left, right)


def test_a_step_that_needs_old_values_makes_the_tables_above_store(both):
    shop, left, right, _ = both
    decided = decide_tables(shop.nodes)
    assert [store_of(decided, table) for table in (left, right)] == ["left", "right"]
    assert [decided[table].sends_old for table in (left, right)] == [True, True]


def test_a_table_of_two_parents_is_looked_up_through_both(both, monkeypatch):
    shop, left, right, table = both
    port = Port(looks_up=False)
    monkeypatch.setitem(TRAITS, Both, Traits(ports=(port, port), rows=Rows.DERIVED))
    assert not any(draft.store for draft in decide_tables(shop.nodes).values())
    shop.join("enriched", shop.stream("clicks"), table)
    decided = decide_tables(shop.nodes)
    assert [store_of(decided, one) for one in (left, right, table)] == ["left", "right", None]


def test_old_values_of_two_parents_are_had_where_both_have_them(both, monkeypatch):
    shop, _, right, table = both
    monkeypatch.setitem(TRAITS, Both, Traits(ports=(Port(), Port()), rows=Rows.DERIVED))
    shop.nodes[0].materialized = n.StoreSpec("l", "timestamped", STR, INT)
    adults = shop.filter("adults", table)
    assert not decide_tables(shop.nodes)[adults].sends_old
    right.materialized = n.StoreSpec("r", "timestamped", STR, INT)
    assert decide_tables(shop.nodes)[adults].sends_old


def decided(make):
    shop = Shop()
    node = make(shop, shop.table("users", history_ms=1000))
    return decide_tables(shop.nodes, at_commit=True)[node]


def test_rows_that_follow_from_versions_have_versions_and_never_wait_for_a_commit():
    for make, versioned in (
        (lambda _, users: users, True),
        (lambda shop, users: shop.filter("some", users), True),
        (lambda shop, users: shop.filter("some", shop.filter("few", users)), True),
        (lambda shop, users: shop.filter("some", users, "some"), False),
        (lambda shop, users: shop.join_tables("twice", users, users), False),
        (lambda shop, _: shop.table("others"), False),
    ):
        table = decided(make)
        assert table.versioned is versioned
        assert table.at_commit is (not versioned and table.store is not None)


def test_who_tells_changes_only_knows_old_values_and_does_not_wait_for_commits_as_well():
    shop = Shop()
    users = shop.table("users", store="rows", on_change=True)
    table = decide_tables(shop.nodes, at_commit=True)[users]
    assert (table.on_change, table.at_commit, table.sends_old, table.asked) == (
        True,
        False,
        True,
        False,
    )
