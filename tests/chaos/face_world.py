"""One world of `chaos face`: the public face of one home, used as wrongly as it can be, and what must hold.

A world is played from its seed; threads and interrupts make two plays of one seed differ.
"""

from __future__ import annotations

import contextlib
import gc
import random
import signal
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

from streamz_core import App
from streamz_core.broker.admin import Admin
from streamz_core.broker.consumer import Consumer
from streamz_core.broker.embedded import Broker
from streamz_core.broker.producer import Producer
from streamz_core.codecs.plain import BYTES, STR
from streamz_core.errors import Misuse, StreamzError

TOPICS = {"texts": 3, "more": 1, "raw": 2}
THREADS = 3
BURST = 8  # steps of each thread between two steps of the main one


class Idle(Exception):
    """There is nothing of the kind now that a step would use."""


DOCUMENTED = (StreamzError, TypeError, ValueError, Idle)
GARBAGE: list[Any] = [
    *(None, True, -1, 0, 1, 1 << 32, 1 << 63, -(1 << 80), 10**30, 1.5, float("nan"), Decimal(1)),
    *("", "x", "x" * 3000, "\ud800", "\x00", b"", b"\xff" * 9, bytearray(b"a"), memoryview(b"a")),
    *([], {}, (), [[]], {1: 2}, {"a": 1}, [("a", b"1")], [("a",)], ["ab"], {"a": b"b"}, {"a": "b"}),
    *(object(), object, len, Exception("x"), range(3), {1}, iter([("a", b"1")]), ("texts", 0)),
]


class World:
    """What was done, and what was taken: by value, for every value that is sent right is another one."""

    def __init__(self, seed: int, home: str) -> None:
        self.random = random.Random(seed)
        self.app = App("face", home=home, durability="process", log_free_bytes=0)
        for name, partitions in TOPICS.items():
            self.app.topic(
                name, key=str, value=bytes if name == "raw" else str, partitions=partitions
            )
        self.home = home
        self.steps: Counter[str] = Counter()
        self.taken: set[str] = set()  # must be there, once
        self.perhaps: set[str] = set()  # may be there, once: interrupted, discarded, in doubt
        self.number = 0
        self.producers: list[tuple[str, Producer[Any, Any], set[str]]] = []
        self.broker = self.app.broker()
        self.consumers: list[Consumer[Any, Any]] = []
        for name in TOPICS:
            self.app.producer(name).close()

    def play(self, count: int) -> None:
        """So many steps at least, in the main thread and in others; what is not documented comes out."""
        with ThreadPoolExecutor(THREADS) as pool:
            while sum(self.steps.values()) < count:
                seeds = [self.random.random() for _ in range(THREADS)]
                beside = [pool.submit(self._beside, seed) for seed in seeds]
                for _ in range(BURST):
                    self._step(self.random, self.random.choice(MAIN))
                for done in beside:
                    done.result()
        self._end()

    def _beside(self, seed: float) -> None:
        own = random.Random(seed)
        for _ in range(BURST):
            self._step(own, own.choice(BESIDE))

    def _step(self, own: random.Random, step: Callable[[World, random.Random], object]) -> None:
        self.steps[step.__name__] += 1
        with contextlib.suppress(*DOCUMENTED):
            step(self, own)

    def _end(self) -> None:
        """Everything is closed; then each topic is read to its end, and what was taken is there."""
        while self.producers:
            _close(self, self.producers.pop())
        for consumer in self.consumers:
            with contextlib.suppress(StreamzError):
                consumer.close()
        with contextlib.suppress(StreamzError):
            self.broker.close()
        with self.app.broker() as broker:
            found = {name: list(everything(broker, name)) for name in Admin(broker).topics()}
        self.check([each for rows in found.values() for each in rows])

    def check(self, rows: list[tuple[int, str]]) -> None:
        """Asserts that what was taken is there once and in order, and of the rest nothing but what may be."""
        told = Counter(value for _, value in rows if value.startswith("good "))
        assert max(told.values(), default=1) == 1, [each for each in told if told[each] > 1][:3]
        assert self.taken <= set(told), sorted(self.taken - set(told))[:3]
        assert set(told) <= self.taken | self.perhaps, sorted(
            set(told) - self.taken - self.perhaps
        )[:3]
        order: dict[tuple[str, ...], list[int]] = defaultdict(list)
        for partition, value in rows:
            if value in told:
                _, topic, thread, producer, number = value.split()
                order[topic, thread, producer, str(partition)].append(int(number))
        assert all(numbers == sorted(numbers) for numbers in order.values())


def everything(broker: Broker, topic: str) -> Iterator[tuple[int, str]]:
    """(partition, value as text) of every record, as bytes: no codec may stop it. A producer that was told `object` writes
    before a value what it is.
    """
    with Consumer(broker, [topic], key=BYTES, value=BYTES) as consumer:
        while not consumer.at_end():
            for record in consumer.poll(1.0):
                text = (record.value or b"").decode(errors="replace")
                yield record.partition, text[max(text.find("good "), 0) :]


