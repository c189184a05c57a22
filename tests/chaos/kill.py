"""Real processes, real files, SIGKILL and SIGSTOP: nothing may be lost, nothing doubled.

Workers of the app in `history` are killed and stopped at random while records come in; a worker that
was killed is replaced at once. At the end everything is left to finish, and every output and every
store is compared with a recount.
"""

from __future__ import annotations

import argparse
import random
import signal
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from pathlib import Path
from time import monotonic

from streamz_core.app import machine
from streamz_core.broker.backend import next_offset
from streamz_core.broker.embedded import Broker
from streamz_core.broker.producer import Producer
from streamz_core.codecs.annotation import codec_for
from streamz_core.config import Config
from streamz_core.record import Windowed
from streamz_core.runtime.topics import prepare_topics, topic_codecs
from streamz_core.runtime.worker import Worker
from tests.chaos.budget import seconds
from tests.chaos.history import (
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

WORKERS = 3
BATCH = 60
PAUSE_S = (0.05, 0.5)
STOP_S = (0.05, 0.6)
FINISH_S = 120


def main(arguments: list[str]) -> int:
    """Chaos for the budget, then the comparison."""
    parser = argparse.ArgumentParser(prog="chaos kill")
    parser.add_argument("--budget", default="60s", type=seconds)
    parser.add_argument("--seed", default=7, type=int)
    parser.add_argument("--worker", metavar="HOME")
    options = parser.parse_args(arguments)
    if options.worker:
        work(options.worker)
        return 0
    with tempfile.TemporaryDirectory() as home:
        run = Run(home, options.seed)
        try:
            run.chaos(options.budget)
            run.finish()
        finally:
            run.end()
        try:
            problems = run.compare()
        finally:
            run.close()
    for problem in problems[:10]:
        print(problem)
    lost, doubled = run.counts["lost"], run.counts["doubled"]
    print(
        f"seed {options.seed}: {run.counts['kill']} kills, {run.counts['stop']} stops, "
        f"{sum(run.sent.values())} records, lost {lost}, doubled {doubled}"
    )
    failed = 1 if problems else 0
    print(f"{run.counts['kill'] - failed} passed, {failed} failed")
    return failed


def work(home: str) -> None:
    """One worker process, until it is ended."""
    env = machine()
    stopped: list[int] = []
    signal.signal(signal.SIGTERM, lambda *_: stopped.append(1))
    Worker(make_app(home).job(), env, home).run(lambda: bool(stopped))


class Run:
    """One run of chaos over one home."""

    def __init__(self, home: str, seed: int) -> None:
        self.home = home
        self.random = random.Random(seed)
        self.counts: Counter[str] = Counter()
        self.sent: Counter[str] = Counter()
        self.app = make_app(home)
        self.job = self.app.job()
        self.broker = Broker(machine(), home, Config(durability="process"))
        prepare_topics(self.job, self.broker.backend)
        self.producer = Producer(
            self.broker, key=codec_for(str), value=codec_for(Event), linger_ms=10**6
        )
        self._load_names()
        self.children = [self._start() for _ in range(WORKERS)]
        self.stopped: dict[int, float] = {}

    def chaos(self, budget_s: float) -> None:
        """Records in, workers down."""
        end = monotonic() + budget_s
        while monotonic() < end:
            self._produce()
            self.broker.backend.wait(self.random.uniform(*PAUSE_S))
            self.broker.backend.refresh()
            self._resume()
            self._hurt(self.random.randrange(WORKERS))

    def finish(self) -> None:
        """Everybody goes on; until everything is consumed."""
        for child in self.children:
            child.send_signal(signal.SIGCONT)
        end = monotonic() + FINISH_S
        while not self._consumed():
            if monotonic() > end:
                raise SystemExit("no progress: the app did not finish when left alone")
            self._replace_dead()
            self.broker.backend.wait(0.1)
            self.broker.backend.refresh()

    def end(self) -> None:
        """Drain the workers."""
        for child in self.children:
            child.send_signal(signal.SIGCONT)
            child.terminate()
        for child in self.children:
            child.wait(60)

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

    # ---- parts

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

    def _hurt(self, at: int) -> None:
        child = self.children[at]
        if child.poll() is not None:
            raise SystemExit(f"a worker ended by itself with {child.returncode}")
        if self.random.random() < 0.75:
            child.kill()
            child.wait()
            self.counts["kill"] += 1
            self.stopped.pop(at, None)
            self.children[at] = self._start()
        elif at not in self.stopped:
            child.send_signal(signal.SIGSTOP)
            self.counts["stop"] += 1
            self.stopped[at] = monotonic() + self.random.uniform(*STOP_S)

    def _resume(self) -> None:
        for at, until in list(self.stopped.items()):
            if monotonic() > until:
                self.children[at].send_signal(signal.SIGCONT)
                del self.stopped[at]

    def _replace_dead(self) -> None:
        for child in self.children:
            if child.poll() is not None:
                raise SystemExit(f"a worker ended by itself with {child.returncode}")

    def _start(self) -> subprocess.Popen[bytes]:
        argv = [sys.executable, "-m", "tests.chaos", "kill", "--worker", self.home]
        return subprocess.Popen(argv, cwd=Path(__file__).parents[2])

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
