"""The directories of a task's state: which one to use, and why another was left.

`state/<app>/<sub-topology>/<partition>/<n>`: the highest n that opens and whose commit is on the chain
is used, else n + 1 is begun empty and restored.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Mapping
from errno import EDQUOT, ENOSPC
from typing import Any

import msgpack
from attrs import frozen

from streamz_core.broker.backend import Backend, Mark
from streamz_core.env.door import Env
from streamz_core.errors import Misuse, NotReady, StorageFull, StreamzError
from streamz_core.topology.nodes import StoreSpec
from streamz_state import (
    Database,
    Position,
    StateCorrupt,
    StateError,
    StateFull,
    StateLocked,
    open_rocksdb,
)

logger = logging.getLogger("streamz.state")

NOT_SOURCED: Mapping[str, str] = {}
TOO_MANY = "Too many open files"  # as the system says it, and RocksDB passes it on
Judge = Callable[[Position], str]
"""Why state that says this of itself is of no use; "" if it is."""
Places = Mapping[str, tuple[str, int]]
"""The topic and partition of each changelog offset that a position has."""
NO_PLACES: Places = {}
Explain = Callable[[Position], str]
"""How state differs that has another fingerprint than is wanted."""


def unlike(position: Position) -> str:  # noqa: ARG001 - nothing is known of it
    """What can be said of any."""
    return "was made for other stores, another task or another log"


@frozen
class Opened:
    """An open database and why it must be restored from the start ("" if it need not)."""

    database: Database
    directory: str
    cause: str


def app_directory(home: str, app: str) -> str:
    """Where everything lies that an app keeps on the disk beside the log."""
    return f"{home}/state/{app}"


def task_directory(home: str, app: str, sub: str, partition: int) -> str:
    """Where the state directories of a task lie."""
    return f"{app_directory(home, app)}/{sub}/{partition}"


def judge(backend: Backend, app: str, places: Places = NO_PLACES) -> Judge:
    """What the broker says of state of an app: whether it knows the moment, whether a reset came since, and whether
    deletes that the state has not heard of are still there.
    """

    def why(position: Position) -> str:
        mark = Mark(position.commit, position.hash)
        if not backend.knows(mark):
            return f"is of commit {mark.number}, which is not on the chain, or older than what the log can tell"
        begun = backend.begun(app)
        if mark.number < begun:
            return f"is of commit {mark.number}, and the app was reset by commit {begun}"
        return next(filter(None, map(missed, position.changelog.items())), "")

    def missed(stand: tuple[str, int]) -> str:
        name, offset = stand
        topic, partition = places.get(name, ("", 0))
        if topic not in backend.topics() or offset >= backend.horizon(topic, partition):
            return ""
        return f"ends at offset {offset} of {topic}[{partition}], and deletes behind that were compacted away"

    return why


def fingerprint(
    broker: bytes, task: str, specs: list[StoreSpec], sourced: Mapping[str, str] = NOT_SOURCED
) -> bytes:
    """What a database must have been made for to be of use: the broker, the task, the stores and codecs, and
    the topics of tables that are their changelogs.
    """
    stores = [
        [spec.name, spec.kind, repr(spec.key), repr(spec.value), spec.retention_ms, _window(spec)]
        for spec in specs
    ]
    others = sorted([spec.name, sourced[spec.name]] for spec in specs if spec.name in sourced)
    packed = msgpack.packb([broker, task, stores, *([others] if others else ())])
    return hashlib.blake2b(packed, digest_size=16).digest()


def _window(spec: StoreSpec) -> Any:
    return 0 if spec.window is None else spec.window.identity


def numbers(env: Env, folder: str) -> list[int]:
    """The numbered directories there are, highest first."""
    return sorted((int(name) for name in env.list(folder) if name.isdigit()), reverse=True)


def open_state(
    env: Env, folder: str, maker: bytes, refuse: Judge, explain: Explain = unlike
) -> Opened:
    """The newest usable database of a task, or a new one. Every discarded one is logged with its cause.

    `maker`: its fingerprint.
    """
    known = numbers(env, folder)
    causes = [] if known else ["no state yet"]
    for number in known:
        directory = f"{folder}/{number}"
        try:
            database = open_rocksdb(directory)
            why = unusable(database, maker, refuse, explain)
        except StateLocked:
            causes.append(f"{directory} is in use")
            continue
        except StateCorrupt as error:
            causes.append(f"{directory} is corrupt ({error.damage})")
            continue
        except StateError as error:
            raise refused(error) from error
        if not why:
            _clean(env, folder, known, number)
            return Opened(database, directory, "")
        causes.append(f"{directory} {why}")
        database.close()
    fresh = (known[0] if known else 0) + 1
    directory = f"{folder}/{fresh}"
    make_folder(env, folder)
    if known:
        logger.warning(
            "state begun anew in %s, and restored from the changelogs: %s",
            directory,
            "; ".join(causes),
        )
    try:
        return Opened(open_rocksdb(directory), directory, "; ".join(causes))
    except StateError as error:
        raise refused(error) from error


def make_folder(env: Env, folder: str) -> None:
    """A folder for state. StorageFull."""
    try:
        env.make_dirs(folder)
    except OSError as error:
        if error.errno in {ENOSPC, EDQUOT}:
            raise StorageFull(f"{folder} cannot be made: {error}; make room on its disk") from error
        raise


def refused(error: StateError) -> StreamzError:
    """What a database that cannot be opened means for who wanted it."""
    if isinstance(error, StateFull):
        return StorageFull(str(error))
    if TOO_MANY in str(error):
        return NotReady(
            f"{error}: allow this process more open files (ulimit -n), or spread the tasks over more workers "
            "(streamz run --workers)"
        )
    return Misuse(f"{error}; make it usable, or remove it: it is restored")


def open_stopped(
    env: Env, folder: str, maker: bytes, refuse: Judge, explain: Explain = unlike
) -> Database:
    """The newest usable database of a task that nobody runs, to be read only; NotReady if there is none."""
    causes = []
    for number in numbers(env, folder):
        directory = f"{folder}/{number}"
        try:
            database = open_rocksdb(directory, read_only=True)
            why = unusable(database, maker, refuse, explain)
        except StateError as error:
            causes.append(str(error))
            continue
        if not why:
            return database
        database.close()
        causes.append(f"{directory} {why}")
    raise NotReady(
        f"there is no state to read in {folder} ({'; '.join(causes) or 'nothing ran there'}); "
        "start the app: it restores its state"
    )


def unusable(database: Database, maker: bytes, refuse: Judge, explain: Explain = unlike) -> str:
    """Why an open database is of no use, "" if it is; one that cannot even say is closed. StateError."""
    try:
        position = database.position
    except StateError:
        database.close()
        raise
    if position is None:
        return ""  # empty: its maker died before it wrote anything
    why = refuse(position)
    return why if why or position.fingerprint == maker else explain(position)


def _clean(env: Env, folder: str, known: list[int], used: int) -> None:
    """Remove what older owners left behind, where nobody holds it any more."""
    for number in known:
        if number < used and not in_use(f"{folder}/{number}"):
            env.remove_tree(f"{folder}/{number}")


def in_use(directory: str) -> bool:
    """Whether somebody has the database open: an owner that was stopped, and did not hear the news."""
    try:
        open_rocksdb(directory).close()
    except StateLocked:
        return True
    except StateError:
        return False
    return False
