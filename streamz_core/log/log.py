"""A process's handle on the log: open, follow the chain, append to it, read partitions, wait."""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any, TypeVar

import msgpack
from attrs import frozen

from streamz_core.env.door import Env, Lock
from streamz_core.errors import (
    Corrupt,
    Fenced,
    ForeignLog,
    Misuse,
    NotReady,
    StorageFull,
    StreamzError,
    TooLarge,
    UnknownTopic,
)
from streamz_core.log.chain import frame, identity, recovery
from streamz_core.log.chain.chain import Chain
from streamz_core.log.chain.durability import Durability, read_hint
from streamz_core.log.chain.layout import Layout, append_all
from streamz_core.log.limits import Limits
from streamz_core.log.presence import Presence
from streamz_core.log.records import kinds
from streamz_core.log.records.fold import Fold, Topic
from streamz_core.log.segments import batch as batches
from streamz_core.log.segments.data import DataReader, DataWriter
from streamz_core.record import Batch

T = TypeVar("T")
Make = list[Any] | None

LOOK_S = 5.0  # how often somebody looks for members that died
POLL_S = 0.1  # a net under the wake-ups, which are hints
WHOLE_S = 0.5  # an append that somebody has seen whole is whole for everybody by then
NETWORK_FILE_SYSTEMS = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "9p", "fuse.sshfs", "ceph", "glusterfs"}
)
FULL = (errno.ENOSPC, errno.EDQUOT)


@frozen
class Appended:
    """A record on the chain; `bases` are the offsets its ranges begin at (COMMIT only)."""

    lsn: int
    hash: bytes
    bases: tuple[int, ...] = ()


@frozen
class Output:
    """Records for one partition, packed: `data` are the bytes of a batch of `count` records."""

    topic: int
    partition: int
    count: int
    data: bytes


@frozen
class TaskCommit:
    """What a commit says of one task. moves: (topic id, partition, from, to); `position`: changes."""

    group: str
    task: str
    epoch: int
    moves: Sequence[tuple[int, int, int, int]]
    position: dict[str, Any] | None = None


