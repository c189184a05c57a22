"""Reading topics, with and without a group that remembers."""

from __future__ import annotations

import linecache
import sys
import threading
from collections.abc import Callable

import pytest

from streamz_core.broker.admin import Admin
from streamz_core.broker.consumer import Consumer
from streamz_core.broker.embedded import Broker
from streamz_core.codecs.plain import BYTES, INT, STR
from streamz_core.config import Config
from streamz_core.env.memory import MemoryMachine
from streamz_core.errors import (
    CodecError,
    Fenced,
    Misuse,
    NotReady,
    OffsetOutOfRange,
    UnknownTopic,
)
from streamz_core.log.records.ownership import OwnerRecord
from streamz_core.log.removing import lose
from streamz_core.record import Record
from tests.broker.conftest import HOME

Another = Callable[[], Broker]


@pytest.fixture
def topic(broker: Broker) -> str:
    name = Admin(broker).create_topic("t", 2).name
    write(broker, 0, [0, 1, 2])
    write(broker, 1, [10, 11])
    return name


def write(broker: Broker, partition: int, numbers: list[int]) -> None:
    transaction = broker.transaction()
    values = [INT.encode(number) for number in numbers]
    transaction.send("t", partition, [b"k"] * len(values), values, [5] * len(values))
    transaction.commit()


def consumer(broker: Broker, group: str = "", start: str = "earliest") -> Consumer[str, int]:
    """With a group: of all partitions by hand, which are not shared."""
    topics = [("t", 0), ("t", 1)] if group else ["t"]
    return Consumer(broker, topics, key=STR, value=INT, group=group or None, start=start)


def numbers(records: list[Record[str | None, int | None]]) -> list[int | None]:
    return sorted(record.value for record in records)


def test_every_partition_is_read_from_its_start(broker: Broker, topic: str) -> None:
    one = consumer(broker)
    found = one.poll(0)
    assert numbers(found) == [0, 1, 2, 10, 11]
    last = max(found, key=lambda record: record.value)
    assert (last.key, last.timestamp, last.topic, last.partition, last.offset) == (
        "k",
        5,
        "t",
        1,
        1,
    )
    assert one.poll(0) == []


def test_records_of_others_are_seen(broker: Broker, topic: str, another: Another) -> None:
    one = consumer(broker)
    one.poll(0)
    write(another(), 1, [12])
    assert numbers(one.poll(0)) == [12]


def test_at_most_so_many_and_none_is_left_out(broker: Broker, topic: str) -> None:
    one = consumer(broker)
    found = [one.poll(0, records_max=2) for _ in range(4)]
    assert [len(part) for part in found] == [2, 2, 1, 0]
    assert numbers([record for part in found for record in part]) == [0, 1, 2, 10, 11]


def test_latest_begins_behind_what_is_there(broker: Broker, topic: str) -> None:
    one = consumer(broker, start="latest")
    assert one.poll(0) == []
    write(broker, 0, [3])
    assert numbers(one.poll(0)) == [3]


def test_what_was_committed_is_not_read_again_by_the_group(
    broker: Broker, topic: str, another: Another
) -> None:
    """In another process, and whatever its `start`."""
    one = consumer(broker, "g")
    assert len(one.poll(0)) == 5
    one.commit()
    write(broker, 1, [12])
    for start in ("earliest", "latest"):
        assert numbers(consumer(another(), "g", start).poll(0)) == [12]
    assert len(consumer(another(), "another").poll(0)) == 6


def test_a_commit_says_what_was_polled_and_no_more(
    broker: Broker, topic: str, another: Another
) -> None:
    one = consumer(broker, "g")
    first = one.poll(0, records_max=2)
    one.commit()
    rest = consumer(another(), "g").poll(0)
    assert numbers(first + rest) == [0, 1, 2, 10, 11]
    assert len(rest) == 3


def test_without_a_commit_the_group_reads_again(
    broker: Broker, topic: str, another: Another
) -> None:
    consumer(broker, "g").poll(0)
    assert len(consumer(another(), "g").poll(0)) == 5


