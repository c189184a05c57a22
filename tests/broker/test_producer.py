"""Sending: which partition, when it is committed, what is refused."""

from __future__ import annotations

import pytest

from streamz_core.broker.admin import Admin
from streamz_core.broker.consumer import Consumer
from streamz_core.broker.embedded import Broker
from streamz_core.broker.names import partition_of
from streamz_core.broker.producer import Producer
from streamz_core.codecs.plain import INT, STR
from streamz_core.env.memory import MemoryMachine
from streamz_core.errors import CodecError, Misuse, UnknownTopic


@pytest.fixture
def topic(broker: Broker) -> str:
    return Admin(broker).create_topic("t", 3).name


def producer(broker: Broker, **options: int) -> Producer[str, int]:
    return Producer(broker, key=STR, value=INT, **options)


def committed(broker: Broker) -> list[tuple[int, str | None, int | None]]:
    """(partition, key, value) of everything there is."""
    with Consumer(broker, ["t"], key=STR, value=INT) as consumer:
        return sorted((r.partition, r.key or "", r.value) for r in consumer.poll(0))


def test_a_key_decides_the_partition(broker: Broker, topic: str) -> None:
    with producer(broker) as one:
        for key in "abcdef":
            one.send(topic, 1, key=key)
    rows = committed(broker)
    assert [(partition_of(key.encode(), 3), key, 1) for _, key, _ in rows] == rows
    assert len(rows) == 6


def test_records_without_a_key_take_turns(broker: Broker, topic: str) -> None:
    with producer(broker) as one:
        for number in range(6):
            one.send(topic, number)
    assert [row[0] for row in committed(broker)] == [0, 0, 1, 1, 2, 2]


def test_a_partition_that_is_named_is_taken(broker: Broker, topic: str) -> None:
    with producer(broker) as one:
        one.send(topic, 1, key="a", partition=2)
        with pytest.raises(Misuse, match="partitions 0 to 2, not 3"):
            one.send(topic, 1, partition=3)
    assert committed(broker) == [(2, "a", 1)]


def test_nothing_is_committed_before_the_flush_and_then_all_at_once(
    broker: Broker, topic: str
) -> None:
    one = producer(broker)
    for number in range(9):
        one.send(topic, number)
    assert committed(broker) == []
    before = broker.backend.mark.number
    assert one.flush() == 9
    assert one.flush() == 0
    assert len(committed(broker)) == 9
    assert broker.backend.mark.number > before


def test_a_batch_is_flushed_when_it_is_full(broker: Broker, topic: str) -> None:
    one = producer(broker, batch_records=4)
    for number in range(7):
        one.send(topic, number)
    assert len(committed(broker)) == 4


def test_a_batch_is_flushed_by_the_first_send_after_it_lingered(
    broker: Broker, topic: str, machine: MemoryMachine
) -> None:
    one = producer(broker, linger_ms=50)
    one.send(topic, 1)
    machine.advance(49)
    one.send(topic, 2)
    assert committed(broker) == []
    machine.advance(1)
    one.send(topic, 3)
    assert len(committed(broker)) == 3


def test_an_error_in_a_with_block_drops_what_waits(broker: Broker, topic: str) -> None:
    def fail() -> None:
        with producer(broker) as one:
            one.send(topic, 1)
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert committed(broker) == []


def test_what_cannot_be_sent_leaves_the_batch_as_it_was(broker: Broker, topic: str) -> None:
    one = producer(broker)
    one.send(topic, 1, timestamp=0)
    with pytest.raises(CodecError):
        one.send(topic, "text")  # type: ignore[arg-type]
    with pytest.raises(Misuse, match="not negative"):
        one.send(topic, 1, timestamp=-1)
    with pytest.raises(Misuse, match="a key of 70000 bytes for t; the limit is 65536"):
        one.send(topic, 1, key="k" * 70_000)
    with pytest.raises(UnknownTopic):
        one.send("missing", 1)
    assert one.flush() == 1


def test_the_time_is_now_unless_given(broker: Broker, topic: str, machine: MemoryMachine) -> None:
    machine.advance(1234)
    with producer(broker) as one:
        one.send(topic, 1, key="a", partition=0)
        one.send(topic, 1, key="a", timestamp=7, partition=0, headers=(("h", b"x"),))
    with Consumer(broker, [topic], key=STR, value=INT) as consumer:
        first, second = consumer.poll(0)
    assert (first.timestamp, second.timestamp) == (machine.now_ms, 7)
    assert (first.headers, second.headers) == ((), (("h", b"x"),))
