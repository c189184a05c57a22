"""Calls that fail, a sync that lies, and a lock file that somebody deletes."""

import errno

import pytest

from streamz_core.testing.simulator import Profile, Simulation

CALM = Profile()


def run(main, profile):
    """The simulation in which `main` ran to its end in a process that holds the file /d/a, durable."""
    simulation = Simulation(5, profile)
    setup = simulation.observer()
    setup.make_dirs("/d")
    setup.create("/d/a").append(b"synced")
    setup.open("/d/a").datasync()
    for folder in ("/", "/d"):
        setup.sync_dir(folder)
    process = simulation.spawn("one", main)
    assert simulation.run_until(lambda: process.dead, 10_000, every=1)
    assert process.code == 0
    return simulation


@pytest.mark.parametrize(
    "call",
    [lambda env, _: env.read("/d/a"), lambda _, file: file.pread(3, 0)],
    ids=["read", "pread"],
)
def test_a_read_may_fail(call):
    def main(env):
        file = env.open("/d/a")
        with pytest.raises(OSError) as caught:
            call(env, file)
        assert caught.value.errno == errno.EIO

    assert run(main, Profile(read_fails=1.0)).counts == {"read failed": 1}
    with pytest.raises(BaseException, match="DID NOT RAISE"):
        run(main, CALM)


def test_a_write_that_fails_leaves_some_of_its_bytes():
    left = set()

    def main(env):
        file = env.open("/d/a", write=True)
        for _ in range(50):
            before = file.size()
            with pytest.raises(OSError) as caught:
                file.append(b"0123456789")
            assert caught.value.errno == errno.EIO
            left.add(file.size() - before)

    run(main, Profile(write_fails=1.0))
    assert left == set(range(1, 10))


@pytest.mark.parametrize("call", ["open", "create", "read"])
def test_a_process_may_have_no_descriptor_left(call):
    def main(env):
        with pytest.raises(OSError) as caught:
            getattr(env, call)(f"/d/{'b' if call == 'create' else 'a'}")
        assert caught.value.errno == errno.EMFILE
        assert not env.exists("/d/b")

    run(main, Profile(open_fails=1.0))


def test_what_a_sync_lied_of_may_be_gone_after_a_power_cut_and_is_there_before():
    def main(env):
        file = env.open("/d/a", write=True)
        file.append(b" and not")
        file.datasync()
        env.create("/d/b").close()
        env.sync_dir("/d")

    left = set()
    for seed in range(60):
        simulation = run(main, Profile(sync_lies=1.0))
        assert simulation.counts == {"sync lied": 2}
        assert simulation.observer().read("/d/a") == b"synced and not"
        simulation.random.seed(seed)
        simulation.power_cut()
        observer = simulation.observer()
        left.add((observer.read("/d/a")[6:], observer.exists("/d/b")))
    assert {there for _, there in left} == {True, False}
    assert {b"", b" and not"} <= {tail for tail, _ in left}


def test_an_honest_sync_makes_up_for_one_that_lied():
    def main(env):
        file = env.open("/d/a", write=True)
        file.append(b" and so is this")
        file.datasync()
        env.process.faults = CALM
        file.datasync()

    simulation = run(main, Profile(sync_lies=1.0))
    simulation.power_cut()
    assert simulation.observer().read("/d/a") == b"synced and so is this"


def test_a_lock_on_a_deleted_file_keeps_nobody_out():
    simulation = Simulation(1, Profile(unlock=0.02))
    simulation.observer().make_dirs("/d")
    simulation.observer().create("/d/full").append(b"this one is no mere lock")
    holders = []

    def main(env):
        kept = env.lock("/d/full", exclusive=False)
        lock = None
        while lock is None:  # whoever waits, waits for the file that he opened
            lock = env.lock("/d/lock", exclusive=True, wait_s=0.001)
        holders.append((kept, lock))
        env.doorbell().wait(1e9)

    for name in ("one", "two"):
        simulation.spawn(name, main)
    assert simulation.run_until(lambda: len(holders) == 2, 10_000)
    assert simulation.counts["lock file deleted"] >= 1
    assert simulation.observer().exists("/d/full")
