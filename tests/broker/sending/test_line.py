"""Producers with an id: what is sent again is not written again, and only the newest of an id writes."""

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
from streamz_core.config import Config
from streamz_core.env.memory import MemoryMachine
from streamz_core.errors import Fenced, Misuse, StorageFull, StreamzError
from tests.broker.conftest import HOME

Another = Callable[[], Broker]


@pytest.fixture
def topic(broker: Broker) -> str:
    return Admin(broker).create_topic("t", 3).name


def producer(broker: Broker, **options: Any) -> Producer[str, int]:
    return Producer(broker, key=STR, value=INT, **{"linger_ms": 60_000, "id": "p", **options})


def values(broker: Broker, topic: str = "t") -> list[int | None]:
    with Consumer(broker, [topic], key=STR, value=INT) as consumer:
        return sorted(record.value or 0 for record in consumer.poll(0))


def test_what_was_written_before_is_not_written_again(broker: Broker, topic: str) -> None:
    """The program died behind the flush, and begins again with its first record."""
    with producer(broker) as one:
        for number in (1, 2, 3):
            one.send(topic, number, sequence=number)
        one.flush()
        one.send(topic, 4, sequence=4)
        one.discard()
    with producer(broker) as two:
        assert two.sequence == 3
        told = [two.send(topic, number, sequence=number) for number in (1, 2, 3, 4, 5)]
        assert [each.done() for each in told] == [True] * 3 + [False] * 2
        assert [each.result().offset for each in told[:3]] == [BEFORE] * 3
    assert values(broker) == [1, 2, 3, 4, 5]


def test_sequences_that_nobody_gives_are_the_next_ones(broker: Broker, topic: str) -> None:
    """So a program can go on at the record behind the last that was written."""
    lines = [10, 20, 30, 40, 50]
    with producer(broker) as one:
        for line in lines[:3]:
            one.send(topic, line)
    with producer(broker) as two:
        for line in lines[two.sequence :]:
            two.send(topic, line)
        assert two.sequence == 5
    assert values(broker) == lines


def test_sequences_go_up(broker: Broker, topic: str) -> None:
    with producer(broker) as one:
        one.send(topic, 1, sequence=7)
        for wrong in (7, 3):
            with pytest.raises(Misuse, match=rf"sequence {wrong} does not go up: .* up to 7"):
                one.send(topic, 2, sequence=wrong)
        with pytest.raises(Misuse, match="a sequence is 0; it has to be 1 or more"):
            one.send(topic, 2, sequence=0)
    assert values(broker) == [1]


def test_the_second_of_an_id_fences_the_first(broker: Broker, topic: str, another: Another) -> None:
    first = producer(broker)
    first.send(topic, 1).result()
    waiting = first.send(topic, 2)
    with producer(another()) as second:
        assert second.sequence == 1
        with pytest.raises(Fenced, match="producer p: another one began to use this id"):
            first.flush()
        with pytest.raises(Fenced):
            waiting.result()
        with pytest.raises(Fenced):
            first.send(topic, 3)
        second.send(topic, 4)
    with pytest.raises(Fenced):
        first.close()
    assert values(broker) == [1, 4]


def test_each_record_is_told_its_place_and_callbacks_are_called(broker: Broker, topic: str) -> None:
    told: list[tuple[StreamzError | None, Delivered | None]] = []
    with producer(broker) as one:
        sent = [
            one.send(
                topic, n, partition=n % 3, timestamp=n, on_delivery=lambda *both: told.append(both)
            )
            for n in range(6)
        ]
        assert sent[3].result() == Delivered("t", 0, 1, 3)
        assert [each.result().offset for each in sent] == [0, 0, 0, 1, 1, 1]
    assert len(told) == 6
    assert {error for error, _ in told} == {None}


def test_a_commit_takes_a_piece_of_the_line(broker: Broker) -> None:
    """Never a later record without an earlier one: the sequence would tell that both are there."""
    with Broker(broker.env, HOME, Config(durability="process", log_commit_bytes=4096)) as small:
        Admin(small).create_topic("u", 2)
        with Producer(small, key=STR, value=STR, linger_ms=60_000, id="q") as one:
            for number in range(20):
                one.send("u", f"{number:0700}", partition=number % 2)
            one.flush()
        state = small.backend.log.state
        small.backend.refresh()
        assert state.producers["q"].sequence == 20
        assert sum(state.ends[small.backend.log.topic("u").id]) == 20


def test_a_full_disk_keeps_the_line(broker: Broker, topic: str, machine: MemoryMachine) -> None:
    with producer(broker) as one:
        one.send(topic, 1).result()
        used, machine.capacity_bytes = machine.capacity_bytes, 1
        one.send(topic, 2)
        with pytest.raises(StorageFull):
            one.flush()
        one.send(topic, 3)
        machine.capacity_bytes = used
        machine.advance(1000)
        assert values(broker) == [1, 2, 3]
        assert one.sequence == 3
        one.send(topic, 4)
    with producer(broker) as two:
        assert two.sequence == 4
    assert values(broker) == [1, 2, 3, 4]


def test_a_closed_one_says_so(broker: Broker, topic: str) -> None:
    one = producer(broker)
    one.send(topic, 1)
    one.close()
    with pytest.raises(Misuse, match="this producer was closed"):
        one.send(topic, 2)
    broker.backend.refresh()
    assert not broker.backend.log.state.members, "it said goodbye"


def test_one_without_an_id_has_no_sequences(broker: Broker, topic: str) -> None:
    with producer(broker, id=None) as one:
        for use in (
            lambda: one.send(topic, 1, sequence=1),
            lambda: one.sequence,
            lambda: one.transaction(sequence=1),
        ):
            with pytest.raises(Misuse, match="sequences are for producers with an id"):
                use()


@pytest.mark.parametrize(
    "wrong, error, told",
    [
        (7, TypeError, "id is 7; it has to be text"),
        ("", Misuse, "id is '', which is no name; say one, or leave it out"),
        (" \n", Misuse, "which is no name"),
        ("x" * 1001, Misuse, "of 1001 bytes; at most 1000"),
        ("ä" * 501, Misuse, "of 1002 bytes; at most 1000"),
        ("\ud800", Misuse, "cannot be written as UTF-8"),
    ],
)
def test_what_is_no_id_is_refused(
    broker: Broker, wrong: Any, error: type[Exception], told: str
) -> None:
    """An empty one is what a variable gives that nobody set: the producer would send everything again."""
    with pytest.raises(error, match=told):
        producer(broker, id=wrong)


def test_the_last_sequence_there_is(broker: Broker, topic: str) -> None:
    last = (1 << 63) - 1
    with producer(broker) as one:
        with pytest.raises(Misuse, match=f"a sequence is {last + 1}; it has to be {last} at most"):
            one.send(topic, 1, sequence=last + 1)
        with pytest.raises(Misuse, match="at most"):
            one.transaction(sequence=last + 1)
        assert one.send(topic, 2, sequence=last).result().offset == 0
        with pytest.raises(
            Misuse, match=r"no sequence behind .*, which was the last one of this id"
        ):
            one.send(topic, 3)
        transaction = one.transaction()
        transaction.send(topic, 3)
        with pytest.raises(Misuse, match="no sequence behind"):
            transaction.commit()
        one.flush()
    assert values(broker) == [2]
