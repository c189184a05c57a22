"""What a power cut, a failed sync and a full disk leave, in all their shapes."""

import errno
from random import Random

import pytest

from streamz_core.testing.simulator import Profile, Simulation
from streamz_core.testing.simulator.disk import Disk

SECTOR = 16


def disk_of(seed):
    disk = Disk(Random(seed), SECTOR)
    disk.make_folders("/d")
    disk.sync_names(disk.unsynced_names("/"))
    return disk


def durable_file(disk, path="/d/a"):
    inode = disk.create(path)
    disk.sync_names(disk.unsynced_names("/d"))
    return inode


def content(disk, path="/d/a"):
    inode = disk.tree.find(path)
    return None if inode is None else bytes(inode.cache)


def outcomes(prepare, seeds=400):
    """What is left after a power cut, for many seeds."""
    found = []
    for seed in range(seeds):
        disk = disk_of(seed)
        prepare(disk)
        disk.power_cut()
        found.append(disk)
    return found


def test_synced_bytes_survive_and_of_the_others_anything_may():
    synced = b"S" * 24
    unsynced = bytes(range(1, 81))

    def prepare(disk):
        inode = durable_file(disk)
        disk.put(inode, 0, synced)
        disk.sync(inode, disk.unsynced(inode))
        disk.put(inode, 24, unsynced[:40])
        disk.put(inode, 64, unsynced[40:])

    left = [content(disk) for disk in outcomes(prepare)]
    assert all(data.startswith(synced) for data in left)
    tails = {data[24:] for data in left}
    assert b"" in tails
    assert unsynced in tails
    prefixes = {tail for tail in tails if unsynced.startswith(tail)}
    assert len(prefixes) > 20, "any byte may be the last"
    whole = synced + unsynced
    for data in left:
        for start in range(0, len(data), SECTOR):
            piece, there = whole[start : start + SECTOR], data[start : start + SECTOR]
            kept = there.rstrip(b"\0")
            assert piece.startswith(kept) or not kept.strip(b"\0S"), "a sector, or zeros"
    holes = [tail for tail in tails if b"\0" in tail.rstrip(b"\0")]
    assert holes, "later sectors without earlier ones"
    assert any(tail.endswith(b"\0") for tail in tails), "a size without its data"


def test_a_sync_covers_what_was_written_before_it_began():
    disk = disk_of(1)
    inode = durable_file(disk)
    disk.put(inode, 0, b"before")
    begun = disk.unsynced(inode)
    disk.put(inode, 6, b"during")
    disk.sync(inode, begun)
    assert bytes(inode.disk) == b"before"
    disk.sync(inode, disk.unsynced(inode))
    assert bytes(inode.disk) == b"beforeduring"


def test_what_is_written_while_the_disk_works_is_not_safe():
    def main(env, _):
        file = env.open("/d/a", write=True)
        names = env.background(lambda: env.sync_dir("/d"))
        data = env.background(file.datasync)
        while not data.ready():
            file.append(b"x")
            env.create(f"/d/{env.random(4).hex()}")
        names.wait()

    durable = set()
    for seed in range(20):
        simulation = failing(main, seed=seed)
        inode = simulation.disk.tree.get("/d/a")
        assert len(inode.disk) < len(inode.cache)
        assert simulation.disk.unsynced_names("/d")
        durable.add(len(inode.disk))
    assert len(durable) > 1


def test_a_new_name_may_vanish_until_its_directory_is_synced():
    def prepare(disk):
        durable_file(disk, "/d/synced")
        inode = disk.create("/d/unsynced")
        disk.put(inode, 0, b"x")
        disk.sync(inode, disk.unsynced(inode))

    names = [disk.tree.names("/d") for disk in outcomes(prepare, 60)]
    assert ["synced"] in names
    assert ["synced", "unsynced"] in names
    assert all("synced" in each for each in names)


def test_a_rename_is_whole_or_did_not_happen():
    def prepare(disk):
        for name in ("new", "old"):
            inode = durable_file(disk, f"/d/{name}")
            disk.put(inode, 0, name.encode())
            disk.sync(inode, disk.unsynced(inode))
        disk.rename("/d/new", "/d/old")

    left = {(content(disk, "/d/new"), content(disk, "/d/old")) for disk in outcomes(prepare, 60)}
    assert left == {(b"new", b"old"), (None, b"new")}


def test_links_and_unlinks_may_be_taken_back():
    def prepare(disk):
        durable_file(disk, "/d/a")
        disk.link("/d/a", "/d/b")
        disk.unlink("/d/a")

    names = {tuple(disk.tree.names("/d")) for disk in outcomes(prepare, 200)}
    assert names == {("a",), ("a", "b"), ("b",), ()}


def test_what_lies_in_a_directory_that_vanishes_is_gone():
    def prepare(disk):
        disk.make_folders("/d/e/f")
        disk.create("/d/e/f/a")
        disk.sync_names(disk.unsynced_names("/d/e/f"))
        disk.sync_names(disk.unsynced_names("/d/e"))

    left = [disk.tree.exists("/d/e/f/a") for disk in outcomes(prepare, 60)]
    assert True in left
    assert False in left


def test_a_removed_directory_may_come_back():
    def prepare(disk):
        disk.make_folders("/d/e")
        disk.sync_names(disk.unsynced_names("/d"))
        disk.create("/d/e/a")
        disk.sync_names(disk.unsynced_names("/d/e"))
        disk.remove_tree("/d/e")

    left = {
        (disk.tree.exists("/d/e"), disk.tree.exists("/d/e/a")) for disk in outcomes(prepare, 200)
    }
    assert left == {(True, True), (True, False), (False, False)}


