"""Which records of its topic a global table takes: those that can be read, and have a key."""

from __future__ import annotations

import logging

from attrs import define, field

from streamz_core.compiler.columns import decode_column
from streamz_core.config import Config
from streamz_core.errors import CodecError
from streamz_core.metrics import Metrics
from streamz_core.record import Batch
from streamz_core.runtime.task.failing import handler_for, place_note, readable, way_out
from streamz_core.topology.nodes import AnyCodec, GlobalTable

logger = logging.getLogger("streamz.worker")


@define
class Arrived:
    """Rows side by side, of the records before offset `stop`. `error`: of the record that stands there. `at`: where in
    the batch each of them is.
    """

    keys: list[bytes] = field(factory=list)
    values: list[bytes | None] = field(factory=list)
    timestamps: list[int] = field(factory=list)
    at: list[int] = field(factory=list)
    stop: int = 0
    error: Exception | None = None


class Checks:
    """What cannot be read never becomes a row, so no step meets it: the deserialization handler does.

    Kafka asks the handler while it runs, but takes anything in when it starts.
    """

    def __init__(self, table: GlobalTable, title: str, config: Config, metrics: Metrics) -> None:
        assert table.key is not None, f"{table.name} has no key codec"
        assert table.value is not None, f"{table.name} has no value codec"
        self._key: AnyCodec = table.key
        self._value: AnyCodec = table.value
        self._name = table.name
        self._topic = table.topic.name
        self._title = title
        self._config = config
        self._metrics = metrics

    def take(self, batch: Batch, partition: int) -> Arrived:
        """The rows of a batch."""
        arrived = Arrived(stop=batch.next_offset)
        known = [key for key in batch.keys if key is not None]
        if len(known) == len(batch) and self._readable(batch) is None:
            arrived.keys = known
            arrived.values, arrived.timestamps = list(batch.values), list(batch.timestamps)
            arrived.at = list(range(len(batch)))
            return arrived
        for row in range(len(batch)):
            taken = len(arrived.keys)
            self._take_one(batch.row(row), partition, arrived)
            arrived.at += [row] * (len(arrived.keys) - taken)
            if arrived.error is not None:
                arrived.stop = batch.offset_of(row)
                break
        return arrived

    def _take_one(self, one: Batch, partition: int, arrived: Arrived) -> None:
        """One record, as Kafka does: first it is read, then it needs a key."""
        error, key = self._readable(one), one.keys[0]
        if error is not None:
            arrived.error = self._decided(error, one, partition)
        elif key is None:
            self._metrics.drop("null-key", self._name)
        else:
            arrived.keys.append(key)
            arrived.values.append(one.values[0])
            arrived.timestamps.append(one.timestamps[0])

    def _readable(self, batch: Batch) -> CodecError | None:
        """Why a batch cannot be read, if so."""
        try:
            decode_column(self._key.validate_all, batch.keys, "key")
            decode_column(self._value.validate_all, batch.values, "value")
        except CodecError as error:
            return error
        return None

    def _decided(self, error: CodecError, one: Batch, partition: int) -> CodecError | None:
        """The error with its place, or None if its record is to be skipped."""
        setting, handler = handler_for(error, self._config)
        place = (
            f"{self._topic}[{partition}]@{one.base_offset} key={readable(one.keys[0], self._key)}"
        )
        note = place_note(place, self._name, self._title)
        if handler == "continue":
            self._metrics.drop("error", self._name)
            logger.warning("skipped a record: %s: %s %s", type(error).__name__, error, note)
            return None
        error.add_note(note)
        error.add_note(way_out(setting, "record"))
        return error
