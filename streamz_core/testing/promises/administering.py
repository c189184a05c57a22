"""What is promised of topics as such: made, described, altered, deleted."""

from __future__ import annotations

from streamz_core.errors import Misuse, OffsetOutOfRange, UnknownTopic
from streamz_core.testing.promises.promise import promised
from streamz_core.testing.promises.stage import Stage, refused, same, values_of


@promised
def a_topic_is_as_it_was_made(stage: Stage) -> None:
    """A topic is listed, and described with its partitions, their first and next offsets, and the settings it was made
    with, to every process."""
    topic = stage.topic(3, {"retention.ms": 86_400_000})
    last = stage.write(topic, b"1", b"2", partition=1)[-1]
    admin = stage.process().admin()
    same(topic in admin.topics(), True, "it is among the topics")
    found = admin.describe(topic)
    same((found.name, found.partitions, found.begins), (topic, 3, (0, 0, 0)))
    same(found.ends, (0, last + 1, 0), "ends")
    same(str(found.config["retention.ms"]), "86400000", "retention.ms")


@promised
def a_topic_is_made_once(stage: Stage) -> None:
    """A second topic of a name is Misuse, and so is a name or a number of partitions that cannot be."""
    topic = stage.topic(2)
    for name, partitions in (
        (topic, 2),
        ("no/name", 1),
        ("", 1),
        ("x" * 250, 1),
        (stage.name("topic"), 0),
    ):
        with refused(Misuse):
            stage.admin.create_topic(name, partitions)
    same(stage.admin.describe(topic).partitions, 2, "partitions")


@promised
def only_what_is_said_is_altered(stage: Stage) -> None:
    """`alter_topic` changes the settings that it names and leaves the others; `unset` lets one be as if never said."""
    topic = stage.topic(config={"retention.ms": 1000, "retention.bytes": 5000})
    stage.admin.alter_topic(topic, config={"retention.ms": 2000})
    found = stage.admin.describe(topic).config
    same((str(found["retention.ms"]), str(found["retention.bytes"])), ("2000", "5000"))
    stage.admin.alter_topic(topic, unset=["retention.ms"])
    found = stage.admin.describe(topic).config
    same(("retention.ms" in found, str(found["retention.bytes"])), (False, "5000"))


@promised
def settings_that_there_are_not_are_refused(stage: Stage) -> None:
    """A setting that there is not, or a value that it cannot have, is Misuse, and nothing is made or changed."""
    name = stage.name("topic")
    for config in ({"retention.years": 1}, {"retention.ms": "soon"}, {"cleanup.policy": "burn"}):
        with refused(Misuse):
            stage.admin.create_topic(name, 1, config=config)
        same(name in stage.admin.topics(), False, "it is among the topics")


@promised
def partitions_are_added_and_never_taken_away(stage: Stage) -> None:
    """`alter_topic` may give a topic more partitions: what is there stays, and a group that reads the topic gets the records
    of the new ones from their beginning. Fewer are Misuse."""
    topic = stage.topic()
    stage.write(topic, b"1")
    reader = stage.consumer(topic, group=stage.name("group"))
    same(values_of(stage.read(reader, 1)), [b"1"])
    stage.admin.alter_topic(topic, partitions=3)
    same(stage.admin.describe(topic).partitions, 3, "partitions")
    stage.write(topic, b"2", partition=2)
    same(values_of(stage.read(reader, 1)), [b"2"])
    with refused(Misuse):
        stage.admin.alter_topic(topic, partitions=2)


@promised
def a_deleted_topic_is_gone(stage: Stage) -> None:
    """After `delete_topic` the topic is not there any more, and its name is free: a new one of that name is empty."""
    topic = stage.topic()
    stage.write(topic, b"old")
    stage.admin.delete_topic(topic)
    same(topic in stage.admin.topics(), False, "it is among the topics")
    stage.admin.create_topic(topic, 1)
    stage.write(topic, b"new")
    same(values_of(stage.all_of(topic)), [b"new"])


@promised
def what_is_not_there_is_unknown(stage: Stage) -> None:
    """To describe, alter or delete a topic that there is not, or delete records of it, is UnknownTopic."""
    missing, admin = stage.name("missing"), stage.admin
    for call in (
        lambda: admin.describe(missing),
        lambda: admin.alter_topic(missing, partitions=9),
        lambda: admin.alter_topic(missing, config={"retention.ms": 1}),
        lambda: admin.delete_topic(missing),
        lambda: admin.delete_records(missing, {0: 0}),
        lambda: admin.offsets_for_times(missing, 0),
    ):
        with refused(UnknownTopic):
            call()


@promised
def records_are_deleted_up_to_an_offset(stage: Stage) -> None:
    """`delete_records` lets those before an offset go, with -1 all there are; an offset behind the end is OffsetOutOfRange, and
    a topic that is only compacted is Misuse."""
    topic = stage.topic(2)
    offsets = stage.write(topic, b"1", b"2", b"3")
    same(stage.admin.delete_records(topic, {0: offsets[1]}), {0: offsets[1]})
    with refused(OffsetOutOfRange):
        stage.admin.delete_records(topic, {0: offsets[2] + 100})
    same(values_of(stage.all_of(topic)), [b"2", b"3"])
    stage.admin.delete_records(topic, {0: -1})
    same(stage.admin.describe(topic).begins, stage.admin.describe(topic).ends, "nothing is left")
    with refused(Misuse):
        stage.admin.delete_records(stage.topic(config={"cleanup.policy": "compact"}), {0: 0})


PROMISES = (
    a_topic_is_as_it_was_made,
    a_topic_is_made_once,
    only_what_is_said_is_altered,
    settings_that_there_are_not_are_refused,
    partitions_are_added_and_never_taken_away,
    a_deleted_topic_is_gone,
    what_is_not_there_is_unknown,
    records_are_deleted_up_to_an_offset,
)
