"""What is for one thread refuses the second one in a sentence, whatever it calls, and the first goes on as if nobody had."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from streamz_core import App
from streamz_core.errors import Misuse


@pytest.fixture
def app(tmp_path: Path) -> App:
    made = App("threads", home=str(tmp_path), durability="process", log_free_bytes=0)
    made.topic("ints", key=str, value=int, partitions=2)
    with made.producer("ints") as producer:
        for number in range(6):
            producer.send("ints", number, partition=number % 2)
    return made


def elsewhere(call: Callable[[], object]) -> BaseException | None:
    """What it raises in a thread of its own."""
    told: list[BaseException | None] = []

    def work() -> None:
        try:
            call()
        except BaseException as error:  # noqa: BLE001 - it is what is asked for
            told.append(error)
        else:
            told.append(None)

    thread = threading.Thread(target=work, name="second")
    thread.start()
    thread.join()
    return told[0]


CONSUMER: dict[str, Callable[[Any], object]] = {
    "poll": lambda c: c.poll(0),
    "poll batches": lambda c: c.poll_batches(0),
    "seek": lambda c: c.seek("ints", 0, 2),
    "seek to a time": lambda c: c.seek_to_time(0),
    "times": lambda c: c.offsets_for_times({("ints", 0): 0}),
    "commit": lambda c: c.commit(),
    "commit of offsets": lambda c: c.commit({("ints", 0): 1}),
    "position": lambda c: c.position("ints", 0),
    "positions": lambda c: c.positions(),
    "ends": lambda c: c.end_offsets(),
    "at the end": lambda c: c.at_end(),
    "close": lambda c: c.close(),
}


@pytest.mark.parametrize("call", CONSUMER.values(), ids=CONSUMER)
def test_a_consumer(app: App, call: Callable[[Any], object]) -> None:
    with app.consumer("ints", group="g") as consumer:
        first = consumer.poll(0.5, 2)
        error = elsewhere(lambda: call(consumer))
        assert isinstance(error, Misuse)
        assert "thread" in str(error)
        rest = consumer.poll(0.5)
        assert sorted(record.value for record in (*first, *rest)) == list(range(6))
        consumer.commit()
    with app.consumer("ints", group="g") as consumer:
        assert consumer.poll(0) == []


ADMIN: dict[str, Callable[[Any], object]] = {
    "topics": lambda a: a.topics(),
    "create": lambda a: a.create_topic("more", 1),
    "alter": lambda a: a.alter_topic("ints", partitions=3),
    "describe": lambda a: a.describe("ints"),
    "delete records": lambda a: a.delete_records("ints", {0: -1}),
    "delete": lambda a: a.delete_topic("ints", force=True),
    "groups": lambda a: a.groups(),
    "sizes": lambda a: a.sizes("ints"),
    "close": lambda a: a.close(),
}


@pytest.mark.parametrize("call", ADMIN.values(), ids=ADMIN)
def test_an_admin(app: App, call: Callable[[Any], object]) -> None:
    with app.admin() as admin:
        error = elsewhere(lambda: call(admin))
        assert isinstance(error, Misuse)
        assert "thread" in str(error)
        assert admin.topics() == ["ints"]
        found = admin.describe("ints")
        assert (found.partitions, sum(found.records)) == (2, 6)


def test_a_broker_and_its_transactions(app: App) -> None:
    with app.broker() as broker:
        for call in (
            broker.transaction,
            lambda: broker.topic("ints"),
            broker.close,
            lambda: broker.backend.fetch("ints", 0, 0, bytes_max=1000),
        ):
            error = elsewhere(call)
            assert isinstance(error, Misuse)
            assert "thread" in str(error)
        mine = broker.transaction()
        mine.send("ints", 0, [None], [b"\0" * 8], [0])
        assert isinstance(elsewhere(mine.commit), Misuse)
        mine.commit()
        assert broker.backend.end("ints", 0) == 4


def transact(producer: Any, number: int) -> None:
    with producer.transaction() as transaction:
        transaction.send("ints", number, key="k")


MIXED: dict[str, Callable[[Any, int], object]] = {
    "transactions": transact,
    "records that are waited for": lambda p, n: p.send("ints", n, key="k").result(),
    "flushes": lambda p, n: (p.send("ints", n, key="k"), p.flush()),
    "times and headers": lambda p, n: p.send(
        "ints", n, key="k", timestamp=n, headers=[("n", str(n)), ("n", None)]
    ),
    "callbacks that send": lambda p, n: p.send(
        "ints", n, key="k", on_delivery=lambda *_: p.send("ints", -1, partition=1)
    ),
    "wrong ones between": lambda p, n: (wrong(p), p.send("ints", n, key="k")),
}


def wrong(producer: Any) -> None:
    with pytest.raises(TypeError):
        producer.send("ints", 1, headers=5)


@pytest.mark.parametrize("id_", [None, "together"])
@pytest.mark.parametrize("send", MIXED.values(), ids=MIXED)
def test_one_producer_of_five_threads(
    app: App, send: Callable[[Any, int], object], id_: str | None
) -> None:
    count = 20
    with app.producer("ints", id=id_) as producer:

        def work(first: int) -> None:
            for number in range(first, first + count):
                send(producer, number)

        threads = [threading.Thread(target=work, args=(1000 * each,)) for each in range(1, 6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    found: list[int] = []
    with app.consumer("ints") as consumer:
        while not consumer.at_end():
            found += [record.value for record in consumer.poll(0.5)]
    sent = [value for value in found if value >= 1000]
    assert sorted(sent) == [1000 * each + at for each in range(1, 6) for at in range(count)]
    for each in range(1, 6):
        mine = [value for value in sent if value // 1000 == each]
        assert mine == sorted(mine)
