"""Copies of frames, which writers keep beside the commit log: what a frame that rotted is told from.

A file of copies belongs to the commit segment of its number. Whoever chained records there appends their frames to it,
some at a time, in any order and unsynced, those with much payload without it; whatever else stands in it is passed. A copy counts for nothing by
itself: the record that follows on the chain has to name its hash.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from attrs import define, evolve, field, frozen

from streamz_core.env.door import Env
from streamz_core.log.chain import frame
from streamz_core.log.chain.frame import Frame, Mac
from streamz_core.log.chain.layout import SEGMENT, Layout, size_of


@frozen
class Copy:
    """A frame that was chained once. It stands at its `start` in `data`; `path`: the file. `whole`: also its payload, which
    is zeros otherwise."""

    frame: Frame
    data: bytes
    path: str
    whole: bool

    @property
    def raw(self) -> bytes:
        return self.data[self.frame.start : self.frame.end]

    @property
    def place(self) -> int:
        """Where it stood in the commit log."""
        return frame.place_in(self.data, self.frame.start)


@frozen
class Healed:
    """A record that cannot be read where it stood, and the file where a copy of it was found."""

    lsn: int
    path: str
    copy: str


@define
class Copies:
    """The copies of one log. Where each lies is looked up when somebody first asks."""

    env: Env
    layout: Layout
    mac: Mac
    _sizes: dict[str, int] = field(factory=dict)
    _places: dict[int, list[tuple[str, int, int]]] = field(factory=dict)  # by the record's number

    def of(self, lsn: int) -> Iterator[Copy]:
        """Those of the record of that number. OSError if the disk cannot read them: there may be one."""
        self._look()
        for path, at, size in self._places.get(lsn, ()):
            try:
                data = _read(self.env, path, at, size)
            except FileNotFoundError:  # its segment went just now
                continue
            for _, one in _standing(self.mac, data):
                if one.frame.lsn == lsn:
                    yield evolve(one, path=path)

    def head(self, number: int) -> Frame | None:
        """The first frame of that segment."""
        try:
            data = self.env.read(self.layout.copies_of(number))
        except FileNotFoundError:
            return None
        for _, one in _standing(self.mac, data):
            if one.frame.kind == SEGMENT and one.place == frame.place(number, 0):
                return one.frame
        return None

    def sound(self, lsn: int, hash_: bytes) -> Copy | None:
        """A copy of that very record, with its payload if there is one with it."""
        found = [one for one in self.of(lsn) if one.frame.hash == hash_]
        return max(found, key=lambda one: one.whole, default=None)

    def missing(self, behind: tuple[int, bytes], last: tuple[int, bytes]) -> list[Copy]:
        """The records between one and `last`, that one included, if there are copies of all; else none. Each names
        the hash of the one before."""
        found: list[Copy] = []
        lsn, hash_ = last
        while lsn > behind[0]:
            one = self.sound(lsn, hash_)
            if one is None:
                return []
            found.append(one)
            lsn, hash_ = lsn - 1, one.frame.prev
        return found[::-1] if hash_ == behind[1] else []

    def payload(
        self, lsn: int, segment: int, position: int, size: int
    ) -> tuple[Copy, bytes] | None:
        """A copy of a record that stood in that segment, and the `size` bytes of its payload that were at `position` there."""
        for one in self.of(lsn):
            number, at = frame.place_of(one.place)
            if number == segment and one.frame.payload_at <= position - at <= one.frame.end - size:
                # A cold start that was interrupted may have copied more of it than its writer.
                best = self.sound(lsn, one.frame.hash) or one
                return best, best.data[position - at :][:size]
        return None

    def _look(self) -> None:
        """See where the copies lie, if anything was added since the last look."""
        env, folder = self.env, self.layout.copies
        paths = [f"{folder}/{name}" for name in env.list(folder) if name.isdigit()]
        try:
            sizes = {path: size_of(env, path) for path in paths}
        except FileNotFoundError:  # one went just now: those that are known must do
            return
        if sizes == self._sizes:
            return
        self._sizes = {}
        self._places.clear()
        for path in reversed(paths):
            with contextlib.suppress(FileNotFoundError):
                for at, one in _standing(self.mac, env.read(path)):
                    size = one.frame.end if one.whole else one.frame.payload_at
                    self._places.setdefault(one.frame.lsn, []).append((path, at, size))
        self._sizes = sizes


def _standing(mac: Mac, data: bytes) -> Iterator[tuple[int, Copy]]:
    """(position, copy) of the frames that stand in these bytes, wherever they belong."""
    at = data.find(frame.MAGIC)
    while at >= 0:
        found = _standing_at(mac, data, at)
        used = 1
        if found is not None:
            yield at, found
            used = found.frame.end if found.whole else found.frame.payload_at
        at = data.find(frame.MAGIC, at + used)


def _standing_at(mac: Mac, data: bytes, at: int) -> Copy | None:
    size, head, place = frame.wanted(data, at), frame.head_end(data, at), frame.place_in(data, at)
    raw = data[at : at + size]
    found = frame.decode(mac, raw, 0, place)
    if found is not None:
        return Copy(found, raw, "", whole=True)
    raw = raw[:head] + bytes(size - head)
    found = frame.decode(mac, raw, 0, place, damaged=True)
    return None if found is None else Copy(found, raw, "", whole=False)


def _read(env: Env, path: str, at: int, size: int) -> bytes:
    file = env.open(path)
    try:
        return file.pread(size, at)
    finally:
        file.close()
