"""The first record of a time: found as by reading everything, wherever records lie."""

from __future__ import annotations

from random import Random

import pytest

from streamz_core.env.memory import MemoryMachine
from streamz_core.errors import Corrupt
from streamz_core.log.limits import Limits
from streamz_core.log.log import Log
from streamz_core.log.operating.times import first_since
from streamz_core.log.packing import pack
from streamz_core.log.removing import lose
from tests.log.upkeep.conftest import House, house

SMALL = Limits(seal_bytes=1, inline_bytes=0, batch_records=4, merge_files=2)


def put(log: Log, keys: list[bytes], stamps: list[int]) -> None:
    outputs = pack(log, log.topic("t"), 0, list(keys), [b"v"] * len(keys), stamps)
    log.acknowledge(log.commit([], outputs).lsn)


def everything(log: Log) -> list[tuple[int, int]]:
    """(offset, timestamp) of all there is."""
    found, offset = [], log.state.start(1, 0)
    while offset < log.state.end(1, 0):
        for batch in log.fetch(1, 0, offset):
            found += zip(batch.offsets, batch.timestamps, strict=True)
            offset = batch.next_offset
    return found


@pytest.mark.parametrize("policy", ["delete", "compact"])
@pytest.mark.parametrize("seed", range(12))
def test_it_is_the_first_of_a_list(seed: int, policy: str) -> None:
    random = Random(seed)
    kept = house(MemoryMachine(), SMALL)
    kept.ask(**{"cleanup.policy": policy})
    log, late = kept.log, kept.another(SMALL)
    late.watch(["t"])
    for _ in range(12):
        count = random.randint(1, 9)
        put(
            log,
            [b"%d" % random.randrange(6) for _ in range(count)],
            [random.randrange(50) for _ in range(count)],
        )
        if random.random() < 0.4:
            kept.settle()
        start, end = log.state.start(1, 0), log.state.end(1, 0)
        if random.random() < 0.3 and end - start > 4:
            low = random.choice((start, random.randrange(start, end - 3)))
            lose(log, 1, 0, low, low + random.randint(1, 3), "skip")
        log.refresh()
        for at_ms in (-1, 0, *(random.randrange(52) for _ in range(4)), 52):
            rows = everything(log)
            wanted = next((row for row in rows if row[1] >= at_ms), None)
            assert first_since(log, 1, 0, at_ms) == wanted, (rows, at_ms)
            assert first_since(late, 1, 0, at_ms) in (wanted, *rows, None), "it may be behind"
    assert log.state.sealed.of(1, 0), "some lie in sealed files"


def test_what_was_committed_later_is_left_out() -> None:
    kept = house(MemoryMachine())
    put(kept.log, [b"a"], [5])
    before = kept.log.state.lsn
    put(kept.log, [b"b"], [9])
    assert first_since(kept.log, 1, 0, 6) == (1, 9)
    assert first_since(kept.log, 1, 0, 6, before) is None
    assert first_since(kept.log, 1, 1, 0) is None, "nothing is in it"


def test_files_that_hold_nothing_so_new_are_not_read() -> None:
    kept = house(MemoryMachine(), SMALL)
    for number in range(20):
        put(kept.log, [b"k"] * 9, list(range(number * 10, number * 10 + 9)))
        kept.settle()
    for path, node in kept.machine.tree.files():
        if path.startswith("/log/part/1/0/"):  # every batch of a file is ruined, not its index
            node.data[42:200] = bytes(158)
    later = kept.another()
    later.watch(["t"])
    assert first_since(later, 1, 0, 1000) is None
    with pytest.raises(Corrupt, match=r"streamz topics skip t 0 0"):
        first_since(later, 1, 0, 0)


def test_a_file_that_was_merged_meanwhile_is_looked_for_again() -> None:
    kept = house(MemoryMachine(), SMALL)
    reader = kept.another(SMALL)
    reader.watch(["t"])
    for number in range(3):
        put(kept.log, [b"k"] * 9, list(range(number * 10, number * 10 + 9)))
    kept.settle()
    reader.refresh()
    for number in range(3, 12):
        put(kept.log, [b"k"] * 9, list(range(number * 10, number * 10 + 9)))
        kept.settle()
    assert first_since(reader, 1, 0, 25) == (23, 25) or reader.state.end(1, 0) > 27
    assert first_since(reader, 1, 0, 25) == first_since(kept.log, 1, 0, 25)


__all__ = ["House"]
