"""Reading the chain: which bytes of the commit log are records, in order, and which are garbage.

The rules (a process may be killed, or be seen, in the middle of an append):

- a frame counts if it is valid at its place and names the hash of the record before it;
- bytes that are no valid frame are passed only when a valid frame stands behind them *and* they are
  still none when read again after that one was seen;
- a frame whose payload alone is wrong counts if the next one that counts names its hash: whoever wrote that
  had seen it whole, so it is on the chain, and its records were damaged since;
- a valid frame that does not chain, with a number already taken, lost a race or woke up late: passed;
- a valid frame with a number too high was chained onto a record that cannot be read: that is taken from a copy
  of it whose hash the frame names, and without one it is damage;
- where something was passed that is no frame, while a log is opened, the record behind it may be one that lost a
  race against what stood there: a copy of that tells;
- a SEAL ends its file: what stands behind it there came too late, and the next segment goes on. Where one
  cannot be read, but the next segment is there, whose head names its hash, it is told from that.
"""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator

import msgpack
from attrs import define, field

from streamz_core.env.door import Env, File
from streamz_core.errors import Corrupt
from streamz_core.log.chain import frame
from streamz_core.log.chain.copies import Copies, Copy, Healed
from streamz_core.log.chain.frame import Frame
from streamz_core.log.chain.identity import Identity
from streamz_core.log.chain.layout import SEAL, Layout, SegmentHead, encode_seal
from streamz_core.log.chain.succession import Begin, Succession

READ_BYTES = 8 << 10
READ_BYTES_MORE = 1 << 20
BEGIN = Begin()
NEVER = 1 << 63  # no record has this number

# (frame, its segment and the position of its payload there, what was read: the frame stands in it)
Take = Callable[[Frame, tuple[int, int], bytes], None]


@define
class Passed:
    """What was met on the way that is no record of the chain: `stale` frames that did not chain, or stand before
    `begin`; `torn` places where no frame stood. `healed`: records that were taken from copies."""

    stale: int = 0
    torn: int = 0
    healed: list[Healed] = field(factory=list)


