"""This library's side."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from time import monotonic_ns, perf_counter
from typing import Any

from streamz_core.app import machine
from streamz_core.broker.admin import Admin
from streamz_core.broker.consumer import Consumer
from streamz_core.broker.embedded import Broker
from streamz_core.broker.producer import Producer
from streamz_core.codecs.annotation import codec_for, key_codec_for
from streamz_core.codecs.plain import BYTES
from streamz_core.config import Config
from tests.bench.clients.children import Work, measured
from tests.bench.clients.records import RECORDS, VALUE, Event

CODECS: dict[str, Any] = {
    "opaque": {"key": BYTES, "value": BYTES},
    "typed": {"key": key_codec_for(str), "value": codec_for(Event)},
}
BATCH = 8000
WARM = 0.2
STAY_S = 4.0
READY = "all-are-held"


def make(work: Work) -> Ours:
    return Ours(work["home"], work["level"])


class Ours:
    """One process on a home directory."""

    def __init__(self, home: str, level: str) -> None:
        config = Config(durability=level, log_free_bytes=0)
        self._broker = Broker(machine(), home, config)

    def create(self, topic: str, partitions: int) -> None:
        Admin(self._broker).create_topic(topic, partitions)
        self._broker.close()

    def fill(self, topic: str, partitions: int, size: int) -> int:
        """So many bytes of values and keys, by the column; how many records that are."""
        with self._another() as broker:
            count = size // 100 // BATCH
            for number in range(count):
                transaction = broker.transaction()
                columns = [b"%08d" % each for each in range(BATCH)], [VALUE] * BATCH, [0] * BATCH
                transaction.send(topic, number % partitions, *columns)
                transaction.commit()
        return count * BATCH

    def produce(self, work: Work) -> dict[str, float]:
        found: dict[str, float] = {"records": work["records"]}
        with Producer(self._broker, **CODECS[work["kind"]]) as producer:
            records = list(RECORDS[work["kind"]](work["records"]))
            producer.send("t", records[0][1], key=records[0][0])
            producer.flush()
            with measured(found):
                send = producer.send
                for key, value in records:
                    send("t", value, key=key)
                producer.flush()
        return found

    def consume(self, work: Work) -> dict[str, float]:
        found: dict[str, float] = {"records": work["records"]}
        with Consumer(self._broker, ["t"], **CODECS[work["kind"]]) as consumer, measured(found):
            read(consumer, work["records"])
        return found

    def batches(self, work: Work) -> dict[str, float]:
        """By the column, as bytes."""
        found: dict[str, float] = {"records": work["records"]}
        with Consumer(self._broker, ["t"], **CODECS["opaque"]) as consumer, measured(found):
            seen = 0
            while seen < work["records"]:
                for _, _, batch in consumer.poll_batches(1.0):
                    for key, value in zip(batch.keys, batch.values, strict=True):
                        if value is not None and key is not None:
                            seen += 1
        return found

    def share(self, work: Work) -> dict[str, float]:
        """As one of the members of a group that share the topic evenly."""
        found: dict[str, float] = {}
        seen = 0
        with self._member(work, work["share"]) as consumer:
            ends = consumer.end_offsets()
            with measured(found):
                while any(at < ends.get(where, 0) for where, at in consumer.positions().items()):
                    for record in consumer.poll(0.05):
                        if record.value is not None and record.key is not None:
                            seen += 1
                consumer.commit()
            stay(consumer.poll)
        return found | {"records": seen}

    def hold(self, work: Work) -> dict[str, float]:
        """Have all partitions, until another one has its half."""
        with self._member(work, work["partitions"]) as consumer:
            Path(work["home"], READY).touch()
            while len(consumer.positions()) > work["partitions"] // 2:
                consumer.poll(0.1)
        return {}

    def come(self, work: Work) -> dict[str, float]:
        """How long it takes a second member to have its half."""
        bell = machine().doorbell()
        while not Path(work["home"], READY).exists():
            bell.wait(0.05)
        with self._another() as broker:
            start = perf_counter()
            consumer = Consumer(broker, ["t"], **CODECS["opaque"], group=work["group"])
            while len(consumer.positions()) < work["partitions"] // 2:
                consumer.poll(0.1)
            return {"seconds": perf_counter() - start}

    def _member(self, work: Work, share: int) -> Consumer[bytes, bytes]:
        """One that has its share of the partitions, and has read next to nothing."""
        consumer = Consumer(self._broker, ["t"], **CODECS["opaque"], group=work["group"])
        while len(consumer.positions()) != share:
            consumer.poll(0.02, 1)
        return consumer

    def hear(self, work: Work) -> dict[str, float]:
        """Latencies of what `tick` sends, but for the first fifth."""
        consumer = Consumer(self._broker, ["t"], **CODECS["opaque"], start="latest")
        count = int(1000 * work["seconds"])
        found: list[int] = []
        while len(found) < count:
            for record in consumer.poll(1.0):
                found.append(monotonic_ns() - int.from_bytes(record.value[:8], "big"))
        return percentiles(found)

    def tick(self, work: Work) -> dict[str, float]:
        """A thousand a second, each with the time at which it is sent."""
        bell = machine().doorbell()
        with Producer(self._broker, **CODECS["opaque"], linger_ms=0) as producer:
            bell.wait(1.0)  # until the other one listens
            start = perf_counter()
            for number in range(int(1000 * work["seconds"])):
                left = start + number / 1000 - perf_counter()
                if left > 0:
                    bell.wait(left)
                producer.send("t", monotonic_ns().to_bytes(8, "big") + VALUE[8:], key=b"k")
        return {}

    def _another(self) -> Broker:
        return Broker(machine(), self._broker.home, Config(durability="keep", log_free_bytes=0))


def read(consumer: Consumer[Any, Any], count: int) -> None:
    """So many records, each looked at as a program does."""
    seen = 0
    while seen < count:
        for record in consumer.poll(1.0):
            if record.value is not None and record.key is not None:
                seen += 1


def stay(poll: Callable[[float], object]) -> None:
    """Be a member for as long as the others may need to have their share."""
    until_s = perf_counter() + STAY_S
    while perf_counter() < until_s:
        poll(0.1)


def percentiles(found: list[int]) -> dict[str, float]:
    warm = sorted(found[int(len(found) * WARM) :])
    return {"p50_ms": warm[len(warm) // 2] / 1e6, "p99_ms": warm[len(warm) * 99 // 100] / 1e6}
