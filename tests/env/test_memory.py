"""What only the machine in memory has: a clock that stands, and processes that can be killed."""

import errno

import pytest

from streamz_core.env.door import Killed
from streamz_core.env.memory import MemoryEnv, MemoryMachine
from streamz_core.env.tree import Tree
from streamz_core.errors import Unsupported


def test_the_wall_clock_moves_only_when_told():
    env = MemoryEnv(MemoryMachine(now_ms=5))
    assert (env.now_ms(), env.now_ms()) == (5, 5)
    env.advance(1500)
    assert env.now_ms() == 1505
    assert env.monotonic() == 1.505


def test_waiting_in_vain_reaches_every_deadline():
    env = MemoryEnv()
    bell = env.doorbell()
    until_s = env.monotonic() + 1.0
    turns = 0
    while env.monotonic() < until_s:
        assert not bell.wait(0.1)
        turns += 1
    assert turns in (10, 11)
    assert env.now_ms() == 0


def test_processes_share_files_and_locks():
    machine = MemoryMachine()
    one, two = machine.process(), machine.process()
    one.create("/a").append(b"x")
    assert two.read("/a") == b"x"
    assert one.pid() != two.pid()
    lock = one.lock("/a", exclusive=True)
    assert two.lock("/a", exclusive=False) is None
    lock.release()
    bell = two.doorbell()
    assert one.ring(bell.address)
    assert bell.wait(0)


def test_the_same_seed_gives_the_same_chance():
    told = [MemoryMachine(seed=seed).process().random(8) for seed in (1, 1, 2)]
    assert told[0] == told[1] != told[2]


def test_a_killed_process_does_nothing_more():
    machine = MemoryMachine()
    one, two = machine.process({"A": "1"}), machine.process()
    file = one.create("/a")
    lock = one.lock("/lock", exclusive=True)
    bell = one.doorbell()
    done = one.background(lambda: 1)
    executor = one.executor("x", list)
    one.kill()
    files = [
        lambda: file.append(b"x"),
        lambda: file.pread(1, 0),
        lambda: file.pwrite(b"x", 0),
        file.size,
        file.datasync,
        file.close,
    ]
    held = [lock.downgrade, lock.release, lambda: bell.wait(1), bell.close]
    doors = [
        lambda: one.create("/b"),
        lambda: one.open("/a"),
        lambda: one.read("/a"),
        lambda: one.exists("/a"),
        lambda: one.list("/"),
        lambda: one.make_dirs("/c"),
        lambda: one.link("/a", "/b"),
        lambda: one.rename("/a", "/b"),
        lambda: one.unlink("/a"),
        lambda: one.remove_tree("/"),
        lambda: one.sync_dir("/"),
        lambda: one.space("/"),
        lambda: one.file_system("/"),
        lambda: one.lock("/lock", exclusive=True),
        one.monotonic,
        one.now_ms,
        lambda: one.random(1),
        one.boot_id,
        one.doorbell,
        lambda: one.ring("memory:2.0"),
        one.pid,
        one.environ,
        lambda: one.exit(1),
        lambda: one.background(lambda: 1),
        lambda: one.executor("x", list),
        lambda: executor.submit(lambda: 1),
        executor.close,
        lambda: one.point("x"),
    ]
    for call in files + held + doors:
        with pytest.raises(Killed):
            call()
    assert done.ready()
    assert two.list("/") == ["a", "lock"]
    assert two.read("/a") == b""
    assert two.lock("/lock", exclusive=True) is not None
    assert not two.ring(bell.address)


def test_exit_is_the_end():
    machine = MemoryMachine()
    env = machine.process()
    env.lock("/lock", exclusive=True)
    with pytest.raises(Killed):
        env.exit(3)
    with pytest.raises(Killed):
        env.now_ms()
    assert machine.process().lock("/lock", exclusive=True) is not None


def test_a_full_disk_takes_what_fits_and_then_nothing():
    env = MemoryEnv(MemoryMachine(capacity_bytes=10))
    file = env.create("/a")
    assert file.append(b"x" * 8) == 8
    assert env.space("/") == (2, 10)
    assert file.append(b"y" * 8) == 2
    with pytest.raises(OSError) as caught:
        file.append(b"z")
    assert caught.value.errno == errno.ENOSPC
    with pytest.raises(OSError):
        file.pwrite(b"z", 100)
    assert file.pwrite(b"z", 0) == 1
    assert env.read("/a") == b"zxxxxxxxyy"
    env.unlink("/a")
    assert env.space("/") == (10, 10)


def test_nothing_can_be_started():
    with pytest.raises(Unsupported, match="ls -l"):
        MemoryEnv().spawn(["ls", "-l"])


def test_a_tree_knows_what_lies_where():
    tree = Tree()
    tree.make_folders("/a/b")
    tree.add("/a/b/one", 1)
    tree.add("/a/two", 2)
    tree.add("/three", 3)
    assert tree.files() == [("/a/b/one", 1), ("/a/two", 2), ("/three", 3)]
    assert tree.below("/a") == ["/a/b/one", "/a/b", "/a/two", "/a"]
    with pytest.raises(OSError) as caught:
        tree.remove_folder("/a")
    assert caught.value.errno == errno.ENOTEMPTY
    assert tree.find("/a/b") is None
    assert tree.find("/no/where") is None


def test_a_directory_gets_another_name_with_all_that_is_in_it():
    env = MemoryMachine().process()
    env.make_dirs("/a/b")
    file = env.create("/a/b/c")
    file.append(b"x")
    env.make_dirs("/ab")
    env.rename("/a", "/d")
    assert env.list("/") == ["ab", "d"]
    assert env.list("/d/b") == ["c"]
    assert env.read("/d/b/c") == b"x"
    with pytest.raises(FileExistsError):
        env.rename("/d", "/ab")
    with pytest.raises(FileNotFoundError):
        env.rename("/d", "/none/d")
    assert env.read("/d/b/c") == b"x"
