"""What every world behind the door has to do alike: assertions run against all three.

A check is a function of (env, root, machine): a process's door, an empty directory, and the means to
start another process on the same machine.
"""

import asyncio
import errno
from functools import partial
from typing import Protocol

import pytest


class Machine(Protocol):
    def hold(self, path):
        """Start a process that locks `path` exclusively; returns what kills it."""


def eventually(env, true):
    """Wait for another process: at most ten seconds, in steps in which it can work."""
    bell = env.doorbell()
    for _ in range(1000):
        if true():
            bell.close()
            return True
        bell.wait(0.01)
    return False


def raises(number, call, *arguments, **options):
    with pytest.raises(OSError) as caught:
        call(*arguments, **options)
    assert caught.value.errno == number, caught.value


def make(env, path, data=b""):
    file = env.create(path)
    assert file.append(data) == len(data)
    file.close()


def check_create_is_exclusive(env, root, _):
    make(env, f"{root}/a", b"first")
    raises(errno.EEXIST, env.create, f"{root}/a")
    raises(errno.ENOENT, env.create, f"{root}/missing/a")
    assert env.read(f"{root}/a") == b"first"


def check_appends_and_reads(env, root, _):
    file = env.create(f"{root}/a")
    assert file.append(b"hello ") == 6
    assert file.append(b"world") == 5
    assert file.append(b"") == 0
    assert file.size() == 11
    assert file.pread(5, 0) == b"hello"
    assert file.pread(100, 6) == b"world"
    assert file.pread(100, 11) == b""
    assert file.pread(100, 50) == b""
    file.datasync()
    file.close()


def check_two_appenders_do_not_overwrite_each_other(env, root, _):
    one = env.create(f"{root}/a")
    two = env.open(f"{root}/a", write=True)
    one.append(b"1")
    two.append(b"2")
    one.append(b"3")
    assert two.pread(9, 0) == one.pread(9, 0) == env.read(f"{root}/a") == b"123"
    one.close()
    two.close()


def check_opening(env, root, _):
    raises(errno.ENOENT, env.open, f"{root}/a")
    raises(errno.ENOENT, env.read, f"{root}/a")
    raises(errno.EISDIR, env.read, root)
    make(env, f"{root}/a", b"x")
    file = env.open(f"{root}/a")
    raises(errno.EBADF, file.append, b"y")
    assert file.pread(9, 0) == b"x"
    file.close()


def check_pwrite_overwrites_in_place(env, root, _):
    make(env, f"{root}/a", b"aaaa")
    file = env.open(f"{root}/a", write=True)
    assert file.pwrite(b"bb", 1) == 2
    assert file.append(b"c") == 1
    assert file.pwrite(b"d", 6) == 1
    assert file.pread(9, 0) == b"abbac\0d"
    file.close()


def check_a_closed_file_is_of_no_use(env, root, _):
    file = env.create(f"{root}/a")
    file.close()
    file.close()
    raises(errno.EBADF, file.append, b"x")
    raises(errno.EBADF, file.pread, 1, 0)
    raises(errno.EBADF, file.size)
    raises(errno.EBADF, file.datasync)


def check_names(env, root, _):
    assert env.list(f"{root}/missing") == []
    for name in ("b", "a", "c"):
        make(env, f"{root}/{name}")
    env.make_dirs(f"{root}/d/e")
    env.make_dirs(f"{root}/d/e")
    assert env.list(root) == ["a", "b", "c", "d"]
    assert env.list(f"{root}/d") == ["e"]
    raises(errno.ENOTDIR, env.list, f"{root}/a")
    assert env.exists(f"{root}/a")
    assert env.exists(f"{root}/d/e")
    assert not env.exists(f"{root}/d/f")
    raises(errno.EEXIST, env.make_dirs, f"{root}/a")
    raises(errno.EEXIST, env.make_dirs, f"{root}/a/b")
    env.sync_dir(root)
    raises(errno.ENOENT, env.sync_dir, f"{root}/missing")


def check_a_link_is_a_second_name(env, root, _):
    make(env, f"{root}/a", b"x")
    env.link(f"{root}/a", f"{root}/b")
    raises(errno.EEXIST, env.link, f"{root}/a", f"{root}/b")
    raises(errno.ENOENT, env.link, f"{root}/missing", f"{root}/c")
    env.unlink(f"{root}/a")
    file = env.open(f"{root}/b", write=True)
    file.append(b"y")
    file.close()
    assert env.read(f"{root}/b") == b"xy"
    assert env.list(root) == ["b"]


