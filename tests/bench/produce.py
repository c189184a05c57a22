"""How many records one producer sends a second, with one thread and with several."""

from __future__ import annotations

import argparse
import gc
import json
import statistics
import tempfile
import threading
from collections.abc import Callable
from time import perf_counter, process_time
from typing import Any

from streamz_core.app import machine
from streamz_core.broker.admin import Admin
from streamz_core.broker.embedded import Broker
from streamz_core.broker.producer import Producer
from streamz_core.codecs.plain import BYTES
from streamz_core.config import Config

RECORDS = 400_000
PARTITIONS = 4
KEY_BYTES, VALUE_BYTES = 8, 92


def main(arguments: list[str]) -> None:
    """Print one JSON line a case."""
    parser = argparse.ArgumentParser(prog="bench produce")
    parser.add_argument("--threads", action="append", type=int)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--records", type=int, default=RECORDS)
    parser.add_argument("--level", default="process", choices=["process", "power"])
    options = parser.parse_args(arguments)
    counts = options.threads or [1, 4, 16]
    found: dict[int, list[tuple[float, float]]] = {count: [] for count in counts}
    for _ in range(options.rounds):
        for count in counts:  # in turn: the machine is not the same all the time
            found[count].append(measured(count, options.records, options.level))
    for count, rounds in found.items():
        print(json.dumps(line(count, options.records, rounds)), flush=True)


def line(count: int, records: int, rounds: list[tuple[float, float]]) -> dict[str, Any]:
    """A case as JSON: medians of its rounds."""
    cpu_s = statistics.median(cpu for _, cpu in rounds)
    return {
        "bench": "produce",
        "case": f"threads-{count}",
        "rate": round(records / statistics.median(wall for wall, _ in rounds)),
        "cpu_s_per_million": round(cpu_s / records * 1e6, 2),
    }


def measured(threads: int, records: int, level: str) -> tuple[float, float]:
    """(wall, CPU) seconds until all were sent and are as safe as the level promises."""
    with tempfile.TemporaryDirectory() as home:
        config = Config(durability=level, log_free_bytes=0)
        with Broker(machine(), home, config) as broker:
            Admin(broker).create_topic("t", PARTITIONS)
            with Producer(broker, key=BYTES, value=BYTES) as producer:
                producer.send("t", b"first")
                producer.flush()
                works = [sender(producer, records // threads) for _ in range(threads)]
                gc.collect()
                wall, cpu = perf_counter(), process_time()
                together(works)
                sent = producer.flush()
                told = perf_counter() - wall, process_time() - cpu
    assert sent == records // threads * threads, "none is lost, none is doubled"
    return told


def sender(producer: Producer[bytes, bytes], count: int) -> Callable[[], None]:
    """Sends so many records."""
    keys = [b"%0*d" % (KEY_BYTES, number) for number in range(count)]
    value = b"x" * VALUE_BYTES

    def work() -> None:
        send = producer.send
        for key in keys:
            send("t", value, key=key)

    return work


def together(works: list[Callable[[], None]]) -> None:
    """One in this thread, several in threads of their own."""
    if len(works) == 1:
        works[0]()
        return
    threads = [threading.Thread(target=work) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
