"""What giving up damaged records loses: told exactly, and done as told."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from streamz_core.broker.admin import Admin
from streamz_core.broker.embedded import Broker
from streamz_core.broker.losing import Loss, find_loss, lose
from streamz_core.env.memory import MemoryMachine
from streamz_core.errors import Corrupt, Misuse, UnknownTopic

BIG = 5000  # bytes of a value: it does not travel in the commit log


@pytest.fixture
def filled(broker: Broker, machine: MemoryMachine) -> Broker:
    """t[0] holds a, b, c, d, each in a commit of its own; the bytes of b and c are not what they were."""
    Admin(broker).create_topic("t", 2)
    for at, letter in enumerate(b"abcd"):
        transaction = broker.transaction()
        transaction.send("t", 0, [None] * 2, [bytes([letter]) * BIG] * 2, [at * 10, at * 10 + 1])
        transaction.commit()
    damage(machine, b"b")
    damage(machine, b"c")
    return broker


def damage(machine: MemoryMachine, letter: bytes) -> None:
    for path, file in machine.tree.files():
        if "/log/data/" in path and letter * BIG in file.data:
            file.data[file.data.index(letter * BIG)] ^= 1


def consumed(broker: Broker, group: str, stop: int) -> None:
    transaction = broker.transaction(group)
    transaction.move("t", 0, 0, stop)
    transaction.commit()


@pytest.mark.parametrize("offset", [2, 3, 4, 5])
def test_the_whole_damage_is_told_wherever_it_is_met(filled: Broker, offset: int) -> None:
    for group, stop in (("before", 1), ("at", 2), ("inside", 5), ("behind", 6), ("away", 7)):
        consumed(filled, group, stop)
    loss = find_loss(filled.backend, "t", 0, offset)
    first = 2 if offset < 4 else 4
    assert (loss.start, loss.stop, loss.count) == (first, 6, 6 - first)
    assert f"t[0]@{first}, commit" in loss.why
    assert (loss.after_ms, loss.before_ms) == (1 if first == 2 else None, 30)
    assert loss.groups == {"before": 1, "at": 2, "inside": 5}
    assert loss.owner == ""


def test_it_is_lost_as_told_and_once(filled: Broker, another: Callable[[], Broker]) -> None:
    lose(filled.backend, find_loss(filled.backend, "t", 0, 2))
    other = another().backend
    other.watch(["t"])
    assert [batch.base_offset for batch in other.fetch("t", 0, 0, bytes_max=1 << 30)] == [0]
    assert [batch.base_offset for batch in other.fetch("t", 0, 2, bytes_max=1 << 30)] == [6]
    with pytest.raises(Misuse, match=r"t\[0\]@3 was skipped or deleted before: .* goes on at 6"):
        find_loss(filled.backend, "t", 0, 3)


def test_damage_at_the_end_has_no_record_behind_it(filled: Broker, machine: MemoryMachine) -> None:
    damage(machine, b"d")
    loss = find_loss(filled.backend, "t", 0, 7)
    assert (loss.start, loss.stop, loss.before_ms) == (6, 8, None)
    loss = find_loss(filled.backend, "t", 0, 2)
    assert (loss.start, loss.stop, loss.after_ms, loss.before_ms) == (2, 8, 1, None)


REFUSED = [
    ("t", 0, 0, Misuse, r"t\[0\]@0 can be read, the first behind it that cannot is 2"),
    ("t", 0, 6, Misuse, r"t\[0\]@6 can be read, and so can everything behind it"),
    ("t", 0, 8, Misuse, r"t\[0\] has the offsets 0 to 7, not 8"),
    ("t", 0, -1, Misuse, r"t\[0\] has the offsets 0 to 7, not -1"),
    ("t", 1, 0, Misuse, r"t\[1\] holds no records"),
    ("t", 2, 0, Misuse, r"t has partitions 0 to 1, not 2"),
    ("u", 0, 0, UnknownTopic, "there is no topic 'u'"),
]


@pytest.mark.parametrize("topic, partition, offset, error, says", REFUSED)
def test_what_can_be_read_or_is_not_there_is_no_loss(
    filled: Broker, topic: str, partition: int, offset: int, error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=says):
        find_loss(filled.backend, topic, partition, offset)


def test_a_reader_is_told_the_command_and_gets_what_is_before_it(filled: Broker) -> None:
    filled.backend.watch(["t"])
    (batch,) = filled.backend.fetch("t", 0, 0, bytes_max=1 << 30)
    assert batch.base_offset == 0
    with pytest.raises(Corrupt, match="streamz topics skip t 0 3"):
        filled.backend.fetch("t", 0, 3, bytes_max=1 << 30)


def test_the_owner_of_an_internal_topic_is_told(broker: Broker, machine: MemoryMachine) -> None:
    broker.backend.create_topic("shop-total-changelog", 1, {}, "shop")
    transaction = broker.transaction()
    transaction.send("shop-total-changelog", 0, [b"k"], [b"b" * BIG], [7])
    transaction.commit()
    damage(machine, b"b")
    loss: Loss = find_loss(broker.backend, "shop-total-changelog", 0, 0)
    assert (loss.owner, loss.after_ms, loss.before_ms) == ("shop", None, None)
