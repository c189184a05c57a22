"""What `chaos calls` lets fail: a scenario is one row, what comes before and what is done.

What is done may be done again: after any failure a new process must get through it.
"""

from collections.abc import Callable
from functools import partial

from attrs import evolve, frozen

from streamz_core.env.door import Env
from streamz_core.errors import Corrupt, ForeignLog
from streamz_core.log.backups.recovering import finish, look, roll_back
from streamz_core.log.backups.taking import restore, take
from streamz_core.log.backups.targets import TAR
from streamz_core.log.chain.layout import Layout, read_identity, segments
from streamz_core.log.checkpoints.keeper import Keeper
from streamz_core.log.limits import Limits
from streamz_core.log.log import Log
from streamz_core.log.packing import pack
from streamz_core.log.records.moved.places import sealed_end
from streamz_core.log.removing import lose, reset
from streamz_core.log.upkeep.leveling import set_level
from streamz_core.log.upkeep.upkeep import Upkeep
from streamz_core.log.values import TaskCommit
from tests.chaos.calls_play import (
    LARGE,
    LIMITS,
    PARTITIONS,
    ROOT,
    SMALL,
    TOPIC,
    Play,
    everything,
    read,
)

Step = Callable[[Play, Env], None]
BACKUP, COPY = "/home/backup", "/home/copy"
ROLLING = evolve(
    LIMITS,
    chain_segment_bytes=600,
    checkpoint_bytes=1,
    checkpoint_s=0.0,
    seal_bytes=1,
    merge_files=2,
    past_bytes=1,
)


@frozen
class Scenario:
    """`before` is done without a fault; then the power is cut, or a sync fails, if that is asked for.

    `keeps`: the log keeps its level. `absent`: until it is done there is no log that can be looked at.
    """

    act: Step
    before: Step | None = None
    cut: bool = False
    poison: bool = False
    limits: Limits = LIMITS
    keeps: bool = True
    absent: bool = False


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


def rolling(play: Play, env: Env) -> None:
    """Commits go into one segment after the other."""
    log = play.begin(env)
    first = log.chain.segment
    for size in (SMALL, LARGE, *[SMALL] * 5):
        play.commit(log, size)
    assert log.chain.segment > first


def checkpoints(play: Play, env: Env) -> None:
    """Two are written, and what they make needless goes; the second is where the next one begins."""
    play.log = log = Log.open(
        env, ROOT, watch=[TOPIC], everything=True, level=play.level, limits=play.limits
    )
    log.create_topic(TOPIC, PARTITIONS, {})
    keeper = Keeper(log)
    for size in (SMALL, LARGE):
        play.commit(log, size)
        while keeper.turn() is None:
            log.wait(0.02)
            log.tick()
    log.close()
    again = play.open(env)
    assert again.state.lsn == log.state.lsn
    play.commit(again, SMALL)


def forgetting(play: Play, env: Env) -> None:
    """A janitor's turns while segments roll: checkpoints, files of partitions, and old segments go."""
    log = play.begin(env)
    upkeep = Upkeep(log)
    for size in (SMALL, LARGE, SMALL, LARGE):
        play.commit(log, size)
        for _ in range(4):
            upkeep.turn()
            log.wait(0.02)
    assert segments(env, log.layout)[0] > 1
    upkeep.close()


def compaction(play: Play, env: Env) -> None:
    """A topic of which only the last record of each key has to stay."""
    log = play.begin(env)
    topic = log.create_topic("rows", 1, {"cleanup.policy": "compact"})
    log.watch(["rows"])
    upkeep = Upkeep(log)
    for turn in range(3):
        values = [b"%d" % turn] * 3
        rows = pack(log, topic, 0, [b"a", b"b", b"c"], values, [0] * 3)
        log.acknowledge(log.commit([], rows).lsn)
        for _ in range(4):
            upkeep.turn()
            log.wait(0.02)
    play.commit(log, SMALL)
    found = {}
    for batch in everything(log, topic.id, 0):
        found |= dict(zip(batch.keys, batch.values, strict=True))
    assert found == dict.fromkeys((b"a", b"b", b"c"), b"2")
    upkeep.close()


