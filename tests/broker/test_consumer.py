"""Reading topics, with and without a group that remembers."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from streamz_core.broker.admin import Admin
from streamz_core.broker.consumer import Consumer
from streamz_core.broker.embedded import Broker
from streamz_core.codecs.plain import BYTES, INT, STR
from streamz_core.errors import CodecError, Fenced, Misuse, UnknownTopic
from streamz_core.log.removing import lose
from streamz_core.record import Record

Another = Callable[[], Broker]


@pytest.fixture
def topic(broker: Broker) -> str:
    name = Admin(broker).create_topic("t", 2).name
    write(broker, 0, [0, 1, 2])
    write(broker, 1, [10, 11])
    return name


def write(broker: Broker, partition: int, numbers: list[int]) -> None:
    transaction = broker.transaction()
    values = [INT.encode(number) for number in numbers]
    transaction.send("t", partition, [b"k"] * len(values), values, [5] * len(values))
    transaction.commit()


def consumer(broker: Broker, group: str = "", start: str = "earliest") -> Consumer[str, int]:
    return Consumer(broker, ["t"], key=STR, value=INT, group=group, start=start)


def numbers(records: list[Record[str | None, int | None]]) -> list[int | None]:
    return sorted(record.value for record in records)


def test_every_partition_is_read_from_its_start(broker: Broker, topic: str) -> None:
    one = consumer(broker)
    found = one.poll(0)
    assert numbers(found) == [0, 1, 2, 10, 11]
    last = max(found, key=lambda record: record.value)
    assert (last.key, last.timestamp, last.topic, last.partition, last.offset) == (
        "k",
        5,
        "t",
        1,
        1,
    )
    assert one.poll(0) == []


def test_records_of_others_are_seen(broker: Broker, topic: str, another: Another) -> None:
    one = consumer(broker)
    one.poll(0)
    write(another(), 1, [12])
    assert numbers(one.poll(0)) == [12]


def test_at_most_so_many_and_none_is_left_out(broker: Broker, topic: str) -> None:
    one = consumer(broker)
    found = [one.poll(0, records_max=2) for _ in range(4)]
    assert [len(part) for part in found] == [2, 2, 1, 0]
    assert numbers([record for part in found for record in part]) == [0, 1, 2, 10, 11]


def test_latest_begins_behind_what_is_there(broker: Broker, topic: str) -> None:
    one = consumer(broker, start="latest")
    assert one.poll(0) == []
    write(broker, 0, [3])
    assert numbers(one.poll(0)) == [3]


def test_what_was_committed_is_not_read_again_by_the_group(
    broker: Broker, topic: str, another: Another
) -> None:
    """In another process, and whatever its `start`."""
    one = consumer(broker, "g")
    assert len(one.poll(0)) == 5
    one.commit()
    write(broker, 1, [12])
    for start in ("earliest", "latest"):
        assert numbers(consumer(another(), "g", start).poll(0)) == [12]
    assert len(consumer(another(), "another").poll(0)) == 6


def test_a_commit_says_what_was_polled_and_no_more(
    broker: Broker, topic: str, another: Another
) -> None:
    one = consumer(broker, "g")
    first = one.poll(0, records_max=2)
    one.commit()
    rest = consumer(another(), "g").poll(0)
    assert numbers(first + rest) == [0, 1, 2, 10, 11]
    assert len(rest) == 3


def test_without_a_commit_the_group_reads_again(
    broker: Broker, topic: str, another: Another
) -> None:
    consumer(broker, "g").poll(0)
    assert len(consumer(another(), "g").poll(0)) == 5


def test_a_group_that_begins_at_latest_can_commit(
    broker: Broker, topic: str, another: Another
) -> None:
    one = consumer(broker, "g", "latest")
    write(broker, 0, [3])
    one.poll(0)
    one.commit()
    write(broker, 0, [4])
    assert numbers(consumer(another(), "g").poll(0)) == [4]


def test_two_of_a_group_cannot_both_commit_the_same(
    broker: Broker, topic: str, another: Another
) -> None:
    one, two = consumer(broker, "g"), consumer(another(), "g")
    one.poll(0)
    two.poll(0)
    one.commit()
    with pytest.raises(Fenced):
        two.commit()


def test_who_seeks_reads_from_there(broker: Broker, topic: str) -> None:
    one = consumer(broker)
    one.seek("t", 0, 2)
    one.seek("t", 1, 2)
    assert numbers(one.poll(0)) == [2]
    assert one.position("t", 0) == 3
    one.seek("t", 0, 0)
    assert numbers(one.poll(0)) == [0, 1, 2]


def test_the_end_is_behind_what_may_be_read_now(
    broker: Broker, topic: str, another: Another
) -> None:
    one = consumer(broker)
    assert one.end_offsets() == {("t", 0): 3, ("t", 1): 2}
    assert not one.at_end()
    write(another(), 1, [12])
    assert one.end_offsets() == {("t", 0): 3, ("t", 1): 3}
    one.poll(0)
    assert one.at_end()


def test_what_is_not_durable_is_neither_read_nor_counted(
    broker: Broker, topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tasks may read it: what they derive goes with it."""
    one = consumer(broker)
    backend = broker.backend
    durable = backend.mark.number
    monkeypatch.setattr(type(backend.log.durability), "readable_lsn", durable)
    write(broker, 0, [3])
    assert backend.end("t", 0) == 4
    assert one.end_offsets()["t", 0] == 3
    assert numbers(one.poll(0)) == [0, 1, 2, 10, 11]
    monkeypatch.undo()
    assert numbers(one.poll(0)) == [3]


def test_a_record_that_cannot_be_decoded_is_named(broker: Broker, topic: str) -> None:
    transaction = broker.transaction()
    transaction.send("t", 1, [b"k"], [b"abc"], [0])
    transaction.commit()
    one = consumer(broker)
    one.seek("t", 0, 3)
    one.seek("t", 1, 2)
    with pytest.raises(CodecError) as raised:
        one.poll(0)
    assert raised.value.__notes__ == ["at t[1]@2 key=b'k'"]


def test_what_makes_no_sense_is_refused(broker: Broker, topic: str) -> None:
    with pytest.raises(Misuse, match="start='newest'"):
        consumer(broker, start="newest")
    with pytest.raises(Misuse, match="needs a group"):
        consumer(broker).commit()
    with pytest.raises(UnknownTopic, match="'missing'"):
        Consumer(broker, ["missing"], key=BYTES, value=BYTES)


def test_a_consumer_shows_itself_until_it_is_closed(broker: Broker, topic: str) -> None:
    with consumer(broker):
        assert len(broker.backend.log.state.members) == 1
    assert not broker.backend.log.state.members


def test_what_is_lost_is_passed(broker: Broker, topic: str) -> None:
    log = broker.backend.log
    lost = log.topic("t").id
    one = consumer(broker, "g")
    lose(log, lost, 0, 1, 3, "skip")
    assert numbers(one.poll(0) + one.poll(0)) == [0, 10, 11]
    assert one.at_end()
    assert one.position("t", 0) == 3
    one.commit()
    write(broker, 0, [3])
    assert numbers(one.poll(0)) == [3]
    one.commit()
