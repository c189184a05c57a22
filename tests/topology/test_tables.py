"""Materialisation and old values, decided as Kafka does."""

from streamz_core.topology.tables import decide_tables
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
