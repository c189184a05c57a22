"""More partitions and other settings: what changes, what it breaks, and who follows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from streamz_core.broker.admin import Admin
from streamz_core.broker.consumer import Consumer
from streamz_core.broker.embedded import Broker
from streamz_core.broker.names import PARTITIONS_MAX, partition_of
from streamz_core.broker.producer import Producer
from streamz_core.codecs.plain import INT, STR
from streamz_core.errors import Misuse, UnknownTopic

Another = Callable[[], Broker]


def send(broker: Broker, topic: str, partition: int) -> None:
    transaction = broker.transaction()
    transaction.send(topic, partition, [b"k"], [INT.encode(7)], [0])
    transaction.commit()


def test_settings_are_said_and_let_go_of(broker: Broker) -> None:
    admin = Admin(broker)
    admin.create_topic("t", 1, config={"retention.ms": 5, "segment.bytes": 2000})
    found = admin.alteration("t", config={"retention_bytes": "7"}, unset=["segment.bytes"])
    assert list(found.changes()) == [("retention.bytes", None, 7), ("segment.bytes", 2000, None)]
    assert admin.describe("t").config["segment.bytes"] == 2000, "nothing was changed yet"
    admin.alter_topic("t", config={"retention_bytes": "7"}, unset=["segment.bytes"])
    said = {"cleanup.policy": "delete", "retention.ms": 5, "retention.bytes": 7}
    assert admin.describe("t").config == said


def test_what_makes_no_sense_is_refused(broker: Broker) -> None:
    admin = Admin(broker)
    admin.create_topic("t", 2)
    broker.backend.create_topic("own", 1, {"cleanup.policy": "compact"}, "app")
    for match, options in (
        ("t has 2 partitions, and 1 are fewer", {"partitions": 1}),
        (f"at most {PARTITIONS_MAX} are possible", {"partitions": PARTITIONS_MAX + 1}),
        (
            "unknown setting 'retention.m'; did you mean retention.ms",
            {"config": {"retention.m": 1}},
        ),
        ("unknown setting 'x'", {"unset": ["x"]}),
        ("says nothing of retention.ms", {"unset": ["retention.ms"]}),
        (
            "is said, and deleted",
            {"config": {"cleanup.policy": "compact"}, "unset": ["cleanup.policy"]},
        ),
    ):
        with pytest.raises(Misuse, match=match):
            admin.alter_topic("t", **options)
    with pytest.raises(Misuse, match="own is an internal topic of app app: it has as many"):
        admin.alter_topic("own", partitions=2)
    with pytest.raises(Misuse, match=r"of app app, which lives by cleanup\.policy"):
        admin.alter_topic("own", config={"cleanup.policy": "delete"})
    admin.alter_topic("own", config={"segment.bytes": 4096})
    with pytest.raises(UnknownTopic):
        admin.alter_topic("u", partitions=2)


def test_what_breaks_is_told(broker: Broker) -> None:
    admin = Admin(broker)
    admin.create_topic("t", 1, cleanup="compact")
    assert admin.alteration("t", partitions=2).breaks == (), "nothing is in it"
    send(broker, "t", 0)
    keys, last = admin.alteration("t", partitions=2).breaks
    assert "keys that had records get others in another partition" in keys
    assert "the last record in its old partition stays" in last
    aged, _ = admin.alteration(
        "t", config={"cleanup.policy": "delete", "retention.ms": 5, "retention.bytes": 9}
    ).breaks
    assert "records older than 5 ms go" in aged
    admin.create_topic("u", 1)
    (keyless,) = admin.alteration("u", config={"cleanup.policy": "compact"}).breaks
    assert "those without a key go" in keyless


def test_an_app_that_would_end_by_it_is_not_disturbed(broker: Broker, another: Another) -> None:
    admin, worker = Admin(broker), another().backend
    admin.create_topic("t", 1)
    transaction = broker.transaction("app")
    transaction.move("t", 0, 0, 0)
    send(broker, "t", 0)
    worker.refresh()
    group = another().transaction("app")
    group.move("t", 0, 0, 1)
    group.commit()
    worker.create_topic("app-n-changelog", 1, {}, "app")
    member = worker.membership("app", ["sub/0"], ["t"], {}, 1000)
    assert any(
        "app app has app-n-changelog" in one for one in admin.alteration("t", partitions=2).breaks
    )
    member.join()
    with pytest.raises(Misuse, match="app app reads t, keeps state, and is running"):
        admin.alter_topic("t", partitions=2)
    assert admin.alter_topic("t", config={"retention.ms": 9}).partitions == 1
    assert admin.alter_topic("t", partitions=2, force=True).partitions == 2


def test_a_producer_that_is_open_sees_the_new_partitions(broker: Broker, another: Another) -> None:
    Admin(broker).create_topic("t", 1)
    with Producer(another(), key=STR, value=INT) as producer:
        producer.send("t", 1, key="a")
        producer.flush()
        Admin(broker).alter_topic("t", partitions=4)
        producer.send("t", 2, key="a")
        producer.flush()  # by this it hears of it
        for key in "abcdefgh":
            producer.send("t", 3, key=key)
        producer.send("t", 4, partition=3)
        Admin(broker).alter_topic("t", partitions=5)
        producer.send("t", 4, partition=4)
        with pytest.raises(Misuse, match="t has partitions 0 to 4, not 5"):
            producer.send("t", 4, partition=5)
    with Consumer(broker, ["t"], key=STR, value=INT) as consumer:
        found = {(r.partition, r.key) for r in consumer.poll(0) if r.value == 3}
    assert found == {(partition_of(key.encode(), 4), key) for key in "abcdefgh"}
    assert len({partition for partition, _ in found}) > 1


@pytest.mark.parametrize("start", ["earliest", "latest"])
def test_a_consumer_that_is_open_reads_new_partitions_from_their_beginning(
    broker: Broker, another: Another, start: str
) -> None:
    admin = Admin(broker)
    admin.create_topic("t", 1)
    admin.create_topic("u", 1)
    reader = another()
    with Consumer(reader, ["t", ("u", 0)], key=STR, value=INT, start=start) as consumer:
        admin.alter_topic("t", partitions=3)
        admin.alter_topic("u", partitions=2)
        for topic, partition in (("t", 0), ("t", 2), ("u", 1)):
            send(broker, topic, partition)
        assert not consumer.at_end()
        places = {(r.topic, r.partition) for r in consumer.poll(0)}
        assert places == {("t", 0), ("t", 2)}, "of u one partition was asked for"
        assert consumer.end_offsets() == {("t", 0): 1, ("t", 1): 0, ("t", 2): 1, ("u", 0): 0}


@pytest.mark.parametrize(
    "options, match",
    [
        ({"config": [("retention.ms", 5)]}, "settings are .*; they have to be a dict"),
        ({"unset": "retention.ms"}, "settings to be deleted are 'retention.ms'"),
        ({"unset": [7]}, "is 7, which is no text"),
        ({"partitions": "4"}, "the number of partitions of t is '4'"),
    ],
)
def test_what_is_of_another_type_is_told(
    broker: Broker, options: dict[str, Any], match: str
) -> None:
    admin = Admin(broker)
    admin.create_topic("t", 1)
    with pytest.raises(TypeError, match=match):
        admin.alter_topic("t", **options)
