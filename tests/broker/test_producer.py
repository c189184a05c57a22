"""Sending: which partition, when it is committed, what is refused."""

from __future__ import annotations

import gc
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from streamz_core.broker.admin import Admin
from streamz_core.broker.consumer import Consumer
from streamz_core.broker.embedded import Broker
from streamz_core.broker.names import murmur2, partition_of
from streamz_core.broker.producer import Producer
from streamz_core.codecs.codec import Codec
from streamz_core.codecs.plain import BYTES, INT, STR
from streamz_core.config import Config
from streamz_core.env.memory import MemoryMachine
from streamz_core.errors import CodecError, Misuse, StorageFull, TooLarge, UnknownTopic
from tests.broker.conftest import HOME


@pytest.fixture
def topic(broker: Broker) -> str:
    return Admin(broker).create_topic("t", 3).name


def producer(broker: Broker, **options: Any) -> Producer[str, int]:
    return Producer(broker, key=STR, value=INT, **options)


def committed(broker: Broker) -> list[tuple[int, str | None, int | None]]:
    """(partition, key, value) of everything there is."""
    with Consumer(broker, ["t"], key=STR, value=INT) as consumer:
        return sorted((r.partition, r.key or "", r.value) for r in consumer.poll(0))


def values(broker: Broker) -> list[int]:
    """Those of topic t, read without a consumer, who would append that it is there."""
    backend = broker.backend
    backend.watch(["t"])
    backend.refresh()
    parts = [backend.fetch("t", partition, 0, bytes_max=1 << 40) for partition in range(3)]
    return sorted(
        INT.decode(value or b"") for batches in parts for one in batches for value in one.values
    )


# ---- where and when


def test_a_key_decides_the_partition(broker: Broker, topic: str) -> None:
    with producer(broker) as one:
        for key in "abcdef":
            one.send(topic, 1, key=key)
    rows = committed(broker)
    assert [(partition_of(key.encode(), 3), key, 1) for _, key, _ in rows] == rows
    assert len(rows) == 6


def test_records_without_a_key_stay_together_until_they_are_written(
    broker: Broker, topic: str
) -> None:
    with producer(broker) as one:
        for number in range(6):
            one.send(topic, number)
            if number % 2:
                one.flush()
    assert [(row[0], row[2]) for row in committed(broker)] == [
        (0, 4),
        (0, 5),
        (1, 0),
        (1, 1),
        (2, 2),
        (2, 3),
    ]


def test_many_records_without_a_key_go_to_all_partitions(broker: Broker, topic: str) -> None:
    with producer(broker, linger_ms=60_000) as one:
        for number in range(600):
            one.send(topic, number)
    found = Counter(row[0] for row in committed(broker))
    assert len(found) == 3
    assert max(found.values()) < 3 * min(found.values())


def test_a_key_goes_where_it_is_told(broker: Broker, topic: str) -> None:
    with producer(broker, partitioner="murmur2") as one:
        one.send(topic, 1, key="foobar")
    with producer(
        broker, partitioner=lambda name, key, count: len(name + key.decode()) % count
    ) as two:
        two.send(topic, 2, key="b")
    assert committed(broker) == [(murmur2(b"foobar") % 3, "foobar", 1), (2, "b", 2)]


def test_a_partitioner_names_a_partition_there_is(broker: Broker, topic: str) -> None:
    with producer(broker, partitioner=lambda *_: 3) as one:
        with pytest.raises(Misuse, match="partitions 0 to 2, not 3"):
            one.send(topic, 1, key="a")
        assert one.flush() == 0


def test_a_partition_that_is_named_is_taken(broker: Broker, topic: str) -> None:
    with producer(broker) as one:
        one.send(topic, 1, key="a", partition=2)
        with pytest.raises(Misuse, match="partitions 0 to 2, not 3"):
            one.send(topic, 1, partition=3)
        with pytest.raises(
            TypeError, match="the partition of t is True; it has to be a whole number"
        ):
            one.send(topic, 1, partition=True)
    assert committed(broker) == [(2, "a", 1)]


