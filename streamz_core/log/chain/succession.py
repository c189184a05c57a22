"""Which commit segment follows which, and where reading begins."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import Any

import msgpack
from attrs import frozen

from streamz_core.env.door import Env
from streamz_core.errors import Corrupt, ForeignLog, LeftBehind
from streamz_core.log.chain import frame
from streamz_core.log.chain.copies import Copies
from streamz_core.log.chain.frame import ZERO
from streamz_core.log.chain.identity import Identity
from streamz_core.log.chain.layout import SEGMENT, Layout, SegmentHead, segments

FIRST_READ_BYTES = 4096


@frozen
class Begin:
    """A place on the chain: behind the record `lsn`, whose hash is `hash`, b"" if nobody knows it. `segment`, `position`: where that
    was once, if it is known; the log may have been rewritten since. `frame`: where the frame of that record
    begins in the segment, 0 if it stands in one before."""

    lsn: int = 0
    hash: bytes = ZERO
    segment: int = 0
    position: int = 0
    frame: int = 0


class Succession:
    """The heads of the commit segments of one log, from the one where reading begins."""

    def __init__(self, env: Env, layout: Layout, identity: Identity, begin: Begin) -> None:
        self._env = env
        self._layout = layout
        self._identity = identity
        self._heads: dict[int, SegmentHead] = {}
        self.reached = False  # whether the end of the chain was seen once
        self.first = self._find(begin)

    def behind(self, number: int) -> SegmentHead | None:
        """The segment that follows, as far as it is known."""
        return self._heads.get(number + 1)

    def look_behind(self, number: int, *, sealed: bool = False) -> SegmentHead | None:
        """The segment that follows, if there is one by now; `sealed`: there has to be, sooner or later.

        LeftBehind if it was removed: whoever stood still for so long may not make it once more.
        """
        found = self._heads.get(number + 1)
        if found is None and self._env.exists(self._layout.segment(number + 1)):
            try:
                found = self._read(number + 1)
                if self._env.exists(self._layout.segment(number + 2)):
                    self._read(number + 2)  # so much is to be found in the one before
            except FileNotFoundError:
                self.check_reached(number)
                raise
            self.check_reached(number + 1)
        elif found is None and sealed:
            self.check_reached(number)
        return found

    def check_reached(self, number: int) -> None:
        """LeftBehind if the log went on behind this segment, and the one that follows it is gone.

        Segments are removed only when there are later ones, and the latest never is. So whoever finds himself, or one
        like himself, at an old one sees it by them; else he would chain onto a segment that nobody reads.
        """
        later = [each for each in segments(self._env, self._layout) if each > number]
        if later and later[0] != number + 1:
            raise self.left_behind(number)

    def left_behind(self, number: int) -> LeftBehind:
        """For a process that stood still at that segment."""
        return LeftBehind(
            f"{self._layout.commit}: this process stood still at segment {number}, and the log went on; segments that "
            "it would have to read were not needed any more, and were removed: open the log again"
        )

    def _find(self, begin: Begin) -> SegmentHead:
        """The segment that holds the first record to be read: the newest that begins before it."""
        numbers = self._numbers()
        try:
            head = self._read(numbers.pop())
        except FileNotFoundError:
            return self._find(begin)  # it was the newest, and went since: there are newer ones
        with contextlib.suppress(FileNotFoundError):  # removed meanwhile
            while head.lsn > begin.lsn and numbers:
                head = self._read(numbers.pop())
        if head.lsn > begin.lsn:
            raise Corrupt(
                f"{self._layout.commit} begins behind commit {head.lsn}, and commit "
                f"{begin.lsn + 1} is needed; restore the missing segments"
            )
        if head.lsn == begin.lsn and begin.hash not in (b"", head.hash):
            raise Corrupt(
                f"{self._layout.segment(head.number)} continues another commit {begin.lsn} than the "
                "one that is known; restore the damaged file from a copy"
            )
        return head

    def _numbers(self) -> list[int]:
        numbers = segments(self._env, self._layout)
        if not numbers:
            raise Corrupt(
                f"{self._layout.commit} holds no segment; the log cannot be read without them"
            )
        last = len(numbers) - 1
        while last and numbers[last - 1] == numbers[last] - 1:
            last -= 1
        return numbers[last:]  # what is left of older ones is of no use

    def _read(self, number: int) -> SegmentHead:
        found = read_segment_head(self._env, self._layout, self._identity, number)
        self._heads[number] = found
        return found


def _missing(numbers: Sequence[int], number: int) -> str:
    """What the others tell of a segment that cannot be read: perhaps it is a file too many."""
    before = [each for each in numbers if each < number]
    if not before or before[-1] == number - 1:
        return ""
    return (
        f". The segments between {before[-1]:06} and it are not there: if it is no file of this log, move it away, and the "
        "log is read as before; else restore those, too"
    )


def read_segment_head(env: Env, layout: Layout, identity: Identity, number: int) -> SegmentHead:
    """How a segment begins, from a copy if that rotted; Corrupt if there is none, ForeignLog if it is another log's."""
    path = layout.segment(number)
    file = env.open(path)
    try:
        data = file.pread(FIRST_READ_BYTES, 0)
    finally:
        file.close()
    first = frame.decode(identity.mac, data, 0, frame.place(number, 0))
    if first is None or first.kind != SEGMENT:
        first = Copies(env, layout, identity.mac).head(number)
    if first is None:
        raise Corrupt(
            f"{path}: the first frame is damaged, or written with another log's key; "
            f"restore the file from a copy{_missing(segments(env, layout), number)}"
        )
    body: list[Any] = msgpack.unpackb(first.body)
    if body[0] != identity.log_id:
        raise ForeignLog(f"{path} belongs to log {body[0].hex()}, not to {identity.log_id.hex()}")
    return SegmentHead(number, first.lsn, first.prev, body[2], first.end - first.start)
