"""Random schedules of the shipped log code: one seed, one schedule, one verdict."""

from streamz_core.testing.simulator import Profile
from tests.chaos.log_oracle import Auditor, check_end
from tests.chaos.log_processes import Ended, Worker, guarded, observe, produce
from tests.chaos.log_world import World, make_world

CHAOS_TURNS = 1500
AUDITS = 5
CALM_TURNS = 60_000


def run(
    seed: int, profile: Profile | None = None, *, history: bool = False, worker: type[Worker] = Worker
) -> World:
    """Play the schedule of a seed; any error is a finding."""
    world = make_world(seed, profile, history=history)
    start(world, worker)
    auditor = Auditor(world)
    for _ in range(AUDITS):
        world.sim.run(CHAOS_TURNS // AUDITS)
        auditor.look()
    finish(world)
    if world.random.random() < 0.5:
        lights_out(world)
    return world


def start(world: World, worker: type[Worker]) -> None:
    """Start everybody."""
    for name in world.workers:
        main = guarded(lambda env, name=name: worker(world, env, name).run())
        world.sim.spawn(name, main, respawn=True, expected=(Ended,))
    for name, main in (("producer", produce), ("reader", observe)):
        life = guarded(lambda env, main=main: main(world, env))
        world.sim.spawn(name, life, respawn=True, expected=(Ended,))


def finish(world: World) -> None:
    """Faults off: now everything must be consumed, within a number of turns."""
    world.calm = True
    world.sim.calm()
    done = world.sim.run_until(lambda: consumed(world), CALM_TURNS, every=200)
    assert done, "no progress although nothing fails any more"
    check_end(world, finished=True)


def lights_out(world: World) -> None:
    """One more power cut, with all at rest: what was acknowledged must come back."""
    world.sim.power_cut()
    for process in list(world.sim.processes):
        process.respawn = False
        world.sim.kill(process)
    opener = world.sim.spawn("opener", guarded(lambda env: world.open(env).close()))
    assert world.sim.run_until(lambda: opener.dead, CALM_TURNS)
    assert opener.code == 0
    check_end(world, finished=False)


def consumed(world: World) -> bool:
    """Whether the producer wrote all, and the workers committed all of it."""
    log = world.look()
    from tests.chaos.log_world import GROUP, INPUT, TOPICS

    if any(name not in log.fold.names for name in TOPICS):
        return False
    topic = log.fold.names[INPUT].id
    ends = [log.fold.end(topic, task) for task in range(world.tasks)]
    at = [log.fold.committed(GROUP, topic, task) for task in range(world.tasks)]
    return at == ends and min(ends) >= world.wanted
