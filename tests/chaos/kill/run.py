"""One run of chaos: records go in, processes die, and what came out is compared."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from contextlib import suppress
from time import monotonic
from typing import Any

from streamz_core.app import machine
from streamz_core.broker.admin import Admin
from streamz_core.broker.backend import next_offset
from streamz_core.broker.embedded import Broker
from streamz_core.broker.names import key_hash
from streamz_core.broker.producer import Producer
from streamz_core.codecs.annotation import codec_for
from streamz_core.config import Config
from streamz_core.errors import Misuse, StorageFull
from streamz_core.log.chain.layout import segments
from streamz_core.record import Windowed
from streamz_core.runtime.job import Job
from streamz_core.runtime.topics import prepare_topics, topic_codecs
from tests.chaos.history import OK, Anomaly, History, Move, Place
from tests.chaos.kill.app import (
    AT_COMMITS,
    AT_ONCE,
    BEHIND,
    COMPACTED,
    KEYS,
    OUTPUTS,
    PARTITIONS,
    Event,
    Roll,
    expected,
    key_name,
    make_app,
    mirror,
    settled,
    stamp,
)
from tests.chaos.kill.crew import WORKERS, Crew
from tests.chaos.kill.roles import make_small
from tests.chaos.kill.watching import Chain, Watch, read

BATCH = 60
PAUSE_S = (0.05, 0.5)
BREATH_S = 3.0
BREATH = 0.05  # how often nobody is hurt for so long
PATIENCE_S = 5.0
FINISH_S = 120  # without any progress
BEHIND_MAX = 2000  # records: then nothing is sent until it gets on
FORGET = 0.1  # how often consumed input is deleted


class Run:
    """One run of chaos over one home."""

    def __init__(self, home: str, seed: int, workers: int = WORKERS) -> None:
        self.home = home
        self.random = random.Random(seed)
        self.sent: Counter[str] = Counter()
        self.waiting: list[tuple[Place, tuple[bytes, bytes]]] = []  # sent, and not written yet
        self.job = make_app(home).job()
        self.changelogs = [self.job.plan.changelog(name) for name in COMPACTED]
        self.topics = ["in", *OUTPUTS, *self.changelogs]
        self.key, self.value = codec_for(str), codec_for(Event)
        make_small()
        self._open()
        prepare_topics(self.job, self.broker.backend)
        self._load_names()
        self.history = History(owed(self.job), frozenset(self.changelogs))
        self.watch = Watch(home, self.history, Chain(home), self.topics)
        self.crew = Crew(home, self.random)
        self.crew.start([*["worker"] * workers, "janitor"])

    def chaos(self, budget_s: float) -> None:
        """Records in, workers down."""
        end = monotonic() + budget_s
        while monotonic() < end:
            self.work()
            if self.random.random() < BREATH:
                for _ in range(int(BREATH_S / PAUSE_S[1])):
                    self.go_on(PAUSE_S[1])
            what = self.crew.choose()
            if what == "all at once":
                self._everybody()
            else:
                self.crew.hurt(what)

    def finish(self) -> None:
        """Everybody goes on; until everything is consumed."""
        self.crew.wake_all()
        before, left, end = [], self.left(), monotonic() + FINISH_S
        while left:
            if left != before:
                before, end = left, monotonic() + FINISH_S
            if monotonic() > end:
                self.crew.ask()
                self.broker.backend.wait(1.0)
                raise SystemExit(f"no progress: not finished when left alone: {left}")
            self.crew.look()
            self.broker.backend.wait(0.1)
            left = self.left()

    def end(self) -> None:
        """Drain the workers."""
        self.crew.end()

    def close(self) -> None:
        """Nothing is looked at any more."""
        self.producer.close()
        self.broker.close()

    def compare(self) -> list[Anomaly]:
        """What is not as it must be."""
        history, backend = self.history, self.broker.backend
        backend.refresh()
        self.watch.look(backend)
        self.watch.end(backend, ["in", *OUTPUTS])
        for sub in self.job.plan.subs:
            for one in sub.inputs:
                for partition in range(backend.topic(one.topic).partitions):
                    history.consumed(self.job.name, (one.topic, partition))
        want = expected(self.sent)
        for topic in OUTPUTS:
            found = self._outputs(topic)
            for key in sorted(set(want[topic]) | set(found)):
                wanted, got = want[topic].get(key, []), found.get(key, [])
                if topic in AT_COMMITS:
                    wanted = settled(wanted, got)
                history.follows(f"{topic} {key}", wanted, got)
        for name in self.changelogs:
            history.remains(name, self._folded(name), fold(read(backend, name, {}).values()))
        return history.close()

    def upkeep(self) -> str:
        """What the janitors did, as far as it shows in the end."""
        log = self.broker.backend.log
        known = log.state
        files = [one for some in known.sealed.files.values() for one in some]
        compacted = sum(one.stop - one.base - one.records for one in files)
        forgotten = sum(start for starts in known.starts.values() for start in starts)
        first = segments(log.env, log.layout)[0]
        return (
            f"{first - 1} of {log.chain.segment} commit segments removed, {len(files)} sealed files, "
            f"{compacted} records compacted away, {forgotten} purged"
        )

    # ---- parts

    def work(self) -> None:
        """Until the app did something, so that those are killed who are at it, however slow the machine is."""
        end, before = monotonic() + PATIENCE_S, dict(self.history.at)
        while self.history.at == before and monotonic() < end:
            self.go_on(self.random.uniform(*PAUSE_S))

    def go_on(self, pause_s: float) -> None:
        """Records in, and a look at everybody."""
        if self._behind() < BEHIND_MAX:
            self.produce()
        self.broker.backend.wait(pause_s)
        self.broker.backend.refresh()
        self.watch.look(self.broker.backend)
        self.crew.look()
        self._forget()

    def produce(self) -> None:
        """Some records; where there is no room for them, they wait for the next time."""
        for _ in range(self.random.randrange(BATCH)):
            key = key_name(self.random.randrange(KEYS))
            event = Event(key, self.sent[key])
            self.producer.send("in", event, key=key, timestamp=stamp(event.n))
            self.sent[key] += 1
            raw = self.key.encode(key)
            self.waiting.append(
                (("in", key_hash(raw) % PARTITIONS), (raw, self.value.encode(event)))
            )
        self.flush()

    def flush(self) -> bool:
        """Write what was sent; false if there is no room."""
        try:
            self.producer.flush()
        except StorageFull:
            return False
        for place, row in self.waiting:
            self.history.sent(place, row, OK)
        self.waiting.clear()
        return True

    def _load_names(self) -> None:
        with Producer(self.broker, key=codec_for(str), value=codec_for(str)) as producer:
            for key in map(key_name, range(KEYS)):
                producer.send("names", f"name of {key}", key=key, timestamp=1)
                producer.send("people", f"person of {key}", key=mirror(key), timestamp=1)

    def _open(self) -> None:
        self.broker = Broker(machine(), self.home, Config(durability="process"))
        self.broker.backend.watch(self.topics)
        self.producer = Producer(self.broker, key=self.key, value=self.value, linger_ms=10**6)

    def _everybody(self) -> None:
        """All are killed in one moment, and nobody has the log open: who comes first makes a cold start."""
        self.close()
        self.crew.kill_all()
        if self.random.random() < 0.5:
            self.crew.start_again()
            self._open()
        else:
            self._open()
            self.crew.start_again()

    def _forget(self) -> None:
        """Input that was consumed is deleted now and then."""
        if self.random.random() < FORGET:
            backend = self.broker.backend
            ats = {
                part: next_offset(backend, self.job.name, "in", part)
                for part in range(backend.topic("in").partitions)
            }
            with suppress(Misuse, StorageFull):
                Admin(self.broker).delete_records("in", ats)

    def left(self) -> list[str]:
        """What is not consumed yet, by what is on the log now."""
        self.broker.backend.refresh()
        return [f"{name}[{part}] at {at} of {end}" for name, part, at, end in self._stands()]

    def _behind(self) -> int:
        """So many records."""
        return sum(end - at for _, _, at, end in self._stands())

    def _stands(self) -> Iterator[tuple[str, int, int, int]]:
        """Topic, partition, where the app stands and the end, where there is anything between them."""
        backend = self.broker.backend
        for sub in self.job.plan.subs:
            for one in sub.inputs:
                for partition in range(backend.topic(one.topic).partitions):
                    at = next_offset(backend, self.job.name, one.topic, partition)
                    end = backend.end(one.topic, partition)
                    if at != end:
                        yield one.topic, partition, at, end

    def _outputs(self, name: str) -> dict[str, list[Roll]]:
        """What was seen of a topic, by the text of its keys, in order."""
        codecs = topic_codecs(self.job.graph, name)
        assert codecs is not None
        key, value = codecs
        found: dict[str, list[Roll]] = defaultdict(list)
        for partition in range(PARTITIONS):
            seen = self.history.readers.values[name, partition]
            for _, (raw, roll) in sorted(seen.items()):
                told = key.decode(raw)
                text = f"{told.key}@{told.start}" if isinstance(told, Windowed) else told
                found[text].append(value.decode(roll))
        return found

    def _folded(self, name: str) -> dict[Hashable, Hashable]:
        """What was seen of a changelog, the last of each key."""
        places = [(name, part) for part in range(self.broker.backend.topic(name).partitions)]
        return fold(sorted(self.history.readers.values[place].items()) for place in places)


def fold(columns: Iterable[Iterable[tuple[int, Any]]]) -> dict[Hashable, Hashable]:
    """The last value of each key; none that was deleted."""
    found = {key: value for rows in columns for _, (key, value) in rows}
    return {key: value for key, value in found.items() if value is not None}


def owed(job: Job) -> Callable[[Sequence[Move]], dict[Hashable, int]]:
    """How many records of each topic come of what is consumed, in the same commit."""
    hops = {hop.topic for hop in job.plan.hops}

    def count(moves: Sequence[Move]) -> dict[Hashable, int]:
        first = sum(stop - start for _, place, start, stop in moves if place[0] == "in")
        second = sum(stop - start for _, place, start, stop in moves if place[0] in hops)
        return {**dict.fromkeys(AT_ONCE, first), BEHIND: second}

    return count