def _any(own: random.Random, things: list[Any]) -> Any:
    found = list(things)
    if not found:
        raise Idle
    return own.choice(found)


def _pop(own: random.Random, things: list[Any]) -> Any:
    """With the lock held."""
    if not things:
        raise Idle
    return things.pop(own.randrange(len(things)))


# ---- steps of any thread: producers


def opens(world: World, own: random.Random) -> None:
    if len(world.producers) > 5:
        return
    options: dict[str, Any] = {
        "linger_ms": own.choice([0, 1, 5, 10_000]),
        "batch_bytes": own.choice([1, 1000, 1 << 20]),
        "buffer_bytes": own.choice([1, 5000, 1 << 25]),
    }
    if own.random() < 0.2:
        options[own.choice([*options, "key", "value", "topic"])] = own.choice(GARBAGE)
    topic = options.pop("topic", own.choice(list(TOPICS)))
    world.number += 1
    world.producers.append((f"p{world.number}", world.app.producer(topic, **options), set()))


def sends(world: World, own: random.Random) -> None:
    name, producer, sent = _any(own, world.producers)
    for _ in range(own.choice([1, 1, 5, 50])):
        topic = own.choice(list(TOPICS))
        raw = topic == "raw"
        with _LOCK:
            world.number += 1
            value = f"good {topic} {threading.get_ident()} {name} {world.number}"
        good: dict[str, Any] = {
            "value": value.encode() if raw else value,
            "key": own.choice([None, "k", "ü"]),
            "headers": own.choice([None, (), {"a": "b"}, [("a", None)]]),
            "timestamp": own.choice([None, 0, 1 << 40]),
            "partition": own.choice([None, 0]),
        }
        world.perhaps.add(value)
        producer.send(topic, **good)
        sent.add(value)


def sends_garbage(world: World, own: random.Random) -> None:
    """Refused, or taken as it is: then it is read back."""
    _, producer, _ = _any(own, world.producers)
    topic = own.choice(list(TOPICS))
    parts: dict[str, Any] = {"topic": topic, "value": b"bad" if topic == "raw" else "bad"}
    for _ in range(own.choice([1, 1, 2])):
        part = own.choice(["topic", "value", "key", "headers", "timestamp", "partition"])
        parts[part] = own.choice(GARBAGE)
    producer.send(**parts)


def flushes(world: World, own: random.Random) -> None:
    name, producer, sent = _any(own, world.producers)
    before = set(sent)
    producer.flush()
    if any(name == each[0] for each in world.producers):  # nobody discards it meanwhile
        _acknowledged(world, sent, before)


def closes(world: World, own: random.Random) -> None:
    with _LOCK:
        each = _pop(own, world.producers)
    _close(world, each)


def discards(world: World, own: random.Random) -> None:
    """What is gone so may be there, or not: it is in doubt for good."""
    with _LOCK:
        _, producer, _ = _pop(own, world.producers)
    with contextlib.suppress(KeyError), producer:
        producer.send("texts", "bad")
        raise KeyError


def forgets(world: World, own: random.Random) -> None:
    with _LOCK:
        each = _pop(own, world.producers)
    del each
    gc.collect(0)


def intrudes(world: World, own: random.Random) -> None:
    """What belongs to another thread is refused there, whatever is asked of it."""
    consumer = _any(own, world.consumers)
    wrong = [
        consumer.poll,
        consumer.commit,
        consumer.at_end,
        world.broker.transaction,
        lambda: consumer.seek("texts", 0, 0),
        lambda: Admin(world.broker).topics(),
        lambda: Admin(world.broker).create_topic("intruded"),
        lambda: world.broker.topic("texts"),
    ]
    try:
        own.choice(wrong)()
    except StreamzError:
        return
    raise AssertionError("a second thread was let in")


def _close(world: World, each: tuple[str, Producer[Any, Any], set[str]]) -> None:
    _, producer, sent = each
    before = set(sent)
    producer.close()
    _acknowledged(world, sent, before)


def _acknowledged(world: World, sent: set[str], values: set[str]) -> None:
    with _LOCK:
        world.taken |= values
        sent -= values


# ---- steps of the main thread: what is for one thread alone


def consumes(world: World, own: random.Random) -> None:
    options: dict[str, Any] = {"group": own.choice(["", "g", "h"]), "key": BYTES, "value": BYTES}
    topics: Any = [own.choice([*TOPICS, ("texts", 1)])]
    if own.random() < 0.2:
        what = own.choice(["group", "start", "on_out_of_range", "key", "value"])
        options[what] = own.choice(GARBAGE)
    if own.random() < 0.1:
        topics = own.choice(GARBAGE)
    world.consumers = [*world.consumers[-3:], Consumer(world.broker, topics, **options)]


def polls(world: World, own: random.Random) -> None:
    timeout = own.choice(GARBAGE) if own.random() < 0.1 else 0
    if isinstance(timeout, (int, float)) and timeout > 1:
        return  # it would wait so long, as it is told
    _any(own, world.consumers).poll(timeout, own.choice([1, 100, own.choice(GARBAGE)]))


