"""Scripted interleavings of transactions, by the names that the literature has for what may go wrong.

Adya's G0, G1a, G1b, G1c, and OTV, PMP, P4, G-single, G2-item as Hermitage plays them, in words of topics and of the offsets of groups.
`docs/guarantees.md` says what comes of each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from streamz_core.broker.admin import Admin
from streamz_core.broker.consumer import Consumer
from streamz_core.broker.embedded import Broker
from streamz_core.broker.producer import Producer
from streamz_core.broker.sending.together import ProducerTransaction
from streamz_core.codecs.plain import BYTES
from streamz_core.config import Config
from streamz_core.env.memory import MemoryMachine
from streamz_core.errors import Fenced
from tests.broker.conftest import HOME

Seen = list[tuple[str, bytes | None]]


class World:
    """Two writers and readers, each a process; topics a and b of one partition."""

    def __init__(self, level: str) -> None:
        self.machine = MemoryMachine()
        self.config = Config(durability=level)
        admin = Admin(self.broker())
        for topic in ("a", "b"):
            admin.create_topic(topic, 1)
        self.writers = [Producer(self.broker(), key=BYTES, value=BYTES, id=f"w{n}") for n in (1, 2)]

    def broker(self) -> Broker:
        return Broker(self.machine.process(), HOME, self.config)

    def begin(self) -> tuple[ProducerTransaction, ProducerTransaction]:
        one, two = (writer.transaction() for writer in self.writers)
        return one, two

    def reader(self, *topics: str) -> Callable[[], Seen]:
        """What is new, each time it is asked."""
        reader = Consumer(self.broker(), topics or ("a", "b"), key=BYTES, value=BYTES)
        return lambda: [(record.topic, record.value) for record in reader.poll(0)]

    def by_hand(self) -> Consumer[bytes, bytes]:
        """One of those who read a[0] for a group, and know nothing of each other."""
        return Consumer(self.broker(), [("a", 0)], key=BYTES, value=BYTES, group="g")


@pytest.fixture(params=["process", "power"])
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    made = World(request.param)
    yield made
    for writer in made.writers:
        writer.close()


def values(seen: Seen, topic: str) -> list[bytes | None]:
    return [value for name, value in seen if name == topic]


def test_g0_writes_of_two_transactions_are_not_mixed(world: World) -> None:
    """Whatever the order of their sends, in every partition the one that commits first stands first."""
    one, two = world.begin()
    one.send("a", b"1")
    two.send("a", b"2")
    two.send("b", b"2")
    one.send("b", b"1")
    one.send("a", b"1")
    one.commit()
    two.commit()
    seen = world.reader()()
    assert values(seen, "a") == [b"1", b"1", b"2"]
    assert values(seen, "b") == [b"1", b"2"]


def test_g1a_what_is_aborted_is_read_by_nobody(world: World) -> None:
    one, two = world.begin()
    reader = world.reader()
    one.send("a", b"never")
    assert reader() == []
    one.abort()
    assert reader() == []
    two.send("a", b"2")
    two.commit()
    assert reader() == [("a", b"2")]


def test_g1b_nothing_is_read_of_a_transaction_that_goes_on(world: World) -> None:
    one, two = world.begin()
    reader = world.reader()
    one.send("a", b"first")
    two.send("b", b"2")
    two.commit()
    assert reader() == [("b", b"2")], "and what others commit meanwhile is read"
    one.send("a", b"last")
    assert reader() == []
    one.commit()
    assert reader() == [("a", b"first"), ("a", b"last")]


def test_g1c_of_two_that_go_on_neither_reads_of_the_other(world: World) -> None:
    one, two = world.begin()
    of_one, of_two = world.reader("b"), world.reader("a")
    one.send("a", b"1")
    two.send("b", b"2")
    assert (of_one(), of_two()) == ([], [])
    one.commit()
    assert (of_one(), of_two()) == ([], [("a", b"1")]), (
        "the first to commit saw nothing of the other"
    )
    two.commit()


def test_otv_what_was_seen_does_not_vanish(world: World) -> None:
    """Who sees one of a transaction sees all of it, and what comes behind it changes nothing."""
    one, two = world.begin()
    reader = world.reader()
    for topic in ("a", "b"):
        one.send(topic, b"1")
        two.send(topic, b"2")
    one.commit()
    assert sorted(reader()) == [("a", b"1"), ("b", b"1")]
    two.commit()
    assert sorted(reader()) == [("a", b"2"), ("b", b"2")]
    for topic in ("a", "b"):
        assert values(world.reader()(), topic) == [b"1", b"2"]


def test_pmp_nothing_comes_before_what_was_read(world: World) -> None:
    """A record that fits what a reader looked for, and is committed later, stands behind all that he read, whatever its
    time."""
    one, _ = world.begin()
    with world.writers[1].transaction() as two:
        two.send("a", b"2", timestamp=50)
    reader = Consumer(world.broker(), ["a"], key=BYTES, value=BYTES)
    reader.seek_to_time(40)
    (found,) = reader.poll(0)
    one.send("a", b"1", timestamp=45)
    one.commit()
    (later,) = reader.poll(0)
    assert (found.value, later.value) == (b"2", b"1")
    assert later.offset > found.offset
    assert reader.offsets_for_times({("a", 0): 40}) == {("a", 0): (found.offset, 50)}


def test_p4_of_two_who_consumed_the_same_one_is_fenced(world: World) -> None:
    """No update is lost: what both made of a record takes effect once."""
    with world.writers[0].transaction() as given:
        given.send("a", b"in")
    readers = world.by_hand(), world.by_hand()
    assert [len(reader.poll(0)) for reader in readers] == [1, 1]
    one, two = world.begin()
    for transaction, reader in zip((one, two), readers, strict=True):
        transaction.send("b", b"out")
        transaction.consumed(reader)
    two.commit()
    with pytest.raises(Fenced):
        one.commit()
    assert world.reader("b")() == [("b", b"out")]


def test_g_single_a_poll_is_of_one_moment(world: World) -> None:
    """What a poll gives of several topics is what there was when it looked: both of a transaction, or neither."""
    reader = world.reader()
    for number in range(20):
        transaction = world.writers[number % 2].transaction()
        transaction.send("a", b"%d" % number)
        transaction.send("b", b"%d" % number)
        if number % 3 == 0:
            assert reader() == []
        transaction.commit()
        seen = reader()
        assert values(seen, "a") == values(seen, "b") == [b"%d" % number]


def test_g2_item_two_who_consume_apart_both_commit(world: World) -> None:
    """Write skew is not kept from happening: only offsets are compared, and these are of different partitions."""
    for topic in ("a", "b"):
        with world.writers[0].transaction() as given:
            given.send(topic, b"in")
    of_a, of_b = (
        Consumer(world.broker(), [(topic, 0)], key=BYTES, value=BYTES, group="g")
        for topic in ("a", "b")
    )
    assert [len(reader.poll(0)) for reader in (of_a, of_b)] == [1, 1]
    one, two = world.begin()
    one.send("b", b"from a")
    one.consumed(of_a)
    two.send("a", b"from b")
    two.consumed(of_b)
    one.commit()
    two.commit()
    seen = world.reader()()
    assert (values(seen, "a"), values(seen, "b")) == ([b"in", b"from b"], [b"in", b"from a"])
