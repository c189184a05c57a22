"""Where the copies of the workers lie: each takes one that nobody has, and makes a new one only then.

`state/<app>/@global/<store>/<n>`; no part of an app can have a name like that.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from streamz_core.env.door import Env
from streamz_core.runtime.state.statedir import (
    Judge,
    Opened,
    app_directory,
    fingerprint,
    in_use,
    make_folder,
    numbers,
    refused,
    unusable,
)
from streamz_core.topology.nodes import GlobalTable
from streamz_state import StateCorrupt, StateError, StateLocked, open_rocksdb

logger = logging.getLogger("streamz.state")

WAIT_S = 1.0  # for one who opens a copy
NUMBER = 1  # of the store in the database of a copy, which holds no other


def copies_directory(home: str, app: str, store: str) -> str:
    """Where the copies of a table lie, that of each worker under a number."""
    return f"{app_directory(home, app)}/@global/{store}"


def copy_fingerprint(broker: bytes, table: GlobalTable) -> bytes:
    """What a copy must have been made for to be of use."""
    return fingerprint(broker, f"@global/{table.topic.name}", [table.kept])


def open_copy(env: Env, folder: str, maker: bytes, refuse: Judge) -> Opened:
    """The first copy that is of use and that no other worker has open, or a new one.

    What is of no use to anybody is removed, and logged with its cause. `maker`: its fingerprint.
    """
    make_folder(env, folder)
    known = sorted(numbers(env, folder))
    causes: list[str] = []
    with _alone(env, folder) as alone:
        for number in known if alone else ():
            found, why = _opened(f"{folder}/{number}", maker, refuse)
            if found is not None:
                return found
            if why:
                logger.warning("a copy is discarded: %s/%d %s", folder, number, why)
                env.remove_tree(f"{folder}/{number}")
                causes.append(f"{number} {why}")
        fresh = known[-1] if known else 0
        while True:
            fresh += 1
            found, _ = _opened(f"{folder}/{fresh}", maker, refuse)
            if found is not None:
                cause = "; ".join(causes) or "no copy that nobody has open"
                return Opened(found.database, found.directory, cause)


def discard_copy(env: Env, directory: str) -> None:
    """Remove a copy that was closed, unless another worker took it meanwhile: it will find out what is wrong with it."""
    with _alone(env, directory.rpartition("/")[0]) as alone:
        if alone and not in_use(directory):
            env.remove_tree(directory)


@contextmanager
def _alone(env: Env, folder: str) -> Iterator[bool]:
    """Nobody else opens a copy in that folder, or removes one; false if who does has stood still for so long that it is
    not waited for: then what there is may be half gone.
    """
    lock = env.lock(f"{folder}/lock", exclusive=True, wait_s=WAIT_S)
    try:
        yield lock is not None
    finally:
        if lock is not None:
            lock.release()


def _opened(directory: str, maker: bytes, refuse: Judge) -> tuple[Opened | None, str]:
    """The database, or None and why it is of no use; "" if another worker has it."""
    try:
        database = open_rocksdb(directory)
        why = unusable(database, maker, refuse)
    except StateLocked:
        return None, ""
    except StateCorrupt as error:
        return None, f"is corrupt ({error.damage})"
    except StateError as error:
        raise refused(error) from error
    if why:
        database.close()
        return None, why
    return Opened(database, directory, ""), ""
