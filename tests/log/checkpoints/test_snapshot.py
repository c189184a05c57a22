"""The state as bytes: nothing is forgotten, and nothing foreign is believed."""

from __future__ import annotations

from typing import Any

import attrs
import msgpack
import pytest

from streamz_core.errors import Corrupt, Unsupported
from streamz_core.log.checkpoints import snapshot
from streamz_core.log.records.commits import CommitRecord, Range, SentRecord
from streamz_core.log.records.itself import LevelRecord
from streamz_core.log.records.lost import Lost
from streamz_core.log.records.moved.manifest import ManifestRecord, Part
from streamz_core.log.records.ownership import ProducerRecord
from streamz_core.log.records.removal import ExpireRecord, LostRecord, ResetRecord
from streamz_core.log.records.schemas import SchemaRecord
from streamz_core.log.records.state import State
from streamz_core.log.records.topics import TopicRecord
from streamz_core.log.values import TaskCommit
from tests.log.records.conftest import ME, Hand


@pytest.fixture
def full(owned: Hand) -> State:
    """A state in which every part has something to say."""
    position = {"time:t": 1_700_000_000_000, "deep": {"list": [1, None, "x", b"y", 2.5]}}
    for record in (
        TopicRecord(2, "gone", 1, {"retention_ms": 5}, "h"),
        CommitRecord.of(
            ME,
            [TaskCommit("g", "sub/0", 1, [(1, 0, 0, 0)], position)],
            [Range(1, 1, 9, 0, 0, 40, 1), Range(1, 0, 1 << 40, 0, 40, 40, 1)],
        ),
        CommitRecord.of(ME, [TaskCommit("plain", "", 0, [(1, 1, 0, 2)])], []),
        LostRecord(1, 1, 0, 1, 1, "retention"),
        LostRecord(1, 1, 4, 6, 2, "skip"),
        ManifestRecord([Part(1, 1, [], [[0, 8, b"n" * 12, 90, 5, 7]], 3, [8, 3, 1 << 40])]),
        SchemaRecord([(b"abcd", b"text")], [(1, "value", b"abcd")], [(1, "key", b"abcd", "h")]),
        ResetRecord("h", [], [2], "somebody"),
        LevelRecord("process"),
        ExpireRecord("plain", 5, forget=False),
        ProducerRecord("orders", ME, 1),
        SentRecord(ME, [], [], "orders", 1, 7),
    ):
        assert owned.add(record) == ""
    return owned.state


def deep(value: Any) -> Any:
    """Everything in it, as plain values that compare by what they hold."""
    if isinstance(value, Lost):
        return value.gaps
    if attrs.has(type(value)):
        return {each.name: deep(getattr(value, each.name)) for each in attrs.fields(type(value))}
    if isinstance(value, dict):
        return {key: deep(each) for key, each in value.items()}
    return value


def told(state: State) -> dict[str, Any]:
    return {name: deep(value) for name, value in vars(state).items() if name != "past"}


def test_everything_comes_back(full: State) -> None:
    again = snapshot.unpack(snapshot.pack(full), (full.lsn, full.hash))
    assert told(again) == told(full)
    assert again.digest() == full.digest()
    empty = vars(State())
    assert [name for name, value in vars(full).items() if value == empty[name]] == []


def test_it_begins_where_it_was_packed(full: State) -> None:
    again = snapshot.unpack(snapshot.pack(full), (full.lsn, full.hash))
    assert again.past.base == (full.lsn, full.hash)
    assert again.on_chain(full.lsn, full.hash)
    lsn, hash_ = full.groups["g"].commits["sub/0"]
    assert again.on_chain(lsn, hash_ + b"the rest") is True, "the last commit of a task is known"
    assert again.on_chain(lsn, b"another hash") is None
    assert again.on_chain(lsn + 1, full.hash) is None


def test_what_a_newer_version_packed_is_refused(full: State) -> None:
    parts = msgpack.unpackb(snapshot.pack(full))
    newer = msgpack.packb({**parts, "dreams": [1]})
    with pytest.raises(Unsupported, match="knows of dreams: a newer version wrote it"):
        snapshot.unpack(newer, (1, b""))


@pytest.mark.parametrize("data", [b"", b"\xc1", msgpack.packb(7), msgpack.packb({"topics": [[1]]})])
def test_what_is_none_is_told(data: bytes) -> None:
    with pytest.raises(Corrupt, match="a packed state is not as this version writes it"):
        snapshot.unpack(data, (1, b""))


def test_a_part_that_is_missing_is_empty(full: State) -> None:
    parts = msgpack.unpackb(snapshot.pack(full))
    del parts["lost"]
    assert snapshot.unpack(msgpack.packb(parts), (1, b"")).lost == {}
