"""Rows that a processor makes of the records of a global store's topic (Kafka: GlobalStateUpdateTask, addGlobalStore)."""

from __future__ import annotations

import logging
from typing import Any

from streamz_core.errors import Misuse
from streamz_core.operators.processors.hands import Hand
from streamz_core.record import TIMESTAMP_MAX, Batch, Record
from streamz_core.runtime.everywhere.checks import Arrived
from streamz_core.runtime.place import Place
from streamz_core.runtime.task.failing import (
    handler_for,
    of_a_record,
    place_note,
    readable,
    way_out,
)
from streamz_core.stores.keyed.overlay import KeyValueStore
from streamz_core.stores.kinds import kind_of
from streamz_core.stores.rows import Changes
from streamz_core.topology.nodes import GlobalTable

logger = logging.getLogger("streamz.worker")


class Filling:
    """One processor, for the store of one worker. It is called in the same way when the worker has the store anew."""

    def __init__(self, place: Place, table: GlobalTable, store: KeyValueStore, title: str) -> None:
        facade, fn = kind_of(table.kept).facade, table.fn
        assert facade is not None, f"functions write to {table.kept.name}"
        assert fn is not None, f"{table.name} is filled by a processor"
        self.task, self.partition = title, -1
        self._place = place
        self._table = table
        self._store = store
        self._written = facade(store, lambda: None)
        self._hand = Hand(table.name, fn.call, {table.kept.name: self._written}, self)
        self._time = -1
        self._times: dict[int, int] = {}  # the largest timestamp of each partition
        self._begun = False

    def fill(self, batch: Batch, partition: int, arrived: Arrived) -> Changes:
        """Call the processor with each record that arrived; what it changed. A record that fails stays behind what
        arrived, with its error, or is skipped.
        """
        if not self._begun:
            self._begin()
        for row, (at, key, value) in enumerate(
            zip(arrived.at, arrived.keys, arrived.values, strict=True)
        ):
            record = self._record(batch, at, key, value, partition)
            self._store.begin()
            try:
                self._take(record, partition, arrived.timestamps[row])
            except Exception as error:
                self._store.undo()
                self._begin()
                if not of_a_record(error):
                    raise
                arrived.error = self._decided(error, record, key)
                if arrived.error is not None:
                    arrived.stop = record.offset
                    break
            else:
                self._store.keep()
        return self._store.collect()

    def end(self) -> None:
        """Let go of the processor."""
        self._hand.end()

    def forget(self) -> None:
        """The store begins anew: so does the processor."""
        self._store.rollback()
        self._time, self._times, self._begun = -1, {}, False

    def _begin(self) -> None:
        self._hand.begin(self._time)
        self._begun = True
        if self._hand.scheduled:
            raise Misuse(
                f"{self._table.name}: the processor of a global store is called by records alone; leave schedule() out"
            )

    def _record(
        self, batch: Batch, at: int, key: bytes, value: bytes | None, partition: int
    ) -> Record[Any, Any]:
        table = self._table
        assert table.key is not None, "the plan made sure of its codecs"
        assert table.value is not None, "the plan made sure of its codecs"
        return Record(
            table.key.decode(key),
            None if value is None else table.value.decode(value),
            batch.timestamps[at],
            () if batch.headers is None else batch.headers[at],
            topic=table.topic.name,
            partition=partition,
            offset=batch.offset_of(at),
        )

    def _take(self, record: Record[Any, Any], partition: int, timestamp: int) -> None:
        extractor = self._table.extractor
        if extractor is not None:
            timestamp = extractor(record, self._times.get(partition, -1))
            if type(timestamp) is not int or timestamp > TIMESTAMP_MAX:
                raise Misuse(
                    f"the timestamp extractor of {record.topic} gave {timestamp!r:.80}; it has to be ms since 1970, UTC, as an "
                    "int, or less than 0 for a record that is to be dropped"
                )
            if timestamp < 0:
                self._place.metrics.drop("negative timestamp", self._table.name)
                return
            record.timestamp = timestamp
        self._times[partition] = max(self._times.get(partition, -1), timestamp)
        self._time = max(self._time, timestamp)
        context = self._hand.context
        context.topic, context.partition, context.offset = record.topic, partition, record.offset
        context.timestamp, context.headers, context.stream_time = (
            timestamp,
            record.headers,
            self._time,
        )
        context.forwarding = self._nowhere
        self._written.timestamp = timestamp
        self._hand.process(record)

    def _nowhere(self, _: Record[Any, Any]) -> None:
        raise Misuse(
            f"{self._table.name}: nothing stands behind the processor of a global store; let it write what others are to "
            "find, and read that with a step"
        )

    def _decided(self, error: Exception, record: Record[Any, Any], key: bytes) -> Exception | None:
        """The error with its place, or None if its record is to be skipped."""
        setting, handler = handler_for(error, self._place.job.config)
        place = f"{record.topic}[{record.partition}]@{record.offset} key={readable(key, self._table.key)}"
        note = place_note(place, self._table.name, self.task)
        if handler == "continue":
            self._place.metrics.drop("error", self._table.name)
            logger.warning("skipped a record: %s: %s %s", type(error).__name__, error, note)
            return None
        error.add_note(note)
        error.add_note(way_out(setting, "record"))
        return error

    # ---- what its context asks

    def wall_ms(self) -> int:
        """The wall clock."""
        return self._place.env.now_ms()

    def schedule(self, timer: str, every_ms: int | None, start_ms: int | None) -> None:
        """KeyError: it has no timers."""
        raise KeyError(timer, every_ms, start_ms)

    def cancel(self, timer: str) -> None:
        """KeyError: it has no timers."""
        raise KeyError(timer)

    def request_commit(self) -> None:
        """Nothing: what it writes is of no commit."""
