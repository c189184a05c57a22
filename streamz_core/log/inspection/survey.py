"""What lies in the directory of a log: which log it is, its files, how far its chain goes."""

from __future__ import annotations

from collections import Counter

from attrs import frozen

from streamz_core.env.door import Env
from streamz_core.errors import Corrupt
from streamz_core.log.chain.chain import Chain
from streamz_core.log.chain.frame import Frame
from streamz_core.log.chain.hint import read_hint
from streamz_core.log.chain.identity import Identity
from streamz_core.log.chain.layout import Layout, segments, size_of
from streamz_core.log.chain.poison import is_poisoned
from streamz_core.log.chain.succession import read_segment_head
from streamz_core.log.checkpoints.finding import oldest
from streamz_core.log.presence import Presence
from streamz_core.log.records.index import Index
from streamz_core.log.records.kinds import fold


@frozen
class Segment:
    """A file of the chain: its records follow commit `after`."""

    number: int
    after: int
    bytes: int


@frozen
class Writer:
    """Who wrote data files, `files` of them that are still there. `member`: it lives, and is one of a group."""

    incarnation: bytes
    files: int
    bytes: int
    member: bool


@frozen
class Survey:
    """What was seen. `why`: what stopped the reading of the chain at commit `commits`, "" if nothing did.

    `healed`: records of the chain that were read from copies. `kinds`: how many records of each kind it holds behind commit `since`; `durable`: the newest that is known to be on the disk.
    """

    identity: Identity
    level: str
    segments: list[Segment]
    writers: list[Writer]
    kinds: dict[str, int]
    since: int
    commits: int
    durable: int
    poisoned: bool
    why: str
    healed: int
    topics: int
    partitions: int
    records: int
    members: int
    groups: int


def survey(env: Env, layout: Layout, identity: Identity) -> Survey:
    """Look at everything once, while others may be writing. Only LOG has to be whole."""
    durable, start = read_hint(env, layout)[0], oldest(env, layout, identity, Index())
    state, since, kinds, why, healed = start.state, start.begin.lsn, Counter[str](), "", 0

    def take(found: Frame, _: tuple[int, int], __: bytes) -> None:
        kinds[fold(state, found).name] += 1

    try:
        chain = Chain(env, layout, identity, take, start.begin)
        try:
            chain.tail()
        finally:
            chain.close()
            healed = len(chain.passed.healed)
    except Corrupt as error:
        why = str(error)
    names = state.names.values()
    return Survey(
        identity,
        state.level.name or identity.level,
        _segments(env, layout, identity),
        _writers(env, layout),
        dict(sorted(kinds.items())),
        since,
        state.lsn,
        durable,
        is_poisoned(env, layout, identity),
        why,
        healed,
        topics=len(state.names),
        partitions=sum(topic.partitions for topic in names),
        records=sum(sum(state.ends[topic.id]) - sum(state.starts[topic.id]) for topic in names),
        members=len(state.members),
        groups=len(state.groups),
    )


def _segments(env: Env, layout: Layout, identity: Identity) -> list[Segment]:
    found = []
    for number in segments(env, layout):
        try:
            after = read_segment_head(env, layout, identity, number).lsn
        except Corrupt:
            after = -1
        found.append(Segment(number, after, size_of(env, layout.segment(number))))
    return found


def _writers(env: Env, layout: Layout) -> list[Writer]:
    presence, found = Presence(env, layout), []
    for name in sorted(env.list(layout.data)):
        folder = f"{layout.data}/{name}"
        sizes = [
            size_of(env, f"{folder}/{number}") for number in env.list(folder) if number.isdigit()
        ]
        incarnation = bytes.fromhex(name)
        found.append(Writer(incarnation, len(sizes), sum(sizes), presence.lives(incarnation)))
    return found
