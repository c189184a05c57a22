"""Bits that rot: one commit that was durable, once in a schedule, with a copy of it or without.

With a copy everybody reads on as if nothing had been, the oracle included, and a check tells that it is healed. Without
one the log may be refused, with the place; whoever needs nothing of it reads on.
"""

from random import Random

from attrs import frozen

from streamz_core.log.chain.chain import Chain
from streamz_core.log.chain.copies import Copies
from streamz_core.log.chain.frame import Frame
from streamz_core.log.chain.hint import read_hint
from streamz_core.log.chain.layout import SEAL, Layout, read_identity
from streamz_core.testing.simulator.disk import Inode
from tests.chaos.log_following import is_up
from tests.chaos.log_world import ROOT, ROT_SEED, World

MAC_AT = 20  # of a frame


@frozen
class Spot:
    """A record of the chain, and where its frame stands."""

    lsn: int
    hash: bytes
    path: str
    start: int
    head: int  # bytes before its payload
    size: int


def rot(world: World, files: dict[str, bytes]) -> None:
    """Now it happens, if there is a commit that it can happen to. `files`: as somebody remembers them."""
    if not world.rot or world.rotten or not is_up(world):
        return
    env, layout = world.archive.door(world.sim.observer()), Layout(ROOT)
    copies = Copies(env, layout, read_identity(env, layout).mac)
    chance = Random(world.seed ^ ROT_SEED)
    spots = standing(world, copies)
    chance.shuffle(spots)
    if chance.random() < 0.5:  # of those with much payload the copy has only the head
        spots.sort(key=lambda one: one.head - one.size)
    for spot in spots:
        copy = copies.sound(spot.lsn, spot.hash)
        if world.rot == "kept" and (copy is None or not world.sim.disk.tree.exists(copy.path)):
            continue
        if copy is not None and world.rot == "kept":
            pin(world, copy.path)
        elif copy is not None:
            for path, at, _ in copies._places[spot.lsn]:
                if world.sim.disk.tree.exists(path):  # else the archive alone has it
                    flip(world, path, at + MAC_AT, files)
        size = spot.size if copy is None or copy.whole else spot.head
        flip(world, spot.path, spot.start + chance.randrange(size), files)
        world.rotten = True
        world.sim.count(f"rotten, {world.rot}")
        return


def standing(world: World, copies: Copies) -> list[Spot]:
    """Commits that are on the disk, and so is one behind each."""
    tree, layout, env = world.sim.disk.tree, copies.layout, copies.env
    durable, found = read_hint(env, layout)[0], []

    def take(one: Frame, where: tuple[int, int], _: bytes) -> None:
        path, head = layout.segment(where[0]), one.payload_at - one.start
        start, size = where[1] - head, one.end - one.start
        if one.lsn <= durable and one.kind != SEAL and tree.exists(path):
            inode = tree.get(path)
            if inode.disk[start : start + size] == inode.cache[start : start + size]:
                found.append(Spot(one.lsn, one.hash, path, start, head, size))

    chain = Chain(env, layout, read_identity(env, layout), take)
    chain.tail()
    chain.close()
    numbers = {one.lsn for one in found}
    return [one for one in found if one.lsn + 1 in numbers]


def flip(world: World, path: str, at: int, files: dict[str, bytes]) -> None:
    """One bit, for those who see the cache and on the disk."""
    inode: Inode = world.sim.disk.tree.get(path)
    for data in (inode.cache, inode.disk):
        if at < len(data):
            data[at] ^= 1
    for name, other in world.sim.disk.tree.files():  # it may have two names
        if other is inode and name in files:
            files[name] = bytes(inode.cache[: len(files[name])])


def pin(world: World, path: str) -> None:
    """The copy is on the disk: two things that fail at once are too many."""
    disk = world.sim.disk
    inode = disk.tree.get(path)
    disk.sync(inode, disk.unsynced(inode))
    for folder in (path.rpartition("/")[0], ROOT):
        disk.sync_names(disk.unsynced_names(folder))
