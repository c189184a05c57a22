"""What is promised of groups: where they go on, who may move them."""

from __future__ import annotations

from streamz_core.errors import Misuse
from streamz_core.testing.promises.promise import promised
from streamz_core.testing.promises.stage import Stage, refused, same, values_of

VALUES = (b"1", b"2", b"3", b"4")


@promised
def a_group_goes_on_where_it_committed(stage: Stage) -> None:
    """A consumer of a group begins behind what the group committed last, in whatever process that was."""
    topic, group = stage.topic(), stage.name("group")
    stage.write(topic, *VALUES)
    first = stage.consumer(topic, group=group)
    same(values_of(stage.read(first, 2)), [b"1", b"2"])
    first.commit()
    first.close()
    same(values_of(stage.read(stage.consumer(topic, group=group), 2)), [b"3", b"4"])


@promised
def what_is_not_committed_is_read_again(stage: Stage) -> None:
    """What a consumer polled and did not commit, the next one of the group reads again."""
    topic, group = stage.topic(), stage.name("group")
    stage.write(topic, *VALUES)
    for _ in range(2):
        reader = stage.consumer(topic, group=group)
        same(values_of(stage.read(reader, 4)), list(VALUES))
        reader.close()


@promised
def a_commit_may_name_its_offsets(stage: Stage) -> None:
    """`commit` of offsets moves those partitions and no others, each to the record that is read next, also back."""
    topic, group = stage.topic(2), stage.name("group")
    offsets = stage.write(topic, *VALUES)
    stage.write(topic, *VALUES, partition=1)
    reader = stage.consumer(topic, group=group)
    stage.read(reader, 8)
    for index in (3, 1):
        reader.commit({(topic, 0): offsets[index]})
        same(stands(stage, group), {(topic, 0): offsets[index]})


@promised
def groups_do_not_know_each_other(stage: Stage) -> None:
    """What one group committed, another one reads from the beginning."""
    topic = stage.topic()
    stage.write(topic, *VALUES)
    for _ in range(2):
        reader = stage.consumer(topic, group=stage.name("group"))
        same(values_of(stage.read(reader, 4)), list(VALUES))
        reader.commit()
        reader.close()


@promised
def start_counts_where_nothing_is_committed(stage: Stage) -> None:
    """With start="latest" a group without offsets begins with what comes from now on; one with offsets goes on there."""
    topic, group = stage.topic(), stage.name("group")
    offsets = stage.write(topic, *VALUES)
    reader = stage.consumer(topic, group=group)
    stage.read(reader, 1)
    reader.commit({(topic, 0): offsets[1]})
    reader.close()
    again = stage.consumer(topic, group=group, start="latest")
    same(values_of(stage.read(again, 3)), [b"2", b"3", b"4"])


@promised
def lag_is_how_far_a_group_is_behind(stage: Stage) -> None:
    """A group is described by where it stands in each partition, where that ends, and how far that is."""
    topic, group = stage.topic(), stage.name("group")
    offsets = stage.write(topic, *VALUES)
    reader = stage.consumer(topic, group=group)
    stage.read(reader, 1)
    reader.commit()
    reader.close()
    found = stage.admin.describe_group(group)
    same(
        [(one.committed, one.end, one.lag) for one in found.parts],
        [(offsets[1], offsets[3] + 1, 3)],
    )
    same((found.kind, found.state, found.lag), ("consumers", "empty", 3))
    same(group in stage.admin.groups(), True, "it is among the groups")


@promised
def a_group_without_members_may_be_moved(stage: Stage) -> None:
    """`reset_offsets` moves a group in which nobody is: its next consumer begins there."""
    topic, group = stage.topic(), stage.name("group")
    offsets = stage.write(topic, *VALUES)
    reader = stage.consumer(topic, group=group)
    stage.read(reader, 4)
    reader.commit()
    reader.close()
    stage.admin.reset_offsets(group, {(topic, 0): offsets[2]})
    same(stands(stage, group), {(topic, 0): offsets[2]})
    same(values_of(stage.read(stage.consumer(topic, group=group), 2)), [b"3", b"4"])


@promised
def a_group_may_be_forgotten(stage: Stage) -> None:
    """After `delete_group` the group is as if it had never been; one that there is not is refused with Misuse."""
    topic, group = stage.topic(), stage.name("group")
    stage.write(topic, *VALUES)
    reader = stage.consumer(topic, group=group)
    stage.read(reader, 4)
    reader.commit()
    reader.close()
    stage.admin.delete_group(group)
    same(group in stage.admin.groups(), False, "it is among the groups")
    with refused(Misuse):
        stage.admin.describe_group(group)
    same(values_of(stage.read(stage.consumer(topic, group=group), 4)), list(VALUES))


@promised
def what_needs_a_group_says_so(stage: Stage) -> None:
    """`commit` of a consumer without a group is Misuse."""
    topic = stage.topic()
    stage.write(topic, *VALUES)
    reader = stage.consumer(topic)
    stage.read(reader, 1)
    with refused(Misuse):
        reader.commit()


def stands(stage: Stage, group: str) -> dict[tuple[str, int], int]:
    """Where the group committed."""
    parts = stage.admin.describe_group(group).parts
    return {(one.topic, one.partition): one.committed for one in parts if one.committed is not None}


PROMISES = (
    a_group_goes_on_where_it_committed,
    what_is_not_committed_is_read_again,
    a_commit_may_name_its_offsets,
    groups_do_not_know_each_other,
    start_counts_where_nothing_is_committed,
    lag_is_how_far_a_group_is_behind,
    a_group_without_members_may_be_moved,
    a_group_may_be_forgotten,
    what_needs_a_group_says_so,
)
