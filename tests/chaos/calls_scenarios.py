"""What `chaos calls` lets fail: a scenario is one row, what comes before and what is done.

What is done may be done again: after any failure a new process must get through it.
"""

from collections.abc import Callable

from attrs import evolve, frozen

from streamz_core.env.door import Env
from streamz_core.log.log import Log
from streamz_core.log.records.moved.places import sealed_end
from streamz_core.log.removing import lose, reset
from streamz_core.log.upkeep.upkeep import Upkeep
from streamz_core.log.values import TaskCommit
from tests.chaos.calls_play import LARGE, LIMITS, PARTITIONS, ROOT, SMALL, TOPIC, Play, read

Step = Callable[[Play, Env], None]


@frozen
class Scenario:
    """`before` is done without a fault; then the power is cut, or a sync fails, if that is asked for."""

    act: Step
    before: Step | None = None
    cut: bool = False
    poison: bool = False


def filled(play: Play, env: Env) -> None:
    """A log with commits of both kinds."""
    log = play.begin(env)
    for size in (SMALL, LARGE, SMALL, LARGE):
        play.commit(log, size)
    log.close()


def left_behind(play: Play, env: Env) -> None:
    """The same, by a process that does not close it."""
    log = play.begin(env)
    for size in (SMALL, LARGE, LARGE, SMALL):
        play.commit(log, size)


def open_and_commit(play: Play, env: Env) -> None:
    log = play.begin(env)
    play.commit(log, SMALL)


def inline(play: Play, env: Env) -> None:
    log = play.begin(env)
    for _ in range(3):
        play.commit(log, SMALL)


def with_data(play: Play, env: Env) -> None:
    """Three data files: each takes two."""
    log = play.begin(env)
    for _ in range(5):
        play.commit(log, LARGE)


def topics(play: Play, env: Env) -> None:
    log = play.begin(env)
    for name in ("more", "and more"):
        assert log.create_topic(name, 3, {"cleanup": "compact"}).partitions == 3
    play.commit(log, SMALL)


def losing(play: Play, env: Env) -> None:
    """A record that nobody reads any more; it is none of those that were told of."""
    log = play.begin(env)
    topic = log.create_topic("lossy", 1, {}).id
    if log.state.end(topic, 0) == 0:
        extra = play.outputs(log, "lossy", [b"gone", b"kept"])
        log.acknowledge(log.commit([], extra).lsn)
    if log.state.start(topic, 0) == 0:
        lose(log, topic, 0, 0, 1, "delete_records")
    assert log.state.start(topic, 0) == 1


def resetting(play: Play, env: Env) -> None:
    """A group that consumed, and begins anew."""
    log = play.begin(env)
    topic = log.topic(TOPIC).id
    at = log.state.next_offset("group", topic, 0)
    if at == 0:
        done = log.commit([TaskCommit("group", "", 0, [(topic, 0, 0, 1)])], [])
        log.acknowledge(done.lsn)
    reset(log, "group", {(topic, 0): None}, asker="calls")
    assert log.state.next_offset("group", topic, 0) == 0


def membership(play: Play, env: Env) -> None:
    log = play.begin(env)
    log.join([TOPIC], "group", {})
    play.commit(log, SMALL)
    log.leave()
    log.wait(0.0)


def schemas(play: Play, env: Env) -> None:
    log = play.begin(env)
    topic = log.topic(TOPIC).id
    log.register({b"1234": b"a schema"}, [(topic, "value", b"1234")])
    assert log.state.schemas_of(topic, "value") == {b"1234": b"a schema"}


def watching_later(play: Play, env: Env) -> None:
    """The chain is read once more, and then all of the topic."""
    play.log = log = Log.open(env, ROOT, level=play.level, limits=LIMITS)
    log.watch([TOPIC])
    assert min(len(read(log, partition)) for partition in range(PARTITIONS)) >= 4


def background(play: Play, env: Env) -> None:
    """A second of work: what is synced beside it, and a look after the dead."""
    log = play.begin(env)
    log.join([TOPIC], "group", {})
    for _ in range(4):
        play.commit(log, LARGE)
        for _ in range(15):
            log.wait(0.4)
            log.refresh()
    log.close()


def moving(play: Play, env: Env) -> None:
    """Everything is sealed, merged, and what is of no use goes."""
    log = play.begin(env)
    log.limits = evolve(LIMITS, seal_bytes=1, merge_files=2)
    upkeep = Upkeep(log)
    for size in (SMALL, LARGE):
        play.commit(log, size)
        for _ in range(6):
            upkeep.turn()
            log.wait(0.02)
    topic = log.topic(TOPIC).id
    assert sealed_end(log.state, topic, 0) > 0
    upkeep.close()


SCENARIOS = {
    "open a new log": Scenario(open_and_commit),
    "open": Scenario(open_and_commit, filled),
    "open what others left": Scenario(open_and_commit, left_behind),
    "cold start after a power cut": Scenario(open_and_commit, filled, cut=True),
    "cold start of what others left": Scenario(open_and_commit, left_behind, cut=True),
    "cold start after a failed sync": Scenario(open_and_commit, left_behind, poison=True),
    "commit inline": Scenario(inline, filled),
    "commit with data": Scenario(with_data, filled),
    "create topics": Scenario(topics, filled),
    "lost": Scenario(losing, filled),
    "reset": Scenario(resetting, filled),
    "join and leave": Scenario(membership, filled),
    "schemas": Scenario(schemas, filled),
    "watch later": Scenario(watching_later, filled),
    "background": Scenario(background, filled),
    "move": Scenario(moving, left_behind),
}
