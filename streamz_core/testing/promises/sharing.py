"""What is promised of members: they share partitions, come and leave, and are told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from streamz_core.broker.consumer import Consumer
from streamz_core.errors import Misuse
from streamz_core.testing.promises.grouping import VALUES, stands
from streamz_core.testing.promises.promise import promised
from streamz_core.testing.promises.stage import (
    PATIENCE,
    POLL_S,
    Read,
    Stage,
    holds,
    refused,
    same,
    values_of,
)

Member = Consumer[bytes, bytes]
Where = tuple[str, int]
PARTITIONS = 4


@promised
def members_of_a_group_share_the_partitions(stage: Stage) -> None:
    """Each partition of a topic is read by one member of a group, each of two members reads some of them, and each record is
    given to one of the two."""
    topic, group = stage.topic(PARTITIONS), stage.name("group")
    members = [stage.consumer(topic, group=group) for _ in range(2)]
    settled(PARTITIONS, *members)
    for partition in range(PARTITIONS):
        stage.write(topic, b"%d" % partition, partition=partition)
    found = collected(PARTITIONS, *members)
    same(sorted(filter(None, values_of(found))), [b"0", b"1", b"2", b"3"])
    same([one.poll(0.2) for one in members], [[], []])


@promised
def who_leaves_hands_over(stage: Stage) -> None:
    """When a member is closed the others read its partitions, from where the group committed."""
    topic, group = stage.topic(2), stage.name("group")
    left, stays = (stage.consumer(topic, group=group) for _ in range(2))
    settled(2, left, stays)
    ((_, partition),) = left.positions()
    stage.write(topic, *VALUES, partition=partition)
    same(values_of(stage.read(left, 2)), [b"1", b"2"])
    left.commit()
    left.close()
    same(values_of(stage.read(stays, 2)), [b"3", b"4"])
    same(len(stays.positions()), 2, "partitions")


@promised
def who_comes_is_given_some(stage: Stage) -> None:
    """A member that comes later is given partitions of those that are there, which commit before these go: it goes on
    behind that, and nothing is read by both."""
    topic, group = stage.topic(2), stage.name("group")

    def commit(consumer: Any, _: Sequence[Where]) -> None:
        consumer.commit()

    first = stage.consumer(topic, group=group, on_revoked=commit)
    settled(2, first)
    for partition in range(2):
        stage.write(topic, b"1", partition=partition)
    same(values_of(stage.read(first, 2)), [b"1", b"1"])
    second = stage.consumer(topic, group=group)
    settled(2, first, second)
    for partition in range(2):
        stage.write(topic, b"2", partition=partition)
    same(values_of(collected(2, first, second)), [b"2", b"2"])


@promised
def members_are_told(stage: Stage) -> None:
    """`on_assigned` is told of each partition that comes, `on_revoked` of each that goes, in time: what is told is what is
    read."""
    topic, group = stage.topic(PARTITIONS), stage.name("group")
    has: set[Where] = set()

    def came(_: Any, parts: Sequence[Where]) -> None:
        holds(has.isdisjoint(parts), f"{parts} came once: there were {sorted(has)}")
        has.update(parts)

    def went(_: Any, parts: Sequence[Where]) -> None:
        holds(has.issuperset(parts), f"{parts} had come before they went: there were {sorted(has)}")
        has.difference_update(parts)

    first = stage.consumer(topic, group=group, on_assigned=came, on_revoked=went)
    settled(PARTITIONS, first)
    same(has, set(first.positions()))
    second = stage.consumer(topic, group=group)
    settled(PARTITIONS, first, second)
    same(has, set(first.positions()))
    second.close()
    settled(PARTITIONS, first)
    same(has, set(first.positions()))


@promised
def what_was_given_is_committed_by_itself(stage: Stage) -> None:
    """With commit="auto" what was given by earlier polls is committed when the consumer is closed."""
    topic, group = stage.topic(), stage.name("group")
    offsets = stage.write(topic, *VALUES)
    reader = stage.consumer(topic, group=group, commit="auto")
    stage.read(reader, 4)
    reader.poll(0)
    reader.close()
    same(stands(stage, group), {(topic, 0): offsets[-1] + 1})


@promised
def a_living_group_is_not_moved(stage: Stage) -> None:
    """While a member lives, `reset_offsets` and `delete_group` are Misuse, and change nothing."""
    topic, group = stage.topic(), stage.name("group")
    offsets = stage.write(topic, *VALUES)
    reader = stage.consumer(topic, group=group)
    stage.read(reader, 4)
    reader.commit()
    with refused(Misuse):
        stage.admin.reset_offsets(group, {(topic, 0): offsets[0]})
    with refused(Misuse):
        stage.admin.delete_group(group)
    same(stands(stage, group), {(topic, 0): offsets[-1] + 1})
    holds(stage.admin.describe_group(group).members, "the member is described")


def settled(partitions: int, *members: Member) -> None:
    """Poll until each partition is one member's and each has some; AssertionError if that does not come."""
    parts: list[Where] = []
    for _ in range(PATIENCE):
        for one in members:
            same(one.poll(POLL_S), [], "records")
        parts = [where for one in members for where in one.positions()]
        if len(parts) == len(set(parts)) == partitions and all(one.positions() for one in members):
            return
    raise AssertionError(f"partitions should be shared; there are {parts}")


def collected(count: int, *members: Member) -> list[Read]:
    """So many records, whoever is given them."""
    found: list[Read] = []
    for _ in range(PATIENCE):
        for one in members:
            found += one.poll(POLL_S)
        if len(found) >= count:
            return found
    raise AssertionError(f"{count} records should come; there were {len(found)}")


PROMISES = (
    members_of_a_group_share_the_partitions,
    who_leaves_hands_over,
    who_comes_is_given_some,
    members_are_told,
    what_was_given_is_committed_by_itself,
    a_living_group_is_not_moved,
)
