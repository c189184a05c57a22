"""One run of chaos: records go in, processes die, and what came out is compared."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from contextlib import suppress
from time import monotonic

from streamz_core.app import machine
from streamz_core.broker.admin import Admin
from streamz_core.broker.backend import next_offset
from streamz_core.broker.embedded import Broker
from streamz_core.broker.producer import Producer
from streamz_core.codecs.annotation import codec_for
from streamz_core.config import Config
from streamz_core.errors import Misuse
from streamz_core.log.chain.layout import segments
from streamz_core.record import Windowed
from streamz_core.runtime.topics import prepare_topics, topic_codecs
from tests.chaos.kill.app import (
    AT_COMMITS,
    KEYS,
    OUTPUTS,
    Event,
    Roll,
    expected,
    key_name,
    make_app,
    mirror,
    settled,
    stamp,
)
from tests.chaos.kill.crew import Crew
from tests.chaos.kill.roles import make_small

BATCH = 60
PAUSE_S = (0.05, 0.5)
BREATH_S = 3.0
BREATH = 0.05  # how often nobody is hurt for so long
FINISH_S = 120
FORGET = 0.1  # how often consumed input is deleted


class Run:
    """One run of chaos over one home."""

    def __init__(self, home: str, seed: int) -> None:
        self.home = home
        self.random = random.Random(seed)
        self.counts: Counter[str] = Counter()
        self.sent: Counter[str] = Counter()
        self.job = make_app(home).job()
        make_small()
        self._open()
        prepare_topics(self.job, self.broker.backend)
        self._load_names()
        self.crew = Crew(home, self.random)
        self.crew.start()

    def chaos(self, budget_s: float) -> None:
        """Records in, workers down."""
        end = monotonic() + budget_s
        while monotonic() < end:
            self._go_on(self.random.uniform(*PAUSE_S))
            if self.random.random() < BREATH:
                for _ in range(int(BREATH_S / PAUSE_S[1])):
                    self._go_on(PAUSE_S[1])
            what = self.crew.choose()
            if what == "all at once":
                self._everybody()
            else:
                self.crew.hurt(what)

    def finish(self) -> None:
        """Everybody goes on; until everything is consumed."""
        self.crew.wake_all()
        end = monotonic() + FINISH_S
        while not self._consumed():
            if monotonic() > end:
                raise SystemExit("no progress: the app did not finish when left alone")
            self.crew.look()
            self.broker.backend.wait(0.1)
            self.broker.backend.refresh()

    def end(self) -> None:
        """Drain the workers."""
        self.crew.end()

    def close(self) -> None:
        """Nothing is looked at any more."""
        self.producer.close()
        self.broker.close()

    def compare(self) -> list[str]:
        """What is not as it must be."""
        want = expected(self.sent)
        problems = []
        for topic in OUTPUTS:
            got = self._outputs(topic)
            for key in sorted(set(want[topic]) | set(got)):
                wanted, found = want[topic].get(key, []), got.get(key, [])
                if topic in AT_COMMITS:
                    wanted = settled(wanted, found)
                if wanted != found:
                    self.counts["lost"] += max(len(wanted) - len(found), 0)
                    self.counts["doubled"] += max(len(found) - len(wanted), 0)
                    at = next(
                        (i for i, (a, b) in enumerate(zip(wanted, found, strict=False)) if a != b),
                        min(len(wanted), len(found)),
                    )
                    problems.append(
                        f"{topic} {key}: {len(found)} of {len(wanted)} values, wrong from {at}"
                    )
        return problems

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

    def _go_on(self, pause_s: float) -> None:
        """Records in, and a look at everybody."""
        self._produce()
        self.broker.backend.wait(pause_s)
        self.broker.backend.refresh()
        self.crew.look()
        self._forget()

    def _produce(self) -> None:
        for _ in range(self.random.randrange(BATCH)):
            key = key_name(self.random.randrange(KEYS))
            n = self.sent[key]
            self.producer.send("in", Event(key, n), key=key, timestamp=stamp(n))
            self.sent[key] += 1
        self.producer.flush()

    def _load_names(self) -> None:
        with Producer(self.broker, key=codec_for(str), value=codec_for(str)) as producer:
            for key in map(key_name, range(KEYS)):
                producer.send("names", f"name of {key}", key=key, timestamp=1)
                producer.send("people", f"person of {key}", key=mirror(key), timestamp=1)

    def _open(self) -> None:
        self.broker = Broker(machine(), self.home, Config(durability="process"))
        key, value = codec_for(str), codec_for(Event)
        self.producer = Producer(self.broker, key=key, value=value, linger_ms=10**6)

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
            with suppress(Misuse):
                Admin(self.broker).delete_records("in", ats)

    def _consumed(self) -> bool:
        backend = self.broker.backend
        for sub in self.job.plan.subs:
            for one in sub.inputs:
                for partition in range(backend.topic(one.topic).partitions):
                    at = next_offset(backend, self.job.name, one.topic, partition)
                    if at != backend.end(one.topic, partition):
                        return False
        return True

    def _outputs(self, name: str) -> dict[str, list[Roll]]:
        backend = self.broker.backend
        backend.watch([name])
        backend.refresh()
        codecs = topic_codecs(self.job.graph, name)
        assert codecs is not None
        key, value = codecs
        found: dict[str, list[Roll]] = defaultdict(list)
        for partition in range(backend.topic(name).partitions):
            for batch in backend.fetch(name, partition, 0, bytes_max=1 << 60):
                for raw, roll in zip(
                    key.decode_all(batch.keys), value.decode_all(batch.values), strict=True
                ):
                    text = f"{raw.key}@{raw.start}" if isinstance(raw, Windowed) else raw
                    found[text].append(roll)
        return found
