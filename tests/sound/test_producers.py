"""Producers in the hands of strangers: threads, processes, forgotten ones, records of every shape."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import textwrap
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from streamz_core import App
from streamz_core.broker.embedded import EmbeddedBackend
from streamz_core.errors import CodecError, Misuse, StorageFull, TimedOut, UnknownTopic
from streamz_core.record import Record

COUNT = 500


@pytest.fixture
def app(tmp_path: Path) -> App:
    made = App("sound", home=str(tmp_path), durability="process", log_free_bytes=0)
    made.topic("ints", key=str, value=int, partitions=3)
    made.topic("texts", key=str, value=str, partitions=2)
    made.topic("raw", partitions=1)
    return made


def read(app: App, topic: str) -> list[Record[Any, Any]]:
    """Everything in a topic, to its end."""
    found: list[Record[Any, Any]] = []
    with app.consumer(topic) as consumer:
        while not consumer.at_end():
            found += consumer.poll(1.0)
    return found


def in_order(records: list[Record[Any, Any]], count: int) -> None:
    """Every (thread, number) once, and the numbers of a thread in order in each partition."""
    told = Counter((record.key, record.value) for record in records)
    assert set(told.values()) <= {1}, "doubled"
    assert len(told) == count
    by_thread: dict[tuple[str, int], list[int]] = {}
    for record in records:
        by_thread.setdefault((record.key, record.partition), []).append(record.value)
    assert all(numbers == sorted(numbers) for numbers in by_thread.values())


def sending(
    send: Callable[..., None], name: str, then: Callable[[int], object]
) -> Callable[[], None]:
    def work() -> None:
        for number in range(COUNT):
            send("ints", number, key=name, partition=number % 3)
            then(number)

    return work


def together(works: list[Callable[[], None]]) -> None:
    with ThreadPoolExecutor(len(works)) as pool:
        for done in [pool.submit(work) for work in works]:
            done.result()


# ---- kind 1: threads


@pytest.mark.parametrize("linger_ms", [0, 1, 10_000])
@pytest.mark.parametrize("every", [0, 1, 100])
def test_many_threads_share_one_producer(app: App, linger_ms: int, every: int) -> None:
    """Whatever lingers, and whether each thread flushes after every record, now and then or never."""
    with app.producer("ints", linger_ms=linger_ms) as one:

        def then(number: int) -> None:
            if every and number % every == 0:
                one.flush()

        together([sending(one.send, f"t{n}", then) for n in range(4)])
    in_order(read(app, "ints"), 4 * COUNT)


def test_threads_that_wait_for_room_lose_nothing(app: App) -> None:
    with app.producer("ints", buffer_bytes=2000, batch_bytes=700) as one:
        together([sending(one.send, f"t{n}", int) for n in range(8)])
    in_order(read(app, "ints"), 8 * COUNT)


def test_who_does_not_want_to_wait_is_told(app: App) -> None:
    """The thread that writes is held by somebody who is told of a record."""
    held, go = threading.Event(), threading.Event()

    def hold(*_: object) -> None:
        held.set()
        go.wait(60)

    with app.producer("ints", linger_ms=0, buffer_bytes=200, max_block_ms=20) as one:
        one.send("ints", 1, on_delivery=hold)
        held.wait(60)
        sent = [one.send("ints", number) for number in (2, 3)]
        for wait in (one.flush, sent[0].result):
            with pytest.raises(TimedOut, match="that goes on"):
                wait(0.01)
        with pytest.raises(
            TimedOut, match=r"did for 0\.02 s \(max_block_ms\): the record was not taken"
        ):
            one.send("ints", 4)
        go.set()
        assert sent[1].result(60).offset >= 0
    assert sorted(record.value for record in read(app, "ints")) == [1, 2, 3]


def test_threads_are_told_the_places_of_their_records(app: App) -> None:
    told: dict[tuple[int, int], tuple[str, int]] = {}
    with app.producer("ints", linger_ms=1, batch_bytes=5000) as one:

        def work(name: str) -> None:
            sent = [one.send("ints", n, key=name, partition=n % 3) for n in range(COUNT)]
            for number, each in enumerate(sent):
                place = each.result()
                told[place.partition, place.offset] = (name, number)

        together([lambda n=n: work(f"t{n}") for n in range(4)])  # type: ignore[misc]
    found = {(r.partition, r.offset): (r.key, r.value) for r in read(app, "ints")}
    assert told == found
    assert len(told) == 4 * COUNT


def test_a_close_in_another_thread_ends_the_others_with_a_sentence(app: App) -> None:
    """What was taken before is there, and nothing else."""
    one = app.producer("ints")
    taken: list[tuple[str, int]] = []
    begun = threading.Barrier(5)

    def work(name: str) -> None:
        begun.wait()

        def send_on() -> None:
            for number in range(10**9):
                one.send("ints", number, key=name, partition=0)
                taken.append((name, number))

        with pytest.raises(Misuse, match="this producer was closed"):
            send_on()

    def end() -> None:
        begun.wait()
        one.flush()
        one.close()

    together([*(lambda n=n: work(f"t{n}") for n in range(4)), end])
    records = read(app, "ints")
    in_order(records, len(records))
    assert {(record.key, record.value) for record in records} == set(taken)


def test_wrong_records_of_some_threads_do_not_harm_those_of_others(app: App) -> None:
    wrong: list[dict[str, Any]] = [
        {"timestamp": time.time()},
        {"headers": {"a": 1.5}},
        {"value": "text"},
        {"key": "k" * 70_000},
        {"partition": -1},
        {"topic": "nowhere"},
    ]
    with app.producer("ints", linger_ms=1) as one:

        def spoil() -> None:
            for number in range(COUNT):
                with pytest.raises((TypeError, Misuse, CodecError)):
                    one.send(**{"topic": "ints", "value": 1, **wrong[number % len(wrong)]})

        together([sending(one.send, "good", int), spoil, sending(one.send, "better", int), spoil])
    in_order(read(app, "ints"), 2 * COUNT)


def test_producers_of_several_threads_and_processes_write_one_topic(
    app: App, tmp_path: Path
) -> None:
    with app.producer("ints") as one, app.producer("ints") as two:
        children = [program(tmp_path, WRITES, f"p{n}") for n in range(2)]
        together([sending(one.send, "one", int), sending(two.send, "two", int)])
        for child in children:
            assert child.communicate(timeout=60)[1] == ""
    in_order(read(app, "ints"), 4 * COUNT)


HEAD = """
import sys
from streamz_core import App
app = App("sound", home={home!r}, durability="process", log_free_bytes=0)
app.topic("ints", key=str, value=int, partitions=3)
app.topic("texts", key=str, value=str, partitions=2)
"""
WRITES = """
with app.producer("ints", linger_ms=1) as one:
    for number in range(500):
        one.send("ints", number, key=sys.argv[1], partition=number % 3)