def test_a_group_that_begins_at_latest_can_commit(
    broker: Broker, topic: str, another: Another
) -> None:
    one = consumer(broker, "g", "latest")
    write(broker, 0, [3])
    one.poll(0)
    one.commit()
    write(broker, 0, [4])
    assert numbers(consumer(another(), "g").poll(0)) == [4]


def test_two_of_a_group_cannot_both_commit_the_same(
    broker: Broker, topic: str, another: Another
) -> None:
    one, two = consumer(broker, "g"), consumer(another(), "g")
    one.poll(0)
    two.poll(0)
    one.commit()
    with pytest.raises(Fenced):
        two.commit()


def test_who_seeks_reads_from_there(broker: Broker, topic: str) -> None:
    one = consumer(broker)
    one.seek("t", 0, 2)
    one.seek("t", 1, 2)
    assert numbers(one.poll(0)) == [2]
    assert one.position("t", 0) == 3
    one.seek("t", 0, 0)
    assert numbers(one.poll(0)) == [0, 1, 2]


def test_the_end_is_behind_what_may_be_read_now(
    broker: Broker, topic: str, another: Another
) -> None:
    one = consumer(broker)
    assert one.end_offsets() == {("t", 0): 3, ("t", 1): 2}
    assert not one.at_end()
    write(another(), 1, [12])
    assert one.end_offsets() == {("t", 0): 3, ("t", 1): 3}
    one.poll(0)
    assert one.at_end()


