"""Sealed files: the records of a range of offsets of one partition, never changed.

Bytes: magic 4 | version 2 | log id 16 | topic 8 | partition 4 | base 8, then batches, then the index with
one row a batch (base 8 | stop 8 | position 8 | bytes 4 | records 4 | crc32 4 | largest timestamp 8), then
magic 4 | position of the index 8 | rows 4 | mac 16. The MAC is keyed with the log's secret and covers the
first 42 bytes, the index, and what stands before it at the end. All little-endian.
"""

from __future__ import annotations

import contextlib
import struct
from array import array
from bisect import bisect_right
from collections.abc import Iterable

from streamz_core.env.door import Env
from streamz_core.errors import Corrupt
from streamz_core.log.chain.identity import Identity
from streamz_core.log.chain.layout import Layout, append_all
from streamz_core.log.limits import Limits
from streamz_core.log.records.moved.sealed import SealedFile
from streamz_core.log.segments import batch as batches
from streamz_core.record import Batch, joined

MAGIC, MAGIC_END = b"\xc5SZP", b"\xc5SZF"
VERSION = 1
_HEAD = struct.Struct("<4sH16sQIQ")
_ROW = struct.Struct("<QQQIIIq")
_END = struct.Struct("<4sQI")
_MAC_BYTES = 16
_TAIL_BYTES = _END.size + _MAC_BYTES
WHOLE = 0.5  # of a batch's limits: one that large is not put together with others

Where = tuple[int, int]
"""(topic id, partition)"""


class SealedWriter:
    """A sealed file in the making. It has its name when `finish` returns, and nobody knows it before.

    The folder of its partition is there, and durable.
    """

    def __init__(  # noqa: PLR0913 - where it lies, and what it is
        self,
        env: Env,
        layout: Layout,
        identity: Identity,
        limits: Limits,
        where: Where,
        base: int,
        name: bytes,
        compression: str = "none",
    ) -> None:
        self.base = base
        self.size = _HEAD.size
        self._env = env
        self._identity = identity
        self._compression = compression
        self._limits = limits
        self._path = layout.sealed(*where, base, name)
        self._name = name
        self._head = _HEAD.pack(MAGIC, VERSION, identity.log_id, *where, base)
        self._rows: list[tuple[int, ...]] = []
        self._pending: list[Batch] = []
        self._file = env.create(f"{self._path}.new")
        append_all(self._file, self._head)

    def add(self, batch: Batch) -> None:
        """The next records; their offsets may leave out what was lost."""
        pending, limits = self._pending, self._limits
        if pending and batch.base_offset != pending[-1].next_offset:
            self._flush()
        if sum(one.size for one in pending) + batch.size > limits.batch_bytes:
            self._flush()
        if len(batch):
            pending.append(batch)
        records, size = sum(map(len, pending)), sum(one.size for one in pending)
        if records >= limits.batch_records * WHOLE or size >= limits.batch_bytes * WHOLE:
            self._flush()

    def finish(self, stop: int) -> SealedFile:
        """What it is now: durable, and its records end before `stop`. OSError: there is none."""
        self._flush()
        index = b"".join(_ROW.pack(*row) for row in self._rows)
        end = _END.pack(MAGIC_END, self.size, len(self._rows))
        append_all(self._file, index + end + _mac(self._identity, self._head, index, end))
        size = self._file.size()
        self._sync()
        self._file.close()
        records = sum(row[4] for row in self._rows)
        if not records:
            self._env.unlink(f"{self._path}.new")
            return SealedFile(self.base, stop, b"", 0, 0, 0)
        self._env.rename(f"{self._path}.new", self._path)
        self._env.sync_dir(self._path.rpartition("/")[0])
        newest_ms = max(row[6] for row in self._rows)
        return SealedFile(self.base, stop, self._name, size, records, newest_ms)

    def abandon(self) -> None:
        """There will be no such file."""
        self._file.close()
        for path in (f"{self._path}.new", self._path):
            with contextlib.suppress(OSError):
                self._env.unlink(path)

    def _sync(self) -> None:
        self._file.datasync()

    def _flush(self) -> None:
        """The pending batches as one."""
        if not self._pending:
            return
        batch = joined(self._pending)
        self._pending.clear()
        data = batches.compressed(batches.encode(batch), self._compression)
        append_all(self._file, data)
        base, crc = batch.base_offset, batches.checksum(data)
        newest_ms = max(batch.timestamps)
        row = (base, batch.next_offset, self.size, len(data), len(batch), crc, newest_ms)
        self._rows.append(row)
        self.size += len(data)