class Log:
    """One open log. Not for two threads at once; not for use after a fork."""

    def __init__(self, env: Env, layout: Layout, who: identity.Identity, limits: Limits) -> None:
        self.env = env
        self.layout = layout
        self.identity = who
        self.limits = limits
        self.incarnation = env.random(8)
        self.fold = Fold()
        self.chain = Chain(env, layout, who, self.fold)
        self.durability = Durability(env, layout, who, self.chain, limits)
        self._reader = DataReader(env, layout)
        self._writer = DataWriter(env, layout, self.incarnation, limits)
        self._presence = Presence(env, layout, self.incarnation)
        self._look_s = env.monotonic() + LOOK_S
        self._held: Lock | None = None
        self._closed = False
        self._broken = ""
        self._space_at_s = 0.0

    # ---- opening and closing

    @classmethod
    def open(
        cls,
        env: Env,
        directory: str,
        *,
        level: str | None = None,
        create: bool = True,
        limits: Limits | None = None,
    ) -> Log:
        """The log in `directory`, made if it is missing (level "power" unless given).

        A log keeps its level: asking an existing one for another is Misuse. ForeignLog, Corrupt,
        Poisoned or NotReady say why a log cannot be used.
        """
        layout = Layout(directory)
        if not env.exists(layout.identity):
            if not create:
                raise ForeignLog(f"{directory} holds no log; name the directory of an existing one")
            _create(env, layout, level or "power")
        who = identity.decode(env.read(layout.identity), layout.identity)
        if level is not None and level != who.level:
            raise Misuse(
                f"the log {directory} has durability level {who.level!r}; {level!r} was asked for. "
                "A log keeps the level it was made with"
            )
        held = _hold(env, layout, who, limits or Limits())
        log = None
        try:
            log = cls(env, layout, who, limits or Limits())
            durable = read_hint(env, layout)  # before the chain: it cannot be ahead of it then
            log.refresh()
            log._expect(durable)
        except BaseException:
            if log is not None:
                log.close()
            held.release()
            raise
        log._held = held
        return log

    def close(self) -> None:
        """Let go of everything; at level process what is not on the disk yet is synced first.

        A second time it does nothing.
        """
        if self._closed:
            return
        self._closed = True
        try:
            self.durability.settle(sync=not self._broken)
        finally:
            self._writer.close()
            self._reader.close()
            self.chain.close()
            self._presence.close()
            if self._held is not None:
                self._held.release()

    # ---- following

    def refresh(self) -> bool:
        """Fold what others wrote; true if there was something new."""
        return self._unbroken(self.chain.tail)

    def watch(self, names: Collection[str]) -> None:
        """Remember from now on where the records of these topics lie, those already there included."""
        fresh = set(names) - self.fold.watched
        if any(name in self.fold.names for name in fresh):
            self._unbroken(lambda: self._refold(fresh))
        else:
            self.fold.watched |= fresh

    def wait(self, timeout_s: float) -> None:
        """Sleep until somebody rings or the time is over; at most 100 ms, for rings may be lost."""
        self.tick()
        self._presence.wait(min(timeout_s, POLL_S))

    def tick(self) -> None:
        """Do this process's share of what is done beside the work. To be called at least once a second."""
        self._unbroken(self.durability.tick)
        if self.env.monotonic() >= self._look_s:
            self._look_s = self.env.monotonic() + LOOK_S
            self._bury()

    # ---- topics and members

    def topic(self, name: str) -> Topic:
        """The topic; UnknownTopic names what there is."""
        found = self.fold.names.get(name)
        if found is None:
            known = ", ".join(sorted(self.fold.names)) or "none"
            raise UnknownTopic(
                f"there is no topic {name!r} in the log {self.layout.root} (topics: {known}); "
                f"create it: streamz topics create {name}"
            )
        return found

    def create_topic(self, name: str, partitions: int, config: dict[str, Any]) -> Topic:
        """The topic of that name, made unless somebody just did; its partitions are not compared."""

        def make(fold: Fold) -> list[Any] | None:
            if name in fold.names:
                return None
            return [max(fold.topics, default=0) + 1, name, partitions, config]

        done = self.append(kinds.TOPIC, make)
        if done is not None:
            self.durability.ensure(done.lsn)
        return self.fold.names[name]

    def join(self, topics: Iterable[str], group: str, info: dict[str, Any]) -> None:
        """Become a member: others can see that this process lives, and wake it for these topics."""
        body = [self.incarnation, self._presence.show(), sorted(topics), group, info]
        self.append(kinds.MEMBER, lambda _: body)

    def leave(self, incarnation: bytes | None = None) -> None:
        """Say that a member is gone: this one, or one that is dead or stands still."""
        gone = incarnation or self.incarnation

        self.append(kinds.LEAVE, lambda fold: [gone] if gone in fold.members else None)
        if not self.alive(gone):
            self._presence.forget(gone)

    def alive(self, incarnation: bytes) -> bool:
        """Whether the member still holds its lock. A stopped process does; a dead one never."""
        return self._presence.lives(incarnation)

    def ring(self, topics: Iterable[str]) -> None:
        """Wake the members interested in one of these topics."""
        touched = set(topics)
        for member in list(self.fold.members.values()):
            if member.incarnation != self.incarnation and not touched.isdisjoint(member.topics):
                self.env.ring(member.address)

    def _bury(self) -> None:
        """Take the dead off the list, of whatever group: every commit would ring at their doors."""
        for incarnation in list(self.fold.members):
            if not self.alive(incarnation):
                with contextlib.suppress(StorageFull):  # another time, or somebody else
                    self.leave(incarnation)

    # ---- appending

    def append(
        self, kind: int, make: Callable[[Fold], Make], payload: bytes = b""
    ) -> Appended | None:
        """Chain one record, made by `make(fold)` from the state it will follow.

        `make` is asked again each time somebody else was faster; if it returns None there is nothing
        to do, and what it raises ends the attempt: nothing was written. StorageFull if the disk takes
        no more. When this returns, every process sees the record; `acknowledge(lsn)` makes it as safe
        as the level promises.
        """
        return self._unbroken(lambda: self._append(kind, make, payload))

    def commit(self, tasks: Sequence[TaskCommit], outputs: Sequence[Output]) -> Appended:
        """One transaction: outputs, consumed offsets and positions, all or nothing.

        Fenced if a task has another owner or its offsets are not at `from`: nothing was done.
        StorageFull if there is no room: nothing was done. Acknowledge with `acknowledge(lsn)`.
        """
        return self._unbroken(lambda: self._commit(tasks, outputs))

    def _commit(self, tasks: Sequence[TaskCommit], outputs: Sequence[Output]) -> Appended:
        payload, ranges = self._place(outputs)
        told = [[t.group, t.task, t.epoch, t.moves, t.position] for t in tasks]
        body = [self.incarnation, told, ranges]
        bases: list[int] = []

        def make(fold: Fold) -> list[Any]:
            why = fold.refusal(kinds.COMMIT, body)
            if why:
                raise Fenced(f"{why}; the work was dropped, its owner goes on")
            bases[:] = _bases(fold, outputs)
            return body

        done = self._append(kinds.COMMIT, make, payload)
        assert done is not None, "a commit always has something to say"
        return Appended(done.lsn, done.hash, tuple(bases))

    def acknowledge(self, lsn: int) -> None:
        """Return when `lsn` is as safe as the level promises, and nobody found the disk failing."""
        self._unbroken(lambda: self.durability.ensure(lsn))

    def _append(self, kind: int, make: Callable[[Fold], Make], payload: bytes) -> Appended | None:
        lock: Lock | None = None
        try:
            while True:
                self.chain.tail()
                fold, lsn = self.fold, self.fold.lsn + 1
                body = make(fold)
                if body is None:
                    return None
                raw, hash_ = self._frame(lsn, kind, body, payload)
                self.env.point("append")
                failed = self._write(raw)
                self.chain.tail()
                if fold.on_chain(lsn, hash_):
                    return Appended(lsn, hash_)
                if failed is not None:
                    raise failed
                if lock is None:  # it only saves lost races, so a stopped holder is not waited for
                    lock = self.env.lock(
                        self.layout.append_lock, exclusive=True, wait_s=self.limits.lock_wait_s
                    )
        finally:
            if lock is not None:
                lock.release()

    def _frame(self, lsn: int, kind: int, body: list[Any], payload: bytes) -> tuple[bytes, bytes]:
        at = frame.place(self.chain.segment, self.chain.end)
        packed = msgpack.packb(body)
        if not frame.possible(frame.HEAD_BYTES + len(packed), len(payload)):
            raise TooLarge(
                f"a record of the commit log with {len(packed)} bytes and {len(payload)} of payload: "
                "nobody could read it; commit less at once"
            )
        key, prev = self.identity.key, self.fold.hash
        return frame.encode(key, at, lsn, kind, prev, packed, payload, self.durability.durable)

    def _write(self, raw: bytes) -> StreamzError | None:
        """One append to the commit log. Half a frame is as good as none: the next attempt follows it,
        and after an error, too, only the chain says whether the record is on it."""
        try:
            self.chain.file.append(raw)
        except OSError as error:
            return self._storage_error(error, self.layout.commit)
        return None

    def _place(self, outputs: Sequence[Output]) -> tuple[bytes, list[list[int]]]:
        """(payload of the frame, ranges) with everything else written, and durable if need be."""
        payload = b"".join([one.data for one in outputs])
        number, at = 0, 0
        if len(payload) > self.limits.commit_bytes:
            raise TooLarge(
                f"a commit of {len(payload)} bytes; the limit is {self.limits.commit_bytes}: "
                "commit more often, or raise log.commit.bytes"
            )
        if len(payload) > self.limits.inline_bytes:
            number, at = self._write_payload(payload)
            payload = b""
        ranges = []
        for one in outputs:
            size = len(one.data)
            ranges.append(
                [one.topic, one.partition, one.count, number, at, size, batches.checksum(one.data)]
            )
            at += size
        return payload, ranges

    def _write_payload(self, payload: bytes) -> tuple[int, int]:
        self._check_space()
        try:
            placed = self._writer.write(payload, self.durability.durable)
        except OSError as error:
            raise self._storage_error(error, self.layout.data) from error
        if self.durability.level == "power":
            self._sync_payload()
        return placed

    def _sync_payload(self) -> None:
        """At level power a chained record refers only to durable bytes."""
        try:
            self._writer.datasync()
        except OSError:
            self.durability.fail()

    def _check_space(self) -> None:
        now_s = self.env.monotonic()
        if now_s < self._space_at_s:
            return
        free, total = self.env.space(self.layout.root)
        if free < min(self.limits.free_bytes, int(total * self.limits.free_share)):
            raise StorageFull(
                f"{self.layout.root}: {free >> 20} MiB free of {total >> 20} MiB. Nothing was written: "
                "free space, or lower log.free.bytes"
            )
        self._space_at_s = now_s + 1.0

    def _storage_error(self, error: OSError, path: str) -> StreamzError:
        if error.errno in FULL:
            return StorageFull(
                f"{path}: the disk is full. Nothing was committed; free space and go on"
            )
        return Corrupt(f"{path}: {error}. Nothing was committed by this call; check the disk")

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

        `lsn_max`: leave out what was committed later. The topic must be watched. Corrupt names file,
        position and offset.
        """
        kept = self.fold.ranges[topic, partition]
        index = kept.find(offset)
        found: list[Batch] = []
        room = bytes_max
        end = self.fold.ends[topic][partition]
        stop = min(end, offset + records_max)
        while 0 <= index < len(kept.bases) and room > 0 and offset < stop:
            if lsn_max is not None and kept.lsns[index] > lsn_max:
                break
            found.append(self._read(topic, partition, index).since(offset))
            offset = found[-1].base_offset + len(found[-1])
            room -= kept.lengths[index]
            index += 1
        return found

    def readable_end(self, topic: int, partition: int, lsn_max: int) -> int:
        """The offset behind the last record of the partition that was committed at `lsn_max` or before."""
        kept = self.fold.ranges[topic, partition]
        for index in range(len(kept.bases) - 1, -1, -1):
            if kept.lsns[index] <= lsn_max:
                return self._stop(topic, partition, index)
        return 0

    def _read(self, topic: int, partition: int, index: int) -> Batch:
        kept = self.fold.ranges[topic, partition]
        base = kept.bases[index]
        file = self.fold.files[kept.files[index]]
        place = (file, kept.positions[index], kept.lengths[index], kept.crcs[index])
        try:
            return batches.decode(
                self._reader.read(*place), base, self._stop(topic, partition, index) - base
            )
        except Corrupt as error:
            name = self.fold.topics[topic].name
            raise Corrupt(
                f"{name}[{partition}]@{base}, commit {kept.lsns[index]}: {error}"
            ) from error

    def _stop(self, topic: int, partition: int, index: int) -> int:
        """The offset behind the last record of a range."""
        bases = self.fold.ranges[topic, partition].bases
        if index + 1 < len(bases):
            return bases[index + 1]
        return self.fold.ends[topic][partition]

    # ---- broken handles

    def _expect(self, durable: tuple[int, bytes]) -> None:
        """A record that somebody synced is on the chain, or bytes of it were lost: Corrupt.

        Without this a commit log that was cut off, or whose last frame was damaged, would look like
        one with a torn append at its end.
        """
        give_up_s = self.env.monotonic() + WHOLE_S
        while not self.fold.on_chain(*durable):
            if self.env.monotonic() > give_up_s:
                raise Corrupt(
                    f"{self.layout.segment(self.chain.segment)}: commit {durable[0]} was durable, but "
                    f"the log can be read only up to commit {self.fold.lsn}. Nothing was changed: "
                    "restore the file from a copy; the disk or a tool lost committed bytes"
                )
            self.wait(POLL_S)
            self.refresh()

    def _refold(self, fresh: set[str]) -> None:
        """Fold the chain anew, from its beginning: a topic was not watched when its records passed."""
        fold = Fold()
        fold.watched = self.fold.watched | fresh
        chain = Chain(self.env, self.layout, self.identity, fold)
        try:
            chain.tail()
        except BaseException:
            chain.close()
            raise
        self.chain.close()
        self.fold, self.chain = fold, chain
        self.durability.follow(chain)

    def _unbroken(self, call: Callable[[], T]) -> T:
        """Run a step that may not be interrupted half-way: the fold would tell two states at once."""
        if self._closed:
            raise Misuse(f"the log {self.layout.root} was closed here; open it again")
        if self._broken:
            raise NotReady(f"this handle was interrupted ({self._broken}) and must be opened again")
        try:
            return call()
        except StreamzError:
            raise
        except BaseException as error:
            self._broken = repr(error)
            raise


def _bases(fold: Fold, outputs: Sequence[Output]) -> list[int]:
    """The offset each output will begin at if it is committed next."""
    ends: dict[tuple[int, int], int] = {}
    bases = []
    for one in outputs:
        where = (one.topic, one.partition)
        base = ends.get(where)
        if base is None:
            base = fold.end(*where)
        bases.append(base)
        ends[where] = base + one.count
    return bases


def _create(env: Env, layout: Layout, level: str) -> None:
    """Write LOG, whole or not at all; somebody else may be faster, then his counts.

    Its name is made durable by the cold start that begins the first segment.
    """
    if level not in identity.LEVELS:
        raise Misuse(f"durability level {level!r}; there are {' and '.join(identity.LEVELS)}")
    env.make_dirs(layout.root)
    if env.list(layout.commit) and not env.exists(layout.identity):
        raise Corrupt(
            f"{layout.root} holds commit segments but no LOG file; restore LOG from a copy, it never changes"
        )
    kind = env.file_system(layout.root)
    if kind in NETWORK_FILE_SYSTEMS:
        raise Misuse(f"{layout.root} is on {kind}; the log needs a local file system")
    temporary = f"{layout.root}/LOG.{env.random(4).hex()}"
    file = env.create(temporary)
    append_all(file, identity.Identity(env.random(16), env.random(32), level).encode())
    file.datasync()
    file.close()
    with contextlib.suppress(FileExistsError):
        env.link(temporary, layout.identity)
    env.unlink(temporary)


def _hold(env: Env, layout: Layout, who: identity.Identity, limits: Limits) -> Lock:
    """The shared lock on LOG that says a process lives, after a cold start if one is needed."""
    give_up_s = env.monotonic() + 30 * limits.lock_wait_s
    wait_s = 0.0
    while True:
        alone = env.lock(layout.identity, exclusive=True, wait_s=wait_s)
        if alone is not None:
            try:
                if recovery.needed(env, layout, who):
                    recovery.cold_start(env, layout, who)
                alone.downgrade()
            except BaseException:
                alone.release()
                raise
            return alone
        shared = env.lock(layout.identity, exclusive=False, wait_s=limits.lock_wait_s)
        if shared is not None:
            if not recovery.needed(env, layout, who):
                return shared
            shared.release()
        wait_s = limits.lock_wait_s
        if env.monotonic() > give_up_s:
            raise NotReady(
                f"the log {layout.root} needs a cold start (a sync failed, or the machine was restarted), "
                "and another process still holds LOG: end it (see /proc/locks) and start again"
            )
