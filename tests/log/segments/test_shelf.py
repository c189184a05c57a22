"""Reading from sealed files that stay open."""

from __future__ import annotations

import errno

import pytest

from streamz_core.env.memory import MemoryMachine
from streamz_core.errors import Corrupt
from streamz_core.log.records.moved.sealed import SealedFile
from streamz_core.log.segments import shelf as shelves
from streamz_core.log.segments.data import Gone
from streamz_core.log.segments.shelf import Shelf
from tests.log.segments.test_sealed import LAYOUT, WHERE, WHO, batch, path, sealed


def shelf(machine: MemoryMachine) -> Shelf:
    return Shelf(machine.process(), LAYOUT, WHO)


def test_the_batch_behind_an_offset_is_found(machine: MemoryMachine) -> None:
    file, one = sealed(machine, batch(5, 3), batch(12, 2)), shelf(machine)
    found = [one.batch(WHERE, file, offset) for offset in (5, 7, 8, 12, 13, 14)]
    assert [None if each is None else each.base_offset for each in found] == [
        5,
        5,
        12,
        12,
        12,
        None,
    ]
    assert one.batch(WHERE, SealedFile(0, 5, b"", 0, 0, 0), 3) is None
    one.close()


def test_a_file_that_is_gone_is_told_apart(machine: MemoryMachine) -> None:
    file = sealed(machine, batch(5, 3))
    machine.tree.remove(path(file))
    with pytest.raises(Gone, match="is missing, and records were sealed in it"):
        shelf(machine).batch(WHERE, file, 5)
    ((base, stop, why),) = shelf(machine).pieces(WHERE, file)
    assert (base, stop) == (5, 8)
    assert "is missing" in why


def test_what_cannot_be_read_is_told_piece_by_piece(machine: MemoryMachine) -> None:
    file = sealed(machine, batch(5, 3), batch(12, 2))
    data = machine.tree.get(path(file)).data
    data[50] ^= 1
    told = shelf(machine).pieces(WHERE, file)
    assert [(base, stop, bool(why)) for base, stop, why in told] == [(5, 8, True), (12, 14, False)]
    data[-1] ^= 1
    assert [each[:2] for each in shelf(machine).pieces(WHERE, file)] == [(5, 14)]


@pytest.mark.parametrize("number, kind", [(errno.EIO, Corrupt), (errno.EMFILE, OSError)])
def test_a_disk_that_cannot_read_is_told(
    machine: MemoryMachine, monkeypatch: pytest.MonkeyPatch, number: int, kind: type[Exception]
) -> None:
    file, one = sealed(machine, batch(5, 3)), shelf(machine)

    def fail(*_: object) -> None:
        raise OSError(number, "no")

    monkeypatch.setattr(shelves.SealedReader, "batch", fail)
    with pytest.raises(kind):
        one.batch(WHERE, file, 5)
    assert one.pieces(WHERE, file)[0][2] != ""


def test_only_so_many_files_stay_open(
    machine: MemoryMachine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shelves, "OPEN_FILES", 1)
    one, file = shelf(machine), sealed(machine, batch(5, 3))
    other = file._replace(name=b"me......0002")
    machine.process().link(path(file), path(other))
    first = one.reader(WHERE, file)
    assert one.reader(WHERE, file) is first
    one.reader(WHERE, other)
    assert one.reader(WHERE, file) is not first
