"""Declared stores as functions see them: a mapping, in the order of keys."""

import pytest

from streamz_core.codecs.free import JSON
from streamz_core.codecs.plain import INT
from streamz_core.errors import CodecError
from streamz_core.stores.keyed.facade import PlainStore
from streamz_state.memory import MemoryDatabase
from tests.stores.opened import commit, opened, plain


@pytest.fixture
def database():
    return MemoryDatabase()


def facade(database, **more):
    store = opened(plain(**more), database)
    return store, PlainStore(store, lambda: None)


def test_it_is_a_dict(database):
    _, last = facade(database)
    like = {}
    for mapping in (last, like):
        mapping["b"] = 2
        mapping["a"] = 1
        mapping.setdefault("c", 3)
        del mapping["b"]
        assert mapping.pop("none", None) is None
        with pytest.raises(KeyError):
            del mapping["b"]
        with pytest.raises(KeyError):
            mapping["b"]
        assert "a" in mapping
        assert "b" not in mapping
        assert mapping.get("b", 7) == 7
        assert len(mapping) == 2
    assert dict(last) == like


def test_setting_none_deletes(database):
    _, last = facade(database)
    last["a"] = 1
    last["a"] = None
    assert "a" not in last
    assert list(last) == []


def test_iteration_merges_saved_and_unsaved_rows_in_order(database):
    store, last = facade(database)
    for key in ("a", "c", "e", "g"):
        last[key] = 1
    commit(store, database)
    last["b"] = last["c"] = last["h"] = 2
    del last["e"]
    assert list(last.items()) == [("a", 1), ("b", 2), ("c", 2), ("g", 1), ("h", 2)]
    store.collect()
    assert list(last) == ["a", "b", "c", "g", "h"]
    store.begin()
    last["aa"] = 3
    assert list(last) == ["a", "aa", "b", "c", "g", "h"]
    store.undo()
    assert list(last) == ["a", "b", "c", "g", "h"]


def test_iteration_sees_the_rows_as_they_were_when_it_began(database):
    store, last = facade(database)
    last["a"] = 1
    commit(store, database)
    last["b"] = 2
    seen = []
    for key, value in last.items():
        seen.append((key, value))
        last[key] = value + 10
        last[key + "z"] = 0
    assert [key for key, _ in seen] == ["a", "b"]


def test_a_range_includes_both_ends(database):
    store, last = facade(database)
    for key in ("a", "b", "c", "d"):
        last[key] = 1
    commit(store, database)
    last["bb"] = 2
    assert [key for key, _ in last.range("b", "c")] == ["b", "bb", "c"]
    assert [key for key, _ in last.range("c")] == ["c", "d"]
    assert [key for key, _ in last.range(end="a")] == ["a"]
    assert list(last.range("c", "b")) == []


@pytest.mark.parametrize("saved", [True, False])
def test_ints_come_in_numeric_order(database, saved):
    store, last = facade(database, key=INT)
    for key in (3, -1, 0, -7, 12):
        last[key] = key
    if saved:
        commit(store, database)
    assert list(last) == [-7, -1, 0, 3, 12]
    assert [key for key, _ in last.range(-1, 3)] == [-1, 0, 3]
    assert [key for key, _ in last.range(None, -1)] == [-7, -1]
    assert [key for key, _ in last.range(1)] == [3, 12]
    assert [key for key, _ in last.range(-3)] == [-1, 0, 3, 12]
    assert list(last.range(3, -7)) == []


def test_a_range_from_behind(database):
    store, last = facade(database, key=INT)
    for key in (3, -1, 0, -7):
        last[key] = key
    commit(store, database)
    last[12], last[1], last[0] = 12, 1, None
    for bounds in ((), (-1, 3), (None, -1), (1,), (3, -7)):
        assert list(last.range(*bounds, reverse=True)) == list(last.range(*bounds))[::-1]


def test_one_true_and_one_point_zero_are_three_keys(database):
    _, last = facade(database, key=JSON)
    last[1] = 10
    last[True] = 20
    last[1.0] = 30
    assert (last[1], last[True], last[1.0]) == (10, 20, 30)


def test_a_value_that_does_not_fit_is_refused_where_it_is_set(database):
    _, last = facade(database)
    with pytest.raises(CodecError):
        last["a"] = "no int"
    assert "a" not in last


def test_what_was_read_can_be_changed_without_changing_the_store(database):
    store, last = facade(database, value=JSON)
    last["a"] = [1]
    last["a"].append(2)
    assert last["a"] == [1]
    commit(store, database)
    next(iter(last.values())).append(3)
    assert last["a"] == [1]


def test_the_changelog_gets_the_time_of_the_record(database):
    store, last = facade(database)
    last.timestamp = 42
    last["a"] = 1
    assert commit(store, database) == [(b"a", INT.encode(1), 42)]
