"""The process that moves records: it seals, retains and buries, as one janitor or as two at once."""

from streamz_core.env.door import Env
from streamz_core.log.upkeep.upkeep import Upkeep
from tests.chaos.log_processes import IDLE_S
from tests.chaos.log_world import World


def move(world: World, env: Env) -> None:
    """For ever: a turn, and some sleep."""
    log = world.open(env)
    upkeep = Upkeep(log)
    world.archive.follow(upkeep, world.sim.observer())
    while True:
        if upkeep.turn():
            world.sim.count("moved")
        else:
            log.wait(IDLE_S)
