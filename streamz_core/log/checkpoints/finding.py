"""Which checkpoint a log is read from: the newest that is whole, ours, and of a record on the chain."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from attrs import frozen

from streamz_core.env.door import Env
from streamz_core.errors import Corrupt, ForeignLog, Unsupported
from streamz_core.log.chain.chain import NEVER
from streamz_core.log.chain.identity import Identity
from streamz_core.log.chain.layout import Layout
from streamz_core.log.chain.lookup import placed
from streamz_core.log.chain.succession import Begin, Succession
from streamz_core.log.checkpoints import file
from streamz_core.log.checkpoints.file import Checkpoint
from streamz_core.log.records.index import Index
from streamz_core.log.records.state import State, Topic

KEPT = 2


@frozen
class Start:
    """Where a log is read from: the state there, and the checkpoint that says it, if there is one."""

    state: State
    begin: Begin
    checkpoint: Checkpoint | None = None

    def load(self, env: Env, topics: Iterable[Topic], index: Index) -> None:
        """Take the ranges that these topics have there into an index. Corrupt: begin somewhere else."""
        if self.checkpoint is not None:
            file.load(env, self.checkpoint, self.state, topics, index)


def starts(env: Env, layout: Layout, identity: Identity, most: int = NEVER) -> Iterator[Start]:
    """Places to read the log from, the best first; the last one is its beginning. None is behind record `most`.

    A checkpoint that is damaged, foreign, of a newer version, or of a record that is not on the chain is passed over.
    """
    for found in sound(env, layout, identity):
        if found.begin.lsn > most:
            continue
        begin = placed(env, layout, identity, found.begin)
        if begin is None:
            continue
        try:
            yield Start(file.state_of(found), begin, found)
        except (Corrupt, Unsupported):
            continue
    yield Start(State(), Begin())


def begin(env: Env, layout: Layout, identity: Identity, index: Index, most: int = NEVER) -> Start:
    """Where to read the log from; `index` has the ranges there of what it watches. Corrupt if it cannot be read from
    anywhere."""
    while True:
        seen = numbers(env, layout)
        try:
            return _begin(env, layout, identity, index, most)
        except Corrupt:
            if numbers(env, layout) == seen:
                raise
            # Those that were seen went, and what was before them; there are newer ones.


def _begin(env: Env, layout: Layout, identity: Identity, index: Index, most: int) -> Start:
    for start in starts(env, layout, identity, most):
        topics = start.state.names.values()
        wanted = [one for one in topics if index.everything or one.name in index.watched]
        try:
            start.load(env, wanted, index)
        except (Corrupt, FileNotFoundError):
            index.ranges.clear()
            continue
        if start.checkpoint is None:
            Succession(env, layout, identity, start.begin)  # Corrupt if its beginning is gone
        return start
    raise AssertionError("a log has a beginning")


def oldest(env: Env, layout: Layout, identity: Identity, index: Index) -> Start:
    """From where most of the chain is read: its beginning, or where it begins by now. Corrupt if it cannot be read."""
    found = list(starts(env, layout, identity))
    for start in reversed(found):
        try:
            Succession(env, layout, identity, start.begin)
            start.load(env, start.state.names.values(), index)
        except (Corrupt, FileNotFoundError):
            index.ranges.clear()
            continue
        return start
    return found[-1]  # what reads it will tell what is missing


def sound(env: Env, layout: Layout, identity: Identity) -> Iterator[Checkpoint]:
    """The checkpoints that are whole and ours, the newest first; whether they are of this chain is not known."""
    for lsn in numbers(env, layout):
        try:
            yield file.read(env, identity, layout.checkpoint(lsn))
        except (Corrupt, ForeignLog, Unsupported, FileNotFoundError):
            continue


def kept(
    env: Env, layout: Layout, identity: Identity, most: int, carry: int
) -> tuple[list[Checkpoint], bool]:
    """Those that have to stay, the newest first, none behind record `most`; and whether no more is needed.

    One of the two newest may be damaged one day. And after a failed sync none counts that is behind `carry`, the record
    that the newest segment continues: while there is no older one, the chain is needed from its beginning.
    """
    found: list[Checkpoint] = []
    for one in sound(env, layout, identity):
        older = one.begin.lsn <= carry
        if one.begin.lsn <= most and (older or len(found) < KEPT):
            found.append(one)
        if older and len(found) >= KEPT:
            return found, True
    return found, False


def numbers(env: Env, layout: Layout) -> list[int]:
    """The records that checkpoints are named after, the newest first."""
    names = env.list(layout.checkpoints)
    return sorted((int(name) for name in names if name.isdigit()), reverse=True)