def seeks(world: World, own: random.Random) -> None:
    where: list[Any] = ["texts", 1, own.randrange(-1, 20)]
    if own.random() < 0.5:
        where[own.randrange(3)] = own.choice(GARBAGE)
    _any(own, world.consumers).seek(*where)


def seeks_by_time(world: World, own: random.Random) -> None:
    consumer, at = _any(own, world.consumers), own.choice([own.randrange(10), own.choice(GARBAGE)])
    calls = [
        lambda: consumer.seek_to_time(at),
        lambda: consumer.offsets_for_times({("texts", own.choice([0, at])): at}),
        lambda: consumer.offsets_for_times(at),
    ]
    own.choice(calls)()


def commits(world: World, own: random.Random) -> None:
    _any(own, world.consumers).commit()


def asks(world: World, own: random.Random) -> None:
    admin, wrong = Admin(world.broker), own.choice(GARBAGE)
    calls = [
        lambda: admin.create_topic(wrong),
        lambda: admin.create_topic(f"made{own.randrange(5)}", wrong),
        lambda: admin.create_topic(f"made{own.randrange(5)}", 1, cleanup=wrong),
        lambda: admin.describe(wrong),
        lambda: admin.sizes(wrong),
        lambda: admin.offsets_for_times("texts", wrong),
        lambda: admin.alter_topic(wrong, partitions=own.randrange(1, 6)),
        lambda: admin.alter_topic(f"made{own.randrange(5)}", partitions=wrong),
        lambda: admin.alter_topic(f"made{own.randrange(5)}", config={"retention.ms": wrong}),
        lambda: admin.alter_topic(f"made{own.randrange(5)}", config=wrong),
        lambda: admin.alter_topic(f"made{own.randrange(5)}", unset=wrong),
        lambda: admin.alter_topic(f"made{own.randrange(5)}", partitions=own.randrange(1, 6)),
        lambda: admin.describe_group(wrong),
        lambda: admin.reset_offsets("h", {("texts", wrong): own.randrange(3)}),
        lambda: admin.reset_offsets("h", {("texts", 0): wrong}),
        lambda: admin.reset_offsets(wrong, {("texts", 0): 0}),
        lambda: admin.reset_offsets("h", wrong),
        lambda: admin.delete_group(wrong),
        lambda: world.broker.topic(wrong),
        admin.topics,
        admin.groups,
    ]
    own.choice(calls)()


def transacts(world: World, own: random.Random) -> None:
    """By hand, with columns that fit and some that do not."""
    transaction = world.broker.transaction(own.choice(["", "g", own.choice(GARBAGE)]))
    columns: list[Any] = ["texts", 0, [b"k", None], [b"bad", b"bad"], [1, 2], None]
    if own.random() < 0.7:
        columns[own.randrange(6)] = own.choice(GARBAGE)
    if own.random() < 0.3:
        columns[own.randrange(2, 5)] = [own.choice(GARBAGE), own.choice(GARBAGE)]
    transaction.send(*columns)
    if own.random() < 0.3:
        transaction.move(*[own.choice(["texts", 0, 0, own.choice(GARBAGE)]) for _ in range(4)])
    transaction.commit()


def interrupted(world: World, own: random.Random) -> None:
    """SIGINT at some moment of a few other steps; what is of no use after it says so, and is made anew."""
    signal.signal(signal.SIGALRM, signal.default_int_handler)
    try:
        signal.setitimer(signal.ITIMER_REAL, own.uniform(0.00001, 0.003))
        for _ in range(1000):  # an interrupt in a finalizer is told, and goes no further
            with contextlib.suppress(*DOCUMENTED):
                own.choice([sends, flushes, polls, commits, asks, consumes, transacts])(world, own)
    except KeyboardInterrupt:
        _renew(world, own)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def closed(world: World, own: random.Random) -> None:
    """What was closed says so."""
    if world.consumers:
        consumer = world.consumers.pop()
        consumer.close()
        _refused(consumer.poll)
    if own.random() < 0.1:
        world.broker.close()
        _refused(world.broker.transaction)
        _refused(lambda: Admin(world.broker).topics())
        _renew(world, own)


def _refused(call: Callable[[], object]) -> None:
    try:
        call()
    except Misuse:
        return
    raise AssertionError("a closed handle was let in")


def _renew(world: World, _: random.Random) -> None:
    with contextlib.suppress(*DOCUMENTED):
        world.broker.close()
    world.broker = world.app.broker()
    world.consumers = [Consumer(world.broker, ["texts"], key=STR, value=STR, group="g")]


_LOCK = threading.Lock()
OF_PRODUCERS = [opens, opens, *[sends] * 6, *[sends_garbage] * 4, flushes, flushes]
BESIDE = [*OF_PRODUCERS, *OF_PRODUCERS, closes, discards, forgets, intrudes]
MAIN = [
    *OF_PRODUCERS,
    consumes,
    consumes,
    polls,
    polls,
    polls,
    seeks,
    seeks_by_time,
    commits,
    asks,
    transacts,
    interrupted,
    closed,
]
