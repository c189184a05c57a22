"""The way out for a log that cannot be opened: it goes on from the last commit that can be read.

Nothing is thrown away: what can be read is copied, as a backup is, and takes the place of the log; the
damaged one stays beside it.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import closing

from attrs import frozen

from streamz_core.env.door import Env
from streamz_core.errors import Corrupt, Misuse
from streamz_core.log.backups.contents import Piece, pieces
from streamz_core.log.backups.targets import CHUNK_BYTES, Folder
from streamz_core.log.chain import hint, recovery
from streamz_core.log.chain.identity import Identity
from streamz_core.log.chain.layout import Layout
from streamz_core.log.limits import Limits
from streamz_core.log.log import Log
from streamz_core.log.removing import lose

RECOVERED = ".recovered"


@frozen
class Gap:
    """Records of one commit that the disk cannot read, and what it says."""

    topic: str
    partition: int
    start: int
    stop: int
    lsn: int
    why: str


@frozen
class Rollback:
    """How far a log can be read. `why` it is not opened as it is, "" if it is: then nothing is to be done.

    `lsn`: the last commit that can be read; `known`: one that was durable; commits behind `lsn` are lost. `unreadable`: where
    no commit is lost, records of the last ones that the disk cannot read: nobody knows whether they were durable.
    """

    lsn: int
    known: int
    why: str
    unreadable: Sequence[Gap] = ()

    @property
    def lost(self) -> int:
        """How many commits are known to be lost; there may be more."""
        return max(self.known - self.lsn, 0)


def look(env: Env, layout: Layout, identity: Identity) -> Rollback:
    """What a recovery would do; nothing is changed. Misuse while a process has the log open."""
    held = env.lock(layout.identity, exclusive=True)
    if held is None:
        raise Misuse(
            f"{layout.root}: a process has this log open, so it is in order; end what runs and ask again"
        )
    try:
        log, why = _read(env, layout, identity)
        try:
            seen = recovery.witnesses(env, layout, identity)
            known = max([log.state.lsn, *(lsn for lsn, _ in seen)])
            short = [
                f"commit {lsn} was durable, and is not on the chain that can be read"
                for lsn, hash_ in seen
                if lsn > log.state.lsn or log.state.on_chain(lsn, hash_) is False
            ]
            why = why or next(iter(short), "")
            gaps = () if why else _gaps(log, recovery.unreadable(env, layout, identity))
            return Rollback(log.state.lsn, known, why, gaps)
        finally:
            log.close()
    finally:
        held.release()


def roll_back(env: Env, layout: Layout, identity: Identity, away: str) -> int:
    """Put what can be read in the place of the log, which goes to `away`; the last commit of it.

    May be interrupted anywhere and run again. Misuse while a process has the log open, or if `away` is taken.
    """
    if env.exists(away):
        raise Misuse(f"{away} exists; name another place for the damaged log")
    held = env.lock(layout.identity, exclusive=True)
    if held is None:
        raise Misuse(f"{layout.root}: a process has this log open; end it first")
    fresh = f"{layout.root}{RECOVERED}"
    try:
        env.remove_tree(fresh)
        log, _ = _read(env, layout, identity)
        try:
            made = Folder(env, fresh)
            known = hint.encode((log.state.lsn, log.state.hash))
            made.add(Piece("durable", len(known)), [known])
            env.make_dirs(Layout(fresh).members)
            for piece in pieces(log):  # LOG is the last of them
                with closing(_what_there_is(env, layout, piece)) as content:
                    made.add(piece, content)
            made.close()
            end = log.state.lsn
        finally:
            log.close()
        beside = layout.root.rpartition("/")[0] or "/"
        # Each step is on the disk before the next: a power cut keeps any of two.
        env.sync_dir(beside)
        env.rename(layout.root, away)
        env.sync_dir(beside)
        env.rename(fresh, layout.root)
        env.sync_dir(beside)
    finally:
        held.release()
    return end


def give_up(env: Env, layout: Layout, identity: Identity) -> list[Gap]:
    """Let the log go on without records of its last commits that the disk cannot read; which those were.

    They are told to be lost, and the files they lie in stay, or a copy of them does. May be interrupted anywhere: then
    `streamz topics skip` is told to whoever comes to them. Misuse while a process has the log open.
    """
    held = env.lock(layout.identity, exclusive=True)
    if held is None:
        raise Misuse(f"{layout.root}: a process has this log open; end it first")
    found: list[recovery.Unreadable] = []
    try:
        if recovery.needed(env, layout, identity):
            recovery.cold_start(env, layout, identity, found)
    finally:
        held.release()
    log = Log.open(env, layout.root, create=False)
    try:
        gaps = _gaps(log, found)
        for one, gap in zip(found, gaps, strict=True):
            lose(log, one.span[0], gap.partition, gap.start, gap.stop, "skip")
    finally:
        log.close()
    return gaps


def _gaps(log: Log, found: list[recovery.Unreadable]) -> list[Gap]:
    topics = log.state.topics
    return [Gap(topics[one.span[0]].name, *one.span[1:], one.lsn, one.why) for one in found]


def finish(env: Env, layout: Layout) -> bool:
    """Go on where `roll_back` was interrupted at its very end; whether it was."""
    fresh = f"{layout.root}{RECOVERED}"
    if env.exists(layout.root) or not env.exists(Layout(fresh).identity):
        return False
    env.rename(fresh, layout.root)
    env.sync_dir(layout.root.rpartition("/")[0] or "/")
    return True


def _read(env: Env, layout: Layout, identity: Identity) -> tuple[Log, str]:
    """A handle that stands at the last commit that can be read, and what keeps it from going on."""
    log = Log(env, layout, identity, Limits(), everything=True)
    try:
        log.chain.tail()
        for durable in sorted(recovery.witnesses(env, layout, identity)):
            log.chain.heal(durable)
    except Corrupt as error:
        why = str(error)
    except BaseException:
        log.close()
        raise
    else:
        why = ""
    return log, why


def _what_there_is(env: Env, layout: Layout, piece: Piece) -> Generator[bytes, None, None]:
    """The bytes of a piece, as far as they are there: what lacks is lost to whoever reads it."""
    try:
        file = env.open(f"{layout.root}/{piece.path}")
    except FileNotFoundError:
        return
    try:
        at = 0
        while at < piece.bytes and (data := file.pread(min(CHUNK_BYTES, piece.bytes - at), at)):
            yield data
            at += len(data)
    finally:
        file.close()
