"""Transactions of a producer: all of it or nothing, with what was consumed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from streamz_core.broker.admin import Admin
from streamz_core.broker.consumer import Consumer
from streamz_core.broker.embedded import Broker
from streamz_core.broker.producer import Producer
from streamz_core.broker.sending.sent import BEFORE, Delivered
from streamz_core.codecs.plain import INT, STR
from streamz_core.env.memory import MemoryMachine
from streamz_core.errors import CodecError, Fenced, Misuse, Retriable, StorageFull, UnknownTopic

Another = Callable[[], Broker]


@pytest.fixture
def broker(broker: Broker) -> Broker:
    for name in ("a", "b"):
        Admin(broker).create_topic(name, 2)
    return broker


def producer(broker: Broker, **options: Any) -> Producer[str, int]:
    return Producer(broker, key=STR, value=INT, **{"linger_ms": 60_000, **options})


def reader(broker: Broker, topic: str = "a") -> Consumer[str, int]:
    """Of partitions by hand: they are not shared."""
    return Consumer(broker, [(topic, 0), (topic, 1)], key=STR, value=INT, group="g")


def values(broker: Broker, topic: str) -> list[int]:
    with Consumer(broker, [topic], key=STR, value=INT) as consumer:
        return sorted(record.value or 0 for record in consumer.poll(0))


@pytest.mark.parametrize("options", [{}, {"id": "p"}])
def test_several_topics_are_one_commit(broker: Broker, options: dict[str, Any]) -> None:
    with producer(broker, **options) as one:
        one.send("a", 1)
        broker.backend.refresh()
        with one.transaction() as t:
            sent = [t.send("a", 2, partition=0), t.send("b", 3, partition=1, timestamp=5)]
            with pytest.raises(Misuse, match="known when that is over"):
                sent[0].result()
            before = broker.backend.mark.number
        assert sent[1].result() == Delivered("b", 1, 0, 5)
        broker.backend.refresh()
        assert broker.backend.mark.number <= before + 4, "types, what was sent before, and this"
        assert one.flush() == 3
    assert (values(broker, "a"), values(broker, "b")) == ([1, 2], [3])


def test_an_error_leaves_nothing(broker: Broker) -> None:
    told: list[Any] = []

    def fail(one: Producer[str, int]) -> None:
        with one.transaction() as t:
            told.append(t.send("a", 1, on_delivery=lambda error, _: told.append(error)))
            raise KeyError

    with producer(broker, id="p") as one:
        with pytest.raises(KeyError):
            fail(one)
        with pytest.raises(Retriable, match="aborted"):
            told[0].result()
        assert isinstance(told[1], Retriable)
        with one.transaction() as t:
            t.send("a", 2)
    assert values(broker, "a") == [2]


def test_what_was_consumed_goes_with_what_was_made_of_it(broker: Broker) -> None:
    with producer(broker) as one:
        for number in range(4):
            one.send("a", number, partition=0)
    with producer(broker, id="p") as one, reader(broker) as consumer:
        for _ in range(2):
            records = consumer.poll(0, records_max=2)
            with one.transaction() as t:
                t.consumed(consumer)
                for record in records:
                    t.send("b", 10 * (record.value or 0))
            broker.backend.refresh()
            assert broker.backend.committed("g", "a", 0) == consumer.position("a", 0)
        consumer.commit()
    assert values(broker, "b") == [0, 10, 20, 30]


def test_who_lost_his_offsets_writes_nothing_and_can_go_on(
    broker: Broker, another: Another
) -> None:
    with producer(broker) as one:
        one.send("a", 1, partition=0)
    with producer(broker, id="p") as one, reader(broker) as mine, reader(another()) as other:
        assert mine.poll(0)
        assert other.poll(0)
        other.commit()
        t = one.transaction()
        t.send("b", 1)
        t.consumed(mine)
        with pytest.raises(Fenced, match="group g"):
            t.commit()
        one.send("b", 2)
    assert values(broker, "b") == [2]


def test_a_race_for_the_offsets_is_decided_by_the_chain(broker: Broker, another: Another) -> None:
    """The other one commits behind the last look at where the group stands."""
    with producer(broker) as one:
        one.send("a", 1, partition=0)
    with producer(broker, id="p") as one, reader(broker) as mine, reader(another()) as other:
        assert mine.poll(0)
        assert other.poll(0)
        told = mine.moves

        def moves() -> Any:
            found = told()
            other.commit()
            return found

        mine.moves = moves  # type: ignore[method-assign]
        t = one.transaction()
        sent = t.send("b", 1)
        t.consumed(mine)
        with pytest.raises(Fenced, match="is at 1, not at 0"):
            t.commit()
        with pytest.raises(Fenced):
            sent.result()
        assert one.send("b", 2).result().offset == 0, "the producer is as good as before"
    assert values(broker, "b") == [2]


def test_a_second_of_the_id_fences_the_transaction(broker: Broker, another: Another) -> None:
    first = producer(broker, id="p")
    t = first.transaction()
    t.send("a", 1)
    with producer(another(), id="p") as second:
        with pytest.raises(Fenced, match="another one began to use this id"):
            t.commit()
        with pytest.raises(Fenced):
            first.send("a", 2)
        with second.transaction() as mine:
            mine.send("a", 3)
    with pytest.raises(Fenced):
        first.close()
    assert values(broker, "a") == [3]


def test_a_transaction_that_was_written_before_is_not_written_again(broker: Broker) -> None:
    for _ in range(2):
        with producer(broker, id="p") as one:
            for number in (1, 2):
                with one.transaction(sequence=number) as t:
                    sent = t.send("a", number)
    assert sent.result().offset == BEFORE
    assert values(broker, "a") == [1, 2]


def test_what_was_sent_beside_it_keeps_its_sequence(broker: Broker) -> None:
    with producer(broker, id="p") as one:
        one.send("a", 1, sequence=1)
        with one.transaction(sequence=2) as t:
            t.send("b", 2)
        one.send("a", 3, sequence=3)
    with producer(broker, id="p") as two:
        assert two.sequence == 3
    assert (values(broker, "a"), values(broker, "b")) == ([1, 3], [2])


def test_a_full_disk_leaves_nothing_and_the_same_can_be_tried_again(
    broker: Broker, machine: MemoryMachine
) -> None:
    with producer(broker, id="p") as one:
        one.send("a", 1).result()
        used, machine.capacity_bytes = machine.capacity_bytes, 1
        with pytest.raises(StorageFull), one.transaction(sequence=7) as t:
            t.send("a", 2)
        machine.capacity_bytes = used
        with one.transaction(sequence=7) as t:
            t.send("a", 2)
        assert one.sequence == 7
    assert values(broker, "a") == [1, 2]


def test_what_is_wrong_is_told_in_it(broker: Broker) -> None:
    with producer(broker) as one:
        with one.transaction() as t:
            with pytest.raises(CodecError):
                t.send("a", "text")
            with pytest.raises(UnknownTopic):
                t.send("nowhere", 1)
            with pytest.raises(Misuse, match="partitions 0 to 1, not 9"):
                t.send("a", 1, partition=9)
            with pytest.raises(Misuse, match=r"Consumer\(\.\.\., group="):
                t.consumed(Consumer(broker, ["a"], key=STR, value=INT))
        with pytest.raises(Misuse, match="this transaction was committed"):
            t.send("a", 1)
    assert values(broker, "a") == []


def test_what_is_sent_by_others_meanwhile_goes_along(broker: Broker) -> None:
    """Its sequence is lower: written later, it would be taken for one that is there."""
    with producer(broker, id="p") as one:
        one.send("b", 1).result()
        line = one._outbox.line
        assert line is not None
        following = line.next

        def slower(sequence: int | None) -> int | None:
            one.send("b", 2)
            return following(sequence)

        line.next = slower  # type: ignore[method-assign]
        with one.transaction() as t:
            t.send("a", 3)
        assert one.sequence == 3
    assert (values(broker, "a"), values(broker, "b")) == ([3], [1, 2])


def test_a_consumer_that_went_back_is_no_part_of_one(broker: Broker) -> None:
    with producer(broker) as one:
        one.send("a", 1, partition=0)
    with producer(broker) as one, reader(broker) as consumer:
        assert consumer.poll(0)
        consumer.commit()
        consumer.seek("a", 0, 0)
        t = one.transaction()
        t.send("b", 1)
        t.consumed(consumer)
        with pytest.raises(Misuse, match="a consumer went back"):
            t.commit()
    assert values(broker, "b") == []


def test_one_that_is_forgotten_says_what_is_not_written(broker: Broker) -> None:
    with producer(broker) as one:
        transaction = one.transaction()
        transaction.send("a", 1)
        held = [transaction]
        del transaction
        with pytest.warns(ResourceWarning, match="forgotten, with 1 record for a that nobody"):
            held.clear()
        for end in ("commit", "abort"):
            transaction = one.transaction()
            transaction.send("a", 2)
            getattr(transaction, end)()
            del transaction  # of which nothing is said
