"""Changelogs: written by commits, read back to their ends, however they are divided."""

from __future__ import annotations

import logging

import pytest

from streamz_core.broker.embedded import EmbeddedBackend, open_backend
from streamz_core.codecs.plain import INT, STR
from streamz_core.config import Config
from streamz_core.env.memory import MemoryEnv
from streamz_core.log.removing import lose
from streamz_core.runtime.state import changelog
from streamz_core.runtime.state.changelog import Changelog, Progress, Restore
from streamz_core.stores.kinds import kind_of
from streamz_core.stores.rows import Changes
from streamz_core.topology.nodes import StoreSpec
from streamz_state import open_memory

Entry = tuple[bytes, bytes | None]


@pytest.fixture
def env() -> MemoryEnv:
    return MemoryEnv()


@pytest.fixture
def backend(env: MemoryEnv) -> EmbeddedBackend:
    found = open_backend(env, "/home", Config(durability="process"))
    for topic in ("first", "second"):
        found.create_topic(topic, 2, {})
    found.watch(["first", "second"])
    return found


def made(topic: str, offset: int = 0) -> Changelog:
    spec = StoreSpec(topic, "plain", STR, INT)
    return Changelog(kind_of(spec).overlay(spec, 1, open_memory()), topic, 1, offset)


def entries(*pairs: Entry) -> Changes:
    return Changes(
        keys=[key for key, _ in pairs],
        values=[value for _, value in pairs],
        timestamps=[5] * len(pairs),
    )


def write(backend: EmbeddedBackend, topic: str, *pairs: Entry) -> None:
    backend.commit("", [], made(topic).pack(backend, entries(*pairs)))


def restore(backend: EmbeddedBackend, env: MemoryEnv, *changelogs: Changelog) -> Restore:
    return Restore(backend, list(changelogs), Progress(env, "app s/1", "tail"))


def rows(found: tuple[str, Changes] | None) -> tuple[str, list[bytes], int]:
    """(store, the values put, how many keys were deleted)."""
    assert found is not None
    return found[0], sorted(value for _, value in found[1].puts), len(found[1].deletes)


def test_changes_are_written_to_the_partition_of_the_task(backend: EmbeddedBackend) -> None:
    one = made("first")
    packed = one.pack(backend, entries((b"a", b"1"), (b"b", None)))
    assert [(part.topic, part.partition, part.count) for part in packed] == [("first", 1, 2)]
    assert one.pack(backend, entries()) == []
    assert one.name == "first"


def test_everything_behind_the_offset_is_read_back(
    backend: EmbeddedBackend, env: MemoryEnv
) -> None:
    write(backend, "first", (b"a", b"1"), (b"b", b"2"))
    write(backend, "first", (b"c", b"3"))
    write(backend, "second", (b"d", b"4"))
    one, two = made("first", 2), made("second")
    running = restore(backend, env, one, two)
    assert running.remaining == 2
    assert rows(running.step()) == ("first", [b"3"], 0)
    assert rows(running.step()) == ("second", [b"4"], 0)
    assert running.step() is None
    assert (one.offset, two.offset, running.remaining, running.progress.records) == (3, 1, 0, 2)


def test_the_last_of_a_key_counts_also_over_several_commits(
    backend: EmbeddedBackend, env: MemoryEnv
) -> None:
    write(backend, "first", (b"a", b"1"), (b"b", b"1"))
    write(backend, "first", (b"a", b"2"), (b"b", None))
    assert rows(restore(backend, env, made("first")).step()) == ("first", [b"2"], 1)


def test_it_is_read_in_steps(
    backend: EmbeddedBackend, env: MemoryEnv, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changelog, "FETCH_BYTES", 1)
    for number in range(5):
        write(backend, "first", (b"a", b"%d" % number))
    one = made("first")
    running = restore(backend, env, one)
    seen = []
    while (found := running.step()) is not None:
        seen.append((one.offset, *rows(found)[1]))
    assert seen == [(n + 1, b"%d" % n) for n in range(5)]


def test_what_comes_meanwhile_is_read_too(backend: EmbeddedBackend, env: MemoryEnv) -> None:
    """From an owner that does not know yet that it is one no more."""
    write(backend, "first", (b"a", b"1"))
    running = restore(backend, env, made("first"))
    running.step()
    write(backend, "first", (b"a", b"2"))
    assert rows(running.step()) == ("first", [b"2"], 0)
    assert running.step() is None


def test_progress_is_told_with_its_cause(
    backend: EmbeddedBackend,
    env: MemoryEnv,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, "streamz.restore")
    monkeypatch.setattr(changelog, "FETCH_BYTES", 1)
    for number in range(40):
        write(backend, "first", (b"a", b"%d" % number))
    running = restore(backend, env, made("first"))
    while running.step() is not None:
        env.machine.waited_s += 1.0
    told = [record.getMessage() for record in caplog.records]
    assert told[0] == ("restore of app s/1: 10 records, 30 left, 1 records/s, 30 s to go (tail)")
    assert len(told) == 4
    assert "40 records, 0 left" in told[-1]


def test_what_was_lost_is_passed(backend: EmbeddedBackend, env: MemoryEnv) -> None:
    for key in (b"a", b"b", b"c", b"d"):
        write(backend, "first", (key, key))
    log = backend.log
    for start, stop in ((1, 2), (3, 4)):
        lose(log, log.topic("first").id, 1, start, stop, "delete_records")
    one = made("first")
    found = restore(backend, env, one)
    keys = []
    while (step := found.step()) is not None:
        keys += rows(step)[1]
    assert keys == [b"a", b"c"]
    assert one.offset == 4
