"""Real processes that share partitions, killed and stopped at random: `chaos groups --kill`.

Each member takes what comes to `in` to `out`, in one transaction with its offset. Meanwhile one is killed, or told to end, or
stopped for longer than it may take between two polls, and others are begun. At the end a copy of each record is in `out`, once.
"""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from threading import Event
from time import monotonic

from attrs import define, field

from streamz_core.broker.admin import Admin
from streamz_core.broker.consumer import Consumer
from streamz_core.broker.embedded import Broker
from streamz_core.broker.producer import Producer
from streamz_core.codecs.plain import INT, STR
from streamz_core.config import Config
from streamz_core.env.real import RealEnv
from streamz_core.errors import Fenced

HOUSE = Path(__file__).parents[2]
PARTITIONS = 8
MEMBERS = 3
GROUP = "crowd"
POLL_MS = 1000
SHARES = {"kill": 50, "stop": 20, "hang": 8, "end": 22}
STOP_S, HANG_S = (0.05, 0.5), (1.5, 2.5)
STEP_S = (0.05, 0.5)
DRAIN_S = 60
_PAUSE = Event()  # which nobody sets


def opened(home: str) -> Broker:
    return Broker(RealEnv(), home, Config(durability="process", log_free_bytes=0))


# ---- a member, in a process of its own


def member(home: str, name: str) -> int:
    """Copy until a signal says that it is enough."""
    over = Event()
    signal.signal(signal.SIGTERM, lambda *_: over.set())
    broker = opened(home)
    options = {"member": name, "session_timeout_ms": 300} if name else {}
    with (
        Producer(broker, key=STR, value=INT) as producer,
        Consumer(
            opened(home),
            ["in"],
            key=STR,
            value=INT,
            group=GROUP,
            max_poll_interval_ms=POLL_MS,
            owns_broker=True,
            **options,
        ) as consumer,
    ):
        while not over.is_set():
            records = consumer.poll(0.1, 50)
            try:
                with producer.transaction() as transaction:
                    for record in records:
                        transaction.send("out", record.value)
                    transaction.consumed(consumer)
            except Fenced:
                continue  # what it had is another's: the next poll goes on with what it has
    broker.close()
    return 0


@define
class Crowd:
    """Members over one home; every second one has a name for life."""

    home: str
    random: random.Random
    counts: Counter[str] = field(factory=Counter)
    processes: dict[str, subprocess.Popen[bytes]] = field(factory=dict)
    stopped: dict[str, float] = field(factory=dict)

    def start(self, slot: str) -> None:
        """One more, or one again."""
        name = slot if int(slot) % 2 else "-"
        words = [
            sys.executable,
            "-m",
            "tests.chaos",
            "groups",
            "--member",
            name,
            "--home",
            self.home,
        ]
        self.processes[slot] = subprocess.Popen(words, cwd=HOUSE)

    def hurt(self) -> None:
        """One of them, by chance."""
        slot = self.random.choice(list(self.processes))
        what = self.random.choices(list(SHARES), list(SHARES.values()))[0]
        process = self.processes[slot]
        if slot in self.stopped:
            return
        self.counts[what] += 1
        if what in {"stop", "hang"}:
            process.send_signal(signal.SIGSTOP)
            bounds = STOP_S if what == "stop" else HANG_S
            self.stopped[slot] = monotonic() + self.random.uniform(*bounds)
        else:
            process.send_signal(signal.SIGKILL if what == "kill" else signal.SIGTERM)
            code = process.wait(DRAIN_S)
            assert code in {-signal.SIGKILL, 0, -signal.SIGTERM}, f"a member ended with {code}"
            self.start(slot)

    def look(self, *, all_of_them: bool = False) -> None:
        """Wake who was stopped for long enough."""
        for slot, until_s in list(self.stopped.items()):
            if all_of_them or monotonic() > until_s:
                self.processes[slot].send_signal(signal.SIGCONT)
                del self.stopped[slot]
        for process in self.processes.values():
            assert process.poll() is None, f"a member ended by itself with {process.returncode}"

    def end(self) -> None:
        """All of them."""
        for process in self.processes.values():
            process.send_signal(signal.SIGCONT)
            process.kill()
            process.wait(DRAIN_S)


def copied(broker: Broker) -> Counter[int | None]:
    """How often each value is in `out`."""
    with Consumer(broker, ["out"], key=STR, value=INT) as consumer:
        found: Counter[int | None] = Counter()
        while not consumer.at_end():
            found.update(record.value for record in consumer.poll(0))
        return found


def killing(budget_s: float, seed: int, members: int = MEMBERS) -> int:
    """Hurt members for so long; 1 if something was lost or doubled at the end."""
    with tempfile.TemporaryDirectory() as home:
        crowd = Crowd(home, random.Random(seed))
        broker = opened(home)
        for topic, partitions in (("in", PARTITIONS), ("out", 2)):
            Admin(broker).create_topic(topic, partitions)
        for slot in range(members):
            crowd.start(str(slot))
        try:
            return _hurt(crowd, broker, budget_s)
        finally:
            crowd.end()
            broker.close()


def _hurt(crowd: Crowd, broker: Broker, budget_s: float) -> int:
    until_s, due_s, sent = monotonic() + budget_s, monotonic() + 0.5, 0
    with Producer(broker, key=STR, value=INT, linger_ms=5) as producer:
        while monotonic() < until_s:
            for _ in range(20):
                producer.send("in", sent)
                sent += 1
            producer.flush()
            crowd.look()
            if monotonic() > due_s:
                crowd.hurt()
                due_s = monotonic() + crowd.random.uniform(*STEP_S)
            _PAUSE.wait(0.02)
    crowd.look(all_of_them=True)
    until_s = monotonic() + DRAIN_S
    found = copied(broker)
    while found.total() < sent and monotonic() < until_s:
        crowd.look()
        _PAUSE.wait(0.2)
        found = copied(broker)
    lost, doubled = sent - len(found), found.total() - len(found)
    print(f"{sent} records; {dict(crowd.counts)}; lost {lost}, doubled {doubled}", flush=True)
    failed = int(bool(lost or doubled))
    print(f"{crowd.counts.total() - failed} passed, {failed} failed")
    return failed
