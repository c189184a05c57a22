"""Which state directory a task uses, and which it leaves."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from streamz_core.broker.backend import Backend
from streamz_core.broker.embedded import open_backend
from streamz_core.codecs.plain import BYTES, INT, STR
from streamz_core.config import Config
from streamz_core.env.memory import MemoryEnv
from streamz_core.env.real import RealEnv
from streamz_core.errors import NotReady
from streamz_core.runtime.state.statedir import (
    fingerprint,
    judge,
    numbers,
    open_state,
    open_stopped,
)
from streamz_core.topology.nodes import StoreSpec
from streamz_state import Database, Position, WriteBatch, open_rocksdb
from streamz_state.keys import POSITION_KEY

SPEC = StoreSpec("s", "plain", STR, INT)
MAKER = fingerprint(b"log", "task/0", [SPEC])


@pytest.fixture
def env() -> RealEnv:
    return RealEnv()


@pytest.fixture
def folder(tmp_path: Path) -> str:
    return str(tmp_path / "0")


@pytest.fixture
def backend() -> Backend:
    """A history of five records."""
    backend = open_backend(MemoryEnv(), "/home", Config(durability="process"))
    for number in range(5):
        backend.create_topic(f"t{number}", 1, {})
    return backend


def position(backend: Backend, **changes: Any) -> Position:
    """That of a store written at the end of the chain."""
    return evolve(Position(backend.mark.number, backend.mark.proof, MAKER, {"s": 7}), **changes)


def leave(folder: str, number: int, where: Position | None, key: bytes = b"k") -> str:
    """A state directory as an owner left it."""
    directory = f"{folder}/{number}"
    database = open_rocksdb(directory)
    if where is not None:
        database.write(WriteBatch(puts=[(key, b"v%d" % number)]), where)
    database.close()
    return directory


def opened(env: RealEnv, folder: str, backend: Backend) -> tuple[Database, int, str]:
    found = open_state(env, folder, MAKER, judge(backend, "app"))
    return found.database, int(found.directory.rpartition("/")[2]), found.cause


def test_the_first_directory_is_begun_empty(env: RealEnv, folder: str, backend: Backend) -> None:
    database, number, cause = opened(env, folder, backend)
    assert (number, cause, database.position) == (1, "no state yet", None)
    database.close()


def test_a_store_on_the_chain_is_used_and_older_directories_go(
    env: RealEnv, folder: str, backend: Backend
) -> None:
    for number in (1, 2, 3):
        leave(folder, number, position(backend))
    database, number, cause = opened(env, folder, backend)
    assert (number, cause) == (3, "")
    assert database.get(b"k") == b"v3"
    assert numbers(env, folder) == [3]
    database.close()


def test_one_that_died_before_it_wrote_anything_is_used(
    env: RealEnv, folder: str, backend: Backend
) -> None:
    leave(folder, 1, None)
    database, number, cause = opened(env, folder, backend)
    assert (number, cause, database.position) == (1, "", None)
    database.close()


WRONG: dict[str, Callable[[Backend], dict[str, Any]]] = {
    "another hash": lambda backend: {"hash": bytes(16)},
    "newer than the chain": lambda backend: {"commit": backend.mark.number + 1},
    "older, of another chain": lambda backend: {"commit": backend.mark.number - 1},
    "another log": lambda _: {"fingerprint": fingerprint(b"gol", "task/0", [SPEC])},
    "another task": lambda _: {"fingerprint": fingerprint(b"log", "task/1", [SPEC])},
    "another codec": lambda _: {
        "fingerprint": fingerprint(b"log", "task/0", [evolve(SPEC, value=BYTES)])
    },
    "another store": lambda _: {
        "fingerprint": fingerprint(b"log", "task/0", [SPEC, evolve(SPEC, name="more")])
    },
    "another retention": lambda _: {
        "fingerprint": fingerprint(b"log", "task/0", [evolve(SPEC, retention_ms=5)])
    },
}


def test_state_from_before_a_reset_is_left(env: RealEnv, folder: str, backend: Backend) -> None:
    before = position(backend)
    backend.reset("app", {}, [], "an operator")
    backend.reset("another", {}, [], "an operator")
    leave(folder, 1, before)
    with pytest.raises(NotReady, match=r"is of commit 5, and the app was reset by commit 6"):
        open_stopped(env, folder, MAKER, judge(backend, "app"))
    database, number, cause = opened(env, folder, backend)
    assert (number, database.get(b"k")) == (2, None)
    assert "reset by commit 6" in cause
    database.write(WriteBatch(puts=[(b"k", b"new")]), position(backend))
    database.close()
    database, number, cause = opened(env, folder, backend)
    assert (number, cause, database.get(b"k")) == (2, "", b"new")
    database.close()


@pytest.mark.parametrize("what", WRONG)
def test_a_store_that_is_not_of_this_task_at_this_chain_is_left(
    env: RealEnv, folder: str, backend: Backend, what: str
) -> None:
    directory = leave(folder, 1, position(backend, **WRONG[what](backend)))
    with pytest.raises(NotReady, match="start the app"):
        open_stopped(env, folder, MAKER, judge(backend, "app"))
    database, number, cause = opened(env, folder, backend)
    assert number == 2
    assert directory in cause
    assert database.position is None
    assert database.get(b"k") is None
    database.close()


def test_the_same_stores_in_another_process_have_the_same_fingerprint() -> None:
    """Nothing in it is an address of this process."""
    assert MAKER.hex() == "785858b7cbd62952f22fa95fd88f9c6b"


def damage_manifest(directory: Path) -> None:
    (manifest,) = directory.glob("MANIFEST-*")
    data = bytearray(manifest.read_bytes())
    data[len(data) // 2] ^= 1
    manifest.write_bytes(data)


def remove_current(directory: Path) -> None:
    (directory / "CURRENT").write_bytes(b"garbage")


def damage_position(directory: Path) -> None:
    database = open_rocksdb(str(directory))
    database.write(WriteBatch(puts=[(POSITION_KEY, b"\xc1")]), None)
    database.close()


@pytest.mark.parametrize("damage", [damage_manifest, remove_current, damage_position])
def test_a_corrupt_store_is_left_and_not_kept_open(
    env: RealEnv, folder: str, backend: Backend, damage: Callable[[Path], None]
) -> None:
    directory = leave(folder, 1, position(backend))
    damage(Path(directory))
    with pytest.raises(NotReady):
        open_stopped(env, folder, MAKER, judge(backend, "app"))
    database, number, cause = opened(env, folder, backend)
    assert (number, database.position) == (2, None)
    assert "corrupt" in cause
    database.close()
    if damage is damage_position:
        open_rocksdb(directory).close()


def test_a_directory_in_use_is_left_and_never_removed(
    env: RealEnv, folder: str, backend: Backend
) -> None:
    """An owner that was stopped, and thinks that it still is one."""
    leave(folder, 1, position(backend))
    stopped = open_rocksdb(f"{folder}/1")
    second, number, cause = opened(env, folder, backend)
    assert number == 2
    assert "in use" in cause
    second.write(WriteBatch(puts=[(b"k", b"second")]), position(backend))
    second.close()
    third, number, _ = opened(env, folder, backend)
    assert number == 2
    assert third.get(b"k") == b"second"
    assert numbers(env, folder) == [2, 1]
    stopped.write(WriteBatch(puts=[(b"k", b"late")]), position(backend))
    stopped.close()
    assert third.get(b"k") == b"second"
    third.close()
    opened(env, folder, backend)[0].close()
    assert numbers(env, folder) == [2]


def test_an_older_store_is_better_than_none(env: RealEnv, folder: str, backend: Backend) -> None:
    leave(folder, 1, position(backend, changelog={"s": 3}))
    leave(folder, 2, position(backend))
    stopped = open_rocksdb(f"{folder}/2")
    database, number, _ = opened(env, folder, backend)
    assert number == 1
    assert database.position is not None
    assert database.position.changelog == {"s": 3}
    database.close()
    stopped.close()


def test_a_stopped_store_is_read_and_not_written(
    env: RealEnv, folder: str, backend: Backend
) -> None:
    leave(folder, 1, position(backend))
    leave(folder, 2, position(backend, hash=bytes(16)))
    database = open_stopped(env, folder, MAKER, judge(backend, "app"))
    assert database.get(b"k") == b"v1"
    database.close()
    assert numbers(env, folder) == [2, 1]