def test_what_lay_in_a_removed_directory_is_not_in_the_next_one_of_that_name():
    def prepare(disk):
        disk.make_folders("/d/e")
        disk.create("/d/e/a")
        for folder in ("/d", "/d/e"):
            disk.sync_names(disk.unsynced_names(folder))
        disk.remove_tree("/d/e")
        disk.sync_names(disk.unsynced_names("/d"))
        disk.make_folders("/d/e")
        disk.sync_names(disk.unsynced_names("/d"))

    assert {tuple(disk.tree.names("/d/e")) for disk in outcomes(prepare, 60)} == {()}


def test_a_directory_that_is_moved_is_here_or_there_with_all_in_it():
    def prepare(disk):
        disk.make_folders("/d/e/f")
        disk.sync_names(disk.unsynced_names("/d"))
        disk.sync_names(disk.unsynced_names("/d/e"))
        disk.create("/d/e/f/a")
        disk.sync_names(disk.unsynced_names("/d/e/f"))
        disk.rename("/d/e", "/d/g")

    left = [disk.tree.names("/d") for disk in outcomes(prepare, 60)]
    assert ["e"] in left
    assert ["g"] in left
    assert all(len(names) == 1 for names in left)
    assert all(
        disk.tree.exists(f"/d/{disk.tree.names('/d')[0]}/f/a") for disk in outcomes(prepare, 60)
    )


def test_memory_is_no_disk():
    disk = disk_of(0)
    disk.create("/dev/shm/flag")
    disk.sync_names(disk.unsynced_names("/dev/shm"))
    disk.power_cut()
    assert disk.tree.names("/dev/shm") == []
    assert disk.tree.is_folder("/dev/shm")


def test_what_is_free_is_free_again():
    disk = disk_of(0)
    inode = durable_file(disk)
    disk.put(inode, 0, bytes(100))
    disk.link("/d/a", "/d/b")
    disk.unlink("/d/a")
    assert disk.used_bytes == 100
    disk.unlink("/d/b")
    assert disk.used_bytes == 0


# ---- failed syncs


def failing(main, seed=3, **faults):
    simulation = Simulation(seed, Profile(calls=0, **faults))
    setup = simulation.observer()
    setup.make_dirs("/d")
    setup.sync_dir("/")
    setup.create("/d/a").close()
    setup.sync_dir("/d")
    worker = simulation.spawn("worker", lambda env: main(env, simulation))
    assert simulation.run_until(lambda: worker.dead, 10_000)
    return simulation


def raises_eio(call):
    with pytest.raises(OSError) as caught:
        call()
    assert caught.value.errno == errno.EIO


def test_a_failed_sync_is_told_once_per_descriptor_and_never_again():
    def main(env, simulation):
        one = env.open("/d/a", write=True)
        two = env.open("/d/a")
        one.append(b"lost")
        raises_eio(one.datasync)
        simulation.calm()
        late = env.open("/d/a")
        one.datasync()  # "succeeds": the pages count as clean
        late.datasync()
        raises_eio(two.datasync)
        two.datasync()
        one.append(b"kept")
        one.datasync()

    simulation = failing(main, sync_fails=1.0)
    inode = simulation.disk.tree.get("/d/a")
    assert bytes(inode.cache) == b"lostkept"
    assert bytes(inode.disk) == b"\0\0\0\0kept"
    assert simulation.disk.evict()
    assert bytes(inode.cache) == b"\0\0\0\0kept"
    assert not simulation.disk.evict()
    simulation.power_cut()
    assert simulation.observer().read("/d/a") == b"\0\0\0\0kept"


def test_a_sync_with_nothing_to_do_does_not_fail():
    def main(env, _):
        env.open("/d/a").datasync()

    failing(main, sync_fails=1.0)


def test_two_syncs_at_once_fail_together():
    def main(env, simulation):
        one = env.open("/d/a", write=True)
        two = env.open("/d/a")
        one.append(b"lost")
        ticket = env.background(lambda: raises_eio(two.datasync))
        raises_eio(one.datasync)
        ticket.wait()

    simulation = failing(main, sync_fails=1.0)
    assert bytes(simulation.disk.tree.get("/d/a").disk) == b""


def test_a_sync_that_comes_late_does_not_save_what_another_one_lost():
    disk = disk_of(0)
    inode = durable_file(disk)
    disk.put(inode, 0, b"lost")
    begun = disk.unsynced(inode)
    disk.lose(inode, disk.unsynced(inode))
    disk.sync(inode, begun)
    assert bytes(inode.disk) == b""


def test_a_directory_whose_sync_failed_is_not_safe():
    def main(env, simulation):
        env.create("/d/b")
        raises_eio(lambda: env.sync_dir("/d"))

    left = set()
    for seed in range(30):
        simulation = failing(main, sync_fails=1.0)
        simulation.random.seed(seed)
        simulation.power_cut()
        left.add(simulation.observer().exists("/d/b"))
    assert left == {True, False}


# ---- a full disk


def test_a_full_disk_takes_a_part_then_nothing_and_then_has_room_again():
    told = []

    def main(env, simulation):
        simulation.disk.limit_bytes = simulation.disk.used_bytes + 10
        file = env.open("/d/a", write=True)
        told.append(file.append(bytes(6)))
        told.append(file.append(bytes(6)))
        for call in (lambda: file.append(b"x"), lambda: file.pwrite(b"x", 50)):
            with pytest.raises(OSError) as caught:
                call()
            told.append(caught.value.errno)
        told.append(file.pwrite(b"x", 0))
        told.append(env.space("/d")[0])
        simulation.room_again()
        told.append(file.append(bytes(6)))

    failing(main)
    assert told == [6, 4, errno.ENOSPC, errno.ENOSPC, 1, 0, 6]
