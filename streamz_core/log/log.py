"""A process's handle on the log: open, follow the chain, append to it, read partitions, wait."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any

from streamz_core.coordination.seats import SESSION_MS
from streamz_core.env.door import Env
from streamz_core.errors import Corrupt, Misuse, StorageFull, UnknownTopic
from streamz_core.log import opening
from streamz_core.log.appending import Appending, Make
from streamz_core.log.chain.chain import NEVER, Chain
from streamz_core.log.chain.durability import Durability
from streamz_core.log.chain.frame import Frame
from streamz_core.log.chain.hint import read_hint
from streamz_core.log.chain.identity import Identity
from streamz_core.log.chain.layout import Layout
from streamz_core.log.chain.succession import Begin
from streamz_core.log.checkpoints import finding
from streamz_core.log.entry import checked
from streamz_core.log.guard import Guard
from streamz_core.log.limits import Limits
from streamz_core.log.presence import Presence
from streamz_core.log.reading import Reading
from streamz_core.log.records import fields
from streamz_core.log.records.index import Index
from streamz_core.log.records.kinds import fold, unpack
from streamz_core.log.records.members import LeaveRecord, MemberRecord
from streamz_core.log.records.schemas import SchemaRecord, learn
from streamz_core.log.records.state import Member, State, Topic
from streamz_core.log.records.topics import TopicRecord, refuse_owner
from streamz_core.log.segments.data import Gone
from streamz_core.log.values import Appended, Output, Stamp, TaskCommit
from streamz_core.record import Batch

POLL_S = 0.1  # a net under the wake-ups, which are hints
WHOLE_S = 0.5  # an append that somebody has seen whole is whole for everybody by then


class Log:
    """One open log, for the thread that opened it: Misuse in any other; not for use after a fork.

    `state` is what its chain says, the same for all processes; `index` where the records of the topics
    lie that this one watches.
    """

    def __init__(  # noqa: PLR0913 - the log, and how it is read
        self,
        env: Env,
        layout: Layout,
        who: Identity,
        limits: Limits,
        *,
        watch: Iterable[str] = (),
        everything: bool = False,
        most: int = NEVER,
    ) -> None:
        """`most`: begin at no checkpoint behind that record."""
        self.env = env
        self.layout = layout
        self.identity = who
        self.limits = limits
        self.index = Index(watch, everything=everything)
        self._begin(most)
        learn(self.state.schemas.described.items())
        known = (self.state, self.index)
        self.durability = Durability(env, layout, who, self.chain, known, limits)
        self._presence = Presence(env, layout)
        self._reading = Reading(env, layout, who, *known)
        writes = (self.chain, self.state, self.durability)
        self._appending = Appending(env, layout, who, self.incarnation, writes, limits)
        self.guard = Guard(env, layout.root)

    def _begin(self, most: int) -> None:
        """Stand where the log is read from. What was to be read may go while it is looked at: then there is more that is
        known of later records.
        """
        env, layout, who = self.env, self.layout, self.identity
        while True:
            seen = finding.numbers(env, layout)
            start = finding.begin(env, layout, who, self.index, most)
            self.state = start.state
            try:
                self.chain = Chain(env, layout, who, self._take, start.begin)
            except Corrupt:
                self.index.ranges.clear()
                if finding.numbers(env, layout) == seen:
                    raise
            else:
                return

    # ---- opening and closing

    @classmethod
    def open(  # noqa: PLR0913 - options are keywords
        cls,
        env: Env,
        directory: str,
        *,
        watch: Iterable[str] = (),
        everything: bool = False,
        level: str | None = None,
        create: bool = True,
        limits: Limits | None = None,
    ) -> Log:
        """The log in `directory`, made if it is missing (at `level`, "power" unless given).

        `watch`: topics to be read, those too that are still to be made; `everything`: all there are. A log keeps its level: asking
        an existing one for another by `level` is Misuse. ForeignLog, Corrupt, Poisoned or NotReady say
        why a log cannot be used.
        """
        layout, limits = Layout(directory), limits or Limits()
        who = opening.identify(env, layout, level=level, create=create)
        held, who = opening.hold(env, layout, who, limits)
        log = None
        try:
            log = cls(env, layout, who, limits, watch=watch, everything=everything)
            durable = read_hint(env, layout)  # before the chain: it cannot be ahead of it then
            log.refresh()
            log._expect(durable)
            log.durability.recall()
            opening.refuse_level(directory, level, log.durability.level)
        except BaseException:
            if log is not None:
                log.close()
            held.release()
            raise
        log.guard.held = held
        return log

    def close(self) -> None:
        """Let go of everything; at level process what is not on the disk yet is synced first, unless this handle was
        not opened but only looks.

        A second time it does nothing.
        """
        if not self.guard.close():
            return
        try:
            opened = self.guard.held is not None
            self.durability.settle(sync=opened and not self.guard.broken)
        finally:
            self._appending.close()
            self._reading.close()
            self.chain.close()
            self._presence.close()
            self.guard.release()

    # ---- following

    @property
    def incarnation(self) -> bytes:
        """This handle among the members and writers of the log; no other ever has it."""
        return self._presence.incarnation

    def refresh(self) -> bool:
        """Take in what others wrote; true if there was something new."""
        return self.guard.unbroken(self.chain.tail)

    def watch(self, names: Collection[str]) -> None:
        """Remember from now on where the records of these topics lie, those already there included.

        Topics that are known when the log is opened are better named there: for records that are
        there already this reads the chain once more.
        """
        fresh = set(names) - self.index.watched
        if fresh:
            self.guard.unbroken(lambda: self._watch(fresh))

    def wait(self, timeout_s: float) -> None:
        """Sleep until somebody rings or the time is over; at most 100 ms, for rings may be lost."""
        self.tick()
        self._presence.wait(min(timeout_s, POLL_S))

    def waker(self) -> Callable[[], object]:
        """What ends a `wait` of this process, called by any thread."""
        return self._presence.waker()

    def tick(self) -> None:
        """Do this process's share of what is done beside the work. To be called at least once a second."""
        self.guard.unbroken(self.durability.tick)
        self._appending.tick()
        if self._presence.look():
            self._bury()
            self._forget()

    # ---- topics and groups

    def topic(self, name: str) -> Topic:
        """The topic; UnknownTopic names what there is."""
        found = self.state.names.get(name)
        if found is None:
            known = ", ".join(sorted(self.state.names)) or "none"
            raise UnknownTopic(
                f"there is no topic {name!r} in the log {self.layout.root} (topics: {known}); "
                f"create it: streamz topics create {name}"
            )
        return found

    def create_topic(
        self, name: str, partitions: int, config: dict[str, Any], owner: str = ""
    ) -> Topic:
        """The topic of that name, made unless somebody just did; its partitions are not compared.

        `owner`: the app whose internal topic it is. Misuse if the topic is another's, or nobody's.
        """
        checked(TopicRecord(1, name, partitions, config, owner))

        def make(state: State) -> TopicRecord | None:
            if name in state.names:
                return None
            return TopicRecord(max(state.topics, default=0) + 1, name, partitions, config, owner)

        found = None
        while found is None:  # somebody may remove it at once
            done = self.append(make)
            if done is not None:
                self.acknowledge(done.lsn)
            found = self.state.names.get(name)
        why = refuse_owner(found, owner)
        if why:
            raise Misuse(why)
        return found

    def register(
        self,
        schemas: dict[bytes, bytes],
        uses: list[tuple[int, str, bytes]],
        reads: Sequence[tuple[int, str, bytes, str]] = (),
        void: Sequence[tuple[int, str]] = (),
        check: Callable[[], None] = lambda: None,
    ) -> None:
        """Tell `schemas` (fingerprint: description), and which (topic, side) is written with which.

        Sides are "key", "value" and "store". `reads`: what apps take sides for that they read. `void`: sides of
        which nothing is left that was written before. Nothing is appended if all is known, or if `check` raises, which is asked of the very state that this follows.
        Misuse if a fingerprint names another description, or none.
        """
        told = SchemaRecord(list(schemas.items()), uses, list(reads), list(void))
        checked(told)

        def make(state: State) -> SchemaRecord | None:
            check()
            return told.news(state)

        self.append(make)

    # ---- members

    def join(
        self,
        topics: Iterable[str],
        group: str,
        info: dict[str, Any],
        check: Callable[[State], None] = lambda _: None,
    ) -> None:
        """Become a member: others can see that this process lives, and wake it for these topics.

        `check` looks at the state that the record is to follow; what it raises, nothing was written.
        """
        self.guard.use()
        address = self._presence.show()
        me = MemberRecord(self.incarnation, address, sorted(topics), group, info)

        def make(state: State) -> MemberRecord:
            check(state)
            return me

        self.append(make)

    def leave(self, incarnation: bytes | None = None) -> bool:
        """Say that a member is gone: this one, or one that is dead or stands still. False if somebody said it."""
        gone = incarnation or self.incarnation
        checked(LeaveRecord(gone))
        done = self.append(lambda state: LeaveRecord(gone) if gone in state.members else None)
        if not self.alive(gone):
            self._presence.forget(gone)
        return done is not None

    def alive(self, incarnation: bytes) -> bool:
        """Whether the member still holds its lock. A stopped process does; a dead one never."""
        return self._presence.lives(incarnation)

    def gone(self, member: Member) -> bool:
        """Whether the member is dead, and nothing is kept for one that comes back under its name."""
        return self._presence.gone(member.incarnation, member.info.get(SESSION_MS))

    # ---- appending

    def append(self, make: Make) -> Appended | None:
        """Chain one record, made by `make(state)` from the state it will follow.

        `make` is asked again each time somebody else was faster; if it returns None there is nothing
        to do, and what it raises ends the attempt: nothing was written. StorageFull if the disk takes
        no more; Misuse for a record that no reader could take in, or that may not follow that state.
        When this returns, every process sees the record; `acknowledge(lsn)` makes it as safe
        as the level promises.
        """
        return self.guard.unbroken(lambda: self._appending.append(make))

    def commit(
        self, tasks: Sequence[TaskCommit], outputs: Sequence[Output], stamp: Stamp | None = None
    ) -> Appended:
        """One transaction: outputs, consumed offsets and positions, all or nothing; `stamp`: as which producer.

        Fenced if a task has another owner, its offsets are not at `from`, or the producer is another one by now; Misuse for what no reader
        could read; StorageFull if there is no room; TooLarge: nothing was done. Acknowledge with `acknowledge(lsn)`.
        """
        return self.guard.unbroken(lambda: self._appending.commit(tasks, outputs, stamp))

    def acknowledge(self, lsn: int) -> None:
        """Return when `lsn` is as safe as the level promises, and nobody found the disk failing.

        Misuse if this handle saw no such record: it would be waited for for ever.
        """
        why = fields.whole("a record to be acknowledged", lsn, 0, self.state.lsn)
        if why:
            raise Misuse(why)
        self.guard.unbroken(lambda: self.durability.ensure(lsn))

    # ---- reading

    def fetch(  # noqa: PLR0913 - options are keywords
        self,
        topic: int,
        partition: int,
        offset: int,
        *,
        bytes_max: int = 1 << 20,
        records_max: int = 1 << 40,
        lsn_max: int | None = None,
    ) -> list[Batch]:
        """Records from `offset` on, in whole batches, until one of the two limits is reached or passed.

        Each begins where the one before ends: the fetch ends where records were lost. If those at `offset`
        were, the first batch says by its base_offset where the partition goes on; it is empty if there
        is nothing yet. Records that were compacted away are no gap: a batch speaks of them and has no rows for
        them. One without any row counts for no limit. None at the end of the partition; OffsetOutOfRange behind it and before the start.
        `lsn_max`: leave out what was committed later. Misuse if the topic is not watched, UnknownTopic if it was
        deleted. Corrupt names file, position and offset.
        """
        self.guard.use()
        begin = offset
        while True:
            try:
                found = self._reading.fetch(
                    topic,
                    partition,
                    offset,
                    bytes_max=bytes_max,
                    records_max=records_max,
                    lsn_max=lsn_max,
                )
            except Gone as error:
                # Sealed meanwhile, and removed where it lay: the chain says where it lies now.
                if not self.refresh():
                    raise self._reading.missing(topic, partition, offset, error) from error
                if self.state.has(topic, partition):
                    # Or it was lost meanwhile: whoever asked could not know that it was the end of these records.
                    offset = max(offset, self.state.start(topic, partition))
            else:
                return found if found or offset == begin else [Batch(offset, [], [], [])]

    def readable_end(self, topic: int, partition: int, lsn_max: int) -> int:
        """The offset behind the last record of the partition that was committed at `lsn_max` or before;
        the start of the partition if there is none."""
        self.guard.use()
        return self._reading.readable_end(topic, partition, lsn_max)

    # ---- the chain

    def _take(self, found: Frame, where: tuple[int, int], _: bytes) -> None:
        fold(self.state, found).locate(self.index, found.lsn, where)

    def _watch(self, fresh: set[str]) -> None:
        """Nothing is changed unless the chain could be read up to where the state stands. What is needed for that may
        have gone: then it is read from where the log stands by now, or from a checkpoint that came meanwhile.
        """
        while True:
            known = finding.numbers(self.env, self.layout)
            try:
                self._watch_from_here(fresh)
            except Corrupt:
                if not self.chain.tail() and finding.numbers(self.env, self.layout) == known:
                    raise
            else:
                return

    def _watch_from_here(self, fresh: set[str]) -> None:
        state = self.state
        topics = [state.names[name] for name in sorted(fresh) if name in state.names]
        filled = [topic for topic in topics if state.ends[topic.id] != state.starts[topic.id]]
        if filled:
            beside = self.index.beside(filled)
            found = finding.begin(self.env, self.layout, self.identity, beside, state.lsn)
            self._scan(beside, found.begin)
            self.index.take_over(beside, state)
        for topic in topics:
            if topic not in filled:
                self.index.keep(topic, state.ends[topic.id])
        self.index.watched |= fresh

    def _scan(self, index: Index, begin: Begin) -> None:
        """Read the chain again, up to where the state stands, for what `index` is to know."""
        state, seen = self.state, begin.lsn

        def take(found: Frame, where: tuple[int, int], _: bytes) -> None:
            nonlocal seen
            if found.lsn <= state.lsn:
                unpack(found).locate(index, found.lsn, where)
                seen = found.lsn

        chain = Chain(self.env, self.layout, self.identity, take, begin)
        try:
            chain.tail()
        finally:
            chain.close()
        if seen < state.lsn:
            raise Corrupt(
                f"{self.layout.commit}: commit {seen + 1} was read before, and cannot be read again. "
                "Nothing was changed: restore the file from a copy"
            )

    def _expect(self, durable: tuple[int, bytes]) -> None:
        """A record that somebody synced is on the chain, or bytes of it were lost: Corrupt.

        Without this a commit log that was cut off, or whose last frame was damaged, would look like
        one with a torn append at its end.
        """
        give_up_s = self.env.monotonic() + WHOLE_S
        while self.state.on_chain(*durable) is False:
            if self.env.monotonic() > give_up_s:
                if self.chain.heal(durable):
                    return
                raise Corrupt(
                    f"{self.layout.segment(self.chain.segment)}: commit {durable[0]} was durable, but "
                    f"the log can be read only up to commit {self.state.lsn}. Nothing was changed: "
                    "restore the file from a copy; the disk or a tool lost committed bytes"
                )
            self.wait(POLL_S)
            self.refresh()

    def _forget(self) -> None:
        """Hashes of records before the older of two checkpoints are not kept for ever."""
        if len(self.state.past.hashes) > self.limits.past_bytes:
            known = finding.numbers(self.env, self.layout)
            past = [lsn for lsn in known if lsn <= self.state.lsn]
            self.state.past.move(min(past[:2], default=0))

    def _bury(self) -> None:
        """Take the dead off the list, of whatever group: every commit would ring at their doors."""
        for member in list(self.state.members.values()):
            if self.gone(member):
                with contextlib.suppress(StorageFull):  # another time, or somebody else
                    self.leave(member.incarnation)
