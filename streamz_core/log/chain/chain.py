"""Reading the chain: which bytes of the commit log are records, in order, and which are garbage.

The rules (a process may be killed, or be seen, in the middle of an append):

- a frame counts if it is valid at its place and names the hash of the record before it;
- bytes that are no valid frame are passed only when a valid frame stands behind them *and* they are
  still none when read again after that one was seen;
- a valid frame that does not chain, with a number already taken, lost a race or woke up late: passed;
- a valid frame with a number too high was chained onto a record that cannot be read: damage.
"""

from __future__ import annotations

from collections.abc import Callable

import msgpack

from streamz_core.env.door import Env, File
from streamz_core.errors import Corrupt
from streamz_core.log.chain import frame
from streamz_core.log.chain.frame import Frame
from streamz_core.log.chain.identity import Identity
from streamz_core.log.chain.layout import Layout, read_segment_head, segments
from streamz_core.log.records.fold import Fold

READ_BYTES = 8 << 10
READ_BYTES_MORE = 1 << 20

Hook = Callable[[Frame, bytes], None]


class Chain:
    """A process's place in the commit log; `tail` moves it to the end and folds what it finds."""

    def __init__(self, env: Env, layout: Layout, identity: Identity, fold: Fold) -> None:
        self.fold = fold
        self.witness = (0, frame.ZERO)  # the newest durable record any frame spoke of
        self.stale = 0  # frames passed because they did not chain
        self.torn = 0  # places passed because no frame stood there
        self._env = env
        self._layout = layout
        self._identity = identity
        self._heads = [
            read_segment_head(env, layout, identity, number) for number in segments(env, layout)
        ]
        if not self._heads:
            raise Corrupt(f"{layout.commit} holds no segment; the log cannot be read without them")
        self._check_sequence()
        self._index = 0
        self._file = self._open(0)

    @property
    def segment(self) -> int:
        """Number of the segment being read."""
        return self._heads[self._index].number

    @property
    def boot_id(self) -> str:
        """The boot during which the newest segment was begun."""
        return self._heads[-1].boot_id

    @property
    def file(self) -> File:
        """The segment being read, which is the newest after `tail`."""
        return self._file

    @property
    def end(self) -> int:
        """Where the next append will stand, as far as was seen."""
        return self._seen

    def tail(self, on_record: Hook | None = None, *, cold: bool = False) -> bool:
        """Fold everything new; true if there was something. `on_record(frame, raw)` sees each record.

        `cold`: the end of a log after a power cut. A hole then ends the log instead of being damage;
        what stands behind it is only asked which record its writer knew to be durable.
        """
        before = self.fold.lsn
        self._tail_file(on_record, cold=cold)
        while self._index + 1 < len(self._heads):
            self._next_segment()
            self._tail_file(on_record, cold=cold)
        return self.fold.lsn > before

    def close(self) -> None:
        self._file.close()

    # ---- one file

    def _tail_file(self, on_record: Hook | None, *, cold: bool) -> None:
        size = READ_BYTES
        while True:
            data = self._file.pread(size, self._pos)
            self._seen = self._pos + len(data)
            used, need = self._consume(data, on_record, cold=cold)
            self._pos += used
            if len(data) < size:
                return
            size = max(READ_BYTES_MORE, need)
            if used == 0 and need <= len(data):
                size = 2 * len(data) if len(data) >= size else size

    def _consume(self, data: bytes, on_record: Hook | None, *, cold: bool) -> tuple[int, int]:
        """(bytes passed, bytes wanted to go on)."""
        i = 0
        while i < len(data) and not self._segment_over():
            found = self._decode(data, i)
            if found is None:
                behind = self._next_frame(data, i)
                if behind is None:
                    return i, frame.wanted(data, i)
                again = self._reread(data, i)
                if again is not None:
                    data = again
                    continue
                self.torn += 1
                i = behind
                continue
            self._take(found, data, on_record, cold=cold)
            i = found.end
        return i, 0

    def _decode(self, data: bytes, i: int) -> Frame | None:
        return frame.decode(self._identity.key, data, i, frame.place(self.segment, self._pos + i))

    def _next_frame(self, data: bytes, i: int) -> int | None:
        """Where the next valid frame behind `i` stands in `data`."""
        j = data.find(frame.MAGIC, i + 1)
        while j >= 0:
            if self._decode(data, j) is not None:
                return j
            j = data.find(frame.MAGIC, j + 1)
        return None

    def _reread(self, data: bytes, i: int) -> bytes | None:
        """The data with everything from `i` on read again, if a frame stands at `i` now.

        One look may catch the frame at `i` half-visible and the one behind it whole. Whoever wrote
        the one behind had seen `i` whole, so a second look, begun after that, tells what `i` is.
        """
        fresh = data[:i] + self._file.pread(len(data) - i, self._pos + i)
        return fresh if self._decode(fresh, i) is not None else None

    def _take(self, found: Frame, data: bytes, on_record: Hook | None, *, cold: bool) -> None:
        """Fold the frame or pass it."""
        fold = self.fold
        if found.witness[0] > self.witness[0]:
            self.witness = found.witness
        if found.lsn == fold.lsn + 1 and found.prev == fold.hash:
            raw = data[found.start : found.end] if on_record else b""
            where = (self.segment, self._pos + found.payload_at)
            fold.apply(found.lsn, found.hash, found.kind, msgpack.unpackb(found.body), where)
            if on_record:
                on_record(found, raw)
        elif found.lsn <= fold.lsn + 1:
            self.stale += 1
        elif not cold:
            raise Corrupt(
                f"{self._layout.segment(self.segment)} at {self._pos + found.start}: commit "
                f"{found.lsn} follows commit {fold.lsn}; those between cannot be read. "
                "Nothing was changed: restore the file from a copy"
            )

    # ---- segments

    def _segment_over(self) -> bool:
        """A newer segment repeats what came after its carry: the rest of this file does not count."""
        heads = self._heads
        return self._index + 1 < len(heads) and self.fold.lsn >= heads[self._index + 1].lsn

    def _next_segment(self) -> None:
        head = self._heads[self._index + 1]
        if (self.fold.lsn, self.fold.hash) != (head.lsn, head.hash):
            raise Corrupt(
                f"{self._layout.segment(head.number)} continues commit {head.lsn}, but "
                f"{self._layout.segment(self.segment)} ends at commit {self.fold.lsn}"
                f"{'' if self.fold.lsn != head.lsn else ' with another hash'}. "
                "Nothing was changed: restore the damaged file from a copy"
            )
        self._file.close()
        self._file = self._open(self._index + 1)

    def _open(self, index: int) -> File:
        self._index = index
        head = self._heads[index]
        self._pos = head.bytes
        self._seen = head.bytes
        newest = index + 1 == len(self._heads)
        return self._env.open(self._layout.segment(head.number), write=newest)

    def _check_sequence(self) -> None:
        numbers = [head.number for head in self._heads]
        if numbers != list(range(1, len(numbers) + 1)):
            raise Corrupt(
                f"{self._layout.commit}: segments {numbers} have a gap; restore the missing"
            )