class Chain:
    """A place in the commit log: behind the record `lsn`, whose hash is `hash`.

    `tail` moves it to the end and hands each record on the way to `take`. It begins behind the record
    `begin`.
    """

    def __init__(
        self,
        env: Env,
        layout: Layout,
        identity: Identity,
        take: Take,
        begin: Begin = BEGIN,
    ) -> None:
        self.begin = begin
        self.lsn, self.hash = begin.lsn, begin.hash
        self.witness = (0, frame.ZERO)  # the newest durable record any frame spoke of
        self.passed = Passed()
        self._layout = layout
        self._copies = Copies(env, layout, identity.mac)
        self._on_record = take
        self._succession = Succession(env, layout, identity, begin)
        self._reading = self._open(self._succession.first)
        if begin.segment == self.segment:
            self._reading.position = self._reading.seen = begin.position
            self._reading.frame, self._reading.end = begin.frame, begin.position

    @property
    def segment(self) -> int:
        """Number of the segment being read."""
        return self._reading.head.number

    @property
    def carry(self) -> int:
        """The record that the segment being read continues."""
        return self._reading.head.lsn

    @property
    def file(self) -> File:
        """The segment being read, which is the newest after `tail`."""
        return self._reading.file

    @property
    def end(self) -> int:
        """Where the next append will stand, as far as was seen."""
        return self._reading.seen

    @property
    def beyond(self) -> int:
        """How many bytes behind the last record are of none, as far as was seen."""
        return self._reading.seen - self._reading.position

    @property
    def place(self) -> Begin:
        """Where it stands."""
        reading = self._reading
        return Begin(self.lsn, self.hash, self.segment, reading.end, reading.frame)

    @property
    def sealed(self) -> bool:
        """Whether nothing more counts in the segment being read, and no other is there yet."""
        return self._reading.sealed

    def tail(self, *, cold: bool = False) -> bool:
        """Take everything new; true if there was something.

        `cold`: the end of a log after a power cut. A hole then ends the log instead of being damage;
        what stands behind it is only asked which record its writer knew to be durable.
        """
        before = self.lsn
        self._tail_file(cold=cold)
        while (following := self._following()) is not None:
            # Whoever made it had seen this one whole up to its end, which may have been seen here in half.
            self._reading.last = min(self._reading.last, following.lsn)
            self._tail_file(cold=cold)
            self._next_segment(following)
            self._tail_file(cold=cold)
        self._succession.reached = True
        return self.lsn > before

    def close(self) -> None:
        self._reading.file.close()

    # ---- one file

    def _tail_file(self, *, cold: bool) -> None:
        reading = self._reading
        reading.unhealed = -1
        size = READ_BYTES
        while self.lsn < reading.last:
            data = reading.file.pread(size, reading.position)
            reading.seen = reading.position + len(data)
            used, need = self._consume(data, cold=cold)
            reading.position += used
            if len(data) < size:
                return
            size = max(READ_BYTES_MORE, need)
            if used == 0 and need <= len(data):
                size = 2 * len(data) if len(data) >= size else size

    def _consume(self, data: bytes, *, cold: bool) -> tuple[int, int]:
        """(bytes passed, bytes wanted to go on)."""
        reading = self._reading
        place = reading.place
        mac, decode = self._copies.mac, frame.decode
        i = 0
        while i < len(data) and self.lsn < reading.last:
            found = decode(mac, data, i, place + i)
            if found is None:
                behind = self._next_frame(data, i)
                if behind is None:
                    return i, frame.wanted(data, i)
                data = self._reread(data, i)
                if self._decode(data, i) is not None:
                    continue
                # What stands between was whole for whoever wrote that one: it may have come to sight since.
                behind = self._next_frame(data, i) or behind
                held = self._damaged(data, i)
                if held is None or self._heal_elsewhere(held):
                    if held is None and self._overtaken():
                        return i, 0
                    self.passed.torn += 1
                    self._recall(data, behind)
                    i = behind
                    continue
                self._take(*self._whole(held, data), cold=cold)
                i = held.end
                continue
            self._take(found, data, cold=cold)
            i = found.end
        return i, 0

    def _decode(self, data: bytes, i: int, *, damaged: bool = False) -> Frame | None:
        return frame.decode(self._copies.mac, data, i, self._reading.place + i, damaged=damaged)

    def _next_frame(self, data: bytes, i: int) -> int | None:
        """Where the next valid frame behind `i` stands in `data`."""
        j = data.find(frame.MAGIC, i + 1)
        while j >= 0:
            if self._decode(data, j) is not None:
                return j
            j = data.find(frame.MAGIC, j + 1)
        return None

    def _reread(self, data: bytes, i: int) -> bytes:
        """The data with everything from `i` on read again.

        One look may catch the frame at `i` half-visible and the one behind it whole. Whoever wrote
        the one behind had seen `i` whole, so a second look, begun after that, tells what `i` is.
        """
        again = self._reading.file.pread(len(data) - i, self._reading.position + i)
        return data[:i] + again

    def _damaged(self, data: bytes, i: int) -> Frame | None:
        """The frame at `i` whose payload alone is wrong, if another one that counts was chained onto it.

        A torn append never is: nobody chains onto what he cannot read.
        """
        found = self._decode(data, i, damaged=True)
        if found is None or found.lsn != self.lsn + 1 or found.prev != self.hash:
            return None
        lsn, hash_ = found.lsn, found.hash
        for j, behind in self._behind(data, i):
            if behind.hash == found.hash:
                found = behind  # its writer saw the one before torn, and wrote it once more
            elif behind.lsn == lsn + 1 and behind.prev == hash_:
                if self._decode(data, j) is not None:
                    return found
                lsn, hash_ = behind.lsn, behind.hash  # damaged as well: what stands behind it tells
        return None

    def _whole(self, held: Frame, data: bytes) -> tuple[Frame, bytes]:
        """The frame whose payload is wrong, and the bytes it stands in: with those of a copy, if there is one."""
        copy = self._copies.sound(held.lsn, held.hash)
        if copy is None or not copy.whole:
            return held, data
        raw = frame.moved(copy.raw, self._reading.place + held.start)
        fresh = data[: held.start] + raw + data[held.end :]
        self._note(copy)
        return self._decode(fresh, held.start) or held, fresh

    def _heal_elsewhere(self, held: Frame) -> bool:
        """Take a record from where its writer wrote it once more, for he saw it torn here: its copy says where. What rotted
        is its head there.
        """
        here = self._reading.place + held.start
        copies = [one for one in self._copies.of(held.lsn) if one.frame.hash == held.hash]
        places = {one.place for one in copies if frame.place_of(one.place)[0] == self.segment}
        return bool(places) and here not in places and self.heal((held.lsn, held.hash))

    def _behind(self, data: bytes, i: int) -> Iterator[tuple[int, Frame]]:
        """Behind `i`, every place of a frame, whatever became of its payload."""
        j = data.find(frame.MAGIC, i + 1)
        while j >= 0:
            found = self._decode(data, j, damaged=True)
            if found is not None:
                yield j, found
            j = data.find(frame.MAGIC, j + 1)

    def _take(self, found: Frame, data: bytes, *, cold: bool) -> None:
        """Hand the record on, or pass the frame."""
        if found.witness[0] > self.witness[0]:
            self.witness = found.witness
        lsn, reading = self.lsn + 1, self._reading
        if found.lsn == lsn and found.prev == self.hash:
            where = (reading.head.number, reading.position + found.payload_at)
            self._on_record(found, where, data)
            self.lsn = lsn
            self.hash = found.hash
            reading.frame = reading.position + found.start
            reading.end = reading.position + found.end
            if found.kind == SEAL and msgpack.unpackb(found.body)[0] > reading.head.number:
                reading.last, reading.sealed = lsn, True
        elif found.lsn <= lsn:
            self.passed.stale += 1
        elif self._heal_before(found):
            self._take(found, data, cold=cold)
        elif not cold and found.lsn <= reading.last:
            if not self._copies.env.exists(self._layout.segment(self.segment)):
                raise self._succession.left_behind(self.segment)  # and the copies went with it
            raise Corrupt(
                f"{self._layout.segment(self.segment)} at {reading.position + found.start}: "
                f"commit {found.lsn} follows commit {lsn - 1}; those between cannot be read, and no writer "
                "kept a copy of all. Nothing was changed: restore the file from a copy"
            )

    # ---- what rotted

    def heal(self, record: tuple[int, bytes]) -> bool:
        """Go on up to a record that was there, by copies; whether there are copies of all up to it."""
        copies = self._copies.missing((self.lsn, self.hash), record)
        for one in copies:
            reading, (segment, at) = self._reading, frame.place_of(one.place)
            # Its payload is read where it stood, and if that is not it, from a copy as well.
            here, reading.position = (
                reading.position,
                at if segment == self.segment else reading.end,
            )
            self._take(one.frame, self._filled(one), cold=True)
            reading.position = here
            self._note(one)
        return bool(copies)

    def _filled(self, copy: Copy) -> bytes:
        """The bytes of a record that stood at the position: its payload may still be what it was."""
        if copy.whole:
            return copy.data
        head, payload = copy.data[: copy.frame.payload_at], len(copy.data) - copy.frame.payload_at
        return head + self._reading.file.pread(payload, self._reading.position + len(head))

    def _heal_before(self, found: Frame) -> bool:
        """The same, up to the one before a frame. In the cold much may stand behind a hole: it is looked for once."""
        reading = self._reading
        if reading.unhealed == self.lsn or found.lsn > reading.last:
            return False
        reading.unhealed = self.lsn
        return self.heal((found.lsn - 1, found.prev))

    def _recall(self, data: bytes, i: int) -> None:
        """Where something was passed: the record behind it, at `i`, may have lost a race against that, and the one
        behind both names the one that won."""
        loser = self._decode(data, i)
        if loser is None or (loser.lsn, loser.prev) != (self.lsn + 1, self.hash):
            return
        for _, found in self._behind(data, i):
            if found.lsn == loser.lsn + 1:
                if found.prev != loser.hash:
                    self.heal((loser.lsn, found.prev))
                return

    def _note(self, copy: Copy) -> None:
        path = self._layout.segment(self.segment)
        self.passed.healed.append(Healed(copy.frame.lsn, path, copy.path))

    # ---- segments

    def _following(self) -> SegmentHead | None:
        """The segment to go on in. What cannot be read at the end of this one may have been its SEAL."""
        reading = self._reading
        number = reading.head.number
        if reading.sealed or reading.seen > reading.position:
            return self._succession.look_behind(number, sealed=reading.sealed)
        return self._succession.behind(number)

    def _overtaken(self) -> bool:
        """Whether what cannot be read here is the SEAL of this segment, which was taken now."""
        following = self._succession.look_behind(self.segment)
        if following is None:
            return False
        self._reading.last = min(self._reading.last, following.lsn)
        return self._take_seal(following)

    def _take_seal(self, following: SegmentHead) -> bool:
        """Whether the record that `following` continues is the SEAL behind this place: it is taken then."""
        reading, lsn = self._reading, self.lsn + 1
        if following.lsn != lsn:
            return False
        raw, hash_ = encode_seal(self._copies.mac, reading.place, lsn, self.hash, following.number)
        found = frame.decode(self._copies.mac, raw, 0, reading.place)
        assert found is not None, "it was just written"
        if hash_ != following.hash:
            return False
        self._take(found, raw, cold=False)
        return True

    def _next_segment(self, head: SegmentHead) -> None:
        if self.lsn < head.lsn and not self._take_seal(head):
            self.heal((head.lsn, head.hash))
        if (self.lsn, self.hash) != (head.lsn, head.hash):
            if self._succession.reached:
                # Somebody who stood still made a segment that was removed once more.
                raise self._succession.left_behind(self.segment)
            raise Corrupt(
                f"{self._layout.segment(head.number)} continues commit {head.lsn}, but "
                f"{self._layout.segment(self.segment)} ends at commit {self.lsn}"
                f"{'' if self.lsn != head.lsn else ' with another hash'}. "
                "Nothing was changed: restore the damaged file from a copy"
            )
        self._reading.file.close()
        self._reading = self._open(head)

    def _open(self, head: SegmentHead) -> _Reading:
        behind = self._succession.behind(head.number)
        try:
            file = _open(self._copies.env, self._layout.segment(head.number), write=behind is None)
        except FileNotFoundError:
            self._succession.check_reached(head.number - 1)
            raise
        return _Reading(file, head, NEVER if behind is None else behind.lsn)


class _Reading:
    """An open segment. `last`: where a newer one goes on, the rest does not count."""

    __slots__ = ("end", "file", "frame", "head", "last", "position", "sealed", "seen", "unhealed")

    def __init__(self, file: File, head: SegmentHead, last: int) -> None:
        self.file = file
        self.head = head
        self.last = last
        self.sealed = False
        self.unhealed = -1  # the record behind which one is missing of which a copy was looked for
        self.frame = 0  # of the last record that was taken in it, from here
        self.end = head.bytes  # to there
        self.position = head.bytes
        self.seen = head.bytes

    @property
    def place(self) -> int:
        """Of what stands at `position`."""
        return frame.place(self.head.number, self.position)


def _open(env: Env, path: str, *, write: bool) -> File:
    """For reads alone where nothing can be written: who only looks needs no more, and who writes was refused at LOG."""
    try:
        return env.open(path, write=write)
    except OSError as error:
        if error.errno != errno.EROFS:
            raise
        return env.open(path)
