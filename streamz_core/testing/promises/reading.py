"""What is promised of reading: where it begins, what comes next, by offset and by time."""

from __future__ import annotations

from streamz_core.errors import Misuse, OffsetOutOfRange, UnknownTopic
from streamz_core.testing.promises.promise import promised, promised_by
from streamz_core.testing.promises.stage import (
    PATIENCE,
    POLL_S,
    Stage,
    holds,
    refused,
    same,
    values_of,
)

COUNT = 30


@promised
def a_reader_begins_where_it_says(stage: Stage) -> None:
    """Without a group reading begins with the first record there is, or, with start="latest", with the first that is
    written from now on."""
    topic = stage.topic()
    stage.write(topic, b"1", b"2")
    late = stage.consumer(topic, start="latest")
    same(late.poll(0), [])
    stage.write(topic, b"3")
    same(values_of(stage.all_of(topic)), [b"1", b"2", b"3"])
    same(values_of(stage.all_of(topic, late))[:1], [b"3"])


@promised
def readers_without_a_group_read_everything(stage: Stage) -> None:
    """Each reader without a group reads every partition of all its topics, whoever reads them beside it."""
    topics = stage.topic(2), stage.topic()
    stage.write(topics[0], b"1")
    stage.write(topics[0], b"2", partition=1)
    stage.write(topics[1], b"3")
    for reader in (stage.consumer(*topics), stage.consumer(*topics)):
        same(sorted(filter(None, values_of(stage.read(reader, 3)))), [b"1", b"2", b"3"])


@promised
def nothing_is_given_twice_or_left_out(stage: Stage) -> None:
    """However few records a poll may give, each record is given once, and `position` is behind the last of them."""
    topic = stage.topic()
    offsets = stage.write(topic, *(b"%d" % number for number in range(COUNT)))
    reader = stage.consumer(topic)
    found = []
    for _ in range(PATIENCE):
        some = reader.poll(POLL_S, 7)
        holds(len(some) <= 7, "a poll gives records_max at most")
        found += some
        if some:
            same(reader.position(topic, 0), some[-1].offset + 1, "position")
        if len(found) >= COUNT:
            break
    same([record.offset for record in found], offsets)


@promised
def a_poll_without_records_comes_back(stage: Stage) -> None:
    """A poll of a topic without records gives none when its time is over, and does not wait at all with 0."""
    reader = stage.consumer(stage.topic())
    same(reader.poll(0), [])
    same(reader.poll(0.05), [])


@promised
def reading_goes_on_where_seek_went(stage: Stage) -> None:
    """After `seek` the next record is the one at that offset, back or forth, as often as one likes; the other
    partitions stay where they are."""
    topic = stage.topic(2)
    offsets = stage.write(topic, b"1", b"2", b"3", b"4")
    stage.write(topic, b"other", partition=1)
    reader = stage.consumer(topic)
    stage.read(reader, 5)
    for index, wanted in ((0, [b"1", b"2", b"3", b"4"]), (3, [b"4"]), (1, [b"2", b"3", b"4"])):
        reader.seek(topic, 0, offsets[index])
        same(reader.position(topic, 0), offsets[index], "position")
        same(values_of(stage.read(reader, len(wanted))), wanted)


@promised
def an_offset_that_is_not_there_is_told(stage: Stage) -> None:
    """To seek behind the end is refused with OffsetOutOfRange, then or by the next poll, and reading goes on after
    another `seek`; with on_out_of_range it goes to the "earliest" or "latest" record."""
    topic = stage.topic()
    (offset,) = stage.write(topic, b"1")
    strict = stage.consumer(topic)
    with refused(OffsetOutOfRange):
        strict.seek(topic, 0, offset + 1000)
        stage.read(strict, 1)
    strict.seek(topic, 0, offset)
    same(values_of(stage.read(strict, 1)), [b"1"])
    again = stage.consumer(topic, on_out_of_range="earliest")
    again.seek(topic, 0, offset + 1000)
    same(values_of(stage.read(again, 1)), [b"1"])


