"""Random steps of everybody who uses topics, on a machine in memory; after each the model is asked what should be."""

from __future__ import annotations

from typing import Any
from zlib import crc32

import pytest
from attrs import define, field
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from streamz_core.broker.admin import Admin
from streamz_core.broker.consumer import Consumer
from streamz_core.broker.embedded import Broker
from streamz_core.broker.operating.tidying import tidy
from streamz_core.broker.producer import Producer
from streamz_core.codecs.plain import BYTES
from streamz_core.config import Config
from streamz_core.env.memory import MemoryMachine
from streamz_core.errors import Fenced, Misuse, OffsetOutOfRange, UnknownTopic
from tests.model.topics import Model, Reader, Row, Where

HOME = "/home"
NAMES = ("a", "b", "c")
IDS = ("", "", "p", "q", "p")
"""Of the producers that there are; the last is another of the name of one."""
GROUPS = ("", "g", "g", "h")
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

    id: str
    env: Any
    broker: Broker
    producer: Producer[bytes, bytes]
    known: int = 0
    newest: int = 0
    waiting: list[tuple[Where, Row, Any]] = field(factory=list)


@define
class Reading:
    """A consumer and what the model says of it."""

    env: Any
    broker: Broker
    consumer: Consumer[bytes, bytes]
    model: Reader