def test_what_is_not_durable_is_neither_read_nor_counted(
    broker: Broker, topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tasks may read it: what they derive goes with it."""
    one = consumer(broker)
    backend = broker.backend
    durable = backend.mark.number
    monkeypatch.setattr(type(backend.log.durability), "readable_lsn", durable)
    write(broker, 0, [3])
    assert backend.end("t", 0) == 4
    assert one.end_offsets()["t", 0] == 3
    assert numbers(one.poll(0)) == [0, 1, 2, 10, 11]
    monkeypatch.undo()
    assert numbers(one.poll(0)) == [3]


def test_a_record_that_cannot_be_decoded_is_named(broker: Broker, topic: str) -> None:
    transaction = broker.transaction()
    transaction.send("t", 1, [b"k"], [b"abc"], [0])
    transaction.commit()
    one = consumer(broker)
    one.seek("t", 0, 3)
    one.seek("t", 1, 2)
    with pytest.raises(CodecError) as raised:
        one.poll(0)
    assert raised.value.__notes__ == [
        "at t[1]@2 key=b'k'",
        "reading stays there; to leave this record out, go on at offset 3",
    ]
    assert raised.value.place == ("t", 1, 2)


def test_what_makes_no_sense_is_refused(broker: Broker, topic: str) -> None:
    with pytest.raises(Misuse, match="start='newest'"):
        consumer(broker, start="newest")
    with pytest.raises(Misuse, match="needs a group"):
        consumer(broker).commit()
    with pytest.raises(UnknownTopic, match="'missing'"):
        Consumer(broker, ["missing"], key=BYTES, value=BYTES)


def test_a_consumer_shows_itself_until_it_is_closed(broker: Broker, topic: str) -> None:
    with consumer(broker):
        assert len(broker.backend.log.state.members) == 1
    assert not broker.backend.log.state.members


def test_what_is_lost_is_passed(broker: Broker, topic: str) -> None:
    log = broker.backend.log
    lost = log.topic("t").id
    one = consumer(broker, "g")
    lose(log, lost, 0, 1, 3, "skip")
    assert numbers(one.poll(0) + one.poll(0)) == [0, 10, 11]
    assert one.at_end()
    assert one.position("t", 0) == 3
    one.commit()
    write(broker, 0, [3])
    assert numbers(one.poll(0)) == [3]
    one.commit()


# ---- records that cannot be read


def poison(broker: Broker, partition: int, values: list[bytes]) -> None:
    transaction = broker.transaction()
    transaction.send("t", partition, [b"k"] * len(values), values, [5] * len(values))
    transaction.commit()


@pytest.mark.parametrize("records_max", [1, 2, 3, 1000])
def test_what_stands_before_a_bad_record_is_given_then_its_place_is_told_until_a_seek(
    broker: Broker, topic: str, records_max: int
) -> None:
    poison(broker, 0, [INT.encode(3), b"bad", INT.encode(5)])
    one = Consumer(broker, [("t", 0)], key=STR, value=INT)
    found: list[int | None] = []
    while len(found) < 4:
        found += numbers(one.poll(0, records_max))
    assert found == [0, 1, 2, 3]
    for _ in range(3):
        with pytest.raises(CodecError) as raised:
            one.poll(0, records_max)
        assert raised.value.place == ("t", 0, 4)
        assert one.position("t", 0) == 4
    one.seek("t", 0, 5)
    assert numbers(one.poll(0)) == [5]


def test_a_bad_record_is_told_though_others_have_more_to_give(broker: Broker, topic: str) -> None:
    one = consumer(broker)
    one.poll(0)
    poison(broker, 0, [b"bad"])
    write(broker, 1, [12, 13])
    given: list[int | None] = []

    def poll_on() -> None:
        for number in range(20, 30):
            given.extend(numbers(one.poll(0)))
            write(broker, 1, [number])

    with pytest.raises(CodecError) as raised:
        poll_on()
    assert raised.value.place == ("t", 0, 3)
    one.seek("t", 0, 4)
    while found := numbers(one.poll(0)):
        given += found
    end = broker.backend.end("t", 1)
    assert given == [12, 13, *range(20, 20 + end - 4)]


def test_whatever_a_codec_of_users_raises_has_a_place(broker: Broker, topic: str) -> None:
    class Broken(type(INT)):
        def decode(self, data: bytes) -> int:
            raise ZeroDivisionError(len(data))

        def decode_all(self, column):
            return [self.decode(data) for data in column]

    one = Consumer(broker, [("t", 1)], key=STR, value=Broken())
    with pytest.raises(CodecError, match="ZeroDivisionError: 8") as raised:
        one.poll(0)
    assert raised.value.place == ("t", 1, 0)


# ---- seeks and commits


@pytest.mark.parametrize("offset", [4, 10**6, 1 << 70])
def test_a_seek_out_of_range_goes_nowhere_unless_it_is_said_where(
    broker: Broker, topic: str, another: Another, offset: int
) -> None:
    one = consumer(broker, "g")
    one.poll(0)
    with pytest.raises(OffsetOutOfRange, match=r"t\[0\] has no offset .* seek to one of") as raised:
        one.seek("t", 0, offset)
    assert (raised.value.start, raised.value.end) == (0, 3)
    one.commit()
    write(broker, 0, [3])
    assert numbers(one.poll(0)) == [3]
    assert numbers(consumer(another(), "g").poll(0)) == [3]
    for policy, position in (("earliest", 0), ("latest", 4)):
        lenient = Consumer(broker, ["t"], key=STR, value=INT, on_out_of_range=policy)
        lenient.seek("t", 0, offset + 1)
        assert lenient.position("t", 0) == position


def test_a_seek_before_what_is_left_is_out_of_range_too(broker: Broker, topic: str) -> None:
    lose(broker.backend.log, broker.backend.log.topic("t").id, 0, 0, 2, "retention")
    one = consumer(broker)
    with pytest.raises(OffsetOutOfRange) as raised:
        one.seek("t", 0, 1)
    assert (raised.value.start, raised.value.end) == (2, 3)


@pytest.mark.parametrize(
    "where, error",
    [
        (("t", 0, -1), Misuse),
        (("t", 0, 1.5), TypeError),
        (("t", 0, True), TypeError),
        (("t", 0, None), TypeError),
        (("t", 2, 0), Misuse),
        (("t", True, 0), Misuse),
        (("u", 0, 0), Misuse),
        ((["t"], 0, 0), TypeError),
    ],
)
def test_a_seek_to_nowhere_is_refused(broker: Broker, topic: str, where, error) -> None:
    one = consumer(broker)
    with pytest.raises(error):
        one.seek(*where)
    assert len(one.poll(0)) == 5


@pytest.mark.parametrize("start", ["earliest", "latest"])
def test_a_commit_after_seeks_is_where_the_consumer_stands(
    broker: Broker, topic: str, another: Another, start: str
) -> None:
    """Forwards, backwards, before the first poll, twice, as in Kafka."""
    one = consumer(broker, "g", start)
    for offset in (2, 0, 3, 1, 1):
        one.seek("t", 0, offset)
        one.commit()
        assert consumer(another(), "g").position("t", 0) == offset
    assert numbers(one.poll(0))[:2] == [1, 2]
    one.commit()
    assert consumer(another(), "g").position("t", 0) == 3


def test_a_commit_behind_what_was_lost_meanwhile_is_no_other_ones(
    broker: Broker, topic: str, another: Another
) -> None:
    one = consumer(broker, "g")
    one.poll(0, 1)
    one.commit()
    lose(broker.backend.log, broker.backend.log.topic("t").id, 0, 0, 3, "retention")
    lose(broker.backend.log, broker.backend.log.topic("t").id, 1, 0, 2, "retention")
    one.commit()
    write(broker, 0, [3])
    assert numbers(one.poll(0)) == [3]
    one.commit()
    assert consumer(another(), "g").position("t", 0) == 4


def test_a_commit_that_was_done_though_it_was_interrupted_is_gone_on_from(
    broker: Broker, topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = consumer(broker, "g")
    one.poll(0)
    real = Consumer._move

    def interrupted(self, moves) -> None:
        real(self, moves)
        raise KeyboardInterrupt

    monkeypatch.setattr(Consumer, "_move", interrupted)
    with pytest.raises(KeyboardInterrupt):
        one.commit()
    monkeypatch.undo()
    write(broker, 0, [3])
    assert numbers(one.poll(0)) == [3]
    one.commit()
    assert broker.backend.committed("g", "t", 0) == 4


def test_no_consumer_moves_the_offsets_of_an_app(broker: Broker, topic: str) -> None:
    log = broker.backend.log
    log.join([], "shop", {})
    log.append(lambda _: OwnerRecord("shop", "s/0", log.incarnation, 1))
    one = consumer(broker, "shop")
    one.poll(0)
    with pytest.raises(Fenced, match="group shop is an app's"):
        one.commit()
    with pytest.raises(Misuse, match="group shop is an app's"):
        broker.backend.rewind("shop", {("t", 0): 0})


def test_what_is_lost_is_told_once(
    broker: Broker, topic: str, caplog: pytest.LogCaptureFixture
) -> None:
    one = consumer(broker)
    lose(broker.backend.log, broker.backend.log.topic("t").id, 0, 0, 2, "retention")
    one.poll(0)
    one.poll(0)
    assert [record.message for record in caplog.records if record.name == "streamz.consumer"] == [
        "t[0]: 2 records from offset 0 on are lost; reading goes on at 2"
    ]


# ---- who may


def test_one_partition_alone_can_be_read(broker: Broker, topic: str) -> None:
    one = Consumer(broker, [("t", 1)], key=STR, value=INT)
    assert numbers(one.poll(0)) == [10, 11]
    assert one.end_offsets() == {("t", 1): 2}


@pytest.mark.parametrize(
    "topics, error, told",
    [
        ("t", TypeError, "they have to be a list"),
        ([5], TypeError, "a topic is named by text, not by 5"),
        ([], Misuse, "a consumer reads at least one"),
        ([("t", 2)], Misuse, "partitions 0 to 1, not 2"),
        ([("t", "0")], TypeError, "the partition of t is '0'"),
        (None, TypeError, "topics are None"),
    ],
)
def test_topics_of_another_kind_are_refused(
    broker: Broker, topic: str, topics, error, told
) -> None:
    with pytest.raises(error, match=told):
        Consumer(broker, topics, key=STR, value=INT)


@pytest.mark.parametrize(
    "options, error",
    [
        ({"timeout_s": -1}, Misuse),
        ({"timeout_s": float("nan")}, Misuse),
        ({"timeout_s": "1"}, TypeError),
        ({"records_max": 0}, Misuse),
        ({"records_max": 1.5}, TypeError),
    ],
)
def test_a_poll_of_no_sense_is_refused(broker: Broker, topic: str, options, error) -> None:
    one = consumer(broker)
    with pytest.raises(error):
        one.poll(**options)
    assert len(one.poll(0)) == 5


def test_a_closed_consumer_says_so_and_a_second_thread_is_refused(
    broker: Broker, topic: str
) -> None:
    one = consumer(broker, "g")
    calls = [
        one.poll,
        one.poll_batches,
        one.commit,
        one.at_end,
        one.end_offsets,
        lambda: one.seek("t", 0, 0),
        lambda: one.position("t", 0),
    ]
    told: list[str] = []

    def use() -> None:
        for call in [*calls, one.close]:
            try:
                call()
            except Misuse as error:
                told.append(str(error))

    second = threading.Thread(target=use, name="second")
    second.start()
    second.join()
    assert len(told) == 8
    assert all("opened here by thread MainThread, and thread second uses it" in one for one in told)
    assert len(one.poll(0)) == 5
    one.close()
    one.close()
    for call in calls:
        with pytest.raises(Misuse, match="this consumer was closed"):
            call()


def test_a_consumer_of_a_closed_or_broken_broker_can_be_closed(
    broker: Broker, topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = consumer(broker), consumer(broker)
    monkeypatch.setattr(broker.backend.log.guard, "broken", "KeyboardInterrupt()")
    with pytest.raises(NotReady, match="interrupted"):
        one.poll(0)
    one.close()
    broker.close()
    two.close()


def interrupted_at(number: int, call: Callable[[], object]) -> bool:
    """Whether an interrupt came: before the line that is the `number`th of ours that `call` runs."""
    left = number

    def trace(frame, event, _):
        nonlocal left
        path = frame.f_code.co_filename
        if event == "line" and "/streamz_core/" in path and "/env/" not in path:
            # Python looks for signals after calls and at jumps: none comes before this line.
            if linecache.getline(path, frame.f_lineno).strip() == "return found":
                return trace
            left -= 1
            if left == 0:
                raise KeyboardInterrupt
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        call()
    except KeyboardInterrupt:
        return True
    finally:
        sys.settrace(before)
    return False


@pytest.mark.parametrize("what", ["poll", "commit"])
def test_an_interrupt_anywhere_skips_nothing(what: str) -> None:
    """The same consumer gives what it did not give; or it says that it is of no use, and another one of
    the group does."""
    hit = broken = 0
    for number in range(1, 3000):
        machine = MemoryMachine()
        mine = Broker(machine.process(), HOME, Config(durability="process"))
        Admin(mine).create_topic("t", 2)
        write(mine, 0, [0, 1, 2])
        write(mine, 1, [10, 11])
        one = consumer(mine, "g")
        found = numbers(one.poll(0, 3)) if what == "commit" else []
        call = one.commit if what == "commit" else lambda one=one: one.poll(0, 3)
        interrupted = interrupted_at(number, call)
        if not interrupted:
            break
        hit += 1
        try:
            found += numbers(one.poll(0)) + numbers(one.poll(0))
            one.commit()
        except NotReady:
            broken += 1
            one.close()
            mine = Broker(machine.process(), HOME, Config(durability="process"))
            one = consumer(mine, "g")
            found += numbers(one.poll(0)) + numbers(one.poll(0))
        assert set(found) == {0, 1, 2, 10, 11}, number
        one.commit()
        assert [mine.backend.committed("g", "t", each) for each in (0, 1)] == [3, 2]
    assert hit > broken > 10, "both happen, and it came to an end"
    assert number < 2999


def test_the_end_is_where_others_have_come_to_by_now(another: Callable[[], Broker]) -> None:
    broker, other = another(), another()
    Admin(broker).create_topic("t", 1)
    with Consumer(broker, ["t"], key=BYTES, value=BYTES) as consumer:
        assert consumer.at_end()
        other.backend.refresh()
        transaction = other.transaction()
        transaction.send("t", 0, [None], [b"x"], [0])
        transaction.commit()
        assert not consumer.at_end()
        assert [record.value for record in consumer.poll(0)] == [b"x"]
        assert consumer.at_end()


def test_a_closed_one_is_not_entered_and_no_time_is_negative(broker: Broker, topic: str) -> None:
    one = consumer(broker)
    with pytest.raises(Misuse, match="a time is -1"):
        one.seek_to_time(-1)
    one.close()
    with pytest.raises(Misuse, match="was closed"):
        one.__enter__()
