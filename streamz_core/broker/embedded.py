"""The embedded log as a broker: the one place that opens a log, and what the seam means on it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from types import TracebackType
from typing import Any, Self

from streamz_core.broker.backend import (
    Column,
    Committed,
    Damage,
    Gap,
    Mark,
    Packed,
    PartitionSize,
    Stamp,
    Standing,
    TaskCommit,
    TopicInfo,
    Worker,
    next_offset,
)
from streamz_core.broker.belonging.seat import Seat, task_of
from streamz_core.broker.checks import named
from streamz_core.broker.homes import usable
from streamz_core.broker.membership import Membership
from streamz_core.broker.ringing import Bells
from streamz_core.broker.transaction import Transaction
from streamz_core.codecs.schemas import Schema, read_schema
from streamz_core.config import Config
from streamz_core.env.door import Env, Lock
from streamz_core.errors import Fenced, Misuse
from streamz_core.log import values
from streamz_core.log.chain.layout import FULL
from streamz_core.log.limits import Limits
from streamz_core.log.log import Log
from streamz_core.log.operating.altering import alter_topic
from streamz_core.log.operating.times import first_since
from streamz_core.log.packing import pack
from streamz_core.log.producing import claim, holds
from streamz_core.log.records.state import Member, Topic
from streamz_core.log.removing import damaged, delete_topic, lose, reset
from streamz_core.log.trust import on_chain
from streamz_core.log.upkeep.upkeep import Upkeep
from streamz_core.record import Batch, Headers
from streamz_core.topic_config import by_its_names, topic_config

FETCH_RECORDS = 1 << 40  # no limit


def open_backend(
    env: Env, home: str, config: Config, *, watch: Sequence[str] = (), create: bool = True
) -> EmbeddedBackend:
    """The broker of a home directory, made with the durability of `config` if there is none yet; Misuse if
    it has another one.

    `watch`: topics that will be fetched, whether there are any of that name or not. `create=False`:
    ForeignLog if there is none. Corrupt, Poisoned or NotReady say why it cannot be used.
    """
    directory = f"{home}/log"
    level = None if config.durability == "keep" else config.durability
    limits = Limits(
        free_bytes=config.log_free_bytes,
        commit_bytes=config.log_commit_bytes,
        record_bytes=config.log_record_bytes,
    )
    with usable(env, home):
        log = Log.open(
            env,
            directory,
            watch=watch,
            level=level,
            create=create,
            limits=limits,
        )
    return EmbeddedBackend(env, log)


class EmbeddedBackend:
    """A Backend over an open log, which it closes. A mark is a commit's number and its hash."""

    def __init__(self, env: Env, log: Log) -> None:
        self.log = log
        self._env = env
        self._mark = Mark(log.state.lsn, log.state.hash)
        self._bells = Bells(log)
        self._tending: tuple[Lock, Upkeep] | None = None
        self._seat: Seat | None = None
        # By number, for a name may be given to another topic; with what they were made from.
        self._topics: dict[int, tuple[Topic, TopicInfo]] = {}

    # ---- following

    @property
    def identity(self) -> bytes:
        return self.log.identity.log_id

    @property
    def durability(self) -> str:
        return self.log.durability.level

    @property
    def mark(self) -> Mark:
        state = self.log.state
        if self._mark.number != state.lsn:  # it is asked for in every round
            self._mark = Mark(state.lsn, state.hash)
        return self._mark

    def knows(self, mark: Mark) -> bool:
        return on_chain(self.log, mark.number, mark.proof)

    def refresh(self) -> bool:
        return self.log.refresh()

    def news(self) -> Collection[tuple[str, int]]:
        news, topics = self.log.index.news, self.log.state.topics
        if not news:
            return ()
        found = [(topics[number].name, partition) for number, partition in news]
        news.clear()
        return found

    def wait(self, timeout_s: float) -> None:
        self.log.wait(timeout_s)

    def waker(self) -> Callable[[], object]:
        return self.log.waker()

    def listen(self, topics: Sequence[str]) -> None:
        if self._seat is not None:
            self.log.guard.own()
            return  # it is a member of a group, and who reads beside it looks by itself
        if topics:
            self.log.join(topics, "", {"kind": "consumer", "pid": self._env.pid()})
        elif self.log.guard.fit:  # of one that is closed or broken nothing is left to be said
            self.log.leave()

    def upkeep(self) -> None:
        self.log.tick()

    def tend(self) -> bool:
        if self._tending is None:
            lock = self._env.lock(self.log.layout.janitor_lock, exclusive=True)
            if lock is None:
                return False
            try:
                self._tending = (lock, Upkeep(self.log))
            except OSError as error:
                lock.release()
                if error.errno not in FULL:
                    raise
                return False  # it begins when there is room
        return self._tending[1].turn()

    def close(self) -> None:
        try:
            self.log.close()
        finally:
            if self._tending is not None:
                lock, upkeep = self._tending
                upkeep.close()
                lock.release()
                self._tending = None

    @property
    def fit(self) -> bool:
        return self.log.guard.fit

    def check(self) -> None:
        self.log.guard.use()

    def adopt(self) -> None:
        """From now on it is the calling thread's, and of no use in the one that had it."""
        self.log.guard.adopt()

    # ---- topics

    def topics(self) -> Mapping[str, TopicInfo]:
        return {name: self._info(topic) for name, topic in self.log.state.names.items()}

    @property
    def topic_changes(self) -> int:
        state = self.log.state
        return len(state.topics) + state.moves  # those that are no more count, too

    def topic(self, name: str) -> TopicInfo:
        return self._info(self._known(name))

    def born(self, topic: str) -> int:
        return self._known(topic).id

    def create_topic(
        self, name: str, partitions: int, config: Mapping[str, Any], owner: str = ""
    ) -> TopicInfo:
        return self._info(
            self.log.create_topic(name, partitions, topic_config(config, f"topic {name}"), owner)
        )

    def alter_topic(self, topic: str, partitions: int, config: Mapping[str, Any]) -> TopicInfo:
        said = topic_config(config, f"topic {topic}")
        return self._info(alter_topic(self.log, topic, partitions, said, asker="admin"))

    def written_as(self, topic: str, side: str) -> Sequence[Schema]:
        state = self.log.state
        found = state.names.get(topic)
        known = [] if found is None else state.schemas.written.get((found.id, side), ())
        return [read_schema(state.schemas.described[each]) for each in known]

    def read_as(self, topic: str, side: str) -> Mapping[str, Schema]:
        state = self.log.state
        found = state.names.get(topic)
        known = {} if found is None else state.schemas.read.get((found.id, side), {})
        return {app: read_schema(state.schemas.described[each]) for app, each in known.items()}

    def register(  # noqa: PLR0913 - all that can be told at once
        self,
        schemas: Sequence[Schema],
        uses: Sequence[tuple[str, str, Schema]],
        reads: Sequence[tuple[str, str, Schema]] = (),
        app: str = "",
        void: Sequence[tuple[str, str]] = (),
        check: Callable[[], None] = lambda: None,
    ) -> None:
        told = {each.fingerprint: each.description for each in schemas}
        told |= {each.fingerprint: each.description for _, _, each in (*uses, *reads)}
        ids = self.log.state.names
        placed = [(ids[topic].id, side, each.fingerprint) for topic, side, each in uses]
        taken = [(ids[topic].id, side, each.fingerprint, app) for topic, side, each in reads]
        gone = [(ids[topic].id, side) for topic, side in void]
        self.log.register(told, placed, taken, gone, check)

    def watch(self, topics: Sequence[str]) -> None:
        self.log.watch(topics)

    def start(self, topic: str, partition: int) -> int:
        return self.log.state.start(self.log.topic(topic).id, partition)

    def passed(self, topic: str, partition: int, offset: int) -> int:
        state, found = self.log.state, self.log.topic(topic).id
        return state.lost_in(found, partition).behind(max(offset, state.start(found, partition)))

    def gaps(self, topic: str, partition: int) -> Sequence[Gap]:
        return self.log.state.lost_in(self.log.topic(topic).id, partition).gaps

    def size(self, topic: str, partition: int) -> PartitionSize:
        log = self.log
        where = log.topic(topic).id, partition
        files = [one for one in log.state.sealed.of(*where) if one.name]
        kept = log.index.ranges[where]
        kept.drop(log.state.start(*where))
        sealed = sum(one.bytes for one in files)
        return PartitionSize(log.layout.partition(*where), len(files), sealed, kept.size)

    def horizon(self, topic: str, partition: int) -> int:
        return self.log.state.sealed.horizon(self.log.topic(topic).id, partition)

    def end(self, topic: str, partition: int, *, durable: bool = False) -> int:
        state = self.log.state
        found = state.names.get(topic) or self.log.topic(topic)
        if durable:
            return self.log.readable_end(found.id, partition, self.log.durability.readable_lsn)
        return state.ends[found.id][partition]

    def fetch(  # noqa: PLR0913 - options are keywords
        self,
        topic: str,
        partition: int,
        offset: int,
        *,
        bytes_max: int,
        records_max: int | None = None,
        durable: bool = False,
    ) -> list[Batch]:
        return self.log.fetch(
            self.log.topic(topic).id,
            partition,
            offset,
            bytes_max=bytes_max,
            records_max=FETCH_RECORDS if records_max is None else records_max,
            lsn_max=self.log.durability.readable_lsn if durable else None,
        )

    def offset_at(
        self, topic: str, partition: int, at_ms: int, *, durable: bool = False
    ) -> tuple[int, int] | None:
        lsn_max = self.log.durability.readable_lsn if durable else None
        return first_since(self.log, self.log.topic(topic).id, partition, at_ms, lsn_max)

    # ---- committing

    @property
    def commit_bytes(self) -> int:
        return self.log.limits.commit_bytes

    @property
    def key_bytes(self) -> int:
        return self.log.limits.key_bytes

    @property
    def record_bytes(self) -> int:
        return min(self.log.limits.record_bytes, self.log.limits.commit_bytes)

    def pack(  # noqa: PLR0913 - the columns of a partition
        self,
        topic: str,
        partition: int,
        keys: Column,
        values: Column,
        timestamps: Sequence[int],
        headers: Sequence[Headers] | None = None,
    ) -> list[Packed]:
        found = self.log.topic(topic)
        packed = pack(self.log, found, partition, keys, values, timestamps, headers)
        return [Packed(topic, partition, one.count, one.data, one.stamp) for one in packed]

    def claim(self, producer: str) -> Stamp:
        return _stamp(claim(self.log, producer))

    def holds(self, stamp: Stamp) -> bool:
        return holds(self.log, _chained(stamp))

    def commit(
        self,
        group: str,
        tasks: Sequence[TaskCommit],
        outputs: Sequence[Packed],
        stamp: Stamp | None = None,
    ) -> Committed:
        log = self.log
        if self.log.state.group(group).shares and not all(one.task for one in tasks):
            self._bury(group)

        ids = {one.topic: log.topic(one.topic).id for one in outputs}
        told = [
            values.TaskCommit(
                group,
                one.task,
                one.epoch,
                [(self._known(topic).id, at, start, stop) for topic, at, start, stop in one.moves],
                None if one.position is None else dict(one.position),
            )
            for one in tasks
        ]
        packed = [
            values.Output(ids[one.topic], one.partition, one.count, one.data) for one in outputs
        ]
        try:
            done = log.commit(told, packed, None if stamp is None else _chained(stamp))
        except Fenced as error:
            self._check_there(ids, error)
            raise
        log.acknowledge(done.lsn)
        self._bells.ring(dict.fromkeys((one.topic, one.partition) for one in outputs))
        return Committed(Mark(done.lsn, done.hash), done.bases)

    def _bury(self, group: str) -> None:
        """Members that are dead do not keep others from moving the offsets of a group."""
        self.log.refresh()
        for member in self.log.state.members_of(group):
            if self.log.gone(member):
                self.log.leave(member.incarnation)

    def _check_there(self, ids: Mapping[str, int], error: Fenced) -> None:
        """Fenced, by its name, for a topic that went while something was written to it."""
        for name, topic in ids.items():
            found = self.log.state.names.get(name)
            if found is None or found.id != topic:
                anew = "" if found is None else ", and made anew"
                raise Fenced(
                    f"topic {name} was deleted{anew} since this process looked; begin anew with what there is now. "
                    "Nothing was written"
                ) from error

    def owns(self, group: str, told: TaskCommit) -> bool:
        owner = self.log.state.group(group).owners.get(told.task)
        if owner is None or owner.incarnation != self.log.incarnation or owner.epoch != told.epoch:
            return False
        return all(
            next_offset(self, group, topic, partition) == start
            for topic, partition, start, _ in told.moves
        )

    def standing(self, group: str, task: str, inputs: Sequence[tuple[str, int]]) -> Standing:
        found = {where: self.committed(group, *where) for where in inputs}
        return Standing(
            {where: offset for where, offset in found.items() if offset is not None},
            dict(self.log.state.group(group).positions.get(task, {})),
        )

    def committed(self, group: str, topic: str, partition: int) -> int | None:
        state, found = self.log.state, self.log.topic(topic).id
        at = state.committed(group, found, partition)
        return None if at is None else state.next_offset(group, found, partition)

    def groups(self) -> Mapping[str, Mapping[tuple[str, int], int]]:
        state = self.log.state
        return {
            name: {
                (state.topics[topic].name, partition): state.next_offset(name, topic, partition)
                for topic, partition in group.offsets
            }
            for name, group in state.groups.items()
        }

    def tasks(self, group: str) -> Mapping[str, Worker | None]:
        found = self.log.state.group(group)
        return {} if found.shares else {task: self.owner(group, task) for task in found.owners}

    def shared(self, group: str) -> Mapping[tuple[str, int], Worker | None]:
        state = self.log.state
        if not state.group(group).shares:
            return {}
        read = {name for one in state.members_of(group) for name in one.topics}
        return {
            (name, partition): self.owner(group, task_of((name, partition)))
            for name in sorted(read & state.names.keys())
            for partition in range(state.names[name].partitions)
        }

    def gathered(self) -> Mapping[str, Sequence[Worker]]:
        found: dict[str, list[Worker]] = {}
        for member in self.log.state.members.values():
            if member.group:
                found.setdefault(member.group, []).append(_worker(member))
        return found

    # ---- ways out

    def damaged(self, topic: str, partition: int, offset: int) -> Damage | None:
        found = damaged(self.log, self.log.topic(topic).id, partition, offset)
        return None if found is None else Damage(*found)

    def skip(self, topic: str, partition: int, start: int, stop: int) -> None:
        lose(self.log, self.log.topic(topic).id, partition, start, stop, "skip")
        self._bells.ring([(topic, partition)])

    def delete_records(self, topic: str, partition: int, before: int) -> None:
        found = self.log.topic(topic).id
        start = self.log.state.start(found, partition)
        if before > start:
            lose(self.log, found, partition, start, before, "delete_records")
            self._bells.ring([(topic, partition)])

    def delete_topic(self, topic: str, *, force: bool = False) -> None:
        delete_topic(self.log, topic, asker="admin", force=force)

    def reset(
        self,
        group: str,
        offsets: Mapping[tuple[str, int], int | None],
        removed: Sequence[str],
        asker: str,
    ) -> None:
        log = self.log
        placed = {(log.topic(topic).id, at): offset for (topic, at), offset in offsets.items()}
        gone = [log.topic(name).id for name in removed]
        reset(log, group, placed, gone, asker=asker)

    def begun(self, group: str) -> int:
        return self.log.state.group(group).reset_lsn

    def rewind(self, group: str, offsets: Mapping[tuple[str, int], int]) -> None:
        if self.log.state.group(group).apps:
            raise Misuse(f"group {group} is an app's: its offsets move with its tasks only")
        placed = {(self.log.topic(topic).id, at): to for (topic, at), to in offsets.items()}
        reset(self.log, group, placed, asker="consumer")

    # ---- who runs what

    def membership(  # noqa: PLR0913 - what a member says of itself
        self,
        group: str,
        tasks: Sequence[str],
        topics: Sequence[str],
        info: Mapping[str, Any],
        max_poll_interval_ms: int,
        at: Callable[[], object] | None = None,
    ) -> Membership:
        stall_ms = max_poll_interval_ms
        return Membership(self.log, self._env, group, tasks, topics, info, stall_ms, at)

    def seat(
        self, group: str, topics: Sequence[str], info: Mapping[str, Any], max_poll_interval_ms: int
    ) -> Seat:
        if self._seat is not None:
            raise Misuse(
                f"this broker is a member of the group {self._seat.group} already, and is one of one group: "
                "app.consumer() has a broker of its own; so has each Broker that is opened"
            )
        self._seat = Seat(self.log, self._env, group, topics, info, max_poll_interval_ms)
        return self._seat

    def stand_up(self, *, leave: bool | None = None) -> None:
        seat, self._seat = self._seat, None
        if seat is None:
            return
        leave = not seat.named if leave is None else leave
        if (
            leave and self.log.guard.fit
        ):  # of one that is closed or broken nothing is left to be said
            seat.leave()
        else:
            seat.abandon()

    def workers(self, group: str) -> Sequence[Worker]:
        return [_worker(one) for one in self.log.state.members.values() if one.group == group]

    def owner(self, group: str, task: str) -> Worker | None:
        found = self.log.state.group(group).owners.get(task)
        member = self.log.state.members.get(found.incarnation) if found is not None else None
        return None if member is None else _worker(member)

    def alive(self, worker: Worker) -> bool:
        return self.log.alive(worker.id)

    def _known(self, name: str) -> Topic:
        """The topic, also one that another handle knows and this one does not yet; UnknownTopic."""
        found = self.log.state.names.get(name)
        if found is None:
            self.log.refresh()
            found = self.log.topic(name)
        return found

    def _info(self, topic: Topic) -> TopicInfo:
        known = self._topics.get(topic.id)
        if known is not None and known[0] is topic:
            return known[1]
        config = by_its_names(topic.config)
        found = TopicInfo(topic.name, topic.partitions, config, topic.owner)
        self._topics[topic.id] = topic, found
        return found


