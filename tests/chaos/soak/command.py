"""`chaos soak`: how it is called, what it does, what it says."""

from __future__ import annotations

import argparse
import random
import tempfile
from time import monotonic

from attrs import define, field

from streamz_core.app import machine
from streamz_core.broker.embedded import Broker
from streamz_core.broker.producer import Producer
from streamz_core.codecs.annotation import codec_for
from streamz_core.config import Config
from streamz_core.runtime.topics import prepare_topics
from tests.chaos.budget import seconds
from tests.chaos.kill.crew import Child, Crew
from tests.chaos.soak.app import KEYS, OUTPUT, PARTITIONS, Counted, Seen, make_app
from tests.chaos.soak.measuring import LIMITS, Series, descriptors, disk_mib, p99, rss_mib
from tests.chaos.soak.memory import join, limited

CREW = ("soaker", "soaker", "caretaker")
PROBE_S = 15.0  # of full load, to learn what half of it is
BEHIND_MAX = 3000
BATCH = 20
LOOK_S = 5.0
SILENCE_S = 30.0  # so long nothing may come out
LOAD_MAX = 1000.0  # records a second: half of what a quick machine can do is more than it is about
ALL = 1 << 60


def main(arguments: list[str]) -> int:
    """Half load for the budget; 1 if anything grows."""
    parser = argparse.ArgumentParser(prog="chaos soak")
    parser.add_argument("--budget", default="60m", type=seconds)
    parser.add_argument("--seed", default=7, type=int)
    parser.add_argument("--memory", default=256, type=int, help="MiB for all processes of the app")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as home, limited(options.memory << 20) as group:
        soak = Soak(home, random.Random(options.seed))
        try:
            for child in soak.crew.children:
                join(group, child.process.pid)
            squeezed = (
                f"{options.memory} MiB for all" if group else "no limit of memory can be set here"
            )
            print(f"{' '.join(CREW)}: {squeezed}", flush=True)
            soak.run(options.budget)
        finally:
            soak.end()
    for one in soak.series.values():
        print(one.told())
    print(f"{soak.sent} records sent, {soak.got} came out, none for {soak.silence:.0f} s at most")
    failed = sum(one.grows for one in soak.series.values()) + (soak.silence > SILENCE_S)
    print(f"{len(soak.series) + 1 - failed} passed, {failed} failed")
    return 1 if failed else 0


@define
class Soak:
    """The app, and who sends to it and reads of it."""

    home: str
    random: random.Random
    broker: Broker = field(init=False)
    producer: Producer[str, Seen] = field(init=False)
    crew: Crew = field(init=False)
    series: dict[str, Series] = field(factory=dict)
    next: dict[int, int] = field(factory=lambda: dict.fromkeys(range(PARTITIONS), 0))
    hops: list[float] = field(factory=list)
    sent: int = 0
    got: int = 0
    silence: float = 0.0  # the longest time in which nothing came out
    quiet: int = 0  # looks in a row without anything

    def __attrs_post_init__(self) -> None:
        self.broker = Broker(machine(), self.home, Config(durability="process"))
        prepare_topics(make_app(self.home).job(), self.broker.backend)
        self.broker.backend.watch([OUTPUT])
        self.broker.backend.listen([OUTPUT])
        self.producer = Producer(
            self.broker, key=codec_for(str), value=codec_for(Seen), linger_ms=1
        )
        self.crew = Crew(self.home, self.random)
        self.crew.start(CREW)

    def run(self, budget_s: float) -> None:
        """Learn what full load is, then half of it."""
        rate = min(self.probe() / 2, LOAD_MAX)
        print(f"half load: {rate:.0f} records a second", flush=True)
        began = due = monotonic()
        looked = began
        while (now := monotonic()) < began + budget_s:
            if now >= due and self.sent - self.got < BEHIND_MAX:
                self.send(BATCH)
                due = max(due + BATCH / rate, now - 1.0)
            self.receive(max(min(due - monotonic(), 0.05), 0.0))
            if now - looked >= LOOK_S:
                looked = now
                self.look(now - began)

    def probe(self) -> float:
        """Records a second that the app takes when there are always some."""
        while self.got == 0:
            if self.sent == 0:
                self.send(BATCH)
            self.receive(0.2)
            self.crew.look()
        began, before = monotonic(), self.got
        while monotonic() < began + PROBE_S:
            if self.sent - self.got < BEHIND_MAX:
                self.send(BATCH)
            self.receive(0.0)
        return (self.got - before) / PROBE_S

    def send(self, count: int) -> None:
        """Some events of now."""
        now_ms = self.broker.env.now_ms()
        for _ in range(count):
            key = f"k{self.random.randrange(KEYS):04d}"
            self.producer.send("events", Seen(key, now_ms), key=key)
        self.sent += count

    def receive(self, wait_s: float) -> None:
        """What came out by now, and how old it is."""
        backend, codec = self.broker.backend, codec_for(Counted)
        backend.wait(wait_s)
        backend.refresh()
        now_ms = self.broker.env.now_ms()
        for partition, before in self.next.items():
            offset = backend.passed(OUTPUT, partition, before)
            if offset < backend.end(OUTPUT, partition):
                for batch in backend.fetch(OUTPUT, partition, offset, bytes_max=ALL):
                    told = codec.decode_all(batch.values)
                    self.hops += [float(now_ms - one.at_ms) for one in told]
                    offset = batch.next_offset
            self.got += offset - before
            self.next[partition] = offset

    def look(self, at_s: float) -> None:
        """Note everything."""
        self.crew.look()
        for part in ("log", "state"):
            self.note(part, "disk", at_s, disk_mib(f"{self.home}/{part}"))
        self.quiet = 0 if self.hops else self.quiet + 1
        self.silence = max(self.silence, self.quiet * LOOK_S)
        self.note("hop", "p99", at_s, p99(self.hops))
        self.hops.clear()
        for number, child in enumerate(self.crew.children):
            title = self.title(number, child)
            self.note(f"{title} rss", "rss", at_s, rss_mib(child.process.pid))
            self.note(f"{title} descriptors", "descriptors", at_s, descriptors(child.process.pid))

    def title(self, number: int, child: Child) -> str:
        return f"{child.role} {number}"

    def note(self, title: str, kind: str, at_s: float, value: float | None) -> None:
        """One figure."""
        self.series.setdefault(title, Series(title, LIMITS[kind])).add(at_s, value)

    def end(self) -> None:
        """Drain."""
        self.crew.end()
        self.producer.close()
        self.broker.close()
