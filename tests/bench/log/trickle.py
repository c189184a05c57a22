"""A slow stream through an app of two hops: what the workers use of the machine, and how late results are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from tests.bench.log.command import Case, Line, Options, program, run, told

RATE = 500
SECONDS = 8.0
WORKERS = (1, 2, 8)

MAKE = """
import sys
from streamz_core.app import machine
from streamz_core.broker.admin import Admin
from streamz_core.broker.embedded import Broker
from streamz_core.config import Config
with Broker(machine(), sys.argv[1], Config(durability="process", log_free_bytes=0)) as broker:
    for name in ("in", "out"):
        Admin(broker).create_topic(name, 8)
"""

WORK = """
import sys, threading, time
from streamz_core import App
from streamz_core.app import machine
from streamz_core.runtime.worker import Worker
app = App("trickle", home=sys.argv[1], durability="process")
counted = app.stream("in", key=bytes, value=bytes).group_by(lambda value: value[:1]).reduce(lambda old, new: new, name="last")
counted.to_stream().to("out")
ended = threading.Event()
worker = Worker(app.job({}), machine(), sys.argv[1])
threading.Thread(target=lambda: (sys.stdin.readline(), ended.set()), daemon=True).start()
print("ready", flush=True)
began = []
def stop():
    if not began and worker.tasks:
        began.append(time.process_time())
    return ended.is_set()
worker.run(stop)
print(time.process_time() - (began or [0])[0])
"""

FEED = """
import sys, time
from streamz_core.app import machine
from streamz_core.broker.consumer import Consumer
from streamz_core.broker.embedded import Broker
from streamz_core.broker.producer import Producer
from streamz_core.codecs.plain import BYTES
import threading
home, rate, seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
found, ended = [], threading.Event()
def read():
    with Broker(machine(), home) as broker, Consumer(broker, ["out"], key=BYTES, value=BYTES) as consumer:
        while not ended.is_set():
            for record in consumer.poll(0.1):
                found.append(time.monotonic_ns() - int(record.value[1:]))
reader = threading.Thread(target=read)
reader.start()
bell, count = machine().doorbell(), int(rate * seconds)
with Broker(machine(), home) as broker, Producer(broker, key=BYTES, value=BYTES) as producer:
    start = time.perf_counter()
    for i in range(count):
        left = start + i / rate - time.perf_counter()
        if left > 0:
            bell.wait(left)
        producer.send("in", b"%d" % (i % 8) + b"%d" % time.monotonic_ns(), key=b"%d" % (i % 64))
        producer.flush()
bell.wait(0.5)
ended.set()
reader.join()
warm = sorted(found[len(found) // 4:])
print(warm[len(warm) // 2] / 1e6, warm[len(warm) * 99 // 100] / 1e6, len(found))
"""


def _case(workers: int) -> Case:
    def measure(options: Options) -> Iterator[Line]:
        seconds = SECONDS * options.scale
        runs = [
            [_once(build, workers, seconds) for build in options.builds]
            for _ in range(options.rounds)
        ]
        line: Line = {"case": f"trickle {workers} workers"}
        for at, prefix in enumerate(("", "before_")[: len(options.builds)]):
            for place, name in enumerate(("cores", "p50_ms", "p99_ms")):
                line[prefix + name] = round(median(one[at][place] for one in runs), 3)
        yield line

    return measure


def _once(build: Path, workers: int, seconds: float) -> tuple[float, float, float]:
    """(cores that the workers used, p50 and p99 of both hops in ms)."""
    with TemporaryDirectory() as home:
        run(build, MAKE, home)
        children = []
        for _ in range(workers):
            child = program(build, WORK, home)
            assert child.stdout is not None
            child.stdout.readline()
            children.append(child)
        p50, p99, _ = told(program(build, FEED, home, RATE, seconds))
        used = 0.0
        for child in children:
            used += told(child)[0]
    return used / seconds, p50, p99


CASES: dict[str, Case] = {f"trickle-{workers}": _case(workers) for workers in WORKERS}
