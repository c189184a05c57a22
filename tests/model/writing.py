"""Random steps of those who make and write topics, on a machine in memory; after each the model is asked what should be."""

from __future__ import annotations

from typing import Any
from zlib import crc32

import pytest
from attrs import define, field
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from streamz_core.broker.admin import Admin
from streamz_core.broker.embedded import Broker
from streamz_core.broker.operating.tidying import tidy
from streamz_core.broker.producer import Producer
from streamz_core.codecs.plain import BYTES
from streamz_core.config import Config
from streamz_core.env.memory import MemoryMachine
from streamz_core.errors import Fenced, Misuse, OffsetOutOfRange, UnknownTopic
from tests.model.topics import Model, Row, Where

HOME = "/home"
NAMES = ("a", "b", "c")
IDS = (None, None, "p", "q", "p")
"""Of the producers that there are; the last is another of the name of one."""
LINGER_MS = 1000
KEYS = (b"1", b"2", b"3")
BYTES_CODECS: dict[str, Any] = {"key": BYTES, "value": BYTES}

names = st.sampled_from(NAMES)
some = st.integers(0, 7)
keys = st.sampled_from(KEYS)
values = st.one_of(st.none(), st.binary(max_size=3))
times = st.integers(0, 20)
headers = st.sampled_from([(), (("h", b"1"), ("h", None))])
rows = st.tuples(names, some, st.one_of(st.none(), keys), values, times, headers)


@define
class Sending:
    """A producer, what it has not written yet, and the sequence of its last record."""

    id: str | None
    env: Any
    broker: Broker
    producer: Producer[bytes, bytes]
    known: int = 0
    newest: int = 0
    waiting: list[tuple[Where, Row, Any]] = field(factory=list)