def check_rename_replaces(env, root, _):
    make(env, f"{root}/a", b"new")
    make(env, f"{root}/b", b"old")
    file = env.open(f"{root}/b")
    env.rename(f"{root}/a", f"{root}/b")
    assert env.read(f"{root}/b") == b"new"
    assert file.pread(9, 0) == b"old", "who has it open keeps it"
    file.close()
    env.rename(f"{root}/b", f"{root}/b")
    assert env.list(root) == ["b"]
    raises(errno.ENOENT, env.rename, f"{root}/a", f"{root}/c")


def check_unlink(env, root, _):
    file = env.create(f"{root}/a")
    env.unlink(f"{root}/a")
    assert not env.exists(f"{root}/a")
    file.append(b"x")
    assert file.pread(9, 0) == b"x", "who has it open keeps it"
    file.close()
    raises(errno.ENOENT, env.unlink, f"{root}/a")


def check_remove_tree(env, root, _):
    env.make_dirs(f"{root}/d/e")
    make(env, f"{root}/d/e/a")
    make(env, f"{root}/d/b")
    make(env, f"{root}/c")
    env.remove_tree(f"{root}/d")
    env.remove_tree(f"{root}/d")
    assert env.list(root) == ["c"]


def check_space_and_kind(env, root, _):
    free, total = env.space(root)
    assert 0 < free <= total
    assert isinstance(env.file_system(root), str)
    assert env.boot_id() == env.boot_id() != ""


def check_locks_exclude(env, root, _):
    path = f"{root}/lock"
    one = env.lock(path, exclusive=True)
    assert one is not None
    assert env.exists(path), "the file was made"
    assert env.lock(path, exclusive=True) is None
    assert env.lock(path, exclusive=False) is None
    one.downgrade()
    two = env.lock(path, exclusive=False)
    assert two is not None
    one.release()
    one.release()
    assert env.lock(path, exclusive=True) is None
    two.release()
    three = env.lock(path, exclusive=True)
    assert three is not None
    three.release()


def check_waiting_for_a_lock_ends(env, root, _):
    path = f"{root}/lock"
    held = env.lock(path, exclusive=True)
    begin_s = env.monotonic()
    assert env.lock(path, exclusive=True, wait_s=0.05) is None
    assert env.monotonic() - begin_s >= 0.05
    held.release()


def check_a_dead_process_holds_no_lock(env, root, machine):
    path = f"{root}/lock"
    kill = machine.hold(path)

    def is_held():
        lock = env.lock(path, exclusive=True)
        if lock is not None:
            lock.release()
        return lock is None

    assert eventually(env, is_held)
    kill()
    assert eventually(env, lambda: not is_held())


def check_a_lock_on_a_file_without_name_is_void(env, root, _):
    path = f"{root}/lock"
    one = env.lock(path, exclusive=True)
    env.unlink(path)
    two = env.lock(path, exclusive=True)
    assert two is not None, "so nothing may rest on a lock alone"
    one.release()
    two.release()


def check_clocks_and_chance(env, _root, _):
    times = [env.monotonic() for _ in range(100)]
    assert times == sorted(times)
    assert isinstance(env.now_ms(), int)
    assert len(env.random(16)) == 16
    assert env.random(16) != env.random(16)


def check_a_ring_is_heard_once(env, _root, _):
    bell = env.doorbell()
    assert not bell.wait(0.0)
    assert not bell.wait(0.005)
    assert env.ring(bell.address)
    assert env.ring(bell.address)
    assert bell.wait(1.0)
    assert not bell.wait(0.0)
    bell.close()


def check_nobody_waits_for_a_ring_to_be_heard(env, _root, _):
    bell = env.doorbell()
    for _ in range(1000):
        assert env.ring(bell.address)
    assert bell.wait(0.0)
    bell.close()


def check_a_ring_for_nobody(env, _root, _):
    bell = env.doorbell()
    other = env.doorbell()
    assert bell.address != other.address
    assert len(bell.address.encode()) < 100
    bell.close()
    bell.close()
    assert not env.ring(bell.address)
    assert not env.ring("/nowhere/at/all")
    assert not other.wait(0.0)
    other.close()


