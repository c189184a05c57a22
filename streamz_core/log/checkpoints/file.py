"""The bytes of a checkpoint.

    magic 13 | version 2 | log id 16 | number 8 | hash 16 | segment 8 | frame 8 | end 8 | table bytes 8 | mac 16
    table | ranges of one topic after the other

The table is msgpack: [state, files, ranges]; a row of ranges says where those of a topic lie behind it, with
their crc, so that only what is wanted is read. The MAC is keyed with the log's secret and covers head and table.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from typing import Any
from zlib import crc32

import msgpack
from attrs import frozen

from streamz_core.env.door import Env, File
from streamz_core.errors import Corrupt, ForeignLog, Unsupported
from streamz_core.log.chain.identity import Identity
from streamz_core.log.chain.succession import Begin
from streamz_core.log.checkpoints import snapshot
from streamz_core.log.records.index import Index, Ranges
from streamz_core.log.records.state import State, Topic

MAGIC = b"streamz ckpt\n"
VERSION = 1
_HEAD = struct.Struct("<13sH16sQ16sQQQQ")
_MAC_BYTES = 16
HEAD_BYTES = _HEAD.size + _MAC_BYTES
TABLE_BYTES_MAX = 1 << 30


@frozen
class Placed:
    """The ranges of one topic: where their bytes lie behind the table, and (partition, end, count) of each
    partition that has any."""

    position: int
    bytes: int
    crc: int
    partitions: list[tuple[int, int, int]]


@frozen
class Checkpoint:
    """What is known of the log behind the record that `begin` names, read as far as it was asked for."""

    path: str
    begin: Begin
    table: bytes = b""

    @property
    def record(self) -> tuple[int, bytes]:
        """Number and hash of the record, which was durable when this was written."""
        return self.begin.lsn, self.begin.hash


def encode(identity: Identity, begin: Begin, state: State, index: Index) -> bytes:
    """The bytes of a checkpoint of that state, which is the one at `begin`, and of an index that watches
    everything."""
    rows, blobs, position = [], [], 0
    for topic, partitions in _by_topic(index).items():
        data = b"".join([piece for _, kept in partitions for piece in kept.dump()])
        told = [(partition, kept.end, len(kept)) for partition, kept in partitions]
        rows.append((topic, position, len(data), crc32(data), told))
        blobs.append(data)
        position += len(data)
    table = msgpack.packb([snapshot.pack(state), index.files, rows])
    place = (begin.segment, begin.frame, begin.position)
    head = _HEAD.pack(MAGIC, VERSION, identity.log_id, begin.lsn, begin.hash, *place, len(table))
    return b"".join([head, _mac(identity, head, table), table, *blobs])


def _by_topic(index: Index) -> dict[int, list[tuple[int, Ranges]]]:
    found: dict[int, list[tuple[int, Ranges]]] = {}
    for (topic, partition), kept in index.ranges.items():
        if kept.bases:
            found.setdefault(topic, []).append((partition, kept))
    return found


def read(env: Env, identity: Identity, path: str) -> Checkpoint:
    """The checkpoint in a file. Corrupt if it is damaged, ForeignLog if it is of another log, Unsupported if a
    newer version wrote it."""
    file = env.open(path)
    try:
        head = file.pread(HEAD_BYTES, 0)
        if len(head) < HEAD_BYTES or not head.startswith(MAGIC):
            raise Corrupt(f"{path} is no checkpoint, or the beginning of one")
        _, version, log_id, lsn, hash_, segment, frame, end, size = _HEAD.unpack_from(head)
        if version != VERSION:
            raise Unsupported(f"{path} has format {version}, this version reads {VERSION}")
        if log_id != identity.log_id:
            raise ForeignLog(f"{path} is of log {log_id.hex()}, not of {identity.log_id.hex()}")
        table = file.pread(size, HEAD_BYTES) if size <= TABLE_BYTES_MAX else b""
    finally:
        file.close()
    told = _mac(identity, head[: _HEAD.size], table)
    if len(table) != size or told != head[_HEAD.size :]:
        raise Corrupt(f"{path} is damaged")
    return Checkpoint(path, Begin(lsn, hash_, segment, end, frame), table)


def state_of(found: Checkpoint) -> State:
    """The state at its record. Unsupported if a newer version wrote it."""
    return snapshot.unpack(_parts(found)[0], found.record)


def load(env: Env, found: Checkpoint, state: State, topics: Iterable[Topic], index: Index) -> None:
    """Take the ranges of these topics into an index; `state` is the one of the checkpoint. Corrupt if they are
    damaged: the index is of no use then."""
    _, names, rows = _parts(found)
    files = [index.file((incarnation, number)) for incarnation, number in names]
    placed = {topic: Placed(*rest) for topic, *rest in rows}
    file = env.open(found.path)
    try:
        for topic in topics:
            index.keep(topic, state.ends[topic.id])
            if topic.id in placed:
                for partition, ranges in _ranges(file, found, placed[topic.id], files):
                    index.ranges[topic.id, partition] = ranges
    finally:
        file.close()


def ends(env: Env, found: Checkpoint) -> dict[tuple[bytes, int], int]:
    """Of each file in which records lie, where the last of them ends that it knows. Corrupt if it is damaged."""
    _, names, rows = _parts(found)
    told: dict[tuple[bytes, int], int] = {}
    file = env.open(found.path)
    try:
        for _, *placed in rows:
            for _, ranges in _ranges(file, found, Placed(*placed), list(range(len(names)))):
                for number, end in ranges.ends().items():
                    name = (names[number][0], names[number][1])
                    told[name] = max(told.get(name, 0), end)
    finally:
        file.close()
    return told


def _ranges(
    file: File, found: Checkpoint, one: Placed, files: list[int]
) -> Iterator[tuple[int, Ranges]]:
    data = file.pread(one.bytes, HEAD_BYTES + len(found.table) + one.position)
    if len(data) != one.bytes or crc32(data) != one.crc:
        raise Corrupt(f"{found.path} is damaged at {one.position} behind its table")
    view, at = memoryview(data), 0
    for partition, end, count in one.partitions:
        stop = at + Ranges.dumped_bytes(count)
        yield partition, Ranges.load(end, count, view[at:stop], files)
        at = stop


def _parts(found: Checkpoint) -> tuple[bytes, list[Any], list[Any]]:
    state, files, ranges = msgpack.unpackb(found.table)
    return state, files, ranges


def _mac(identity: Identity, head: bytes, table: bytes) -> bytes:
    keyed = identity.mac.copy()
    keyed.update(head)
    keyed.update(table)
    return keyed.digest()
