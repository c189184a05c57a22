"""Workers with a global table on a machine that kills them: a record finds what was written before it."""

from __future__ import annotations

from random import Random

import pytest

from streamz_core.app import App
from streamz_core.broker.embedded import Broker
from streamz_core.broker.producer import Producer
from streamz_core.codecs.plain import STR
from streamz_core.config import Config
from streamz_core.env.door import Env
from streamz_core.runtime.job import Job
from streamz_core.runtime.worker import Worker
from streamz_core.testing.simulator import Profile, Simulation

HOME = "/home"
RECORDS = 120
TURNS = 300_000
CONFIG = Config(durability="process", log_free_bytes=0)


def job() -> Job:
    app = App("shop", durability="process", log_free_bytes=0, commit_interval_ms=5)
    people = app.global_table(app.topic("people", key=str, value=str, partitions=3))
    lines = app.stream(app.topic("in", key=str, value=str, partitions=2))

    @lines.join(people, on=lambda line: line, how="left")
    def found(line: str, person: str | None) -> str:
        return f"{line} {person}"

    found.to(app.topic("out", key=str, value=str, partitions=2))
    return app.job({}, Simulation(0).observer())


def work(env: Env) -> None:
    Worker(job(), env, HOME, memory=True).run(lambda: False)


def asked(number: int) -> int:
    """The person that was just written, or an old one."""
    return number if number % 2 else number // 2


def produce(env: Env) -> None:
    """Each person, then who asks for it."""
    with (
        Broker(env, HOME, CONFIG) as broker,
        Producer(broker, key=STR, value=STR) as producer,
    ):
        for number in range(RECORDS):
            for topic, key, value in (
                ("people", f"p{number}", f"person {number}"),
                ("in", f"k{number}", f"p{asked(number)}"),
            ):
                producer.send(topic, value, key=key)
                producer.flush()


def free(simulation: Simulation) -> bool:
    """Whether the log can be opened at once: who looks at it from outside cannot wait for one who has it alone."""
    env, path = simulation.observer(), f"{HOME}/log/LOG"
    held = env.lock(path, exclusive=False) if env.exists(path) else None
    if held is not None:
        held.release()
    return held is not None


def written(simulation: Simulation) -> list[str]:
    while not free(simulation):
        simulation.run(1)
    with Broker(simulation.observer(), HOME, CONFIG) as broker:
        backend = broker.backend
        if "out" not in backend.topics():
            return []
        backend.watch(["out"])
        return [
            STR.decode(value or b"")
            for partition in range(2)
            for batch in backend.fetch("out", partition, 0, bytes_max=1 << 30)
            for value in batch.values
        ]


@pytest.mark.parametrize("seed", range(8))
def test_a_record_finds_what_was_written_before_it_whoever_is_killed(seed: int) -> None:
    simulation = Simulation(seed, Profile(ring_lost=0.3, pieces=0.3, disorder=0.2))
    chance = Random(seed)
    for number in range(2):
        simulation.spawn(f"worker {number}", work, respawn=True)
    assert simulation.run_until(lambda: ready(simulation), TURNS, every=500)
    simulation.spawn("producer", produce)
    kills = 0
    while len(written(simulation)) < RECORDS:
        simulation.run(chance.randrange(100, 800))
        assert simulation.turns < TURNS
        workers = [one for one in simulation.processes if one.name.startswith("worker")]
        if kills < 12 and workers:
            simulation.kill(chance.choice(workers))
            kills += 1
    assert sorted(written(simulation)) == sorted(
        f"p{asked(number)} person {asked(number)}" for number in range(RECORDS)
    )
    assert kills > 3


def ready(simulation: Simulation) -> bool:
    if not free(simulation):
        return False
    with Broker(simulation.observer(), HOME, CONFIG) as broker:
        return "out" in broker.backend.topics()
