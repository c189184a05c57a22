"""Declared stores of versions as functions see them."""

import pytest

from streamz_core.codecs.free import JSON
from streamz_core.codecs.plain import INT, STR
from streamz_core.errors import CodecError
from streamz_core.record import VersionedRecord
from streamz_core.stores.versioned.facade import Versions
from streamz_core.topology.nodes import StoreSpec
from streamz_state.memory import MemoryDatabase
from tests.stores.opened import opened


def facade(value=INT, check=lambda: None):
    spec = StoreSpec("v", "versions", STR, value, retention_ms=9000, history_ms=9000)
    return Versions(opened(spec, MemoryDatabase()), check)


def test_versions_are_put_and_found():
    store = facade()
    assert store.put("a", 1, 10) is True
    assert store.put("a", 3, 30) is True
    assert store.put("a", 2, 20) is False
    assert store.get("a") == VersionedRecord(3, 30)
    assert store.get_as_of("a", 25) == VersionedRecord(2, 20)
    assert store.get_as_of("a", 9) is store.get("b") is None
    assert store.put("b", 0, 9040) is True
    assert store.put("a", 0, 39) is None


def test_what_is_put_without_a_time_has_that_of_the_record():
    store = facade()
    store.timestamp = 7
    store.put("a", 1)
    assert store.get("a") == VersionedRecord(1, 7)
    store.timestamp = 9
    assert store.delete("a") == VersionedRecord(1, 7)
    assert store.get("a") is None


def test_a_delete_gives_what_was_valid_until_then():
    store = facade()
    store.put("a", 1, 10)
    store.put("a", 3, 30)
    assert store.delete("a", 20) == VersionedRecord(1, 10)
    assert store.delete("a", 5) is None
    assert store.versions("a") == [VersionedRecord(1, 10, 20), VersionedRecord(3, 30)]
    assert store.versions("a", 15, 29) == [VersionedRecord(1, 10, 20)]
    store.put("b", 0, 9040)
    assert store.delete("a", 30) is None
    assert store.get("a") == VersionedRecord(3, 30)


def test_nobody_can_change_what_is_stored():
    store = facade(JSON)
    store.put("a", [1], 10)
    store.get("a").value.append(2)
    assert store.get("a").value == store.get_as_of("a", 10).value == [1]


def test_what_does_not_fit_is_refused():
    with pytest.raises(CodecError):
        facade().put("a", "no int", 1)


def test_another_thread_is_refused():
    def refuse():
        raise RuntimeError

    with pytest.raises(RuntimeError):
        facade(check=refuse).get("a")
