"""Services with an event loop: they send and read, and the loop is never held up."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from streamz_core import App
from streamz_core.broker.consumer import Consumer
from streamz_core.codecs.plain import INT, STR
from streamz_core.errors import CodecError, Misuse

HELD_S = 0.4
"""So long a loop may be held up on a machine that does other things too; what waits here waits longer."""


@pytest.fixture
def app(tmp_path: Path) -> App:
    made = App("sound", home=str(tmp_path), durability="process", log_free_bytes=0)
    made.topic("in", key=str, value=int, partitions=3)
    made.topic("out", key=str, value=int, partitions=2)
    return made


class Pauses(list[float]):
    """Those between two turns of the loop; `enough`: there are some."""

    def __init__(self) -> None:
        super().__init__()
        self.enough = asyncio.Event()


@asynccontextmanager
async def ticking() -> AsyncIterator[Pauses]:
    """A loop that turns, as long as nobody holds it up."""
    pauses = Pauses()

    async def tick() -> None:
        while True:
            begun = time.monotonic()
            await asyncio.sleep(0.001)
            pauses.append(time.monotonic() - begun)
            if len(pauses) > 50:
                pauses.enough.set()

    task = asyncio.ensure_future(tick())
    try:
        yield pauses
    finally:
        task.cancel()


def run(main: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    async def bounded() -> Any:
        return await asyncio.wait_for(main(), 60)

    return asyncio.run(bounded())


def values(app: App, topic: str) -> list[int]:
    with app.consumer(topic) as consumer:
        found: list[int] = []
        while not consumer.at_end():
            found += [record.value for record in consumer.poll(1.0)]
    return sorted(found)


def test_a_service_sends_on_each_request(app: App) -> None:
    """All that wait at once are written together."""

    async def main() -> None:
        async with app.producer("in", linger_ms=60_000) as producer, ticking() as pauses:

            async def request(number: int) -> None:
                told = await producer.send_and_wait("in", number, key=str(number % 7))
                assert told.offset >= 0

            await asyncio.gather(*map(request, range(500)))
            sent = await producer.send("in", 500)
            assert await producer.flush() == 501
            assert (await sent).topic == "in"
            assert max(pauses, default=0) < HELD_S

    run(main)
    assert values(app, "in") == list(range(501))


def test_where_there_is_no_room_the_loop_goes_on(app: App) -> None:
    held, go = threading.Event(), threading.Event()

    def hold(*_: object) -> None:
        held.set()
        go.wait(60)

    async def main() -> None:
        async with app.producer("in", linger_ms=0, buffer_bytes=300) as producer:
            await producer.send("in", 0, on_delivery=hold)
            await asyncio.to_thread(held.wait, 60)
            async with ticking() as pauses:
                tasks = [asyncio.ensure_future(producer.send("in", n)) for n in range(1, 9)]
                await pauses.enough.wait()
                assert not all(task.done() for task in tasks), "some wait for room"
                go.set()
                await asyncio.gather(*tasks)
                assert max(pauses) < HELD_S

    run(main)
    assert values(app, "in") == list(range(9))


def test_an_error_of_a_record_is_raised_where_it_is_sent(app: App) -> None:
    async def main() -> None:
        async with app.producer("in") as producer:
            with pytest.raises(CodecError):
                await producer.send("in", "text")
            await producer.send("in", 1)

    run(main)
    assert values(app, "in") == [1]


def test_a_block_that_fails_discards(app: App) -> None:
    async def main() -> None:
        async with app.producer("in", linger_ms=60_000) as producer:
            await producer.send("in", 1)
            raise KeyError

    with pytest.raises(KeyError) as raised:
        run(main)
    assert "discarded what it had not written yet: 1 record for in" in raised.value.__notes__[0]


def test_records_come_as_they_are_written(app: App) -> None:
    """Who reads them stands behind what he was given, and not behind what was read ahead."""

    async def main() -> None:
        async with app.producer("in") as producer, app.consumer("in", group="g") as consumer:
            found: list[int] = []

            async def read() -> None:
                async for record in consumer:
                    found.append(record.value)
                    if len(found) == 30:
                        await consumer.commit()
                        return

            async with ticking() as pauses:
                for number in range(40):
                    await producer.send("in", number, partition=0)
                await producer.flush()
                reading = asyncio.ensure_future(read())
                await producer.send_and_wait("in", 40, partition=0)
                await reading
                await pauses.enough.wait()
                assert max(pauses) < HELD_S
            assert found == list(range(30))
            assert await consumer.position("in", 0) == 30

    run(main)
    with app.consumer("in", group="g") as consumer:
        assert [record.value for record in consumer.poll(1.0)] == list(range(30, 41))


def test_coroutines_share_the_partitions_of_a_group(app: App) -> None:
    """Each reads in a thread of its own, in which it gives back what goes to the other."""

    async def main() -> None:
        told: list[str] = []
        options = {"group": "g", "commit": "auto", "on_revoked": lambda *_: told.append("revoked")}
        async with (
            app.producer("in") as producer,
            app.consumer("in", **options) as one,
            app.consumer("in", **options) as two,
        ):
            for number in range(20):
                await producer.send("in", number)
            await producer.flush()
            found = [record.value for record in await one.poll(5.0, 3)]
            while sorted([len(await one.positions()), len(await two.positions())]) != [1, 2]:
                found += [record.value for record in await one.poll(0.1)]
                found += [record.value for record in await two.poll(0.1)]
            while len(found) < 20:
                found += [record.value for record in await one.poll(0.1)]
                found += [record.value for record in await two.poll(0.1)]
            assert sorted(found) == list(range(20))
            assert told == ["revoked"]
            parts = list(await one.positions())
            await one.pause(parts)
            assert sum((await one.lag()).values()) == 0
            await one.resume(parts)
        async with app.consumer("in", group="g") as last:
            assert await last.at_end(), "both committed at their end"
            assert await last.committed(*parts[0]) is not None

    run(main)


def test_a_commit_of_no_offsets_commits_none(app: App) -> None:
    """As without coroutines: no offsets are others than none said."""

    async def main() -> None:
        async with app.producer("in") as producer, app.consumer("in", group="g") as consumer:
            await producer.send_and_wait("in", 7, partition=0)
            assert [record.value for record in await consumer.poll(5.0)] == [7]
            await consumer.commit({})

    run(main)
    with app.consumer("in", group="g") as consumer:
        assert [record.value for record in consumer.poll(1.0)] == [7]


def test_who_is_cancelled_loses_nothing(app: App) -> None:
    seen: list[int] = []

    async def main() -> None:
        async with app.producer("in") as producer, app.consumer("in") as consumer:
            for number in range(40):
                waiting = asyncio.ensure_future(consumer.poll(60.0))
                await asyncio.sleep(0)
                if number % 2:
                    waiting.cancel()
                await producer.send_and_wait("in", number)
                if not number % 2:
                    seen.extend(record.value for record in await waiting)
            while not await consumer.at_end():
                seen.extend(record.value for record in await consumer.poll(1.0))

    run(main)
    assert sorted(seen) == list(range(40))


def test_read_process_write_for_coroutines(app: App) -> None:
    with app.producer("in") as producer:
        for number in range(20):
            producer.send("in", number)

    async def main() -> None:
        async with (
            app.producer("out", id="c") as producer,
            app.consumer("in", group="g") as consumer,
        ):
            while not await consumer.at_end():
                records = await consumer.poll(1.0, records_max=6)
                async with producer.transaction() as transaction:
                    for record in records:
                        await transaction.send("out", record.value * 10)
                    transaction.consumed(consumer)
            failing = producer.transaction()
            await failing.send("out", 7)
            failing.abort()

    run(main)
    assert values(app, "out") == [10 * number for number in range(20)]
    with app.consumer("in", group="g") as consumer:
        assert consumer.poll(0) == []


def test_seek_drops_what_was_read_ahead(app: App) -> None:
    with app.producer("in") as producer:
        for number in range(10):
            producer.send("in", number, partition=0)

    async def main() -> list[int]:
        async with app.consumer("in") as consumer:
            first = await anext(consumer)
            await consumer.seek("in", 0, 5)
            rest = await consumer.poll(1.0)
            return [first.value, *(record.value for record in rest)]

    assert run(main) == [0, 5, 6, 7, 8, 9]


def test_a_consumer_that_waits_uses_no_time(app: App) -> None:
    with app.producer("in") as producer:
        producer.send("in", 1)

    async def main() -> float:
        async with app.consumer("in", start="latest") as consumer:
            await consumer.poll(0)
            begun = os.times()
            await consumer.poll(1.0)
            ended = os.times()
            return ended.user + ended.system - begun.user - begun.system

    assert run(main) < 0.2


def test_a_consumer_on_a_shared_broker_stays_in_its_thread(app: App) -> None:
    with app.producer("in") as producer:
        producer.send("in", 1)

    async def main() -> None:
        with app.broker() as broker:
            async with Consumer(broker, [("in", 0)], key=STR, value=INT):
                pass

    with pytest.raises(Misuse, match="on a broker that others use"):
        run(main)
