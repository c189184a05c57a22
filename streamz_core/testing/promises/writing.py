"""What is promised of writing: order, places, what a record is, what is refused."""

from __future__ import annotations

from zlib import crc32

from streamz_core.broker.names import murmur2
from streamz_core.broker.sending.sent import Delivered
from streamz_core.errors import Misuse, TooLarge, UnknownTopic
from streamz_core.record import Headers
from streamz_core.testing.promises.promise import promised, promised_by
from streamz_core.testing.promises.stage import Stage, holds, refused, same, values_of

HEADERS: Headers = (("a", b"1"), ("b", None), ("a", b""))
KEYS = (b"ann", b"bob", b"\x00", b"a longer key", "käthe".encode())
PARTITIONS = 5
LARGE = 2 << 20


@promised
def records_of_a_partition_keep_their_order(stage: Stage) -> None:
    """What one producer sends to a partition is read in that order, and each record has a higher offset than the one
    before it."""
    topic = stage.topic()
    wanted = [b"%d" % number for number in range(500)]
    with stage.producer() as producer:
        for number, value in enumerate(wanted):
            producer.send(topic, value, key=b"k%d" % (number % 7))
    found = stage.all_of(topic)
    same(values_of(found), wanted)
    offsets = [record.offset for record in found]
    same(offsets, sorted(set(offsets)), "offsets")


@promised_by("embedded", "on Kafka the end of each transaction takes an offset, too")
def offsets_have_no_gaps(stage: Stage) -> None:
    """The offsets of a partition count its records from 0, whatever commits or aborts they came by."""
    topic = stage.topic()
    producer = stage.producer(id=stage.name("id"))
    with producer.transaction() as transaction:
        transaction.send(topic, b"1")
    aborted = producer.transaction()
    aborted.send(topic, b"never")
    aborted.abort()
    producer.send(topic, b"2")
    producer.flush()
    same([record.offset for record in stage.all_of(topic)], [0, 1])


@promised
def a_record_comes_back_as_it_was_sent(stage: Stage) -> None:
    """Key, value, timestamp and headers come back as they were given: headers in their order, also two of one name and
    those without a value."""
    topic = stage.topic()
    with stage.producer() as producer:
        producer.send(topic, b"v\x00", key=b"k\xff", timestamp=1_700_000_000_123, headers=HEADERS)
    (found,) = stage.read(stage.consumer(topic), 1)
    same((found.key, found.value), (b"k\xff", b"v\x00"))
    same(found.timestamp, 1_700_000_000_123, "timestamp")
    same(tuple(found.headers), HEADERS, "headers")
    same((found.topic, found.partition), (topic, 0))


@promised
def null_is_not_empty(stage: Stage) -> None:
    """A key or value that is null comes back as None, an empty one as empty: a null value is a tombstone."""
    topic = stage.topic()
    wanted = [(b"k", None), (None, b"v"), (b"", b""), (None, None)]
    with stage.producer() as producer:
        for key, value in wanted:
            producer.send(topic, value, key=key, partition=0)
    same([(record.key, record.value) for record in stage.all_of(topic)], wanted)


@promised
def a_key_has_one_partition(stage: Stage) -> None:
    """All records of a key go to one partition, whoever writes them: that of crc32 of its bytes (librdkafka's
    "consistent"), or of murmur2 as Java's producer has it."""
    for name, hash_ in (("crc32", crc32), ("murmur2", murmur2)):
        topic = stage.topic(PARTITIONS)
        for _ in range(2):
            with stage.producer(partitioner=name) as producer:
                for key in KEYS:
                    producer.send(topic, b"v", key=key)
        for record in stage.all_of(topic, partitions=PARTITIONS):
            assert record.key is not None
            same(record.partition, hash_(record.key) % PARTITIONS, f"{name} of {record.key!r}")


@promised
def records_without_a_key_go_anywhere(stage: Stage) -> None:
    """Records without a key go to any partition, and none is lost."""
    topic = stage.topic(3)
    wanted = [b"%d" % number for number in range(100)]
    with stage.producer() as producer:
        for value in wanted:
            producer.send(topic, value)
    same(
        sorted(map(bytes, filter(None, values_of(stage.all_of(topic, partitions=3))))),
        sorted(wanted),
    )


@promised
def a_record_may_name_its_partition(stage: Stage) -> None:
    """A record goes to the partition that it names, whatever its key says; one that is not there is refused."""
    topic = stage.topic(3)
    with stage.producer() as producer:
        for partition in (2, 0, 1):
            producer.send(topic, b"%d" % partition, key=b"k", partition=partition)
        with refused(Misuse):
            producer.send(topic, b"no", partition=3).result()
    found = stage.all_of(topic, partitions=3)
    same(sorted((one.partition, one.value) for one in found), [(0, b"0"), (1, b"1"), (2, b"2")])