def test_a_flush_commits_what_waits_and_counts_it(broker: Broker, topic: str) -> None:
    with producer(broker) as one:
        for number in range(9):
            one.send(topic, number)
        assert committed(broker) == []
        assert one.flush() == 9
        assert one.flush() == 0
        assert len(committed(broker)) == 9


def test_a_batch_that_is_heavy_enough_does_not_linger(broker: Broker, topic: str) -> None:
    with producer(broker, batch_bytes=500) as one:
        for number in range(7):
            one.send(topic, number)
        assert values(broker) == [0, 1, 2, 3]
        assert one.flush() == 7


def test_linger_ends_by_itself(broker: Broker, topic: str, machine: MemoryMachine) -> None:
    with producer(broker, linger_ms=50) as one:
        one.send(topic, 1)
        machine.advance(49)
        one.send(topic, 2)
        assert committed(broker) == []
        machine.advance(1)
        assert values(broker) == [1, 2]
        one.send(topic, 3)
        machine.advance(49)
        assert values(broker) == [1, 2]
        machine.advance(1)
        assert values(broker) == [1, 2, 3]


def test_the_time_is_now_unless_given(broker: Broker, topic: str, machine: MemoryMachine) -> None:
    machine.advance(1234)
    with producer(broker) as one:
        one.send(topic, 1, key="a", partition=0)
        one.send(topic, 1, key="a", timestamp=7, partition=0, headers=(("h", b"x"),))
    with Consumer(broker, [topic], key=STR, value=INT) as consumer:
        first, second = consumer.poll(0)
    assert (first.timestamp, second.timestamp) == (machine.now_ms, 7)
    assert (first.headers, second.headers) == ((), (("h", b"x"),))


@pytest.mark.parametrize("kind, stamp", [("CreateTime", 7), ("LogAppendTime", 1500)])
def test_a_topic_says_whose_time_records_have(
    broker: Broker, machine: MemoryMachine, kind: str, stamp: int
) -> None:
    Admin(broker).create_topic("t", 3, config={"message.timestamp.type": kind})
    with producer(broker) as one:
        sent = one.send("t", 1, key="a", timestamp=7)
        machine.advance(1500)
        assert sent.result().timestamp == stamp
    with Consumer(broker, ["t"], key=STR, value=INT) as consumer:
        assert [record.timestamp for record in consumer.poll(0)] == [stamp]


# ---- what is refused


REFUSED: list[tuple[type[Exception], str, dict[str, Any]]] = [
    (CodecError, "expected int", {"value": "text"}),
    (CodecError, "expected str", {"key": 5}),
    (Misuse, "a timestamp is negative: -1; times are ms since 1970", {"timestamp": -1}),
    (Misuse, "does not fit into 8 bytes", {"timestamp": 1 << 63}),
    (TypeError, r"a timestamp is 1\.5; .* int\(\.\.\.\) makes one of it", {"timestamp": 1.5}),
    (TypeError, "a timestamp is True", {"timestamp": True}),
    (TypeError, "headers are 5; they have to be a dict", {"headers": 5}),
    (TypeError, r"a header is \('h', 1, 2\)", {"headers": [("h", 1, 2)]}),
    (TypeError, r"a header is \('h', 1\)", {"headers": {"h": 1}}),
    (TooLarge, "a key of 70000 bytes for t, .*: the limit is 65536", {"key": "k" * 70_000}),
    (TooLarge, "a record of .* bytes for t", {"headers": {"h": b"x" * (1 << 20)}}),
    (UnknownTopic, "'missing'", {"topic": "missing"}),
    (TypeError, "a topic is named by text, not by None", {"topic": None}),
    (TypeError, r"a topic is named by text, not by \['t'\]", {"topic": ["t"]}),
]