def _chained(stamp: Stamp) -> values.Stamp:
    return values.Stamp(stamp.producer, stamp.epoch, stamp.sequence)


def _stamp(found: values.Stamp) -> Stamp:
    return Stamp(found.producer, found.epoch, found.sequence)


def _worker(member: Member) -> Worker:
    return Worker(member.incarnation, member.info)


class Broker:
    """An open home directory. Share one among the producers and consumers of a thread."""

    def __init__(
        self, env: Env, home: str, config: Config | None = None, *, create: bool = True
    ) -> None:
        """See open_backend; without `config` its defaults count."""
        self.env = env
        self.home = home
        self._config = config or Config()
        self.backend = open_backend(env, home, self._config, create=create)

    def another(self) -> EmbeddedBackend:
        """A second handle on the same log, for the thread that calls."""
        return open_backend(self.env, self.home, self._config, create=False)

    def topic(self, name: str) -> TopicInfo:
        """The topic; UnknownTopic names those there are."""
        self.backend.check()
        return self.backend.topic(named(name))

    def transaction(self, group: str = "") -> Transaction:
        """An empty transaction: outputs, and what the group consumed, committed together."""
        self.backend.check()
        return Transaction(self.backend, group)

    def close(self) -> None:
        """Close the log; producers and consumers on it are of no use any more."""
        self.backend.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
