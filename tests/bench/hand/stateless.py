"""Keep even v, map to (id, 2 v); for str: keep even lengths, double."""

from __future__ import annotations

from itertools import compress
from struct import Struct, unpack

from streamz_core.broker.embedded import Broker
from tests.bench.data import PARTITIONS, Click, Pair, codec
from tests.bench.hand.frame import Job, columns, divided, turns

INT = Struct(">q")


def run(broker: Broker, value: str, group: str, source: str, target: str, _: str) -> None:
    """Run to the end of `source`."""
    job = Job(broker, group, [source])
    out = columns()
    change = {"int": ints, "str": strs, "frozen": clicks}[value]

    def work() -> None:
        for partition in range(PARTITIONS):
            for batch in job.next(source, partition):
                more = change(batch.keys, batch.values, batch.timestamps)
                for column, part in zip(out, more, strict=True):
                    column.extend(part)

    def flush() -> None:
        job.commit({target: divided(out)})
        for column in out:
            column.clear()

    turns(job, [source], work, flush)


def ints(keys: list[bytes], values: list[bytes], stamps: list[int]) -> tuple[list, list, list]:
    numbers = unpack(f">{len(values)}q", b"".join(values))
    even = [v % 2 == 0 for v in numbers]
    pack = INT.pack
    return (
        list(compress(keys, even)),
        [pack(2 * v) for v in compress(numbers, even)],
        list(compress(stamps, even)),
    )


def strs(keys: list[bytes], values: list[bytes], stamps: list[int]) -> tuple[list, list, list]:
    texts = [value.decode() for value in values]
    even = [len(text) % 2 == 0 for text in texts]
    return (
        list(compress(keys, even)),
        [(text + text).encode() for text in compress(texts, even)],
        list(compress(stamps, even)),
    )


def clicks(keys: list[bytes], values: list[bytes], stamps: list[int]) -> tuple[list, list, list]:
    objects: list[Click] = codec(Click).decode_all(values)
    even = [one.v % 2 == 0 for one in objects]
    pairs = [Pair(one.id, 2 * one.v) for one in compress(objects, even)]
    return list(compress(keys, even)), codec(Pair).encode_all(pairs), list(compress(stamps, even))
