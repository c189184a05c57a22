"""One commit by hand: all of it or nothing."""

from __future__ import annotations

import pytest

from streamz_core.broker.admin import Admin
from streamz_core.broker.embedded import Broker
from streamz_core.errors import Fenced, Misuse, UnknownTopic
from streamz_core.record import Batch


@pytest.fixture
def topics(broker: Broker) -> Broker:
    Admin(broker).create_topic("a", 2)
    Admin(broker).create_topic("b", 1)
    broker.backend.watch(["a", "b"])
    consumed = broker.transaction()
    consumed.send("a", 0, [None] * 3, [b"1"] * 3, [0] * 3)
    consumed.commit()
    return broker


def batches(broker: Broker, topic: str, partition: int = 0) -> list[Batch]:
    return broker.backend.fetch(topic, partition, 0, bytes_max=1 << 20)


def test_nothing_is_seen_before_the_commit_and_then_all_of_it(topics: Broker) -> None:
    transaction = topics.transaction("g")
    transaction.send("a", 1, [b"k"], [b"1"], [5])
    transaction.send("b", 0, [None], [None], [6], [(("h", b"x"),)])
    transaction.move("a", 0, 0, 3)
    assert batches(topics, "a", 1) == []
    before = topics.backend.mark.number
    done = transaction.commit()
    assert done.mark.number == topics.backend.mark.number == before + 1
    assert list(done.bases) == [0, 0]
    assert [(b.keys, b.values, list(b.timestamps)) for b in batches(topics, "a", 1)] == [
        ([b"k"], [b"1"], [5])
    ]
    assert batches(topics, "b")[0].headers is not None
    assert topics.backend.committed("g", "a", 0) == 3


def test_what_was_committed_is_not_committed_again(topics: Broker) -> None:
    transaction = topics.transaction("g")
    transaction.send("b", 0, [None], [b"1"], [0])
    transaction.move("a", 0, 0, 1)
    transaction.commit()
    transaction.commit()
    assert topics.backend.end("b", 0) == 1


def test_who_comes_too_late_is_fenced_and_writes_nothing(topics: Broker) -> None:
    first, second = topics.transaction("g"), topics.transaction("g")
    for one in (first, second):
        one.send("b", 0, [None], [b"1"], [0])
        one.move("a", 0, 0, 1)
    first.commit()
    with pytest.raises(Fenced, match=r"a\[0\] is at 1, not at 0"):
        second.commit()
    assert topics.backend.end("b", 0) == 1


def test_a_partition_that_is_not_there_is_refused(topics: Broker) -> None:
    with pytest.raises(Misuse, match="partitions 0 to 1, not 2"):
        topics.transaction().send("a", 2, [None], [b"1"], [0])
    with pytest.raises(Misuse, match="partitions 0 to 1, not -1"):
        topics.transaction("g").move("a", -1, 0, 1)
    with pytest.raises(UnknownTopic):
        topics.transaction().send("c", 0, [None], [b"1"], [0])


def test_offsets_belong_to_a_group(topics: Broker) -> None:
    with pytest.raises(Misuse, match="belong to a group"):
        topics.transaction().move("a", 0, 0, 1)


def test_columns_hold_bytes(topics: Broker) -> None:
    """Nobody's codec could read anything else."""
    transaction = topics.transaction()
    with pytest.raises(Misuse, match=r"a key for a\[0\] is str; it has to be bytes or None"):
        transaction.send("a", 0, ["k"], [b"v"], [0])  # type: ignore[list-item]
    with pytest.raises(Misuse, match=r"a value for a\[0\] is float, int;"):
        transaction.send("a", 0, [None] * 3, [1, b"v", 1.5], [0] * 3)  # type: ignore[list-item]
    transaction.commit()
    assert topics.backend.end("a", 0) == 3


@pytest.mark.parametrize("start, stop", [(0, 4), (1, 0), (-1, 0), (0, 1 << 70)])
def test_no_group_goes_where_nothing_is(topics: Broker, start: int, stop: int) -> None:
    """It would wait there for records that come and are passed."""
    transaction = topics.transaction("g")
    with pytest.raises(Misuse, match=r"of a\[0\]: its offsets go from 0 to 3"):
        transaction.move("a", 0, start, stop)
    transaction.commit()
    assert topics.backend.committed("g", "a", 0) is None
