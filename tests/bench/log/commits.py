"""Commits a second of one record each, by several writers at once."""

from __future__ import annotations

from collections.abc import Iterator
from tempfile import TemporaryDirectory

from tests.bench.log.command import HERE, Case, Line, Options, program, run, told

SECONDS = 4.0
WRITERS = (1, 2, 4, 8, 16)
LEVELS = ("process", "power")

MAKE = """
import sys
from streamz_core.app import machine
from streamz_core.broker.admin import Admin
from streamz_core.broker.embedded import Broker
from streamz_core.config import Config
with Broker(machine(), sys.argv[1], Config(durability=sys.argv[2], log_free_bytes=0)) as broker:
    Admin(broker).create_topic("t", 16)
"""

WRITE = """
import sys, time
from streamz_core.app import machine
from streamz_core.broker.embedded import Broker
from streamz_core.config import Config
home, level, number, seconds = sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4])
with Broker(machine(), home, Config(durability=level, log_free_bytes=0)) as broker:
    print("ready", flush=True)
    sys.stdin.readline()
    until, done = time.monotonic() + seconds, 0
    while time.monotonic() < until:
        transaction = broker.transaction()
        transaction.send("t", number, [b"key"], [b"x" * 100], [done])
        transaction.commit()
        done += 1
    print(done, time.process_time())
"""


def _case(level: str) -> Case:
    def measure(options: Options) -> Iterator[Line]:
        for writers in WRITERS:
            with TemporaryDirectory() as home:
                run(HERE, MAKE, home, level)
                seconds = SECONDS * options.scale
                children = [program(HERE, WRITE, home, level, n, seconds) for n in range(writers)]
                for child in children:
                    assert child.stdout is not None
                    child.stdout.readline()
                for child in children:
                    assert child.stdin is not None
                    child.stdin.write("\n")
                    child.stdin.flush()
                done = sum(told(child)[0] for child in children)
            yield {"case": f"commit {level}", "writers": writers, "rate": round(done / seconds)}

    return measure


CASES: dict[str, Case] = {f"commit-{level}": _case(level) for level in LEVELS}