def check_background_work(env, root, _):
    file = env.create(f"{root}/a")
    file.append(b"x")
    ticket = env.background(lambda: (file.datasync(), "done")[1])
    assert ticket.wait() == "done"
    assert ticket.ready()
    assert ticket.wait() == "done"
    file.close()


def check_background_errors_come_back(env, root, _):
    ticket = env.background(lambda: env.read(f"{root}/missing"))
    assert eventually(env, ticket.ready)
    raises(errno.ENOENT, ticket.wait)
    raises(errno.ENOENT, ticket.wait)


def check_several_at_once(env, _root, _):
    tickets = [env.background(lambda number=number: number * number) for number in range(20)]
    assert [ticket.wait() for ticket in tickets] == [number * number for number in range(20)]


def check_an_executor_makes_calls_one_after_the_other(env, root, _):
    executor = env.executor("checked", list)
    made = []

    def call(number):
        made.append(number)
        make(env, f"{root}/{number}")
        made.append(number)
        return number

    late = executor.submit(lambda: call(9), 0.05)
    tickets = [executor.submit(lambda number=number: call(number)) for number in range(5)]
    assert [ticket.wait() for ticket in tickets] == list(range(5))
    assert late.wait() == 9
    assert made == [number for number in (0, 1, 2, 3, 4, 9) for _ in range(2)]
    failed = executor.submit(lambda: env.read(f"{root}/missing"))
    raises(errno.ENOENT, failed.wait)
    executor.close()


def check_calls_run_at_once_and_no_more_than_said(env, _root, _):
    running, most = [], []

    async def call(number):
        running.append(number)
        most.append(len(running))
        await asyncio.sleep(0.01)
        running.remove(number)
        return number

    calls = env.calls(3, list)
    answers = [calls.start(partial(call, number)) for number in range(8)]
    assert ended(env, calls)
    assert [answer.result() for answer in answers] == list(range(8))
    assert max(most) == 3
    assert (calls.running, calls.ended) == (0, 8)
    calls.close()


def check_what_a_call_raises_comes_back_each_time(env, _root, _):
    async def fail():
        raise KeyError("x")

    calls = env.calls(1, list)
    answer = calls.start(fail)
    assert ended(env, calls)
    assert answer.ready()
    for _ in range(2):
        with pytest.raises(KeyError) as caught:
            answer.result()
        assert len(caught.traceback) < 8
    calls.close()


def check_a_call_has_only_so_much_time(env, _root, _):
    calls = env.calls(2, list)
    answers = [calls.start(partial(asyncio.sleep, nap, nap), 0.05) for nap in (60, 0)]
    assert ended(env, calls)
    assert answers[1].result() == 0
    with pytest.raises(TimeoutError, match=r"no answer within 0.05 s \(timeout=\)"):
        answers[0].result()
    calls.close()


def check_a_call_that_is_cancelled_leaves_its_place(env, _root, _):
    calls = env.calls(1, list)
    first, second, third = (calls.start(partial(asyncio.sleep, nap, nap)) for nap in (60, 60, 0))
    second.cancel()
    first.cancel()
    assert ended(env, calls)
    assert third.result() == 0
    calls.close()


def check_calls_that_are_closed_are_cancelled(env, _root, _):
    seen = []

    async def call():
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            seen.append("cancelled")
            raise

    calls, others = env.calls(1, list), env.calls(1, list)
    calls.start(call)
    begun = others.start(partial(asyncio.sleep, 0))
    assert ended(env, others)
    begun.result()
    calls.close()
    others.close()
    assert eventually(env, lambda: seen == ["cancelled"])


def ended(env, calls):
    """Whether all end, before long."""

    def none_runs():
        while calls.idle():
            """It has nothing else to do."""
        return not calls.running

    return eventually(env, none_runs)


def check_the_process_itself(env, _root, _):
    assert env.pid() >= 0
    assert not isinstance(env.environ(), str)
    assert env.environ().get("NO_SUCH_NAME") is None
    env.point("anywhere")


CHECKS = [each for name, each in sorted(globals().items()) if name.startswith("check_")]
