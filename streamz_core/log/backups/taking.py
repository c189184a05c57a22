"""Taking a backup of a log that goes on living, and making a log of one."""

from __future__ import annotations

from collections.abc import Iterable

from attrs import frozen

from streamz_core.env.door import Env
from streamz_core.errors import Corrupt, ForeignLog, Misuse, StorageFull
from streamz_core.log.backups.contents import Piece, pieces
from streamz_core.log.backups.targets import (
    Folder,
    Target,
    discard,
    entries,
    pieces_of,
    target,
)
from streamz_core.log.chain import hint
from streamz_core.log.chain.identity import decode
from streamz_core.log.chain.layout import FULL, Layout, append_all
from streamz_core.log.inspection.checking import check
from streamz_core.log.log import Log

ATTEMPTS = 20
IDENTITY = "LOG"


@frozen
class Taken:
    """What a backup holds: the log up to commit `lsn`, in so many files and bytes."""

    lsn: int
    files: int
    bytes: int


def take(log: Log, path: str) -> Taken:
    """Copy the log as of now to `path`, a directory or a file that ends in .tar, which there must not be.

    `log` watches everything. Others go on: what they commit meanwhile is not in it. Misuse if `path` is
    taken or lies in the log, Corrupt if the log is damaged; what was begun is removed then.
    """
    env = log.env
    if env.exists(path):
        raise Misuse(f"{path} exists: a backup is never written over another; name a new one")
    if path.startswith(f"{log.layout.root}/"):
        raise Misuse(
            f"{path} lies in the log itself, {log.layout.root}, and would go with it; name another place, best on "
            "another disk"
        )
    folder = path.rpartition("/")[0]
    if folder and not env.exists(folder):
        raise Misuse(f"{path}: there is no directory {folder}; make it, or name another place")
    for _ in range(ATTEMPTS):
        log.refresh()
        log.acknowledge(log.state.lsn)
        discard(env, path)
        try:
            return _copied(log, target(env, path))
        except FileNotFoundError:
            continue  # its records lie elsewhere by now
        except BaseException as error:
            discard(env, path)
            if isinstance(error, OSError) and error.errno in FULL:
                raise StorageFull(
                    f"{path}: {error.strerror}; what was begun of the backup is removed: make room there, or name a place "
                    "that has it"
                ) from error
            raise
    raise Misuse(f"{log.layout.root}: files went faster than they could be copied; try again")


def restore(env: Env, path: str, directory: str) -> Taken:
    """Make the log of a backup in `directory`, where there must be none. Every byte is checked before it counts.

    Misuse if there is a log, Corrupt or ForeignLog if `path` holds no whole backup: nothing is left of it.
    """
    layout = Layout(directory)
    if env.exists(directory):
        left = "" if env.exists(layout.identity) else " (it is no log: remove it)"
        raise Misuse(f"{directory} exists{left}: a backup is restored where there is nothing yet")
    if not env.exists(path):
        raise ForeignLog(f"{path} does not exist: there is no backup to restore")
    try:
        identity, files, size = _unpacked(env, path, directory)
        found = check(env, layout, decode(identity, f"{path}: LOG"))
        if found.faults:
            raise Corrupt(f"{path} is damaged: {found.faults[0].why}. Nothing was restored")
        env.make_dirs(layout.members)
        _begin(env, layout, identity)
    except BaseException:
        env.remove_tree(directory)
        raise
    return Taken(found.commits, files, size)


def _copied(log: Log, made: Target) -> Taken:
    count = size = 0
    try:
        made.add(*_witness(log))
        for piece in pieces(log):
            file = log.env.open(f"{log.layout.root}/{piece.path}")
            try:
                made.add(piece, pieces_of(file, piece.bytes))
            finally:
                file.close()
            count, size = count + 1, size + piece.bytes
        made.close()
    except BaseException:
        made.abandon()
        raise
    return Taken(log.state.lsn, count + 1, size)


def _witness(log: Log) -> tuple[Piece, Iterable[bytes]]:
    """A copy from which something goes missing will not look whole."""
    data = hint.encode((log.state.lsn, log.state.hash))
    return Piece("durable", len(data)), [data]


def _unpacked(env: Env, path: str, into: str) -> tuple[bytes, int, int]:
    """(LOG, files, bytes): all is there but LOG, without which it is no log."""
    folder, identity, count, size = Folder(env, into), b"", 0, 0
    for name, content in entries(env, path):
        count += 1
        if name == IDENTITY:
            identity = b"".join(content)
            size += len(identity)
        else:
            size += folder.add(Piece(name, 0), content)
    folder.close()
    if not identity:
        raise Corrupt(f"{path} holds no LOG file: it is no whole backup. Nothing was restored")
    return identity, count, size


def _begin(env: Env, layout: Layout, identity: bytes) -> None:
    """From now on it is a log."""
    fresh = f"{layout.identity}.new"
    file = env.create(fresh)
    try:
        append_all(file, identity)
        file.datasync()
    finally:
        file.close()
    env.rename(fresh, layout.identity)
    env.sync_dir(layout.root)
    env.sync_dir(layout.root.rpartition("/")[0] or "/")
