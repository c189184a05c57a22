"""Nodes as values: what they are compared by, and how they show."""

from tests.topology.graphs import Shop


def test_a_node_is_itself_and_nothing_else():
    one, other = Shop().stream("clicks"), Shop().stream("clicks")
    assert one == one  # noqa: PLR0124 - by identity
    assert one != other
    assert len({one, other}) == 2


def test_a_node_shows_its_kind_and_name():
    shop = Shop()
    assert repr(shop.count("hits", shop.stream("clicks"))) == "<Aggregate hits>"
