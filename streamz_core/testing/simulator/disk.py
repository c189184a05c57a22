"""Files with two truths: what processes see (the page cache) and what a power cut leaves.

Names are two-faced as well: a new name, a rename or an unlink is on the disk only after the directory
was synced; until then a power cut may take it back.
"""

from __future__ import annotations

from collections.abc import Iterable
from random import Random
from typing import Protocol
from zlib import crc32

from attrs import define, field

from streamz_core.env.tree import ROOT, Tree, parent

VOLATILE = "/dev/shm"  # noqa: S108 - memory, no disk: nothing in it survives a power cut
CAPACITY_BYTES = 1 << 40


class Flock(Protocol):
    """A lock somebody holds on a file."""

    exclusive: bool

    def free(self) -> None: ...


@define(eq=False, slots=True)
class Range:
    """Bytes of a file that were written and not synced."""

    start: int
    stop: int


@define(eq=False, slots=True)
class Inode:
    """A file. `error` counts failed syncs; whoever opened it before one is told once."""

    cache: bytearray = field(factory=bytearray)
    disk: bytearray = field(factory=bytearray)
    dirty: list[Range] = field(factory=list)
    growing: Range | None = None  # the last of `dirty`, if the next append may extend it
    lost: list[Range] = field(factory=list)  # in the cache, on no disk, and nobody will try again
    error: int = 0
    writer: object = None  # the append in progress: the kernel lets one in at a time
    locks: list[Flock] = field(factory=list)
    names: int = 0


@define(eq=False, slots=True)
class Write:
    """An append under way: `shown` of its bytes have been seen, counted to the end of the last piece."""

    inode: Inode
    base: int
    data: bytes
    shown: int = 0


@define(eq=False, slots=True)
class Change:
    """A change of names that stands or falls as one; `folders` are those whose sync makes it last."""

    folders: tuple[str, ...]
    names: tuple[tuple[str, Inode | None], ...]  # None: the name is gone
    folder: str = ""  # a directory made (or, with `gone`, removed; or moved to `target`)
    gone: bool = False
    target: str = ""


