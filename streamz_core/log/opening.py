"""Making a log, and holding it: what comes before the first look at its chain."""

from __future__ import annotations

import contextlib

from attrs import evolve

from streamz_core.env.door import Env, Lock
from streamz_core.errors import Corrupt, ForeignLog, Misuse, NotReady
from streamz_core.log.chain import identity, recovery
from streamz_core.log.chain.identity import Identity
from streamz_core.log.chain.layout import FULL, Layout, append_all, read_identity
from streamz_core.log.limits import Limits
from streamz_core.log.segments.writing import all_dead

NETWORK_FILE_SYSTEMS = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "9p", "fuse.sshfs", "ceph", "glusterfs"}
)
LEVEL = "power"  # of a log for which nobody asked for one


def identify(env: Env, layout: Layout, *, level: str | None, create: bool) -> Identity:
    """Which log this is, made at that level if it is missing and `create` allows it. ForeignLog, Corrupt, Misuse."""
    if not env.exists(layout.identity):
        if not create:
            _refuse_headless(env, layout)
            raise ForeignLog(
                f"{layout.root} holds no log; name the home of one that there is (--home, STREAMZ_HOME), or make it: streamz "
                "run and streamz topics create do"
            )
        _create(env, layout, level or LEVEL)
    return read_identity(env, layout)


def _refuse_headless(env: Env, layout: Layout) -> None:
    """Corrupt if all of a log is there but the file that says which one it is."""
    if env.list(layout.commit) and not env.exists(layout.identity):
        raise Corrupt(
            f"{layout.root} holds commit segments but no LOG file: without it nothing in them can be trusted; restore LOG "
            "from a copy of this log, or all of it from a backup"
        )


def refuse_level(root: str, asked: str | None, level: str) -> None:
    """Misuse if the log has another level than the one that was asked for."""
    if asked not in (None, level):
        raise Misuse(
            f"the log {root} has durability level {level!r}; {asked!r} was asked for. "
            f"The level belongs to the log: ask for that one, or for none; or change it for all: streamz log level {asked}"
        )


def _create(env: Env, layout: Layout, level: str) -> None:
    """Write LOG, whole or not at all; somebody else may be faster, then his counts.

    Its name is made durable by the cold start that begins the first segment.
    """
    if level not in identity.LEVELS:
        raise Misuse(f"durability level {level!r}; there are {' and '.join(identity.LEVELS)}")
    env.make_dirs(layout.root)
    _refuse_headless(env, layout)
    kind = env.file_system(layout.root)
    if kind in NETWORK_FILE_SYSTEMS:
        raise Misuse(f"{layout.root} is on {kind}; the log needs a local file system")
    temporary = f"{layout.root}/LOG.{env.random(4).hex()}"
    file = env.create(temporary)
    append_all(file, Identity(env.random(16), env.random(32), level).encode())
    file.datasync()
    file.close()
    with contextlib.suppress(FileExistsError):
        env.link(temporary, layout.identity)
    env.unlink(temporary)


def _raise_format(env: Env, layout: Layout, who: Identity) -> None:
    """LOG says the newest format from now on. The caller holds it exclusively: nobody lives who knows only
    an older one. May be killed anywhere: the copy beside is whole before anything is changed."""
    newest, held = evolve(who, version=identity.VERSION), env.read(layout.identity)
    if held == newest.encode():
        return
    if held != who.encode() and env.exists(layout.raised):
        # It was killed while it changed LOG: the copy is all there is, and stays until LOG says the same.
        _write_identity(env, layout, who)
        if who == newest:
            env.unlink(layout.raised)
            return
    if env.exists(layout.raised):
        env.unlink(layout.raised)
    try:
        copy = env.create(layout.raised)
        append_all(copy, newest.encode())
    except OSError as error:
        if error.errno in FULL:
            return  # another time: until then nothing is written that the old format does not know
        raise
    copy.datasync()
    copy.close()
    env.sync_dir(layout.root)
    _write_identity(env, layout, newest)
    env.unlink(layout.raised)


def _write_identity(env: Env, layout: Layout, who: Identity) -> None:
    file = env.open(layout.identity, write=True)
    file.pwrite(who.encode(), 0)  # in place: locks are held on this very file
    file.datasync()
    file.close()


def hold(env: Env, layout: Layout, who: Identity, limits: Limits) -> tuple[Lock, Identity]:
    """The shared lock on LOG that says a process lives, after a cold start if one is needed; and which log
    it is, in a format that does not change while anybody lives.

    NotReady if one is needed and another process still holds LOG.
    """
    give_up_s = env.monotonic() + 30 * limits.lock_wait_s
    wait_s = 0.0
    while True:
        alone = env.lock(layout.identity, exclusive=True, wait_s=wait_s)
        if alone is not None:
            try:
                if recovery.needed(env, layout, who):
                    recovery.cold_start(env, layout, who)
                _raise_format(env, layout, read_identity(env, layout))
                all_dead(env, layout)
                alone.downgrade()
            except BaseException:
                alone.release()
                raise
            return alone, read_identity(env, layout)
        shared = env.lock(layout.identity, exclusive=False, wait_s=limits.lock_wait_s)
        if shared is not None:
            if not recovery.needed(env, layout, who):
                return shared, read_identity(env, layout)
            shared.release()
        wait_s = limits.lock_wait_s
        if env.monotonic() > give_up_s:
            raise NotReady(
                f"the log {layout.root} needs a cold start (a sync failed, or the machine was restarted), "
                "and another process still holds LOG: end it (see /proc/locks) and start again"
            )
