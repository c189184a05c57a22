"""Reading topics from any program: whole commits only, and only what is as safe as the log promises."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Generic, Self, TypeVar

from streamz_core.broker.backend import TaskCommit
from streamz_core.broker.checks import called, group_of, seconds, whole
from streamz_core.broker.embedded import Broker
from streamz_core.broker.receiving.ahead import Ahead
from streamz_core.broker.receiving.automatic import Automatic
from streamz_core.broker.receiving.joining import Member, join
from streamz_core.broker.receiving.listening import Listeners, Told
from streamz_core.broker.receiving.offsets import Moves, Offsets
from streamz_core.broker.receiving.parted import Partitions
from streamz_core.broker.receiving.places import POLICIES, Parts
from streamz_core.broker.receiving.rounds import Decoding, Give, Rounds, whole_batches
from streamz_core.broker.receiving.sharing import Share
from streamz_core.broker.receiving.standing import Standing
from streamz_core.broker.receiving.starts import EARLIEST, Start, begin_of
from streamz_core.broker.receiving.topics import Topics, Wanted, Where
from streamz_core.broker.schemas import check, check_codecs, uses_of
from streamz_core.codecs.codec import Codec
from streamz_core.errors import Misuse, StorageFull
from streamz_core.record import Batch, Record

if TYPE_CHECKING:
    from streamz_core.broker.receiving.aside import AsyncConsumer

K = TypeVar("K")
V = TypeVar("V")
T = TypeVar("T")
FETCH_BYTES = 1 << 20
NO_LIMIT = 1 << 40
RECORDS = 1000
LOOK_S = 0.1  # how often an iterator looks after its group while it gives what was read


class Consumer(Standing, Generic[K, V]):
    """Reads topics, from where its group stands, or from `start`; partitions that come meanwhile from their beginning.

    Topics by name or pattern and a `group`: its members share the partitions, each of which is one member's at a time. Who
    comes, leaves, dies, or does not poll for `max_poll_interval_ms` moves partitions, at the next `poll` of those that have
    them. Without a group every partition is read, and nothing is remembered. With (topic, partition) instead of names it
    reads these, whoever else does, and the group is for its offsets alone.

    `commit` moves the offsets of the group to where this consumer stands: behind what was given, or where `seek` went.
    It is for the thread that made it.

    A record that cannot be read stops its partition, never those before it: `poll` gives what stands
    before it, then raises, with (topic, partition, offset) as `place` of the error, each time until
    `seek` goes elsewhere. What was lost (retention, an operator's skip) is passed, and told to the log
    "streamz.consumer".
    """

    def __init__(  # noqa: PLR0913 - options are keywords
        self,
        broker: Broker,
        topics: Wanted,
        *,
        key: Codec[K],
        value: Codec[V],
        group: str | None = None,
        start: Start = "earliest",
        on_out_of_range: str = "error",
        commit: str = "manual",
        auto_commit_interval_ms: int = 5000,
        member: str | None = None,
        session_timeout_ms: int = 45_000,
        max_poll_interval_ms: int = 300_000,
        on_assigned: Told | None = None,
        on_revoked: Told | None = None,
        on_lost: Told | None = None,
        owns_broker: bool = False,
    ) -> None:
        """`topics`: names, patterns, or (topic, partition) for one partition alone. `start`: "earliest", "latest", "none"
        (Misuse), or how far back from now. `on_out_of_range`: what becomes of a seek to an offset that the partition does
        not have; "error", or to its "earliest" or "latest".

        `commit="auto"`: what was given by earlier polls is committed at later ones, every `auto_commit_interval_ms`, and at
        `close`. `member`: a name for life: whoever joins under it within `session_timeout_ms` of the death of the last one has what that had.
        `on_assigned`, `on_revoked` (before they go), `on_lost` (they went; else `on_revoked`) are called by `poll`, with this
        consumer and a list of (topic, partition).

        `owns_broker`: `close()`, and the end of a `with` block, close the broker too. Misuse if a codec cannot read what
        the log says was written there, if the group is an app's, and for a second sharing consumer on one broker.
        """
        check_codecs(key, value)
        begin = begin_of(start)
        if on_out_of_range not in POLICIES:
            raise Misuse(f"on_out_of_range={on_out_of_range!r}; it can be one of {POLICIES}")
        name = group_of(group)
        self._broker = broker
        self._backend = broker.backend
        self._decoding = Decoding(key, value)
        self._owns_broker = owns_broker
        self._closed = False
        self._aside: AsyncConsumer[K, V] | None = None
        self._auto = Automatic(broker.env, commit, auto_commit_interval_ms, self.commit)
        if self._auto.on and not name:
            raise Misuse("commit='auto' needs a group: Consumer(..., group=...)")
        told = Listeners.of(on_assigned, on_revoked, on_lost)
        wanted = Topics(self._backend, topics)
        self._stands = Offsets(broker, name, begin, on_out_of_range)
        self._ahead: Ahead[K, V] = Ahead()
        self._rounds = Rounds(self._backend, {})
        self._look_s = 0.0
        self._reads: Share | Parts
        static = "" if member is None else called("member", member)
        if name and wanted.whole:
            who = Member(static, session_timeout_ms, max_poll_interval_ms)
            self._reads = self._join(wanted, told, who)
        else:
            self._reads = self._take(wanted, told, static)

    def _join(self, wanted: Topics, told: Listeners, who: Member) -> Share:
        """Share the partitions with others of the group."""
        parts = Partitions(self, self._rounds, self._ahead, told, self._auto.at_once, self._prepare)
        return join(self._broker, self._stands, wanted, parts, who)

    def _take(self, wanted: Topics, told: Listeners, member: str) -> Parts:
        """Read all of it, whoever else does."""
        if member or told != Listeners():
            raise Misuse(
                "member=, on_assigned=, on_revoked= and on_lost= are for those who share partitions: topics by name, and a group"
            )
        parts = Parts(self._backend, wanted)
        self._listen(parts)
        for where in parts.all:
            self._rounds.add(where, self._stands.begin(where))
        return parts

    def _listen(self, parts: Parts) -> None:
        names = list(dict.fromkeys(name for name, _ in parts.all))
        self._prepare(names)
        self._backend.listen(names)

    def _prepare(self, topics: Sequence[str]) -> None:
        """These will be read; Misuse if a codec cannot read what was written there."""
        for name in topics:
            check(self._backend, uses_of(name, self._decoding.key, self._decoding.value))
        self._backend.watch(topics)

    # ---- reading

    def poll(
        self, timeout_s: float = 0.1, records_max: int = 1000
    ) -> list[Record[K | None, V | None]]:
        """New records, decoded; empty after `timeout_s` without any.

        CodecError or Corrupt for the record that is next and cannot be read: see the class. Fenced if another process
        is the `member` of this one's name; what a listener raises.
        """
        most = whole("records_max", records_max, 1)
        if self._ahead.left:
            self.look()
            return self._ahead.take(most)
        found, at = self._wait(timeout_s, self._decoding.records, most, FETCH_BYTES)
        # Last of all, and in one step: an interrupt before it leaves what was not given to be polled.
        self._rounds.at = at
        return found

    def poll_batches(
        self, timeout_s: float = 0.1, bytes_max: int = FETCH_BYTES
    ) -> list[tuple[str, int, Batch]]:
        """(topic, partition, batch) of what is new, as bytes; empty after `timeout_s` without any. Corrupt."""
        most = whole("bytes_max", bytes_max, 1)
        self._rounds.at = self._ahead.standing(self._rounds.at)
        self._ahead.left.clear()
        found, at = self._wait(timeout_s, whole_batches, NO_LIMIT, most)
        self._rounds.at = at
        return found

    def __iter__(self) -> Self:
        """Records one by one, for ever: it stands behind the one that was given last. Each step raises as `poll`."""
        return self

    def __next__(self) -> Record[K | None, V | None]:
        left = self._ahead.left
        if left and self._broker.env.monotonic() >= self._look_s:
            self.look()
        while not left:
            self.read_ahead(LOOK_S, RECORDS)
        return left.popleft()

    def read_ahead(self, timeout_s: float, records_max: int) -> None:
        """As `poll`, but for what is given later, one by one; nothing is read while there is some of it."""
        most = whole("records_max", records_max, 1)
        if self._ahead.left:
            return
        found, at = self._wait(timeout_s, self._decoding.records, most, FETCH_BYTES)
        self._ahead.left.extend(found)
        self._rounds.at = (
            at  # last: a record may be given twice by an interrupt, and none is left out
        )

    @property
    def ahead(self) -> Ahead[K, V]:
        """What was read and is given next."""
        return self._ahead

    def look(self) -> None:
        """Look after the group, and commit what is due: for who takes long between two polls. They do it, too."""
        self._usable()
        self._backend.refresh()
        self._tend()

    # ---- committing

    def commit(self, offsets: Mapping[Where, int] | None = None) -> None:
        """Remember for the group where this consumer stands, or these `offsets`, by (topic, partition), and no
        others: each of the record that is to be read next. Fenced if somebody else moved its offsets, or has a partition
        of those by now: nothing was committed."""
        self._move(self.moves(offsets))
        self.moved()

    @property
    def group(self) -> str:
        """The group whose offsets it moves; "" without one."""
        return self._stands.group

    def moves(self, offsets: Mapping[Where, int] | None = None) -> Moves:
        """What `commit` would move, from where to where; nothing is done. Fenced as there."""
        self._usable()
        if not self.group:
            raise Misuse("commit() needs a group: Consumer(..., group=...)")
        self._backend.refresh()
        return self._owner.moves(self.positions() if offsets is None else self._said(offsets))

    def tasks(self, moves: Moves) -> list[TaskCommit]:
        """What `moves` told, as a commit of others has to say it."""
        return self._owner.tasks(moves)

    def moved(self) -> None:
        """What `moves` told is committed, by whomever."""
        self._stands.moved()

    @property
    def _owner(self) -> Share | Offsets:
        """Who knows what may be moved."""
        return self._reads if isinstance(self._reads, Share) else self._stands

    def _move(self, moves: Moves) -> None:
        if isinstance(self._reads, Share):
            tasks = self._reads.tasks(moves)
            if tasks:
                self._backend.commit(self.group, tasks, [])
        else:
            self._stands.move(moves)

    # ---- the end

    def adopt(self) -> None:
        """It is the calling thread's from now on, with its broker, which has to be its own: Misuse."""
        if not self._owns_broker:
            raise Misuse(
                "a consumer on a broker that others use cannot go to another thread: app.consumer() has its own"
            )
        self._broker.backend.adopt()

    def close(self, *, leave: bool | None = None, commit: bool = True) -> None:
        """Say goodbye, and close the broker if it is this consumer's own; a second time it does nothing.

        With `commit="auto"` what was given is committed, unless `commit` is False here. `leave`: what it has goes to others
        at once; that is so unless it has a name (`member`), for which it is kept for `session_timeout_ms`.
        """
        if self._closed:
            return
        self._backend.listen(())
        try:
            if self._backend.fit:
                self._finish(commit=commit)
        finally:
            self._closed = True
            if isinstance(self._reads, Share):
                self._backend.stand_up(leave=leave)
            if self._owns_broker:
                self._broker.close()

    def _finish(self, *, commit: bool) -> None:
        if not commit:
            self._auto.stop()
        if isinstance(self._reads, Share):
            self._reads.leave()
        else:
            self._auto.at_once()

    async def __aenter__(self) -> AsyncConsumer[K, V]:
        """The same for coroutines; this one is of no use meanwhile."""
        from streamz_core.broker.receiving.aside import AsyncConsumer

        aside = AsyncConsumer(self, self._broker.env)
        await aside.begin()
        self._aside = aside
        return aside

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """As the end of a `with` block."""
        if self._aside is not None:
            await self._aside.close(commit=kind is None)

    def __enter__(self) -> Self:
        self._usable()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """What was polled last before an error is not committed by itself: nobody knows how far it was processed."""
        self.close(commit=kind is None)

    # ---- turns

    def _usable(self) -> None:
        if self._closed:
            raise Misuse("this consumer was closed; make another one")
        self._backend.check()

    def _refresh(self) -> None:
        self._backend.refresh()
        if isinstance(self._reads, Parts):
            for where in self._reads.news():
                name = where[0]
                if name not in {known for known, _ in self._rounds.at}:
                    self._listen(self._reads)
                self._ahead.drop([where])
                self._rounds.add(where, self._stands.begin(where, EARLIEST))

    def _tend(self) -> None:
        """Commit what is due, and follow the group."""
        self._look_s = self._broker.env.monotonic() + LOOK_S
        self._auto.turn()
        if isinstance(self._reads, Share):
            try:
                self._reads.turn()
            except StorageFull:
                if not self._reads.held:
                    raise  # there is nothing to be read meanwhile

    def _wait(
        self, timeout_s: float, give: Give[T], records_max: int, bytes_max: int
    ) -> tuple[list[T], dict[Where, int]]:
        self._usable()
        deadline_s = self._broker.env.monotonic() + seconds("timeout_s", timeout_s)
        while True:
            self._refresh()
            self._tend()
            found, at = self._rounds.take(give, records_max, bytes_max)
            left_s = deadline_s - self._broker.env.monotonic()
            moved = (
                at != self._rounds.at
            )  # over records that are compacted away: there may be others behind
            if found or (left_s <= 0 and not moved):
                return found, at
            self._rounds.at = at
            if not moved:
                self._backend.wait(left_s)