class World(RuleBasedStateMachine):
    """Each rule is a step. `taken` counts those of all worlds."""

    taken = 0

    def __init__(self) -> None:
        super().__init__()
        self.machine = MemoryMachine()
        self.model = Model()
        self.config = Config(durability="process")
        self.admin = Admin(Broker(self.machine.process(), HOME, self.config))
        self.senders: dict[int, Sending] = {}
        self.readers: dict[int, Reading] = {}

    @invariant()
    def counted(self) -> None:
        World.taken += 1

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

    # ---- transactions

    @rule(
        who=some,
        sent=st.lists(st.tuples(names, some, keys, values), max_size=4),
        reader=some,
        commit=st.booleans(),
    )
    def transact(self, who: int, sent: Any, reader: int, commit: bool) -> None:
        one = self.sender(who)
        reading = self.reader(reader) if reader < len(GROUPS) else None
        if reading is not None and not reading.model.group:
            reading = None
        if reading is not None:
            self.poll(reader, 2)
        transaction = one.producer.transaction()
        rows = []
        for name, number, key, value in sent:
            where = self.place(name, number)
            if where is not None:
                done = transaction.send(where[0], value, key=key, timestamp=5, partition=where[1])
                rows.append((where, Row(key, value, 5), done))
        if reading is not None:
            transaction.consumed(reading.consumer)
        if not commit:
            transaction.abort()
            return
        if reading is not None and not self.movable(reading, transaction):
            return
        transaction.commit()
        if rows or (reading is not None and self.aims(reading)):
            # What waited before goes along, or before it.
            one.waiting += rows
            one.newest += 1
            self.written(one)
        if reading is not None:
            self.moved(reading, dict(reading.model.at))

    def aims(self, reading: Reading) -> dict[Where, int]:
        """Where a commit moves the group, and only that."""
        model, group = self.model, reading.model.group
        aims = {where: model.passed(where, at) for where, at in reading.model.at.items()}
        return {where: aim for where, aim in aims.items() if model.stands(group, where) != aim}

    def movable(self, reading: Reading, transaction: Any) -> bool:
        """Whether the group can be moved in a transaction; if not, it is refused."""
        if reading.model.fenced(self.model, list(reading.model.at)):
            with pytest.raises(Fenced):
                transaction.commit()
            return False
        group = reading.model.group
        if any(aim < self.model.stands(group, where) for where, aim in self.aims(reading).items()):
            with pytest.raises(Misuse, match="went back"):
                transaction.commit()
            reading.model.moving = {
                where: self.model.passed(where, at) for where, at in reading.model.at.items()
            }
            return False
        return True

    def moved(self, reading: Reading, stands: dict[Where, int]) -> None:
        aims = {where: self.model.passed(where, at) for where, at in stands.items()}
        self.model.move(reading.model.group, aims)
        reading.model.known |= aims
        reading.model.moving = {}

    # ---- reading

    @rule(
        who=some,
        name=names,
        whole=st.booleans(),
        number=some,
        start=st.sampled_from(["earliest", "latest"]),
    )
    def open(self, who: int, name: str, whole: bool, number: int, start: str) -> None:
        """A consumer of one partition, or of a topic without a group, in the place of the one there was."""
        who %= len(GROUPS)
        group = GROUPS[who]
        where = self.place(name, 0 if group else number)  # those of a group meet
        if where is None:
            return
        self.leave(who)
        env = self.machine.process()
        broker = Broker(env, HOME, self.config)
        wanted: list[Any] = [where] if group or not whole else [where[0]]
        wheres = [where] if group or not whole else self.model.wheres(where[0])
        consumer = Consumer(broker, wanted, **BYTES_CODECS, group=group, start=start)
        known = {each: self.model.stands(group, each) for each in wheres}
        fresh = self.model.groups.get(group, {})
        at = {
            each: self.model.at(each).end if start == "latest" and each not in fresh else stand
            for each, stand in known.items()
        }
        self.readers[who] = Reading(env, broker, consumer, Reader(group, at, known))
        assert consumer.positions() == at

    def reader(self, who: int) -> Reading | None:
        """The consumer of that number; there is none while there is no topic."""
        who %= len(GROUPS)
        if who not in self.readers:
            self.open(who, NAMES[0], True, who, "earliest")
        return self.readers.get(who)

    @rule(who=some)
    def leave(self, who: int) -> None:
        """It is closed, or its process dies."""
        one = self.readers.pop(who % len(GROUPS), None)
        if one is None:
            return
        if who % 2:
            one.consumer.close()
            one.broker.close()
        one.env.kill()

    @rule(who=some, most=st.integers(1, 6), then=st.booleans())
    def poll_and_commit(self, who: int, most: int, then: bool) -> None:
        self.poll(who, most)
        if then:
            self.commit(who)

    def poll(self, who: int, most: int) -> None:
        one = self.reader(who)
        if one is None:
            return
        found = one.consumer.poll(0, most)
        assert len(found) <= most
        stands = one.consumer.positions()
        for where in stands:
            if where not in one.model.at:  # a partition that came meanwhile
                one.model.at[where] = 0
                one.model.known[where] = self.model.stands(one.model.group, where)
        for where in one.model.at:
            rows = [
                (
                    record.offset,
                    Row(record.key, record.value, record.timestamp, tuple(record.headers)),
                )
                for record in found
                if (record.topic, record.partition) == where
            ]
            one.model.given(self.model, where, rows)
            part, at = self.model.at(where), one.model.at[where]
            assert at <= stands[where] <= part.end
            assert part.gone(at, stands[where]), f"{where}: it passed what must be there"
            assert len(found) == most or part.gone(stands[where], part.end), (
                f"{where}: it ends too soon"
            )
        one.model.at = dict(stands)

    @rule(who=some, number=some, offset=st.integers(0, 12))
    def seek(self, who: int, number: int, offset: int) -> None:
        one = self.reader(who)
        if one is None:
            return
        where = list(one.model.at)[number % len(one.model.at)]
        part = self.model.at(where)
        if part.begin <= offset <= part.end:
            one.consumer.seek(*where, offset)
            one.model.at[where] = offset
        else:
            with pytest.raises(OffsetOutOfRange) as told:
                one.consumer.seek(*where, offset)
            assert (told.value.start, told.value.end) == (part.begin, part.end)

    @rule(who=some, at=times)
    def seek_to_time(self, who: int, at: int) -> None:
        one = self.reader(who)
        if one is None:
            return
        one.consumer.seek_to_time(at)
        for where, stands in one.consumer.positions().items():
            self.check_time(where, at, stands if stands < self.model.at(where).end else None)
            one.model.at[where] = stands
            one.model.known.setdefault(where, self.model.stands(one.model.group, where))

    def check_time(self, where: Where, at_ms: int, found: int | None) -> None:
        """The first that must be there, or one before it that may be gone."""
        part, wanted = self.model.at(where), self.model.at(where).since(at_ms)
        if found != wanted:
            assert found is not None
            assert part.begin <= found < (part.end if wanted is None else wanted)
            assert part.rows[found].timestamp >= at_ms
            assert part.may_be_gone(found)

    @rule(who=some)
    def commit(self, who: int) -> None:
        one = self.reader(who)
        if one is None:
            return
        if not one.model.group:
            with pytest.raises(Misuse, match="needs a group"):
                one.consumer.commit()
        elif one.model.fenced(self.model, list(one.model.at)):
            with pytest.raises(Fenced):
                one.consumer.commit()
        else:
            one.consumer.commit()
            self.moved(one, one.model.at)

    @rule(who=some, number=some, offset=st.integers(0, 12))
    def commit_offset(self, who: int, number: int, offset: int) -> None:
        one = self.reader(who)
        if one is None or not one.model.group:
            return
        where = list(one.model.at)[number % len(one.model.at)]
        part = self.model.at(where)
        if not part.begin <= offset <= part.end:
            with pytest.raises(OffsetOutOfRange):
                one.consumer.commit({where: offset})
        elif one.model.fenced(self.model, [where]):
            with pytest.raises(Fenced):
                one.consumer.commit({where: offset})
        else:
            one.consumer.commit({where: offset})
            self.moved(one, {where: offset})

    # ---- all of it

    @rule(group=st.sampled_from(["g", "h"]), name=names, number=some, offset=st.integers(0, 12))
    def reset_offsets(self, group: str, name: str, number: int, offset: int) -> None:
        where = self.place(name, number)
        if where is None or not self.model.groups.get(group):
            return
        for who, one in list(self.readers.items()):
            if one.model.group == group:
                self.leave(who)
        part = self.model.at(where)
        aim = min(max(offset, part.begin), part.end)
        self.admin.reset_offsets(group, {where: aim})
        self.model.groups[group][where] = aim

    @rule(group=st.sampled_from(["g", "h"]))
    def delete_group(self, group: str) -> None:
        for who, one in list(self.readers.items()):
            if one.model.group == group:
                self.leave(who)
        if self.model.groups.get(group):
            self.admin.delete_group(group)
            del self.model.groups[group]
        else:
            with pytest.raises(Misuse, match="there is no group"):
                self.admin.delete_group(group)

    @rule(chance=st.integers(0, 3))
    def restart_all(self, chance: int) -> None:
        if not chance:
            self.restart()

    def restart(self) -> None:
        """Every process dies, and nobody wrote what he had."""
        for number in list(self.senders):
            self.end(number)
        for who in list(self.readers):
            self.readers.pop(who).env.kill()
        self.admin = Admin(Broker(self.machine.process(), HOME, self.config))

    @rule()
    def look(self) -> None:
        """What an admin says of topics and groups."""
        assert self.admin.topics() == sorted(self.model.topics)
        for name, parts in self.model.topics.items():
            found = self.admin.describe(name)
            assert found.partitions == len(parts)
            assert found.begins == tuple(part.begin for part in parts)
            assert found.ends == tuple(part.end for part in parts)
            told = self.admin.offsets_for_times(name, 10)
            for number, first in told.items():
                self.check_time((name, number), 10, None if first is None else first[0])
        groups = {name: stands for name, stands in self.model.groups.items() if stands}
        assert self.admin.groups() == sorted(groups)
        for name, stands in groups.items():
            told = self.admin.describe_group(name).parts
            wanted = {where: self.model.passed(where, at) for where, at in stands.items()}
            assert {
                (one.topic, one.partition): self.model.passed(
                    (one.topic, one.partition), one.committed
                )
                for one in told
            } == wanted

    def teardown(self) -> None:
        """Everything that was committed is there, for one who comes last."""
        self.restart()
        self.look()
        for name in self.model.topics:
            self.open(0, name, True, 0, "earliest")
            self.readers[0].model.at = dict.fromkeys(self.readers[0].model.at, 0)
            self.poll(0, 1000)


def kill(one: Sending) -> None:
    """Its process dies, which runs no finalizers."""
    vars(one.producer).pop("_outbox")
    one.env.kill()