class SealedReader:
    """One open sealed file and its index. Corrupt if it is not the one that was sealed."""

    def __init__(
        self, env: Env, layout: Layout, identity: Identity, where: Where, sealed: SealedFile
    ) -> None:
        self.path = layout.sealed(*where, sealed.base, sealed.name)
        self._file = env.open(self.path)
        try:
            index = self._index(identity, where, sealed)
        except BaseException:
            self._file.close()
            raise
        self._rows = index
        self._stops = array("q", (row[1] for row in _ROW.iter_unpack(index)))

    def __len__(self) -> int:
        return len(self._stops)

    def find(self, offset: int) -> int:
        """The place of the first batch that has something behind what is before `offset`."""
        return bisect_right(self._stops, offset)

    def bounds(self, place: int) -> tuple[int, int]:
        """(base, stop) of a batch."""
        base, stop, *_ = _ROW.unpack_from(self._rows, place * _ROW.size)
        return base, stop

    def first_since(self, offset: int, at_ms: int) -> int | None:
        """Where the first batch begins that has something behind what is before `offset`, and a timestamp of that
        moment or later; None if none has."""
        for place in range(self.find(offset), len(self)):
            base, *_, newest_ms = _ROW.unpack_from(self._rows, place * _ROW.size)
            if newest_ms >= at_ms:
                return int(base)
        return None

    def batch(self, place: int) -> Batch:
        """A batch of it; Corrupt if it is not what was sealed."""
        base, _, position, size, records, crc, _ = _ROW.unpack_from(self._rows, place * _ROW.size)
        data = self._file.pread(size, position)
        if len(data) != size or batches.checksum(data) != crc:
            raise Corrupt(
                f"{self.path} at {position}: {len(data)} of {size} bytes, and not those that were "
                "sealed. Nothing was changed: restore the file from a copy"
            )
        return batches.decode(data, base, records)

    def every(self) -> Iterable[Batch]:
        """Every batch, in order."""
        return map(self.batch, range(len(self)))

    def close(self) -> None:
        self._file.close()

    def _index(self, identity: Identity, where: Where, sealed: SealedFile) -> bytes:
        """The rows, if head, index and end are those of this very file."""
        file = self._file
        head = _HEAD.pack(MAGIC, VERSION, identity.log_id, *where, sealed.base)
        tail = file.pread(_TAIL_BYTES, max(sealed.bytes - _TAIL_BYTES, 0))
        if len(tail) == _TAIL_BYTES and tail[:4] == MAGIC_END and file.pread(_HEAD.size, 0) == head:
            _, position, rows = _END.unpack_from(tail)
            if position + rows * _ROW.size + _TAIL_BYTES == sealed.bytes:
                index = file.pread(rows * _ROW.size, position)
                end = tail[: _END.size]
                if _mac(identity, head, index, end) == tail[_END.size :]:
                    return index
        raise Corrupt(
            f"{self.path} is not the file that was sealed ({file.size()} bytes, not {sealed.bytes}, or "
            "other ones). Nothing was changed: restore the file from a copy"
        )


def _mac(identity: Identity, *parts: bytes) -> bytes:
    found = identity.mac.copy()
    for part in parts:
        found.update(part)
    return found.digest()
