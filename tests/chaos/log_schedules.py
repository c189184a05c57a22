"""Random schedules of the shipped log code: one seed, one schedule, one verdict.

A schedule is a new machine and a new log; its seed draws sizes, processes (4 to 12) and which faults are
in play. For 500 turns of the scheduler (about 1,500 calls of the door) all work while things fail, with four
audits; then nothing fails any more and everything must be consumed; then all is read anew and compared; half
of them end with a power cut and one more comparison. Short ones find more: what a process costs that
opens the log grows with the log, and the defects in `mutants` need few commits and many faults.
"""

import gc

from attrs import evolve

from streamz_core.errors import Corrupt, ForeignLog
from streamz_core.log.log import Log
from tests.chaos.log_clients import copy, keep, observe, produce
from tests.chaos.log_following import Follower
from tests.chaos.log_mover import move
from tests.chaos.log_oracle import Auditor, check_end
from tests.chaos.log_processes import Ended, Worker, guarded, read
from tests.chaos.log_rot import rot
from tests.chaos.log_upkeep import eat, operate
from tests.chaos.log_world import COPIERS, EATERS, FEED, FEEDS, GROUP, INPUT, OUTPUT, World

CHAOS_TURNS = 500
AUDITS = 4
CALM_TURNS = 30_000
CALM_CALLS = 15  # between two switches: what races lead to is looked for before


def play(world: World, worker: type[Worker] = Worker) -> None:
    """Play the schedule of a world; any error is a finding, but that of a log which may be refused."""
    try:
        act(world, worker)
    except (Corrupt, ForeignLog) as error:
        if not world.refuses(error):
            raise


def act(world: World, worker: type[Worker]) -> None:
    """All of it."""
    start(world, worker)
    auditor = Auditor(world)
    for _ in range(AUDITS):
        world.sim.run(CHAOS_TURNS // AUDITS)
        stop_if_refused(world)
        auditor.look()
        rot(world, auditor.files)
    finish(world)
    if world.random.random() < 0.5:
        lights_out(world)


def stop_if_refused(world: World) -> None:
    """Corrupt if the log is not opened any more."""
    if world.refused:
        raise Corrupt(world.refused)


def finding(world: World, worker: type[Worker] = Worker) -> Exception | None:
    """What a schedule finds; None if all is well."""
    collects = gc.isenabled()
    gc.disable()  # an eighth of the time; and what is never collected cannot act at a chance moment
    try:
        play(world, worker)
    except Exception as error:  # noqa: BLE001 - every error is a finding
        return error
    finally:
        if collects:
            gc.enable()
    return None


def start(world: World, worker: type[Worker]) -> None:
    """Start everybody."""
    for name in world.workers:
        main = guarded(world, lambda env, name=name: worker(world, env, name).run())
        world.sim.spawn(name, main, respawn=True, expected=(Ended,))
    others = [("producer", produce), ("reader", observe)]
    others += [(f"copier{number}", copy) for number in range(world.copiers)]
    others += [(f"keeper{number}", keep) for number in range(world.keepers)]
    others += [(f"mover{number}", move) for number in range(world.movers)]
    if world.fed:
        others += [("operator", operate)]
        others += [(f"eater{number}", eat) for number in range(world.eaters)]
    for name, main in others:
        life = guarded(world, lambda env, main=main: main(world, env))
        world.sim.spawn(name, life, respawn=True, expected=(Ended,))


def finish(world: World) -> None:
    """Faults off: now everything must be consumed, within a number of turns."""
    world.calm = True
    world.sim.calm()
    world.sim.profile = evolve(world.sim.profile, calls=max(CALM_CALLS, world.sim.profile.calls))
    follower = Follower()
    done = world.sim.run_until(
        lambda: bool(world.refused) or consumed(world, follower), CALM_TURNS, every=60
    )
    stop_if_refused(world)
    assert done, "no progress although nothing fails any more"
    check_end(world, finished=True)


def lights_out(world: World) -> None:
    """One more power cut, with all at rest: what was acknowledged must come back."""
    world.sim.power_cut()
    for process in list(world.sim.processes):
        process.respawn = False
        world.sim.kill(process)
    opener = world.sim.spawn(
        "opener", guarded(world, lambda env: world.open(env).close()), expected=(Ended,)
    )
    assert world.sim.run_until(lambda: opener.dead, CALM_TURNS)
    stop_if_refused(world)
    assert opener.code == 0
    check_end(world, finished=False)


def consumed(world: World, follower: Follower) -> bool:
    """Whether the producer wrote all, the workers committed all of it, and all was copied."""
    log = follower.log(world)
    if log is None or any(name not in log.state.names for name in world.topics):
        return False
    topic = log.state.names[INPUT].id
    ends = [log.state.end(topic, task) for task in range(world.tasks)]
    at = [log.state.next_offset(GROUP, topic, task) for task in range(world.tasks)]
    if at != ends or min(ends) < world.wanted:
        return False
    source = log.state.names[OUTPUT].id
    copied = [log.state.next_offset(COPIERS, source, part) for part in range(world.outputs)]
    if world.copiers and copied != log.state.ends[source]:
        return False
    return not world.fed or eaten(world, log)


def eaten(world: World, log: Log) -> bool:
    """Whether the feed is full, and nothing is left of it for the eaters."""
    feed = log.state.names[FEED].id
    if min(log.state.ends[feed][:FEEDS]) < world.fed:
        return False
    at = [log.state.next_offset(EATERS, feed, partition) for partition in range(FEEDS)]
    return not any(list(read(log, FEED, partition, at[partition])) for partition in range(FEEDS))
