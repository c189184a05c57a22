"""Data files: blocks of one writer, and ranges read from them."""

from __future__ import annotations

import errno

import pytest

from streamz_core.env.memory import MemoryMachine
from streamz_core.errors import Corrupt
from streamz_core.log.chain.layout import Layout
from streamz_core.log.limits import Limits
from streamz_core.log.segments.batch import checksum
from streamz_core.log.segments.data import (
    BLOCK_BYTES,
    OPEN_FILES,
    DataReader,
    DataWriter,
    witnesses,
)
from tests.fixtures import check

ME = b"me......"
LAYOUT = Layout("/log")
WITNESS = (3, b"w" * 16)


def writer(machine: MemoryMachine, file_bytes: int = 1000) -> DataWriter:
    env = machine.process()
    env.make_dirs(LAYOUT.data)
    return DataWriter(env, LAYOUT, ME, Limits(data_file_bytes=file_bytes))


def test_the_bytes_of_a_block_stay(machine: MemoryMachine) -> None:
    writer(machine).write(b"payload", WITNESS)
    check("batches/block", bytes(machine.tree.get(LAYOUT.data_file(ME, 1)).data))


def test_what_was_written_is_read_and_files_are_rolled(machine: MemoryMachine) -> None:
    one = writer(machine, 100)
    reader = DataReader(machine.process(), LAYOUT)
    for number in range(OPEN_FILES + 3):
        payload = b"%d" % number * 100
        file, at = one.write(payload, WITNESS)
        assert file == number + 1
        assert reader.read((ME, file), at, len(payload), checksum(payload)) == payload
    assert len(reader._open) == OPEN_FILES


def test_bytes_that_are_others_or_gone_are_told_with_their_place(machine: MemoryMachine) -> None:
    file, at = writer(machine).write(b"payload", WITNESS)
    reader = DataReader(machine.process(), LAYOUT)
    for size, crc in ((7, 1), (8, checksum(b"payload"))):
        with pytest.raises(Corrupt, match=rf"/1 at {at}: 7 of {size} bytes, and not those"):
            reader.read((ME, file), at, size, crc)
    with pytest.raises(Corrupt, match="/2 is missing, and commits refer to it"):
        reader.read((ME, 2), 0, 1, 0)


def test_a_place_the_disk_cannot_read_is_damage_and_other_errors_are_not(
    machine: MemoryMachine,
) -> None:
    file, at = writer(machine).write(b"payload", WITNESS)
    for number, kind in ((errno.EIO, Corrupt), (errno.EMFILE, OSError)):
        reader = DataReader(machine.process(), LAYOUT)
        reader.read((ME, file), at, 7, checksum(b"payload"))

        def pread(*_: int, number: int = number) -> bytes:
            raise OSError(number, "broken")

        reader._open[ME, file].pread = pread  # type: ignore[method-assign]
        with pytest.raises(kind, match="broken"):
            reader.read((ME, file), at, 7, checksum(b"payload"))


def test_witnesses_are_read_up_to_the_first_block_that_is_damaged(machine: MemoryMachine) -> None:
    one = writer(machine)
    one.write(b"a", WITNESS)
    _, at = one.write(b"b", (4, b"x" * 16))
    one.write(b"c", (5, b"y" * 16))
    path = LAYOUT.data_file(ME, 1)
    assert [lsn for lsn, _ in witnesses(machine.process(), path)] == [3, 4, 5]
    size = len(machine.tree.get(path).data)
    for begin, told in (
        (at - BLOCK_BYTES, [4, 5]),
        (size, []),
        (at, [3, 4, 5]),
        (size + 1, [3, 4, 5]),
    ):
        found = witnesses(machine.process(), path, begin)
        assert [lsn for lsn, _ in found] == told, begin
    machine.tree.get(path).data[at - 10] ^= 1
    assert list(witnesses(machine.process(), path)) == [WITNESS]
