"""Building one commit by hand: records for topics, and what a group consumed."""

from __future__ import annotations

from collections.abc import Sequence
from types import NoneType

from streamz_core.broker.backend import Backend, Column, Committed, Move, Packed, TaskCommit
from streamz_core.broker.checks import named, partition_in, whole
from streamz_core.errors import Misuse
from streamz_core.record import Headers


def _check_bytes(what: str, column: Column) -> None:
    if not isinstance(column, Sequence):
        raise TypeError(f"{what}: a column is {column!r:.80}; it has to be a list")
    others = set(map(type, column)) - {bytes, NoneType}
    if others:
        names = ", ".join(sorted(one.__name__ for one in others))
        raise Misuse(f"{what} is {names}; it has to be bytes or None")


class Transaction:
    """Everything one commit writes and consumes. Nothing is visible before `commit`."""

    def __init__(self, backend: Backend, group: str = "") -> None:
        if not isinstance(group, str):
            raise TypeError(f"a group is named by text, not by {group!r:.80}")
        self._backend = backend
        self._group = group
        self._outputs: list[Packed] = []
        self._moves: list[Move] = []

    def send(  # noqa: PLR0913 - the columns of a partition
        self,
        topic: str,
        partition: int,
        keys: Column,
        values: Column,
        timestamps: Sequence[int],
        headers: Sequence[Headers] | None = None,
    ) -> None:
        """Records for one partition, as columns of bytes; timestamps in ms UTC.

        UnknownTopic, TooLarge, Misuse.
        """
        self._check(topic, partition)
        for side, column in (("key", keys), ("value", values)):
            _check_bytes(f"a {side} for {topic}[{partition}]", column)
        self._outputs += self._backend.pack(topic, partition, keys, values, timestamps, headers)

    def move(self, topic: str, partition: int, start: int, stop: int) -> None:
        """The group consumed [start, stop): the commit is Fenced unless its offset is at `start`.

        Misuse for offsets that the partition does not have.
        """
        if not self._group:
            raise Misuse(
                "consumed offsets belong to a group: name one when the transaction is made"
            )
        self._check(topic, partition)
        start, stop = whole("from", start, None), whole("to", stop, None)
        end = self._backend.end(topic, partition)
        if not 0 <= start <= stop <= end:
            raise Misuse(
                f"consumed from {start!r:.40} to {stop!r:.40} of {topic}[{partition}]: its offsets go from 0 "
                f"to {end}, and from where it was consumed to where"
            )
        self._moves.append((topic, partition, start, stop))

    def commit(self) -> Committed:
        """Commit everything at once and wait until it is as safe as is promised. Fenced, StorageFull."""
        tasks = [TaskCommit("", 0, self._moves)] if self._moves else []
        done = self._backend.commit(self._group, tasks, self._outputs)
        self._outputs, self._moves = [], []
        return done

    def _check(self, topic: str, partition: int) -> None:
        partition_in(topic, partition, self._backend.topic(named(topic)).partitions)
