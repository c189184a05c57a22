"""Making and describing topics."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from streamz_core.broker.admin import Admin
from streamz_core.broker.embedded import Broker
from streamz_core.broker.names import PARTITIONS_MAX
from streamz_core.broker.producer import Producer
from streamz_core.codecs.plain import INT
from streamz_core.errors import Fenced, Misuse, UnknownTopic


def test_a_topic_is_described_as_it_was_made(broker: Broker) -> None:
    made = Admin(broker).create_topic("t", 3, cleanup="compact")
    assert (made.name, made.partitions) == ("t", 3)
    found = Admin(broker).describe("t")
    assert (found.name, found.partitions, found.ends) == ("t", 3, (0, 0, 0))
    assert found.config == {"cleanup.policy": "compact"}


def test_the_ends_are_those_of_this_moment(broker: Broker, another: Callable[[], Broker]) -> None:
    Admin(broker).create_topic("t", 2)
    writer = another()
    transaction = writer.transaction()
    transaction.send("t", 1, [None] * 3, [b"x"] * 3, [0] * 3)
    transaction.commit()
    assert Admin(broker).describe("t").ends == (0, 3)


def test_the_topics_of_others_are_listed_in_order(
    broker: Broker, another: Callable[[], Broker]
) -> None:
    Admin(another()).create_topic("b", 1)
    Admin(another()).create_topic("a", 1)
    assert Admin(broker).topics() == ["a", "b"]


def test_a_topic_that_somebody_made_is_not_made_again(
    broker: Broker, another: Callable[[], Broker]
) -> None:
    Admin(another()).create_topic("t", 3)
    with pytest.raises(Misuse, match="exists already, with 3 partitions"):
        Admin(broker).create_topic("t", 3)


@pytest.mark.parametrize("partitions", [0, -1, PARTITIONS_MAX + 1])
def test_an_impossible_number_is_refused(broker: Broker, partitions: int) -> None:
    with pytest.raises(Misuse, match=f"{partitions} partitions; 1 to 10000"):
        Admin(broker).create_topic("t", partitions)
    assert Admin(broker).topics() == []


@pytest.mark.parametrize("name", ["", ".", "..", "a b", "x" * 250])
def test_a_name_that_kafka_refuses_is_refused(broker: Broker, name: str) -> None:
    with pytest.raises(Misuse, match="is no topic name" if name else "a topic is named by text"):
        Admin(broker).create_topic(name)


def test_an_unknown_topic_is_said_to_be_so(broker: Broker) -> None:
    with pytest.raises(UnknownTopic, match="'t'"):
        Admin(broker).describe("t")


def test_records_before_an_offset_go(broker: Broker) -> None:
    admin = Admin(broker)
    admin.create_topic("t", 2)
    transaction = broker.transaction()
    transaction.send("t", 1, [None] * 3, [b"x"] * 3, [0] * 3)
    transaction.commit()
    assert admin.delete_records("t", {1: 2, 0: 0}) == {1: 2, 0: 0}
    assert admin.describe("t").begins == (0, 2)
    assert admin.delete_records("t", {1: 1}) == {1: 2}, "it is gone already"
    assert admin.delete_records("t", {1: -1}) == {1: 3}
    admin.create_topic("keyed", 1, cleanup="compact")
    with pytest.raises(Misuse, match="keyed is compacted"):
        admin.delete_records("keyed", {0: -1})


def test_a_topic_that_is_read_goes_only_by_force(
    broker: Broker, another: Callable[[], Broker]
) -> None:
    admin, reader = Admin(broker), another()
    admin.create_topic("t", 1)
    broker.backend.create_topic("own", 1, {}, "app")
    reader.backend.listen(["t"])
    with pytest.raises(
        Misuse,
        match=r"topic t is read by a consumer \(pid \d+\): .*--force \(in Python force=True\)",
    ):
        admin.delete_topic("t")
    with pytest.raises(Misuse, match="internal topic of app app: streamz reset"):
        admin.delete_topic("own")
    admin.delete_topic("t", force=True)
    admin.delete_topic("own", force=True)
    assert admin.topics() == []
    with pytest.raises(UnknownTopic):
        admin.delete_topic("t")
    admin.create_topic("t", 3)
    assert admin.describe("t").ends == (0, 0, 0)


def test_what_partitions_take_is_told(broker: Broker) -> None:
    admin = Admin(broker)
    admin.create_topic("t", 2)
    transaction = broker.transaction()
    transaction.send("t", 1, [None] * 3, [b"x" * 100] * 3, [0] * 3)
    transaction.commit()
    empty, full = admin.sizes("t")
    assert (empty.bytes, empty.files) == (0, 0)
    assert full.unsealed > 300
    assert (full.sealed, full.bytes) == (0, full.unsealed)
    assert full.directory == "/home/log/part/1/1"
    admin.delete_records("t", {1: -1})
    assert admin.sizes("t")[1].bytes == 0
    with pytest.raises(UnknownTopic):
        admin.sizes("u")


@pytest.mark.parametrize("given", ["retention.ms=5", [("retention.ms", 5)], 5])
def test_settings_that_are_no_dict_are_refused(broker: Broker, given: Any) -> None:
    admin = Admin(broker)
    with pytest.raises(TypeError, match=r"topic t: its settings are .*; they have to be a dict"):
        admin.create_topic("t", 1, config=given)
    admin.create_topic("t", 1)
    with pytest.raises(TypeError, match=r"settings are .*; they have to be a dict"):
        admin.alter_topic("t", config=given)
    with pytest.raises(TypeError, match=r"offsets are .*; they have to be a dict"):
        admin.delete_records("t", given)


@pytest.mark.parametrize("again", [False, True])
def test_who_writes_to_a_topic_that_goes_is_told_its_name(
    broker: Broker, another: Callable[[], Broker], again: bool
) -> None:
    admin = Admin(broker)
    admin.create_topic("t", 1)
    producer = Producer(another(), key=INT, value=INT)
    producer.send("t", 1).result()
    admin.delete_topic("t", force=True)
    if again:
        admin.create_topic("t", 1)
    sent = producer.send("t", 2)
    told = "topic t was deleted, and made anew since" if again else "topic t was deleted since"
    with pytest.raises(Fenced, match=told):
        sent.result()
    with pytest.raises(Fenced, match=told):
        producer.close()
    if again:
        assert admin.describe("t").ends == (0,)
