"""How long it takes until another process has a record that was committed."""

from __future__ import annotations

from collections.abc import Iterator
from tempfile import TemporaryDirectory

from tests.bench.log.command import HERE, Case, Line, Options, program, run, told
from tests.bench.log.commits import MAKE

COUNT = 4000
PAUSE_S = 0.001

READ = """
import sys, time
from streamz_core.app import machine
from streamz_core.broker.consumer import Consumer
from streamz_core.broker.embedded import Broker
from streamz_core.codecs.plain import BYTES
home, count = sys.argv[1], int(sys.argv[2])
found = []
with Broker(machine(), home) as broker, Consumer(broker, ["t"], key=BYTES, value=BYTES) as consumer:
    print("ready", flush=True)
    while len(found) < count:
        for record in consumer.poll(1.0):
            found.append(time.monotonic_ns() - int(record.value))
warm = sorted(found[count // 10:])
print(warm[len(warm) // 2] / 1e6, warm[len(warm) * 99 // 100] / 1e6)
"""

WRITE = """
import sys, time
from streamz_core.app import machine
from streamz_core.broker.embedded import Broker
home, count, pause = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
bell = machine().doorbell()
with Broker(machine(), home) as broker:
    for number in range(count):
        transaction = broker.transaction()
        transaction.send("t", 0, [b"k"], [b"%d" % time.monotonic_ns()], [number])
        transaction.commit()
        bell.wait(pause)
"""


def _case(level: str) -> Case:
    def measure(options: Options) -> Iterator[Line]:
        count = int(COUNT * options.scale)
        with TemporaryDirectory() as home:
            run(HERE, MAKE, home, level)
            reader = program(HERE, READ, home, count)
            assert reader.stdout is not None
            reader.stdout.readline()
            run(HERE, WRITE, home, count, PAUSE_S)
            p50, p99 = told(reader)
        yield {"case": f"tail {level}", "p50_ms": round(p50, 3), "p99_ms": round(p99, 3)}

    return measure


CASES: dict[str, Case] = {f"tail-{level}": _case(level) for level in ("process", "power")}