def backup(play: Play, env: Env, target: str) -> None:
    """Taken of what lives, and whole."""
    log = play.begin(env)
    play.commit(log, LARGE)
    if env.exists(target):  # of a try that came to its end
        env.unlink(target) if target.endswith(TAR) else env.remove_tree(target)
    whole = Log.open(env, ROOT, create=False, everything=True, limits=LIMITS)
    try:
        taken = take(whole, target)
        assert taken.lsn == log.state.lsn
        if not env.exists(COPY):
            assert restore(env, target, COPY).lsn == taken.lsn
        env.remove_tree(COPY)
    finally:
        whole.close()


def taken_and_gone(play: Play, env: Env) -> None:
    """A log of which only a backup is left."""
    filled(play, env)
    whole = Log.open(env, ROOT, create=False, everything=True, limits=LIMITS)
    take(whole, BACKUP)
    whole.close()
    env.remove_tree(ROOT)
    env.sync_dir("/home")


def restored(play: Play, env: Env) -> None:
    """The log of the backup goes on."""
    try:
        log = Log.open(env, ROOT, watch=[TOPIC], create=False, level=play.level, limits=LIMITS)
    except (Corrupt, ForeignLog):  # as the operator does who is told so
        env.remove_tree(ROOT)
        restore(env, BACKUP, ROOT)
        log = play.open(env)
    play.log = log
    play.commit(log, SMALL)


def damaged(play: Play, env: Env) -> None:
    """A log whose last commit but one cannot be read, nor healed from a copy: it is refused."""
    log = play.begin(env)
    for size in (SMALL, LARGE, SMALL):
        play.commit(log, size)
    bad = log.chain.end + 10
    for size in (SMALL, SMALL):
        play.commit(log, size)
    path = log.layout.segment(log.chain.segment)
    log.close()
    file = env.open(path, write=True)
    file.pwrite(bytes([file.pread(1, bad)[0] ^ 1]), bad)
    file.datasync()
    file.close()
    env.remove_tree(log.layout.copies)
    env.sync_dir(ROOT)
    del play.told[3:]  # that is what the recovery says it costs


def recovering(play: Play, env: Env) -> None:
    """It goes on from the last commit that can be read, however often it is tried."""
    layout = Layout(ROOT)
    finish(env, layout)
    who = read_identity(env, layout)
    if look(env, layout, who).why:
        roll_back(env, layout, who, f"{ROOT}.{env.random(4).hex()}")
    play.commit(play.open(env), SMALL)


def leveling(play: Play, env: Env) -> None:
    """To the other level, and back."""
    log = play.begin(env)
    for _ in range(2):
        other = "process" if log.durability.level == "power" else "power"
        if other == "process":
            play.level = other  # from here on, whether it is told or not
        set_level(log, other)
        play.level = other
        play.commit(log, SMALL)


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
    "roll": Scenario(rolling, filled, limits=ROLLING),
    "open in the midst of rolling": Scenario(open_and_commit, rolling, limits=ROLLING),
    "checkpoint": Scenario(checkpoints, filled, limits=ROLLING),
    "open from a checkpoint": Scenario(open_and_commit, checkpoints, limits=ROLLING),
    "cold start from a checkpoint": Scenario(
        open_and_commit, checkpoints, cut=True, limits=ROLLING
    ),
    "forget": Scenario(forgetting, filled, limits=ROLLING),
    "open what forgot": Scenario(open_and_commit, forgetting, limits=ROLLING),
    "compact": Scenario(compaction, filled, limits=ROLLING),
    "backup": Scenario(partial(backup, target=BACKUP), filled),
    "backup into a tar file": Scenario(partial(backup, target=f"{BACKUP}{TAR}"), filled),
    "restore": Scenario(restored, taken_and_gone, absent=True),
    "recover": Scenario(recovering, damaged, absent=True),
    "level": Scenario(leveling, filled, keeps=False),
}