"""


def program(home: Path, text: str, *arguments: str, flags: tuple[str, ...] = ()) -> Any:
    whole = HEAD.format(home=str(home)) + textwrap.dedent(text)
    return subprocess.Popen(
        [sys.executable, *flags, "-c", whole, *arguments],
        env={"PYTHONPATH": ":".join(sys.path), "PATH": os.environ["PATH"]},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ran(home: Path, text: str, *arguments: str, flags: tuple[str, ...] = ()) -> Any:
    child = program(home, text, *arguments, flags=flags)
    out, err = child.communicate(timeout=60)
    return child.returncode, out, err


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
def test_a_forked_child_is_refused_with_a_sentence_and_the_parent_goes_on(
    app: App, tmp_path: Path
) -> None:
    code, out, err = ran(
        tmp_path,
        """
        import os, warnings
        warnings.simplefilter("ignore", DeprecationWarning)  # of threads, since 3.12
        one = app.producer("ints")
        one.send("ints", 1, key="a")
        for call in (lambda: one.send("ints", 2), one.flush, one.close, one.discard):
            pid = os.fork()
            if pid == 0:
                try:
                    call()
                    print("taken", flush=True)
                except Exception as error:
                    print(type(error).__name__, "this process was forked" in str(error), flush=True)
                os._exit(0)
            os.waitpid(pid, 0)
        one.send("ints", 3, key="a")
        one.close()
        """,
    )
    assert (code, err) == (0, "")
    assert out.splitlines() == ["Misuse True"] * 4
    assert [record.value for record in read(app, "ints")] == [1, 3]


# ---- kinds 2, 3: shapes of headers, times, sizes


@pytest.mark.parametrize(
    "headers, written",
    [
        ({"trace": "ü"}, (("trace", "ü".encode()),)),
        ({"a": None, "b": b""}, (("a", None), ("b", b""))),
        ([["a", "1"], ("a", b"2")], (("a", b"1"), ("a", b"2"))),
        ({}.items(), ()),
        ((pair for pair in [("g", "en")]), (("g", b"en"),)),
        ({"": b"x" * 1000}, (("", b"x" * 1000),)),
    ],
)
def test_headers_come_back_as_they_were_meant(app: App, headers: Any, written: Any) -> None:
    with app.producer("ints") as one:
        one.send("ints", 1, headers=headers)
    (record,) = read(app, "ints")
    assert record.headers == written


@pytest.mark.parametrize(
    "headers",
    [
        {"a": {"nested": 1}},
        {1: b"1"},
        {("a",): b"1"},
        "a=1",
        [("a", b"1"), None],
        [("a", 1 << 70)],
        {"a": "\udcff"},
        object(),
        3.5,
    ],
)
def test_other_headers_are_refused_and_the_topic_can_be_read(app: App, headers: Any) -> None:
    with app.producer("ints") as one:
        one.send("ints", 1, key="k")
        with pytest.raises((TypeError, CodecError), match="header"):
            one.send("ints", 2, key="k", headers=headers)
        one.send("ints", 3, key="k")
    assert [record.value for record in read(app, "ints")] == [1, 3]


@pytest.mark.parametrize(
    "wrong",
    [
        {"timestamp": Decimal(5)},
        {"timestamp": float("inf")},
        {"timestamp": -(1 << 70)},
        {"timestamp": 10**30},
        {"timestamp": "2024-01-01"},
        {"key": "ü" * 40_000},
        {"value": "x" * ((1 << 20) + 1)},
        {"headers": [("n" * 600_000, None), ("m", b"x" * 600_000)]},
        {"partition": 1 << 80},
        {"partition": 0.0},
        {"partition": "0"},
    ],
)
def test_what_no_log_can_take_is_refused_at_once(app: App, wrong: dict[str, Any]) -> None:
    with app.producer("texts", linger_ms=0) as one:
        for number in range(3):
            one.send("texts", f"good {number}", key="k")
            with pytest.raises((TypeError, Misuse)):
                one.send("texts", **{"value": "bad", "key": "k", **wrong})
        assert one.flush() == 3
    assert [record.value for record in read(app, "texts")] == ["good 0", "good 1", "good 2"]


def test_the_largest_record_and_the_longest_key_are_taken(app: App) -> None:
    with app.producer("texts") as one:
        one.send("texts", "x" * ((1 << 20) - 100), key="k", timestamp=(1 << 63) - 1)
        one.send("texts", "y", key="k" * (1 << 16), timestamp=0)
    assert sorted(len(record.value) for record in read(app, "texts")) == [1, (1 << 20) - 100]


# ---- kind 4: the codec is that of the topic


def test_a_producer_writes_each_topic_of_the_app_as_the_app_reads_it(app: App) -> None:
    with app.producer("ints") as one:
        one.send("texts", "text", key="k")
        one.send("ints", 2**40, key="k")
        one.send("raw", b"\xff", key=b"\xfe")
        for topic, value in (("texts", 2**40), ("ints", "text"), ("raw", "text"), ("raw", 1)):
            with pytest.raises(CodecError):
                one.send(topic, value)
        with pytest.raises(CodecError):
            one.send("texts", "text", key=b"k")
    assert [record.value for record in read(app, "texts")] == ["text"]
    assert [record.value for record in read(app, "ints")] == [2**40]
    assert [(record.key, record.value) for record in read(app, "raw")] == [(b"\xfe", b"\xff")]


def test_a_topic_that_the_app_does_not_name_is_written_as_bytes_or_not_at_all(app: App) -> None:
    with app.producer("ints") as one:
        with pytest.raises(UnknownTopic, match="'elsewhere'"):
            one.send("elsewhere", b"x")
        with app.broker() as broker:
            broker.backend.create_topic("elsewhere", 1, {})
        with pytest.raises(CodecError, match="expected bytes"):
            one.send("elsewhere", 5)
        one.send("elsewhere", b"x")
    assert [record.value for record in read(app, "elsewhere")] == [b"x"]


# ---- kind 15: producers that end


def test_a_lone_record_is_written_when_its_linger_is_over(app: App) -> None:
    one = app.producer("ints", linger_ms=20)
    one.send("ints", 7, key="k")
    with app.consumer("ints") as consumer:
        assert [record.value for record in consumer.poll(20.0)] == [7]
    one.close()


@pytest.fixture
def shown(app: App, tmp_path: Path) -> Callable[..., tuple[int, str, list[Any]]]:
    """A program that ends in its own way; its exit code, what it said, and what is in the topic then."""
    app.producer("ints").close()

    def run(text: str, *flags: str) -> tuple[int, str, list[Any]]:
        code, _, err = ran(tmp_path, text, flags=flags)
        return code, err, sorted(record.value for record in read(app, "ints"))

    return run


SENDS = """
one = app.producer("ints", linger_ms=3_600_000)
for number in range(3):
    one.send("ints", number)