@promised
def the_first_record_of_a_time_is_found(stage: Stage) -> None:
    """By time one comes to the first record, in the order of offsets, whose timestamp is so late or later, and to None
    if there is none; `seek_to_time` reads from there on, or from the end."""
    topic = stage.topic()
    with stage.producer() as producer:
        for at in (50, 70, 60, 70):
            producer.send(topic, b"%d" % at, timestamp=at)
    reader = stage.consumer(topic)
    offsets = [record.offset for record in stage.read(reader, 4)]
    wanted = {0: (offsets[0], 50), 50: (offsets[0], 50), 51: (offsets[1], 70), 71: None}
    for at, first in wanted.items():
        same(reader.offsets_for_times({(topic, 0): at}), {(topic, 0): first}, f"time {at}")
        same(stage.admin.offsets_for_times(topic, at), {0: first}, f"admin, time {at}")
    reader.seek_to_time(51)
    same(values_of(stage.read(reader, 3)), [b"70", b"60", b"70"])
    reader.seek_to_time(71)
    stage.write(topic, b"new")
    same(values_of(stage.read(reader, 1)), [b"new"])


@promised
def the_end_is_behind_the_last_record(stage: Stage) -> None:
    """`end_offsets` tells for each partition the offset that the next record gets."""
    topic = stage.topic(2)
    reader = stage.consumer(topic)
    begin = reader.end_offsets()[topic, 0]
    last = stage.write(topic, b"1", b"2")[-1]
    same(reader.end_offsets(), {(topic, 0): last + 1, (topic, 1): begin})
    same(stage.write(topic, b"3"), [last + 1])


@promised
def deleted_records_are_passed(stage: Stage) -> None:
    """After `delete_records` the partition begins at that offset: who stands before it goes on there with
    on_out_of_range="earliest", and the records behind it keep their offsets."""
    topic = stage.topic()
    offsets = stage.write(topic, b"1", b"2", b"3")
    behind = stage.consumer(topic, on_out_of_range="earliest")
    same(values_of(stage.read(behind, 1)), [b"1"])
    behind.seek(topic, 0, offsets[0])
    same(stage.admin.delete_records(topic, {0: offsets[2]}), {0: offsets[2]})
    same(stage.admin.describe(topic).begins, (offsets[2],), "begins")
    found = stage.all_of(topic)
    same([(record.offset, record.value) for record in found], [(offsets[2], b"3")])
    same(stage.read(behind, 1)[0].offset, offsets[2])


@promised
def of_each_key_the_newest_record_stays(stage: Stage) -> None:
    """Of a topic with cleanup.policy=compact the newest record of each key stays, with its offset and timestamp, and a
    reader from the beginning comes to it, however much is gone before it."""
    config = {"cleanup.policy": "compact", "segment.ms": 100, "min.cleanable.dirty.ratio": 0.01}
    topic = stage.topic(config=config)
    with stage.producer() as producer:
        sent = [
            producer.send(topic, b"%d" % number, key=b"k%d" % (number % 3), timestamp=number)
            for number in range(COUNT)
        ]
        producer.flush()
        offsets = [each.result().offset for each in sent]
    stage.first.tidy(topic)
    found = stage.all_of(topic)
    newest = {record.key: (record.offset, record.timestamp) for record in found}
    wanted = {b"k%d" % (number % 3): (offsets[number], number) for number in range(COUNT)}
    same(newest, wanted)
    holds(len(found) < COUNT, "older records of a key are gone")


@promised
def a_topic_that_is_not_there_cannot_be_read(stage: Stage) -> None:
    """A consumer of a topic that there is not is refused with UnknownTopic, when it is made or by its first poll."""
    missing = stage.name("missing")
    with refused(UnknownTopic):
        stage.read(stage.consumer(missing), 1)


@promised_by("embedded", "librdkafka tells of a partition that is not there when it is read")
def what_is_not_read_is_not_sought(stage: Stage) -> None:
    """`seek` and `position` of a partition that the consumer does not read are Misuse."""
    topic = stage.topic()
    reader = stage.consumer(topic)
    with refused(Misuse):
        reader.seek(topic, 1, 0)
    with refused(Misuse):
        reader.position(topic, 1)


PROMISES = (
    a_reader_begins_where_it_says,
    readers_without_a_group_read_everything,
    nothing_is_given_twice_or_left_out,
    a_poll_without_records_comes_back,
    reading_goes_on_where_seek_went,
    an_offset_that_is_not_there_is_told,
    the_first_record_of_a_time_is_found,
    the_end_is_behind_the_last_record,
    deleted_records_are_passed,
    of_each_key_the_newest_record_stays,
    a_topic_that_is_not_there_cannot_be_read,
    what_is_not_read_is_not_sought,
)