class Writing(RuleBasedStateMachine):
    """Each rule is a step. `taken` counts those of all worlds."""

    taken = 0

    def __init__(self) -> None:
        super().__init__()
        self.machine = MemoryMachine()
        self.model = Model()
        self.config = Config(durability="process")
        self.admin = Admin(Broker(self.machine.process(), HOME, self.config))
        self.senders: dict[int, Sending] = {}
        self.readers: dict[int, Any] = {}

    @invariant()
    def counted(self) -> None:
        Writing.taken += 1

    @initialize(name=names, partitions=st.integers(1, 3), compact=st.booleans())
    def begin(self, name: str, partitions: int, compact: bool) -> None:
        """A world without topics has little to show."""
        self.create(name, partitions, compact)

    def topic(self, name: str) -> str | None:
        """That one, or another that there is."""
        return name if name in self.model.topics else next(iter(self.model.topics), None)

    def place(self, name: str, number: int) -> Where | None:
        topic = self.topic(name)
        return None if topic is None else (topic, number % len(self.model.topics[topic]))

    # ---- topics

    @rule(name=names, partitions=st.integers(1, 3), compact=st.booleans())
    def create(self, name: str, partitions: int, compact: bool) -> None:
        cleanup = "compact" if compact else "delete"
        if name in self.model.topics:
            with pytest.raises(Misuse, match="exists already"):
                self.admin.create_topic(name, partitions, cleanup=cleanup)
        else:
            self.admin.create_topic(name, partitions, cleanup=cleanup)
            self.model.create(name, partitions, compact=compact)

    @rule(name=names, partitions=st.integers(1, 4))
    def widen(self, name: str, partitions: int) -> None:
        topic = self.topic(name)
        if topic is None:
            with pytest.raises(UnknownTopic):
                self.admin.alter_topic(name, partitions=partitions)
        elif partitions < len(self.model.topics[topic]):
            with pytest.raises(Misuse, match="are fewer"):
                self.admin.alter_topic(topic, partitions=partitions)
        elif partitions > len(self.model.topics[topic]):
            self.admin.alter_topic(topic, partitions=partitions)
            self.model.widen(topic, partitions)

    @rule(name=names, chance=st.integers(0, 5))
    def delete(self, name: str, chance: int) -> None:
        topic = self.topic(name)
        if topic is None or chance:
            return
        self.restart()
        self.admin.delete_topic(topic, force=True)
        self.model.delete(topic)

    @rule(name=names, number=some, before=st.integers(-1, 12))
    def delete_records(self, name: str, number: int, before: int) -> None:
        where = self.place(name, number)
        if where is None:
            return
        part = self.model.at(where)
        if part.compact or before > part.end:
            with pytest.raises(Misuse if part.compact else OffsetOutOfRange):
                self.admin.delete_records(where[0], {where[1]: before})
            return
        part.begin = max(part.begin, part.end if before == -1 else before)
        assert self.admin.delete_records(where[0], {where[1]: before}) == {where[1]: part.begin}

    @rule(name=names)
    def tidy(self, name: str) -> None:
        topic = self.topic(name)
        if topic is None:
            return
        tidy(self.machine.process(), HOME, [topic])
        for part in self.model.topics[topic]:
            part.tidied = part.end if part.compact else 0

    # ---- sending

    def sender(self, number: int) -> Sending:
        """The producer of that number; a second one of an id fences the first."""
        number %= len(IDS)
        found = self.senders.get(number)
        if found is None:
            env = self.machine.process()
            broker = Broker(env, HOME, self.config)
            producer = Producer(broker, **BYTES_CODECS, linger_ms=LINGER_MS, id=IDS[number])
            found = self.senders[number] = Sending(IDS[number], env, broker, producer)
            if found.id:
                found.newest = found.known = self.model.sequences.get(found.id, 0)
                assert producer.sequence == found.newest
                for other, one in list(self.senders.items()):
                    if one.id == found.id and other != number:
                        self.fence(other)
        return found

    def fence(self, number: int) -> None:
        one = self.senders.pop(number)
        if one.waiting:
            with pytest.raises(Fenced):
                one.producer.flush()
            for _, _, sent in one.waiting:
                with pytest.raises(Fenced):
                    sent.result()
        kill(one)

    @rule(who=some, rows=st.lists(rows, min_size=1, max_size=5))
    def send(self, who: int, rows: list[Any]) -> None:
        for row in rows:
            self.send_one(who, *row)

    def send_one(
        self, who: int, name: str, number: int, key: Any, value: Any, at: int, told: Any
    ) -> None:
        where = self.place(name, number)
        one = self.sender(who)
        if where is None:
            with pytest.raises(UnknownTopic):
                one.producer.send(name, value, key=key)
            return
        if key is None and self.model.at(where).compact:
            key = KEYS[0]
        sent = one.producer.send(
            where[0], value, key=key, timestamp=at, headers=told, partition=where[1]
        )
        one.newest += 1
        one.waiting.append((where, Row(key, value, at, told), sent))

    @rule(who=some, name=names, key=keys, value=values)
    def send_by_key(self, who: int, name: str, key: bytes, value: bytes | None) -> None:
        """The partition of a key is that of one of the numbers of partitions that the topic has had."""
        topic, one = self.topic(name), self.sender(who)
        if topic is None:
            return
        sent = one.producer.send(topic, value, key=key, timestamp=5)
        one.newest += 1
        told = sent.result()
        counts = range(1, len(self.model.topics[topic]) + 1)
        assert told.partition in {crc32(key) % count for count in counts}
        one.waiting.append(((topic, told.partition), Row(key, value, 5), sent))
        self.written(one)

    @rule(who=some, back=st.integers(0, 2), name=names)
    def send_again(self, who: int, back: int, name: str) -> None:
        """What an earlier producer of the id wrote is not written again; what this one sent is a mistake."""
        one, where = self.sender(who), self.place(name, 0)
        if where is None or not one.id:
            return
        one.producer.flush()
        self.written(one)
        again = one.newest - back
        if again > one.known:
            with pytest.raises(Misuse, match="does not go up"):
                one.producer.send(where[0], b"again", key=b"1", sequence=again)
        elif again > 0:
            sent = one.producer.send(where[0], b"again", key=b"1", sequence=again)
            assert sent.result().offset == -1

    def written(self, one: Sending) -> None:
        """All that waited is committed, wherever it says."""
        told = [(where, sent.result(), row) for where, row, sent in one.waiting]
        assert all((to.topic, to.partition) == where for where, to, _ in told)
        for where in {where for where, _, _ in told}:
            offsets = [to.offset for at, to, _ in told if at == where]
            assert offsets == sorted(offsets), "records of a partition stay in order"
        self.model.append([(where, to.offset, row) for where, to, row in told])
        one.waiting.clear()
        if one.id:
            self.model.sequences[one.id] = one.newest

    @rule(who=some)
    def flush(self, who: int) -> None:
        one = self.sender(who)
        one.producer.flush()
        self.written(one)

    @rule(who=some)
    def discard(self, who: int) -> None:
        one = self.sender(who)
        assert one.producer.discard() == len(one.waiting)
        self.end(who % len(IDS))

    @rule(who=some)
    def close(self, who: int) -> None:
        one = self.sender(who)
        one.producer.close()
        self.written(one)
        one.broker.close()
        self.end(who % len(IDS))

    def end(self, number: int) -> None:
        """The process of a producer dies, and with it what it had not written."""
        one = self.senders.pop(number, None)
        if one is not None:
            kill(one)

    @rule()
    def linger(self) -> None:
        """Time passes: what waited is written, by itself."""
        self.machine.advance(LINGER_MS + 1)
        waiting = [one for one in self.senders.values() if one.waiting]
        told = [
            (where, sent.result().offset, row)
            for one in waiting
            for where, row, sent in one.waiting
            if sent.done()
        ]
        assert len(told) == sum(len(one.waiting) for one in waiting)
        self.model.append(told)
        for one in waiting:
            one.waiting.clear()
            if one.id:
                self.model.sequences[one.id] = one.newest


def kill(one: Sending) -> None:
    """Its process dies, which runs no finalizers."""
    vars(one.producer).pop("_outbox")
    one.env.kill()
