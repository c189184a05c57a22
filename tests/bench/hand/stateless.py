"""Keep even v, map to (id, 2 v); for str: keep even lengths, double."""

from __future__ import annotations

from struct import Struct, unpack

from streamz_core.broker.embedded import Broker
from tests.bench.data import PARTITIONS, Click, Pair, codec
from tests.bench.hand.frame import Job, columns, places, spread, turns

INT = Struct(">q")


def run(broker: Broker, value: str, group: str, source: str, target: str, _: str) -> None:
    """Run to the end of `source`."""
    job = Job(broker, group, [source])
    out = columns()
    change = {"int": ints, "str": strs, "frozen": clicks}[value]

    def work() -> None:
        for partition in range(PARTITIONS):
            for batch in job.next(source, partition):
                keys, values, stamps = change(batch.keys, batch.values, batch.timestamps)
                spread(out, keys, values, stamps, places(keys))

    def flush() -> None:
        job.commit({target: out})
        out[:] = columns()

    turns(job, [source], work, flush)


def ints(keys: list[bytes], values: list[bytes], stamps: list[int]) -> tuple[list, list, list]:
    numbers = unpack(f">{len(values)}q", b"".join(values))
    kept = [row for row, v in enumerate(numbers) if v % 2 == 0]
    pack = INT.pack
    return (
        [keys[row] for row in kept],
        [pack(2 * numbers[row]) for row in kept],
        [stamps[row] for row in kept],
    )


def strs(keys: list[bytes], values: list[bytes], stamps: list[int]) -> tuple[list, list, list]:
    texts = [value.decode() for value in values]
    kept = [row for row, text in enumerate(texts) if len(text) % 2 == 0]
    return (
        [keys[row] for row in kept],
        [(texts[row] + texts[row]).encode() for row in kept],
        [stamps[row] for row in kept],
    )


def clicks(keys: list[bytes], values: list[bytes], stamps: list[int]) -> tuple[list, list, list]:
    objects: list[Click] = codec(Click).decode_all(values)
    kept = [row for row, one in enumerate(objects) if one.v % 2 == 0]
    pairs = [Pair(objects[row].id, 2 * objects[row].v) for row in kept]
    return (
        [keys[row] for row in kept],
        codec(Pair).encode_all(pairs),
        [stamps[row] for row in kept],
    )
