"""Random steps of everybody who uses topics: transactions, readers and admins beside those who write."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import define
from hypothesis import strategies as st
from hypothesis.stateful import rule

from streamz_core.broker.admin import Admin
from streamz_core.broker.consumer import Consumer
from streamz_core.broker.embedded import Broker
from streamz_core.errors import Fenced, Misuse, OffsetOutOfRange
from tests.model.topics import Reader, Row, Where
from tests.model.writing import (
    BYTES_CODECS,
    HOME,
    NAMES,
    Writing,
    keys,
    names,
    some,
    times,
    values,
)

SHARED = "s"
GROUPS = ("", "g", "g", "h", SHARED, SHARED)
"""Of the consumers that there are. Those of the last one name topics, and share; the others read by hand."""


@define
class Reading:
    """A consumer and what the model says of it."""

    env: Any
    broker: Broker
    consumer: Consumer[bytes, bytes]
    model: Reader


class World(Writing):
    """All of them."""

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
        if group == SHARED:
            consumer = Consumer(broker, [where[0]], **BYTES_CODECS, group=group)
            self.readers[who] = Reading(env, broker, consumer, Reader(group, {}))
            return
        wanted: list[Any] = [where] if group or not whole else [where[0]]
        wheres = [where] if group or not whole else self.model.wheres(where[0])
        consumer = Consumer(broker, wanted, **BYTES_CODECS, group=group or None, start=start)
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
        self.shared(one, stands)
        assert {(record.topic, record.partition) for record in found} <= set(stands)
        for where in stands:
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

    def shared(self, one: Reading, stands: dict[Where, int]) -> None:
        """Partitions that came are read from where the group stands; no partition is another's, too."""
        known = one.model
        for where in set(known.at) - set(stands):
            assert known.group == SHARED, f"{where} went"
            del known.at[where]
            known.known.pop(where)
            known.moving.pop(where, None)
        for where in set(stands) - set(known.at):
            known.at[where] = known.known[where] = self.model.stands(known.group, where)
        if known.group == SHARED:
            others = [each for each in self.readers.values() if each.model.group == SHARED]
            parts = [where for each in others for where in each.consumer.positions()]
            assert len(parts) == len(set(parts)), f"{parts}: one of them is read by two"

    @rule(who=some, number=some, offset=st.integers(0, 12))
    def seek(self, who: int, number: int, offset: int) -> None:
        one = self.reader(who)
        if one is None:
            return
        if not one.model.at:
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
        if not one.model.at:
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
        assert set(self.admin.groups()) - {SHARED} == set(groups) - {SHARED}
        for name, stands in groups.items():
            told = self.admin.describe_group(name).parts
            wanted = {where: self.model.passed(where, at) for where, at in stands.items()}
            assert {
                (one.topic, one.partition): self.model.passed(
                    (one.topic, one.partition), one.committed
                )
                for one in told
                if one.committed is not None
            } == wanted

    def teardown(self) -> None:
        """Everything that was committed is there, for one who comes last."""
        self.restart()
        self.look()
        for name in self.model.topics:
            self.open(0, name, True, 0, "earliest")
            self.readers[0].model.at = dict.fromkeys(self.readers[0].model.at, 0)
            self.poll(0, 1000)
