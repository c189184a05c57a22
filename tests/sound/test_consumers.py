"""Consumers in the hands of strangers: bad records among good ones, seeks, groups, threads, interrupts."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import pytest

from streamz_core import App
from streamz_core.broker.consumer import Consumer
from streamz_core.codecs.plain import BYTES, INT
from streamz_core.errors import (
    CodecError,
    Corrupt,
    Fenced,
    Misuse,
    OffsetOutOfRange,
    UnknownTopic,
)
from tests.sound.test_producers import program, ran, read

GOOD = [b"\x00" * 7 + bytes([number]) for number in range(8)]  # ints, as the app reads them


@attrs.frozen
class Click:
    user: str
    n: int


@pytest.fixture
def app(tmp_path: Path) -> App:
    made = App("sound", home=str(tmp_path), durability="process", log_free_bytes=0)
    made.topic("ints", key=str, value=int, partitions=3)
    made.topic("texts", key=str, value=str, partitions=2)
    made.topic("clicks", key=str, value=Click, partitions=1)
    for name in ("ints", "texts", "clicks"):
        made.producer(name).close()
    return made


def write(app: App, topic: str, values: list[bytes | None], key: bytes = b"k", at: int = 0) -> None:
    """As bytes: who writes so is no app of this house."""
    with app.broker() as broker:
        transaction = broker.transaction()
        transaction.send(topic, at, [key] * len(values), values, [0] * len(values))
        transaction.commit()


def drained(consumer: Consumer[Any, Any]) -> tuple[list[Any], list[tuple[str, int, int]]]:
    """(values, places of what could not be read), with what cannot be read left out."""
    values: list[Any] = []
    places: list[tuple[str, int, int]] = []
    while not consumer.at_end():
        try:
            values += [record.value for record in consumer.poll(0)]
        except (CodecError, Corrupt) as error:
            topic, partition, offset = error.place or ("", -1, -1)
            places.append((topic, partition, consumer.position(topic, partition)))
            consumer.seek(topic, partition, offset + 1)
    return values, places


# ---- kind 14: what the workers of an app stand at


def test_the_group_of_an_app_is_for_its_workers(app: App) -> None:
    with pytest.raises(Misuse, match=r"group='sound' is the app's own: .* group='sound-reader'"):
        app.consumer("ints", group="sound")
    with app.consumer("ints", group="sound-reader") as consumer:
        consumer.commit()


# ---- kind 12: bad records among good ones


@pytest.mark.parametrize("bad", [b"", b"x", b"\xff" * 9, b"\x00" * 7, b"text that is no number"])
@pytest.mark.parametrize("at", [0, 3, 7])
def test_a_bad_value_costs_no_good_one(app: App, bad: bytes, at: int) -> None:
    write(app, "ints", [*GOOD[:at], bad, *GOOD[at:]])
    with app.consumer("ints") as consumer:
        values, places = drained(consumer)
    assert values == list(range(8))
    assert places == [("ints", 0, at)]


def test_bad_ones_at_every_second_place_and_in_a_row(app: App) -> None:
    write(app, "ints", [each for good in GOOD for each in (good, b"bad", b"worse")])
    with app.consumer("ints") as consumer:
        values, places = drained(consumer)
    assert values == list(range(8))
    assert [offset for _, _, offset in places] == [
        each for n in range(8) for each in (3 * n + 1, 3 * n + 2)
    ]


def test_a_bad_key_is_a_bad_record(app: App) -> None:
    write(app, "ints", GOOD[:2])
    write(app, "ints", GOOD[2:3], key=b"\xff\xfe")
    write(app, "ints", GOOD[3:])
    with app.consumer("ints") as consumer:
        values, places = drained(consumer)
    assert (values, places) == ([0, 1, 3, 4, 5, 6, 7], [("ints", 0, 2)])


def test_bad_records_of_several_partitions_are_told_one_by_one(app: App) -> None:
    for partition in range(3):
        write(app, "ints", [*GOOD[:2], b"bad", *GOOD[2:]], at=partition)
    with app.consumer("ints") as consumer:
        values, places = drained(consumer)
    assert sorted(values) == sorted(list(range(8)) * 3)
    assert sorted(places) == [("ints", partition, 2) for partition in range(3)]


def test_a_value_of_a_class_that_is_none_is_told_with_its_place(app: App) -> None:
    with app.producer("clicks") as producer:
        producer.send("clicks", Click("ann", 1), key="a")
    write(app, "clicks", [b"\x02zzzz\x90", b"\x01old", b"\x02"])
    with app.producer("clicks") as producer:
        producer.send("clicks", Click("bob", 2), key="b")
    with app.consumer("clicks") as consumer:
        values, places = drained(consumer)
    assert values == [Click("ann", 1), Click("bob", 2)]
    assert places == [("clicks", 0, offset) for offset in (1, 2, 3)]


def test_damage_of_the_disk_keeps_what_stands_before_it(app: App, tmp_path: Path) -> None:
    for good in GOOD:
        write(app, "ints", [good * 1000])  # too large for the commit record: in data files
    files = [each for each in (tmp_path / "log" / "data").rglob("*") if each.is_file()]
    # By what is in it: two files written within one tick of the clock have the same time.
    (damaged,) = [each for each in files if GOOD[4] * 1000 in each.read_bytes()]
    damaged.write_bytes(bytes(damaged.stat().st_size))
    with app.broker() as broker, Consumer(broker, ["ints"], key=BYTES, value=BYTES) as consumer:
        found: list[int] = []
        while len(found) < 4:
            found += [(record.value or b"")[7] for record in consumer.poll(0, 3)]
        assert found == [0, 1, 2, 3]
        for _ in range(3):
            with pytest.raises(Corrupt) as raised:
                consumer.poll(0)
            assert raised.value.place == ("ints", 0, 4)
        consumer.seek("ints", 0, 5)
        assert [(record.value or b"")[7] for record in consumer.poll(0)] == [5, 6, 7]


def test_interrupts_in_the_middle_of_polls_and_commits_skip_nothing(
    app: App, tmp_path: Path
) -> None:
    """Whoever is hit begins anew where the group stands: a commit is of what was given, or of nothing."""
    with app.producer("ints") as producer:
        for number in range(2000):
            producer.send("ints", number, key="k", partition=number % 3)
    code, out, err = ran(
        tmp_path,
        """
        import signal
        signal.signal(signal.SIGALRM, signal.default_int_handler)
        seen, interrupts = set(), 0
        while len(seen) < 2000:
            consumer = app.consumer("ints", group="g")
            try:
                signal.setitimer(signal.ITIMER_REAL, 0.001 * 1.2 ** interrupts)
                while len(seen) < 2000:
                    records = consumer.poll(0, 7)
                    seen.update([record.value for record in records])
                    consumer.commit()
            except KeyboardInterrupt:
                interrupts += 1
            signal.setitimer(signal.ITIMER_REAL, 0)
            consumer.close()
        print(len(seen), interrupts > 1)
        """,
    )
    assert (code, out) == (0, "2000 True\n"), err


# ---- kind 14: seeks and commits


@pytest.mark.parametrize("offset", [9, 10**6, 1 << 62, 1 << 64, 10**40])
def test_a_seek_behind_the_end_never_ends_the_delivery(app: App, offset: int) -> None:
    write(app, "ints", GOOD)
    with app.consumer("ints", group="g") as consumer:
        with pytest.raises(
            OffsetOutOfRange, match="it has those from 0 on, and the next will be 8"
        ):
            consumer.seek("ints", 0, offset)
        consumer.commit()
    write(app, "ints", GOOD[:1])
    with app.consumer("ints", group="g") as consumer:
        assert len(drained(consumer)[0]) == 9


@pytest.mark.parametrize("policy, values", [("earliest", list(range(8))), ("latest", [])])
def test_a_seek_behind_the_end_goes_where_it_is_told(
    app: App, policy: str, values: list[int]
) -> None:
    write(app, "ints", GOOD)
    with app.consumer("ints", group="g", on_out_of_range=policy) as consumer:
        consumer.seek("ints", 0, 100)
        assert drained(consumer)[0] == values
        consumer.commit()
    write(app, "ints", GOOD[:1])
    with app.consumer("ints", group="g") as consumer:
        assert drained(consumer)[0] == [0]


STEPS: dict[str, list[Callable[[Consumer[Any, Any]], object]]] = {
    "seek, commit": [lambda c: c.seek("ints", 0, 5), Consumer.commit],
    "commit twice": [lambda c: c.poll(0, 5), Consumer.commit, Consumer.commit],
    "forth and back": [
        lambda c: c.seek("ints", 0, 8),
        Consumer.commit,
        lambda c: c.seek("ints", 0, 5),
        Consumer.commit,
    ],
    "poll, back, commit": [lambda c: c.poll(0), lambda c: c.seek("ints", 0, 5), Consumer.commit],
    "commit, poll more": [lambda c: c.poll(0, 5), Consumer.commit, lambda c: c.poll(0)],
    "back, poll, commit": [
        lambda c: c.poll(0),
        Consumer.commit,
        lambda c: c.seek("ints", 0, 2),
        lambda c: c.poll(0, 3),
        Consumer.commit,
    ],
}


@pytest.mark.parametrize("start", ["earliest", "latest"])
@pytest.mark.parametrize("name", STEPS)
def test_the_group_stands_where_it_was_last_committed(app: App, name: str, start: str) -> None:
    """At 5, whatever came before; with a consumer that begins anywhere."""
    write(app, "ints", GOOD)
    with app.consumer("ints", group="g", start=start) as consumer:
        consumer.seek("ints", 0, 0)
        for step in STEPS[name]:
            step(consumer)
    with app.consumer("ints", group="g", start="latest") as consumer:
        assert drained(consumer)[0] == [5, 6, 7]


def test_a_latest_group_that_saw_nothing_can_commit_and_goes_on_from_there(app: App) -> None:
    write(app, "ints", GOOD)
    for _ in range(2):
        with app.consumer("ints", group="g", start="latest") as consumer:
            assert consumer.poll(0) == []
            consumer.commit()
    write(app, "ints", GOOD[:2])
    with app.consumer("ints", group="g", start="latest") as consumer:
        assert drained(consumer)[0] == [0, 1]


def test_who_lost_the_group_to_another_is_told_what_to_do(app: App) -> None:
    write(app, "ints", GOOD)
    by_hand = [("ints", partition) for partition in range(3)]
    with app.consumer(by_hand, group="g") as one, app.consumer(by_hand, group="g") as two:
        one.poll(0)
        two.poll(0, 3)
        one.commit()
        for _ in range(2):
            with pytest.raises(Fenced, match="another one committed; make a new one"):
                two.commit()
        two.seek("ints", 0, 1)
        with pytest.raises(Fenced, match="another one committed"):
            two.commit()
    with app.consumer("ints", group="g") as consumer:
        assert drained(consumer)[0] == []


# ---- threads and processes


def test_a_consumer_in_another_thread_is_refused_and_stays_where_it_is(app: App) -> None:
    write(app, "ints", GOOD)
    told: list[str] = []

    def steal(consumer: Consumer[Any, Any]) -> None:
        for call in (consumer.poll, consumer.commit, consumer.close):
            try:
                call()
            except Misuse as error:
                told.append(str(error))

    with app.consumer("ints", group="g") as consumer:
        thieves = [threading.Thread(target=steal, args=(consumer,)) for _ in range(3)]
        for thief in thieves:
            thief.start()
        for thief in thieves:
            thief.join()
        assert len(told) == 9
        assert all("let each thread open its own" in each for each in told)
        assert len(drained(consumer)[0]) == 8


def test_each_thread_with_a_consumer_of_its_own_reads_everything(app: App) -> None:
    write(app, "ints", GOOD)
    found: list[int] = []
    readers = [
        threading.Thread(target=lambda: found.append(len(read(app, "ints")))) for _ in range(4)
    ]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    assert found == [8] * 4


def test_a_consumer_follows_producers_of_other_processes(app: App, tmp_path: Path) -> None:
    children = [
        program(
            tmp_path,
            """
            with app.producer("ints", linger_ms=1) as one:
                for number in range(300):
                    one.send("ints", number, key=sys.argv[1])
            """,
            f"p{n}",
        )
        for n in range(3)
    ]
    found: list[tuple[str, int]] = []
    with app.consumer("ints") as consumer:
        while len(found) < 900:
            found += [(record.key, record.value) for record in consumer.poll(20.0)]
    for child in children:
        assert child.communicate(timeout=60)[1] == ""
    assert [value for key, value in found if key == "p1"] == list(range(300))
    assert len(set(found)) == 900


# ---- several topics


def test_topics_of_one_type_are_read_together_and_others_have_to_be_said(app: App) -> None:
    app.topic("more-ints", key=str, value=int, partitions=1)
    app.producer("more-ints").close()
    write(app, "ints", [INT.encode(1)])
    write(app, "more-ints", [INT.encode(2)])
    write(app, "texts", [b"x"])
    for topics in (["ints", "more-ints"], re.compile(r".*ints"), [("ints", 0), ("more-ints", 0)]):
        with app.consumer(topics) as consumer:
            assert sorted(record.value for record in consumer.poll(1.0)) == [1, 2]
    with pytest.raises(Misuse, match=r"one consumer reads one type of values.*say value="):
        app.consumer(["ints", "texts"])
    with app.consumer(["ints", "texts"], value=bytes) as consumer:
        assert len(consumer.poll(1.0)) == 2
    with pytest.raises(Misuse, match="no topic yet says one: say key="):
        app.consumer(re.compile("nothing.*"))
    with app.consumer(re.compile("nothing.*"), key=bytes, value=bytes, group="g") as consumer:
        assert consumer.poll(0) == []
    with pytest.raises(UnknownTopic):
        app.consumer(["nowhere"], key=bytes, value=bytes)
