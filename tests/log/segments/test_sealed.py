"""Sealed files: their bytes, and what is refused of them."""

from __future__ import annotations

import pytest

from streamz_core.env.memory import MemoryMachine
from streamz_core.errors import Corrupt
from streamz_core.log.chain.identity import Identity
from streamz_core.log.chain.layout import Layout
from streamz_core.log.limits import Limits
from streamz_core.log.records.moved.sealed import SealedFile
from streamz_core.log.segments import batch as batches
from streamz_core.log.segments.sealed import SealedReader, SealedWriter
from streamz_core.record import Batch
from tests.fixtures import check

LAYOUT = Layout("/log")
WHO = Identity(b"i" * 16, b"k" * 32, "power")
NAME = b"me......0001"
WHERE = (3, 1)


def batch(base: int, count: int, headers: bool = False) -> Batch:
    """Records whose keys and values are their offsets."""
    keys = [b"%d" % offset for offset in range(base, base + count)]
    stamps = [1000 - offset for offset in range(base, base + count)]
    told = [(("h", key),) for key in keys] if headers else None
    made = Batch(base, keys, keys, stamps, told)
    return batches.decode(batches.encode(made), base, count)


def sealed(machine: MemoryMachine, *parts: Batch, limits: Limits | None = None) -> SealedFile:
    env = machine.process()
    env.make_dirs(LAYOUT.partition(*WHERE))
    base = parts[0].base_offset if parts else 0
    writer = SealedWriter(env, LAYOUT, WHO, limits or Limits(), WHERE, base, NAME)
    for part in parts:
        writer.add(part)
    return writer.finish(parts[-1].base_offset + len(parts[-1]) if parts else 9)


def path(file: SealedFile) -> str:
    return LAYOUT.sealed(*WHERE, file.base, file.name)


def opened(machine: MemoryMachine, file: SealedFile, who: Identity = WHO) -> SealedReader:
    return SealedReader(machine.process(), LAYOUT, who, WHERE, file)


def values(reader: SealedReader) -> dict[int, bytes | None]:
    return {
        one.base_offset + row: value
        for one in reader.every()
        for row, value in enumerate(one.values)
    }


def test_the_bytes_of_a_sealed_file_stay(machine: MemoryMachine) -> None:
    file = sealed(machine, batch(5, 2), batch(7, 1, headers=True), batch(9, 1))
    check("batches/sealed", bytes(machine.tree.get(path(file)).data))


def test_what_was_sealed_is_read(machine: MemoryMachine) -> None:
    file = sealed(machine, batch(5, 3), batch(8, 2, headers=True), batch(12, 2))
    assert file[:3] == (5, 14, NAME)
    assert file.bytes == len(machine.tree.get(path(file)).data)
    assert (file.records, file.newest_ms) == (7, 995)
    reader = opened(machine, file)
    assert values(reader) == {o: b"%d" % o for o in (5, 6, 7, 8, 9, 12, 13)}
    assert [reader.bounds(place) for place in range(len(reader))] == [(5, 10), (12, 14)]
    assert [reader.find(offset) for offset in (5, 9, 10, 11, 12, 13, 14)] == [0, 0, 1, 1, 1, 1, 2]
    assert reader.batch(0).headers == [(), (), (), (("h", b"8"),), (("h", b"9"),)]
    reader.close()


def test_batches_stay_within_the_limits(machine: MemoryMachine) -> None:
    limits = Limits(batch_records=8, batch_bytes=1 << 20)
    reader = opened(machine, sealed(machine, *(batch(o, 1) for o in range(10)), limits=limits))
    assert [reader.bounds(place) for place in range(len(reader))] == [(0, 4), (4, 8), (8, 10)]
    machine.tree.remove(reader.path)
    limits = Limits(batch_bytes=100)
    reader = opened(machine, sealed(machine, *(batch(o, 1) for o in range(10)), limits=limits))
    assert all(reader.batch(place).size <= 100 for place in range(len(reader)))
    assert len(reader) > 3


def test_a_file_of_nothing_is_none(machine: MemoryMachine) -> None:
    file = sealed(machine)
    assert file == SealedFile(0, 9, b"", 0, 0, 0)
    assert machine.process().list(LAYOUT.partition(*WHERE)) == []


def test_one_that_is_abandoned_is_not_there(machine: MemoryMachine) -> None:
    env = machine.process()
    env.make_dirs(LAYOUT.partition(*WHERE))
    writer = SealedWriter(env, LAYOUT, WHO, Limits(), WHERE, 0, NAME)
    writer.add(batch(0, 2))
    assert env.list(LAYOUT.partition(*WHERE)) == [f"{0:020d}-{NAME.hex()}.new"]
    writer.abandon()
    assert env.list(LAYOUT.partition(*WHERE)) == []


def test_every_bit_counts(machine: MemoryMachine) -> None:
    file = sealed(machine, batch(5, 3), batch(12, 1))
    data = machine.tree.get(path(file)).data
    whole = values(opened(machine, file))
    for bit in range(8 * len(data)):
        data[bit // 8] ^= 1 << bit % 8
        with pytest.raises(Corrupt, match=f"{path(file)}.*[Rr]estore the file from a copy"):
            values(opened(machine, file))
        data[bit // 8] ^= 1 << bit % 8
    assert values(opened(machine, file)) == whole


@pytest.mark.parametrize("size", [0, 10, 43, 100])
def test_a_file_that_is_cut_is_refused(machine: MemoryMachine, size: int) -> None:
    file = sealed(machine, batch(5, 3))
    del machine.tree.get(path(file)).data[size:]
    with pytest.raises(Corrupt, match="is not the file that was sealed"):
        opened(machine, file)


def test_the_file_of_another_log_or_place_is_refused(machine: MemoryMachine) -> None:
    file = sealed(machine, batch(5, 3))
    for who in (Identity(b"j" * 16, b"k" * 32, "power"), Identity(b"i" * 16, b"l" * 32, "power")):
        with pytest.raises(Corrupt, match="is not the file that was sealed"):
            opened(machine, file, who)
    env = machine.process()
    env.make_dirs(LAYOUT.partition(3, 2))
    env.link(path(file), LAYOUT.sealed(3, 2, file.base, file.name))
    with pytest.raises(Corrupt, match="is not the file that was sealed"):
        SealedReader(env, LAYOUT, WHO, (3, 2), file)