@promised
def what_is_acknowledged_is_there(stage: Stage) -> None:
    """When the result of a `send` is known, the record stands at that place for every reader."""
    topic = stage.topic(2)
    producer = stage.producer()
    for number in range(3):
        told = producer.send(topic, b"%d" % number, key=b"k", timestamp=number + 1).result()
        same((told.topic, told.timestamp), (topic, number + 1))
        reader = stage.consumer(topic)
        reader.seek(topic, told.partition, told.offset)
        (found,) = [one for one in stage.read(reader, 1) if one.offset == told.offset]
        same((found.partition, found.value), (told.partition, b"%d" % number))


@promised
def each_delivery_is_told_once(stage: Stage) -> None:
    """`on_delivery` is called once for each record, with its place, before `flush` returns."""
    topic = stage.topic()
    told: list[Delivered] = []

    def hear(error: BaseException | None, delivered: Delivered | None) -> None:
        same(error, None)
        assert delivered is not None
        told.append(delivered)

    producer = stage.producer()
    for _ in range(20):
        producer.send(topic, b"v", on_delivery=hear)
    producer.flush()
    offsets = [one.offset for one in told]
    same(len(offsets), 20, "calls")
    same(offsets, sorted(set(offsets)), "offsets told")


@promised
def a_lone_record_goes_out_by_itself(stage: Stage) -> None:
    """A record is written when its linger time is over, though nobody sends another or flushes."""
    topic = stage.topic()
    producer = stage.producer(linger_ms=20)
    producer.send(topic, b"alone")
    same(values_of(stage.read(stage.consumer(topic), 1)), [b"alone"])


@promised
def flush_and_close_write_everything(stage: Stage) -> None:
    """When `flush` or `close` returned, what was sent before is there."""
    topic = stage.topic()
    producer = stage.producer(linger_ms=60_000)
    producer.send(topic, b"flushed")
    producer.flush()
    same(values_of(stage.all_of(topic)), [b"flushed"])
    producer.send(topic, b"closed")
    producer.close()
    same([one for one in values_of(stage.all_of(topic)) if one == b"closed"], [b"closed"])


@promised
def the_topic_may_stamp_its_records(stage: Stage) -> None:
    """With message.timestamp.type=LogAppendTime a record has the time at which it was written, whatever it says; else
    the one it says."""
    topic = stage.topic(config={"message.timestamp.type": "LogAppendTime"})
    with stage.producer() as producer:
        producer.send(topic, b"v", timestamp=5)
        producer.flush()
        producer.send(topic, b"v", timestamp=6)
    first, second = (record.timestamp for record in stage.all_of(topic))
    holds(5 < first <= second, f"times of writing, {first} and {second}, are new and go up")


@promised
def what_is_too_large_is_refused_alone(stage: Stage) -> None:
    """A record above the limit is refused by `send` with TooLarge, and those before and behind it are written."""
    topic = stage.topic()
    with stage.producer() as producer:
        producer.send(topic, b"before")
        with refused(TooLarge):
            producer.send(topic, bytes(LARGE))
        producer.send(topic, b"behind")
    same(values_of(stage.all_of(topic)), [b"before", b"behind"])


@promised_by("embedded", "Kafka has a limit for a record, but none for its key alone")
def a_key_has_a_limit(stage: Stage) -> None:
    """A key above 64 KiB is refused by `send` with TooLarge."""
    topic = stage.topic()
    with stage.producer() as producer, refused(TooLarge):
        producer.send(topic, b"v", key=bytes((64 << 10) + 1))


@promised
def a_topic_that_is_not_there_is_refused(stage: Stage) -> None:
    """A record for a topic that there is not is refused with UnknownTopic, by `send` or by its result."""
    missing = stage.name("missing")
    with refused(UnknownTopic):
        stage.producer().send(missing, b"v").result()


@promised_by(
    "embedded", "Kafka forgets the sequences of a producer that is gone: its id fences, and no more"
)
def what_is_sent_again_is_not_written_again(stage: Stage) -> None:
    """A producer that died between the commit and its answer sends the same again under its id, and it is there once."""
    topic, id_ = stage.topic(), stage.name("id")
    first = stage.producer(id=id_)
    for number in (1, 2, 3):
        first.send(topic, b"%d" % number, sequence=number)
    first.flush()
    with stage.producer(id=id_) as second:
        same(second.sequence, 3, "sequence")
        for number in (1, 2, 3, 4):
            second.send(topic, b"%d" % number, sequence=number)
    same(values_of(stage.all_of(topic)), [b"1", b"2", b"3", b"4"])


PROMISES = (
    records_of_a_partition_keep_their_order,
    offsets_have_no_gaps,
    a_record_comes_back_as_it_was_sent,
    null_is_not_empty,
    a_key_has_one_partition,
    records_without_a_key_go_anywhere,
    a_record_may_name_its_partition,
    what_is_acknowledged_is_there,
    each_delivery_is_told_once,
    a_lone_record_goes_out_by_itself,
    flush_and_close_write_everything,
    the_topic_may_stamp_its_records,
    what_is_too_large_is_refused_alone,
    a_key_has_a_limit,
    a_topic_that_is_not_there_is_refused,
    what_is_sent_again_is_not_written_again,
)
