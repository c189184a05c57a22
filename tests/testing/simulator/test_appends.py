"""An append under way: what others see of it, who waits for it, how much of it is taken."""

from itertools import pairwise

from streamz_core.testing.simulator import Profile, Simulation

DATA = bytes(range(1, 101))


def watched(seed, profile, data=DATA, writers=1):
    """Every state of the file that a reader sees while others append to it."""
    simulation = Simulation(seed, profile)
    setup = simulation.observer()
    setup.make_dirs("/d")
    setup.create("/d/a").close()
    seen = []

    def read(env):
        file = env.open("/d/a")
        while True:
            seen.append(file.pread(1 << 20, 0))

    def write(env):
        file = env.open("/d/a", write=True)
        assert file.append(data) == len(data)

    simulation.spawn("reader", read)
    processes = [simulation.spawn(f"writer {number}", write) for number in range(writers)]
    assert simulation.run_until(lambda: all(each.dead for each in processes), 10_000, every=1)
    simulation.run(10)
    assert all(each.code == 0 for each in processes)
    return [state for state, after in pairwise([*seen, None]) if state != after]


def test_an_append_is_seen_growing():
    profile = Profile(calls=0, pieces=1.0)
    lengths = set()
    for seed in range(100):
        states = watched(seed, profile)
        assert states[-1] == DATA
        assert all(DATA.startswith(state) for state in states)
        lengths.update(len(state) for state in states)
    assert len(lengths) > 50, "any prefix may be seen"


def test_a_later_piece_may_be_seen_before_an_earlier_one():
    profile = Profile(calls=0, pieces=1.0, disorder=1.0)
    holes = 0
    for seed in range(100):
        states = watched(seed, profile)
        assert states[-1] == DATA
        for state in states:
            assert all(seen in (0, wanted) for seen, wanted in zip(state, DATA, strict=False))
            holes += 0 in state
    assert holes > 50


def test_appends_to_one_file_do_not_mix():
    profile = Profile(calls=0, pieces=1.0, disorder=1.0)
    for seed in range(50):
        assert watched(seed, profile, writers=3)[-1] == DATA * 3


def test_without_the_fault_an_append_is_seen_whole():
    for seed in range(20):
        assert set(watched(seed, Profile(calls=0))) <= {b"", DATA}


def test_a_short_append_takes_the_front():
    simulation = Simulation(5, Profile(short=1.0))
    setup = simulation.observer()
    setup.make_dirs("/d")
    taken = []

    def main(env):
        file = env.create("/d/a")
        rest = DATA
        while rest:
            taken.append(file.append(rest))
            rest = rest[taken[-1] :]

    simulation.spawn("writer", main)
    simulation.run(1000)
    assert setup.read("/d/a") == DATA
    assert len(taken) > 2
    assert sum(taken) == len(DATA)


def test_a_process_is_not_stopped_within_an_append():
    simulation = Simulation(1, Profile(calls=0, pieces=1.0))
    setup = simulation.observer()
    setup.make_dirs("/d")
    setup.create("/d/a").close()
    writer = simulation.spawn("writer", lambda env: env.open("/d/a", write=True).append(DATA))
    assert simulation.run_until(lambda: bool(writer.writing), 100, every=1)
    simulation.stop(writer)
    assert writer.stopped_s == 0.0


def test_an_overwrite_is_seen_half_done():
    seen = set()
    for seed in range(30):
        simulation = Simulation(seed, Profile(calls=0, pieces=1.0))
        setup = simulation.observer()
        setup.make_dirs("/d")
        setup.create("/d/a").append(b"aaaaaaaa")

        def write(env):
            env.open("/d/a", write=True).pwrite(b"bbbb", 2)

        writer = simulation.spawn("writer", write)
        while not writer.dead:
            simulation.step()
            seen.add(setup.read("/d/a"))
    assert seen == {b"aa" + b"b" * n + b"a" * (6 - n) for n in range(5)}
