"""Appending to the chain: compare-and-append, and the payload before it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from streamz_core.env.door import Env
from streamz_core.errors import Fenced, Misuse, StorageFull, StreamzError, TooLarge
from streamz_core.log.chain import frame
from streamz_core.log.chain.chain import Chain
from streamz_core.log.chain.durability import Durability
from streamz_core.log.chain.identity import Identity
from streamz_core.log.chain.layout import Layout
from streamz_core.log.chain.writing import Writing, storage_error
from streamz_core.log.entry import check_commit, checked
from streamz_core.log.limits import Limits
from streamz_core.log.records.chained import Chained
from streamz_core.log.records.commits import CommitRecord, Range, SentRecord
from streamz_core.log.records.state import State
from streamz_core.log.rolling import Rolling
from streamz_core.log.segments import batch as batches
from streamz_core.log.segments.data import DataWriter
from streamz_core.log.values import Appended, Output, Stamp, TaskCommit

# The record that is to follow this state; None if there is nothing to say any more.
Make = Callable[[State], Chained | None]

SPACE_S = 1.0  # how long what was seen of the free space counts


class Appending:
    """One writer of the log. Nothing here is done twice: only the chain says what is on it."""

    def __init__(  # noqa: PLR0913 - the log, as it reads and knows it
        self,
        env: Env,
        layout: Layout,
        identity: Identity,
        incarnation: bytes,
        known: tuple[Chain, State, Durability],
        limits: Limits,
    ) -> None:
        self._env = env
        self._layout = layout
        self._identity = identity
        self._incarnation = incarnation
        self._chain, self._state, self._durability = known
        self._limits = limits
        self._writer = DataWriter(env, layout, incarnation, limits)
        self._rolling = Rolling(env, layout, identity, self._chain, self._durability, limits)
        self._space_at_s = 0.0
        self._frames = Writing(env, layout, limits)

    def append(
        self, make: Make, payload: bytes = b"", refused: type[StreamzError] = Misuse
    ) -> Appended | None:
        """As Log.append promises; `payload` travels in the frame. `refused`: what is raised for a record
        that may not follow the chain."""
        state, chain = self._state, self._chain
        lock = self._frames.turn()
        try:
            while True:
                self._reach_end()
                self._sync_payload()
                lsn = state.lsn + 1
                record = make(state)
                if record is None:
                    return None
                record, packed = checked(record)
                why = self._refuse_newer(record) or record.refuse(state)
                if why:
                    raise refused(f"{why}. Nothing was written")
                bases = tuple(record.bases(state))
                raw, hash_ = self._frame(lsn, record.kind, packed, payload)
                self._env.point("append")
                failed = self._frames.write(chain.file, raw)
                chain.tail()
                if state.on_chain(lsn, hash_):
                    self._frames.keep(raw, len(payload))
                    return Appended(lsn, hash_, bases)
                if failed is not None:
                    raise failed
                lock = self._frames.lost(lock)
        finally:
            if lock is not None:
                lock.release()

    def commit(
        self, tasks: Sequence[TaskCommit], outputs: Sequence[Output], stamp: Stamp | None = None
    ) -> Appended:
        """As Log.commit promises."""
        check_commit(tasks, outputs)
        payload, ranges = self._place(outputs)
        record = CommitRecord.of(self._incarnation, tasks, ranges)
        if stamp is not None:
            record = SentRecord.by(record, stamp)
        done = self.append(lambda _: record, payload, Fenced)
        assert done is not None, "a commit always has something to say"
        return done

    def tick(self) -> None:
        """Do what waits for a quiet moment."""
        self._frames.tick()

    def close(self) -> None:
        self._frames.copy()
        self._writer.close()

    # ---- the record

    def _reach_end(self) -> None:
        """Take in what others wrote, and see that the segment takes a record more."""
        chain, rolling = self._chain, self._rolling
        chain.tail()
        if rolling.due:
            self._env.point("seal")
            # If it fails, or somebody was faster, it is due the next time.
            self._frames.write(chain.file, rolling.seal())
            chain.tail()
        while chain.sealed:
            try:
                rolling.go_on()
            except OSError as error:
                raise storage_error(error, self._layout.commit) from error
            chain.tail()

    def _refuse_newer(self, record: Chained) -> str:
        version = self._identity.version
        if record.since <= version:
            return ""
        return (
            f"{record.name} is of format {record.since}, and the log {self._layout.root} has format {version}: "
            "it is raised when a process of this release opens it while no other has it open"
        )

    def _frame(self, lsn: int, kind: int, packed: bytes, payload: bytes) -> tuple[bytes, bytes]:
        at = frame.place(self._chain.segment, self._chain.end)
        if not frame.possible(frame.HEAD_BYTES + len(packed), len(payload)):
            raise TooLarge(
                f"a record of the commit log with {len(packed)} bytes and {len(payload)} of payload: "
                "nobody could read it; commit less at once"
            )
        mac, prev = self._identity.mac, self._state.hash
        durable = self._durability.durable
        return frame.encode(mac, at, lsn, kind, prev, packed, payload, durable)

    # ---- the payload

    def _place(self, outputs: Sequence[Output]) -> tuple[bytes, list[Range]]:
        """(payload of the frame, ranges) with everything else written, and durable if need be."""
        payload = b"".join([one.data for one in outputs])
        number, at = 0, 0
        if len(payload) > self._limits.commit_bytes:
            raise TooLarge(
                f"a commit of {len(payload)} bytes; the limit is {self._limits.commit_bytes}: "
                "commit more often, or raise log.commit.bytes"
            )
        if len(payload) > self._limits.inline_bytes:
            number, at = self._write_payload(payload)
            payload = b""
        ranges = []
        for one in outputs:
            size, crc = len(one.data), batches.checksum(one.data)
            ranges.append(Range(one.topic, one.partition, one.count, number, at, size, crc))
            at += size
        return payload, ranges

    def _write_payload(self, payload: bytes) -> tuple[int, int]:
        self._check_space()
        try:
            placed = self._writer.write(payload, self._durability.durable)
        except OSError as error:
            raise storage_error(error, self._layout.data) from error
        return placed

    def _sync_payload(self) -> None:
        """At level power a chained record refers only to durable bytes, whatever level they were placed at."""
        if self._writer.unsynced and self._durability.level == "power":
            try:
                self._writer.datasync()
            except OSError as error:
                self._durability.syncing.fail(error)

    def _check_space(self) -> None:
        now_s = self._env.monotonic()
        if now_s < self._space_at_s:
            return
        free, total = self._env.space(self._layout.root)
        if free < min(self._limits.free_bytes, int(total * self._limits.free_share)):
            raise StorageFull(
                f"{self._layout.root}: {free >> 20} MiB free of {total >> 20} MiB. Nothing was written: "
                "free space, or lower log.free.bytes"
            )
        self._space_at_s = now_s + SPACE_S