@pytest.mark.parametrize("error, told, wrong", REFUSED)
def test_what_is_wrong_is_told_at_once_and_the_good_ones_go(
    broker: Broker, topic: str, error: type[Exception], told: str, wrong: dict[str, Any]
) -> None:
    with producer(broker) as one:
        one.send(topic, 1)
        with pytest.raises(error, match=told):
            one.send(**{"topic": topic, "value": 7, **wrong})
        one.send(topic, 2)
    assert values(broker) == [1, 2]


@pytest.mark.parametrize("name", [None, "p"])
def test_what_does_not_fit_says_of_which_record(
    broker: Broker, topic: str, name: str | None
) -> None:
    with producer(broker, id=name) as one, pytest.raises(CodecError) as raised:
        one.send(topic, 5, key=5)  # type: ignore[arg-type]
    assert raised.value.__notes__ == ["at a record for t, key 5; it was not taken"]


def test_one_forgotten_and_one_open_at_the_end_are_told_of_once_each(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(
        """
from streamz_core import App
app = App("x", home="home")
app.topic("t", key=str, value=str, partitions=1)
app.stream("t", key=str, value=str).to("u")

def forget():
    app.producer("t", linger_ms=60_000).send("t", "x")

for _ in range(20):
    forget()
last = app.producer("t", linger_ms=60_000)
last.send("t", "y")
"""
    )
    command = [sys.executable, "-W", "always", str(program)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert "Traceback" not in done.stderr
    assert done.stderr.count("a producer was forgotten, with 1 record for t") == 20
    assert (
        done.stderr.count("a producer was still open at the end of the program, with 1 record") == 1
    )


def test_a_codec_has_to_give_bytes(broker: Broker, topic: str) -> None:
    class Text(Codec[str]):
        name = "text"

        def encode(self, value: str) -> bytes:
            return value  # type: ignore[return-value]

        def decode(self, data: bytes) -> str:
            return data.decode()

    with Producer(broker, key=STR, value=Text()) as one:
        with pytest.raises(CodecError, match="codec text: encode gave str for 'x'"):
            one.send(topic, "x")
        assert one.flush() == 0


def test_the_limits_of_the_settings_reach_a_producer(another: Callable[[], Broker]) -> None:
    env = another().env
    with Broker(env, HOME, Config(durability="process", log_commit_bytes=4096)) as small:
        Admin(small).create_topic("t", 1)
        with Producer(small, key=BYTES, value=BYTES) as one:
            for _ in range(50):
                one.send("t", b"x" * 1000)
            with pytest.raises(TooLarge, match="the limit is 4096, with key and headers"):
                one.send("t", b"x" * 4096)
            assert one.flush() == 50, "in several commits"


@pytest.mark.parametrize(
    "options, error",
    [
        ({"linger_ms": -1}, Misuse),
        ({"linger_ms": float("nan")}, Misuse),
        ({"linger_ms": "5"}, TypeError),
        ({"batch_bytes": 0}, Misuse),
        ({"buffer_bytes": True}, TypeError),
        ({"key": str}, TypeError),
        ({"partitioner": "md5"}, Misuse),
        ({"partitioner": 7}, TypeError),
        ({"max_block_ms": -1}, Misuse),
    ],
)
def test_an_option_that_makes_no_sense_is_refused(
    broker: Broker, options: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error, match=next(iter(options))):
        Producer(broker, **{"key": STR, "value": INT, **options})


def test_internal_topics_are_their_workers(broker: Broker) -> None:
    broker.backend.create_topic("shop-hits-changelog", 1, {}, "shop")
    with producer(broker) as one, pytest.raises(Misuse, match="internal topic of the app shop"):
        one.send("shop-hits-changelog", 1)


# ---- ends


def test_an_error_in_a_with_block_discards_what_waits_and_says_how_many(
    broker: Broker, topic: str
) -> None:
    def fail() -> None:
        with producer(broker) as one:
            one.send(topic, 1)
            one.flush()
            one.send(topic, 2)
            one.send(topic, 3)
            raise KeyError

    with pytest.raises(KeyError) as raised:
        fail()
    assert raised.value.__notes__ == [
        "a producer discarded what it had not written yet: 2 records for t"
    ]
    assert values(broker) == [1]


def test_a_closed_producer_says_so(broker: Broker, topic: str) -> None:
    one = producer(broker)
    one.send(topic, 1)
    one.close()
    one.close()
    for use in (lambda: one.send(topic, 2), lambda: one.send("other", 2), one.flush):
        with pytest.raises(Misuse, match="this producer was closed; make another one"):
            use()
    assert values(broker) == [1]


def test_what_cannot_be_written_at_the_end_is_what_close_says(broker: Broker) -> None:
    """And not that it is closed, which it is by then."""
    Admin(broker).create_topic("newest", 1, cleanup="compact")
    one = producer(broker, linger_ms=60_000)
    sent = one.send("newest", 1)
    with pytest.raises(Misuse, match="has no key") as told:
        one.close()
    assert any("not acknowledged: 1 record for newest" in note for note in told.value.__notes__)
    with pytest.raises(Misuse, match="has no key"):
        sent.result()
    one.close()


def test_what_nobody_flushed_is_written_and_told_when_the_producer_is_forgotten(
    broker: Broker, topic: str
) -> None:
    def forgetful() -> None:
        one = producer(broker)
        one.send(topic, 1)
        one.send(topic, 2)
        del one
        gc.collect()

    told = "a producer was forgotten, with 2 records for t that nobody flushed"
    with pytest.warns(ResourceWarning, match=told):
        forgetful()
    assert values(broker) == [1, 2]


def test_one_that_is_forgotten_just_before_the_end_is_told_of_once(
    broker: Broker, topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The thread that is to close it did not come to that when the program ends."""
    one = producer(broker)
    one.send(topic, 1)
    outbox, later = one._outbox, []
    with monkeypatch.context() as busy:
        busy.setattr(outbox._executor, "submit", later.append)
        with pytest.warns(ResourceWarning, match="forgotten, with 1 record"):
            outbox.forget()
    assert len(later) == 1
    outbox._last()  # a warning would be an error
    assert values(broker) == [1]


def test_what_was_flushed_is_forgotten_without_a_word(broker: Broker, topic: str) -> None:
    def quiet() -> None:
        one = producer(broker)
        one.send(topic, 1)
        one.flush()

    quiet()
    gc.collect()
    assert values(broker) == [1]


def test_a_full_disk_keeps_what_waits(topic: str, broker: Broker, machine: MemoryMachine) -> None:
    used = machine.capacity_bytes - machine.free_bytes()
    with producer(broker, buffer_bytes=2000) as one:
        one.send(topic, 1)
        one.flush()
        machine.capacity_bytes = used
        for number in range(2, 20):
            try:
                one.send(topic, number)
            except StorageFull:
                sent = number - 1
                break
        with pytest.raises(StorageFull):
            one.flush()
        assert values(broker) == [1]
        machine.capacity_bytes = 1 << 40
        machine.advance(1000)
        assert values(broker) == list(range(1, sent + 1)), "tried again without being asked"
        one.send(topic, 100)
    assert values(broker) == [*range(1, sent + 1), 100]


def test_what_a_full_disk_does_not_take_is_told_at_the_end(
    topic: str, broker: Broker, machine: MemoryMachine
) -> None:
    one = producer(broker)
    one.send(topic, 1)
    machine.capacity_bytes = 1
    with pytest.raises(StorageFull) as raised:
        one.close()
    assert raised.value.__notes__ == ["the producer was closed; not written: 1 record for t"]
    machine.capacity_bytes = 1 << 40
    one.close()
    assert values(broker) == []
