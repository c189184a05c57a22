"""Handles of topics and stores, and what may be called so."""

import pytest

from streamz_core.dsl.declared.topics import Memory, check_legal, memory
from streamz_core.errors import TopologyError


@pytest.mark.parametrize("name", ["a", "A-1_b.c", "...", "x" * 100])
def test_legal_names(name):
    check_legal("a store", name)


@pytest.mark.parametrize("name", ["", ".", "..", "a b", "a/b", "ä", "a\n", "x" * 101, None, 5])
def test_illegal_names_are_told_with_what_they_are_of(name):
    with pytest.raises(TopologyError, match=r"a store is named .*; names consist of letters"):
        check_legal("a store", name)


def test_topics_may_have_longer_names():
    check_legal("a topic", "x" * 249, 249)
    with pytest.raises(TopologyError, match="1 to 249 of them"):
        check_legal("a topic", "x" * 250, 249)


def test_memory_is_one_value():
    assert memory() is memory()
    assert isinstance(memory(), Memory)
    assert repr(memory()) == "memory()"
