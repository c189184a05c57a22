"""confluent-kafka's side, as its users write it: idempotent, in batches, JSON for what is typed."""

from __future__ import annotations

from time import monotonic_ns, perf_counter, sleep
from typing import Any
from uuid import uuid4

from confluent_kafka import OFFSET_BEGINNING, OFFSET_END, Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from tests.bench.clients.children import Work, measured
from tests.bench.clients.ours import percentiles, stay
from tests.bench.clients.records import RECORDS, VALUE, from_json, to_json

POLL_EVERY = 1000


def make(work: Work) -> Theirs:
    return Theirs(work["address"])


class Theirs:
    """One process that talks to a broker."""

    def __init__(self, address: str) -> None:
        self._address = {"bootstrap.servers": address, "log_level": 0}

    def create(self, topic: str, partitions: int) -> str:
        name = f"{topic}-{uuid4().hex[:8]}"
        admin = AdminClient(self._address)
        for told in admin.create_topics([NewTopic(name, partitions, 1)]).values():
            told.result(30)
        return name

    def produce(self, work: Work) -> dict[str, float]:
        found: dict[str, float] = {"records": work["records"]}
        topic, typed = work["topic"], work["kind"] == "typed"
        producer = Producer({**self._address, "enable.idempotence": True, "linger.ms": 5})
        records = list(RECORDS[work["kind"]](work["records"]))
        with measured(found):
            for number, (key, value) in enumerate(records):
                data = to_json(value) if typed else value
                self._send(producer, topic, data, key)
                if number % POLL_EVERY == 0:
                    producer.poll(0)
            producer.flush()
        return found

    def _send(self, producer: Producer, topic: str, value: bytes, key: Any) -> None:
        while True:
            try:
                producer.produce(topic, value, key)
            except BufferError:  # its queue is full
                producer.poll(0.01)
            else:
                return

    def consume(self, work: Work) -> dict[str, float]:
        found: dict[str, float] = {"records": work["records"]}
        typed = work["kind"] == "typed"
        with measured(found):
            consumer = self._reader(work["topic"], OFFSET_BEGINNING)
            seen = 0
            while seen < work["records"]:
                for message in consumer.consume(POLL_EVERY, 1.0):
                    assert message.error() is None
                    value, key = message.value(), message.key()
                    if typed:
                        value, key = from_json(value), key.decode()
                    if value is not None and key is not None:
                        seen += 1
        return found

    def share(self, work: Work) -> dict[str, float]:
        found: dict[str, float] = {}
        settings = {
            **self._address,
            "group.id": work["group"],
            "group.protocol": "consumer",
            "isolation.level": "read_committed",
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
        }
        consumer = Consumer(settings)
        consumer.subscribe([work["topic"]])
        at: dict[int, int] = {}
        while len(consumer.assignment()) != work["share"]:
            for message in consumer.consume(1, 0.02):
                at[message.partition()] = message.offset() + 1
        parts = consumer.assignment()
        ends = {one.partition: consumer.get_watermark_offsets(one, 30)[1] for one in parts}
        seen = 0
        with measured(found):
            while any(at.get(part, 0) < end for part, end in ends.items()):
                for message in consumer.consume(POLL_EVERY, 0.05):
                    if message.value() is not None and message.key() is not None:
                        seen += 1
                    at[message.partition()] = message.offset() + 1
            consumer.commit(asynchronous=False)
        stay(consumer.poll)
        consumer.close()
        return found | {"records": seen}

    def hear(self, work: Work) -> dict[str, float]:
        consumer = self._reader(work["topic"], OFFSET_END)
        count = int(1000 * work["seconds"])
        found: list[int] = []
        while len(found) < count:
            message = consumer.poll(1.0)
            if message is not None and message.error() is None:
                found.append(monotonic_ns() - int.from_bytes(message.value()[:8], "big"))
        return percentiles(found)

    def tick(self, work: Work) -> dict[str, float]:
        producer = Producer({**self._address, "linger.ms": 0})
        sleep(3)  # until the other one listens
        start = perf_counter()
        for number in range(int(1000 * work["seconds"])):
            left = start + number / 1000 - perf_counter()
            if left > 0:
                sleep(left)
            producer.produce(work["topic"], monotonic_ns().to_bytes(8, "big") + VALUE[8:], b"k")
            producer.poll(0)
        producer.flush()
        return {}

    batches = consume  # what it has of the kind

    def _reader(self, topic: str, start: int) -> Consumer:
        settings = {
            **self._address,
            "group.id": f"g-{uuid4().hex}",
            "isolation.level": "read_committed",
            "enable.auto.commit": False,
        }
        consumer = Consumer(settings)
        known = consumer.list_topics(topic, 30).topics[topic].partitions
        consumer.assign([TopicPartition(topic, part, start) for part in known])
        return consumer
