"""What is promised of transactions: all or nothing, offsets with it, one producer of an id."""

from __future__ import annotations

from contextlib import suppress

from streamz_core.errors import Fenced, StreamzError
from streamz_core.testing.promises.grouping import stands
from streamz_core.testing.promises.promise import promised, promised_by
from streamz_core.testing.promises.stage import Stage, holds, refused, same, values_of


class Oops(Exception):
    """What a program raises in its block."""


@promised
def a_transaction_is_all_or_nothing(stage: Stage) -> None:
    """What is sent in a transaction to several topics and partitions is read by nobody before its end, and all of it
    from then on."""
    topics = stage.topic(2), stage.topic()
    reader = stage.consumer(*topics)
    producer = stage.producer(id=stage.name("id"))
    transaction = producer.transaction()
    transaction.send(topics[0], b"1", partition=0)
    transaction.send(topics[0], b"2", partition=1)
    transaction.send(topics[1], b"3")
    same(reader.poll(0.2), [])
    transaction.commit()
    same(sorted(filter(None, values_of(stage.read(reader, 3)))), [b"1", b"2", b"3"])


@promised
def what_was_aborted_is_never_read(stage: Stage) -> None:
    """A transaction that is aborted, or whose block is left by an error, leaves nothing to read: the records before and
    behind it are read, and the error comes out."""
    topic = stage.topic()
    producer = stage.producer(id=stage.name("id"))
    with producer.transaction() as transaction:
        transaction.send(topic, b"1")
    aborted = producer.transaction()
    aborted.send(topic, b"never")
    aborted.abort()

    def interrupted() -> None:
        with producer.transaction() as transaction:
            transaction.send(topic, b"never")
            raise Oops

    with refused(Oops):
        interrupted()
    with producer.transaction() as transaction:
        transaction.send(topic, b"2")
    same(values_of(stage.all_of(topic)), [b"1", b"2"])


@promised
def offsets_move_with_the_transaction(stage: Stage) -> None:
    """What a consumer's group consumed moves with the transaction that tells of it: by its commit, and not by its abort;
    then the next consumer reads it again."""
    topic, out, group = stage.topic(), stage.topic(), stage.name("group")
    offsets = stage.write(topic, b"1", b"2", b"3")
    producer = stage.producer(id=stage.name("id"))
    reader = stage.consumer(topic, group=group)
    stage.read(reader, 1)
    with producer.transaction() as transaction:
        transaction.send(out, b"one")
        transaction.consumed(reader)
    same(stands(stage, group), {(topic, 0): offsets[1]})
    stage.read(reader, 1)
    aborted = producer.transaction()
    aborted.send(out, b"never")
    aborted.consumed(reader)
    aborted.abort()
    same(stands(stage, group), {(topic, 0): offsets[1]})
    reader.close()
    same(values_of(stage.read(stage.consumer(topic, group=group), 2)), [b"2", b"3"])
    same(values_of(stage.all_of(out)), [b"one"])


@promised
def a_loop_that_dies_anywhere_doubles_nothing(stage: Stage) -> None:
    """A program that reads, writes and tells what it consumed in one transaction writes one result for each record, though
    it is left in the middle of every second transaction and begun again."""
    topic, out, group = stage.topic(), stage.topic(), stage.name("group")
    id_ = stage.name("id")
    wanted = [b"%d" % number for number in range(6)]
    stage.write(topic, *wanted)
    left = []
    for attempt in range(12):
        producer = stage.producer(id=id_)
        reader = stage.consumer(topic, group=group)
        (record,) = stage.read(reader, 1)
        transaction = producer.transaction()
        transaction.send(out, record.value)
        transaction.consumed(reader)
        if attempt % 2:
            transaction.commit()
        else:
            left.append(transaction)  # one that is forgotten would say so
        reader.close()
    same(values_of(stage.all_of(out)), wanted)
    for transaction in left:
        with suppress(StreamzError):  # of a producer that was fenced
            transaction.abort()


@promised
def a_second_producer_fences_the_first(stage: Stage) -> None:
    """Of one id there is one producer: a second one ends the first, whose open transaction is never read and whose next
    commit is refused with Fenced. The second goes on."""
    topic, id_ = stage.topic(), stage.name("id")
    first = stage.producer(id=id_)
    with first.transaction() as transaction:
        transaction.send(topic, b"1")
    zombie = first.transaction()
    zombie.send(topic, b"never")
    second = stage.producer(id=id_)
    with second.transaction() as transaction:
        transaction.send(topic, b"2")
    with refused(Fenced):
        zombie.commit()
    with refused(StreamzError), first.transaction() as transaction:
        transaction.send(topic, b"never")
    with second.transaction() as transaction:
        transaction.send(topic, b"3")
    same(values_of(stage.all_of(topic)), [b"1", b"2", b"3"])


@promised
def transactions_of_a_partition_keep_their_order(stage: Stage) -> None:
    """Records of one producer's transactions are read in the order of their commits."""
    topic = stage.topic()
    producer = stage.producer(id=stage.name("id"))
    for number in range(10):
        with producer.transaction() as transaction:
            transaction.send(topic, b"%d a" % number)
            transaction.send(topic, b"%d b" % number)
    wanted = [b"%d %s" % (number, part) for number in range(10) for part in (b"a", b"b")]
    same(values_of(stage.all_of(topic)), wanted)


@promised_by(
    "embedded",
    "on Kafka an open transaction holds back all that is written behind it to its partitions",
)
def an_open_transaction_holds_nobody_up(stage: Stage) -> None:
    """While a transaction is open, what others write to the same partition is read."""
    topic = stage.topic()
    transaction = stage.producer(id=stage.name("id")).transaction()
    transaction.send(topic, b"1")
    stage.write(topic, b"2")
    same(values_of(stage.read(stage.consumer(topic), 1)), [b"2"])
    transaction.commit()
    same(values_of(stage.all_of(topic)), [b"2", b"1"])


@promised_by("embedded", "Kafka shows a transaction partition by partition, as its markers come in")
def a_transaction_is_seen_at_one_moment(stage: Stage) -> None:
    """Who sees one record of a transaction sees all of them, in whichever partitions: ends move together."""
    topics = stage.topic(3), stage.topic()
    producer = stage.producer(id=stage.name("id"))
    reader = stage.consumer(*topics)
    for number in range(1, 20):
        with producer.transaction() as transaction:
            for partition in range(3):
                transaction.send(topics[0], b"v", partition=partition)
            transaction.send(topics[1], b"v")
        ends = reader.end_offsets()
        holds(set(ends.values()) == {number}, f"all partitions end at {number}: {ends}")


PROMISES = (
    a_transaction_is_all_or_nothing,
    what_was_aborted_is_never_read,
    offsets_move_with_the_transaction,
    a_loop_that_dies_anywhere_doubles_nothing,
    a_second_producer_fences_the_first,
    transactions_of_a_partition_keep_their_order,
    an_open_transaction_holds_nobody_up,
    a_transaction_is_seen_at_one_moment,
)
