"""Reading topics from any program: whole commits only, and only what is as safe as the log promises."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Generic, Self, TypeVar

from streamz_core.broker.backend import next_offset
from streamz_core.broker.checks import mapped, place, seconds, whole
from streamz_core.broker.embedded import Broker
from streamz_core.broker.receiving.places import (
    POLICIES,
    Parts,
    Wanted,
    Where,
    in_range,
)
from streamz_core.broker.receiving.rounds import Decoding, Give, Rounds, whole_batches
from streamz_core.broker.schemas import check, check_codecs, uses_of
from streamz_core.codecs.codec import Codec
from streamz_core.errors import Fenced, Misuse
from streamz_core.record import Batch, Record

if TYPE_CHECKING:
    from streamz_core.broker.receiving.aside import AsyncConsumer

K = TypeVar("K")
V = TypeVar("V")
T = TypeVar("T")
STARTS = ("earliest", "latest")
FETCH_BYTES = 1 << 20
NO_LIMIT = 1 << 40


class Consumer(Generic[K, V]):
    """Reads every partition of its topics, from where its group stands, or from `start`; those that a topic gets
    meanwhile from their beginning.

    Without a group nothing is remembered. With one, `commit` moves its offsets to where this consumer
    stands: behind what `poll` gave, or where `seek` went. It is for the thread that made it.

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
        group: str = "",
        start: str = "earliest",
        on_out_of_range: str = "error",
        owns_broker: bool = False,
    ) -> None:
        """`topics`: names, or (topic, partition) for one partition alone. `on_out_of_range`: what becomes of
        a seek to an offset that the partition does not have; "error", or to its "earliest" or "latest".
        `owns_broker`: `close()`, and the end of a `with` block, close the broker too.

        Misuse if a codec cannot read what the log says was written there.
        """
        check_codecs(key, value)
        if start not in STARTS:
            raise Misuse(f"start={start!r}; it can be 'earliest' or 'latest'")
        if on_out_of_range not in POLICIES:
            raise Misuse(f"on_out_of_range={on_out_of_range!r}; it can be one of {POLICIES}")
        if not isinstance(group, str):
            raise TypeError(f"group is {group!r:.80}; it has to be text")
        self._broker = broker
        self._backend = backend = broker.backend
        self._decoding = Decoding(key, value)
        self._group = group
        self._policy = on_out_of_range
        self._owns_broker = owns_broker
        self._closed = False
        self._aside: AsyncConsumer[K, V] | None = None
        self._parts = Parts(backend, topics)
        names = list(dict.fromkeys(name for name, _ in self._parts.all))
        for name in names:
            check(backend, uses_of(name, key, value))
        backend.watch(names)
        backend.listen(names)
        self._committed = {where: next_offset(backend, group, *where) for where in self._parts.all}
        self._committing: dict[Where, int] = {}  # what a commit that was interrupted may have done
        at = {where: self._first(where, start) for where in self._parts.all}
        self._rounds = Rounds(backend, at)

    # ---- reading

    def poll(
        self, timeout_s: float = 0.1, records_max: int = 1000
    ) -> list[Record[K | None, V | None]]:
        """New records, decoded; empty after `timeout_s` without any.

        CodecError or Corrupt for the record that is next and cannot be read: see the class.
        """
        most = whole("records_max", records_max, 1)
        found, at = self._wait(timeout_s, self._decoding.records, most, FETCH_BYTES)
        # Last of all, and in one step: an interrupt before it leaves what was not given to be polled.
        self._rounds.at = at
        return found

    def poll_batches(
        self, timeout_s: float = 0.1, bytes_max: int = FETCH_BYTES
    ) -> list[tuple[str, int, Batch]]:
        """(topic, partition, batch) of what is new, as bytes; empty after `timeout_s` without any. Corrupt."""
        most = whole("bytes_max", bytes_max, 1)
        found, at = self._wait(timeout_s, whole_batches, NO_LIMIT, most)
        self._rounds.at = at
        return found

    # ---- standing

    def seek(self, topic: str, partition: int, offset: int) -> None:
        """Read this partition from `offset` on.

        OffsetOutOfRange, with what there is, if the partition does not have it, unless `on_out_of_range`
        says where to go then.
        """
        self._usable()
        self._refresh()
        where = self._part(topic, partition)
        at = whole(f"the offset for {topic}[{partition}]", offset)
        self._rounds.at[where] = in_range(self._backend, where, at, self._policy)

    def seek_to_time(self, at_ms: int) -> None:
        """Read each partition from its first record on whose timestamp is `at_ms` or later; from its end, if none is."""
        ends = self.end_offsets()  # asked before: what becomes readable meanwhile is not passed
        for where, found in self.offsets_for_times(dict.fromkeys(self._parts.all, at_ms)).items():
            self._rounds.at[where] = ends[where] if found is None else found[0]

    def offsets_for_times(self, times: Mapping[Where, int]) -> dict[Where, tuple[int, int] | None]:
        """For each (topic, partition) the offset and timestamp of the first record that is of that time, in ms, or
        later; None if there is none yet."""
        self._usable()
        self._refresh()
        wanted = {
            self._part(*place(where)): whole("a time", at, None)
            for where, at in mapped("times", times).items()
        }
        return {
            where: self._backend.offset_at(*where, at, durable=True) for where, at in wanted.items()
        }

    def position(self, topic: str, partition: int) -> int:
        """The offset that is read next."""
        self._usable()
        return self._rounds.at[self._part(topic, partition)]

    def positions(self) -> dict[Where, int]:
        """Of each (topic, partition) the offset that is read next."""
        self._usable()
        return dict(self._rounds.at)

    def adopt(self) -> None:
        """It is the calling thread's from now on, with its broker, which has to be its own: Misuse."""
        if not self._owns_broker:
            raise Misuse(
                "a consumer on a broker that others use cannot go to another thread: app.consumer() has its own"
            )
        self._broker.backend.adopt()

    def end_offsets(self) -> dict[tuple[str, int], int]:
        """Per (topic, partition) the offset behind the last record that may be read now."""
        self._usable()
        self._refresh()
        return {where: self._backend.end(*where, durable=True) for where in self._parts.all}

    def at_end(self) -> bool:
        """Whether everything committed so far was polled, whoever committed it."""
        self._usable()
        self._refresh()
        return all(self._rounds.at[where] >= self._backend.end(*where) for where in self._parts.all)

    def commit(self, offsets: Mapping[Where, int] | None = None) -> None:
        """Remember for the group where this consumer stands, or these `offsets`, by (topic, partition), and no
        others: each of the record that is to be read next. Fenced if somebody else moved its offsets."""
        self._move(self.moves(offsets))
        self.moved()

    @property
    def group(self) -> str:
        """The group whose offsets it moves; "" without one."""
        return self._group

    def moves(self, offsets: Mapping[Where, int] | None = None) -> dict[Where, tuple[int, int]]:
        """What `commit` would move, from where to where; nothing is done. Fenced as there."""
        self._usable()
        if not self._group:
            raise Misuse("commit() needs a group: Consumer(..., group=...)")
        self._backend.refresh()
        stands = self._rounds.at if offsets is None else self._said(offsets)
        aims = {where: self._backend.passed(*where, at) for where, at in stands.items()}
        moves = {where: (self._stands(where), aim) for where, aim in aims.items()}
        self._committing = aims
        return {where: move for where, move in moves.items() if move[0] != move[1]}

    def moved(self) -> None:
        """What `moves` told is committed, by whomever."""
        self._committed |= self._committing
        self._committing = {}

    def _said(self, offsets: Mapping[Where, int]) -> dict[Where, int]:
        """Offsets that may be committed; Misuse, OffsetOutOfRange."""
        wanted = {
            self._part(*where): whole("an offset", offset) for where, offset in offsets.items()
        }
        return {where: in_range(self._backend, where, at, "error") for where, at in wanted.items()}

    def close(self) -> None:
        """Say goodbye, and close the broker if it is this consumer's own; a second time it does nothing."""
        if not self._closed:
            self._backend.listen(())
            self._closed = True
            if self._owns_broker:
                self._broker.close()

    async def __aenter__(self) -> AsyncConsumer[K, V]:
        """The same for coroutines; this one is of no use meanwhile."""
        from streamz_core.broker.receiving.aside import AsyncConsumer

        aside = AsyncConsumer(self, self._broker.env)
        await aside.begin()
        self._aside = aside
        return aside

    async def __aexit__(self, *_: object) -> None:
        if self._aside is not None:
            await self._aside.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _usable(self) -> None:
        if self._closed:
            raise Misuse("this consumer was closed; make another one")
        self._backend.check()

    def _part(self, topic: str, partition: int) -> Where:
        where = (topic, partition)
        if where not in self._rounds.at or isinstance(partition, bool):
            known = ", ".join(f"{name}[{each}]" for name, each in self._parts.all)
            raise Misuse(
                f"{topic!r:.80}[{partition!r:.40}] is not read here; this consumer reads {known:.400}"
            )
        return where

    def _refresh(self) -> None:
        self._backend.refresh()
        for where in self._parts.news():
            self._committed[where] = next_offset(self._backend, self._group, *where)
            self._rounds.add(where, self._first(where, "earliest"))  # nothing of it is missed

    def _first(self, where: Where, start: str) -> int:
        """Where reading begins: `start` counts only where the group never committed."""
        fresh = self._backend.committed(self._group, *where) is None
        if fresh and start == "latest":
            return self._backend.end(*where)
        return in_range(self._backend, where, self._committed[where], self._policy)

    def _wait(
        self, timeout_s: float, give: Give[T], records_max: int, bytes_max: int
    ) -> tuple[list[T], dict[Where, int]]:
        self._usable()
        deadline_s = self._broker.env.monotonic() + seconds("timeout_s", timeout_s)
        while True:
            self._refresh()
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

    def _stands(self, where: Where) -> int:
        """Where the group stands, which nobody else has moved; Fenced."""
        now = next_offset(self._backend, self._group, *where)
        mine = [self._committed[where], *filter(None, [self._committing.get(where)])]
        if now not in [self._backend.passed(*where, at) for at in mine]:
            raise Fenced(
                f"group {self._group}: {where[0]}[{where[1]}] is at {now}, not at {mine[0]}, where this "
                "consumer began: another one committed; make a new one, which begins where the group stands"
            )
        return now

    def _move(self, moves: dict[Where, tuple[int, int]]) -> None:
        if any(stop < start for start, stop in moves.values()):
            self._backend.rewind(self._group, {where: stop for where, (_, stop) in moves.items()})
        elif moves:
            transaction = self._broker.transaction(self._group)
            for where, move in moves.items():
                transaction.move(*where, *move)
            transaction.commit()