"""
DEFAULT = ("-W", "default::ResourceWarning")


@pytest.mark.parametrize(
    "how, code",
    [
        ("", 0),
        ("sys.exit(3)", 3),
        ("raise KeyError('ended')", 1),
        ("del one", 0),
        ("import threading\nthreading.Thread(target=one.send, args=('ints', 3)).start()", 0),
        ("one.me = one\ndel one\nimport gc\ngc.collect()", 0),
    ],
    ids=["end", "exit", "error", "forgotten", "thread", "cycle"],
)
def test_what_nobody_flushed_is_written_and_said_at_the_end(
    shown: Any, how: str, code: int
) -> None:
    done, err, values = shown(SENDS + how, *DEFAULT)
    assert done == code, err
    count = 4 if "Thread" in how else 3
    assert values == list(range(count))
    assert "ResourceWarning: a producer was " in err
    assert f"{count} records for ints that nobody flushed" in err


@pytest.mark.parametrize("how", ["one.flush()", "one.close()", "one.discard()"])
def test_who_flushed_or_discarded_is_not_told_anything(shown: Any, how: str) -> None:
    code, err, values = shown(SENDS + how, "-W", "error")
    assert (code, err) == (0, "")
    assert values == ([] if "discard" in how else [0, 1, 2])


def test_a_block_left_by_an_error_says_what_it_discarded(shown: Any) -> None:
    code, err, values = shown(
        """
        with app.producer("ints", linger_ms=3_600_000) as one:
            one.send("ints", 1)
            one.send("texts", "a")
            raise KeyError("mine")
        """
    )
    assert code == 1
    assert "KeyError: 'mine'" in err
    assert (
        "a producer discarded what it had not written yet: 1 record for ints, 1 record for texts"
        in err
    )
    assert values == []


@pytest.mark.parametrize("end", ["sys.exit(0)", "sys.exit('so far')", "next(numbers())"])
def test_a_block_left_because_the_program_ends_is_written(shown: Any, end: str) -> None:
    _, err, values = shown(
        f"""
        import sys

        def numbers():
            with app.producer("ints", linger_ms=3_600_000) as one:
                one.send("ints", 1)
                yield 1

        with app.producer("ints", linger_ms=3_600_000) as one:
            one.send("ints", 2)
            {end}
        """
    )
    assert sorted(values) == ([1, 2] if "next" in end else [2]), err


def test_a_block_left_because_its_task_was_cancelled_is_told(shown: Any) -> None:
    code, err, values = shown(
        """
        import asyncio

        async def work():
            with app.producer("ints", linger_ms=3_600_000) as one:
                one.send("ints", 1)
                await asyncio.sleep(3600)

        async def main():
            task = asyncio.create_task(work())
            await asyncio.sleep(0)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

        asyncio.run(main())
        """
    )
    assert (code, values) == (0, [])
    assert "discarded what it had not written yet: 1 record for ints" in err


def test_interrupts_in_the_middle_of_sending_leave_what_was_taken(app: App, tmp_path: Path) -> None:
    """While it sends, flushes and waits for room: the program goes on with the same producer."""
    code, out, err = ran(
        tmp_path,
        """
        import signal
        signal.signal(signal.SIGALRM, signal.default_int_handler)
        one = app.producer("ints", linger_ms=1, buffer_bytes=20_000)
        number, interrupts = 0, 0
        while interrupts < 100:
            try:
                signal.setitimer(signal.ITIMER_REAL, 0.0005 + interrupts * 0.00007)
                while True:
                    one.send("ints", number, key="a", partition=0)
                    number += 1
                    number % 100 or one.flush()  # behind an if, CPython 3.14.8 catches no interrupt
            except KeyboardInterrupt:
                interrupts += 1
        one.close()
        print(number)
        """,
    )
    assert (code, err) == (0, "")
    values = [record.value for record in read(app, "ints")]
    seen = set(values)
    assert seen == set(range(len(seen))), "nothing between is missing"
    assert len(seen) - int(out) in (0, 1)
    assert len(values) - len(seen) <= 100, (
        "only a record whose send was interrupted may be there again"
    )
    assert values == sorted(values)


def test_a_producer_and_a_consumer_take_types_as_the_app_does(app: App) -> None:
    with app.producer("raw", key=str, value=int) as one:
        one.send("raw", 5, key="k")
    with app.consumer("raw", key=str, value=int) as consumer:
        assert [(each.key, each.value) for each in consumer.poll(5.0)] == [("k", 5)]
    with pytest.raises(Misuse, match="no codec for 5"):
        app.producer("raw", value=5)
    with pytest.raises(Misuse, match="cannot be a key"):
        app.producer("raw", key=dict)


def test_an_id_that_cannot_be_had_is_told_as_what_it_is(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its thread had opened the log by then: whoever made the producer cannot close it."""

    def claim(*_: object) -> None:
        raise StorageFull("1 MiB free of 100")

    monkeypatch.setattr(EmbeddedBackend, "claim", claim)
    with pytest.raises(StorageFull, match="1 MiB free of 100"):
        app.producer("ints", id="loader")
    monkeypatch.undo()
    with app.producer("ints", id="loader") as producer:
        assert producer.send("ints", 1).result().offset == 0


@pytest.mark.parametrize("given", [{"id": ""}, {"id": "  "}, {"id": "\udc80"}, {"id": "x" * 1001}])
def test_an_id_that_is_none_is_refused(app: App, given: dict[str, str]) -> None:
    with pytest.raises(Misuse, match="id is"):
        app.producer("ints", **given)


def test_a_closed_one_is_not_entered_again(app: App) -> None:
    producer = app.producer("ints")
    with producer:
        producer.send("ints", 1)
    with pytest.raises(Misuse, match="this producer was closed; make another one"), producer:
        pass

    async def again() -> None:
        async with producer:
            pass

    with pytest.raises(Misuse, match="this producer was closed"):
        asyncio.run(again())
