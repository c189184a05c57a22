"""A simulated kill is a real one: nothing of the process happens afterwards, whatever its code says."""

import contextlib

import pytest

from streamz_core.testing.simulator import Profile, Simulation

FOREVER = float("inf")


def mutate(env, number):
    """Every effect a process can have on its machine."""
    for effect in (
        lambda: env.create(f"/dir/{number}").append(b"late"),
        lambda: env.open("/dir/a", write=True).append(b"late"),
        lambda: env.open("/dir/a", write=True).pwrite(b"late", 0),
        lambda: env.make_dirs("/dir/late"),
        lambda: env.link("/dir/a", f"/dir/link{number}"),
        lambda: env.rename(f"/dir/link{number}", f"/dir/moved{number}"),
        lambda: env.unlink(f"/dir/moved{number}"),
        lambda: env.remove_tree("/dir/late"),
        lambda: env.ring("bell:0"),
        env.doorbell,
        lambda: env.lock("/dir/lock", exclusive=True),
        lambda: env.background(lambda: env.create("/dir/late")),
        lambda: env.open("/dir/a").datasync(),
        lambda: env.sync_dir("/dir"),
    ):
        with contextlib.suppress(OSError):
            effect()


def stubborn(env):
    """Code that tries again in every way Python knows."""
    try:
        try:
            number = 0
            while True:
                env.background(lambda: mutate(env, f"{env.pid()}.beside"))
                mutate(env, f"{env.pid()}.{number}")
                number += 1
        finally:
            mutate(env, "finally")
    except BaseException:
        try:
            mutate(env, "except")
        finally:
            generator(env)
        raise


def generator(env):
    def inside():
        try:
            yield
        finally:
            mutate(env, "generator")

    begun = inside()
    next(begun)
    begun.close()


def listen(env):
    bell = env.doorbell()
    while True:
        bell.wait(FOREVER)
        env.pid()


def contents(simulation):
    disk = simulation.disk
    files = [(path, bytes(inode.cache), bytes(inode.disk)) for path, inode in disk.tree.files()]
    return files, disk.changes, disk.tree.names("/dir"), len(simulation.bells)


@pytest.mark.parametrize("seed", range(30))
def test_no_byte_lands_after_a_kill(seed):
    profile = Profile(calls=seed % 5, pieces=0.5, disorder=0.5, sync_slow=0.3, short=0.1)
    simulation = Simulation(seed, profile)
    setup = simulation.observer()
    setup.make_dirs("/dir")
    setup.create("/dir/a").append(b"a")
    simulation.spawn("listener", listen)
    simulation.run(3)
    worker = simulation.spawn("worker", stubborn)
    simulation.run(20 + 7 * seed)
    simulation.kill(worker)
    before = contents(simulation)
    bell = simulation.bells.behind("bell:0")
    bell.rung = False
    simulation.run(100)
    assert contents(simulation) == before
    assert not bell.rung
    assert not simulation.step(), "the listener waits for ever"
    assert worker.dead
    assert worker.code == -9
    assert worker.strands == []


def test_the_machine_notices_a_dead_process_that_writes():
    simulation = Simulation(0, Profile())
    simulation.observer().make_dirs("/dir")

    def undead(env):
        try:
            env.doorbell().wait(FOREVER)
        finally:
            simulation.disk.create("/dir/undead")  # past the door

    worker = simulation.spawn("undead", undead)
    simulation.run(2)
    with pytest.raises(AssertionError, match="a dead process changed the disk"):
        simulation.kill(worker)


def test_exit_is_a_kill():
    simulation = Simulation(0, Profile())
    simulation.observer().make_dirs("/dir")

    def main(env):
        env.lock("/dir/lock", exclusive=True)
        env.background(lambda: env.doorbell().wait(FOREVER))
        try:
            env.exit(7)
        finally:
            env.create("/dir/late")

    worker = simulation.spawn("worker", main)
    simulation.run(50)
    assert worker.code == 7
    assert worker.strands == []
    seen = simulation.observer()
    assert seen.list("/dir") == ["lock"]
    assert seen.lock("/dir/lock", exclusive=True) is not None


def test_background_work_dies_with_its_process():
    simulation = Simulation(0, Profile(calls=0))
    simulation.observer().make_dirs("/dir")

    def forever(env):
        number = 0
        while True:
            env.create(f"/dir/{number}").close()
            number += 1

    def main(env):
        env.background(lambda: forever(env))
        env.doorbell().wait(0.002)

    worker = simulation.spawn("worker", main)
    assert simulation.run_until(lambda: worker.dead, 10_000)
    assert worker.code == 0
    before = simulation.disk.changes
    simulation.run(100)
    assert simulation.disk.changes == before > 0


def test_a_killed_append_leaves_a_prefix_that_holds_what_was_seen():
    lengths = []
    for seed in range(60):
        simulation = Simulation(seed, Profile(calls=0, pieces=1.0, disorder=0.5))
        setup = simulation.observer()
        setup.make_dirs("/dir")
        setup.create("/dir/a").append(b"old.")
        data = bytes(range(1, 201))
        writer = simulation.spawn(
            "writer", lambda env, data=data: env.open("/dir/a", write=True).append(data)
        )
        simulation.run_until(lambda s=setup: len(s.read("/dir/a")) > 4, 100, every=1)
        seen = setup.read("/dir/a")
        simulation.kill(writer)
        after = setup.read("/dir/a")
        assert after == (b"old." + data)[: len(after)]
        assert len(after) >= len(seen)
        lengths.append(len(after))
        setup.open("/dir/a", write=True).append(b"next")
        assert setup.read("/dir/a") == after + b"next"
    assert len(set(lengths)) > 20
    assert max(lengths) == 204


def test_a_process_that_is_killed_frees_its_locks_and_one_that_is_stopped_does_not():
    simulation = Simulation(0, Profile())
    seen = simulation.observer()
    seen.make_dirs("/dir")

    def main(env):
        env.lock("/dir/lock", exclusive=True)
        env.doorbell().wait(FOREVER)

    worker = simulation.spawn("worker", main)
    simulation.run(10)
    simulation.stop(worker)
    assert seen.lock("/dir/lock", exclusive=True) is None
    simulation.kill(worker)
    assert seen.lock("/dir/lock", exclusive=True) is not None


def test_killed_at_a_named_place():
    simulation = Simulation(0, Profile())
    simulation.observer().make_dirs("/dir")

    def main(env):
        env.create("/dir/before")
        env.point("here")
        env.create("/dir/after")

    simulation.on_point = lambda process, name: name == "here" and simulation.kill(process)
    worker = simulation.spawn("worker", main)
    simulation.run(20)
    assert worker.code == -9
    assert simulation.observer().list("/dir") == ["before"]
