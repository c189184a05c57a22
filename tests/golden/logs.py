"""A whole log as this version writes it, made once: every later version has to read it, or to name the way out.

Its bytes depend on more than formats, so they are never compared, and never made again: a version that changes a format
makes a file of its own beside this one, with `NAME` of another number.
"""

import json
import textwrap

from streamz_core.broker.embedded import EmbeddedBackend
from streamz_core.broker.transaction import Transaction
from streamz_core.env.memory import MemoryMachine
from streamz_core.log.limits import Limits
from streamz_core.log.log import Log
from streamz_core.log.records.ownership import GenerationRecord, OwnerRecord
from streamz_core.log.removing import lose
from streamz_core.log.upkeep.upkeep import Upkeep

NAME = "tests/fixtures/logs/format-3.json"
ROOT = "/log"
LIMITS = Limits(
    chain_segment_bytes=1500,
    checkpoint_bytes=1,
    checkpoint_s=0.0,
    data_file_bytes=1000,
    inline_bytes=300,
    seal_bytes=1,
    seal_s=0.0,
    copy_s=0.0,
)


def page() -> str:
    """The file as it lies there; made if there is none."""
    from tests.golden import kept

    return kept(NAME) or written()


def written() -> str:
    """Files as hex, and what stands in them."""
    machine = MemoryMachine(seed=3, now_ms=1_700_000_000_000)
    log = filled(machine)
    told = {
        "records": {topic: records(log, topic) for topic in ("plain", "packed")},
        "offsets": [list(log.state.group("g").offsets.items())],
        "lsn": log.state.lsn,
        "hash": log.state.hash.hex(),
    }
    files = {
        path: textwrap.wrap(bytes(content.data).hex(), 120)
        for path, content in machine.tree.files()
        if path.startswith(f"{ROOT}/") and content.data and "lock" not in path
    }
    return json.dumps({**told, "files": dict(sorted(files.items()))}, indent=1) + "\n"


def filled(machine: MemoryMachine) -> Log:
    """Segments, sealed and not; data files, sealed files, checkpoints, copies; a log that is open."""
    log = Log.open(machine.process(), ROOT, limits=LIMITS)
    log.create_topic("plain", 2, {})
    log.create_topic("packed", 1, {"compression.type": "gzip"}, "app")
    log.register({b"abcd": b"a schema"}, [(1, "value", b"abcd")])
    log.join(["plain"], "g", {"name": "one"})
    log.append(lambda _: GenerationRecord("g", 1, {"0": log.incarnation}))
    log.append(lambda _: OwnerRecord("g", "0", log.incarnation, 1))
    janitor = Log.open(machine.process(), ROOT, limits=LIMITS)
    upkeep = Upkeep(janitor)
    for number in range(12):
        send(log, number)
        if number < 8:
            upkeep.turn()
        machine.advance(1000)
        log.tick()
    lose(log, 1, 1, 0, 2, "skip")
    upkeep.close()
    janitor.close()
    log.watch(["plain", "packed"])
    return log


def send(log: Log, number: int) -> None:
    transaction = Transaction(EmbeddedBackend(log.env, log), "g")
    keys: list[bytes | None] = [b"key %d" % number, None]
    values: list[bytes | None] = [b"value %d " % number * (1 + 20 * (number % 3)), None]
    for topic, partition in (("plain", number % 2), ("packed", 0)):
        transaction.send(
            topic, partition, keys if topic == "plain" else [b"a", b"b"], values, [number, number]
        )
    transaction.commit()


def records(log: Log, name: str) -> list[list[list[object]]]:
    """By partition: (offset, key, value, timestamp) of each, as hex."""
    topic = log.topic(name)
    found: list[list[list[object]]] = []
    for partition in range(topic.partitions):
        rows: list[list[object]] = []
        at, end = log.state.start(topic.id, partition), log.state.end(topic.id, partition)
        while at < end:
            for batch in log.fetch(topic.id, partition, at):
                columns = zip(batch.keys, batch.values, batch.timestamps, strict=True)
                for place, (key, value, stamp) in enumerate(columns):
                    texts = [None if one is None else one.hex() for one in (key, value)]
                    rows.append([batch.base_offset + place, *texts, stamp])
                at = batch.next_offset
        found.append(rows)
    return found
