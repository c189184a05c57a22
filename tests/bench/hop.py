"""Latency of one hop: producer -> worker -> a reader who sees committed records only; three processes."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from time import monotonic_ns, perf_counter

from streamz_core.app import App, machine
from streamz_core.broker.admin import Admin
from streamz_core.broker.consumer import Consumer
from streamz_core.broker.embedded import Broker
from streamz_core.broker.producer import Producer
from streamz_core.codecs.plain import BYTES
from streamz_core.config import Config
from streamz_core.runtime.worker import Worker

RATE = 1000
SECONDS = 10
WARM_UP_S = 2
PAD = bytes(84)


def main(arguments: list[str]) -> None:
    """Print one JSON line for each durability level."""
    parser = argparse.ArgumentParser(prog="bench hop")
    parser.add_argument("--case", action="append", choices=["process", "power"])
    parser.add_argument("--seconds", type=float, default=SECONDS)
    parser.add_argument("--role", choices=["worker", "producer"])
    parser.add_argument("--home")
    options = parser.parse_args(arguments)
    if options.role == "worker":
        work(options.home)
    elif options.role == "producer":
        produce(options.home, options.seconds)
    else:
        for level in options.case or ["process", "power"]:
            print(json.dumps(case(level, options.seconds)), flush=True)


def app(home: str) -> App:
    """The identity."""
    hop = App("hop", home=home)
    hop.stream("in", key=bytes, value=bytes).map_values(same).to("out")
    return hop


def same(value: bytes) -> bytes:
    return value


def work(home: str) -> None:
    """The worker's process."""
    env = machine()
    Worker(app(home).job(), env, home).run(lambda: False)


def produce(home: str, seconds: float) -> None:
    """Send RATE records a second, each committed on its own, its value beginning with its time."""
    broker = Broker(machine(), home)
    producer = Producer(broker, key=BYTES, value=BYTES)
    bell = machine().doorbell()
    start = perf_counter()
    for i in range(int(RATE * seconds)):
        left = start + i / RATE - perf_counter()
        if left > 0:
            bell.wait(left)
        producer.send("in", monotonic_ns().to_bytes(16, "big") + PAD, key=b"k")
        producer.flush()


def case(level: str, seconds: float) -> dict[str, object]:
    """One run; the figures leave out the first two seconds."""
    with tempfile.TemporaryDirectory() as home:
        broker = Broker(machine(), home, Config(durability=level))
        for topic in ("in", "out"):
            Admin(broker).create_topic(topic, 1)
        reader = Consumer(broker, ["out"], key=BYTES, value=BYTES)
        children = [start("worker", home, seconds)]
        wait_for_owner(broker)
        children.append(start("producer", home, seconds))
        try:
            found = read(reader, int(RATE * seconds))
        finally:
            for child in children:
                child.kill()
                child.wait()
        broker.close()
    warm = sorted(found[int(RATE * WARM_UP_S) :])
    return {
        "bench": "hop",
        "case": level,
        "rate": RATE,
        "p50_ms": round(warm[len(warm) // 2] / 1e6, 3),
        "p99_ms": round(warm[len(warm) * 99 // 100] / 1e6, 3),
        "max_ms": round(warm[-1] / 1e6, 3),
    }


def read(reader: Consumer[bytes, bytes], count: int) -> list[int]:
    """Latencies in ns, in order of arrival."""
    found: list[int] = []
    while len(found) < count:
        for record in reader.poll(1.0):
            found.append(monotonic_ns() - int.from_bytes((record.value or b"")[:16], "big"))
    return found


def wait_for_owner(broker: Broker) -> None:
    """Until the worker owns its task."""
    while broker.backend.owner("hop", "in/0") is None:
        broker.backend.wait(0.05)
        broker.backend.refresh()


def start(role: str, home: str, seconds: float) -> subprocess.Popen[bytes]:
    """One of the other two processes."""
    root = Path(__file__).parents[2]
    argv = [sys.executable, "-m", "tests.bench", "hop", "--role", role, "--home", home]
    return subprocess.Popen([*argv, "--seconds", str(seconds)], cwd=root)
