"""What a sender is told of a record: where it stands, or why it does not."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from streamz_core.broker.admin import Admin
from streamz_core.broker.embedded import Broker
from streamz_core.broker.producer import Producer
from streamz_core.broker.sending.sent import Delivered
from streamz_core.codecs.plain import INT, STR
from streamz_core.config import Config
from streamz_core.env.memory import MemoryMachine
from streamz_core.errors import Misuse, Retriable, StorageFull, StreamzError
from tests.broker.conftest import HOME

Told = list[tuple[StreamzError | None, Delivered | None]]


@pytest.fixture
def topic(broker: Broker) -> str:
    return Admin(broker).create_topic("t", 3).name


def producer(broker: Broker, **options: Any) -> Producer[str, int]:
    return Producer(broker, key=STR, value=INT, **{"linger_ms": 60_000, **options})


def test_each_record_is_told_its_place(broker: Broker, topic: str) -> None:
    with producer(broker) as one:
        sent = [one.send(topic, n, partition=n % 3, timestamp=n) for n in range(9)]
        assert not any(each.done() for each in sent)
        one.flush()
        assert all(each.done() for each in sent)
        assert [each.result() for each in sent] == [
            Delivered("t", n % 3, n // 3, n) for n in range(9)
        ]
        assert one.send(topic, 9, partition=0, timestamp=9).result() == Delivered("t", 0, 3, 9)


def test_who_waits_for_one_has_it_written_at_once(broker: Broker, topic: str) -> None:
    with producer(broker) as one:
        first, second = one.send(topic, 1), one.send(topic, 2)
        assert first.result().offset == 0
        assert second.done(), "with all that was sent before and meanwhile"


def test_places_are_right_when_a_batch_is_several_commits(broker: Broker) -> None:
    with Broker(broker.env, HOME, Config(durability="process", log_commit_bytes=4096)) as small:
        Admin(small).create_topic("u", 2)
        with Producer(small, key=STR, value=STR, linger_ms=60_000) as one:
            sent = [one.send("u", "x" * 700, partition=n % 2, timestamp=n) for n in range(20)]
            one.flush()
            told = [each.result() for each in sent]
    assert [(each.partition, each.offset, each.timestamp) for each in told] == [
        (n % 2, n // 2, n) for n in range(20)
    ]


def test_a_callback_is_called_once_with_one_of_the_two(broker: Broker, topic: str) -> None:
    told: Told = []

    def take(error: StreamzError | None, delivered: Delivered | None) -> None:
        told.append((error, delivered))

    with producer(broker) as one:
        one.send(topic, 1, partition=0, timestamp=5, on_delivery=take)
        one.send(topic, 2, partition=0, timestamp=5, on_delivery=take)
        assert told == []
        one.flush()
        assert told == [(None, Delivered("t", 0, 0, 5)), (None, Delivered("t", 0, 1, 5))]
        late = one.send(topic, 3, partition=0, timestamp=6)
        one.flush()
        late.then(take)
        assert told[2:] == [(None, Delivered("t", 0, 2, 6))]


def test_a_record_that_was_discarded_says_so(broker: Broker, topic: str) -> None:
    told: Told = []
    with producer(broker) as one:
        sent = one.send(topic, 1, on_delivery=lambda *both: told.append(both))
        assert one.discard() == 1
        assert sent.done()
        with pytest.raises(Retriable, match="discarded before it was written"):
            sent.result()
        assert [(type(error), found) for error, found in told] == [(Retriable, None)]
        assert one.send(topic, 2, partition=0).result().offset == 0


def test_a_full_disk_is_told_and_the_record_kept(
    broker: Broker, topic: str, machine: MemoryMachine
) -> None:
    with producer(broker) as one:
        one.send(topic, 1)
        one.flush()
        used, machine.capacity_bytes = machine.capacity_bytes, 1
        sent = one.send(topic, 2, partition=0)
        with pytest.raises(StorageFull):
            sent.result()
        assert not sent.done()
        machine.capacity_bytes = used
        machine.advance(1000)
        assert sent.result().offset == 0


def test_what_cannot_be_written_at_the_end_fails(
    broker: Broker, topic: str, machine: MemoryMachine
) -> None:
    one = producer(broker)
    sent = one.send(topic, 1)
    machine.capacity_bytes = 1
    with pytest.raises(StorageFull, match="free"):
        one.close()
    machine.capacity_bytes = 1 << 40
    with pytest.raises(StorageFull):
        sent.result()


def test_who_is_told_may_send_and_not_wait(broker: Broker, topic: str) -> None:
    waits: list[str] = []
    with producer(broker) as one:

        def again(_: object, delivered: Delivered | None) -> None:
            assert delivered is not None
            sent = one.send(topic, 7, partition=delivered.partition)
            for wait in (one.flush, one.close, sent.result):
                with pytest.raises(Misuse, match="called by the thread that writes"):
                    wait()
                waits.append(wait.__name__)

        one.send(topic, 1, partition=2, on_delivery=again)
        one.flush()
        assert waits == ["flush", "close", "result"]
        assert one.flush() == 1, "that one was sent by the callback"


def test_an_error_of_a_callback_is_logged_and_harms_nobody(
    broker: Broker, topic: str, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise KeyError("mine")

    with producer(broker) as one:
        one.send(topic, 1, on_delivery=fail)
        other = one.send(topic, 2)
        assert one.flush() == 2
        assert other.done()
    assert "KeyError: 'mine'" in caplog.text


def test_a_coroutine_waits_for_its_record(broker: Broker, topic: str) -> None:
    async def serve() -> list[Delivered]:
        with producer(broker) as one:
            both = [one.send(topic, n, partition=1, timestamp=n) for n in range(2)]
            return [await each for each in both]

    assert asyncio.run(serve()) == [Delivered("t", 1, 0, 0), Delivered("t", 1, 1, 1)]


def test_what_cannot_be_called_is_refused_before_anything_is_taken(
    broker: Broker, topic: str
) -> None:
    wrong: Any = 5
    with producer(broker) as one:
        with pytest.raises(TypeError, match="on_delivery is 5; it has to be a function"):
            one.send(topic, 1, on_delivery=wrong)
        transaction = one.transaction()
        with pytest.raises(TypeError, match="on_delivery is 5"):
            transaction.send(topic, 1, on_delivery=wrong)
        transaction.commit()
        with pytest.raises(TypeError, match="is 5; it has to be a function"):
            one.send(topic, 2).then(wrong)
        assert one.flush() == 1