class Disk:
    """The files of one machine."""

    def __init__(self, random: Random, sector: int) -> None:
        self.tree: Tree[Inode] = Tree()
        self.sector = sector
        self.capacity_bytes = CAPACITY_BYTES
        self.limit_bytes = CAPACITY_BYTES  # less while the disk is full
        self.used_bytes = 0
        self.changes = 0  # counts every effect on files and names
        self.trace = 0
        self._random = random
        self._durable: dict[str, Inode | None] = {}  # None: a directory
        self._journal: list[Change] = []
        self.make_folders(VOLATILE)
        self.sync_names(self.unsynced_names(ROOT))
        self.sync_names(self.unsynced_names("/dev"))

    # ---- names

    def create(self, path: str) -> Inode:
        """A new empty file; EEXIST, ENOENT."""
        inode = Inode()
        self.tree.add(path, inode)
        inode.names = 1
        self._note(Change((parent(path),), ((path, inode),)))
        return inode

    def link(self, source: str, target: str) -> None:
        """A second name."""
        inode = self.tree.get(source)
        self.tree.add(target, inode)
        inode.names += 1
        self._note(Change((parent(target),), ((target, inode),)))

    def rename(self, source: str, target: str) -> None:
        """Another name; after a power cut the file, or the directory, has the old one or the new one."""
        if self.tree.is_folder(source):
            self._move(source, target)
            return
        inode = self.tree.get(source)
        lost = self.tree.replace(source, target)
        self._drop(lost)
        self._note(Change((parent(source), parent(target)), ((source, None), (target, inode))))

    def _move(self, source: str, target: str) -> None:
        self.tree.move_folder(source, target)
        self._note(Change((parent(source), parent(target)), (), source, target=target))

    def unlink(self, path: str) -> None:
        """One name less."""
        self._drop(self.tree.remove(path))
        self._note(Change((parent(path),), ((path, None),)))

    def make_folders(self, path: str) -> None:
        """The directory and its parents."""
        for folder in self.tree.make_folders(path):
            self._note(Change((parent(folder),), (), folder))

    def remove_tree(self, path: str) -> None:
        """The directory and all in it, name by name."""
        for found in self.tree.below(path):
            if self.tree.is_folder(found):
                self.tree.remove_folder(found)
                self._note(Change((parent(found),), (), found, gone=True))
            else:
                self.unlink(found)

    def unsynced_names(self, folder: str) -> list[Change]:
        """What a sync of this directory that begins now will make last."""
        return [change for change in self._journal if folder in change.folders]

    def sync_names(self, synced: list[Change]) -> None:
        """These changes are on the disk."""
        for change in synced:
            if change in self._journal:
                self._settle(change)
                self._journal.remove(change)

    # ---- contents

    def room(self) -> int:
        """How many bytes the disk takes now."""
        return max(min(self.capacity_bytes, self.limit_bytes) - self.used_bytes, 0)

    def put(self, inode: Inode, offset: int, data: bytes) -> None:
        """Bytes appear in the cache; a hole before them reads as zeros."""
        stop = offset + len(data)
        cache = inode.cache
        size = len(cache)
        if offset == size:
            cache += data
        else:
            if offset > size:
                cache.extend(bytes(offset - size))
            cache[offset:stop] = data
        self.used_bytes += len(cache) - size
        growing = inode.growing
        if growing is not None and growing.stop == offset:
            growing.stop = stop
        else:
            inode.growing = Range(offset, stop)
            inode.dirty.append(inode.growing)
        self.changes += 1
        self.trace = crc32(data, self.trace)

    def tear(self, write: Write) -> None:
        """Its process was killed in an append: a prefix stays, with everything that was seen of it."""
        stay = self._random.randint(write.shown, len(write.data))
        self.put(write.inode, write.base, write.data[:stay])
        write.inode.writer = None

    def unsynced(self, inode: Inode) -> list[Range]:
        """What a sync that begins now will bring to the disk; later writes are not part of it."""
        inode.growing = None
        return list(inode.dirty)

    def sync(self, inode: Inode, synced: list[Range]) -> None:
        """These bytes are on the disk, unless a sync lost them in the meantime."""
        for each in synced:
            if each in inode.dirty:
                inode.dirty.remove(each)
                self._reach(inode, each.start, each.stop)

    def lose(self, inode: Inode, failed: list[Range]) -> None:
        """A sync failed (ext4): the pages count as clean, nobody will write them, one error is told."""
        for each in failed:
            if each in inode.dirty:
                inode.dirty.remove(each)
                inode.lost.append(each)
        inode.error += 1

    def evict(self) -> bool:
        """Memory is needed: clean pages are read from the disk again, also those it never got.

        True if there were any of these.
        """
        before = self.changes
        for _, inode in self.tree.files():
            for each in inode.lost:
                stop = min(each.stop, len(inode.cache))
                there = bytes(inode.disk[each.start : stop])
                inode.cache[each.start : stop] = there.ljust(stop - each.start, b"\0")
                self.changes += 1
            inode.lost.clear()
        return self.changes > before

    # ---- power

    def power_cut(self) -> None:
        """The cache is gone. Of what was not synced, nothing, all, the beginning or anything is left."""
        for change in self._survivors():
            self._settle(change)
        self._journal.clear()
        self._forget_volatile()
        self._rebuild()
        done: list[Inode] = []
        for _, inode in self.tree.files():
            if not any(inode is each for each in done):
                done.append(inode)
                self._cut(inode)
        self.used_bytes = sum(len(inode.cache) for inode in done)
        self.limit_bytes = self.capacity_bytes
        self.changes += 1

    def _survivors(self) -> list[Change]:
        """Which unsynced changes of names the disk has."""
        journal = self._journal
        random = self._random
        shape = random.choice(("none", "all", "prefix", "subset"))
        if shape == "all":
            return journal
        if shape == "prefix":
            return journal[: random.randint(0, len(journal))]
        if shape == "subset":
            return [change for change in journal if random.random() < 0.5]
        return []

    def _forget_volatile(self) -> None:
        inside = [path for path in self._durable if path.startswith(f"{VOLATILE}/")]
        for path in inside:
            del self._durable[path]

    def _rebuild(self) -> None:
        """The names as the disk has them; what lies in a vanished directory is gone with it."""
        self.tree = Tree()
        for path in sorted(self._durable):  # a directory comes before what is in it
            inode = self._durable[path]
            if not self.tree.is_folder(parent(path)):
                del self._durable[path]
            elif inode is None:
                self.tree.make_folders(path)
            else:
                self.tree.add(path, inode)
        for _, inode in self.tree.files():
            inode.names = 0
        for _, inode in self.tree.files():
            inode.names += 1

    def _cut(self, inode: Inode) -> None:
        """One file after the power cut."""
        random = self._random
        shape = random.choice(("none", "all", "prefix", "subset"))
        safe, full = len(inode.disk), len(inode.cache)
        if shape == "all":
            self._reach_all(inode, inode.dirty)
        elif shape == "prefix":
            self._reach_prefix(inode)
        elif shape == "subset":
            self._reach_all(inode, [each for each in self._sectors(inode) if random.random() < 0.5])
        # Size and data reach the disk each in their own time: zeros at the end, or less than there was.
        if inode.dirty and shape != "all" and random.random() < 0.3:
            size = random.randint(safe, max(full, safe))
            inode.disk.extend(bytes(max(size - len(inode.disk), 0)))
            del inode.disk[size:]
        inode.dirty.clear()
        inode.lost.clear()
        inode.locks.clear()
        inode.growing = inode.writer = None
        inode.error = 0
        inode.cache = bytearray(inode.disk)

    def _reach_prefix(self, inode: Inode) -> None:
        """What was written first is there, up to some byte: the cache is written back at any moment."""
        whole = self._random.randint(0, len(inode.dirty))
        self._reach_all(inode, inode.dirty[:whole])
        if whole < len(inode.dirty):
            last = inode.dirty[whole]
            self._reach(inode, last.start, self._random.randint(last.start, last.stop))

    def _sectors(self, inode: Inode) -> list[Range]:
        """The unsynced bytes, cut where the disk cuts."""
        found = []
        for each in inode.dirty:
            start = each.start
            while start < each.stop:
                stop = min(each.stop, start - start % self.sector + self.sector)
                found.append(Range(start, stop))
                start = stop
        return found

    def _reach_all(self, inode: Inode, ranges: Iterable[Range]) -> None:
        for each in ranges:
            self._reach(inode, each.start, each.stop)

    def _reach(self, inode: Inode, start: int, stop: int) -> None:
        data = inode.cache[start:stop]
        if len(inode.disk) < start:
            inode.disk.extend(bytes(start - len(inode.disk)))
        inode.disk[start : start + len(data)] = data

    # ---- bookkeeping

    def _note(self, change: Change) -> None:
        self._journal.append(change)
        self.changes += 1

    def _settle(self, change: Change) -> None:
        if change.target:
            self._carry(change)
        elif change.folder and change.gone:
            self._durable.pop(change.folder, None)
            self._bury(change)
        elif change.folder:
            self._durable[change.folder] = None
        for path, inode in change.names:
            if inode is None:
                self._durable.pop(path, None)
            else:
                self._durable[path] = inode

    def _carry(self, moved: Change) -> None:
        """What is in a directory goes with it, and what is still to be in it."""
        source, target = moved.folder, moved.target
        for path in [one for one in self._durable if _lies_in(one, source)]:
            self._durable[_moved(path, source, target)] = self._durable.pop(path)
        for one in self._older(moved):
            if all(_lies_in(each, source) for each in one.folders):
                one.folders = tuple(_moved(each, source, target) for each in one.folders)
                one.names = tuple((_moved(each, source, target), node) for each, node in one.names)
                one.folder = one.folder and _moved(one.folder, source, target)

    def _bury(self, removed: Change) -> None:
        """What was in a directory that is gone for good is not in the next one of that name."""
        for path in [one for one in self._durable if _lies_in(one, removed.folder)]:
            del self._durable[path]
        dead = [
            one
            for one in self._older(removed)
            if all(_lies_in(each, removed.folder) for each in one.folders)
        ]
        self._journal = [one for one in self._journal if one not in dead]

    def _older(self, change: Change) -> list[Change]:
        """What came before and is not on the disk."""
        return self._journal[: self._journal.index(change)] if change in self._journal else []

    def _drop(self, inode: Inode | None) -> None:
        if inode is not None:
            inode.names -= 1
            if inode.names == 0:
                self.used_bytes -= len(inode.cache)


def _lies_in(path: str, folder: str) -> bool:
    return f"{path}/".startswith(f"{folder}/")


def _moved(path: str, source: str, target: str) -> str:
    """What a path is when the directory `source` is called `target`."""
    return target + path[len(source) :] if _lies_in(path, source) else path
