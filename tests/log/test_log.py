"""The handle on the log: what it follows, which topics it watches, who else is there."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from streamz_core.env.memory import MemoryMachine
from streamz_core.errors import (
    Corrupt,
    Misuse,
    UnknownTopic,
)
from streamz_core.log.log import Log
from streamz_core.log.records.commits import CommitRecord
from streamz_core.log.records.state import State
from tests.log.conftest import read, send

Open = Callable[..., Log]


def test_unknown_topics_are_named(opened: Open) -> None:
    log = opened("process")
    log.create_topic("known", 1, {})
    with pytest.raises(UnknownTopic, match=r"no topic 'nope'.*topics: known"):
        log.topic("nope")


def test_watching_later_finds_what_was_there(opened: Open) -> None:
    log = opened("process")
    log.create_topic("t", 1, {})
    send(log, [b"before"])
    assert read(log) == [b"before"]
    send(log, [b"after"])
    assert read(log) == [b"before", b"after"]


def test_a_handle_is_as_it_was_if_the_chain_cannot_be_read_again(
    machine: MemoryMachine, opened: Open
) -> None:
    log = opened("process")
    log.create_topic("t", 1, {})
    send(log, [b"before"])
    path = "/log/commit/000001"
    content = machine.tree.remove(path)
    with pytest.raises(Corrupt):
        log.watch(["t"])
    machine.tree.add(path, content)
    send(log, [b"after"])
    assert read(log) == [b"before", b"after"]


def test_a_member_that_died_is_seen(machine: MemoryMachine, opened: Open) -> None:
    env = machine.process()
    member, other = opened("process", env=env), opened()
    member.join(["t"], "g", {"pid": 1})
    other.refresh()
    assert other.state.members[member.incarnation].info == {"pid": 1}
    assert other.alive(member.incarnation)
    env.kill()
    assert not other.alive(member.incarnation)
    other.leave(member.incarnation)
    assert not other.state.members


def test_a_chain_that_is_shorter_when_it_is_read_again_is_told_and_changes_nothing(
    machine: MemoryMachine, opened: Open
) -> None:
    log = opened("process")
    log.create_topic("t", 1, {})
    begin = len(machine.tree.get("/log/commit/000001").data)
    send(log, [b"rots"])
    machine.tree.get("/log/commit/000001").data[begin + 60] ^= 1
    with pytest.raises(Corrupt, match="commit 2 was read before, and cannot be read again"):
        log.watch(["t"])
    assert "t" not in log.index.watched
    assert not log.index.ranges
    assert log.state.end(1, 0) == 1


class Counting:
    """How often records were applied, and how often one was asked where its payload lies."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.applied = 0
        self.located = 0
        follow, locate = State.follow, CommitRecord.locate

        def counted_follow(state: State, *rest: object) -> None:
            self.applied += 1
            follow(state, *rest)  # type: ignore[arg-type]

        def counted_locate(record: CommitRecord, *rest: object) -> None:
            self.located += 1
            locate(record, *rest)  # type: ignore[arg-type]

        monkeypatch.setattr(State, "follow", counted_follow)
        monkeypatch.setattr(CommitRecord, "locate", counted_locate)


def test_opening_with_what_is_watched_applies_each_record_once(
    machine: MemoryMachine, opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = opened("process")
    writer.create_topic("t", 1, {})
    values = [b"%d" % number for number in range(20)]
    for value in values:
        send(writer, [value])
    counting = Counting(monkeypatch)
    log = Log.open(machine.process(), "/log", watch=["t", "to be made"])
    assert read(log) == values
    assert (counting.applied, counting.located) == (21, 20)


def test_watching_later_applies_nothing_again(
    opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = opened("process")
    writer.create_topic("t", 1, {})
    writer.create_topic("empty", 1, {})
    for number in range(20):
        send(writer, [b"%d" % number])
    counting = Counting(monkeypatch)
    log = opened()
    assert (counting.applied, counting.located) == (22, 20)
    log.watch(["empty", "to be made"])
    assert counting.located == 20, "nothing lies in these: the chain is not read again"
    state, chain = log.state, log.chain
    log.watch(["t"])
    assert (counting.applied, counting.located) == (22, 40)
    assert (log.state, log.chain) == (state, chain)
    assert len(read(log)) == 20
    assert counting.located == 40


def test_what_others_append_while_a_topic_begins_to_be_watched_is_read_once(
    machine: MemoryMachine, opened: Open
) -> None:
    writer, log = opened("process"), opened()
    writer.create_topic("t", 1, {})
    send(writer, [b"seen"])
    log.refresh()
    send(writer, [b"not seen yet"])
    log.watch(["t"])
    assert log.state.end(1, 0) == 1
    assert log.index.ranges[1, 0].end == 1
    assert read(log) == [b"seen", b"not seen yet"]


def test_topics_that_are_watched_before_they_are_made_are_read(opened: Open) -> None:
    writer, log = opened("process"), opened()
    log.watch(["t"])
    writer.create_topic("t", 1, {})
    send(writer, [b"v"])
    assert read(log) == [b"v"]


# ---- topics and groups


def test_an_internal_topic_is_one_apps(opened: Open) -> None:
    log = opened("process")
    made = log.create_topic("shop-eu-hits-changelog", 2, {}, owner="shop")
    assert log.create_topic("shop-eu-hits-changelog", 9, {}, owner="shop") == made
    assert log.create_topic("shop-eu-hits-changelog", 9, {}) == made, "anybody may read it"
    with pytest.raises(
        Misuse,
        match="shop-eu-hits-changelog is an internal topic of app shop, and app shop-eu would",
    ):
        log.create_topic("shop-eu-hits-changelog", 2, {}, owner="shop-eu")
    log.create_topic("clicks", 1, {})
    with pytest.raises(Misuse, match="clicks belongs to no app, and app shop would"):
        log.create_topic("clicks", 1, {}, owner="shop")


def test_a_schema_is_appended_once_and_known_to_all(opened: Open) -> None:
    one, two = opened("process"), opened()
    one.create_topic("t", 1, {})
    one.register({b"aaaa": b"one"}, [(1, "value", b"aaaa")])
    before = one.state.lsn
    two.register({b"aaaa": b"one"}, [(1, "value", b"aaaa")])
    assert two.state.lsn == before
    assert two.state.schemas_of(1, "value") == {b"aaaa": b"one"}
    with pytest.raises(Misuse, match="fingerprint 61616161 names another schema on this log"):
        two.register({b"aaaa": b"another"}, [(1, "key", b"aaaa")])
    with pytest.raises(Misuse, match="SCHEMA: a fingerprint is b'a', and has to be 4 bytes"):
        two.register({b"a": b"another"}, [(1, "key", b"a")])
    assert two.state.lsn == before
